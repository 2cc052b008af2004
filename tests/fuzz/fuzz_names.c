/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_names: any bytes as a text and as a host: folding, mixed words, skeletons, both forms of a host, names that are near,
 * words found; each checked by a slower way. */
#include <stdlib.h>

#include "decoders/name/mixed_word.h"
#include "decoders/name/name_fold.h"
#include "decoders/name/near_names.h"
#include "decoders/name/unicode_name.h"
#include "decoders/name/word_finder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x) ((x) ? (void)0 : abort())

enum { WORDS = 4, FOLDED_MOST = 8, LONG = 4 };

static const char *const words[WORDS] = {"\1amazon", "\1line\1", "\343\202\242\343\203\236", "on"};
static const char *const names[WORDS] = {"amazon", "rakuten", "kuronekoyamato", "paypal"};

static struct mem mem;
static struct unicode_names *unicode;
static struct near_names *near;
static struct word_finder *finder, *long_finder; /* of all words; of those of LONG bytes and more, which it tells by how they begin */

static void set_up(void)
{
    static const struct hash_key key = {1, 2};
    uint32_t had;

    mem_init(&mem, 0);
    unicode = unicode_names_new(&mem);
    near = near_names_new(&mem, &key);
    finder = word_finder_new(&mem);
    long_finder = word_finder_new(&mem);
    for (uint32_t i = 0; i < WORDS; i++) {
        CHECK(near_names_add(near, span_cstr(names[i]), i + 1));
        CHECK(word_finder_add(finder, span_cstr(words[i]), i + 1, &had));
        CHECK(strlen(words[i]) < LONG || word_finder_add(long_finder, span_cstr(words[i]), i + 1, &had));
    }
    CHECK(word_finder_seal(finder) && word_finder_seal(long_finder));
}

static unsigned hits_by_trying(const uint8_t *p, size_t n, size_t shortest)
{
    unsigned hits = 0;

    for (size_t at = 0; at < n; at++)
        for (unsigned i = 0; i < WORDS; i++)
            hits += strlen(words[i]) >= shortest && n - at >= strlen(words[i]) && memcmp(p + at, words[i], strlen(words[i])) == 0;
    return hits;
}

static void fold(struct span text)
{
    uint8_t *folded = malloc(text.n * FOLDED_MOST + 2), *whole;
    struct name_fold f;
    size_t n = 0;
    struct word_finder_walk walk = {0, 0}, long_walk = {0, 0};
    unsigned hits = 0, long_hits = 0;
    int c, before = 0;

    name_fold_begin(&f, text);
    while ((c = name_fold_next(&f)) != NAME_END) {
        CHECK(c > 0 && c < 256 && n < text.n * FOLDED_MOST + 2 && f.end <= text.n);
        CHECK(c != NAME_BORDER || before != NAME_BORDER);
        folded[n++] = (uint8_t)c;
        before = c;
        for (uint32_t h = word_finder_step(finder, &walk, (uint8_t)c); h; h = word_finder_next(finder, h))
            hits++;
        for (uint32_t h = word_finder_step(long_finder, &long_walk, (uint8_t)c); h; h = word_finder_next(long_finder, h))
            long_hits++;
    }
    whole = malloc(n + 16);
    CHECK(name_fold_whole(text, whole, n + 16) == n && (!n || memcmp(whole, folded, n) == 0));
    free(whole);
    CHECK(hits == hits_by_trying(folded, n, 1));
    CHECK(long_hits == hits_by_trying(folded, n, LONG));
    free(folded);
}

static void mix(struct span text)
{
    size_t at = 0, end = 0;
    struct span word;

    while ((word = mixed_word_next(text, &at)).p) {
        CHECK(word.p >= text.p + end && word.p + word.n <= text.p + text.n && word.n >= 2);
        end = (size_t)(word.p - text.p) + word.n;
        CHECK(at >= end && at <= text.n);
    }
}

static void look(struct span host)
{
    uint8_t once[UNICODE_NAME_OUT], other[UNICODE_NAME_OUT];
    size_t n = unicode_name_skeleton(unicode, host, once);

    CHECK(n <= UNICODE_NAME_OUT && (host.n || !n));
    n = unicode_name_to_ascii(unicode, host, other);
    for (size_t i = 0; i < n; i++)
        CHECK(other[i] < 0x80);
    unicode_name_to_unicode(unicode, host, other);
}

static void slip(struct span s)
{
    unsigned slips, best = 3;
    uint32_t id;

    if (s.n > NEAR_LONGEST)
        return;
    for (unsigned i = 0; i < WORDS; i++) {
        unsigned d = near_names_distance(s, span_cstr(names[i]));

        if (d && d <= (strlen(names[i]) >= NEAR_TWO ? 2u : 1u) && d < best)
            best = d;
    }
    id = near_names_find(near, s, &slips);
    CHECK((id ? slips : 3) == best);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* a block of its own: one byte too far is seen */
    struct span s = span_of(copy, size);

    if (!unicode)
        set_up();
    if (size)
        memcpy(copy, data, size);
    fold(s);
    mix(s);
    look(span_head(s, UNICODE_NAME_MAX + 1));
    slip(s);
    free(copy);
    return 0;
}
