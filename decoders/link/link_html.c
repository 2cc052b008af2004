/* SPDX-License-Identifier: Apache-2.0 */
/* link_html: tokenizer events become links, anchors and their texts. */
#include "decoders/link/link_html.h"

#include "decoders/link/data_url.h"
#include "decoders/link/link_html_scan.h"
#include "decoders/link/link_value.h"

/* What the anchor shows is kept beside its link. It is no link of its own: nobody clicks on it and gets
 * there, which is why it matters when it names another host. */
static void end_anchor(struct link_html *x)
{
    struct span text;

    if (x->anchor == LINK_NONE)
        return;
    text = link_text_end(&x->text);
    scan_shown(x, text);
    reference_text(&x->base, x->set, x->anchor, text, url_host(&x->shown));
    x->anchor = LINK_NONE;
}

static inline void enter_border(struct link_html *x, const struct element *e)
{
    /* First of all: end_anchor needs the scanner for itself. */
    scan_end_word(x);
    visible_border(&x->visible);
    if (e->role >= ELEMENT_CELL)
        end_anchor(x);
    if (x->anchor != LINK_NONE && e->role == ELEMENT_BLOCK)
        link_text_break(&x->text);
}

/* A tag that is read. */
static void begin_tag(struct link_html *x, const struct element *e, bool closing)
{
    x->odd = x->odd_told = 0;
    x->settles = false;
    x->closing = closing;
    x->element = e;
    x->href = LINK_NONE;
    x->refresh = false;
    x->content.n = 0;
    if (e->role != ELEMENT_INLINE)
        enter_border(x, e);
}

static void on_tag(void *ctx, struct span name, bool closing)
{
    struct link_html *x = ctx;

    begin_tag(x, element_of(&x->places, name), closing);
}

static bool on_plain(void *ctx, struct tag_effect *effect)
{
    const struct link_html *x = ctx;

    *effect = (struct tag_effect){.element = x->element, .settles = x->settles, .border = x->element->role != ELEMENT_INLINE};
    return !x->odd;
}

static const void *on_odd(void *ctx)
{
    struct link_html *x = ctx;
    bool told = x->odd == x->odd_told;

    x->odd_told = x->odd;
    return told ? NULL : x->element;
}

static bool on_front(void *ctx, struct tag_effect *effect)
{
    const struct link_html *x = ctx;

    *effect = (struct tag_effect){.element = x->element, .border = x->element->role != ELEMENT_INLINE, .place = (uint8_t)x->place};
    return !x->odd && x->place != PLACE_STYLE; /* a style may be part of a front: it seldom says anything */
}

static void on_front_again(void *ctx, const struct tag_effect *effect)
{
    struct link_html *x = ctx;

    begin_tag(x, effect->element, false);
    x->place = (enum place)effect->place;
}

static bool on_again(void *ctx, const struct tag_effect *effect)
{
    struct link_html *x = ctx;
    const struct element *e = effect->element;

    if (e->role == ELEMENT_INLINE) {
        if (effect->settles)
            url_scan_settle(&x->scan);
        return false;
    }
    enter_border(x, e);
    return x->anchor == LINK_NONE && x->scanned == HTML_VISIBLE;
}

static void on_calm_last(void *ctx, size_t spaces, struct span piece)
{
    struct link_html *x = ctx;

    x->visible.spaces += spaces;
    visible_last(&x->visible, piece);
}

/* For the scanner it is as the border in front: no byte up to the space tells it more than none. */
static void on_calm_space(void *ctx, size_t spaces)
{
    ((struct link_html *)ctx)->visible.spaces += spaces;
}

static bool on_wants(void *ctx, struct span name)
{
    struct link_html *x = ctx;

    x->place = place_of(&x->places, x->element, name);
    if (x->place == PLACE_NONE && name.n > 3 && name.p[0] == 'o' && name.p[1] == 'n')
        x->place = PLACE_SCRIPT;
    if (x->place == PLACE_ALT) /* what it does hangs on the anchor around it */
        x->odd++;
    return x->place != PLACE_NONE && (x->place != PLACE_ALT || x->anchor != LINK_NONE);
}

static void scan_as_text(struct link_html *x, struct span page)
{
    const char *tag = x->scan_tag;

    x->scan_tag = x->element->name;
    scan_apart(x, page, false);
    x->scan_tag = tag;
}

static struct link_html *inner_of(struct link_html *x)
{
    struct mem *m = x->content.mem;

    if (!x->inner && !x->is_inner) {
        x->inner = mem_zalloc(m, sizeof(*x->inner));
        if (x->inner) {
            link_html_init(x->inner, m, x->set);
            link_html_remember(x->inner, x->html.memo);
        }
    }
    return x->inner;
}

/* A page inside the page. base: what its relative references are relative to. */
static void read_inner(struct link_html *x, struct link_html *inner, struct span page, struct span base)
{
    inner->is_inner = true;
    link_html_begin(inner, x->in);
    reference_set_base(&inner->base, x->set, base, x->in);
    link_html_push(inner, page);
    link_html_end(inner);
}

