/* SPDX-License-Identifier: Apache-2.0 */
/* format_postfix: access(5): an address a line, then what is to be done. */
#include "sensor/export/block_head.h"
#include "sensor/language.h"

static void end(struct export *x)
{
    block_head_put(x, "# ", "A Postfix access map",
                   "postmap it, then: smtpd_client_restrictions = check_client_access hash:FILE\n"
                   "Link domains have no place in it: --format rpz has them.");
    for (uint32_t i = 0; i < x->blocks->listed_n; i++) {
        const struct block_value *v = x->blocks->listed[i];

        if (v->kind != BLOCK_IP)
            continue;
        buf_add(x->out, v->text);
        export_add(x, "\tREJECT\n");
    }
}

const struct export_format format_postfix = {
    .name = "postfix", .does = N_("origin addresses, an access map for check_client_access"), .blocks = true, .end = end};
