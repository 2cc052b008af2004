/* SPDX-License-Identifier: Apache-2.0 */
/* savefile: opens a file, finds out its form, reads its frames and asks the user's filter about
 * them. */
#include "sensor/intake/savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/intake/savefile_format.h"
#include "sensor/language.h"

struct savefile {
    struct window window;
    bool is_pcapng;
    union {
        struct pcap_format pcap;
        struct pcapng_format pcapng;
    };
    struct capture_filter *filter;
    bool filters; /* it has something to ask */
    int prepared_for; /* link type */
    bool prepared;
    uint64_t size;    /* of the file itself, 0 = unknown */
    uint64_t skipped; /* bytes of damage passed over */
    unsigned places;  /* where that was */
    char first_damage[SAVEFILE_WHY];
    char damage[CAPTURE_ERR];
};

static int file_open(struct savefile *s, const char *path, const struct plain_file *known, char err[CAPTURE_ERR])
{
    struct stat st;
    int fd;

    if (strcmp(path, "-") == 0)
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (known ? O_NONBLOCK : 0)); /* a pipe in its place is not waited for */
    if (fd < 0) {
        snprintf(err, CAPTURE_ERR, "%s", strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        s->size = known ? known->size : (uint64_t)st.st_size;
    if (!known || plain_file_is(known, &st))
        return fd;
    snprintf(err, CAPTURE_ERR, "%s", _("another file than the one that was there when the run began"));
    close(fd);
    return -1;
}

/* Of less than a piece there is nothing to win. */
static bool is_shared(const struct plain_file *known)
{
    return known && known->pieces && known->size > PIECE_BYTES;
}

static bool stream_window(struct savefile *s, struct compressed *in, const struct plain_file *known)
{
    if (is_shared(known) && compressed_plain(in))
        return window_open_pieces(&s->window, in, known->pieces, known->first_piece);
    return window_open(&s->window, in);
}

static bool stream_open(struct savefile *s, const char *path, const struct plain_file *known, char err[CAPTURE_ERR])
{
    int fd = file_open(s, path, known, err);
    struct compressed *in;
    char why[256];

    if (fd < 0)
        return false;
    snprintf(why, sizeof(why), "%s", _("no memory")); /* unless something else is wrong */
    in = compressed_open(fd, known ? known->size : UINT64_MAX, is_shared(known), why);
    if (in && stream_window(s, in, known))
        return true;
    snprintf(err, CAPTURE_ERR, "%s", why);
    return false;
}

static bool format_open(struct savefile *s, char err[CAPTURE_ERR])
{
    char why[SAVEFILE_WHY] = "";
    const char *damage;
    bool ok;

    s->is_pcapng = pcapng_format_is(&s->window);
    ok = s->is_pcapng ? pcapng_format_open(&s->pcapng, &s->window, why)
                      : pcap_format_open(&s->pcap, &s->window, why);
    damage = compressed_damage(s->window.in);
    if (!ok)
        snprintf(err, CAPTURE_ERR, _("not a capture: %s"), damage ? damage : why);
    return ok;
}

struct savefile *savefile_open(const char *path, const struct plain_file *known, struct capture_filter *filter,
                               enum savefile_trouble *trouble, char err[CAPTURE_ERR])
{
    struct savefile *s = calloc(1, sizeof(*s));

    *trouble = SAVEFILE_UNREADABLE;
    if (!s) {
        snprintf(err, CAPTURE_ERR, _("no memory"));
        return NULL;
    }
    s->filter = filter;
    s->filters = capture_filter_asks(filter);
    if (stream_open(s, path, known, err)) {
        *trouble = SAVEFILE_NO_CAPTURE;
        if (format_open(s, err))
            return s;
    }
    savefile_close(s);
    return NULL;
}

static enum savefile_result ended(struct savefile *s, enum savefile_result how, const char *why)
{
    const char *damage = compressed_damage(s->window.in);

    if (compressed_interrupted(s->window.in))
        return SAVEFILE_END;
    if (how == SAVEFILE_END && !damage && !s->places)
        return SAVEFILE_END;
    if (how == SAVEFILE_END && !damage)
        why = s->first_damage;
    snprintf(s->damage, sizeof(s->damage), "%s", damage ? damage : why);
    if (!s->places)
        return SAVEFILE_DAMAGED;
    snprintf(s->damage + strlen(s->damage), sizeof(s->damage) - strlen(s->damage),
             P_("; damage passed over in %u place, %llu bytes", "; damage passed over in %u places, %llu bytes", s->places), s->places,
             (unsigned long long)s->skipped);
    return SAVEFILE_PATCHY;
}

static bool says_cut(const char *why)
{
    static const char *const cuts[] = {N_("cut in its file header"), N_("cut in its section header"), N_("cut in mid-packet"),
                                       N_("cut in mid-block")};

    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
        if (strcmp(why, _(cuts[i])) == 0)
            return true;
    return false;
}

/* Damage ends a file only where no record can be found behind it. */
static bool resync(struct savefile *s, const char *why)
{
    bool found = s->is_pcapng ? pcapng_format_resync(&s->pcapng, &s->window, &s->skipped)
                              : pcap_format_resync(&s->pcap, &s->window, &s->skipped);

    if (!found)
        return false;
    if (!s->places++) /* a length that led behind the end looked like a cut */
        snprintf(s->first_damage, sizeof(s->first_damage), "%s",
                 says_cut(why) ? _("damaged: a packet longer than the file") : why);
    return true;
}

/* What is not a record of pcap that lies ready. Kept out of the way of those, which are nearly all. */
static __attribute__((noinline)) enum savefile_result format_next(struct savefile *s, struct frame *f)
{
    char why[SAVEFILE_WHY];
    enum savefile_result r;

    do
        r = s->is_pcapng ? pcapng_format_next(&s->pcapng, &s->window, f, why)
                         : pcap_format_next(&s->pcap, &s->window, f, why);
    while (r == SAVEFILE_DAMAGED && resync(s, why));
    return r == SAVEFILE_FRAME ? r : ended(s, r, why);
}

static __attribute__((noinline)) bool prepare(struct savefile *s, int link_type)
{
    s->prepared = capture_filter_prepare(s->filter, link_type, s->damage);
    s->prepared_for = link_type;
    return s->prepared;
}

static void finish(struct savefile *s, struct frame *f)
{
    f->number = 0;
    f->filtered = s->filters && !capture_filter_passes(s->filter, f);
}

enum savefile_result savefile_next(struct savefile *s, struct frame *f)
{
    if (s->is_pcapng || !pcap_format_ready(&s->pcap, &s->window, f)) {
        enum savefile_result r = format_next(s, f);

        if (r != SAVEFILE_FRAME)
            return r;
    }
    if ((!s->prepared || f->link_type != s->prepared_for) && !prepare(s, f->link_type))
        return SAVEFILE_FILTER;
    finish(s, f);
    return SAVEFILE_FRAME;
}

/* What is of another link type than the filter is prepared for is left for savefile_next. */
static inline bool pcapng_ready(struct savefile *s, struct frame *f)
{
    const size_t at = s->window.at;

    f->filtered = false;
    if (!pcapng_format_ready(&s->pcapng, &s->window, f))
        return false;
    if (f->link_type == s->prepared_for)
        return true;
    s->window.at = at;
    return false;
}

static unsigned pcapng_ready_some(struct savefile *s, struct frame *f, unsigned max)
{
    unsigned n = 0;

    for (; n < max && pcapng_ready(s, &f[n]); n++)
        __builtin_prefetch(f[n].bytes.p + 48); /* as in pcap */
    return n;
}

/* All of a pcap's records have one link type: the filter is prepared. */
unsigned savefile_more(struct savefile *s, struct frame *f, unsigned max)
{
    unsigned n = s->is_pcapng ? pcapng_ready_some(s, f, max) : pcap_format_ready_some(&s->pcap, &s->window, f, max);

    for (unsigned i = 0; s->filters && i < n; i++)
        f[i].filtered = !capture_filter_passes(s->filter, &f[i]);
    return n;
}

const char *savefile_damage(const struct savefile *s)
{
    return s->damage;
}

void savefile_progress(const struct savefile *s, uint64_t *done, uint64_t *all)
{
    *all = s->size;
    *done = window_taken(&s->window);
}

void savefile_close(struct savefile *s)
{
    if (!s)
        return;
    if (s->is_pcapng)
        pcapng_format_close(&s->pcapng);
    if (s->window.in)
        window_close(&s->window);
    free(s);
}
