/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_script: letters told by what they look like. */
#include "decoders/mail/mixed_script.h"

#include "decoders/base/escape.h"

enum { LETTERS_LEAST = 3 };

enum letter { NO_LETTER, LATIN, LOOKS_LATIN, FOREIGN, BESIDE };

/* Cyrillic and Greek letters that the usual fonts draw as Latin ones, or nearly so (Unicode's confusables). Sorted. */
static const uint16_t looks_latin[] = {
    0x0391, 0x0392, 0x0395, 0x0396, 0x0397, 0x0399, 0x039a, 0x039c, 0x039d, 0x039f, 0x03a1, 0x03a4, 0x03a5, 0x03a7,
    0x03b1, 0x03b3, 0x03b9, 0x03ba, 0x03bd, 0x03bf, 0x03c1, 0x03c5, 0x03c7, 0x03f2, 0x03f3, 0x0405, 0x0406, 0x0408,
    0x0410, 0x0412, 0x0415, 0x041a, 0x041c, 0x041d, 0x041e, 0x0420, 0x0421, 0x0422, 0x0423, 0x0425, 0x0430, 0x0435,
    0x043a, 0x043e, 0x0440, 0x0441, 0x0443, 0x0445, 0x0455, 0x0456, 0x0458, 0x0474, 0x0475, 0x04ae, 0x04af, 0x04ba,
    0x04bb, 0x04c0, 0x04cf, 0x0501, 0x050c, 0x051a, 0x051b, 0x051c, 0x051d,
};

static bool is_look(uint32_t c)
{
    size_t low = 0, high = sizeof(looks_latin) / sizeof(*looks_latin);

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (looks_latin[mid] == c)
            return true;
        if (looks_latin[mid] < c)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static enum letter letter_of(uint32_t c)
{
    if (c < 0x80)
        return ascii_alpha((uint8_t)c) ? LATIN : ascii_digit((uint8_t)c) ? BESIDE : NO_LETTER;
    if ((c >= 0xc0 && c < 0x250 && c != 0xd7 && c != 0xf7) || (c >= 0x1e00 && c < 0x1f00))
        return LATIN;
    if (c >= 0x370 && c < 0x530)
        return is_look(c) ? LOOKS_LATIN : FOREIGN;
    if (c >= 0x1f00 && c < 0x2000)
        return FOREIGN;
    /* Combining marks, soft hyphen, and what has no width: they hide inside of words. */
    if ((c >= 0x300 && c < 0x370) || c == 0xad || (c >= 0x200b && c <= 0x200f) || c == 0x2060 || c == 0xfeff)
        return BESIDE;
    return NO_LETTER;
}

/* What a word has of each kind of letter. */
struct word {
    size_t begin, end; /* from its first letter to behind its last */
    unsigned count[BESIDE];
};

static bool is_mixed(const struct word *w)
{
    return w->count[LATIN] && w->count[LOOKS_LATIN] && !w->count[FOREIGN] &&
           w->count[LATIN] + w->count[LOOKS_LATIN] >= LETTERS_LEAST;
}

struct span mixed_script_word(struct span utf8)
{
    struct word w = {0};
    uint32_t c;

    for (size_t i = 0, n; i < utf8.n; i += n) {
        enum letter l;

        n = utf8_next(span_from(utf8, i), &c);
        l = n ? letter_of(c) : NO_LETTER;
        n = n ? n : 1;
        if (l == NO_LETTER) {
            if (is_mixed(&w))
                break;
            w = (struct word){0};
        } else if (l != BESIDE) {
            w.begin = w.end ? w.begin : i;
            w.end = i + n;
            w.count[l]++;
        }
    }
    return is_mixed(&w) ? span_of(utf8.p + w.begin, w.end - w.begin) : (struct span){NULL, 0};
}
