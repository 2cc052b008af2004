/* SPDX-License-Identifier: Apache-2.0 */
/* command_line: a table of verbs, and paths read the way servers read them. */
#include "decoders/smtp/command_line.h"

#include "decoders/base/scan.h"

static const struct {
    enum smtp_verb verb;
    struct span word;
} verbs[] = {
#define X(name, word) {VERB_##name, {(const uint8_t *)(word), sizeof(word) - 1}},
    SMTP_VERBS(X)
#undef X
};

enum { VERBS = sizeof(verbs) / sizeof(*verbs) };

/* As isspace: Postfix takes every one of them between the words of a command. */
static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span skip_blanks(struct span s)
{
    while (s.n && is_blank(s.p[0]))
        s = span_from(s, 1);
    return s;
}

static struct span trim_end(struct span s)
{
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
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
    struct span rest = skip_blanks(trim_end(line)), word = take_word(&rest);

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

    for (size_t i = scan_any3(s, 1, '>', '"', '\\'); i < s.n; i++) {
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

static size_t bracketed_length(struct span s)
{
    size_t n = bracket_end(s, true);

    return n ? n : bracket_end(s, false);
}

/*
 * Where the '<' of `Name <path>`, `"Na me"<path>` and `(comment)<path>` stands, which Exim and Postfix
 * take for the path (*length bytes, to its '>'); s.n where there is none. A '<' behind an '=' is a parameter's, as in AUTH=<>.
 */
static size_t bracket_behind_name(struct span s, size_t *length)
{
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && quoted)
            i++;
        else if (s.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && s.p[i] == '=')
            break;
        else if (!quoted && s.p[i] == '<') {
            *length = bracketed_length(span_from(s, i));
            return *length ? i : s.n;
        }
    }
    return s.n;
}

/* The path at or behind the start of s, which is moved to what follows it. */
static struct span take_path(struct span *s, bool *odd)
{
    size_t n = 0, at = bracket_behind_name(*s, &n);
    struct span path;

    *odd |= at > 0 || !s->n;
    if (at < s->n)
        *s = span_from(*s, at);
    else if (!(n = bare_end(*s, true)))
        n = bare_end(*s, false);
    path = span_head(*s, n);
    *s = skip_blanks(span_from(*s, n));
    return path;
}

struct command_path command_path_parse(struct span argument, struct span keyword)
{
    struct command_path r = {{NULL, 0}, {NULL, 0}, false};
    struct span s = argument, path;

    if (span_starts_nocase(s, keyword)) {
        s = skip_blanks(span_from(s, keyword.n));
        if (s.n && s.p[0] == ':')
            s = skip_blanks(span_from(s, 1));
        else
            r.odd = true;
    } else {
        r.odd = true;
    }
    path = take_path(&s, &r.odd);
    if (path.n)
        r.path = path;
    r.params = s;
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

/* As sscanf's %u of a 64-bit machine: saturates at 2^64, keeps 32 bits of that. */
static bool take_number(struct span *s, struct command_bdat *r)
{
    bool sign = s->n && (s->p[0] == '-' || s->p[0] == '+'), minus = sign && s->p[0] == '-';
    uint64_t n = 0;
    size_t i = sign;

    for (; i < s->n && ascii_digit(s->p[i]); i++)
        n = n > (UINT64_MAX - 9) / 10 ? UINT64_MAX : n * 10 + (s->p[i] - '0');
    if (i == sign)
        return false;
    r->odd |= sign || n > UINT32_MAX;
    r->size = (uint32_t)(minus && n != UINT64_MAX ? -n : n);
    *s = span_from(*s, i);
    return true;
}

struct command_bdat command_bdat_parse(struct span argument)
{
    struct command_bdat r = {false, false, false, 0};
    struct span rest = argument;

    if (!take_number(&rest, &r))
        return r;
    r.odd |= rest.n && !is_blank(rest.p[0]);
    rest = skip_blanks(rest);
    r.last = span_eq_nocase(rest, SPAN("LAST"));
    r.odd |= rest.n && !r.last;
    r.valid = !r.odd;
    return r;
}

static bool is_word_before_blank(struct span s, size_t at, struct span word)
{
    return at < s.n && s.n - at > word.n && is_blank(s.p[at + word.n]) && span_starts_nocase(span_from(s, at), word);
}

size_t command_auth_within(struct span argument)
{
    for (size_t i = scan_any3(argument, 0, 'H', 'h', '-'); i < argument.n; i = scan_any3(argument, i + 1, 'H', 'h', '-')) {
        if (argument.p[i] != '-' && i >= 3 && is_word_before_blank(argument, i - 3, SPAN("AUTH")))
            return i - 3;
        if (argument.p[i] == '-' && i >= 1 && is_word_before_blank(argument, i - 1, SPAN("X-EXPS")))
            return i - 1;
    }
    return argument.n;
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
