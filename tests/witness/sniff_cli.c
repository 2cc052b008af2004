/* SPDX-License-Identifier: Apache-2.0 */
/* sniff_cli: names of files on standard input, one a line; what each looks like on standard output, - for nothing. */
#include <stdio.h>
#include <string.h>

#include "decoders/mail/sniff.h"

static struct sniffed sniff_file(FILE *in)
{
    static struct sniff s;
    uint8_t piece[1460];
    size_t n;

    sniff_begin(&s);
    while (!s.done && (n = fread(piece, 1, sizeof(piece), in)) > 0)
        sniff_push(&s, span_of(piece, n));
    sniff_end(&s);
    return s.found;
}

int main(void)
{
    char name[4096];

    while (fgets(name, sizeof(name), stdin)) {
        FILE *in;
        struct sniffed found = {NULL, false};

        name[strcspn(name, "\n")] = 0;
        in = fopen(name, "rb");
        if (in) {
            found = sniff_file(in);
            fclose(in);
        }
        printf("%s%s\n", found.type ? found.type : "-", found.encrypted ? " encrypted" : "");
    }
    return 0;
}