/* A script in an attribute. */
static void on_script(struct link_html *x, struct span script)
{
    const char *tag = x->scan_tag;
    enum html_text kind = x->scanned;

    swap_scanners(x);
    scan_kind(x, HTML_SCRIPT);
    x->scan_tag = x->element->name;
    script_text_push(&x->script, script, scan_piece, x);
    scan_end_word(x);
    swap_scanners(x);
    x->scanned = kind;
    x->scan_tag = tag;
}

/* An image's SVG runs no script and leads nowhere; any other element's is a page. */
static bool is_page(const struct link_html *x, enum data_kind kind)
{
    return kind == DATA_PAGE || (kind == DATA_PICTURE && x->place != PLACE_SRCSET && strcmp(x->element->name, "img") != 0 &&
                                 strcmp(x->element->name, "image") != 0 && strcmp(x->element->name, "link") != 0);
}

static void on_data(struct link_html *x, struct span url, enum data_kind kind)
{
    struct link_html *inner;

    if (kind != DATA_SCRIPT && !is_page(x, kind))
        return;
    anomaly_raise(&x->set->anomalies, ANOMALY_HTML_DATA_PAGE);
    data_url_content(url, &x->data_coded, &x->data);
    inner = kind == DATA_SCRIPT ? NULL : inner_of(x);
    if (kind == DATA_SCRIPT)
        on_script(x, buf_span(&x->data));
    else if (inner)
        read_inner(x, inner, buf_span(&x->data), (struct span){NULL, 0});
    else
        scan_as_text(x, buf_span(&x->data)); /* a page in a page in a page */
}

/* What it names, and what it carries inside itself. */
static int add_reference(struct link_html *x, struct span reference)
{
    int i = reference_add(&x->base, x->set, reference, x->element->name, x->in);
    struct span s = value_trim(reference);
    enum data_kind kind = s.n && ascii_lower(s.p[0]) == 'd' ? data_url_kind(s) : DATA_NONE;

    x->odd++;
    if (kind != DATA_NONE)
        on_data(x, s, kind);
    else if (span_starts_nocase(s, SPAN("javascript:")))
        on_script(x, span_from(s, 11));
    return i;
}

static void on_reference(void *ctx, struct span reference)
{
    add_reference(ctx, reference);
}

static void on_url_value(struct link_html *x, struct span value)
{
    int i = add_reference(x, value);

    if (x->href == LINK_NONE)
        x->href = i;
}

static void on_absolute(void *ctx, struct span value)
{
    if (url_scheme_length(value_trim(value)))
        add_reference(ctx, value);
}

/* An iframe's srcdoc: HTML whose base is ours where it has none. */
static void on_document(struct link_html *x, struct span value)
{
    struct link_html *inner = inner_of(x);

    if (inner)
        read_inner(x, inner, value, buf_span(&x->base.href));
    else
        scan_as_text(x, value);
}

/* An open anchor that waits for this base has its text told now: its number means nothing after. */
static void on_base(struct link_html *x, struct span value)
{
    if (reference_waits(x->anchor))
        end_anchor(x);
    reference_set_base(&x->base, x->set, value, x->in);
}

static void on_value(void *ctx, struct span value, bool cut)
{
    struct link_html *x = ctx;

    x->settles = true;
    if (x->place != PLACE_STYLE) /* a style is plain as long as it names nothing */
        x->odd++;
    if (x->element->role == ELEMENT_INLINE)
        url_scan_settle(&x->scan);
    if (cut && x->place == PLACE_URL && !span_starts_nocase(value, SPAN("data:")))
        anomaly_raise(&x->set->anomalies, ANOMALY_URL_TOO_LONG);
    if (x->place == PLACE_BASE)
        on_base(x, value);
    if (x->place == PLACE_URL || x->place == PLACE_BASE)
        on_url_value(x, value);
    else if (x->place == PLACE_ABSOLUTE)
        on_absolute(x, value);
    else if (x->place == PLACE_VALUES)
        value_parts(value, on_absolute, x);
    else if (x->place == PLACE_SRCSET)
        value_srcset(value, on_reference, x);
    else if (x->place == PLACE_LIST)
        value_list(value, on_reference, x);
    else if (x->place == PLACE_STYLE)
        value_style(value, on_reference, x);
    else if (x->place == PLACE_CONTENT)
        buf_add(&x->content, value);
    else if (x->place == PLACE_EQUIV)
        x->refresh = span_eq_nocase(value_trim(value), SPAN("refresh"));
    else if (x->place == PLACE_ALT)
        link_text_alt(&x->text, value);
    else if (x->place == PLACE_DOCUMENT)
        on_document(x, value);
    else if (x->place == PLACE_SCRIPT)
        on_script(x, value);
}

