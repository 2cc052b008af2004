/* SPDX-License-Identifier: Apache-2.0 */
/* record_json_link: a link is most of a line, so the usual one is copied from what stands in the line already. */
#include "sensor/publish/record_json_link.h"

#include "decoders/name/unicode_name.h"
#include "sensor/publish/record_json_mail.h"

void links_written_begin(struct links_written *w)
{
    w->n = 0;
    for (unsigned i = 0; i < LINK_ENDS; i++)
        w->ends[i].part.n = 0;
}

void json_urls(struct json *j, const struct record *r, struct links_written *w)
{
    if (!r->links_n)
        return;
    json_open(j, "url", '[');
    w->n = r->links_n < LINKS_KEPT ? r->links_n : LINKS_KEPT;
    for (uint32_t i = 0; i < w->n; i++)
        json_text_part(j, r->links[i].url, &w->url[i]);
    for (uint32_t i = w->n; i < r->links_n; i++)
        json_text(j, NULL, r->links[i].url);
    json_close(j, ']');
}

static void json_host(struct json *j, const struct record *r, uint32_t i)
{
    const struct link *l = &r->links[i];
    struct span other = r->link_hosts ? r->link_hosts[i] : span_of(NULL, 0);
    bool plain;

    if (span_eq(l->scheme, SPAN("https")) || span_eq(l->scheme, SPAN("http")))
        json_word_span(j, "scheme", l->scheme); /* nothing to hide, nothing to escape */
    else
        json_text(j, "scheme", l->scheme);
    plain = json_text(j, "host", l->host);
    if (other.n)
        json_text(j, unicode_name_has_ace(l->host) ? "host_unicode" : "host_ascii", other);
    json_piece(j, "domain", l->domain, plain); /* a tail of the host */
}

/* To the path, link i < w->n. */
static void json_front(struct json *j, const struct record *r, uint32_t i, struct links_written *w)
{
    const struct link *l = &r->links[i];

    json_open(j, NULL, '{');
    json_again(j, "url", w->url[i]);
    json_members_begin(j, &w->host[i]);
    json_host(j, r, i);
    json_members_end(j, &w->host[i]);
    if (l->port)
        json_number(j, "port", l->port);
    json_piece(j, "path", l->path, w->url[i].plain); /* a tail of the URL */
}

static uint8_t *put(uint8_t *to, struct span s)
{
    bytes_copy(to, s.p, s.n);
    return to + s.n;
}

/* The same of a link whose scheme and host an earlier one has, in one piece. False: it is none, or there is something rare about it. */
static bool json_front_again(struct json *j, const struct record *r, uint32_t i, struct links_written *w)
{
    const struct link *l = &r->links[i], *earlier = l - l->host_back;
    struct json_part url = w->url[i], host;
    uint8_t *to;

    if (!l->host_back || l->scheme.p != earlier->scheme.p || l->port || !url.plain || !l->path.n)
        return false;
    host = w->host[i] = w->host[i - l->host_back];
    to = json_room(j, url.n + host.n + l->path.n + 32);
    if (!to)
        return true;
    to = put(to, SPAN(",{\"url\":"));
    to = put(to, json_part_span(j, url));
    *to++ = ',';
    to = put(to, json_part_span(j, host));
    to = put(to, SPAN(",\"path\":\""));
    to = put(to, l->path);
    *to++ = '"';
    json_wrote(j, to);
    return true;
}

static void json_plain_front(struct json *j, const struct record *r, uint32_t i)
{
    const struct link *l = &r->links[i];

    json_open(j, NULL, '{');
    json_text(j, "url", l->url);
    json_host(j, r, i);
    if (l->port)
        json_number(j, "port", l->port);
    json_text(j, "path", l->path);
}

static void json_place(struct json *j, const struct link *l)
{
    static const struct span in[] = {
        [LINK_IN_TEXT] = SPAN_INIT("text"),
        [LINK_IN_HTML] = SPAN_INIT("html"),
        [LINK_IN_ATTACHMENT] = SPAN_INIT("attachment"),
        [LINK_IN_HEADER] = SPAN_INIT("header"),
    };

    json_word_span(j, "in", in[l->in]);
    json_word(j, "tag", l->tag);
}

/* Usual tags begin with letters of their own, and the four places where a link may be give one tag four of these. */
static struct link_end *end_place(struct links_written *w, const struct link *l)
{
    return &w->ends[((l->tag ? (uint8_t)l->tag[0] : 0) + 5U * l->in) % LINK_ENDS];
}

static void json_end(struct json *j, const struct link *l, struct links_written *w)
{
    struct link_end *e = end_place(w, l);

    if (e->part.n && e->tag == l->tag) {
        json_members_again(j, e->part);
        return;
    }
    e->tag = l->tag;
    json_members_begin(j, &e->part);
    json_place(j, l);
    json_close(j, '}');
    json_members_end(j, &e->part);
}

static void json_link_ips(struct json *j, const struct record *r, uint32_t i)
{
    const struct ip_addr *ip = record_link_ip(r, i, 0);

    if (!ip)
        return;
    json_open(j, "ip", '[');
    for (uint32_t n = 0; ip; ip = record_link_ip(r, i, ++n))
        json_ip(j, NULL, ip);
    json_close(j, ']');
}

static void json_whole_end(struct json *j, const struct record *r, uint32_t i)
{
    const struct link *l = &r->links[i];

    json_place(j, l);
    json_text(j, "wrapped", l->wrapped);
    json_link_ips(j, r, i);
    json_geo_try(j, r->link_geo ? &r->link_geo[i] : NULL);
    json_close(j, '}');
}

static void json_link(struct json *j, const struct record *r, uint32_t i, struct links_written *w)
{
    const struct link *l = &r->links[i];

    if (i >= w->n)
        json_plain_front(j, r, i);
    else if (!json_front_again(j, r, i, w))
        json_front(j, r, i, w);
    json_text(j, "text", l->text);
    json_text(j, "text_host", l->text_host);
    if (i >= w->n || l->wrapped.n || l->ip.family || r->link_names || r->link_geo)
        json_whole_end(j, r, i);
    else
        json_end(j, l, w);
}

void json_links(struct json *j, const struct record *r, struct links_written *w)
{
    if (!r->links_n)
        return;
    json_open(j, "links", '[');
    for (uint32_t i = 0; i < r->links_n; i++)
        json_link(j, r, i, w);
    json_close(j, ']');
}
