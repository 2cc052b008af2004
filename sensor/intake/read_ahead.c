/* SPDX-License-Identifier: Apache-2.0 */
/* read_ahead: a capture is known by how it begins, whatever its name and compression. */
#include "sensor/intake/read_ahead.h"

/* SHA256_Init and its kin: what OpenSSL 3 wants instead starts all of it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

enum { BYTES_MAX = READ_AHEAD_FRAMES * (256 + 64) * 1024 };

void read_ahead_init(struct read_ahead *r)
{
    memset(r, 0, sizeof(*r));
    mem_init(&r->mem, 0);
    arena_init(&r->bytes, &r->mem, BYTES_MAX);
}

bool read_ahead_fill(struct read_ahead *r, struct savefile *s, unsigned most)
{
    arena_reset(&r->bytes);
    r->n = r->at = 0;
    r->then = SAVEFILE_FRAME;
    while (r->n < most) {
        struct frame *f = &r->frames[r->n];

        r->then = savefile_next(s, f);
        if (r->then != SAVEFILE_FRAME)
            break;
        f->bytes = arena_dup(&r->bytes, f->bytes);
        if (!f->bytes.p)
            return false;
        r->n++;
    }
    return true;
}

/* They stay for as long as the file is read, which may be days, and may hold passwords. */
static void wipe(struct read_ahead *r)
{
    for (unsigned i = 0; i < r->n; i++)
        explicit_bzero((void *)(uintptr_t)r->frames[i].bytes.p, r->frames[i].bytes.n);
    r->n = r->at = 0;
}

bool read_ahead_take(struct read_ahead *r, struct frame *f)
{
    if (r->at == r->n) {
        wipe(r);
        return false;
    }
    *f = r->frames[r->at++];
    return true;
}

static void little_endian(uint8_t *out, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

static void hash_frame(SHA256_CTX *sha, const struct frame *f)
{
    uint8_t head[16];

    little_endian(head, (uint64_t)f->ts_us, 8);
    little_endian(head + 8, f->wire, 4);
    little_endian(head + 12, f->bytes.n, 4);
    SHA256_Update(sha, head, sizeof(head));
    SHA256_Update(sha, f->bytes.p, f->bytes.n);
}

void read_ahead_id(const struct read_ahead *r, char id[65])
{
    uint8_t sum[SHA256_DIGEST_LENGTH];
    SHA256_CTX sha;

    SHA256_Init(&sha);
    for (unsigned i = 0; i < r->n; i++)
        hash_frame(&sha, &r->frames[i]);
    SHA256_Final(sum, &sha);
    for (unsigned i = 0; i < sizeof(sum); i++)
        snprintf(id + 2 * i, 3, "%02x", sum[i]);
}

void read_ahead_free(struct read_ahead *r)
{
    arena_free(&r->bytes);
}
