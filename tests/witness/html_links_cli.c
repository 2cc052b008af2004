/* SPDX-License-Identifier: Apache-2.0 */
/* html_links_cli: the links of files as text, for html_links.py: "=FILE", then a line "TAG<tab>URL" each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/link/links.h"

enum { PIECE = 1460 };

static void push_file(struct links *l, FILE *f)
{
    uint8_t piece[PIECE];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        links_push(l, span_of(piece, n));
}

static void print_links(const struct links *l, const char *path)
{
    uint32_t n;
    const struct link *all = links_all(l, &n);

    printf("=%s\n", path);
    for (uint32_t i = 0; i < n; i++)
        printf("%s\t%.*s\n", all[i].tag ? all[i].tag : "", SPAN_FMT(all[i].url));
}

/* usage: html_links_cli --html|--text FILE... */
int main(int argc, char **argv)
{
    static const struct hash_key key = {1, 2};
    struct mem m;
    struct arena arena;
    struct suffix *suffix;
    struct links *l;
    bool html = argc > 1 && !strcmp(argv[1], "--html");

    mem_init(&m, 0);
    arena_init(&arena, &m, LIMIT_RECORD_BYTES);
    suffix = suffix_new(&m, NULL);
    l = suffix ? links_new(&m, &key, suffix) : NULL;
    for (int i = 2; l && i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");

        if (!f)
            continue;
        arena_reset(&arena);
        links_reset(l, &arena);
        links_part_begin(l, LINK_IN_TEXT, html);
        push_file(l, f);
        links_part_end(l);
        print_links(l, argv[i]);
        fclose(f);
    }
    links_free(l);
    arena_free(&arena);
    suffix_free(suffix);
    return m.used ? EXIT_FAILURE : EXIT_SUCCESS;
}
