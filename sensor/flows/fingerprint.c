/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint: what was kept small is written out for a record. To write it costs three thousand instructions, so what was
 * written for the same SYN is looked for first. */
#include "sensor/flows/fingerprint.h"

enum { PLACES = 64, TEXT = 100 }; /* TEXT: bytes of a usual signature, p0f's longest is some 60 */

/* n 0: free. */
struct place {
    struct syn syn;
    const char *guess;
    uint8_t n;
    uint8_t text[TEXT];
};

struct fingerprints {
    struct mem *mem;
    struct place place[PLACES];
};

struct fingerprints *fingerprints_new(struct mem *m)
{
    struct fingerprints *x = mem_zalloc(m, sizeof(*x));

    if (x)
        x->mem = m;
    return x;
}

void fingerprints_free(struct fingerprints *x)
{
    if (x)
        mem_free(x->mem, x, sizeof(*x));
}

/* Whoever picks SYNs that meet makes it as slow as without. */
static struct place *place_of(struct fingerprints *x, const struct syn *s)
{
    uint64_t word[3], h = 0;

    _Static_assert(sizeof(word) == sizeof(*s), "all of a SYN");
    memcpy(word, s, sizeof(word));
    for (int i = 0; i < 3; i++)
        h = (h ^ word[i] ^ h >> 29) * UINT64_C(0x9e3779b97f4a7c15);
    return &x->place[(h >> 32) % PLACES];
}

void fingerprint_os(struct record *r, struct fingerprints *x, const struct syn *s)
{
    struct place *known = x ? place_of(x, s) : NULL;
    uint8_t text[SYN_TEXT];
    size_t n;

    if (!s->seen)
        return;
    r->os.ttl = s->ttl;
    if (known && known->n && memcmp(&known->syn, s, sizeof(*s)) == 0) {
        r->os.signature = arena_dup(&r->arena, span_of(known->text, known->n));
        r->os.guess = span_cstr(known->guess);
        return;
    }
    n = syn_signature(s, text);
    r->os.signature = arena_dup(&r->arena, span_of(text, n));
    r->os.guess = span_cstr(syn_guess(s));
    if (!known || n > TEXT)
        return;
    *known = (struct place){.syn = *s, .guess = syn_guess(s), .n = (uint8_t)n};
    memcpy(known->text, text, n);
}
