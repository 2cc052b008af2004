/* SPDX-License-Identifier: Apache-2.0 */
/* capture_files: several files as one source, each with its identity, its own trouble and its frame
 * numbers. */
#include <stdlib.h>

#include "sensor/intake/capture_parts.h"
#include "sensor/intake/paths.h"
#include "sensor/intake/read_ahead.h"
#include "sensor/language.h"

/* REDIS.md, Delivery 5: a file that starts at most this before the last packet seen follows on. */
enum { FOLLOWS_US = 60 * 1000 * 1000, NAMES_MAX = 256 << 20 };

struct files {
    struct capture base;
    struct mem mem;
    struct arena names;
    struct path *paths;
    struct plain_file *known; /* as many; NULL: this is their only reader */
    struct pieces *pieces;    /* the first one's, for all of them; NULL: there are none */
    unsigned paths_n, at; /* at: the next one to open */
    const char *expression; /* NULL: none */
    struct capture_filter *filter;
    struct savefile *file; /* NULL between files */
    bool first;            /* of several readers of these files, and says which run a file is */
    struct read_ahead ahead;
    int64_t last_us;       /* the latest packet of all files so far */
    bool any;              /* last_us is set */
    bool one_opened, one_troubled;
    uint64_t received;
};

static struct files *files_of(struct capture *c)
{
    return (struct files *)(void *)c;
}

static enum capture_result trouble(struct files *s, const struct path *p, int status,
                                   const char *text)
{
    snprintf(s->base.trouble, sizeof(s->base.trouble), "%.250s: %.250s",
             strcmp(p->name, "-") == 0 ? "standard input" : p->name, text);
    s->base.trouble_status = status;
    s->one_troubled = true;
    return CAPTURE_TROUBLE;
}

static void file_close(struct files *s)
{
    savefile_close(s->file);
    s->file = NULL;
}

/* What could be read was delivered; the rest is said. */
static enum capture_result damaged(struct files *s, enum savefile_result how)
{
    const char *why = savefile_damage(s->file);
    char text[CAPTURE_ERR];

    if (how == SAVEFILE_FILTER)
        snprintf(text, sizeof(text), "%.300s", why);
    else if (how == SAVEFILE_PATCHY)
        snprintf(text, sizeof(text), _("%.240s; the %llu packets around that were read"), why,
                 (unsigned long long)s->base.source.packets);
    else
        snprintf(text, sizeof(text), _("%.160s; the %llu packets before that were read"), why,
                 (unsigned long long)s->base.source.packets);
    file_close(s);
    return trouble(s, &s->paths[s->at - 1], how == SAVEFILE_FILTER ? 2 : 3, text);
}

static enum capture_result source_begin(struct files *s, const struct path *p)
{
    int64_t first = s->ahead.frames[0].ts_us;

    s->base.source = (struct capture_source){.name = p->base};
    s->base.source.follows = s->any && first >= s->last_us - FOLLOWS_US;
    /* A file of its own time starts the clock anew. */
    if (!s->base.source.follows)
        s->last_us = first;
    s->any = true;
    if (s->first)
        read_ahead_id(&s->ahead, s->base.source.id);
    return CAPTURE_SOURCE;
}

/* Whoever names no run needs the first frame's time alone; 64 frames may be 16 MB, for each worker. */
static bool look_ahead(struct files *s)
{
    return read_ahead_fill(&s->ahead, s->file, s->first ? READ_AHEAD_FRAMES : 1);
}

/* Opens the next file that holds a frame. */
static enum capture_result open_next(struct files *s)
{
    while (s->at < s->paths_n) {
        const struct path *p = &s->paths[s->at++];
        enum savefile_trouble kind;
        char err[CAPTURE_ERR] = "";

        s->base.source.packets = s->base.source.bytes = 0;
        s->file = savefile_open(p->name, s->known ? &s->known[s->at - 1] : NULL, s->filter, &kind, err);
        if (!s->file) {
            if (kind == SAVEFILE_NO_CAPTURE && p->from_folder && !path_names_a_capture(p->base))
                continue;
            return trouble(s, p, kind == SAVEFILE_NO_CAPTURE ? 3 : 1, err);
        }
        s->one_opened = true;
        if (!look_ahead(s)) {
            file_close(s);
            return trouble(s, p, 1, _("no memory"));
        }
        if (s->ahead.n)
            return source_begin(s, p);
        if (s->ahead.then != SAVEFILE_END)
            return damaged(s, s->ahead.then);
        file_close(s);
    }
    if (!s->one_opened && !s->one_troubled)
        return trouble(s, &s->paths[0], 3, _("no capture in this folder"));
    return CAPTURE_END;
}

