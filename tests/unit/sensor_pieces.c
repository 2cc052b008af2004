/* SPDX-License-Identifier: Apache-2.0 */
/* pieces: read by whoever comes first, the others find what he read, and where they do not, they are told so; nobody waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "sensor/intake/pieces.h"

enum { ALL = PIECES_BYTES / PIECE_BYTES, READERS = 4, LONG = 20 * ALL };

/* The piece of that number, as its first reader. */
static struct piece *read_first(struct pieces *p, uint64_t number)
{
    bool fresh = false;
    struct piece *x = pieces_ask(p, number, &fresh);

    assert_non_null(x);
    assert_true(fresh);
    memset(piece_bytes(x), (int)number, PIECE_BYTES);
    piece_tell(x, PIECE_BYTES - number);
    return x;
}

/* Who comes second has the same bytes, and as many, while the first still has them and behind him. */
static void the_second_finds_what_the_first_read(void **state)
{
    struct pieces *p = pieces_new();
    struct piece *x = read_first(p, 5), *y;
    bool fresh = true;

    (void)state;
    for (int i = 0; i < 2; i++) {
        y = pieces_ask(p, 5, &fresh);
        assert_ptr_equal(x, y);
        assert_false(fresh);
        assert_int_equal(piece_size(y), PIECE_BYTES - 5);
        assert_int_equal(piece_bytes(y)[PIECE_BYTES - 1], 5);
        piece_leave(y);
        piece_leave(i ? NULL : x);
    }
    pieces_free(p);
}

/* He reads it just now: there is nothing to take, and nothing to wait for. So it stays, where he could not read it. */
static void one_that_is_being_read_is_nobodys(void **state)
{
    struct pieces *p = pieces_new();
    bool fresh;
    struct piece *x = pieces_ask(p, 0, &fresh);

    (void)state;
    assert_true(fresh);
    assert_null(pieces_ask(p, 0, &fresh));
    piece_leave(x); /* he says nothing */
    assert_null(pieces_ask(p, 0, &fresh));
    x = read_first(p, ALL); /* the next one at its place */
    piece_leave(x);
    pieces_free(p);
}

/* Two of one place: nobody's bytes change while he has them, and the higher number stays. */
static void one_place_for_two(void **state)
{
    struct pieces *p = pieces_new();
    struct piece *low = read_first(p, 7), *high;
    bool fresh;

    (void)state;
    assert_null(pieces_ask(p, 7 + ALL, &fresh)); /* somebody has the lower one */
    assert_int_equal(piece_bytes(low)[0], 7);
    piece_leave(low);
    high = read_first(p, 7 + ALL);
    assert_null(pieces_ask(p, 7, &fresh));
    piece_leave(high);
    assert_null(pieces_ask(p, 7, &fresh)); /* whoever is behind does not take the place of those in front */
    high = pieces_ask(p, 7 + ALL, &fresh);
    assert_non_null(high);
    assert_false(fresh);
    piece_leave(high);
    pieces_free(p);
}

/* --- readers in threads of their own --- */

struct reader {
    struct pieces *pieces;
    unsigned naps; /* one piece in so many takes its time; 0: none */
    atomic_uint *reads;
    bool wrong;
    pthread_t thread;
};

static void nap(void)
{
    const struct timespec t = {0, 50000};

    nanosleep(&t, NULL);
}

/* A piece's bytes are its number's, the lines' first ones are enough. */
static void fill(uint8_t *b, uint64_t number)
{
    for (unsigned i = 0; i < PIECE_BYTES; i += 4096)
        memcpy(b + i, &number, sizeof(number));
}

static bool is_filled(const uint8_t *b, uint64_t number)
{
    for (unsigned i = 0; i < PIECE_BYTES; i += 4096)
        if (memcmp(b + i, &number, sizeof(number)) != 0)
            return false;
    return true;
}

static void *read_all(void *ctx)
{
    struct reader *r = ctx;

    for (uint64_t number = 0; number < LONG; number++) {
        bool fresh = false;
        struct piece *x = pieces_ask(r->pieces, number, &fresh);

        if (!x)
            continue;
        if (fresh) {
            fill(piece_bytes(x), number);
            piece_tell(x, PIECE_BYTES);
            atomic_fetch_add(r->reads, 1);
        }
        if (r->naps && number % r->naps == 0)
            nap();
        r->wrong |= !is_filled(piece_bytes(x), number) || piece_size(x) != PIECE_BYTES;
        piece_leave(x);
    }
    return NULL;
}

/* At most one reads each piece, and whoever has one has its bytes and no other's until he leaves it, however fast the others are. */
static void nobody_has_anothers_bytes(void **state)
{
    struct pieces *p = pieces_new();
    struct reader r[READERS];
    atomic_uint reads = 0;

    (void)state;
    for (unsigned i = 0; i < READERS; i++) {
        r[i] = (struct reader){.pieces = p, .naps = i * 3, .reads = &reads};
        assert_int_equal(pthread_create(&r[i].thread, NULL, read_all, &r[i]), 0);
    }
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(r[i].thread, NULL);
        assert_false(r[i].wrong);
    }
    assert_true(reads > 0 && reads <= LONG);
    pieces_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_finds_what_the_first_read),
        cmocka_unit_test(one_that_is_being_read_is_nobodys),
        cmocka_unit_test(one_place_for_two),
        cmocka_unit_test(nobody_has_anothers_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
