/* SPDX-License-Identifier: Apache-2.0 */
/* planted: the usual ways to be quadratic. `scaling` must find each, or its verdicts on our decoders say nothing. */
#include "tests/scaling/planted.h"

static uint64_t sum; /* what is worked out is used, or the compiler leaves it out */

/* What each piece does to all that came before it. */
typedef uint64_t (*work_fn)(const struct buf *b);

static uint64_t each_piece(struct mem *m, size_t piece, uint64_t bytes, work_fn work)
{
    static uint8_t room[1460];
    struct buf b;

    memset(room, 'x', sizeof(room));
    buf_init(&b, m, (size_t)bytes + piece);
    for (uint64_t at = 0; at < bytes; at += piece) {
        buf_add(&b, span_of(room, piece));
        sum += work(&b);
    }
    buf_free(&b);
    return sum;
}

static uint64_t search_ourselves(const struct buf *b)
{
    size_t i = 0;

    while (i < b->n && b->p[i] != '\n')
        i++;
    return i;
}

static uint64_t search_by_library(const struct buf *b)
{
    return memchr(b->p, '\n', b->n) != NULL;
}

static uint64_t move(const struct buf *b)
{
    memmove(b->p, b->p + 1, b->n - 1);
    return b->p[0];
}

static uint64_t copy_of_all(const struct buf *b)
{
    struct mem *m = b->mem;
    uint8_t *copy = mem_zalloc(m, b->n);
    uint64_t first;

    if (!copy)
        return 0;
    memcpy(copy, b->p, b->n);
    first = copy[b->n - 1];
    mem_free(m, copy, b->n);
    return first;
}

static uint64_t lines_searched_again(struct mem *m, size_t piece, uint64_t bytes)
{
    return each_piece(m, piece, bytes, search_ourselves);
}

static uint64_t lines_searched_by_library(struct mem *m, size_t piece, uint64_t bytes)
{
    return each_piece(m, piece, bytes, search_by_library);
}

static uint64_t buffer_moved(struct mem *m, size_t piece, uint64_t bytes)
{
    return each_piece(m, piece, bytes, move);
}

static uint64_t buffer_copied(struct mem *m, size_t piece, uint64_t bytes)
{
    return each_piece(m, piece, bytes, copy_of_all);
}

/* A list without a hash: each new item is compared with all. An item is 32 bytes of input. */
static uint64_t list_searched(struct mem *m, size_t piece, uint64_t bytes)
{
    struct buf b;

    (void)piece;
    buf_init(&b, m, (size_t)bytes);
    for (uint64_t at = 0; at < bytes; at += 32) {
        uint32_t item = (uint32_t)at, i = 0, there;

        for (; i < b.n; i += sizeof(item)) {
            memcpy(&there, b.p + i, sizeof(there));
            if (there == item)
                break;
        }
        sum += i;
        buf_add(&b, span_of(&item, sizeof(item)));
    }
    buf_free(&b);
    return sum;
}

const struct family planted_families[] = {
    {"planted: a line searched again", .packets = lines_searched_again},
    {"planted: a line searched by memchr", .packets = lines_searched_by_library},
    {"planted: a buffer moved by each piece", .packets = buffer_moved},
    {"planted: a buffer copied by each piece", .packets = buffer_copied},
    {"planted: a list searched by each item", .packets = list_searched},
};
const unsigned planted_families_n = sizeof(planted_families) / sizeof(*planted_families);
