/* SPDX-License-Identifier: Apache-2.0 */
/* The distinct URLs of one mail: the generator's truth about email.url. */
#include "urlset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;
    while (*s)
        h = (h ^ (uint8_t)*s++) * 16777619u;
    return h;
}

/* The slot where url is or belongs. */
static uint32_t find(const struct urlset *s, const char *url)
{
    uint32_t i = hash(url) & (s->slots - 1);
    while (s->slot[i] && strcmp(urlset_get(s, s->slot[i] - 1), url))
        i = (i + 1) & (s->slots - 1);
    return i;
}

static void grow(struct urlset *s)
{
    s->slots = s->slots ? s->slots * 2 : 64;
    free(s->slot);
    s->slot = calloc(s->slots, sizeof(*s->slot));
    s->at = realloc(s->at, s->slots / 2 * sizeof(*s->at));
    if (!s->slot || !s->at) {
        fputs("corpus: out of memory\n", stderr);
        exit(1);
    }
    for (uint32_t k = 0; k < s->count; k++)
        s->slot[find(s, urlset_get(s, k))] = k + 1;
}

void urlset_free(struct urlset *s)
{
    buf_free(&s->text);
    free(s->at);
    free(s->slot);
    memset(s, 0, sizeof(*s));
}

void urlset_reset(struct urlset *s)
{
    buf_reset(&s->text);
    s->count = 0;
    if (s->slots)
        memset(s->slot, 0, s->slots * sizeof(*s->slot));
}

void urlset_add(struct urlset *s, const char *url)
{
    if (s->count >= s->slots / 2)
        grow(s);
    uint32_t i = find(s, url);
    if (s->slot[i])
        return;
    s->at[s->count] = (uint32_t)s->text.len;
    s->slot[i] = ++s->count;
    buf_add(&s->text, url, strlen(url) + 1);
}

const char *urlset_get(const struct urlset *s, uint32_t i)
{
    return (const char *)s->text.data + s->at[i];
}
