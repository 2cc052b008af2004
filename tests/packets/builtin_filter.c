/* SPDX-License-Identifier: Apache-2.0 */
/* builtin_filter: prints the live filter of an interface, for `check` to try on its frames: of an Ethernet one with
 * the word `ethernet`, else of another; with `dns` as --dns wants it. */
#include <stdio.h>
#include <string.h>

#include "sensor/intake/filter.h"

int main(int argc, char **argv)
{
    static const uint16_t ports[] = {25, 465, 587, 2525};
    struct mem m;
    struct buf text;
    struct filter_wants wants = {.ports = ports, .ports_n = sizeof(ports) / sizeof(ports[0])};
    bool ethernet = argc > 1 && strcmp(argv[1], "ethernet") == 0;

    mem_init(&m, 0);
    buf_init(&text, &m, 1 << 20);
    wants.dns = argc > 1 && strcmp(argv[argc - 1], "dns") == 0;
    if (!filter_builtin(&text, &wants, ethernet))
        return 1;
    printf("%.*s\n", (int)text.n, (const char *)text.p);
    buf_free(&text);
    return 0;
}
