/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist_match: one record's addresses and names against one list. */
#include <stdio.h>

#include "decoders/link/url.h"
#include "sensor/judge/watchlist.h"
#include "sensor/judge/watchlist_state.h"

/* Without what is meant for the browser alone, which a sender may change at will. */
static struct span sent_path(const struct url *u)
{
    return span_head(u->path, span_find(u->path, 0, '#'));
}

static bool is_usual_port(const struct url *u)
{
    return (u->port == 80 && strcmp(u->scheme, "http") == 0) || (u->port == 443 && strcmp(u->scheme, "https") == 0);
}

size_t watch_host_key(const struct watchlist *w, struct span host, uint8_t out[WATCH_HOST_BYTES])
{
    size_t n = unicode_name_to_ascii(w->unicode, host, out);

    if (!n && host.n <= WATCH_HOST_BYTES)
        for (; n < host.n; n++)
            out[n] = ascii_lower(host.p[n]);
    while (n && out[n - 1] == '.')
        n--;
    return n;
}

size_t watch_url_key(const struct watchlist *w, struct span url, uint8_t out[WATCH_URL_BYTES])
{
    struct url u;
    struct span path;
    size_t n;

    if (!url_parse(url, URL_WITH_SCHEME, &u) || !u.host_n)
        return 0;
    path = sent_path(&u);
    n = watch_host_key(w, url_host(&u), out);
    if (!n || n + path.n + 8 > WATCH_URL_BYTES)
        return 0;
    if (u.port && !is_usual_port(&u))
        n += (size_t)snprintf((char *)out + n, 7, ":%u", u.port);
    if (!path.n || path.p[0] != '/')
        out[n++] = '/';
    if (path.n)
        memcpy(out + n, path.p, path.n);
    return n + path.n;
}

size_t watch_mail_key(const struct watchlist *w, struct span address, uint8_t out[WATCH_MAIL_BYTES])
{
    size_t at = address.n;

    while (at && address.p[at - 1] != '@')
        at--;
    if (at > WATCH_MAIL_BYTES - WATCH_HOST_BYTES)
        return 0;
    for (size_t i = 0; i < at; i++)
        out[i] = ascii_lower(address.p[i]);
    return at + watch_host_key(w, span_from(address, at), out + at);
}

static void watched(const struct watchlist *w, struct record *r, uint32_t number, struct span value)
{
    struct list l = {.items = r->watched, .n = r->watched_n, .cap = r->watched_cap};
    struct record_watch *slot;

    for (uint32_t i = 0; i < r->watched_n; i++)
        if (span_eq(r->watched[i].list, w->name) && span_eq(r->watched[i].value, value))
            return;
    slot = list_add(&l, &r->arena, sizeof(*slot), LIMIT_WATCHED);
    r->watched = l.items;
    r->watched_n = l.n;
    r->watched_cap = l.cap;
    if (!slot)
        return;
    slot->list = arena_dup(&r->arena, w->name);
    slot->value = arena_dup(&r->arena, value);
    if (number > 1) {
        const struct watch_label *label = &w->labels[number - 2];

        slot->label = arena_dup(&r->arena, span_of(w->file.text.p + label->at, label->n));
    }
}

static void match_address(const struct watchlist *w, struct record *r, const struct ip_addr *ip)
{
    uint32_t number = net_set_find(&w->nets, ip);
    char text[IP_TEXT];

    if (number)
        watched(w, r, number, span_of(text, ip_format(ip, text)));
}

/* s in lower case, in room; longer texts are on no list. */
enum { LOWER_MOST = 1024 };
static struct span lowered(struct span s, uint8_t room[LOWER_MOST])
{
    if (!s.p || s.n > LOWER_MOST)
        return (struct span){NULL, 0};
    for (size_t i = 0; i < s.n; i++)
        room[i] = ascii_lower(s.p[i]);
    return span_of(room, s.n);
}

