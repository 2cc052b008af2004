/* SPDX-License-Identifier: Apache-2.0 */
/* link_html_scan: what the scanners of a page find, and texts that are scanned by themselves. */
#include "decoders/link/link_html_scan.h"

#include "decoders/link/url_trigger.h"

static void show(struct link_html *x, struct span url, enum url_kind kind)
{
    if (!x->shown.host_n && !url_parse(url, kind == URL_KIND_BARE ? URL_BARE : URL_WITH_SCHEME, &x->shown))
        x->shown.host_n = 0;
}

static void on_url(void *ctx, struct span url, enum url_kind kind, bool cut)
{
    struct link_html *x = ctx;
    struct link_origin origin = {x->scan_tag, x->in, URL_WITH_SCHEME};

    if (x->showing) {
        show(x, url, kind);
        return;
    }
    if (kind == URL_KIND_BARE) {
        origin.tag = "bare";
        origin.form = URL_BARE;
    }
    if (cut)
        anomaly_raise(&x->set->anomalies, ANOMALY_URL_TOO_LONG);
    link_set_add(x->set, url, &origin);
}

void scanners_init(struct link_html *x, struct mem *m)
{
    url_scan_init(&x->scan, m, x->set->suffix, on_url, x);
    url_scan_init(&x->aside, m, x->set->suffix, on_url, x);
}

/* An attribute is read in the middle of the text around it, whose last word may go on behind the tag: that word
 * waits, or <b onclick=""> in a URL would hide it. Called again when the attribute is over. */
void swap_scanners(struct link_html *x)
{
    struct url_scan scan = x->scan;

    x->scan = x->aside;
    x->aside = scan;
}

void scan_apart(struct link_html *x, struct span text, bool names)
{
    swap_scanners(x);
    url_scan_begin(&x->scan, names);
    url_scan_last(&x->scan, text, false);
    url_scan_end(&x->scan);
    swap_scanners(x);
}

void scan_shown(struct link_html *x, struct span text)
{
    x->shown.host_n = 0;
    if (url_trigger(text, 0) == text.n) /* as in most texts */
        return;
    x->showing = true;
    scan_apart(x, text, true);
    x->showing = false;
}

void scan_kind(struct link_html *x, enum html_text kind)
{
    static const char *const tags[] = {
        [HTML_VISIBLE] = NULL, [HTML_SCRIPT] = "script", [HTML_STYLE] = "style", [HTML_TITLE] = NULL};

    x->scanned = kind;
    x->scan_tag = tags[kind];
    url_scan_begin(&x->scan, kind == HTML_VISIBLE);
    script_text_begin(&x->script);
    script_signs_begin(&x->signs);
    style_text_begin(&x->style);
}

void scan_piece(void *ctx, struct span piece)
{
    struct link_html *x = ctx;

    if (x->scanned == HTML_SCRIPT && script_signs_push(&x->signs, piece))
        anomaly_raise(&x->set->anomalies, ANOMALY_HTML_SCRIPT_BUILT);
    url_scan_push(&x->scan, piece);
}

void scan_end_script(struct link_html *x)
{
    script_text_end(&x->script, scan_piece, x);
    if (script_signs_push(&x->signs, SPAN(";")))
        anomaly_raise(&x->set->anomalies, ANOMALY_HTML_SCRIPT_BUILT);
}
