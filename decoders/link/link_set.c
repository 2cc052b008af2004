/* SPDX-License-Identifier: Apache-2.0 */
/* link_set: keyed hash set over the arena's links. */
#include "decoders/link/link_set.h"

enum { LINKS_FIRST = 16, LINKS_KEPT = 128 };

void link_set_init(struct link_set *s, struct mem *m, const struct hash_key *key, const struct suffix *suffix)
{
    *s = (struct link_set){.mem = m, .key = key, .suffix = suffix};
    unwrap_init(&s->unwrapper);
    buf_init(&s->written, m, LIMIT_URL);
}

static void free_links(struct link_set *s)
{
    mem_free(s->mem, s->links, s->cap * sizeof(*s->links));
    s->links = NULL;
    s->cap = 0;
}

void link_set_free(struct link_set *s)
{
    free_links(s);
    buf_free(&s->written);
}

void link_set_reset(struct link_set *s, struct arena *arena)
{
    s->arena = arena;
    if (s->n)
        memset(s->few_slots, 0, sizeof(s->few_slots));
    s->n = 0;
    if (s->cap > LINKS_KEPT)
        free_links(s);
    s->slots = s->few_slots;
    s->slots_n = LINK_SET_SLOTS;
    memset(s->hosts, 0, sizeof(s->hosts));
    s->sightings = 0;
    s->anomalies = 0;
}

static struct link *at(const struct link_set *s, uint32_t i)
{
    return s->links + i;
}

static uint32_t hash_of(const struct link_set *s, struct span url)
{
    return (uint32_t)siphash13(s->key, url);
}

/* The slot that holds url, or the free one where it belongs. */
static struct link_slot *slot_of(const struct link_set *s, struct span url, uint32_t hash)
{
    uint32_t i = hash & (s->slots_n - 1);

    while (s->slots[i].number && (s->slots[i].hash != hash || !span_eq(at(s, s->slots[i].number - 1)->url, url)))
        i = (i + 1) & (s->slots_n - 1);
    return &s->slots[i];
}

/* Twice the slots, each link where it belongs among them: they are all different. */
static bool grow(struct link_set *s)
{
    uint32_t n = s->slots_n * 2;
    struct link_slot *slots = arena_zalloc(s->arena, n * sizeof(*slots));

    if (!slots)
        return false;
    for (uint32_t k = 0; k < s->slots_n; k++) {
        uint32_t i = s->slots[k].hash & (n - 1);

        while (s->slots[k].number && slots[i].number)
            i = (i + 1) & (n - 1);
        if (s->slots[k].number)
            slots[i] = s->slots[k];
    }
    s->slots = slots;
    s->slots_n = n;
    return true;
}

/* text has more than five bytes behind it, whatever it says: nearly always one of two words. */
static struct span lowered(struct arena *a, const char text[URL_SCHEME_MAX])
{
    if (!memcmp(text, "https", 6))
        return SPAN("https");
    if (!memcmp(text, "http", 5))
        return SPAN("http");
    return *text ? arena_dup(a, span_cstr(text)) : (struct span){NULL, 0};
}

/* Its length and its ends, which is enough for a place that the last host with it has: who makes hosts meet makes them unknown. */
static unsigned host_place(struct span host)
{
    uint64_t front = host.p[0], back = host.p[host.n - 1];

    if (host.n >= 8) {
        memcpy(&front, host.p, 8);
        memcpy(&back, host.p + host.n - 8, 8);
    }
    return (unsigned)((front * 31 + back + host.n) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % LINK_SET_HOSTS;
}

/* An earlier link of the mail with the same host lends its name, and its domain in link_set_all. */
static bool known_host(struct link_set *s, struct link *l)
{
    uint16_t *slot = &s->hosts[host_place(l->host)], own = (uint16_t)(s->n - 1);
    const struct link *earlier = at(s, *slot);

    if (*slot < own && span_eq(earlier->host, l->host)) {
        l->host = earlier->host;
        l->host_back = (uint16_t)(own - *slot);
        return true;
    }
    *slot = own;
    return false;
}

/* Until link_set_all, domain is what suffix_ask gave. */
static void set_host(struct link_set *s, struct link *l, const struct url *u)
{
    l->host = url_host(u);
    if (!l->host.p || known_host(s, l))
        return;
    l->host = arena_dup(s->arena, l->host);
    if (l->host.p && !u->ip.family)
        l->domain = (struct span){l->host.p, suffix_ask(s->suffix, l->host)};
}

/* What the suffixes remember of hosts lies far away; it was asked for while the mail was read, and is there by now. */
static void set_domains(struct link_set *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct link *l = at(s, i);

        if (l->host_back)
            l->domain = at(s, i - l->host_back)->domain;
        else if (l->domain.p)
            l->domain = suffix_answer(s->suffix, l->host, l->domain.n);
    }
}

