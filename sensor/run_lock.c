/* SPDX-License-Identifier: Apache-2.0 */
/* run_lock: rules name folders, since files are replaced by rename and opened again on SIGHUP. */
#include "sensor/run_lock.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "decoders/link/suffix.h"
#include "decoders/mail/charset_hold.h"
#include "sensor/intake/landlock.h"
#include "sensor/intake/seccomp_filter.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/publish/redis_url.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* its runtime asks for what we give up: ptrace for leaks, /proc for reports */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { FOLDER = 1024 };

static const char *folder_of(const char *path, char folder[FOLDER])
{
    const char *end = strrchr(path, '/');

    if (!end)
        return ".";
    snprintf(folder, FOLDER, "%.*s", end == path ? 1 : (int)(end - path), path);
    return folder;
}

/* A device or a pipe is that and nothing beside it. */
static void allow_file(struct landlock *l, const char *path, void (*allow)(struct landlock *l, const char *path))
{
    char folder[FOLDER];
    struct stat st;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        allow(l, path);
    else
        allow(l, folder_of(path, folder));
}

static void allow_files(struct landlock *l, const struct options *o)
{
    const struct judge_options *j = &o->judge;
    const char *suffixes = j->suffix ? j->suffix : suffix_builtin_file();

    for (unsigned i = 0; i < j->geoip_n; i++)
        allow_file(l, j->geoip[i], landlock_allow_read);
    for (unsigned i = 0; i < j->watchlists_n; i++)
        allow_file(l, j->watchlists[i], landlock_allow_read);
    if (j->brands)
        allow_file(l, j->brands, landlock_allow_read);
    if (suffixes)
        allow_file(l, suffixes, landlock_allow_read);
    if (j->lists)
        landlock_allow_read(l, j->lists);
    if (o->json && strcmp(o->json, "-") != 0)
        allow_file(l, o->json, landlock_allow_write);
    if (o->redis.spool)
        landlock_allow_write(l, o->redis.spool);
}

/* TCP ports that Redis needs: none, one, or any: where others say later which server it is. */
enum { PORT_NONE = 0, PORT_ANY = -1 };

static int redis_port(const struct options *o)
{
    struct redis_url url;
    char err[256];
    int port = PORT_NONE;

    if (!o->redis_wanted || redis_url_parse(o->redis.url, &url, err, sizeof(err)) != 0)
        return PORT_NONE;
    if (!url.path)
        port = url.host ? url.port : PORT_ANY;
    redis_url_free(&url);
    return port;
}

static void say(const struct landlock *l, int port)
{
    if (port == PORT_ANY)
        log_line(LOG_NOTE, "locked: files under the folders of its options and lists, TCP to any port (others name the server), no other program");
    else if (l->abi < 4)
        log_line(LOG_NOTE, "locked: files under the folders of its options and lists, TCP to any port (this kernel cannot restrict it), no other program");
    else if (port)
        log_line(LOG_NOTE, "locked: files under the folders of its options and lists, TCP to port %d, no other program", port);
    else
        log_line(LOG_NOTE, "locked: files under the folders of its options and lists, no TCP, no other program");
}

static void *leave(void *unused)
{
    pthread_exit(unused);
}

/*
 * What libraries load at first use is loaded now, while memory may still become executable: iconv's converters, held for as long as the
 * process is there, and the unwinder, without which libc aborts where a thread ends by pthread_exit (as those of getaddrinfo_a do).
 */
static bool load_late_code(char err[256])
{
    static struct mem mem;
    pthread_t thread;

    mem_init(&mem, 0);
    if (charset_hold_new(&mem) && pthread_create(&thread, NULL, leave, NULL) == 0 && pthread_join(thread, NULL) == 0)
        return true;
    snprintf(err, 256, _("no memory for what must be loaded before the lock"));
    return false;
}

bool run_lock_files(const struct options *o, char err[256])
{
    struct landlock l;
    int port = redis_port(o);

    if (SANITIZED)
        return true;
    if (!load_late_code(err))
        return false;
    if (!landlock_begin(&l, port != PORT_ANY)) {
        log_line(LOG_NOTE, "this kernel has no Landlock: files and ports are not locked");
        return true;
    }
    allow_files(&l, o);
    if (port > 0)
        landlock_allow_connect(&l, (uint16_t)port);
    if (!landlock_enforce(&l, err))
        return false;
    say(&l, port);
    return true;
}

bool run_lock_calls(int door, char err[256])
{
    return SANITIZED || seccomp_filter_enforce(door, err);
}
