/* SPDX-License-Identifier: Apache-2.0 */
/* findings_case: one mail as the tests of the findings see it, and what they share. Only findings*.c include it. */
#ifndef MXTAP_JUDGE_FINDINGS_CASE_H
#define MXTAP_JUDGE_FINDINGS_CASE_H

#include "sensor/judge/findings.h"
#include "sensor/judge/findings_table.h"

/* Domains are registrable ones, lower case; absent where there is none. */
struct finding_case {
    struct record *r;
    const struct worker_options *o;
    const struct judge *judge;     /* NULL: no files */
    struct host_memo *memo;        /* NULL: none */
    const struct suffix *suffix;
    struct span helo, helo_domain; /* of the origin: lower case, no final dot */
    struct span ptr_domain;        /* of the origin's reverse name */
    struct span from_domain;       /* of a usable From alone */
    struct span from_host;         /* of From's address: lower case, no final dot */
    struct span from_registered;   /* its registrable domain; absent where from_domain is the host for want of one */
    struct span link_inside, link_like;    /* evidence of the first link with a brand in its host, and of the first like one's */
    struct span link_site, link_random;    /* the first host that is a brand's own, and the first that cannot be said */
    struct span link_idn;                  /* the first host that is an IDN */
    struct span link_short, link_led_on;   /* the first host of a shortener, and of a redirector */
    unsigned links;                /* what some link of the mail has: enum links_have */
    const struct brand *from_owner; /* whose domain the record's From has; NULL: nobody's */
    bool from_usable;
    bool from_anybodys;            /* at that domain anybody may have a mailbox */
    bool public_origin;            /* known, and an address of the outside */
    bool whole;                    /* no field was left out for want of memory: what is absent was not in the mail */
};

/* A test gives its evidence in the record's arena or in static text; absent: it saw nothing. */
typedef struct span (*finding_test)(const struct finding_case *c);

#define X(id, weight, of_origin, test, sentence, why) struct span test(const struct finding_case *c);
FINDINGS(X)
#undef X

/* What most mails' links have not, so that most findings about links are decided without a look at them. */
enum links_have {
    LINKS_ADDRESS = 1,    /* an IP address for a host */
    LINKS_USERINFO = 2,
    LINKS_NOT_WEB = 4,    /* a scheme that does not begin with h */
    LINKS_SHOW_HOST = 8   /* text_host */
};

/* findings_host: fills links and all link_ fields, by one look at every host. */
void see_link_hosts(struct finding_case *c);

/* --- what several tests need --- */

static inline struct span nothing(void)
{
    return (struct span){NULL, 0};
}

/* "a middle b" in the record's arena. */
struct span evidence_pair(const struct finding_case *c, struct span a, const char *middle, struct span b);
/* Lower case without a final dot, in the record's arena. */
struct span folded_host(const struct finding_case *c, struct span host);
/* The registrable domain of a host in any case; absent for addresses and bare words. */
struct span domain_of_host(const struct finding_case *c, struct span host);
/* The same of what folded_host gave. */
struct span domain_of_folded(const struct finding_case *c, struct span host);
/* Host part of an address ("a@b.example", "<a@b.example>"); absent where it has none. */
struct span host_of_address(struct span address);
/* host is domain, or a name under it. Both lower case. */
bool host_under(struct span host, struct span domain);
/* The domain is one of the recipients' or of --home-domains. Lower case. */
bool is_recipients_domain(const struct finding_case *c, struct span domain);
/* A trusted server stamped that the mail's domain vouches for its sender, and the mail comes from a host of --trusted: what a
 * stranger hands in bears no stamp of ours, whatever name it writes (RFC 8601 5). */
bool is_authenticated(const struct finding_case *c);
/* Passive DNS saw the origin's address for name, or for a name under domain. */
bool dns_names_origin(const struct finding_case *c, struct span domain);
/* s holds word, ASCII case folded; the place, or s.n. */
size_t find_nocase(struct span s, struct span word);
/* Words that are looked for together, each of three bytes and more: the caller fills in the first two, the rest is made once. One
 * thread's. */
enum { WORDS_MOST = 96, WORDS_OPENINGS = 1024 };
struct nocase_words {
    const char *const *words;
    size_t n;
    bool sealed;
    uint16_t opening[WORDS_MOST];      /* of each word, how it begins */
    uint8_t begin[WORDS_OPENINGS / 8]; /* all of these, as bits */
    uint8_t first[256];                /* of each byte: 1: a letter that one of them begins with, in either case, 2: another such byte, 4: a letter */
};
/* The first of w that begins a word of s in any ASCII case; one of Chinese characters may stand anywhere but behind 無. w->n: none
 * does. One pass over s, however many they are. */
size_t find_any_nocase(struct span s, struct nocase_words *w);
/* The hop below the origin's, where the origin itself says that it took the mail from a stranger: HELO and reverse name in
 * it are claims. Farther down are the inside hosts of honest houses, under any names. NULL where the field says that the
 * client logged in: a person's own machine has any name. */
const struct received *claimed_hop(const struct finding_case *c);

/* What a person follows: not pictures, style sheets and the like, and no field of the header. */
bool link_is_followed(const struct link *l);
/* The brand whose own host is; NULL: nobody's, or no host. */
const struct brand *brand_owning(const struct finding_case *c, struct span host);

/* host is, or lies under, what stands on the list. Lower case. */
bool host_on_list(const struct finding_case *c, enum domain_list which, struct span host);

/* "watchlist.NAME", NUL-terminated in the record's arena; NULL without memory. */
const char *watchlist_id(const struct finding_case *c, struct span list);

#endif
