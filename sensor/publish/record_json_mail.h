/* SPDX-License-Identifier: Apache-2.0 */
/* record_json_mail: the parts of a record that only mails have; record_json.c puts them together. */
#ifndef MXTAP_PUBLISH_RECORD_JSON_MAIL_H
#define MXTAP_PUBLISH_RECORD_JSON_MAIL_H

#include "sensor/publish/json.h"
#include "sensor/publish/record_json.h"
#include "sensor/publish/record_json_link.h"

/* What stands in the line already. hops_plain, bit i: Received field i stands there as it is, and so may all that was read of it. */
struct mail_written {
    struct links_written links;
    uint64_t hops_plain;
};

/* Nothing where there is no address. */
void json_ip_named(struct json *j, struct json_name name, size_t n, const struct ip_addr *a);
static inline __attribute__((always_inline)) void json_ip(struct json *j, const char *key, const struct ip_addr *a)
{
    size_t n;
    struct json_name name = json_key_of(j, key, &n);

    json_ip_named(j, name, n, a);
}

void json_geo(struct json *j, const struct geo *g);
/* Not written where nothing is known. */
void json_geo_object(struct json *j, const char *key, const struct geo *g);
static inline void json_geo_try(struct json *j, const struct geo *g)
{
    if (g)
        json_geo_object(j, "geo", g);
}

void json_reply(struct json *j, const struct record *r);
void json_mail_params(struct json *j, const struct record *r);
void json_email(struct json *j, const struct record *r, struct mail_written *w);
/* origin, claimed, received */
void json_chain(struct json *j, const struct record *r, const struct mail_written *w);
/* authentication, date, links, parts, size, keys, header block, findings */
void json_mail(struct json *j, const struct record *r, const struct json_options *o, struct mail_written *w);
void json_smuggling(struct json *j, const struct record *r);

#endif
