/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist: reads the lines in place: texts of entries and labels stay where the file's text is. */
#include "sensor/judge/watchlist.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/judge/operator_file.h"
#include "sensor/judge/watchlist_state.h"
#include "sensor/language.h"

enum { LABELS_MOST = 20000000, FIRST_LABELS = 64, LABEL_BYTES = 200 };

/* In the order in which a line without a word before it is tried. */
static const struct {
    const char *word;
    enum watch_kind kind;
} words[] = {{"ip:", WATCH_NET},   {"net:", WATCH_NET},         {"domain:", WATCH_DOMAIN}, {"url:", WATCH_URL},
             {"helo:", WATCH_HELO}, {"mail:", WATCH_MAIL},       {"subject:", WATCH_SUBJECT}, {"hash:", WATCH_HASH}};

static void lower(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        ((uint8_t *)(uintptr_t)s.p)[i] = ascii_lower(s.p[i]);
}

static bool is_hash(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (ascii_hex(s.p[i]) < 0)
            return false;
    return s.n == 32 || s.n == 40 || s.n == 64;
}

static bool has_blank(struct span s)
{
    return span_find(s, 0, ' ') < s.n || span_find(s, 0, '\t') < s.n;
}

/* What a line without a word before it is; false: nothing that can be told. */
static bool kind_by_form(struct span s, enum watch_kind *kind)
{
    struct ip_net net;

    if (ip_net_parse(s, &net))
        *kind = WATCH_NET;
    else if (has_blank(s))
        return false;
    else if (span_find_span(s, 0, SPAN("://")) < s.n)
        *kind = WATCH_URL;
    else if (span_find(s, 0, '@') < s.n)
        *kind = WATCH_MAIL;
    else if (is_hash(s))
        *kind = WATCH_HASH;
    else if (span_find(s, 0, '.') < s.n && span_find(s, 0, '/') == s.n && span_find(s, 0, ':') == s.n)
        *kind = WATCH_DOMAIN;
    else
        return false;
    return true;
}

static bool kind_of(struct span *entry, enum watch_kind *kind)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (span_starts_nocase(*entry, span_cstr(words[i].word))) {
            *entry = span_trim(span_from(*entry, strlen(words[i].word)));
            *kind = words[i].kind;
            return true;
        }
    return kind_by_form(*entry, kind);
}

/* Behind a tab, or behind blank and #. */
static struct span split_label(struct span *line)
{
    size_t tab = span_find(*line, 0, '\t'), mark = span_find_span(*line, 0, SPAN(" #"));
    size_t at = tab < line->n ? tab : mark;
    struct span label = span_trim(span_from(*line, at));

    *line = span_trim(span_head(*line, at));
    while (label.n && (label.p[0] == '#' || label.p[0] == ' '))
        label = span_from(label, 1);
    return span_head(label, LABEL_BYTES);
}

/* 1 without a label, else 2 + its index; 0 without memory. */
static uint32_t label_number(struct watchlist *w, struct span label)
{
    if (!label.n)
        return 1;
    if (w->labels_n == w->labels_cap) {
        uint32_t cap = w->labels_cap ? w->labels_cap * 2 : FIRST_LABELS;
        struct watch_label *labels = cap <= LABELS_MOST ? mem_resize(w->mem, w->labels, w->labels_cap * sizeof(*labels),
                                                                     cap * sizeof(*labels))
                                                        : NULL;

        if (!labels)
            return 0;
        w->labels = labels;
        w->labels_cap = cap;
    }
    w->labels[w->labels_n++] = (struct watch_label){(uint64_t)(label.p - w->file.text.p), (uint32_t)label.n};
    return w->labels_n + 1;
}