static void fill(struct link_set *s, struct link *l, const struct url *u, const struct link_origin *origin)
{
    struct span path = u->path;

    /* Behind a password only the mask has another length: path is a tail of both. */
    l->path = path.n <= l->url.n ? span_from(l->url, l->url.n - path.n) : l->url;
    if (!l->path.n)
        l->path = (struct span){NULL, 0};
    l->scheme = lowered(s->arena, u->scheme);
    set_host(s, l, u);
    l->port = u->port;
    l->ip = u->ip;
    l->userinfo = u->userinfo.p != NULL;
    l->tag = origin->tag;
    l->in = origin->in;
}

/* A zeroed link at the end; NULL where memory is refused, or the arena has no room for it, which is set aside at once: strings that come
 * later, of links that find no room too, would take it else, and all would be lost for them. */
static struct link *append(struct link_set *s)
{
    uint32_t cap = s->cap ? s->cap * 2 : LINKS_FIRST;

    if (s->n == s->cap) {
        struct link *links = mem_resize(s->mem, s->links, s->cap * sizeof(*links), cap * sizeof(*links));

        if (!links)
            return NULL;
        s->links = links;
        s->cap = cap;
    }
    if (!arena_set_aside(s->arena, sizeof(struct link)))
        return NULL;
    s->links[s->n] = (struct link){0};
    return &s->links[s->n++];
}

const struct link *link_set_all(struct link_set *s, uint32_t *n)
{
    struct link *all = NULL;

    set_domains(s);
    for (*n = s->n; *n && !all; *n -= all ? 0 : (*n + 1) / 2)
        all = arena_take_aside(s->arena, *n * sizeof(*all));
    if (*n < s->n)
        anomaly_raise(&s->anomalies, ANOMALY_RECORD_TOO_LARGE);
    if (all)
        memcpy(all, s->links, *n * sizeof(*all));
    return all;
}

static struct link *new_link(struct link_set *s, struct span url)
{
    struct link *l;
    struct span own;

    if (s->n >= LIMIT_LINKS) {
        anomaly_raise(&s->anomalies, ANOMALY_URL_TOO_MANY);
        return NULL;
    }
    own = arena_dup(s->arena, url);
    l = own.p ? append(s) : NULL;
    if (!l) {
        anomaly_raise(&s->anomalies, ANOMALY_RECORD_TOO_LARGE);
        return NULL;
    }
    l->url = own;
    return l;
}

/* A known link that stood in running text learns of the element it has now. */
static void meet_again(struct link *l, const struct link_origin *origin)
{
    if (!l->tag)
        l->tag = origin->tag;
}

/* url as a record has it: without its password. Absent where nothing is left of it. */
static struct span written(struct link_set *s, struct span url, const struct url *u)
{
    if (!u->password.p)
        return url;
    buf_clear(&s->written);
    url_masked(url, u, &s->written);
    if (s->written.truncated)
        anomaly_raise(&s->anomalies, ANOMALY_URL_TOO_LONG);
    return buf_span(&s->written);
}

