/* SPDX-License-Identifier: Apache-2.0 */
/* header_links: which fields, and white space in angle brackets. */
#include "sensor/flows/header_links.h"

#include "decoders/base/scan.h"

/* Subject, the list fields (RFC 2369) and the archive's (RFC 5064): what mail programs show or make buttons of. Not
 * what programs put there about themselves (X-Mailer, X-Virus-Scanned): their makers' pages are nobody's lead. */
static const field_set holds_links = FIELD_BIT(FIELD_SUBJECT) | FIELD_BIT(FIELD_LIST_UNSUBSCRIBE) | FIELD_BIT(FIELD_LIST_ARCHIVE) |
                                     FIELD_BIT(FIELD_LIST_HELP) | FIELD_BIT(FIELD_LIST_SUBSCRIBE) | FIELD_BIT(FIELD_LIST_POST) |
                                     FIELD_BIT(FIELD_LIST_OWNER) | FIELD_BIT(FIELD_ARCHIVED_AT);

static size_t find_blank(struct span s, size_t i)
{
    return scan_any3(s, i, ' ', '\t', '\t');
}

/* RFC 2369 2: white space inside the brackets is ignored, for a long URL is folded there. */
static void push_bracketed(struct links *l, struct span inside)
{
    for (size_t i = 0; i < inside.n;) {
        size_t end = find_blank(inside, i);

        links_push(l, span_from(span_head(inside, end), i));
        i = end + 1;
    }
}

static void push_unfolded(struct links *l, struct span value)
{
    for (size_t i = 0; i < value.n;) {
        size_t open = span_find(value, i, '<'), close = span_find(value, open, '>');

        links_push(l, span_from(span_head(value, open), i));
        if (open < value.n) {
            links_push(l, SPAN("<"));
            push_bracketed(l, span_from(span_head(value, close), open + 1));
        }
        i = close;
    }
}

/* Few are. */
static bool is_folded(struct span value)
{
    for (size_t close = 0; close < value.n;) {
        size_t open = span_find(value, close, '<');

        close = span_find(value, open, '>');
        if (find_blank(span_head(value, close), open) < close)
            return true;
    }
    return false;
}

void header_links(struct links *l, enum field_name which, struct span value)
{
    if (!field_in(holds_links, which) || span_find(value, 0, ':') == value.n)
        return;
    links_part_begin(l, LINK_IN_HEADER, false);
    if (is_folded(value))
        push_unfolded(l, value);
    else
        links_push_last(l, value);
    links_part_end(l);
}
