/* SPDX-License-Identifier: Apache-2.0 */
/* sniff: gathers as many leading bytes as the decision needs, and no more. */
#include "decoders/mail/sniff.h"

static const struct sniffed unknown = {NULL, false};

void sniff_begin(struct sniff *s)
{
    s->found = unknown;
    s->done = s->first_done = s->image = false;
    s->seen = 0;
    s->n = 0;
}

static bool is_zip(struct span head)
{
    return head.n >= 4 && !memcmp(head.p, "PK\3\4", 4);
}

/* A disk's first sector: boot code with its mark. */
static bool is_boot_sector(struct span head)
{
    return head.n >= SNIFF_FIRST && head.p[510] == 0x55 && head.p[511] == 0xaa;
}

/* Readers take a PDF whose mark lies anywhere in its first KiB (ISO 32000-1, H.3): a way to hide it. */
static bool is_pdf_behind_junk(struct span s)
{
    size_t at = span_find_span(s, 0, SPAN("%PDF-"));

    return at + 9 <= s.n && ascii_digit(s.p[at + 5]) && s.p[at + 6] == '.' && (s.p[at + 8] == '\r' || s.p[at + 8] == '\n');
}

struct sniffed sniff_head(struct span head)
{
    struct sniffed found;

    if (is_zip(head))
        return sniff_zip(head);
    found = sniff_binary(head);
    if (!found.type)
        found.type = sniff_text(head);
    if (!found.type && is_pdf_behind_junk(span_head(head, 1024)))
        found.type = "application/pdf";
    if (!found.type && is_boot_sector(head))
        found.type = "application/x-raw-disk-image";
    return found;
}

/* The area before an ISO 9660 file system is empty, or holds a boot sector. */
static bool may_be_image(const struct sniff *s)
{
    struct span head = span_of(s->head, s->n);

    if (is_boot_sector(head))
        return true;
    for (unsigned i = 0; i < SNIFF_FIRST; i++)
        if (s->head[i])
            return false;
    return true;
}

/* An archive's names, the root of an XML document, or a page behind blank lines may come yet. */
static bool more_tells_more(struct span head, const char *type)
{
    if (is_zip(head) || (type && !strcmp(type, "text/xml")))
        return true;
    return !type && !span_trim(head).n;
}

static void judge(struct sniff *s, bool at_end)
{
    struct span head = span_of(s->head, s->n);

    s->found = sniff_head(head);
    if (!at_end && s->n < sizeof(s->head) && more_tells_more(head, s->found.type)) {
        s->found = unknown;
        return;
    }
    s->first_done = true;
    s->image = s->n >= SNIFF_FIRST && may_be_image(s) && !at_end;
    s->done = !s->image;
}

static size_t gather(struct sniff *s, struct span bytes)
{
    size_t want = s->n < SNIFF_FIRST ? SNIFF_FIRST : sizeof(s->head), n = want - s->n;

    if (n > bytes.n)
        n = bytes.n;
    memcpy(s->head + s->n, bytes.p, n);
    s->n = (uint16_t)(s->n + n);
    if (s->n == want)
        judge(s, false);
    return n;
}

/* The name of the file system lies at SNIFF_ISO: its bytes go over head's first. */
static size_t look_for_image(struct sniff *s, struct span bytes)
{
    size_t skip = s->seen < SNIFF_ISO ? SNIFF_ISO - s->seen : 0;
    size_t n = SNIFF_ISO_END - s->seen - skip;

    if (bytes.n <= skip)
        return bytes.n;
    if (n > bytes.n - skip)
        n = bytes.n - skip;
    memcpy(s->head + (s->seen + skip - SNIFF_ISO), bytes.p + skip, n);
    if (s->seen + skip + n == SNIFF_ISO_END) {
        s->done = true;
        if (!memcmp(s->head, "CD001", 5))
            s->found.type = "application/x-iso9660-image";
    }
    return skip + n;
}

void sniff_push(struct sniff *s, struct span bytes)
{
    while (bytes.n && !s->done) {
        size_t n = s->image ? look_for_image(s, bytes) : gather(s, bytes);

        s->seen += (uint32_t)n;
        bytes = span_from(bytes, n);
    }
}

void sniff_gap(struct sniff *s)
{
    s->done = true; /* an archive begun is not judged by half its names */
}

void sniff_end(struct sniff *s)
{
    if (!s->done && !s->first_done)
        judge(s, true);
    s->done = true;
}
