/* SPDX-License-Identifier: Apache-2.0 */
/* What pages of every shape are made of. */
#include "page.h"

void page_phrase(struct page *h, enum phrase_use use)
{
    struct phrase ph = phrase_pick(h->p, h->plan->lang, h->plan->cs, use);
    buf_add(h->out, ph.data, ph.len);
}

void page_url(struct page *h, const char *name, const char *url)
{
    urlset_add(&h->m->urls, url);
    buf_printf(h->out, " %s=\"", name);
    for (; *url; url++)
        if (*url == '&')
            buf_str(h->out, "&amp;");
        else
            buf_add(h->out, url, 1);
    buf_str(h->out, "\"");
}

void page_link(struct page *h, const char *url, const char *attributes)
{
    buf_str(h->out, "<a");
    page_url(h, "href", url);
    buf_printf(h->out, "%s>", attributes);
    page_phrase(h, BUTTON);
    buf_str(h->out, "</a>\r\n");
}
