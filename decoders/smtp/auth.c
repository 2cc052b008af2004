/* SPDX-License-Identifier: Apache-2.0 */
/* auth: base64 decoded byte by byte into hashes, never into memory. */
#define _GNU_SOURCE
#include "decoders/smtp/auth.h"

#include "decoders/smtp/command_line.h"

/* Where in an exchange the user name stands. */
enum user_how { USER_NONE, USER_PLAIN, USER_LOGIN, USER_FIRST_WORD, USER_ATTRIBUTE };

/* Client lines of an exchange without and with an initial response (RFC 4616, 2195, 7628; LOGIN).
 */
static const struct {
    struct span name;
    uint8_t lines, lines_initial, user;
} mechanisms[] = {
#define MECHANISM(name, lines, initial, user)                                                      \
    {{(const uint8_t *)(name), sizeof(name) - 1}, lines, initial, user}
    MECHANISM("PLAIN", 1, 0, USER_PLAIN),
    MECHANISM("LOGIN", 2, 1, USER_LOGIN),
    MECHANISM("CRAM-MD5", 1, 1, USER_FIRST_WORD),
    MECHANISM("XOAUTH2", 1, 0, USER_ATTRIBUTE),
    MECHANISM("OAUTHBEARER", 1, 0, USER_NONE),
    MECHANISM("EXTERNAL", 1, 0, USER_NONE),
    MECHANISM("DIGEST-MD5", 2, 2, USER_NONE),
    MECHANISM("NTLM", 2, 1, USER_NONE),
    MECHANISM("GSSAPI", 3, 2, USER_NONE),
    MECHANISM("SCRAM-SHA-1", 3, 2, USER_NONE),
    MECHANISM("SCRAM-SHA-256", 3, 2, USER_NONE),
#undef MECHANISM
};

static const uint64_t HASH_BASE = UINT64_C(0x9e3779b97f4a7c15);

static void hash_start(struct auth_hash *h)
{
    *h = (struct auth_hash){.power = 1};
}

static void hash_byte(struct auth_hash *h, uint8_t c)
{
    h->hash = h->hash * HASH_BASE + c + 1;
    h->power *= HASH_BASE;
    h->n++;
}

static void keep_secret(struct auth *a, struct auth_hash *h)
{
    if (h->n >= AUTH_SECRET_MIN) {
        a->secrets[a->secrets_next] = *h;
        a->secrets_next = (uint8_t)((a->secrets_next + 1) % AUTH_SECRETS);
        if (a->secrets_n < AUTH_SECRETS)
            a->secrets_n++;
    }
    hash_start(h);
}

static bool is_user_byte(struct auth *a, uint8_t c)
{
    switch (a->user_how) {
    case USER_PLAIN:
        return a->field == 1 && c;
    case USER_LOGIN:
        return a->line == 0 && c;
    case USER_FIRST_WORD:
        if (c == ' ')
            a->field = 1;
        return a->field == 0;
    case USER_ATTRIBUTE: /* "user=name" 0x01 "auth=Bearer ..." */
        if (c == 1)
            a->field = 1;
        return a->field == 0 && a->decoded.n > 5;
    default:
        return false;
    }
}

static void decoded_byte(struct auth *a, uint8_t c)
{
    if (c)
        hash_byte(&a->decoded, c);
    else
        keep_secret(a, &a->decoded);
    if (a->keep_user && is_user_byte(a, c))
        buf_add_byte(&a->user, c);
    if (!c && a->field < UINT8_MAX)
        a->field++;
}