/* "*.example.com" and ".example.com" mean what "example.com" means. */
static struct span plain_domain(struct span s)
{
    if (span_starts_nocase(s, SPAN("*.")))
        s = span_from(s, 2);
    while (s.n && s.p[0] == '.')
        s = span_from(s, 1);
    while (s.n && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

static struct span kept_url(struct watchlist *w, struct span entry, const char **why)
{
    uint8_t key[WATCH_URL_BYTES];
    size_t n = watch_url_key(w, entry, key);

    if (!n)
        *why = _("no URL with a host, or too long a one");
    return n ? arena_dup(&w->arena, span_of(key, n)) : (struct span){NULL, 0};
}

/* A domain or a mail address with letters beyond ASCII: the form in which it is looked for. */
static struct span kept_host(struct watchlist *w, enum watch_kind kind, struct span entry, const char **why)
{
    uint8_t key[WATCH_MAIL_BYTES];
    size_t n = kind == WATCH_MAIL ? watch_mail_key(w, entry, key) : watch_host_key(w, entry, key);

    if (!n)
        *why = _("too long");
    return n ? arena_dup(&w->arena, span_of(key, n)) : (struct span){NULL, 0};
}

/* How the entry is kept; absent without memory, or with *why what is wrong with it. */
static struct span fitted(struct watchlist *w, enum watch_kind kind, struct span entry, const char **why)
{
    if (kind == WATCH_URL)
        return kept_url(w, entry, why);
    if (kind == WATCH_DOMAIN)
        entry = plain_domain(entry);
    if (!entry.n)
        *why = _("nothing to look for");
    if ((kind == WATCH_DOMAIN || kind == WATCH_MAIL) && !span_is_ascii(entry))
        return kept_host(w, kind, entry, why);
    lower(entry);
    return entry;
}

static bool add_net(struct watchlist *w, struct span entry, uint32_t label, const char **why)
{
    struct ip_net net;
    uint32_t had;

    if (ip_net_parse(entry, &net))
        return net_set_add(&w->nets, &net, label, &had);
    *why = _("neither an address nor a network");
    return true;
}

/* False without memory. */
static bool add_line(struct watchlist *w, struct span line, const char **why)
{
    struct span label = split_label(&line), key;
    enum watch_kind kind;
    uint32_t number, had;

    if (!kind_of(&line, &kind)) {
        *why = _("no address, network, domain, URL, mail address or hash; helo: or subject: before it says what it is");
        return true;
    }
    number = label_number(w, label);
    if (!number || kind == WATCH_NET)
        return number && add_net(w, line, number, why);
    key = fitted(w, kind, line, why);
    return *why || (key.p && name_set_add(&w->names[kind], key, number, &had));
}

static bool read_lines(struct watchlist *w, char err[256])
{
    struct span line;

    while (operator_file_next(&w->file, &line)) {
        const char *why = NULL;
        struct span said = line;

        if (!add_line(w, line, &why)) {
            snprintf(err, 256, _("%.150s: no memory for so many entries"), w->file.path);
            return false;
        }
        if (why)
            operator_file_wrong(&w->file, said, why);
    }
    operator_file_end(&w->file);
    return true;
}

/* The file's name without folder and ending, as a word of a finding: lower case, what else stands in it as hyphens. */
static struct span list_name(struct arena *a, const char *file)
{
    struct span s = span_cstr(file), copy;
    size_t at = s.n, dot;

    while (at && s.p[at - 1] != '/')
        at--;
    s = span_from(s, at);
    dot = span_find(s, 1, '.');
    copy = arena_dup(a, span_head(s, dot < 64 ? dot : 64));
    for (size_t i = 0; copy.p && i < copy.n; i++) {
        uint8_t c = ascii_lower(copy.p[i]);

        ((uint8_t *)(uintptr_t)copy.p)[i] = ascii_alnum(c) || c == '_' ? c : '-';
    }
    return copy;
}

struct watchlist *watchlist_open(struct mem *m, const struct hash_key *key, const struct unicode_names *unicode, const char *file,
                                 char err[256])
{
    struct watchlist *w = mem_zalloc(m, sizeof(*w));

    snprintf(err, 256, _("no memory for watchlists"));
    if (!w)
        return NULL;
    w->mem = m;
    w->unicode = unicode;
    arena_init(&w->arena, m, SIZE_MAX);
    w->name = list_name(&w->arena, file);
    w->nets = (struct net_set){.mem = m, .key = key};
    for (unsigned i = 0; i < WATCH_NAMES; i++)
        w->names[i] = (struct name_set){.mem = m, .key = key};
    if (!w->name.p || !operator_file_open(&w->file, m, file, err) || !read_lines(w, err)) {
        watchlist_close(w);
        return NULL;
    }
    return w;
}

void watchlist_close(struct watchlist *w)
{
    if (!w)
        return;
    net_set_free(&w->nets);
    for (unsigned i = 0; i < WATCH_NAMES; i++)
        name_set_free(&w->names[i]);
    if (w->file.mem)
        operator_file_close(&w->file);
    mem_free(w->mem, w->labels, w->labels_cap * sizeof(*w->labels));
    arena_free(&w->arena);
    mem_free(w->mem, w, sizeof(*w));
}

uint32_t watchlist_count(const struct watchlist *w)
{
    uint32_t n = w->nets.n;

    for (unsigned i = 0; i < WATCH_NAMES; i++)
        n += w->names[i].n;
    return n;
}
