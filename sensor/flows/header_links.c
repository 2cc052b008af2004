/* SPDX-License-Identifier: Apache-2.0 */
/* header_links: which fields, and white space in angle brackets. */
#include "sensor/flows/header_links.h"

/* Subject, the list fields (RFC 2369) and the archive's (RFC 5064): what mail programs show or make buttons of. Not
 * what programs put there about themselves (X-Mailer, X-Virus-Scanned): their makers' pages are nobody's lead. */
static const field_set holds_links = FIELD_BIT(FIELD_SUBJECT) | FIELD_BIT(FIELD_LIST_UNSUBSCRIBE) | FIELD_BIT(FIELD_LIST_ARCHIVE) |
                                     FIELD_BIT(FIELD_LIST_HELP) | FIELD_BIT(FIELD_LIST_SUBSCRIBE) | FIELD_BIT(FIELD_LIST_POST) |
                                     FIELD_BIT(FIELD_LIST_OWNER) | FIELD_BIT(FIELD_ARCHIVED_AT);

static size_t find_blank(struct span s, size_t i)
{
    while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
        i++;
    return i;
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

void header_links(struct links *l, enum field_name which, struct span value)
{
    if (!field_in(holds_links, which) || span_find(value, 0, ':') == value.n)
        return;
    links_part_begin(l, LINK_IN_HEADER, false);
    for (size_t i = 0; i < value.n;) {
        size_t open = span_find(value, i, '<'), close = span_find(value, open, '>');

        links_push(l, span_from(span_head(value, open), i));
        if (open < value.n) {
            links_push(l, SPAN("<"));
            push_bracketed(l, span_from(span_head(value, close), open + 1));
        }
        i = close;
    }
    links_part_end(l);
}
