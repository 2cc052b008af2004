/* SPDX-License-Identifier: Apache-2.0 */
/* sniff_zip: an office document, a program or an archive, told by the names of the first files inside. */
#include "decoders/mail/sniff.h"

#define OOXML "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

enum { LOCAL_HEADER = 30, NAME_AT = 30 };

/* The strongest name wins: a jar holds a manifest, an apk a manifest and more. */
static const struct {
    const char *prefix, *type;
    unsigned weight;
} names[] = {
    {"word/", OOXML "wordprocessingml.document", 3},
    {"xl/", OOXML "spreadsheetml.sheet", 3},
    {"ppt/", OOXML "presentationml.presentation", 3},
    {"visio/", "application/vnd.ms-visio.drawing", 3},
    {"AndroidManifest.xml", "application/vnd.android.package-archive", 3},
    {"classes.dex", "application/vnd.android.package-archive", 3},
    {"AppxManifest.xml", "application/vnd.ms-appx", 3},
    {"META-INF/", "application/java-archive", 2},
};

/* What a first file called mimetype holds, stored as it is. */
static const char *const declared[] = {
    ODF "text", ODF "spreadsheet", ODF "presentation", ODF "graphics", "application/epub+zip",
};

static unsigned le16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static bool starts(struct span s, struct span prefix)
{
    return s.n >= prefix.n && !memcmp(s.p, prefix.p, prefix.n);
}

static const char *declared_type(struct span content)
{
    const char *best = NULL;

    for (unsigned i = 0; i < sizeof(declared) / sizeof(*declared); i++)
        if (starts(content, span_cstr(declared[i])))
            best = declared[i];
    return best;
}

static void take_name(struct span name, struct sniffed *found, unsigned *weight)
{
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].weight > *weight && starts(name, span_cstr(names[i].prefix))) {
            found->type = names[i].type;
            *weight = names[i].weight;
        }
}

/* One local file header (APPNOTE 4.3.7), all of it in header. */
static void take_file(struct span header, bool first, struct sniffed *found, unsigned *weight)
{
    unsigned name_n = le16(header.p + 26), extra_n = le16(header.p + 28);
    struct span name = span_head(span_from(header, NAME_AT), name_n);
    const char *type = NULL;

    found->encrypted |= header.p[6] & 1;
    if (first && span_eq(name, SPAN("mimetype")))
        type = declared_type(span_from(header, NAME_AT + name_n + extra_n));
    if (type) {
        found->type = type;
        *weight = 4;
    }
    take_name(name, found, weight);
}

struct sniffed sniff_zip(struct span head)
{
    struct sniffed found = {"application/zip", false};
    unsigned weight = 0;

    for (size_t at = 0; at + LOCAL_HEADER <= head.n; at = span_find_span(head, at + 4, SPAN("PK\3\4")))
        take_file(span_from(head, at), at == 0, &found, &weight);
    return found;
}
