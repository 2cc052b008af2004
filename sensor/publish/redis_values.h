/* SPDX-License-Identifier: Apache-2.0 */
/* redis_values: the values of each kind that one record shows, each once. */
#ifndef MXTAP_PUBLISH_REDIS_VALUES_H
#define MXTAP_PUBLISH_REDIS_VALUES_H

#include "sensor/publish/redis_batch.h"
#include "sensor/publish/record_json.h"

struct redis_value {
    struct span member, key; /* key_text's and key_value's form; in the arena */
    unsigned bucket;         /* of a cluster; 0 on a single server */
    struct redis_fact facts[ENTITY_FACTS];
    unsigned facts_n;
    unsigned staged;         /* redis_stage_entity's answer */
};

struct redis_value_list {
    struct redis_value v[LIMIT_REDIS_VALUES];
    unsigned n;
};

/* Which link address belongs to which host and domain: indices into the lists, -1 = none. A host of several
 * addresses has several of these, the further ones behind those of all links. */
struct redis_link_values {
    int host, domain, link_ip;
};

struct redis_values {
    struct redis_value_list kinds[KINDS];
    struct redis_link_values links[LIMIT_REDIS_VALUES];
    unsigned links_n;
    unsigned buckets;          /* 1 on a single server */
    struct arena *arena;       /* strings; emptied by its owner */
    struct buf text;           /* scratch */
    const struct redactor *redactor;
};

/* The forms of a text of r, in the arena. */
struct span values_text(struct redis_values *x, struct span s);

/* A mail's values; recipients as the policy allows. */
void values_of_mail(struct redis_values *x, const struct record *r, const struct recipients_policy *policy);
/* A session's: its HELO and, where it is no trusted relay, its client and what TLS and SYN say of it. */
void values_of_session(struct redis_values *x, const struct record *r);

#endif
