/* SPDX-License-Identifier: Apache-2.0 */
/* name_sound: letters that hardly ever follow each other. */
#include "sensor/judge/name_sound.h"

/* By tests/findings/letter_pairs.py, which says from what words: the letters that follow each in under 1 % of cases, a bit each from a on. */
static const uint32_t rare[26] = {
    0x28142b1, /* a: aefhjoqxz */
    0x2e9b6ec, /* b: cdfghjkmnpqtvwxz */
    0x2e1b26a, /* c: bdfgjmnpqvwxz */
    0x2e9b6a6, /* d: bcfhjkmnpqtvwxz */
    0x3514682, /* e: bhjkoquwyz */
    0x2e1b6ce, /* f: bcdghjkmnpqvwxz */
    0x2e9962e, /* g: bcdfjkmpqtvwxz */
    0x2e1b6ee, /* h: bcdfghjkmnpqvwxz */
    0x1d10380, /* i: hijquwxy */
    0x3ebbeea, /* j: bdfghjklmnpqrtvwxyz */
    0x2e996ee, /* k: bcdfghjkmpqtvwxz */
    0x2e3b6e6, /* l: bcfghjkmnpqrvwxz */
    0x3eb2eec, /* m: cdfghjklnqrtvwxyz */
    0x3e39a82, /* n: bhjlmpqrvwxyz */
    0x2810280, /* o: hjqxz */
    0x2e1366e, /* p: bcdfgjkmnqvwxz */
    0x3e5f6fb, /* q: abdefghjkmnopqsvwxyz */
    0x2e102a0, /* r: fhjqvwxz */
    0x2a3026a, /* s: bdfgjqrvxz */
    0x2e1b66a, /* t: bdfgjkmnpqvwxz */
    0x3f14080, /* u: hoquvwxyz */
    0x3efbeee, /* v: bcdfghjklmnpqrstvwxyz */
    0x3f99666, /* w: bcfgjkmpqtuvwxyz */
    0x2432e40, /* x: gjklnqrwz */
    0x3a106a0, /* y: fhjkqvxyz */
    0x0efb6ee, /* z: bcdfghjkmnpqrstvwx */
};

enum { SHORTEST = 6, PAIRS = 5, CHANGES = 4, ODD = 3, OF = 5 }; /* three pairs of five */

static bool is_letter(uint8_t c)
{
    return (uint8_t)(c - 'a') < 26;
}

static bool is_rare(uint8_t a, uint8_t b)
{
    return rare[a - 'a'] >> (b - 'a') & 1;
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
