/* SPDX-License-Identifier: Apache-2.0 */
/* redis_keys: what mxtap's keys are called; the only file that knows. The contract is REDIS.md. */
#ifndef MXTAP_PUBLISH_REDIS_KEYS_H
#define MXTAP_PUBLISH_REDIS_KEYS_H

#include "decoders/base/bytes.h"
#include "sensor/calendar.h"

/* X(symbol, name in keys, computed): computed values are addresses we wrote, whose ':' stays. New ones at the end, 31 at most: entities in
 * Redis know by number of which kinds they have pairs. */
#define REDIS_KINDS(X)                      \
    X(IP, "ip", 1)                          \
    X(NET, "net", 1)                        \
    X(ASN, "asn", 0)                        \
    X(COUNTRY, "country", 0)                \
    X(CITY, "city", 0)                      \
    X(HELO, "helo", 0)                      \
    X(PTR, "ptr", 0)                        \
    X(CLAIMED_IP, "claimed_ip", 1)          \
    X(FROM, "from", 0)                      \
    X(FROM_DOMAIN, "from_domain", 0)        \
    X(ENVELOPE_DOMAIN, "envelope_domain", 0) \
    X(SUBJECT, "subject", 0)                \
    X(MAILER, "mailer", 0)                  \
    X(URL, "url", 0)                        \
    X(HOST, "host", 0)                      \
    X(DOMAIN, "domain", 0)                  \
    X(TLD, "tld", 0)                        \
    X(LINK_IP, "link_ip", 1)                \
    X(ATTACHMENT, "attachment", 0)          \
    X(TLS, "tls", 0)                        \
    X(OS, "os", 0)                          \
    X(FINDING, "finding", 0)                \
    X(RCPT_DOMAIN, "rcpt_domain", 0)

enum redis_kind {
#define X(symbol, name, computed) KIND_##symbol,
    REDIS_KINDS(X)
#undef X
        KINDS
};

const char *kind_name(enum redis_kind k);
bool kind_is_computed(enum redis_kind k);
/* The kind of that name; KINDS where there is none. */
enum redis_kind kind_parse(struct span name);

/*
 * All names below stand behind "<prefix>:", which the atomic step puts before them (on a cluster with the
 * bucket's tag). They are appended to out.
 */
#define KEY_STATS "stats"
#define KEY_MAILS "mails"
#define KEY_SESSIONS "sessions"
#define KEY_ALERTS "alerts"
/* Days and hours of which there are boards, by their end: "2023070107", "20230701". */
#define KEY_PERIODS "periods"
/* Whose days and hours those are: a hash, "timezone". */
#define KEY_CALENDAR "calendar"

/* A sender's text as it stands in members, fields and values: escaped, long ones cut to LIMIT_REDIS_VALUE
 * bytes of the original + "…" + 8 hex digits of the whole text's SHA-256. */
void key_text(struct buf *out, struct span s);
/* The same as it stands inside a key's name: without ':' unless the kind is computed. The form is that of
 * key_text with each ':' written "\x3a". */
void key_value(struct buf *out, enum redis_kind k, struct span s);

/* key_value's form of a text that stands in key_text's form, as members of boards do. */
void key_of_member(struct buf *out, enum redis_kind k, struct span member);

/* "top:helo", "top:outbound:helo:20230701"; class and period may be absent. */
void key_board(struct buf *out, struct span class_, enum redis_kind k, struct span period);
/* "harvest:20230701": recipients refused as unknown, by client. */
void key_harvest(struct buf *out, struct span day);
void key_uniq(struct buf *out, enum redis_kind k, struct span day);
/* "helo:": what stands before an entity's value. */
void key_entity_stem(struct buf *out, enum redis_kind k);
void key_seen(struct buf *out, enum redis_kind k);
void key_first(struct buf *out, enum redis_kind k);
/* "helo:<value>:ip"; value from key_value. */
void key_graph(struct buf *out, enum redis_kind k, struct span value, enum redis_kind other);
void key_run(struct buf *out, struct span id);
void key_sensor(struct buf *out, struct span name);
/* Campaigns that were saved: "campaigns", "campaign:<id>", "campaign:<id>:ip" (part may be absent). */
#define KEY_CAMPAIGNS "campaigns"
void key_campaign(struct buf *out, struct span id, struct span part);

/* "20230701" and "2023070107" of a time in microseconds, as that calendar has it. */
enum { PERIOD_DAY = 8, PERIOD_HOUR = 10 };
void key_period(const struct calendar *c, int64_t ts_us, char hour[PERIOD_HOUR + 1]);

#endif