static void take_note(struct files *s, const struct frame *f)
{
    if (f->ts_us > s->last_us)
        s->last_us = f->ts_us;
    s->received++;
}

static enum capture_result files_next(struct capture *c, struct frame *f)
{
    struct files *s = files_of(c);
    enum savefile_result r;

    if (!s->file)
        return open_next(s);
    if (!read_ahead_next(&s->ahead, f)) {
        r = s->ahead.then == SAVEFILE_FRAME ? savefile_next(s->file, f) : s->ahead.then;
        if (r == SAVEFILE_END) {
            file_close(s);
            return open_next(s);
        }
        if (r != SAVEFILE_FRAME)
            return damaged(s, r);
    }
    take_note(s, f);
    return CAPTURE_FRAME;
}

static unsigned files_more(struct capture *c, struct frame *f, unsigned max)
{
    struct files *s = files_of(c);
    unsigned n = s->ahead.n ? 0 : savefile_more(s->file, f, max);

    for (unsigned i = 0; i < n; i++)
        take_note(s, &f[i]);
    return n;
}

static void files_counts(struct capture *c, struct capture_counts *out)
{
    out->received = files_of(c)->received;
}

static void files_progress(const struct capture *c, uint64_t *done, uint64_t *all)
{
    const struct files *s = (const struct files *)(const void *)c;

    if (s->file)
        savefile_progress(s->file, done, all);
}

static void files_free(struct capture *c)
{
    struct files *s = files_of(c);

    file_close(s);
    capture_filter_free(s->filter);
    read_ahead_free(&s->ahead);
    pieces_free(s->pieces);
    arena_free(&s->names);
    free(s);
}

/* Without its paths. */
static struct files *files_new(const char *filter)
{
    struct files *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->base.next = files_next;
    s->base.more = files_more;
    s->base.counts = files_counts;
    s->base.progress = files_progress;
    s->base.free = files_free;
    s->expression = filter;
    s->filter = capture_filter_new(filter);
    mem_init(&s->mem, 0);
    arena_init(&s->names, &s->mem, NAMES_MAX);
    read_ahead_init(&s->ahead);
    if (s->filter)
        return s;
    files_free(&s->base);
    return NULL;
}

struct capture *capture_open_files(const char *const *paths, unsigned n, const char *filter,
                                   int *status, char err[CAPTURE_ERR])
{
    struct files *s;

    *status = 2;
    if (filter && !capture_filter_check(filter, err))
        return NULL;
    *status = 1;
    snprintf(err, CAPTURE_ERR, _("no memory"));
    s = files_new(filter);
    if (!s)
        return NULL;
    s->first = true;
    s->paths = paths_expand(&s->names, paths, n, &s->paths_n, err);
    if (s->paths)
        return &s->base;
    files_free(&s->base);
    return NULL;
}

/* Every reader comes to the same numbers. Without memory for them each reads for itself. */
static void share_pieces(struct files *s)
{
    uint64_t number = 0;

    s->pieces = pieces_new();
    for (unsigned i = 0; i < s->paths_n; i++) {
        s->known[i].pieces = s->pieces;
        s->known[i].first_piece = number;
        number += s->known[i].size / PIECE_BYTES + 1;
    }
}

bool capture_files_plain(struct capture *c)
{
    struct files *s = files_of(c);
    struct plain_file *known = arena_alloc(&s->names, s->paths_n * sizeof(*known));

    for (unsigned i = 0; i < s->paths_n && known; i++)
        if (!plain_file_look(s->paths[i].name, &known[i]))
            return false;
    s->known = known;
    if (known)
        share_pieces(s);
    return known != NULL;
}

struct capture *capture_open_again(const struct capture *c)
{
    const struct files *first = (const struct files *)(const void *)c;
    struct files *s = files_new(first->expression);

    if (!s)
        return NULL;
    s->paths = first->paths;
    s->paths_n = first->paths_n;
    s->known = first->known;
    return &s->base;
}
