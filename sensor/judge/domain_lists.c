/* SPDX-License-Identifier: Apache-2.0 */
/* domain_lists: one keyed set a file. */
#include "sensor/judge/domain_lists.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/judge/operator_file.h"
#include "sensor/language.h"

enum { ENTRIES_MOST = 5000000, ENTRY_BYTES = 255, MAILER_BYTES = 80, PATH_BYTES = 4096 };

struct one_list {
    struct name_set set;
    struct list entries; /* struct span */
};

struct domain_lists {
    struct mem *mem;
    struct arena arena;
    struct one_list lists[DOMAIN_LISTS_N];
};

static const char *const file_names[] = {
#define X(id, file, meaning) [id] = file,
    DOMAIN_LISTS(X)
#undef X
};

static struct span lowered(struct arena *a, struct span s)
{
    struct span copy = arena_dup(a, s);

    for (size_t i = 0; copy.p && i < copy.n; i++)
        ((uint8_t *)(uintptr_t)copy.p)[i] = ascii_lower(copy.p[i]);
    return copy;
}

/* NULL or what is wrong with the entry. */
static const char *unfit(enum domain_list which, struct span entry)
{
    bool words = which == LIST_BULK_MAILER || which == LIST_SUBSCRIBER;

    if (entry.n > ENTRY_BYTES)
        return _("too long");
    if (words)
        return NULL;
    if (span_find(entry, 0, '.') == entry.n || span_find(entry, 0, ' ') < entry.n || span_find(entry, 0, '/') < entry.n ||
        span_find(entry, 0, '@') < entry.n)
        return _("no domain name");
    return NULL;
}

static bool add_entry(struct domain_lists *l, enum domain_list which, struct span line)
{
    struct one_list *list = &l->lists[which];
    struct span entry = lowered(&l->arena, line), *slot;
    uint32_t had;

    if (!entry.p || !name_set_add(&list->set, entry, list->entries.n + 1, &had))
        return false;
    slot = had ? NULL : list_add(&list->entries, &l->arena, sizeof(*slot), ENTRIES_MOST);
    if (slot)
        *slot = entry;
    return slot || had;
}

static bool read_list(struct domain_lists *l, enum domain_list which, const char *path, char err[256])
{
    struct operator_file file;
    struct span line;
    bool ok = true;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    if (!operator_file_open(&file, l->mem, path, err))
        return false;
    while (ok && operator_file_next(&file, &line)) {
        const char *why = unfit(which, line);

        if (why)
            operator_file_wrong(&file, line, why);
        else
            ok = add_entry(l, which, line);
    }
    operator_file_end(&file);
    operator_file_close(&file);
    if (!ok)
        snprintf(err, 256, _("%.150s: no memory for so many entries"), path);
    return ok;
}

static bool read_all(struct domain_lists *l, const char *dir, char err[256])
{
    char path[PATH_BYTES];

    if (access(dir, R_OK | X_OK) != 0) {
        snprintf(err, 256, "%.150s: %s", dir, strerror(errno));
        return false;
    }
    for (unsigned i = 0; i < DOMAIN_LISTS_N; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, file_names[i]);
        if (!read_list(l, (enum domain_list)i, path, err))
            return false;
    }
    return true;
}

struct domain_lists *domain_lists_open(struct mem *m, const struct hash_key *key, const char *dir, char err[256])
{
    struct domain_lists *l = mem_zalloc(m, sizeof(*l));

    snprintf(err, 256, _("no memory for lists"));
    if (!l)
        return NULL;
    l->mem = m;
    arena_init(&l->arena, m, SIZE_MAX);
    for (unsigned i = 0; i < DOMAIN_LISTS_N; i++)
        l->lists[i].set = (struct name_set){.mem = m, .key = key};
    if (dir && !read_all(l, dir, err)) {
        domain_lists_close(l);
        return NULL;
    }
    return l;
}

void domain_lists_close(struct domain_lists *l)
{
    if (!l)
        return;
    for (unsigned i = 0; i < DOMAIN_LISTS_N; i++)
        name_set_free(&l->lists[i].set);
    arena_free(&l->arena);
    mem_free(l->mem, l, sizeof(*l));
}

bool list_has_tail(const struct domain_lists *l, enum domain_list which, const struct name_tails *host)
{
    struct span found;

    return name_set_find_tail(&l->lists[which].set, host, &found) != 0;
}

bool list_has(const struct domain_lists *l, enum domain_list which, struct span host)
{
    struct span found;

    return name_set_find_domain(&l->lists[which].set, host, &found) != 0;
}

struct span list_beginning(const struct domain_lists *l, enum domain_list which, struct span text)
{
    const struct one_list *list = &l->lists[which];
    uint8_t lower[MAILER_BYTES];
    uint32_t at;

    text = span_head(text, MAILER_BYTES);
    for (size_t i = 0; i < text.n; i++)
        lower[i] = ascii_lower(text.p[i]);
    for (size_t n = text.n; n > 0; n--) {
        if (n < text.n && ascii_alnum(lower[n]) && ascii_alnum(lower[n - 1]))
            continue;
        at = name_set_find(&list->set, span_of(lower, n));
        if (at)
            return ((const struct span *)list->entries.items)[at - 1];
    }
    return (struct span){NULL, 0};
}

struct span list_word_in(const struct domain_lists *l, enum domain_list which, struct span host)
{
    const struct name_set *set = &l->lists[which].set;
    size_t begin = 0;

    for (size_t i = 0; i <= host.n; i++) {
        struct span word = span_of(host.p + begin, i - begin);

        if (i < host.n && ascii_alpha(host.p[i]))
            continue;
        if (word.n && name_set_find(set, word))
            return word;
        begin = i + 1;
    }
    return (struct span){NULL, 0};
}

uint32_t list_count(const struct domain_lists *l, enum domain_list which)
{
    return l->lists[which].entries.n;
}

struct span list_at(const struct domain_lists *l, enum domain_list which, uint32_t i)
{
    return ((const struct span *)l->lists[which].entries.items)[i];
}
