/* SPDX-License-Identifier: Apache-2.0 */
/* block_rules: what must never be blocked, whoever is behind a mail. */
#ifndef MXTAP_EXPORT_BLOCK_RULES_H
#define MXTAP_EXPORT_BLOCK_RULES_H

#include "sensor/export/blocklist.h"

enum { BLOCK_NAME_MAX = 190 };

/* An origin's verdict by its address, its network and its reverse name, as far as that is known to be its own. */
enum block_verdict block_rule_address(const struct blocklist_options *o, const struct mail_facts *f, const struct ip_addr *ip);
/* A registrable domain's verdict by whose it is; name as block_name_read gave it. */
enum block_verdict block_rule_domain(const struct blocklist_options *o, struct span name);

/* A domain as it may be written into any list: 0 where s is none; else its length. */
size_t block_name_read(const struct judge *j, struct span s, char name[BLOCK_NAME_MAX + 1]);

/* Whether a reader is led there by what he does: a link in text, <a>, a form, a frame; not a picture, not a header field. */
bool block_link_followed(struct span in, struct span tag);

#endif
