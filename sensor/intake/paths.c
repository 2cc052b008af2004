/* SPDX-License-Identifier: Apache-2.0 */
/* paths: looks every path up before the first one is opened, so that a slip of the pen costs
 * nothing. */
#include "sensor/intake/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/language.h"

enum { FILES_MAX = 1 << 20 };

static struct span base_of(const char *name)
{
    const char *slash = strrchr(name, '/');

    return span_cstr(slash ? slash + 1 : name);
}

static bool add(struct list *l, struct arena *a, const char *name, bool from_folder)
{
    struct path *p = list_add(l, a, sizeof(*p), FILES_MAX);

    if (p)
        *p = (struct path){name, base_of(name), from_folder};
    return p != NULL;
}

static const char *join(struct arena *a, const char *folder, const char *name)
{
    size_t n = strlen(folder), m = strlen(name);
    char *out = arena_zalloc(a, n + m + 2);
    bool slash = n && folder[n - 1] != '/';

    if (out)
        sprintf(out, "%s%s%s", folder, slash ? "/" : "", name);
    return out;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool add_folder(struct list *l, struct arena *a, const char *folder)
{
    struct dirent **names;
    int n = scandir(folder, &names, not_hidden, by_bytes);
    bool ok = n >= 0;

    for (int i = 0; i < n; i++) {
        struct stat st;
        const char *name = ok ? join(a, folder, names[i]->d_name) : NULL;

        ok = name != NULL;
        if (ok && (stat(name, &st) != 0 || !S_ISDIR(st.st_mode)))
            ok = add(l, a, name, true);
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
        errno = ok ? 0 : ENOMEM;
    }
    return ok;
}

static bool add_path(struct list *l, struct arena *a, const char *name)
{
    struct stat st;

    errno = ENOMEM;
    if (strcmp(name, "-") == 0)
        return add(l, a, name, false);
    if (stat(name, &st) != 0)
        return false;
    if (S_ISDIR(st.st_mode))
        return add_folder(l, a, name);
    if (access(name, R_OK) != 0)
        return false;
    errno = ENOMEM;
    return add(l, a, name, false);
}

struct path *paths_expand(struct arena *a, const char *const *paths, unsigned n, unsigned *out_n,
                          char err[512])
{
    struct list l = {0};

    for (unsigned i = 0; i < n; i++) {
        uint32_t before = l.n;

        if (!add_path(&l, a, paths[i])) {
            snprintf(err, 512, "%.400s: %s", paths[i], strerror(errno));
            return NULL;
        }
        if (l.n == before) {
            snprintf(err, 512, _("%.400s: no file in this folder"), paths[i]);
            return NULL;
        }
    }
    *out_n = l.n;
    return l.items;
}

bool path_names_a_capture(struct span base)
{
    static const char *const ends[] = {".pcap", ".pcapng", ".cap", ".dmp"};

    if (span_ends_nocase(base, SPAN(".gz")))
        base.n -= 3;
    else if (span_ends_nocase(base, SPAN(".zst")))
        base.n -= 4;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (span_ends_nocase(base, span_cstr(ends[i])))
            return true;
    return false;
}
