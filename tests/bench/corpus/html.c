/* SPDX-License-Identifier: Apache-2.0 */
/* HTML as newsletters write it: nested tables, inline style, images, tracking links. */
#include "page.h"

static void made_attribute(struct page *h, const char *name, enum url_kind kind)
{
    char url[URL_MOST];
    url_make(h->p, h->plan->site, kind, url);
    page_url(h, name, url);
}

static void image(struct page *h, unsigned width, unsigned height)
{
    buf_str(h->out, "<img");
    made_attribute(h, "src", IMAGE);
    buf_printf(h->out, " width=\"%u\" height=\"%u\" alt=\"", width, height);
    page_phrase(h, TITLE);
    buf_str(h->out,
            "\" border=\"0\" style=\"display:block;border:0;outline:none;text-decoration:none;"
            "-ms-interpolation-mode:bicubic;\" />");
}

static void head(struct page *h)
{
    buf_printf(
        h->out,
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
        "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\r\n"
        "<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n<head>\r\n"
        "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=%s\" />\r\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1.0\" />\r\n<title>",
        charset_name(h->plan->cs));
    page_phrase(h, TITLE);
    buf_str(
        h->out,
        "</title>\r\n<style type=\"text/css\">\r\n"
        "body,table,td,a{-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%;}\r\n"
        "table,td{mso-table-lspace:0pt;mso-table-rspace:0pt;border-collapse:collapse !important;}\r\n"
        "@media only screen and (max-width:600px){\r\n  .wrapper{width:100% !important;"
        "max-width:100% !important;}\r\n  .mobile-hide{display:none !important;}\r\n}\r\n"
        "</style>\r\n</head>\r\n");
}

static void opening(struct page *h)
{
    buf_str(
        h->out,
        "<body style=\"margin:0 !important;padding:0 !important;background-color:#f4f4f4;\">\r\n"
        "<div style=\"display:none;font-size:1px;color:#fefefe;line-height:1px;max-height:0px;"
        "max-width:0px;opacity:0;overflow:hidden;\">");
    page_phrase(h, SENTENCE);
    buf_str(
        h->out,
        "</div>\r\n<table border=\"0\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\">\r\n"
        "<tr><td align=\"center\" bgcolor=\"#ffffff\">\r\n<!--[if (gte mso 9)|(IE)]>\r\n"
        "<table align=\"center\" border=\"0\" cellspacing=\"0\" cellpadding=\"0\" width=\"600\"><tr>"
        "<td align=\"center\" valign=\"top\" width=\"600\">\r\n<![endif]-->\r\n"
        "<table border=\"0\" cellpadding=\"0\" cellspacing=\"0\" width=\"600\" class=\"wrapper\">\r\n"
        "<tr><td align=\"center\" valign=\"top\" style=\"padding:15px 0;\" class=\"logo\"><a");
    made_attribute(h, "href", HOME);
    buf_str(h->out, " target=\"_blank\">");
    image(h, 120, 40);
    buf_str(h->out, "</a></td></tr>\r\n");
}

/* A picture behind the first words, as style="background:url()". */
static void hero(struct page *h)
{
    char url[URL_MOST];

    url_make(h->p, h->plan->site, IMAGE, url);
    urlset_add(&h->m->urls, url);
    buf_printf(
        h->out,
        "<tr><td class=\"hero\" style=\"background:#333333 url('%s') no-repeat center;"
        "background-size:cover;padding:40px 20px;\">\r\n<h1 style=\"font-family:Helvetica,Arial,sans-serif;"
        "font-size:28px;color:#ffffff;margin:0;\">",
        url);
    page_phrase(h, TITLE);
    buf_str(h->out, "</h1></td></tr>\r\n");
}

static void button(struct page *h)
{
    buf_str(
        h->out,
        "<table border=\"0\" cellspacing=\"0\" cellpadding=\"0\" class=\"mobile-button-container\">"
        "<tr><td align=\"center\" style=\"border-radius:3px;\" bgcolor=\"#256f9c\"><a");
    made_attribute(h, "href", TRACK);
    buf_str(h->out,
            " target=\"_blank\" style=\"font-size:16px;font-family:Helvetica,Arial,sans-serif;"
            "color:#ffffff;text-decoration:none;padding:12px 18px;display:inline-block;\">");
    page_phrase(h, BUTTON);
    buf_str(h->out, " &rarr;</a></td></tr></table>\r\n");
}

