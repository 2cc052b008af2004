/* SPDX-License-Identifier: Apache-2.0 */
/* body_text: words out of running text, in pieces of any size. */
#include "decoders/mail/body_text.h"

#include "decoders/base/scan.h"
#include "decoders/mail/body_characters.h"
#include "decoders/mail/body_plain.h"
#include "decoders/mail/body_word.h"

void body_text_begin(struct body_text *x, struct arena *arena)
{
    body_key_begin(&x->key);
    x->arena = arena;
    x->left = LIMIT_BODY_TEXT;
    x->word_n = x->addresses_n = 0;
    x->passing = x->keyless = false;
    x->homoglyph = (struct span){NULL, 0};
}

/* How many bytes from i on belong to one word, at most LIMIT_BODY_WORD; *has: their kinds. */
static size_t word_length(struct span s, size_t i, uint8_t *has)
{
    size_t most = s.n - i < LIMIT_BODY_WORD ? s.n - i : LIMIT_BODY_WORD, n = 0;
    uint8_t all = 0, kind;

    while (n < most && (kind = body_kinds[s.p[i + n]])) {
        all |= kind;
        n++;
    }
    *has = all;
    return n;
}

/* The rest of a word that is too long to be one. */
static size_t pass_word(struct body_text *x, struct span s, size_t i)
{
    while (i < s.n && body_kinds[s.p[i]])
        i++;
    x->passing = i == s.n;
    return i;
}

/* At s.p[i] no word begins: a space, a sign, or a longer character. *more: its end is still to come. Returns its bytes. */
static size_t between_words(struct body_text *x, struct span s, size_t i, bool *more)
{
    uint8_t first = s.p[i];
    size_t whole = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, there = 1;

    if (first < 0xc0)
        return 1;
    while (there < whole && i + there < s.n && (s.p[i + there] & 0xc0) == 0x80)
        there++;
    *more = there < whole && i + there == s.n;
    if (there < whole)
        return 1;
    if (whole == 3) {
        uint32_t c = (first & 15u) << 12 | (s.p[i + 1] & 63u) << 6 | (s.p[i + 2] & 63u);

        if (body_character_is_word(c))
            body_key_character(&x->key, c);
    }
    return whole;
}

/* Takes words for the key; what may go on behind the end of s is left, unless last. Returns how many bytes were used. */
static size_t take_text(struct body_text *x, struct span s, bool last)
{
    size_t i = x->passing ? pass_word(x, s, 0) : 0, n;
    uint8_t has;
    bool more = false;

    for (; i < s.n; i += n) {
        if (s.p[i] < 0x80 && !(body_kinds[s.p[i]] & ~LETTER) && (i = body_plain_words(&x->key, s, i, last)) == s.n)
            break;
        if (!body_kinds[s.p[i]]) {
            if ((n = s.p[i] < 0x80 ? 1 : body_characters(&x->key, s, i) - i))
                continue;
            n = between_words(x, s, i, &more);
            if (more && !last)
                return i;
            more = false;
            continue;
        }
        n = word_length(s, i, &has);
        if (n == LIMIT_BODY_WORD)
            n = pass_word(x, s, i) - i;
        else if (i + n == s.n && !last)
            return i;
        else
            body_word_take(x, span_of(s.p + i, n), has, true);
    }
    return i;
}

/* --- behind what counts for the key --- */

/* Where the word that s.p[i] is in begins, at from or later. */
static size_t word_begin(struct span s, size_t from, size_t i)
{
    while (i > from && body_kinds[s.p[i - 1]])
        i--;
    return i;
}

/* Only words that can be an address, or have a Greek or Cyrillic letter (first bytes 0xcd to 0xd4) beside a Latin one, are
 * looked at. */
