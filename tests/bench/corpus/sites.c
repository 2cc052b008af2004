/* SPDX-License-Identifier: Apache-2.0 */
/* The senders of the corpus, and the URLs they put into their mails. */
#include "sites.h"

#include <ctype.h>
#include <stdio.h>

static const char *const SUFFIX[] = {"com", "com", "com", "co.jp", "jp",    "net",
                                     "de",  "org", "fr",  "co.uk", "ne.jp", "com.cn"};
static const char *const WORD[] = {"spring",  "summer", "travel", "garden", "books", "audio",
                                   "kitchen", "shoes",  "office", "outlet", "music", "health",
                                   "sport",   "tools",  "gifts",  "news"};
enum { SUFFIXES = sizeof(SUFFIX) / sizeof(SUFFIX[0]), WORD_COUNT = sizeof(WORD) / sizeof(WORD[0]) };

static void make_name(struct prng *p, char *out, uint32_t syllables)
{
    for (; syllables; syllables--) {
        *out++ = "bdfgklmnprstvz"[prng_below(p, 14)];
        *out++ = "aeiou"[prng_below(p, 5)];
    }
    *out = 0;
}

void site_make(struct prng *p, struct site *s, uint32_t syllables)
{
    make_name(p, s->brand, syllables);
    snprintf(s->domain, sizeof(s->domain), "%s-example.%s", s->brand,
             SUFFIX[prng_below(p, SUFFIXES)]);
    s->brand[0] = (char)toupper((unsigned char)s->brand[0]);
}

void sites_make(struct prng *p, struct site sites[SITES])
{
    for (uint32_t i = 0; i < SITES; i++)
        site_make(p, &sites[i], prng_between(p, 3, 5));
}

const struct site *sites_pick(struct prng *p, const struct site sites[SITES])
{
    uint32_t top = SITES;
    while (top > 8 && prng_chance(p, 600))
        top /= 3;
    return &sites[prng_below(p, top)];
}

static const char *word(struct prng *p)
{
    return WORD[prng_below(p, WORD_COUNT)];
}

static unsigned number(struct prng *p, unsigned digits_max)
{
    return prng_below(p, digits_max);
}

static void url_track(struct prng *p, const struct site *s, char out[URL_MOST])
{
    unsigned long long user = prng_next(p), link = prng_next(p);

    switch (prng_below(p, 3)) {
    case 0:
        snprintf(out, URL_MOST,
                 "https://click.%s/track/click?u=%016llx&id=%08x&e=%08x&utm_source=newsletter"
                 "&utm_medium=email&utm_campaign=%s_%u",
                 s->domain, user, (unsigned)link, (unsigned)(link >> 32), word(p), number(p, 100));
        return;
    case 1:
        snprintf(out, URL_MOST, "https://links.%s/ls/click?upn=%016llx%016llx-2B%08x_%s", s->domain,
                 user, link, number(p, 1u << 31), word(p));
        return;
    default:
        snprintf(out, URL_MOST, "http://t.%s/r/?id=h%x,%x,%u&p1=%s&p2=%%E6%%98%%A5#top", s->domain,
                 (unsigned)user, (unsigned)link, number(p, 9), word(p));
    }
}

void url_make(struct prng *p, const struct site *s, enum url_kind kind, char out[URL_MOST])
{
    static const uint16_t sizes[] = {120, 200, 300, 600};

    switch (kind) {
    case TRACK: url_track(p, s, out); return;
    case PAGE:
        snprintf(out, URL_MOST, "https://www.%s/%s/%s-%u.html", s->domain, word(p), word(p),
                 number(p, 5000));
        return;
    case PRODUCT:
        snprintf(out, URL_MOST, "https://shop.%s/products/%s-%05u?ref=mail&variant=%u&list=%s",
                 s->domain, word(p), number(p, 100000), number(p, 9), word(p));
        return;
    case IMAGE:
        snprintf(out, URL_MOST, "https://cdn.%s/images/2024/%02u/%s_%u_%ux%u.%s", s->domain,
                 1 + number(p, 12), word(p), number(p, 3000), sizes[prng_below(p, 4)],
                 sizes[prng_below(p, 4)], prng_chance(p, 700) ? "jpg" : "png");
        return;
    case UNSUBSCRIBE:
        snprintf(out, URL_MOST, "https://www.%s/unsubscribe?id=%016llx&list=%u", s->domain,
                 (unsigned long long)prng_next(p), number(p, 40));
        return;
    case PIXEL:
        snprintf(out, URL_MOST, "https://open.%s/o.gif?m=%016llx&r=%08x", s->domain,
                 (unsigned long long)prng_next(p), number(p, 1u << 31));
        return;
    case HOME: snprintf(out, URL_MOST, "https://www.%s/", s->domain); return;
    case BARE_WWW: snprintf(out, URL_MOST, "www.%s", s->domain); return;
    case PICTURE:
        snprintf(out, URL_MOST, "https://%s/%s/%s%u.png", s->domain, word(p), word(p),
                 number(p, 100));
        return;
    case LURE:
        snprintf(out, URL_MOST, "https://%s/%s/?%s=%08x&id=%016llx", s->domain, word(p), word(p),
                 number(p, 1u << 31), (unsigned long long)prng_next(p));
        return;
    }
}
