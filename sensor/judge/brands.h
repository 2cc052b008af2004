/* SPDX-License-Identifier: Apache-2.0 */
/* brands: names that senders borrow: how they are written, which domains and networks are their own. */
#ifndef MXTAP_JUDGE_BRANDS_H
#define MXTAP_JUDGE_BRANDS_H

#include "decoders/base/endpoint.h"
#include "decoders/base/siphash.h"
#include "decoders/name/unicode_name.h"
#include "sensor/judge/name_set.h"

/* One brand of the file. Arrays and texts live as long as the brands. */
struct brand {
    struct span name;                  /* as its line says it: for evidence */
    const struct span *names;          /* names it goes by, as written in the file */
    const struct span *domains;        /* lower case; sub-domains are its own too */
    const uint32_t *asns;
    const struct ip_net *nets;
    uint32_t names_n, domains_n, asns_n, nets_n;
};

/* Immutable once open: any number of threads may ask. */
struct brands;

enum { BRANDS_IN_TEXT = 4 };

/* Reads a file of docs/FILES.md's form; file NULL gives none. unicode and key outlive it. Wrong lines are named in the
 * log and left out. NULL with err naming the file when it cannot be read, has no brand in it, or memory is refused. */
struct brands *brands_open(struct mem *m, const struct hash_key *key, const struct unicode_names *unicode,
                           const char *file, char err[256]);
void brands_close(struct brands *b);

uint32_t brands_count(const struct brands *b);
const struct brand *brands_at(const struct brands *b, uint32_t i);

/* The brand whose own domain host is or lies under; NULL: nobody's. host is lower case, without a final dot, in
 * Unicode or punycode as the file has it. */
const struct brand *brand_of_domain(const struct brands *b, struct span host);
const struct brand *brand_of_tails(const struct brands *b, const struct name_tails *host);

/* The brands that text (UTF-8, a display name, a subject, a body) names, each once, in the order in which their names
 * end: at most BRANDS_IN_TEXT of them, their number returned. Linear in text. Latin names are found as words
 * (`line` is not in `online`), long ones also at the beginning of one; others anywhere. */
unsigned brands_in_text(const struct brands *b, struct span text, const struct brand *found[BRANDS_IN_TEXT]);

/* Whether the brand's own file lines name this host (or a domain above it), this address, this AS number. */
bool brand_owns_host(const struct brands *b, const struct brand *brand, struct span host);
bool brand_owns_address(const struct brand *brand, const struct ip_addr *ip);
bool brand_owns_asn(const struct brand *brand, uint32_t asn);
/* Whether the file says anything of the brand's networks: if not, "not the brand's network" proves nothing. */
static inline bool brand_has_networks(const struct brand *brand)
{
    return brand->asns_n || brand->nets_n;
}

/* How a name reads like a brand's. */
enum lookalike {
    LOOKALIKE_NONE,
    LOOKALIKE_SKELETON, /* looks the same: amaz0n.example, аmazon.example */
    LOOKALIKE_SLIP,     /* one or two slips away: amazom.example */
    LOOKALIKE_INSIDE    /* its name or domain stands inside: amazon.co.jp.evil.example, secure-amazon.example */
};

struct lookalike_found {
    const struct brand *brand;
    struct span like; /* the brand's domain or name that it reads like; lives as long as the brands */
};

/* A host (lower case, Unicode or punycode) and its registrable domain against all brands; a brand's own host is none.
 * The work depends on the host's length, not on the number of brands. */
enum lookalike brands_lookalike(const struct brands *b, struct span host, struct span domain,
                                struct lookalike_found *found);
/* The same in its two parts, for who remembers them. Of the domain (or of a host that has none): whether it looks like a
 * brand's or is a slip away; the dear part. Of a host whose domain is neither: what stands inside. */
enum lookalike brands_lookalike_domain(const struct brands *b, struct span domain, struct lookalike_found *found);
enum lookalike brands_lookalike_inside(const struct brands *b, struct span host, struct lookalike_found *found);
/* The brand whose name, as written, has the skeleton of word: for words that mixed_word_next gives. */
const struct brand *brand_of_look(const struct brands *b, struct span word);

#endif
