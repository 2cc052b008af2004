/* SPDX-License-Identifier: Apache-2.0 */
/* page: head, sections, end. What runs and what styles is named by its hash: nothing else does, whatever a mail says. */
#include "sensor/report/page.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/language.h"

enum { TEXT_MOST = 64 << 20, HASH_TEXT = 64 };

static struct span asset(const char *from, const char *end)
{
    return span_of(from, (size_t)(end - from));
}

static void hash_of(struct span s, char text[HASH_TEXT])
{
    uint8_t hash[SHA256_DIGEST_LENGTH];

    SHA256(s.p, s.n, hash);
    EVP_EncodeBlock((uint8_t *)text, hash, sizeof(hash));
}

static void write_asset(struct page *p, const char *tag, struct span s)
{
    html_rawf(&p->h, "<%s>", tag);
    html_bytes(&p->h, s);
    html_rawf(&p->h, "</%s>\n", tag);
}

/* --- what sections share --- */

void page_section(struct page *p, const char *id, const char *title)
{
    html_rawf(&p->h, "\n<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">", id, id, id);
    html_say(&p->h, "%s", title);
    html_raw(&p->h, "</h2>\n");
}

void page_section_end(struct page *p)
{
    html_raw(&p->h, "</section>\n");
}

void page_figure(struct page *p, uint64_t value, const char *name)
{
    html_raw(&p->h, "<div><dt>");
    html_say(&p->h, "%s", name);
    html_rawf(&p->h, "</dt><dd data-n>%llu</dd></div>\n", (unsigned long long)value);
}

void page_time(struct page *p, int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm;
    char text[32], machine[32];

    if (!gmtime_r(&t, &tm) || tm.tm_year > 8099 || tm.tm_year < -1900)
        return;
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
    strftime(machine, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ", &tm);
    html_rawf(&p->h, "<time datetime=\"%s\">%s</time>", machine, text);
}

void page_bar(struct page *p, uint64_t mails, uint64_t most)
{
    unsigned width = most ? (unsigned)(1000 * mails / most) : 0;

    html_rawf(&p->h, "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
              "<rect width=\"%u\" height=\"10\"/></svg>", width < 8 && mails ? 8 : width);
}

uint32_t page_distinct(struct page *p, enum over_kind k, uint32_t value, enum over_kind other)
{
    const struct overview *o = p->o;
    uint8_t *seen = calloc(o->values[other].n / 8 + 1, 1);
    uint32_t n = 0;

    if (!seen) {
        p->no_memory = true;
        return UINT32_MAX;
    }
    for (uint32_t i = 0; i < o->n; i++) {
        const struct over_mail *m = &o->mails[i];
        uint32_t v = m->value[other];

        if (m->copy || m->value[k] != value || v == VALUE_NONE || seen[v / 8] & 1u << v % 8)
            continue;
        seen[v / 8] |= (uint8_t)(1u << v % 8);
        n++;
    }
    free(seen);
    return n;
}

/* --- head and end --- */

static void period_text(struct page *p)
{
    char title[PERIOD_TEXT];

    if (!p->o->period.all) {
        period_title(&p->o->period, title);
        html_say(&p->h, calendar_is_utc(&p->o->period.calendar) ? "%s UTC" : "%s", title);
        return;
    }
    if (p->o->counted_mails) {
        page_time(p, p->o->first);
        html_raw(&p->h, " – ");
        page_time(p, p->o->last);
    } else {
        html_say(&p->h, "%s", _("no mails"));
    }
    html_raw(&p->h, " UTC");
}

static void title_text(struct page *p)
{
    char title[PERIOD_TEXT];

    period_title(&p->o->period, title);
    html_say(&p->h, _("Mails of %s"), p->o->period.all ? _("all records") : title);
}

static void head(struct page *p)
{
    char css[HASH_TEXT], js[HASH_TEXT];

    hash_of(asset(page_css, page_css_end), css);
    hash_of(asset(page_js, page_js_end), js);
    html_rawf(&p->h, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
              language_now() == LANGUAGE_JAPANESE ? "ja" : "en");
    html_rawf(&p->h, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; "
              "script-src 'sha256-%s'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
              "trusted-types 'none'\">\n", css, js);
    html_raw(&p->h, "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n"
             "<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no, url=no\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    title_text(p);
    html_raw(&p->h, "</title>\n");
    write_asset(p, "style", asset(page_css, page_css_end));
    html_raw(&p->h, "</head>\n<body>\n");
}

static void navigation(struct page *p)
{
    const struct {
        const char *id, *title;
    } parts[] = {{"numbers", _("Numbers")}, {"trend", _("Trend")}, {"senders", _("Senders")},
                 {"campaigns", _("Campaigns")}, {"register", _("Register")}, {"health", _("Sensor")}};

    html_rawf(&p->h, "<nav aria-label=\"");
    html_attribute(&p->h, span_cstr(_("Parts of this page")));
    html_raw(&p->h, "\"><ul>");
    for (unsigned i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        html_rawf(&p->h, "<li><a href=\"#%s\">", parts[i].id);
        html_say(&p->h, "%s", parts[i].title);
        html_raw(&p->h, "</a></li>");
    }
    html_raw(&p->h, "</ul></nav>\n");
}

static void banner(struct page *p)
{
    html_raw(&p->h, "<a class=\"skip\" href=\"#register\">");
    html_say(&p->h, "%s", _("Go to the register"));
    html_raw(&p->h, "</a>\n<header>\n<h1>");
    html_say(&p->h, "%s", _("Mail report"));
    html_raw(&p->h, "</h1>\n<p class=\"period\">");
    period_text(p);
    html_raw(&p->h, "</p>\n");
    navigation(p);
    html_raw(&p->h, "</header>\n<main>\n");
}

static void end(struct page *p)
{
    html_raw(&p->h, "</main>\n<footer>\n<p>");
    html_say(&p->h, "%s", _("It says what was seen on the wire, never what a mail is. Links are written so that nobody follows them "
                            "by accident: hxxp for http, [.] for a dot."));
    html_rawf(&p->h, "</p>\n<p>mxtap %s · ", MXTAP_VERSION);
    html_say(&p->h, "%s", p->source->from_redis ? "Redis" : "JSON");
    html_raw(&p->h, " · ");
    html_text(&p->h, span_cstr(p->source->name));
    html_raw(&p->h, " · ");
    page_time(p, p->source->made_s);
    html_raw(&p->h, " UTC</p>\n</footer>\n");
    page_data(p);
    write_asset(p, "script", asset(page_js, page_js_end));
    html_raw(&p->h, "</body>\n</html>\n");
}

bool page_write(struct whole_file *file, const struct overview *o, const struct page_source *source)
{
    struct page p = {.h = {.file = file}, .o = o, .source = source};

    mem_init(&p.mem, 0);
    buf_init(&p.scratch, &p.mem, TEXT_MOST);
    buf_init(&p.json, &p.mem, TEXT_MOST);
    head(&p);
    banner(&p);
    page_numbers(&p);
    page_trend(&p);
    page_senders(&p);
    page_campaigns(&p);
    page_register(&p);
    page_health(&p);
    end(&p);
    p.no_memory = p.no_memory || p.scratch.refused || p.json.refused || p.json.truncated;
    buf_free(&p.scratch);
    buf_free(&p.json);
    return !p.no_memory;
}
