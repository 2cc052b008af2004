/* SPDX-License-Identifier: Apache-2.0 */
/* script_signs: words of a script, one after the other, against a table; no JavaScript is understood. */
#include "decoders/link/script_signs.h"

enum before { BEFORE_NOTHING, BEFORE_DOCUMENT, BEFORE_LOCATION };

/* behind: the word that must stand before it, with nothing but signs between (document.write, document["write"]). */
static const struct {
    const char *word;
    enum before behind;
} signs[] = {
    {"write", BEFORE_DOCUMENT},
    {"writeln", BEFORE_DOCUMENT},
    {"replace", BEFORE_LOCATION},
    {"assign", BEFORE_LOCATION},
    {"innerHTML", BEFORE_NOTHING},
    {"outerHTML", BEFORE_NOTHING},
    {"insertAdjacentHTML", BEFORE_NOTHING},
    {"eval", BEFORE_NOTHING},
    {"unescape", BEFORE_NOTHING},
    {"atob", BEFORE_NOTHING},
    {"fromCharCode", BEFORE_NOTHING},
    {"createObjectURL", BEFORE_NOTHING}, /* a file made by the page: HTML smuggling */
    {"msSaveOrOpenBlob", BEFORE_NOTHING},
    {"msSaveBlob", BEFORE_NOTHING},
};

void script_signs_begin(struct script_signs *s)
{
    s->word_n = s->before = s->assigned = 0;
}

static bool is_word(uint8_t c)
{
    return ascii_alnum(c) || c == '_' || c == '$';
}

/* A word is complete. */
static bool end_word(struct script_signs *s)
{
    struct span word = span_of(s->word, s->word_n);
    enum before before = (enum before)s->before;
    bool found = false;

    s->word_n = 0;
    s->before = BEFORE_NOTHING;
    s->assigned = 0;
    if (word.n > SCRIPT_WORD)
        return false;
    for (unsigned i = 0; i < sizeof(signs) / sizeof(*signs) && !found; i++)
        found = (signs[i].behind == BEFORE_NOTHING || signs[i].behind == before) && span_eq(word, span_cstr(signs[i].word));
    if (span_eq(word, SPAN("document"))) {
        s->before = BEFORE_DOCUMENT;
    } else if (span_eq(word, SPAN("location"))) {
        s->before = BEFORE_LOCATION;
        s->assigned = 1;
    } else if (before == BEFORE_LOCATION && span_eq(word, SPAN("href"))) {
        s->assigned = 1;
    }
    return found;
}

/* "location =", "location.href =", and not "==". A quote and a bracket may close its name. */
static bool assignment(struct script_signs *s, uint8_t c)
{
    if (!s->assigned || c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return false;
    if (s->assigned == 2) {
        s->assigned = 0;
        return c != '=';
    }
    if (c == '=')
        s->assigned = 2;
    else if (c != '\'' && c != '"' && c != ']')
        s->assigned = 0;
    return false;
}

/* A byte that is of no word. Behind ; nothing belongs to what stood before. */
static bool between(struct script_signs *s, uint8_t c)
{
    bool found = s->word_n && end_word(s);

    if (c == ';')
        s->before = BEFORE_NOTHING;
    return assignment(s, c) || found;
}

bool script_signs_push(struct script_signs *s, struct span text)
{
    bool found = false;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (!is_word(c)) {
            found |= between(s, c);
            continue;
        }
        if (!s->word_n && s->assigned)
            found |= assignment(s, c);
        if (s->word_n < SCRIPT_WORD)
            s->word[s->word_n++] = c;
        else
            s->word_n = SCRIPT_WORD + 1;
    }
    return found;
}
