/* SPDX-License-Identifier: Apache-2.0 */
/* domain_lists: what many mails share and no sender owns: bulk mailers, shorteners, free mail, shared hosts. */
#ifndef MXTAP_JUDGE_DOMAIN_LISTS_H
#define MXTAP_JUDGE_DOMAIN_LISTS_H

#include "sensor/judge/name_set.h"

/* X(id, file in the folder of lists, what stands in it) */
#define DOMAIN_LISTS(X)                                                                                        \
    X(LIST_BULK_MAILER, "bulk-mailers.txt", "names of bulk tools as X-Mailer or User-Agent begins with them")    \
    X(LIST_BULK_SENDER, "bulk-senders.txt", "domains of services that send for others")                          \
    X(LIST_SHORTENER, "shorteners.txt", "domains that shorten URLs")                                             \
    X(LIST_REDIRECTOR, "redirectors.txt", "domains that lead on to any URL")                                     \
    X(LIST_FREE_MAIL, "free-mail.txt", "domains at which anybody may have a mailbox")                            \
    X(LIST_SHARED_HOST, "shared-hosts.txt", "domains under which anybody may put pages, and CDNs")               \
    X(LIST_DNSBL, "dnsbl.txt", "zones of DNS blocklists")                                                        \
    X(LIST_SUBSCRIBER, "subscriber-words.txt", "words in reverse names of subscriber lines")

#define DOMAIN_LIST_ID(id, file, meaning) id,
enum domain_list { DOMAIN_LISTS(DOMAIN_LIST_ID) DOMAIN_LISTS_N };
#undef DOMAIN_LIST_ID

/* Immutable once open: any number of threads may ask. */
struct domain_lists;

/* Reads the files of the folder dir; NULL gives empty lists. A file that is not there is an empty list. Wrong lines are
 * named in the log and left out. NULL with err naming the file when one cannot be read or memory is refused. */
struct domain_lists *domain_lists_open(struct mem *m, const struct hash_key *key, const char *dir, char err[256]);
void domain_lists_close(struct domain_lists *l);

/* Whether host (lower case, no final dot) or a domain above it is on the list. */
bool list_has(const struct domain_lists *l, enum domain_list which, struct span host);
bool list_has_tail(const struct domain_lists *l, enum domain_list which, const struct name_tails *host);
/* The entry that text begins with as whole words, in any case: "Supmailer" in "Supmailer 38.2.0". Absent: none. It
 * lives as long as the lists. */
struct span list_beginning(const struct domain_lists *l, enum domain_list which, struct span text);
/* The first word of host, cut at dots, hyphens and digits, that is on the list; a part of host. Absent: none. */
struct span list_word_in(const struct domain_lists *l, enum domain_list which, struct span host);

uint32_t list_count(const struct domain_lists *l, enum domain_list which);
/* The i-th entry as in the file, lower case; for DNSBL zones. */
struct span list_at(const struct domain_lists *l, enum domain_list which, uint32_t i);

#endif
