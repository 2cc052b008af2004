/* SPDX-License-Identifier: Apache-2.0 */
/* command_line: a table of verbs, and paths read the way servers read them. */
#include "decoders/smtp/command_line.h"

static const struct {
    enum smtp_verb verb;
    struct span word;
} verbs[] = {
#define X(name, word) {VERB_##name, {(const uint8_t *)(word), sizeof(word) - 1}},
    SMTP_VERBS(X)
#undef X
};

enum { VERBS = sizeof(verbs) / sizeof(*verbs) };

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span s)
{
    while (s.n && is_blank(s.p[0]))
        s = span_from(s, 1);
    return s;
}

static struct span take_word(struct span *s)
{
    size_t n = 0;
    struct span word;

    while (n < s->n && !is_blank(s->p[n]))
        n++;
    word = span_head(*s, n);
    *s = skip_blanks(span_from(*s, n));
    return word;
}

const char *command_verb_name(enum smtp_verb v)
{
    for (size_t i = 0; i < VERBS; i++)
        if (verbs[i].verb == v)
            return (const char *)verbs[i].word.p;
    return "?";
}

struct command_line command_line_parse(struct span line)
{
    struct command_line c = {VERB_UNKNOWN, {NULL, 0}};
    struct span rest = span_trim(line), word = take_word(&rest);

    for (size_t i = 0; i < VERBS; i++) {
        if (!span_eq_nocase(word, verbs[i].word))
            continue;
        c.verb = verbs[i].verb;
        if (rest.n)
            c.argument = rest;
        break;
    }
    return c;
}

/* Index behind the '>' that ends the path at s[0] == '<', or 0. Quoted strings hide a '>'. */
static size_t bracket_end(struct span s, bool heed_quotes)
{
    bool quoted = false;

    for (size_t i = 1; i < s.n; i++) {
        if (heed_quotes && s.p[i] == '\\' && quoted)
            i++;
        else if (heed_quotes && s.p[i] == '"')
            quoted = !quoted;
        else if (s.p[i] == '>' && !quoted)
            return i + 1;
    }
    return 0;
}

/* Length of a path without brackets: up to a blank outside of quotes. */
static size_t bare_end(struct span s, bool heed_quotes)
{
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        if (heed_quotes && s.p[i] == '\\' && quoted)
            i++;
        else if (heed_quotes && s.p[i] == '"')
            quoted = !quoted;
        else if (is_blank(s.p[i]) && !quoted)
            return i;
    }
    return quoted ? 0 : s.n;
}

static size_t path_length(struct span s, bool *odd)
{
    size_t n = 0;

    if (s.n && s.p[0] == '<') {
        n = bracket_end(s, true);
        if (!n)
            n = bracket_end(s, false);
        if (n)
            return n;
    }
    *odd = true;
    n = bare_end(s, true);
    return n ? n : bare_end(s, false);
}

struct command_path command_path_parse(struct span argument, struct span keyword)
{
    struct command_path r = {{NULL, 0}, {NULL, 0}, false};
    struct span s = argument;
    size_t n;

    if (span_starts_nocase(s, keyword)) {
        s = skip_blanks(span_from(s, keyword.n));
        if (s.n && s.p[0] == ':')
            s = skip_blanks(span_from(s, 1));
        else
            r.odd = true;
    } else {
        r.odd = true;
    }
    n = path_length(s, &r.odd);
    if (n)
        r.path = span_head(s, n);
    r.params = skip_blanks(span_from(s, n));
    return r;
}

static bool bracketed(struct span argument, struct span keyword)
{
    struct command_path p = command_path_parse(argument, keyword);

    return !p.odd && p.path.n;
}

enum smtp_verb command_line_certain(struct span line)
{
    struct command_line c = command_line_parse(line);
    struct span rest = c.argument;

    switch (c.verb) {
    case VERB_MAIL:
        return bracketed(rest, SPAN("FROM")) ? c.verb : VERB_UNKNOWN;
    case VERB_RCPT:
        return bracketed(rest, SPAN("TO")) ? c.verb : VERB_UNKNOWN;
    case VERB_HELO:
    case VERB_EHLO:
    case VERB_LHLO:
        take_word(&rest);
        return c.argument.n && !rest.n ? c.verb : VERB_UNKNOWN;
    case VERB_BDAT:
        return command_bdat_parse(c.argument).valid ? c.verb : VERB_UNKNOWN;
    case VERB_DATA:
    case VERB_RSET:
    case VERB_QUIT:
    case VERB_NOOP:
    case VERB_STARTTLS:
        return c.argument.n ? VERB_UNKNOWN : c.verb;
    default:
        return VERB_UNKNOWN;
    }
}

bool command_param_next(struct span *params, struct span *key, struct span *value)
{
    struct span word;
    size_t eq;

    *params = skip_blanks(*params);
    if (!params->n)
        return false;
    word = take_word(params);
    eq = span_find(word, 0, '=');
    *key = span_head(word, eq);
    *value = eq < word.n ? span_from(word, eq + 1) : (struct span){NULL, 0};
    return true;
}

struct command_bdat command_bdat_parse(struct span argument)
{
    struct command_bdat r = {false, false, 0};
    struct span rest = argument, size = take_word(&rest);

    if (!size.n)
        return r;
    for (size_t i = 0; i < size.n; i++) {
        if (!ascii_digit(size.p[i]) || r.size > (UINT64_C(1) << 58))
            return (struct command_bdat){false, false, 0};
        r.size = r.size * 10 + (size.p[i] - '0');
    }
    r.last = span_eq_nocase(rest, SPAN("LAST"));
    r.valid = r.last || !rest.n;
    return r;
}

struct command_auth command_auth_parse(struct span argument)
{
    struct command_auth r = {{NULL, 0}, {NULL, 0}};
    struct span rest = argument;

    r.mechanism = take_word(&rest);
    if (rest.n)
        r.initial = rest;
    return r;
}

static bool address_attribute(struct span v, struct ip_addr *ip)
{
    if (span_starts_nocase(v, SPAN("IPV6:")))
        v = span_from(v, 5);
    return ip_parse(v, ip);
}

bool command_client_attributes(struct span argument, struct endpoint *client)
{
    struct span key, value;
    bool found = false;
    unsigned port;

    memset(client, 0, sizeof(*client));
    while (command_param_next(&argument, &key, &value)) {
        if (span_eq_nocase(key, SPAN("ADDR"))) {
            found = address_attribute(value, &client->ip);
        } else if (span_eq_nocase(key, SPAN("PORT"))) {
            port = 0;
            for (size_t i = 0; i < value.n && ascii_digit(value.p[i]) && port <= 65535; i++)
                port = port * 10 + (value.p[i] - '0');
            client->port = port <= 65535 ? (uint16_t)port : 0;
        }
    }
    return found;
}