/* One link without its target. *fresh: it was not known. */
static int add_one(struct link_set *s, struct span url, const struct link_origin *origin, struct url *u,
                   bool *fresh)
{
    struct link_slot *slot;
    struct link *l;
    uint32_t hash;

    *fresh = false;
    if (!url_parse(url, origin->form, u))
        return LINK_NONE;
    url = written(s, url, u);
    if (!url.n)
        return LINK_NONE;
    if (s->n * 2 >= s->slots_n && !grow(s)) {
        anomaly_raise(&s->anomalies, ANOMALY_RECORD_TOO_LARGE);
        return LINK_NONE;
    }
    hash = hash_of(s, url);
    slot = slot_of(s, url, hash);
    if (slot->number) {
        meet_again(at(s, slot->number - 1), origin);
        return (int)slot->number - 1;
    }
    l = new_link(s, url);
    if (!l)
        return LINK_NONE;
    *slot = (struct link_slot){s->n, hash};
    *fresh = true;
    fill(s, l, u, origin);
    return (int)s->n - 1;
}

/* The cut may have gone through a character: the record stays UTF-8. */
static struct span capped(struct span url)
{
    if (url.n <= LIMIT_URL)
        return url;
    url.n = LIMIT_URL;
    while (url.n && (url.p[url.n] & 0xc0) == 0x80)
        url.n--;
    return url;
}

/* What link wrapper, just added, wraps, and what that does. u: wrapper's. */
static void add_targets(struct link_set *s, int wrapper, struct url *u, const struct link_origin *origin)
{
    struct link_origin inner = {origin->tag, origin->in, URL_WITH_SCHEME};
    struct buf target[2];
    bool fresh = true;

    buf_init(&target[0], s->written.mem, LIMIT_URL);
    buf_init(&target[1], s->written.mem, LIMIT_URL);
    /* u borrows from the buffer of the round before: two take turns. */
    for (unsigned depth = 0; depth < LIMIT_UNWRAP_DEPTH && fresh; depth++) {
        struct buf *to = &target[depth % 2];
        int found;

        buf_clear(to);
        if (!unwrap(&s->unwrapper, u, to))
            break;
        found = add_one(s, buf_span(to), &inner, u, &fresh);
        if (found == LINK_NONE)
            break;
        at(s, (uint32_t)wrapper)->wrapped = at(s, (uint32_t)found)->url;
        wrapper = found;
    }
    buf_free(&target[0]);
    buf_free(&target[1]);
}

int link_set_add(struct link_set *s, struct span url, const struct link_origin *origin)
{
    struct url u;
    bool fresh;
    int i;

    if (++s->sightings > LIMIT_LINK_SIGHTINGS) {
        anomaly_raise(&s->anomalies, ANOMALY_URL_TOO_MANY);
        return LINK_NONE;
    }
    if (url.n > LIMIT_URL)
        anomaly_raise(&s->anomalies, ANOMALY_URL_TOO_LONG);
    i = add_one(s, capped(url), origin, &u, &fresh);
    if (fresh && unwrap_possible(&s->unwrapper, &u)) /* fresh: i is a link */
        add_targets(s, i, &u, origin);
    return i;
}

/* The link that l wraps: it stands behind l, or was known before. */
static struct link *target_of(const struct link_set *s, const struct link *l)
{
    if (!l->wrapped.p)
        return NULL;
    return at(s, slot_of(s, l->wrapped, hash_of(s, l->wrapped))->number - 1);
}

void link_set_text(struct link_set *s, int i, struct span text, struct span text_host)
{
    struct link *l = at(s, (uint32_t)i);

    if (!text.n || (l->text.p && (l->text_host.p || !text_host.p)))
        return;
    text = arena_dup(s->arena, text);
    text_host = arena_dup(s->arena, text_host);
    for (unsigned depth = 0; l && depth <= LIMIT_UNWRAP_DEPTH; depth++) {
        if (!l->text.p || (!l->text_host.p && text_host.p)) {
            l->text = text;
            l->text_host = text_host;
        }
        l = target_of(s, l);
    }
}
