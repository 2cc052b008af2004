/* SPDX-License-Identifier: Apache-2.0 */
/* compressed: gzip (RFC 1952, several members) and zstd (RFC 8878, several frames), or the bytes as
 * they are. */
#include "sensor/intake/compressed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "sensor/language.h"

enum { INPUT = 128 * 1024 };

enum kind { PLAIN, GZIP, ZSTD };

struct compressed {
    int fd;
    enum kind kind;
    const char *damage;
    uint64_t taken, limit;
    bool at_end;      /* no more input */
    bool inside;      /* a member or frame has begun and not ended */
    bool one_done;    /* one has ended well */
    bool interrupted;
    size_t in_at, in_n;
    z_stream z;
    ZSTD_DStream *zstd;
    uint8_t in[INPUT];
};

static void note_failure(struct compressed *c)
{
    if (errno == EINTR)
        c->interrupted = true;
    else
        c->damage = strerror(errno);
}

/* Reads once from the file. */
static size_t take(struct compressed *c, uint8_t *out, size_t n)
{
    uint64_t left = c->limit - c->taken;
    ssize_t got = read(c->fd, out, n < left ? n : (size_t)left);

    if (got > 0) {
        c->taken += (uint64_t)got;
        return (size_t)got;
    }
    if (got < 0)
        note_failure(c);
    c->at_end = true;
    return 0;
}

size_t compressed_read_at(struct compressed *c, uint8_t *out, size_t n, uint64_t at)
{
    uint64_t left = at < c->limit ? c->limit - at : 0;
    size_t got = 0;
    ssize_t once = 1;

    if (n > left)
        n = (size_t)left;
    for (; got < n && once > 0; got += once > 0 ? (size_t)once : 0)
        once = pread(c->fd, out + got, n - got, (off_t)(at + got));
    if (once < 0)
        note_failure(c);
    return got;
}

static size_t plain_step(struct compressed *c, uint8_t *out, size_t n)
{
    size_t have = c->in_n - c->in_at;

    if (have == 0)
        return c->at_end ? 0 : take(c, out, n);
    if (n > have)
        n = have;
    memcpy(out, c->in + c->in_at, n);
    /* This buffer is not used again, and its frames may hold passwords. */
    explicit_bzero(c->in + c->in_at, n);
    c->in_at += n;
    return n;
}

static size_t gzip_step(struct compressed *c, uint8_t *out, size_t n)
{
    int got;

    if (!c->inside && inflateReset(&c->z) != Z_OK)
        return 0;
    c->inside = true;
    c->z.next_in = c->in + c->in_at;
    c->z.avail_in = (uInt)(c->in_n - c->in_at);
    c->z.next_out = out;
    c->z.avail_out = (uInt)n;
    got = inflate(&c->z, Z_NO_FLUSH);
    c->in_at = c->in_n - c->z.avail_in;
    if (got == Z_STREAM_END) {
        c->inside = false;
        c->one_done = true;
    } else if (got != Z_OK && got != Z_BUF_ERROR) {
        c->damage = _("the gzip stream is damaged");
    }
    return n - c->z.avail_out;
}

static size_t zstd_step(struct compressed *c, uint8_t *out, size_t n)
{
    ZSTD_inBuffer in = {c->in + c->in_at, c->in_n - c->in_at, 0};
    ZSTD_outBuffer to = {out, n, 0};
    size_t left = ZSTD_decompressStream(c->zstd, &to, &in);

    c->in_at += in.pos;
    if (ZSTD_isError(left))
        c->damage = _("the zstd stream is damaged");
    c->inside = left != 0;
    return to.pos;
}

/* Behind the last gzip member zeros may stand, from a tape block or a sparse copy: they are no
 * damage. */
static bool padding(const struct compressed *c)
{
    return c->kind == GZIP && c->one_done && !c->inside && c->in_at < c->in_n &&
           c->in[c->in_at] == 0;
}

static size_t unpack(struct compressed *c, uint8_t *out, size_t n)
{
    while (!c->damage && !c->interrupted) {
        size_t got;

        if (c->in_at == c->in_n && !c->at_end) {
            c->in_at = 0;
            c->in_n = take(c, c->in, sizeof(c->in));
        }
        if ((c->in_at == c->in_n && c->at_end && !c->inside) || padding(c))
            return 0;
        got = c->kind == GZIP ? gzip_step(c, out, n) : zstd_step(c, out, n);
        if (got)
            return got;
        if (c->in_at == c->in_n && c->at_end && c->inside && !c->damage && !c->interrupted)
            c->damage = c->kind == GZIP ? _("the gzip stream is cut") : _("the zstd stream is cut");
    }
    return 0;
}

size_t compressed_read(struct compressed *c, uint8_t *out, size_t n)
{
    if (n > 1 << 30)
        n = 1 << 30; /* zlib counts in 32 bits */
    return c->kind == PLAIN ? plain_step(c, out, n) : unpack(c, out, n);
}

static enum kind kind_of(const uint8_t *first, size_t n)
{
    static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};

    if (n >= sizeof(gzip) && memcmp(first, gzip, sizeof(gzip)) == 0)
        return GZIP;
    if (n >= sizeof(zstd) && memcmp(first, zstd, sizeof(zstd)) == 0)
        return ZSTD;
    return PLAIN;
}

bool compressed_is(const uint8_t *first, size_t n)
{
    return kind_of(first, n) != PLAIN;
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

struct compressed *compressed_open(int fd, uint64_t limit, bool read_at, char err[256])
{
    const size_t first = read_at ? COMPRESSED_MAGIC : INPUT;
    struct compressed *c = calloc(1, sizeof(*c));
    const char *why = NULL;

    if (!c) {
        close(fd);
        snprintf(err, 256, _("no memory"));
        return NULL;
    }
    c->fd = fd;
    c->limit = limit;
    while (c->in_n < COMPRESSED_MAGIC && !c->at_end)
        c->in_n += take(c, c->in + c->in_n, first - c->in_n);
    c->kind = kind_of(c->in, c->in_n);
    if (c->damage)
        why = c->damage;
    else if (!decoder_open(c))
        why = _("no memory");
    if (why) {
        snprintf(err, 256, "%s", why);
        compressed_close(c);
        return NULL;
    }
    return c;
}

bool compressed_plain(const struct compressed *c)
{
    return c->kind == PLAIN;
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
    return c->taken;
}

void compressed_close(struct compressed *c)
{
    if (!c)
        return;
    close(c->fd);
    if (c->kind == GZIP)
        inflateEnd(&c->z);
    ZSTD_freeDStream(c->zstd);
    free(c);
}