static int base64_value(uint8_t c)
{
    if (ascii_alpha(c))
        return c >= 'a' ? c - 'a' + 26 : c - 'A';
    if (ascii_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What was kept is no user's name, or may be none: it is wiped. */
static void no_user(struct auth *a)
{
    a->user_how = USER_NONE;
    if (a->user.n)
        explicit_bzero(a->user.p, a->user.n);
    buf_free(&a->user);
}

void auth_lost(struct auth *a)
{
    if (a->line == 0)
        no_user(a);
    a->user_how = USER_NONE;
}

static void raw_byte(struct auth *a, uint8_t c)
{
    int v = base64_value(c);

    if (c == '\r')
        return;
    hash_byte(&a->raw, c);
    if (v < 0 && c != '=' && a->user_how != USER_NONE)
        no_user(a); /* no base64, so no response: a command, or a password as it is */
    if (v < 0)
        return;
    a->bits = (uint16_t)((a->bits << 6 | v) & 0xfff);
    a->bits_n = (uint8_t)(a->bits_n + 6);
    if (a->bits_n >= 8) {
        a->bits_n = (uint8_t)(a->bits_n - 8);
        decoded_byte(a, (uint8_t)(a->bits >> a->bits_n));
    }
}

static void line_start(struct auth *a)
{
    a->field = 0;
    a->bits = a->bits_n = 0;
    hash_start(&a->raw);
    hash_start(&a->decoded);
}

void auth_bytes(struct auth *a, struct span piece)
{
    for (size_t i = 0; i < piece.n; i++)
        raw_byte(a, piece.p[i]);
}

void auth_line_end(struct auth *a)
{
    keep_secret(a, &a->raw);
    keep_secret(a, &a->decoded);
    line_start(a);
    if (a->line < UINT8_MAX)
        a->line++;
}

static bool ends_word(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void auth_stray(struct auth *a, struct span lines)
{
    bool keep_user = a->keep_user;

    a->keep_user = false;
    while (lines.n) {
        size_t n = 0;

        while (n < lines.n && !ends_word(lines.p[n]))
            n++;
        line_start(a);
        auth_bytes(a, span_head(lines, n));
        keep_secret(a, &a->raw);
        keep_secret(a, &a->decoded);
        lines = span_from(lines, n < lines.n ? n + 1 : n);
    }
    line_start(a);
    a->keep_user = keep_user;
}

static bool is_mechanism_char(uint8_t c)
{
    return ascii_alnum(c) || c == '-' || c == '_';
}

/* A word that is no mechanism's name may be a misplaced password: nothing of it is kept. */
static void set_mechanism(struct auth *a, struct command_auth c)
{
    for (size_t i = 0; i < c.mechanism.n; i++)
        if (!is_mechanism_char(c.mechanism.p[i]))
            return;
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++) {
        if (!span_eq_nocase(c.mechanism, mechanisms[i].name))
            continue;
        memcpy(a->mechanism, mechanisms[i].name.p, mechanisms[i].name.n);
        a->mechanism_n = (uint8_t)mechanisms[i].name.n;
        a->responses = c.initial.p ? mechanisms[i].lines_initial : mechanisms[i].lines;
        a->user_how = mechanisms[i].user;
        return;
    }
}

void auth_begin(struct auth *a, struct mem *m, struct span argument, bool keep_user)
{
    struct command_auth c = command_auth_parse(argument);

    a->mechanism_n = 0;
    a->responses = 1;
    a->user_how = USER_NONE;
    a->keep_user = keep_user;
    a->line = 0;
    buf_free(&a->user);
    buf_init(&a->user, m, AUTH_USER_MAX);
    line_start(a);
    set_mechanism(a, c);
    if (!a->mechanism_n)
        auth_stray(a, c.mechanism);
    if (!c.initial.p)
        return;
    auth_bytes(a, c.initial);
    auth_line_end(a);
}

static bool contains(struct span text, const struct auth_hash *secret)
{
    uint64_t h = 0;

    for (size_t i = 0; i < text.n; i++) {
        h = h * HASH_BASE + text.p[i] + 1;
        if (i >= secret->n)
            h -= (text.p[i - secret->n] + UINT64_C(1)) * secret->power;
        if (i + 1 >= secret->n && h == secret->hash)
            return true;
    }
    return false;
}

bool auth_echoed(const struct auth *a, struct span text)
{
    for (unsigned i = 0; i < a->secrets_n; i++)
        if (contains(text, &a->secrets[i]))
            return true;
    return false;
}

struct span auth_mechanism(const struct auth *a)
{
    return a->mechanism_n ? span_of(a->mechanism, a->mechanism_n) : (struct span){NULL, 0};
}

void auth_free(struct auth *a)
{
    buf_free(&a->user);
    explicit_bzero(a, sizeof(*a));
}
