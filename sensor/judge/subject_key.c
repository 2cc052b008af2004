/* SPDX-License-Identifier: Apache-2.0 */
/* subject_key: one pass over the subject's bytes, each rule a small scanner at the cursor. */
#include "sensor/judge/subject_key.h"

static bool begins_stamp(uint8_t c)
{
    return c == '[' || c == '*' || c == '{' || ascii_lower(c) == 's';
}

static size_t stamp_at(struct span s)
{
    static const struct span stamps[] = {SPAN_INIT("[spam]"), SPAN_INIT("[spam?]"), SPAN_INIT("***spam***"), SPAN_INIT("*****spam*****"),
                                         SPAN_INIT("[suspected spam]"), SPAN_INIT("[bulk]"), SPAN_INIT("[phishing]"), SPAN_INIT("spam:"),
                                         SPAN_INIT("{spam?}"), SPAN_INIT("{spam}"), SPAN_INIT("[junk]")};

    if (!s.n || !begins_stamp(s.p[0]))
        return 0;
    for (size_t i = 0; i < sizeof(stamps) / sizeof(*stamps); i++)
        if (span_starts_nocase(s, stamps[i]))
            return stamps[i].n;
    return 0;
}

size_t subject_stamp(struct span subject)
{
    return stamp_at(span_trim(subject));
}

static struct span without_stamps(struct span s)
{
    size_t n;

    s = span_trim(s);
    while ((n = stamp_at(s)))
        s = span_trim(span_from(s, n));
    return s;
}

static size_t digits(struct span s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && ascii_digit(s.p[at + n]))
        n++;
    return n;
}

/* Length of `word` at `at`, or 0. */
static size_t word(struct span s, size_t at, const char *w)
{
    return span_starts_nocase(span_from(s, at), span_cstr(w)) ? strlen(w) : 0;
}

/* 2023/6/25, 2023-06-25, 2023.6.25, 2023年6月25日 and the time behind it is time_at's. */
static size_t date_at(struct span s, size_t at)
{
    size_t n = digits(s, at), sep, day;

    if (n != 4)
        return 0;
    sep = word(s, at + n, "/") + word(s, at + n, "-") + word(s, at + n, ".") + word(s, at + n, "年");
    n += sep;
    day = digits(s, at + n);
    if (!sep || day < 1 || day > 2)
        return 0;
    n += day;
    sep = word(s, at + n, "/") + word(s, at + n, "-") + word(s, at + n, ".") + word(s, at + n, "月");
    n += sep;
    day = digits(s, at + n);
    if (!sep || day < 1 || day > 2)
        return 0;
    n += day;
    return n + word(s, at + n, "日");
}

/* 7:00, 07:00:55 */
static size_t time_at(struct span s, size_t at)
{
    size_t n = digits(s, at);

    if (n < 1 || n > 2 || !word(s, at + n, ":") || digits(s, at + n + 1) != 2)
        return 0;
    n += 3;
    if (word(s, at + n, ":") && digits(s, at + n + 1) == 2)
        n += 3;
    return n;
}

