/* SPDX-License-Identifier: Apache-2.0 */
/* name_sound: letters that hardly ever follow each other. */
#include "sensor/judge/name_sound.h"

/* By tests/findings/letter_pairs.py, which says from what words: the letters that follow each in under 1 % of cases. */
static const char *const rare[26] = {
    "aefhjoqxz", /* a */
    "cdfghjkmnpqtvwxz", /* b */
    "bdfgjmnpqvwxz", /* c */
    "bcfhjkmnpqtvwxz", /* d */
    "bhjkoquwyz", /* e */
    "bcdghjkmnpqvwxz", /* f */
    "bcdfjkmpqtvwxz", /* g */
    "bcdfghjkmnpqvwxz", /* h */
    "hijquwxy", /* i */
    "bdfghjklmnpqrtvwxyz", /* j */
    "bcdfghjkmpqtvwxz", /* k */
    "bcfghjkmnpqrvwxz", /* l */
    "cdfghjklnqrtvwxyz", /* m */
    "bhjlmpqrvwxyz", /* n */
    "hjqxz", /* o */
    "bcdfgjkmnqvwxz", /* p */
    "abdefghjkmnopqsvwxyz", /* q */
    "fhjqvwxz", /* r */
    "bdfgjqrvxz", /* s */
    "bdfgjkmnpqvwxz", /* t */
    "hoquvwxyz", /* u */
    "bcdfghjklmnpqrstvwxyz", /* v */
    "bcfgjkmpqtuvwxyz", /* w */
    "gjklnqrwz", /* x */
    "fhjkqvxyz", /* y */
    "bcdfghjkmnpqrstvwx", /* z */
};

enum { SHORTEST = 6, PAIRS = 5, CHANGES = 4, ODD = 3, OF = 5 }; /* three pairs of five */

static bool is_letter(uint8_t c)
{
    return (uint8_t)(c - 'a') < 26;
}

static bool is_rare(uint8_t a, uint8_t b)
{
    return strchr(rare[a - 'a'], b) != NULL;
}

static bool changes(uint8_t a, uint8_t b)
{
    return (is_letter(a) && ascii_digit(b)) || (ascii_digit(a) && is_letter(b));
}

bool name_is_random(struct span label)
{
    unsigned pairs = 0, odd = 0, turns = 0;

    if (label.n < SHORTEST || span_starts_nocase(label, SPAN("xn--")))
        return false;
    for (size_t i = 0; i + 1 < label.n; i++) {
        uint8_t a = ascii_lower(label.p[i]), b = ascii_lower(label.p[i + 1]);

        if ((a | b) & 0x80)
            return false;
        turns += changes(a, b);
        if (!is_letter(a) || !is_letter(b))
            continue;
        pairs++;
        odd += is_rare(a, b);
    }
    return turns >= CHANGES || (pairs >= PAIRS && OF * odd >= ODD * pairs);
}