static void on_tag_end(void *ctx)
{
    struct link_html *x = ctx;
    struct span url;

    if (x->refresh && x->content.n) {
        url = value_refresh(buf_span(&x->content));
        if (url.p)
            add_reference(x, url);
    }
    if (x->element->role == ELEMENT_ANCHOR && !x->closing && x->href != LINK_NONE) {
        x->anchor = x->href;
        link_text_begin(&x->text);
    }
}

static void on_style_border(void *ctx)
{
    struct link_html *x = ctx;

    url_scan_end(&x->scan);
}

static void on_style_url(void *ctx, struct span reference)
{
    struct link_html *x = ctx;

    reference_add(&x->base, x->set, reference, "style", x->in);
}

static const struct style_events style_events = {scan_piece, on_style_border, on_style_url};

static void on_text(void *ctx, enum html_text kind, struct span piece)
{
    struct link_html *x = ctx;

    if (kind == HTML_TITLE)
        return;
    if (kind == HTML_VISIBLE)
        visible_show(&x->visible, piece);
    if (kind == HTML_VISIBLE && x->anchor != LINK_NONE) {
        link_text_add(&x->text, piece);
        /* What an anchor shows that leads nowhere may be a link of its own. */
        if (!reference_waits(x->anchor))
            return;
    }
    if (kind != x->scanned)
        scan_kind(x, kind);
    if (kind == HTML_STYLE)
        style_text_push(&x->style, piece, &style_events, x);
    else if (kind == HTML_SCRIPT)
        script_text_push(&x->script, piece, scan_piece, x);
    else
        url_scan_push(&x->scan, piece);
}

/* Where no word and no anchor is open, white space moves nothing but counts. */
static void on_space(void *ctx, struct span piece)
{
    struct link_html *x = ctx;

    if (x->visible.showed || x->anchor != LINK_NONE || x->scanned != HTML_VISIBLE || !url_scan_space(&x->scan, piece))
        on_text(ctx, HTML_VISIBLE, piece);
    else
        x->visible.spaces += piece.n;
}

static void on_last(void *ctx, struct span piece, bool plain)
{
    struct link_html *x = ctx;

    if (x->scanned != HTML_VISIBLE || x->anchor != LINK_NONE) {
        on_text(ctx, HTML_VISIBLE, piece);
        return;
    }
    visible_last(&x->visible, piece);
    url_scan_last(&x->scan, piece, plain);
}

static const struct html_events events = {
    .tag = on_tag, .wants = on_wants, .value = on_value, .tag_end = on_tag_end, .plain = on_plain, .odd = on_odd, .again = on_again,
    .front = on_front, .front_again = on_front_again, .text = on_text, .space = on_space, .last = on_last,
    .calm_last = on_calm_last, .calm_space = on_calm_space};

void link_html_init(struct link_html *x, struct mem *m, struct link_set *set)
{
    *x = (struct link_html){.set = set, .anchor = LINK_NONE, .href = LINK_NONE};
    places_init(&x->places);
    html_init(&x->html, m, &events, x);
    style_text_init(&x->style, m);
    scanners_init(x, m);
    reference_init(&x->base, m);
    buf_init(&x->content, m, LIMIT_HTML_ATTRIBUTE);
    buf_init(&x->data, m, LIMIT_HTML_ATTRIBUTE);
    buf_init(&x->data_coded, m, LIMIT_HTML_ATTRIBUTE);
}

void link_html_remember(struct link_html *x, struct tag_memo *memo)
{
    x->html.memo = memo;
    if (x->inner)
        x->inner->html.memo = memo;
}

static void free_parts(struct link_html *x)
{
    html_free(&x->html);
    url_scan_free(&x->scan);
    url_scan_free(&x->aside);
    style_text_free(&x->style);
    reference_free(&x->base);
    buf_free(&x->content);
    buf_free(&x->data);
    buf_free(&x->data_coded);
}

void link_html_free(struct link_html *x)
{
    if (x->inner) {
        free_parts(x->inner);
        mem_free(x->content.mem, x->inner, sizeof(*x->inner));
    }
    free_parts(x);
}

void link_html_begin(struct link_html *x, enum link_in in)
{
    x->in = in;
    x->anchor = x->href = LINK_NONE;
    x->element = element_of(&x->places, (struct span){NULL, 0});
    x->content.n = 0;
    x->visible.showed = false;
    html_begin(&x->html);
    reference_begin(&x->base);
    scan_kind(x, HTML_VISIBLE);
}

void link_html_push(struct link_html *x, struct span utf8)
{
    html_push(&x->html, utf8);
    visible_spaces(&x->visible);
}

void link_html_gap(struct link_html *x)
{
    html_gap(&x->html);
    url_scan_gap(&x->scan);
    visible_border(&x->visible);
    x->anchor = LINK_NONE;
}

void link_html_end(struct link_html *x)
{
    html_end(&x->html);
    scan_end_word(x);
    end_anchor(x);
    visible_border(&x->visible);
}