static bool in_serial(uint8_t c)
{
    static const bool is_one[256] = {['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true, ['_'] = true};

    return is_one[c];
}

/* A token of letters, digits and hyphens that holds at least four digits in a row, or is digits and
 * hyphens behind '#'. Only asked at a token's first byte, so a token is looked at once. */
static size_t serial_at(struct span s, size_t at)
{
    size_t mark = s.p[at] == '#' ? 1 : ascii_lower(s.p[at]) == 'n' ? word(s, at, "no.") : 0, n = mark, run = 0, longest = 0, digit_count = 0;

    while (at + n < s.n && in_serial(s.p[at + n])) {
        run = ascii_digit(s.p[at + n]) ? run + 1 : 0;
        digit_count += run > 0;
        longest = run > longest ? run : longest;
        n++;
    }
    if (longest >= 4 || (mark && digit_count))
        return n;
    return 0;
}

static bool starts_token(struct span s, size_t at)
{
    return at == 0 || !in_serial(s.p[at - 1]);
}

/* White space of any kind at s.p[at]: its length, or 0 (U+00A0, U+3000 and the rest of Zs by their bytes). */
static size_t blank_at(struct span s, size_t at)
{
    if (s.p[at] < 0x80)
        return s.p[at] == ' ' || (s.p[at] >= '\t' && s.p[at] <= '\r');
    if (s.p[at] == 0xc2)
        return at + 1 < s.n && s.p[at + 1] == 0xa0 ? 2 : 0;
    return s.p[at] == 0xe3 && at + 2 < s.n && s.p[at + 1] == 0x80 && s.p[at + 2] == 0x80 ? 3 : 0;
}

struct folding {
    uint8_t *to;
    size_t n;
    bool blank; /* white space is pending */
};

static void put(struct folding *f, const uint8_t *p, size_t n)
{
    if (f->blank && f->n && f->to[f->n - 1] < 0x80 && p[0] < 0x80)
        f->to[f->n++] = ' ';
    f->blank = false;
    memcpy(f->to + f->n, p, n);
    f->n += n;
}

static size_t number_at(struct span s, size_t at)
{
    size_t n = 0;

    if (s.p[at] >= 0x80 || !starts_token(s, at)) /* all of them begin with a digit, a letter or a sign */
        return 0;
    if (ascii_digit(s.p[at]))
        n = date_at(s, at);
    if (!n && ascii_digit(s.p[at]))
        n = time_at(s, at);
    return n ? n : serial_at(s, at);
}

/* Bytes from i on among which no blank and no number begins, if none begins at i: the rest of a token, or of characters that are not
 * ASCII. */
static size_t plain_run(struct span s, size_t i)
{
    size_t end = i + 1;

    if (in_serial(s.p[i]))
        while (end < s.n && in_serial(s.p[end]))
            end++;
    else if (s.p[i] >= 0x80)
        while (end < s.n && s.p[end] >= 0x80 && !blank_at(s, end))
            end++;
    return end - i;
}

/* The same where there is no digit, so no number: as far as the next blank. */
static size_t words_run(struct span s, size_t i)
{
    static const bool may_be_blank[256] = {[' '] = true, ['\t' ... '\r'] = true, [0xe3] = true, [0xc2] = true};
    size_t end = i + 1;

    while (end < s.n && !(may_be_blank[s.p[end]] && blank_at(s, end)))
        end++;
    return end - i;
}

static bool dangles(uint8_t c)
{
    return c == ' ' || c == ',' || c == ':' || c == '#' || c == '-' || c == ';';
}

static struct span without_dangling(struct span s)
{
    while (s.n && dangles(s.p[s.n - 1]))
        s.n--;
    while (s.n && dangles(s.p[0]))
        s = span_from(s, 1);
    return s;
}

/* What a subject has of each, by one look without jumps. TWO_BLANKS: blanks in a row. */
enum { HAS_DIGIT = 1, HAS_BLANK = 2, HAS_OTHER_BLANK = 4, HAS_HIGH = 8, HAS_TWO_BLANKS = 16 };

static unsigned what_it_has(struct span s)
{
    static const uint8_t kinds[256] = {[' '] = HAS_BLANK, ['\t' ... '\r'] = HAS_OTHER_BLANK, ['0' ... '9'] = HAS_DIGIT, [0x80 ... 0xff] = HAS_HIGH};
    unsigned all = 0, twice = 0, before = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned kind = kinds[s.p[i]];

        all |= kind;
        twice |= kind & before;
        before = kind;
    }
    return all | (twice & HAS_BLANK ? HAS_TWO_BLANKS : 0);
}

struct span subject_key(struct arena *a, struct span subject)
{
    struct span s = without_stamps(subject);
    unsigned has = what_it_has(s);
    /* A pending blank can add one byte per byte taken: never, since it took at least one itself. */
    struct folding f = {.to = subject.p ? arena_alloc(a, s.n + 1) : NULL};
    struct span key;

    if (!f.to)
        return (struct span){NULL, 0};
    if (!(has & ~HAS_BLANK)) { /* plain words: all of it stays */
        put(&f, s.p, s.n);
        s.n = 0;
    }
    for (size_t i = 0; i < s.n;) {
        size_t n = blank_at(s, i);

        if (n || ((has & HAS_DIGIT) && (n = number_at(s, i)))) {
            f.blank = true;
        } else {
            n = has & HAS_DIGIT ? plain_run(s, i) : words_run(s, i);
            put(&f, s.p + i, n);
        }
        i += n;
    }
    key = without_dangling(span_of(f.to, f.n));
    return key.n ? key : subject;
}
