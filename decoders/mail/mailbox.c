/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox: one pass over the list finds where each element's parts lie; then each part is cleaned. */
#include "decoders/mail/mailbox.h"

#include "decoders/base/scan.h"
#include "decoders/mail/encoded_word.h"

/* Bytes: a name or an address fits there, or asks for memory. */
enum { USUAL_TEXT = 256 };

/* Where the parts of one element lie. */
struct element {
    size_t start, end;      /* without its comma */
    size_t angle, angle_end; /* inside < >; angle 0 = none, since a < is never counted at 0 */
    bool has_angle;
};

struct parsing {
    struct span s;
    struct charsets *charsets;
    struct arena *arena;
    struct buf text; /* one name or address being cleaned */
    struct list boxes;
    anomaly_set odd;
    bool no_quote, no_close, no_word; /* no " or ) or ?= follows any more: what opens is text */
};

/* Behind the quoted string at i, or i + 1 where it is never closed. */
static size_t skip_quoted(struct parsing *p, size_t i)
{
    for (size_t k = i + 1; !p->no_quote && k < p->s.n; k++) {
        if (p->s.p[k] == '\\')
            k++;
        else if (p->s.p[k] == '"')
            return k + 1;
    }
    p->no_quote = true;
    return i + 1;
}

static size_t skip_comment(struct parsing *p, size_t i)
{
    int depth = 0;

    for (size_t k = i; !p->no_close && k < p->s.n; k++) {
        if (p->s.p[k] == '\\')
            k++;
        else if (p->s.p[k] == '(')
            depth++;
        else if (p->s.p[k] == ')' && --depth == 0)
            return k + 1;
    }
    p->no_close = true;
    return i + 1;
}

/* Behind what stands at i and hides structure: quotes, comments, encoded words; or i + 1. */
static size_t skip_atom(struct parsing *p, size_t i)
{
    size_t word;

    if (p->s.p[i] == '"')
        return skip_quoted(p, i);
    if (p->s.p[i] == '(')
        return skip_comment(p, i);
    if (p->s.p[i] == '=' && (word = encoded_word_length(p->s, i, &p->no_word)))
        return i + word;
    return i + (p->s.p[i] == '\\' ? 2 : 1);
}

/* The element from at on; returns the index behind its comma, or behind the colon of a group's name. */
static size_t next_element(struct parsing *p, size_t at, struct element *e)
{
    size_t i = at;

    *e = (struct element){.start = at};
    while (i < p->s.n) {
        uint8_t c = p->s.p[i];

        if (c == '<' && !e->has_angle) {
            e->has_angle = true;
            e->angle = i + 1;
            if (i + 1 < p->s.n && p->s.p[i + 1] == '"')
                i = skip_quoted(p, i + 1);
            e->angle_end = span_find(p->s, i, '>');
            i = e->angle_end < p->s.n ? e->angle_end + 1 : p->s.n;
            continue;
        }
        if (c == ':' && !e->has_angle) { /* RFC 5322 3.4: group name */
            *e = (struct element){.start = i + 1};
        } else if (c == ',' || c == ';') {
            break;
        }
        i = skip_atom(p, i);
    }
    e->end = i < p->s.n ? i : p->s.n;
    return e->end + 1;
}

/* Length of the run at s[i] without anything that quotes, comments or separates. */
static size_t plain_run(struct span s, size_t i)
{
    static const bool marks[256] = {['\\'] = true, ['"'] = true, ['('] = true, [')'] = true, [' '] = true, ['\t'] = true};
    size_t n = 0;

    while (i + n < s.n && !marks[s.p[i + n]])
        n++;
    return n;
}

