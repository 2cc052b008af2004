/* SPDX-License-Identifier: Apache-2.0 */
/* compressed: gzip (RFC 1952, several members) and zstd (RFC 8878, several frames) behind a FILE. */
#define _GNU_SOURCE /* fopencookie */
#include "sensor/intake/compressed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { INPUT = 128 * 1024, OUTPUT = 256 * 1024, MAGIC = 4 };

enum kind { PLAIN, GZIP, ZSTD };

struct compressed {
    FILE *file;
    int fd;        /* -1 where file reads it without us */
    bool given_away;
    enum kind kind;
    const char *damage;
    uint64_t taken;
    bool at_end;   /* no more input */
    bool inside;   /* a member or frame has begun and not ended */
    bool one_done; /* one has ended well */
    bool interrupted;
    size_t in_at, in_n;
    z_stream z;
    ZSTD_DStream *zstd;
    unsigned char in[INPUT];
    char out[OUTPUT]; /* stdio's buffer */
};

/* Reads more compressed bytes behind those still unused; false at the end or on an error. */
static bool fill(struct compressed *c)
{
    ssize_t n;

    if (c->in_at) {
        memmove(c->in, c->in + c->in_at, c->in_n - c->in_at);
        c->in_n -= c->in_at;
        c->in_at = 0;
    }
    if (c->in_n == sizeof(c->in))
        return true;
    n = read(c->fd, c->in + c->in_n, sizeof(c->in) - c->in_n);
    if (n < 0 && errno == EINTR)
        c->interrupted = true;
    else if (n < 0)
        c->damage = strerror(errno);
    if (n <= 0) {
        c->at_end = true;
        return false;
    }
    c->in_n += (size_t)n;
    c->taken += (uint64_t)n;
    return true;
}

static size_t plain_step(struct compressed *c, char *out, size_t n)
{
    size_t have = c->in_n - c->in_at;

    if (n > have)
        n = have;
    memcpy(out, c->in + c->in_at, n);
    c->in_at += n;
    return n;
}

static size_t gzip_step(struct compressed *c, char *out, size_t n)
{
    int got;

    if (!c->inside && inflateReset(&c->z) != Z_OK)
        return 0;
    c->inside = true;
    c->z.next_in = c->in + c->in_at;
    c->z.avail_in = (uInt)(c->in_n - c->in_at);
    c->z.next_out = (unsigned char *)out;
    c->z.avail_out = (uInt)n;
    got = inflate(&c->z, Z_NO_FLUSH);
    c->in_at = c->in_n - c->z.avail_in;
    if (got == Z_STREAM_END) {
        c->inside = false;
        c->one_done = true;
    } else if (got != Z_OK && got != Z_BUF_ERROR) {
        c->damage = "the gzip stream is damaged";
    }
    return n - c->z.avail_out;
}

static size_t zstd_step(struct compressed *c, char *out, size_t n)
{
    ZSTD_inBuffer in = {c->in + c->in_at, c->in_n - c->in_at, 0};
    ZSTD_outBuffer to = {out, n, 0};
    size_t left = ZSTD_decompressStream(c->zstd, &to, &in);

    c->in_at += in.pos;
    if (ZSTD_isError(left))
        c->damage = "the zstd stream is damaged";
    c->inside = left != 0;
    return to.pos;
}

static size_t step(struct compressed *c, char *out, size_t n)
{
    if (c->kind == PLAIN)
        return plain_step(c, out, n);
    return c->kind == GZIP ? gzip_step(c, out, n) : zstd_step(c, out, n);
}

/* Behind the last gzip member zeros may stand, from a tape block or a sparse copy: they are no damage. */
static bool padding(const struct compressed *c)
{
    return c->kind == GZIP && c->one_done && !c->inside && c->in_at < c->in_n && c->in[c->in_at] == 0;
}

static ssize_t read_some(void *cookie, char *out, size_t n)
{
    struct compressed *c = cookie;

    while (!c->damage && !c->interrupted) {
        size_t got;

        if (c->in_at == c->in_n && !c->at_end)
            fill(c);
        if (c->in_at == c->in_n && c->at_end && !c->inside)
            return 0;
        if (padding(c))
            return 0;
        got = step(c, out, n);
        if (got)
            return (ssize_t)got;
        if (c->in_at == c->in_n && c->at_end && c->inside && !c->damage && !c->interrupted)
            c->damage = c->kind == GZIP ? "the gzip stream is cut" : "the zstd stream is cut";
    }
    return 0;
}

static enum kind kind_of(const struct compressed *c)
{
    static const unsigned char gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};

    if (c->in_n >= sizeof(gzip) && memcmp(c->in, gzip, sizeof(gzip)) == 0)
        return GZIP;
    if (c->in_n >= sizeof(zstd) && memcmp(c->in, zstd, sizeof(zstd)) == 0)
        return ZSTD;
    return PLAIN;
}

static bool decoder_open(struct compressed *c)
{
    enum { GZIP_ONLY = 16 };

    if (c->kind == GZIP)
        return inflateInit2(&c->z, MAX_WBITS + GZIP_ONLY) == Z_OK;
    if (c->kind == ZSTD) {
        c->zstd = ZSTD_createDStream();
        return c->zstd && !ZSTD_isError(ZSTD_initDStream(c->zstd));
    }
    return true;
}

static FILE *stream_open(struct compressed *c)
{
    const cookie_io_functions_t verbs = {.read = read_some};

    /* A plain file needs no cookie: stdio reads it as tcpdump would. */
    if (c->kind == PLAIN && lseek(c->fd, 0, SEEK_SET) == 0) {
        int fd = c->fd;

        c->fd = -1;
        return fdopen(fd, "r");
    }
    return fopencookie(c, "r", verbs);
}

struct compressed *compressed_open(int fd, char err[256])
{
    struct compressed *c = calloc(1, sizeof(*c));

    if (!c) {
        close(fd);
        snprintf(err, 256, "no memory");
        return NULL;
    }
    c->fd = fd;
    while (c->in_n < MAGIC && fill(c))
        ;
    c->kind = kind_of(c);
    if (c->damage)
        snprintf(err, 256, "%s", c->damage);
    else if (!decoder_open(c) || !(c->file = stream_open(c)))
        snprintf(err, 256, "no memory");
    if (!c->file) {
        compressed_close(c);
        return NULL;
    }
    setvbuf(c->file, c->out, _IOFBF, sizeof(c->out));
    return c;
}

FILE *compressed_file(struct compressed *c)
{
    return c->file;
}

void compressed_give_away(struct compressed *c)
{
    c->given_away = true;
}

const char *compressed_damage(const struct compressed *c)
{
    return c->damage;
}

bool compressed_interrupted(const struct compressed *c)
{
    return c->interrupted;
}

uint64_t compressed_taken(const struct compressed *c)
{
    if (c->fd < 0) {
        off_t at = c->file ? lseek(fileno(c->file), 0, SEEK_CUR) : 0;

        return at > 0 ? (uint64_t)at : 0;
    }
    return c->taken;
}

void compressed_close(struct compressed *c)
{
    if (!c)
        return;
    if (c->file && !c->given_away)
        fclose(c->file);
    if (c->fd >= 0)
        close(c->fd);
    if (c->kind == GZIP)
        inflateEnd(&c->z);
    ZSTD_freeDStream(c->zstd);
    free(c);
}