static void match_name(const struct watchlist *w, struct record *r, enum watch_kind kind, struct span s)
{
    uint8_t room[LOWER_MOST];
    uint32_t number = w->names[kind].n ? name_set_find(&w->names[kind], lowered(s, room)) : 0;

    if (number)
        watched(w, r, number, s);
}

static void match_host(const struct watchlist *w, struct record *r, struct span host)
{
    uint8_t key[WATCH_HOST_BYTES];
    struct span found;
    size_t n = w->names[WATCH_DOMAIN].n ? watch_host_key(w, host, key) : 0;
    uint32_t number = name_set_find_domain(&w->names[WATCH_DOMAIN], span_of(key, n), &found);

    if (number)
        watched(w, r, number, host);
}

/* The address inside "Name <a@b>", or all of it. */
static struct span address_in(struct span s)
{
    size_t from = span_find(s, 0, '<');

    if (from == s.n)
        return span_trim(s);
    s = span_from(s, from + 1);
    return span_trim(span_head(s, span_find(s, 0, '>')));
}

static void match_mailbox(const struct watchlist *w, struct record *r, struct span text)
{
    uint8_t key[WATCH_MAIL_BYTES];
    struct span address = address_in(text);
    const struct name_set *mails = &w->names[WATCH_MAIL];
    uint32_t number = mails->n ? name_set_find(mails, span_of(key, watch_mail_key(w, address, key))) : 0;
    size_t at = address.n;

    if (number)
        watched(w, r, number, address);

    while (at && address.p[at - 1] != '@')
        at--;
    if (at)
        match_host(w, r, span_from(address, at));
}

static void match_helo(const struct watchlist *w, struct record *r, struct span helo)
{
    match_name(w, r, WATCH_HELO, helo);
    match_host(w, r, helo);
}

static void match_url(const struct watchlist *w, struct record *r, struct span url)
{
    uint8_t key[WATCH_URL_BYTES];
    uint32_t number = w->names[WATCH_URL].n
                          ? name_set_find(&w->names[WATCH_URL], span_of(key, watch_url_key(w, url, key))) : 0;

    if (number)
        watched(w, r, number, url);
}

static void match_link(const struct watchlist *w, struct record *r, uint32_t i)
{
    const struct link *l = &r->links[i];
    const struct record_name *seen = r->link_names ? &r->link_names[i] : NULL;

    match_host(w, r, l->host);
    match_address(w, r, &l->ip);
    for (uint32_t k = 0; seen && k < seen->ips_n; k++)
        match_address(w, r, &seen->ips[k]);
    match_url(w, r, l->url);
}

static void match_connection(const struct watchlist *w, struct record *r)
{
    match_address(w, r, &r->src.ip);
    match_address(w, r, &r->client);
    match_helo(w, r, r->helo);
    match_name(w, r, WATCH_HASH, r->tls_seen.ja3);
    match_name(w, r, WATCH_HASH, r->tls_seen.ja4);
}

static void match_mail(const struct watchlist *w, struct record *r)
{
    const struct record_email *e = &r->email;

    match_address(w, r, &r->origin.ip);
    match_address(w, r, &r->claimed.ip);
    match_helo(w, r, r->origin.helo);
    match_host(w, r, r->origin.ptr);
    for (uint32_t i = 0; i < r->hops_n; i++)
        match_address(w, r, &r->hops[i].ip);
    match_mailbox(w, r, r->mail_from);
    match_mailbox(w, r, e->from_address);
    match_mailbox(w, r, e->reply_to);
    match_mailbox(w, r, e->sender);
    match_mailbox(w, r, e->return_path);
    match_name(w, r, WATCH_SUBJECT, r->subject_key);
    match_name(w, r, WATCH_HASH, r->body.key);
    for (uint32_t i = 0; i < r->parts_n; i++)
        match_name(w, r, WATCH_HASH, r->parts[i].sha256);
    for (uint32_t i = 0; i < r->links_n; i++)
        match_link(w, r, i);
}

void watchlist_match(const struct watchlist *w, struct record *r)
{
    match_connection(w, r);
    if (r->type == RECORD_SMTP)
        match_mail(w, r);
}