static void product(struct page *h)
{
    uint32_t price = prng_between(h->p, 4, 400);

    buf_str(h->out,
            "<tr><td bgcolor=\"#ffffff\" align=\"left\" style=\"padding:20px 30px;\">\r\n"
            "<table border=\"0\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\"><tr>\r\n"
            "<td width=\"200\" valign=\"top\" class=\"mobile-hide\"><a");
    made_attribute(h, "href", prng_chance(h->p, 700) ? TRACK : PRODUCT);
    buf_str(h->out, ">");
    image(h, 200, 200);
    buf_str(h->out,
            "</a></td>\r\n<td valign=\"top\" style=\"padding-left:20px;color:#666666;"
            "font-family:'Lato',Helvetica,Arial,sans-serif;font-size:16px;line-height:25px;\">\r\n"
            "<p style=\"margin:0;font-weight:bold;color:#111111;\">");
    page_phrase(h, TITLE);
    buf_str(h->out, "</p>\r\n<p style=\"margin:8px 0;\">");
    page_phrase(h, SENTENCE);
    buf_str(h->out, " ");
    page_phrase(h, SENTENCE);
    buf_printf(
        h->out,
        "</p>\r\n<p class=\"price\" style=\"color:#b12704;\"><b>&#36;%u.%02u</b>&nbsp;<s>&#36;%u.00"
        "</s></p>\r\n",
        price, prng_below(h->p, 100), price + 20);
    button(h);
    buf_str(h->out, "</td></tr></table>\r\n</td></tr>\r\n");
}

/* A paragraph with a link whose text is the link itself, and one whose text is words. */
static void paragraph(struct page *h)
{
    char url[URL_MOST];

    buf_str(h->out, "<tr><td style=\"padding:10px 30px;font-family:Georgia,'Times New Roman',serif;"
                    "font-size:15px;line-height:22px;color:#444444;\"><p>");
    for (uint32_t n = prng_between(h->p, 2, 5); n; n--) {
        page_phrase(h, SENTENCE);
        buf_str(h->out, n % 2 ? "<br />\r\n" : " ");
    }
    url_make(h->p, h->plan->site, PAGE, url);
    buf_str(h->out, "<a");
    page_url(h, "href", url);
    buf_printf(h->out, " style=\"color:#256f9c;\">%s</a> <span>", url);
    page_phrase(h, SENTENCE);
    buf_str(h->out, "</span></p></td></tr>\r\n");
}

static void footer(struct page *h, const char *unsubscribe)
{
    static const char *const icons[] = {"Facebook", "Instagram", "YouTube"};

    buf_str(h->out, "<tr><td align=\"center\" style=\"padding:30px;font-size:12px;line-height:18px;"
                    "color:#999999;font-family:Helvetica,Arial,sans-serif;\">\r\n");
    for (size_t i = 0; i < 3; i++) {
        buf_str(h->out, "<a");
        made_attribute(h, "href", TRACK);
        buf_printf(h->out, " title=\"%s\">", icons[i]);
        image(h, 24, 24);
        buf_str(h->out, "</a>&nbsp;\r\n");
    }
    buf_printf(h->out, "<br />%s &copy; 2024 | %s<br />\r\n", h->plan->site->brand,
               h->plan->sender);
    if (unsubscribe)
        page_link(h, unsubscribe, " target=\"_blank\" style=\"color:#999999;text-decoration:underline;\"");
    buf_str(h->out, "</td></tr>\r\n</table>\r\n</td></tr>\r\n</table>\r\n<img");
    made_attribute(h, "src", PIXEL);
    buf_str(
        h->out,
        " width=\"1\" height=\"1\" alt=\"\" style=\"height:1px;width:1px;\" />\r\n</body>\r\n</html>\r\n");
}

/* Bytes that the footer takes before encoding. */
enum { FOOTER = 2300 };

void html_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
               const char *unsubscribe, size_t size)
{
    struct page h = {p, m, plan, &m->part};
    size_t cost = transfer_cost(plan->transfer, (const uint8_t *)"", 0), done = 0;

    buf_reset(&m->part);
    head(&h);
    opening(&h);
    if (prng_chance(p, 500))
        hero(&h);
    for (;;) {
        cost += transfer_cost(plan->transfer, m->part.data + done, m->part.len - done);
        done = m->part.len;
        if (cost + FOOTER >= size)
            break;
        if (prng_chance(p, 650))
            product(&h);
        else
            paragraph(&h);
    }
    footer(&h, unsubscribe);
}