static size_t take_rare(struct body_text *x, struct span s, bool last)
{
    size_t i = x->passing ? pass_word(x, s, 0) : 0, at, n;
    uint8_t has;

    while (i < s.n && (at = scan_address_or_mixed(s, i)) < s.n) {
        i = word_begin(s, i, at);
        n = word_length(s, i, &has);
        if (n == LIMIT_BODY_WORD) {
            i = pass_word(x, s, i);
            continue;
        }
        if (i + n == s.n && !last)
            return i;
        body_word_take(x, span_of(s.p + i, n), has, false);
        i += n;
    }
    if (i == s.n || last)
        return s.n;
    i = word_begin(s, i, s.n);
    return s.n - i < LIMIT_BODY_WORD ? i : pass_word(x, s, i);
}

/* --- pieces --- */

static size_t take(struct body_text *x, struct span s, bool last)
{
    return x->left ? take_text(x, s, last) : take_rare(x, s, last);
}

static bool all_word(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!body_kinds[s.p[i]])
            return false;
    return true;
}

/* What waits goes on with the front of s: as much of it as the waiting word takes. Returns how many bytes. */
static size_t go_on(struct body_text *x, struct span s)
{
    size_t waited = x->word_n, n = sizeof(x->word) - waited, used;

    n = n < s.n ? n : s.n;
    memcpy(x->word + waited, s.p, n);
    if (waited + n < sizeof(x->word) && body_kinds[x->word[0]] && all_word(span_head(s, n))) {
        x->word_n = (uint16_t)(waited + n);
        return n;
    }
    used = take(x, span_of(x->word, waited + n), false);
    if (used <= waited) { /* it still waits, with all of s; what was in front of it may be done with */
        x->word_n = (uint16_t)(waited + n - used);
        memmove(x->word, x->word + used, x->word_n);
        return n;
    }
    x->word_n = 0;
    return used - waited;
}

static void push(struct body_text *x, struct span s)
{
    size_t used;

    while (x->word_n && s.n)
        s = span_from(s, go_on(x, s));
    if (!s.n)
        return;
    used = take(x, s, false);
    x->word_n = (uint16_t)(s.n - used);
    if (x->word_n)
        memcpy(x->word, s.p + used, x->word_n);
}

/* Line ends and indents between tags are most of what HTML shows: between words they say nothing. */
static bool is_space(struct span s)
{
    while (s.n && s.p[s.n - 1] <= ' ')
        s.n--;
    return !s.n;
}

void body_text_space(struct body_text *x, size_t n)
{
    x->left -= x->left < n ? x->left : n;
}

void body_text_push(struct body_text *x, struct span utf8)
{
    if (!x->word_n && !x->passing && is_space(utf8)) {
        body_text_space(x, utf8.n);
        return;
    }
    if (x->left > utf8.n) {
        x->left -= utf8.n;
        push(x, utf8);
        return;
    }
    if (x->left) { /* the last bytes that count; the word they end in does not */
        struct span head = span_head(utf8, x->left);

        push(x, head);
        utf8 = span_from(utf8, head.n);
        x->left = 0;
    }
    push(x, utf8);
}

void body_text_break(struct body_text *x)
{
    if (!x->word_n && !x->passing)
        return;
    take(x, span_of(x->word, x->word_n), true);
    x->word_n = 0;
    x->passing = false;
}

/* Nothing waits, and all of it counts or nothing: looked at where it is. */
void body_text_last(struct body_text *x, struct span utf8)
{
    if (x->word_n || x->passing || (x->left && x->left <= utf8.n)) {
        body_text_push(x, utf8);
        body_text_break(x);
        return;
    }
    x->left -= x->left ? utf8.n : 0;
    take(x, utf8, true);
    x->passing = false;
}

void body_text_lost(struct body_text *x)
{
    body_text_break(x);
    x->keyless |= x->left > 0;
}

/* --- what was found --- */

void body_text_recipient(struct body_text *x, struct span mailbox)
{
    body_word_names(x, span_head(mailbox, span_find(mailbox, 0, '@')));
}

bool body_text_key(const struct body_text *x, uint8_t out[BODY_KEY_TEXT])
{
    return !x->keyless && body_key_write(&x->key, out);
}

struct span body_text_homoglyph(const struct body_text *x)
{
    return x->homoglyph;
}

const struct span *body_text_addresses(const struct body_text *x, uint32_t *n)
{
    *n = x->addresses_n;
    return x->addresses;
}
