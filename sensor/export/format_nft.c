/* SPDX-License-Identifier: Apache-2.0 */
/* format_nft: nft(8): one table with a set for each family, which takes the place of the last one in one step. */
#include "sensor/export/block_head.h"
#include "sensor/language.h"

static void put_set(struct export *x, const char *name, const char *type, uint8_t family)
{
    unsigned n = 0;

    export_add(x, "    set %s {\n        type %s\n", name, type);
    for (uint32_t i = 0; i < x->blocks->listed_n; i++) {
        const struct block_value *v = x->blocks->listed[i];

        if (v->kind != BLOCK_IP || v->ip.family != family)
            continue;
        export_add(x, n++ ? ",\n            " : "        elements = {\n            ");
        buf_add(x->out, v->text);
    }
    export_add(x, n ? "\n        }\n    }\n" : "    }\n"); /* nft takes no empty list */
}

static void end(struct export *x)
{
    block_head_put(x, "# ", "Sets for nftables",
                   "nft -f FILE puts it in place of the last one; nft delete table inet mxtap takes it away.\n"
                   "Link domains have no place in it: --format rpz has them.");
    export_add(x, "table inet mxtap\ndelete table inet mxtap\ntable inet mxtap {\n");
    put_set(x, "origin4", "ipv4_addr", 4);
    put_set(x, "origin6", "ipv6_addr", 6);
    export_add(x, "    chain mail {\n        type filter hook prerouting priority filter; policy accept;\n"
                  "        tcp dport 25 ip saddr @origin4 counter drop\n        tcp dport 25 ip6 saddr @origin6 counter drop\n"
                  "    }\n}\n");
}

const struct export_format format_nft = {
    .name = "nft", .does = N_("origin addresses, sets and a chain for nft -f"), .blocks = true, .end = end};
