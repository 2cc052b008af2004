/* SPDX-License-Identifier: Apache-2.0 */
/* share_folder: a few places beside the program, then the one it was built for. */
#include "sensor/judge/share_folder.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const char *found(const char *folder, const char *name, struct arena *a)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (n < 0 || n >= (int)sizeof(path) || access(path, R_OK) != 0)
        return NULL;
    return (const char *)arena_dup(a, span_of(path, (size_t)n + 1)).p;
}

/* The folder of the program, without a final slash. */
static bool own_folder(char folder[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);

    while (n > 0 && folder[n - 1] != '/')
        n--;
    if (n <= 1)
        return false;
    folder[n - 1] = 0;
    return true;
}

/* Beside the program: installed, or in a source tree, which is known by its decoders/. */
static const char *beside(const char *own, const char *name, struct arena *a)
{
    static const char *const trees[] = {"..", "../.."};
    char folder[PATH_MAX + 32];
    const char *path;

    snprintf(folder, sizeof(folder), "%s/../share/mxtap", own);
    path = found(folder, name, a);
    for (size_t i = 0; i < sizeof(trees) / sizeof(*trees) && !path; i++) {
        snprintf(folder, sizeof(folder), "%s/%s/decoders", own, trees[i]);
        if (access(folder, X_OK) != 0)
            continue;
        snprintf(folder, sizeof(folder), "%s/%s/share", own, trees[i]);
        path = found(folder, name, a);
    }
    return path;
}

const char *share_folder_has(const char *name, struct arena *a)
{
    char own[PATH_MAX];
    const char *path = own_folder(own) ? beside(own, name, a) : NULL;

    return path ? path : found(MXTAP_SHARE, name, a);
}
