/* SPDX-License-Identifier: Apache-2.0 */
/* assets: the page's style and script as they stand in share/report/, put into the program where it is built (from the top folder). */
#include "sensor/report/page.h"

#define ASSET(name, path)                                                       \
    __asm__(".section .rodata\n"                                                \
            ".global " #name "\n.global " #name "_end\n"                        \
            #name ":\n.incbin \"" path "\"\n" #name "_end:\n.byte 0\n.previous\n")

ASSET(page_css, "share/report/report.css");
ASSET(page_js, "share/report/report.js");
