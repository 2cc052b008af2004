/* SPDX-License-Identifier: Apache-2.0 */
/* HTML as phishing writes it: a style block, styles in every tag, indented tables, pictures, and few
 * links, to the sender's host and to the one where the password is asked for. */
#include "page.h"

static const char *const STYLES[] = {
    "font-family: 'Open Sans', Arial, sans-serif; font-weight: 400; color: #5a5a5a; font-size: 15px; line-height: 21px;",
    "text-align: center; margin-bottom: 24px;",
    "padding:12px 36px;border-radius:6px;text-decoration: none;color: #fff;background-color:#0b5cab;",
    "width: 100%; max-width: 600px; margin: 0 auto; padding: 0px 20px 20px 20px; border: 1px solid #d8d8d8;box-sizing: border-box;",
    "border-collapse:collapse;mso-table-lspace:0pt;mso-table-rspace:0pt;",
    "display:block;"};
enum { STYLE_COUNT = sizeof(STYLES) / sizeof(STYLES[0]) };

static const char *style(struct page *h)
{
    return STYLES[prng_below(h->p, STYLE_COUNT)];
}

/* One of the two hosts. */
static void url_of(struct page *h, const char *name, enum url_kind kind)
{
    char url[URL_MOST];

    url_make(h->p, prng_chance(h->p, 500) ? h->plan->site : h->plan->landing, kind, url);
    page_url(h, name, url);
}

static void head(struct page *h)
{
    buf_printf(h->out,
               "<!DOCTYPE html><html lang=\"en\"><head>\r\n<meta http-equiv=\"Content-Type\" "
               "content=\"text/html; charset=%s\"><title>",
               charset_name(h->plan->cs));
    page_phrase(h, TITLE);
    buf_str(h->out, "</title>\r\n<style>\r\n");
    for (uint32_t n = prng_below(h->p, 31); n; n--)
        buf_printf(h->out, ".c%04x{ %s }\r\n", prng_below(h->p, 65536), style(h));
    buf_str(h->out, "</style></head>\r\n<body style=\"background-color:#eeeeee;\">\r\n");
}

static void paragraph(struct page *h)
{
    buf_printf(h->out, "                <p style=\"%s\">", style(h));
    for (uint32_t n = prng_between(h->p, 1, 2); n; n--) {
        page_phrase(h, SENTENCE);
        buf_str(h->out, n > 1 ? " " : "</p>\r\n");
    }
}

static void picture(struct page *h)
{
    buf_str(h->out, "<img");
    url_of(h, "src", PICTURE);
    buf_printf(h->out, " alt=\"\" width=\"%u\">\r\n", prng_between(h->p, 1, 600));
}

static void lure(struct page *h)
{
    buf_printf(h->out, "<a style=\"%s\"", style(h));
    url_of(h, "href", LURE);
    buf_str(h->out, ">");
    page_phrase(h, BUTTON);
    buf_str(h->out, "</a>\r\n");
}

static void element(struct page *h)
{
    uint32_t dice = prng_below(h->p, 100);

    if (dice < 25)
        buf_printf(h->out, "            <div style=\"%s\">\r\n", style(h));
    else if (dice < 52)
        paragraph(h);
    else if (dice < 65)
        buf_printf(h->out,
                   "<table width=\"100%%\" cellspacing=\"0\" cellpadding=\"0\"><tr>"
                   "<td width=\"60%%\" style=\"%s\">\r\n",
                   style(h));
    else if (dice < 78)
        buf_str(h->out, "</td></tr></table></div>\r\n");
    else if (dice < 84)
        picture(h);
    else if (dice < 88)
        lure(h);
    else
        buf_str(h->out, "\r\n            <br>&nbsp;\r\n");
}

static void ending(struct page *h, const char *unsubscribe)
{
    lure(h);
    if (unsubscribe)
        page_link(h, unsubscribe, " style=\"font-size:11px;\"");
    buf_str(h->out, "</body></html>\r\n");
}

void phish_page_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
                     const char *unsubscribe, size_t size)
{
    enum { ENDING = 300 };
    struct page h = {p, m, plan, &m->part};
    size_t cost = 0, done = 0;

    buf_reset(&m->part);
    head(&h);
    do {
        element(&h);
        cost += transfer_cost(plan->transfer, m->part.data + done, m->part.len - done);
        done = m->part.len;
    } while (cost + ENDING < size);
    ending(&h, unsubscribe);
}
