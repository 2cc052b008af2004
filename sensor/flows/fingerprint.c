/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint: what was kept small is written out for a record. */
#include "sensor/flows/fingerprint.h"

void fingerprint_os(struct record *r, const struct syn *s)
{
    uint8_t text[SYN_TEXT];

    if (!s->seen)
        return;
    r->os.signature = arena_dup(&r->arena, span_of(text, syn_signature(s, text)));
    r->os.ttl = s->ttl;
    r->os.guess = span_cstr(syn_guess(s));
}
