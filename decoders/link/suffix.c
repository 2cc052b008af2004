/* SPDX-License-Identifier: Apache-2.0 */
/* suffix: the only file that includes libpsl. */
#include "decoders/link/suffix.h"

#include <libpsl.h>

enum { HOST_MAX = 255, COUNTRIES = 26 * 26 };

/* country[] answers for the two-letter TLDs without a look-up: running text asks for them most. */
struct suffix {
    struct mem *mem;
    const psl_ctx_t *list;
    psl_ctx_t *loaded; /* NULL where list is the built-in one */
    bool country[COUNTRIES];
};

static void learn_countries(struct suffix *s)
{
    char tld[3] = "aa";

    for (int i = 0; i < COUNTRIES; i++) {
        tld[0] = (char)('a' + i / 26);
        tld[1] = (char)('a' + i % 26);
        s->country[i] = psl_is_public_suffix2(s->list, tld, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
    }
}

struct suffix *suffix_new(struct mem *m, const char *file)
{
    struct suffix *s = mem_zalloc(m, sizeof(*s));

    if (!s)
        return NULL;
    s->mem = m;
    if (file)
        s->list = s->loaded = psl_load_file(file);
    else
        s->list = psl_builtin();
    if (!s->list) {
        mem_free(m, s, sizeof(*s));
        return NULL;
    }
    learn_countries(s);
    return s;
}

void suffix_free(struct suffix *s)
{
    if (!s)
        return;
    psl_free(s->loaded);
    mem_free(s->mem, s, sizeof(*s));
}

static bool terminated(struct span host, char text[HOST_MAX + 1])
{
    if (!host.n || host.n > HOST_MAX || memchr(host.p, 0, host.n))
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    return true;
}

struct span suffix_registrable(const struct suffix *s, struct span host)
{
    char text[HOST_MAX + 1];
    const char *found;

    if (!terminated(host, text) || text[0] == '.')
        return (struct span){NULL, 0};
    found = psl_registrable_domain(s->list, text);
    return found ? span_from(host, (size_t)(found - text)) : (struct span){NULL, 0};
}

bool suffix_is_tld(const struct suffix *s, struct span tld)
{
    char text[HOST_MAX + 1];

    if (tld.n == 2 && (uint8_t)(tld.p[0] - 'a') < 26 && (uint8_t)(tld.p[1] - 'a') < 26)
        return s->country[(tld.p[0] - 'a') * 26 + (tld.p[1] - 'a')];
    if (memchr(tld.p, '.', tld.n) || !terminated(tld, text))
        return false;
    return psl_is_public_suffix2(s->list, text, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool suffix_is_icann(const struct suffix *s, struct span host)
{
    char text[HOST_MAX + 1];

    return terminated(host, text) && psl_is_public_suffix2(s->list, text, PSL_TYPE_ICANN) != 0;
}
