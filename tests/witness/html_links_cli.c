/* SPDX-License-Identifier: Apache-2.0 */
/* html_links_cli: the links of files as text, for the witnesses of decoders/link. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/link/links.h"
#include "decoders/mail/message.h"

static const char usage[] =
    "usage: html_links_cli --html|--text|--mail FILE...   \"=FILE\", then \"TAG<tab>URL<tab>VISIBLE TEXT\" a link\n"
    "       html_links_cli --url FILE   of each line, a reference in hexadecimal, \"BASE REFERENCE\" or\n"
    "           \"- REFERENCE\": \"SCHEME HOST PORT ADDRESS PATH URL\" in hexadecimal (- where absent)\n";

struct run {
    struct mem mem;
    struct arena arena;
    struct suffix *suffix;
    struct links *links;
    struct message *message;
};

/* Pieces of every size from a byte to a segment, the same for the same file. */
static size_t next_piece(uint32_t *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 31 ? 1460 : 1 + (*state >> 16) % 64;
}

static void print_links(struct links *l, const char *path)
{
    uint32_t n;
    const struct link *all = links_all(l, &n);

    printf("=%s\n", path);
    for (uint32_t i = 0; i < n; i++)
        printf("%s\t%.*s\t%.*s\n", all[i].tag ? all[i].tag : "", SPAN_FMT(all[i].url), SPAN_FMT(all[i].text));
}

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    (void)ctx;
    (void)which;
    (void)name;
    (void)value;
}

static void on_header_end(void *ctx)
{
    (void)ctx;
}

static void on_part_begin(void *ctx, const struct mail_part *part)
{
    struct run *r = ctx;

    if (part->text != MAIL_TEXT_NONE)
        links_part_begin(r->links, LINK_IN_TEXT, part->text == MAIL_TEXT_HTML);
}

static void on_text(void *ctx, const struct mail_part *part, struct span utf8)
{
    struct run *r = ctx;

    (void)part;
    links_push(r->links, utf8);
}

static void on_part_end(void *ctx, const struct mail_part *part)
{
    struct run *r = ctx;

    if (part->text != MAIL_TEXT_NONE)
        links_part_end(r->links);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    (void)ctx;
    (void)a;
}

static const struct message_events events = {.field = on_field,
                                             .header_end = on_header_end,
                                             .part_begin = on_part_begin,
                                             .text = on_text,
                                             .part_end = on_part_end,
                                             .anomaly = on_anomaly};

static void push_file(struct run *r, FILE *f, bool mail, uint32_t seed)
{
    uint8_t piece[1460];
    size_t n;

    while ((n = fread(piece, 1, next_piece(&seed), f)) > 0)
        mail ? message_push(r->message, span_of(piece, n)) : links_push(r->links, span_of(piece, n));
}

static void one_file(struct run *r, const char *path, const char *kind)
{
    bool mail = !strcmp(kind, "--mail");
    FILE *f = fopen(path, "rb");

    if (!f)
        return;
    arena_reset(&r->arena);
    links_reset(r->links, &r->arena);
    if (mail)
        message_reset(r->message, &r->arena, r);
    else
        links_part_begin(r->links, LINK_IN_TEXT, !strcmp(kind, "--html"));
    push_file(r, f, mail, (uint32_t)strlen(path));
    if (mail)
        message_finish(r->message, true);
    else
        links_part_end(r->links);
    print_links(r->links, path);
    fclose(f);
}

/* "&#xHH;" of each byte of hex: UTF-8 goes as it is. */
static void push_value(struct links *l, const char *hex, size_t n)
{
    links_push(l, SPAN("\""));
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint8_t byte = (uint8_t)(ascii_hex((uint8_t)hex[i]) << 4 | ascii_hex((uint8_t)hex[i + 1]));
        char reference[8];

        if (byte < 0x80) {
            snprintf(reference, sizeof(reference), "&#%u;", byte);
            links_push(l, span_cstr(reference));
        } else {
            links_push(l, span_of(&byte, 1));
        }
    }
    links_push(l, SPAN("\">"));
}

static void print_hex(struct span s, char end)
{
    for (size_t i = 0; i < s.n; i++)
        printf("%02x", s.p[i]);
    printf("%s%c", s.n ? "" : "-", end);
}

static void print_parts(const struct link *l)
{
    static const struct ip_addr none;
    char ip[IP_TEXT] = "";

    if (!ip_eq(&l->ip, &none))
        ip_format(&l->ip, ip);
    print_hex(l->scheme, ' ');
    print_hex(l->host, ' ');
    printf("%u %s ", l->port, *ip ? ip : "-");
    print_hex(l->path, ' ');
    print_hex(l->url, '\n');
}

/* The link with the text is the reference's: the base's has none, unless it is the same. */
static void one_url(struct run *r, const char *line)
{
    size_t base = strcspn(line, " "), n = strcspn(line + base + 1, "\n");
    bool has_base = *line != '-';
    uint32_t links;
    const struct link *all;

    arena_reset(&r->arena);
    links_reset(r->links, &r->arena);
    links_part_begin(r->links, LINK_IN_TEXT, true);
    if (has_base) {
        links_push(r->links, SPAN("<base href="));
        push_value(r->links, line, base);
    }
    links_push(r->links, SPAN("<a href="));
    push_value(r->links, line + base + 1, n);
    links_push(r->links, SPAN("this one</a>"));
    links_part_end(r->links);
    all = links_all(r->links, &links);
    for (uint32_t i = 0; i < links; i++)
        if (all[i].text.p) {
            print_parts(&all[i]);
            return;
        }
    printf("\n");
}

static void urls(struct run *r, const char *path)
{
    char line[65536];
    FILE *f = fopen(path, "r");

    while (f && fgets(line, sizeof(line), f))
        one_url(r, line);
    if (f)
        fclose(f);
}

int main(int argc, char **argv)
{
    static const struct hash_key key = {1, 2};
    struct run r;

    if (argc < 2) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    mem_init(&r.mem, 0);
    arena_init(&r.arena, &r.mem, LIMIT_RECORD_BYTES);
    r.suffix = suffix_new(&r.mem, NULL, &(struct hash_key){1, 2});
    r.links = r.suffix ? links_new(&r.mem, &key, r.suffix) : NULL;
    r.message = message_new(&r.mem, &events, false);
    for (int i = 2; r.links && r.message && i < argc; i++)
        !strcmp(argv[1], "--url") ? urls(&r, argv[i]) : one_file(&r, argv[i], argv[1]);
    message_free(r.message);
    links_free(r.links);
    arena_free(&r.arena);
    suffix_free(r.suffix);
    return r.mem.used ? EXIT_FAILURE : EXIT_SUCCESS;
}
