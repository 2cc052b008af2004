/* SPDX-License-Identifier: Apache-2.0 */
/* format_rpz: a response policy zone: a domain and all below it have no answer (CNAME . is NXDOMAIN). Names are relative, so that
 * the zone may have any name. */
#include "sensor/export/block_head.h"
#include "sensor/language.h"

static void end(struct export *x)
{
    block_head_put(x, "; ", "A response policy zone",
                   "BIND: response-policy { zone \"NAME\"; }; and the zone NAME of type primary with this file.\n"
                   "Origin addresses have no place in it: --format postfix or nft has them.");
    export_add(x, "$TTL 300\n@ IN SOA localhost. root.localhost. %u 3600 600 604800 300\n@ IN NS localhost.\n",
               (unsigned)block_head_made(x));
    for (uint32_t i = 0; i < x->blocks->listed_n; i++) {
        const struct block_value *v = x->blocks->listed[i];

        if (v->kind != BLOCK_DOMAIN)
            continue;
        buf_add(x->out, v->text);
        export_add(x, " CNAME .\n*.");
        buf_add(x->out, v->text);
        export_add(x, " CNAME .\n");
    }
}

const struct export_format format_rpz = {
    .name = "rpz", .does = N_("link domains, a response policy zone for a resolver"), .blocks = true, .end = end};
