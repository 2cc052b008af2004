/* SPDX-License-Identifier: Apache-2.0 */
/* format_watchlist: what --watchlist reads (docs/FILES.md): an entry a line, a label behind " # ". */
#include "sensor/export/block_head.h"
#include "sensor/language.h"

static void end(struct export *x)
{
    block_head_put(x, "# ", "A watchlist", "mxtap capture --watchlist FILE raises an alert for each of these.");
    for (uint32_t i = 0; i < x->blocks->listed_n; i++) {
        const struct block_value *v = x->blocks->listed[i];

        buf_add(x->out, v->text);
        export_add(x, " # score %llu, mails %u, last %s\n", (unsigned long long)v->score, v->mails, v->last[0] ? v->last : "unknown");
    }
}

const struct export_format format_watchlist = {
    .name = "watchlist", .does = N_("origin addresses and link domains, for --watchlist"), .blocks = true, .end = end};
