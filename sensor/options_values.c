/* SPDX-License-Identifier: Apache-2.0 */
/* options_values: what a value may look like, and the sentence when it does not. */
#include "sensor/options_values.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"

enum { LABEL_MAX = 64, LIST_MAX = 4096 };

static bool digits(struct span s, uint64_t *out)
{
    uint64_t v = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || __builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *out = v;
    return true;
}

bool value_number(const char *s, uint64_t least, uint64_t most, uint64_t *out, char why[WHY])
{
    if (digits(span_cstr(s), out) && *out >= least && *out <= most)
        return true;
    snprintf(why, WHY, _("give a number from %llu to %llu"), (unsigned long long)least,
             (unsigned long long)most);
    return false;
}

/* The number before a one-letter unit; *unit is 0 where there is none. */
static bool with_unit(const char *s, uint64_t *number, char *unit)
{
    struct span text = span_cstr(s);

    *unit = 0;
    if (text.n && !ascii_digit(text.p[text.n - 1]))
        *unit = s[--text.n];
    return digits(text, number);
}

bool value_size(const char *s, uint64_t least, uint64_t most, uint64_t *out, char why[WHY])
{
    uint64_t v;
    char unit;
    unsigned shift;

    if (with_unit(s, &v, &unit)) {
        shift = unit == 0 ? 0 : unit == 'K' || unit == 'k' ? 10 : unit == 'M' || unit == 'm' ? 20 :
                unit == 'G' || unit == 'g' ? 30 : 64;
        if (shift < 64 && v <= UINT64_MAX >> shift && v << shift >= least && v << shift <= most) {
            *out = v << shift;
            return true;
        }
    }
    snprintf(why, WHY, _("give a size from %lluK to %lluM, such as 64M"),
             (unsigned long long)(least >> 10), (unsigned long long)(most >> 20));
    return false;
}

bool value_duration(const char *s, int64_t *out_us, char why[WHY])
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{0, 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t v;
    char unit;

    if (with_unit(s, &v, &unit))
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
            if (unit == units[i].unit && v <= UINT64_C(3650) * 86400 / units[i].seconds) {
                *out_us = (int64_t)(v * units[i].seconds * 1000000);
                return true;
            }
    snprintf(why, WHY, _("give a time such as 30, 30s, 15m, 12h or 1d (at most ten years)"));
    return false;
}

/* The next word of a list with commas; false at its end. */
static bool next_word(struct span list, size_t *at, struct span *word)
{
    size_t end;

    if (*at > list.n)
        return false;
    end = span_find(list, *at, ',');
    *word = span_trim(span_of(list.p + *at, end - *at));
    *at = end + 1;
    return true;
}

static int port_order(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static unsigned sort_once(uint16_t *ports, unsigned n)
{
    unsigned kept = 0;

    qsort(ports, n, sizeof(*ports), port_order);
    for (unsigned i = 0; i < n; i++)
        if (kept == 0 || ports[kept - 1] != ports[i])
            ports[kept++] = ports[i];
    return kept;
}

bool value_ports(const char *s, uint16_t *ports, unsigned max, unsigned *n, char why[WHY])
{
    struct span list = span_cstr(s), word;
    size_t at = 0;
    uint64_t v;

    *n = 0;
    if (span_eq(list, SPAN("any")))
        return true;
    while (next_word(list, &at, &word)) {
        if (!digits(word, &v) || v < 1 || v > 65535) {
            snprintf(why, WHY,
                     _("'%.*s' is no port: give numbers from 1 to 65535 with commas between, "
                     "or any"),
                     (int)(word.n < 64 ? word.n : 64), (const char *)word.p);
            return false;
        }
        if (*n == max) {
            snprintf(why, WHY, _("at most %u ports, or any"), max);
            return false;
        }
        ports[(*n)++] = (uint16_t)v;
    }
    *n = sort_once(ports, *n);
    return true;
}

bool value_networks(const char *s, struct arena *a, struct ip_net **out, unsigned *n, char why[WHY])
{
    struct list nets = {0};
    struct span list = span_cstr(s), word;
    size_t at = 0;

    *out = NULL;
    *n = 0;
    if (span_eq(list, SPAN("none")))
        return true;
    while (next_word(list, &at, &word)) {
        struct ip_net net, *slot;

        if (!ip_net_parse(word, &net)) {
            snprintf(why, WHY, _("'%.*s' is no network: give CIDR blocks such as 192.0.2.0/24 or "
                     "2001:db8::/32 with commas between, or none"),
                     (int)(word.n < 64 ? word.n : 64), (const char *)word.p);
            return false;
        }
        slot = list_add(&nets, a, sizeof(net), LIST_MAX);
        if (!slot) {
            snprintf(why, WHY, _("at most %d networks"), LIST_MAX);
            return false;
        }
        *slot = net;
    }
    *out = nets.items;
    *n = nets.n;
    return true;
}

bool value_names(const char *s, struct arena *a, struct span **out, unsigned *n, char why[WHY])
{
    struct list names = {0};
    struct span list = span_cstr(s), word;
    size_t at = 0;

    while (next_word(list, &at, &word)) {
        struct span *slot = word.n ? list_add(&names, a, sizeof(word), LIST_MAX) : NULL;

        if (!slot) {
            snprintf(why, WHY, _("give names with commas between (at most %d), none of them empty"),
                     LIST_MAX);
            return false;
        }
        *slot = word;
    }
    *out = names.items;
    *n = names.n;
    return true;
}

bool value_label(const char *s, char why[WHY])
{
    size_t n = strlen(s);
    bool ok = n >= 1 && n <= LABEL_MAX;

    for (size_t i = 0; i < n && ok; i++)
        ok = ascii_alnum((uint8_t)s[i]) || strchr("._-", s[i]);
    if (!ok)
        snprintf(why, WHY, _("give 1 to %d of the characters A-Z a-z 0-9 . _ -"), LABEL_MAX);
    return ok;
}

bool value_language(const char *s, char why[WHY])
{
    enum language language;

    if (!language_parse(s, &language)) {
        snprintf(why, WHY, "%s", _("give en (English) or ja (日本語)"));
        return false;
    }
    language_start(language);
    return true;
}

bool value_recipients(const char *s, enum recipients_mode *mode, char why[WHY])
{
    if (recipients_mode_parse(span_cstr(s), mode))
        return true;
    snprintf(why, WHY, _("give full, domain, hmac or none"));
    return false;
}
