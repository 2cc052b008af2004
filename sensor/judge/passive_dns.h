/* SPDX-License-Identifier: Apache-2.0 */
/* passive_dns: what the mail server's own look-ups said of a mail: reverse name, addresses of its domains and links,
 * blocklists. */
#ifndef MXTAP_JUDGE_PASSIVE_DNS_H
#define MXTAP_JUDGE_PASSIVE_DNS_H

#include "sensor/flows/dns_memory.h"
#include "sensor/judge/judge.h"
#include "sensor/record.h"

/*
 * Fills origin.ptr, ptr_state and ptr_ip, names, link_names and listings of a mail, whose origin, client, domains and
 * links are known; strings go to its arena, all else is borrowed for the call. now_us: packet time. judge gives the blocklists' zones and the ASCII form of names in other scripts; NULL: none. Only what d was told before the mail ended is used.
 */
void passive_dns(struct record *r, const struct dns_memory *d, const struct judge *judge, int64_t now_us);

/* The lists on which the server's refusal says the client is ("blocked using zen.example"): needs no DNS. lists NULL: none. */
void listings_of_refusal(struct record *r, const struct domain_lists *lists);

#endif
