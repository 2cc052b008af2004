/* SPDX-License-Identifier: Apache-2.0 */
/* auth: mechanism names and how many lines each of them takes. */
#include "decoders/smtp/auth.h"

#include "decoders/smtp/command_line.h"

/* Client lines of an exchange without and with an initial response (RFC 4616, 2195, 7628; LOGIN). */
static const struct {
    struct span name;
    uint8_t lines, lines_initial;
} mechanisms[] = {
#define MECHANISM(name, lines, initial) {{(const uint8_t *)(name), sizeof(name) - 1}, lines, initial}
    MECHANISM("PLAIN", 1, 0),       MECHANISM("LOGIN", 2, 1),     MECHANISM("CRAM-MD5", 1, 1),
    MECHANISM("XOAUTH2", 1, 0),     MECHANISM("EXTERNAL", 1, 0),  MECHANISM("OAUTHBEARER", 1, 0),
    MECHANISM("DIGEST-MD5", 2, 2),  MECHANISM("NTLM", 2, 1),      MECHANISM("GSSAPI", 3, 2),
    MECHANISM("SCRAM-SHA-1", 3, 2), MECHANISM("SCRAM-SHA-256", 3, 2),
#undef MECHANISM
};

static bool is_mechanism_char(uint8_t c)
{
    return ascii_alnum(c) || c == '-' || c == '_';
}

void auth_begin(struct auth *a, struct span argument)
{
    struct command_auth c = command_auth_parse(argument);

    a->mechanism_n = 0;
    a->responses = 1;
    /* A word that cannot be a mechanism may be a misplaced password: none of it is kept. */
    if (c.mechanism.n > AUTH_MECHANISM_MAX)
        return;
    for (size_t i = 0; i < c.mechanism.n; i++)
        if (!is_mechanism_char(c.mechanism.p[i]))
            return;
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
        if (span_eq_nocase(c.mechanism, mechanisms[i].name)) {
            memcpy(a->mechanism, mechanisms[i].name.p, mechanisms[i].name.n);
            a->mechanism_n = (uint8_t)mechanisms[i].name.n;
            a->responses = c.initial.p ? mechanisms[i].lines_initial : mechanisms[i].lines;
            return;
        }
}

struct span auth_mechanism(const struct auth *a)
{
    return a->mechanism_n ? span_of(a->mechanism, a->mechanism_n) : (struct span){NULL, 0};
}