/* Adds s to text without quotes and their backslashes; comments are left out or taken alone. */
static void add_clean(struct parsing *p, struct span s, bool blanks)
{
    bool quoted = false;
    int comment = 0;

    for (size_t i = 0; i < s.n; i++) {
        size_t run = plain_run(s, i);
        uint8_t c;

        if (!comment)
            buf_add(&p->text, span_of(s.p + i, run));
        i += run;
        if (i == s.n)
            break;
        c = s.p[i];
        if (c == '\\' && (quoted || comment) && i + 1 < s.n)
            c = s.p[++i];
        else if (c == '"' && !comment) {
            quoted = !quoted;
            continue;
        } else if (!quoted && (c == '(' || (c == ')' && comment))) {
            comment += c == '(' ? 1 : -1;
            continue;
        }
        if (!comment && (blanks || quoted || (c != ' ' && c != '\t')))
            buf_add_byte(&p->text, c);
    }
}

/* The local part keeps its quotes: "a b"@c is not a b@c. */
static void add_address(struct parsing *p, struct span s)
{
    bool quoted = false;
    int comment = 0;

    for (size_t i = 0; i < s.n; i++) {
        size_t run = plain_run(s, i);
        uint8_t c;

        if (!comment)
            buf_add(&p->text, span_of(s.p + i, run));
        i += run;
        if (i == s.n)
            break;
        c = s.p[i];
        if (c == '\\' && i + 1 < s.n) {
            if (!comment) {
                buf_add_byte(&p->text, c);
                buf_add_byte(&p->text, s.p[i + 1]);
            }
            i++;
            continue;
        }
        if (c == '"' && !comment)
            quoted = !quoted;
        else if (!quoted && (c == '(' || (c == ')' && comment))) {
            comment += c == '(' ? 1 : -1;
            continue;
        }
        if (!comment && (quoted || (c != ' ' && c != '\t')))
            buf_add_byte(&p->text, c);
    }
}

/* The first comment's inside, which older mailers use for the name. */
static struct span comment_of(struct span s)
{
    size_t open = span_find(s, 0, '('), close = span_find(s, open, ')');

    if (close == s.n)
        return (struct span){NULL, 0};
    return span_trim(span_of(s.p + open + 1, close - open - 1));
}

/* What is in text, decoded; absent where nothing is. */
static struct span decoded(struct parsing *p)
{
    struct span clean = span_trim(buf_whole(&p->text));

    if (!clean.n)
        return (struct span){NULL, 0};
    return encoded_word_text(p->charsets, p->arena, clean, &p->odd);
}

/* RFC 5321 source routes: @a,@b:user@c. */
static struct span without_route(struct span addr)
{
    size_t colon;

    if (!addr.n || addr.p[0] != '@')
        return addr;
    colon = span_find(addr, 0, ':');
    return colon < addr.n ? span_from(addr, colon + 1) : addr;
}

static size_t last_at(struct span s)
{
    size_t at = s.n;

    for (size_t i = span_find(s, 0, '@'); i < s.n; i = span_find(s, i + 1, '@'))
        at = i;
    return at;
}

static struct span domain_of(struct span addr, struct arena *a)
{
    size_t at = last_at(addr);
    struct span domain = {NULL, 0};

    if (at + 1 >= addr.n)
        return domain;
    domain = arena_dup_lower(a, span_from(addr, at + 1));
    if (domain.n > 1 && domain.p[domain.n - 1] == '.')
        domain.n--;
    return domain;
}

static void set_address(struct parsing *p, struct span raw, struct mailbox *m)
{
    struct span addr;

    buf_clear(&p->text);
    add_address(p, raw);
    addr = without_route(span_head(buf_whole(&p->text), LIMIT_SMTP_PATH));
    if (!addr.n)
        return;
    m->addr = encoded_word_text(p->charsets, p->arena, addr, &p->odd);
    m->domain = domain_of(m->addr, p->arena);
}

static void set_name(struct parsing *p, struct span raw, struct mailbox *m)
{
    buf_clear(&p->text);
    add_clean(p, raw, true);
    m->name = decoded(p);
}

/* Words without an @ are an address where they are one plain word (root), else a name. */
static bool is_address(struct span s)
{
    s = span_trim(s);
    if (last_at(s) < s.n)
        return true;
    return s.n && span_find(s, 0, ' ') == s.n && span_find(s, 0, '"') == s.n &&
           span_find_span(s, 0, SPAN("=?")) == s.n && scan_not_plain(s, 0) == s.n;
}

