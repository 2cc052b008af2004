/* SPDX-License-Identifier: Apache-2.0 */
/* blocklist: addresses and domains that may be blocked by, and why others may not. */
#ifndef MXTAP_EXPORT_BLOCKLIST_H
#define MXTAP_EXPORT_BLOCKLIST_H

#include "sensor/console/mail_facts.h"
#include "sensor/console/value_set.h"
#include "sensor/judge/judge.h"
#include "sensor/language.h"

/*
 * X(symbol, what is counted under it). In order of strength: a value's verdict is the strongest that any mail gave it,
 * whatever their order. What stands before LISTED is outdone by a better sighting; what stands behind it never is.
 */
#define BLOCK_VERDICTS(X)                                                                    \
    X(CLAIMED, N_("addresses only claimed, by a Received field that nobody vouches for"))        \
    X(LINK_ADDRESS, N_("hosts of links that are addresses"))                                     \
    X(NO_DOMAIN, N_("hosts of links without a domain that parses"))                              \
    X(NOT_FOLLOWED, N_("domains only of pictures, style sheets and the like"))                   \
    X(LISTED, N_("listed"))                                                                      \
    X(NOT_PUBLIC, N_("addresses of no public network"))                                          \
    X(HOME, N_("addresses in --home"))                                                           \
    X(TRUSTED, N_("addresses in --trusted"))                                                     \
    X(SERVER, N_("addresses of servers that took these mails"))                                  \
    X(RECIPIENT, N_("domains of recipients"))                                                    \
    X(BRAND, N_("domains, networks and machines of brands"))                                     \
    X(FREE_MAIL, N_("free mail"))                                                                \
    X(SHORTENER, N_("shorteners"))                                                               \
    X(REDIRECTOR, N_("redirectors"))                                                             \
    X(SHARED_HOST, N_("shared hosts"))                                                           \
    X(BULK_SENDER, N_("services that send for others"))

enum block_verdict {
#define X(symbol, words) BLOCK_##symbol,
    BLOCK_VERDICTS(X)
#undef X
    BLOCK_VERDICTS_N
};

const char *block_verdict_words(enum block_verdict v);

enum block_kind { BLOCK_IP, BLOCK_DOMAIN, BLOCK_KINDS };
enum { BLOCK_DAY = 10, BLOCK_VALUES = 2000000 };

/* ip: of an address, in its canonical form without a mapped prefix. domain: registrable, lower case, labels of letters,
 * digits and hyphens (an IDN in punycode), at most 190 bytes: nothing in a text can mean anything to whoever reads it. */
struct block_value {
    struct span text;
    struct ip_addr ip;
    enum block_kind kind;
    enum block_verdict verdict;
    uint32_t mails;           /* at the alert score or above */
    uint64_t counted;         /* the last mail that it was counted for, by blocklist.mails */
    uint64_t score;           /* the highest */
    char first[BLOCK_DAY + 1], last[BLOCK_DAY + 1]; /* "2023-07-01" */
};

struct blocklist_options {
    uint64_t alert_score;
    const struct ip_net *home, *trusted;
    unsigned home_n, trusted_n;
    const struct judge *judge; /* outlives the list */
};

struct blocklist {
    struct blocklist_options o;
    struct mem *mem;
    struct value_set texts, servers; /* values by kind and text; addresses of servers */
    struct block_value *values;      /* by number of texts */
    uint32_t values_cap;
    uint64_t mails, below, other;    /* looked at; of them below the score; of them no inbound relayed mail */
    uint64_t links_unread;           /* links of a mail beyond those that are read (FACT_LINKS) */
    char first[BLOCK_DAY + 1], last[BLOCK_DAY + 1];
    /* after blocklist_end */
    const struct block_value **listed; /* IPv4, IPv6, then domains, each in order */
    uint32_t listed_n, of_kind[BLOCK_KINDS];
    uint32_t left_out[BLOCK_VERDICTS_N]; /* distinct values by verdict */
};

/* False without memory. blocklist_free is due either way. */
bool blocklist_init(struct blocklist *b, struct mem *m, const struct blocklist_options *o);
void blocklist_free(struct blocklist *b);

/* What of a mail may be blocked, and what not. */
void blocklist_add(struct blocklist *b, const struct mail_facts *f);

/* Once, when all mails are in: sorts and counts; with only < BLOCK_KINDS, values of that kind alone. False without memory, or where some
 * value did not fit. */
bool blocklist_end(struct blocklist *b, enum block_kind only);

#endif
