/* SPDX-License-Identifier: Apache-2.0 */
/* check_files: may they be read or written by who goes on, and is there room; nothing is made or changed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sensor/check/check.h"
#include "sensor/language.h"
#include "sensor/metrics/metrics.h"

enum { FOLDER = 1024, LITTLE_MB = 100 };

/* --- what is read --- */

static void judged_by(struct said *s, const struct judge_options *j)
{
    if (j->brands)
        said(s, SAID_OK, "brands: %s", j->brands);
    if (j->lists)
        said(s, SAID_OK, "lists: %s", j->lists);
    for (unsigned i = 0; i < j->geoip_n; i++)
        said(s, SAID_OK, "countries and owners: %s", j->geoip[i]);
    for (unsigned i = 0; i < j->watchlists_n; i++)
        said(s, SAID_OK, "watchlist: %s", j->watchlists[i]);
    if (!j->geoip_n)
        said(s, SAID_NOTE, "no --geoip database: no countries, no owners of networks (docs/FILES.md: free ones)");
}

/* All are opened as a capture opens them: what would stop it stops here. */
static void what_is_read(struct said *s, struct options *o)
{
    struct judge *judge;
    char err[JUDGE_ERR];

    options_find_lists(o);
    judge = judge_open(&o->judge, err);
    if (!judge) {
        said(s, SAID_WRONG, "%s", err);
        said_way_out(s, "name another file, or leave the option out: then nothing is judged by it");
        return;
    }
    judge_release(judge);
    judged_by(s, &o->judge);
    if (!o->judge.brands && !o->no_brands)
        said(s, SAID_NOTE, "brands.txt is not installed: no finding names a brand (--brands FILE)");
}

/* --- what is written --- */

static const char *folder_of(const char *path, char folder[FOLDER])
{
    const char *end = strrchr(path, '/');

    snprintf(folder, FOLDER, "%.*s", !end ? 1 : end == path ? 1 : (int)(end - path), end ? path : ".");
    return folder;
}

/* MB free for us on the file system of an existing path; false where nobody tells. */
static bool room_mb(const char *path, uint64_t *mb)
{
    struct statvfs v;

    if (statvfs(path, &v) != 0)
        return false;
    *mb = (uint64_t)v.f_bavail * v.f_frsize >> 20;
    return true;
}

static void say_room(struct said *s, const char *what, const char *path, const char *on)
{
    uint64_t mb = 0;

    if (!room_mb(on, &mb))
        said(s, SAID_OK, "%s %s", what, path);
    else if (mb >= LITTLE_MB)
        said(s, SAID_OK, "%s %s can be written; %" PRIu64 " MB are free there", what, path, mb);
    else
        said(s, SAID_NOTE, "%s %s can be written, but only %" PRIu64 " MB are free there", what, path, mb);
}

static void not_written(struct said *s, const char *what, const char *path, int number)
{
    said(s, SAID_WRONG, "%s %s cannot be written: %s", what, path, strerror(number));
    if (number == EACCES)
        said_way_out(s, "it must belong to who the capture goes on as: chown mxtap: %s", path);
    else if (number == ENOENT)
        said_way_out(s, "make the folder that it is to lie in: install -d -o mxtap -g mxtap -m 700 FOLDER");
    else
        said_way_out(s, "name another place for it");
}

/* A file that is there is opened as it would be; one that is not could be made in its folder. */
static void json_file(struct said *s, const char *path)
{
    char folder[FOLDER];
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    bool ok = fd >= 0;
    int number = errno;

    if (ok)
        close(fd);
    else if (number == ENOENT && !(ok = faccessat(AT_FDCWD, folder_of(path, folder), W_OK | X_OK, AT_EACCESS) == 0))
        number = errno;
    if (ok)
        say_room(s, _("the file of records"), path, folder_of(path, folder));
    else
        not_written(s, _("the file of records"), path, number);
}

static void spool_folder(struct said *s, const char *path)
{
    char folder[FOLDER];
    struct stat st;
    const char *on = path;

    if (stat(path, &st) == 0)
        errno = S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    else if (errno == ENOENT) /* it is made there */
        errno = 0, on = folder_of(path, folder);
    if (errno) {
        not_written(s, _("the spool"), path, errno);
        return;
    }
    if (faccessat(AT_FDCWD, on, R_OK | W_OK | X_OK, AT_EACCESS) == 0)
        say_room(s, _("the spool"), path, on);
    else
        not_written(s, _("the spool"), path, errno);
}

static void metrics_place(struct said *s, const struct options *o)
{
    char err[METRICS_ERR];
    struct metrics *m = metrics_open(o->metrics, o->redis.alert_score, err);

    if (m) {
        said(s, SAID_OK, "Prometheus can be answered at %s", o->metrics);
    } else {
        said(s, SAID_WRONG, "%s", err);
        said_way_out(s, "ss -ltnp tells who listens there; a capture that runs already would be one");
    }
    metrics_free(m);
}

void check_files(struct said *s, struct options *o)
{
    what_is_read(s, o);
    if (o->json && strcmp(o->json, "-") != 0)
        json_file(s, o->json);
    if (o->metrics && o->ifaces_n)
        metrics_place(s, o);
    if (o->redis.spool)
        spool_folder(s, o->redis.spool);
    else if (o->redis_wanted && o->ifaces_n)
        said(s, SAID_NOTE, "no --spool folder: what Redis has not taken when mxtap ends is lost");
}