static void fill(struct parsing *p, const struct element *e, struct mailbox *m)
{
    struct span all = span_of(p->s.p + e->start, e->end - e->start);
    struct span comment;

    if (e->has_angle) {
        size_t end = e->angle_end < e->end ? e->angle_end : e->end;

        set_name(p, span_of(p->s.p + e->start, e->angle - 1 - e->start), m);
        set_address(p, span_of(p->s.p + e->angle, end - e->angle), m);
        return;
    }
    if (!is_address(all)) {
        set_name(p, all, m);
        return;
    }
    set_address(p, all, m);
    comment = comment_of(all);
    if (comment.n)
        m->name = encoded_word_text(p->charsets, p->arena, comment, &p->odd);
}

static void add_element(struct parsing *p, const struct element *e)
{
    struct mailbox *m, found = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

    fill(p, e, &found);
    if (!found.name.p && !found.addr.p)
        return;
    m = list_add(&p->boxes, p->arena, sizeof(*m), LIMIT_ADDRESSES);
    if (m)
        *m = found;
    else
        anomaly_raise(&p->odd, ANOMALY_HEADER_TOO_MANY);
}

/* Raw multibyte text may hold bytes that look like quotes and brackets: it becomes UTF-8 first. */
static struct span as_utf8(struct parsing *p, struct span value)
{
    struct charset_decoder d;
    struct buf out;

    if (scan_not_plain(value, 0) == value.n)
        return value;
    buf_init(&out, p->arena->mem, LIMIT_HEADER_FIELD);
    charset_begin(&d, p->charsets, charset_guess(value), charset_to_buf, &out);
    charset_push(&d, value);
    if (!charset_end(&d))
        anomaly_raise(&p->odd, ANOMALY_HEADER_UNDECODABLE);
    value = arena_dup(p->arena, buf_whole(&out));
    buf_free(&out);
    return value;
}

anomaly_set mailbox_parse(struct span value, struct charsets *c, struct arena *a,
                          const struct mailbox **boxes, uint32_t *n)
{
    struct parsing p = {.charsets = c, .arena = a};
    uint8_t room[USUAL_TEXT];

    p.s = as_utf8(&p, value);
    buf_init_in(&p.text, a->mem, LIMIT_TEXT_VALUE, room, sizeof(room));
    for (size_t at = 0; at < p.s.n && !p.boxes.full;) {
        struct element e;

        at = next_element(&p, at, &e);
        add_element(&p, &e);
    }
    buf_free(&p.text);
    *boxes = p.boxes.items;
    *n = p.boxes.n;
    return p.odd;
}

static bool needs_quotes(struct span name)
{
    static const char specials[] = "()<>[]:;@\\,\"";

    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] && strchr(specials, name.p[i]))
            return true;
    return false;
}

static void add_name(struct buf *b, struct span name)
{
    if (!needs_quotes(name)) {
        buf_add(b, name);
        return;
    }
    buf_add_byte(b, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            buf_add_byte(b, '\\');
        buf_add_byte(b, name.p[i]);
    }
    buf_add_byte(b, '"');
}

struct span mailbox_text(const struct mailbox *m, struct arena *a)
{
    uint8_t room[2 * USUAL_TEXT];
    struct span text;
    struct buf b;

    if (!m->name.p)
        return m->addr;
    if (!m->addr.p)
        return m->name;
    buf_init_in(&b, a->mem, 2 * LIMIT_TEXT_VALUE + LIMIT_SMTP_PATH, room, sizeof(room));
    add_name(&b, m->name);
    buf_add(&b, SPAN(" <"));
    buf_add(&b, m->addr);
    buf_add_byte(&b, '>');
    text = b.truncated && !b.refused ? m->addr : arena_dup(a, buf_whole(&b));
    buf_free(&b);
    return text;
}
