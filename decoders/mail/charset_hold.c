/* SPDX-License-Identifier: Apache-2.0 */
/* charset_hold: one handle for each charset of the table that needs iconv. */
#include "decoders/mail/charset_hold.h"

#include "decoders/mail/charset_memo.h" /* which has iconv */
#include "decoders/mail/charset_table.h"

struct charset_hold {
    struct mem *mem;
    iconv_t handles[CHARSET_COUNT_MAX];
    unsigned n;
};

struct charset_hold *charset_hold_new(struct mem *m)
{
    struct charset_hold *h = mem_zalloc(m, sizeof(*h));

    if (!h)
        return NULL;
    h->mem = m;
    for (unsigned i = 0; i < charset_count(); i++) {
        const struct charset *cs = charset_by_id((enum charset_id)i);
        iconv_t cd = cs->iconv ? iconv_open("UTF-8", cs->iconv) : (iconv_t)-1;

        if (cd != (iconv_t)-1)
            h->handles[h->n++] = cd;
    }
    return h;
}

unsigned charset_hold_count(const struct charset_hold *h)
{
    return h->n;
}

void charset_hold_free(struct charset_hold *h)
{
    if (!h)
        return;
    while (h->n)
        iconv_close(h->handles[--h->n]);
    mem_free(h->mem, h, sizeof(*h));
}
