/* SPDX-License-Identifier: Apache-2.0 */
/* capture, read by several at once: each gets the same bytes, whatever becomes of the files meanwhile, or it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/intake/capture.h"

static char folder[] = "/tmp/mxtap-again-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[16][512];
    static unsigned turn;
    char *p = path[turn++ % 16];

    snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    return p;
}

/* n records of 60 bytes behind what is there; a new file gets its header. */
static void write_records(const char *path, const char *mode, uint32_t n)
{
    const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1};
    FILE *f = fopen(path, mode);
    uint8_t frame[60] = {0};

    assert_non_null(f);
    if (*mode == 'w')
        fwrite(header, sizeof(header), 1, f);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t record[4] = {1700000000, i, sizeof(frame), sizeof(frame)};

        fwrite(record, sizeof(record), 1, f);
        fwrite(frame, sizeof(frame), 1, f);
    }
    assert_int_equal(fclose(f), 0);
}

static void write_bytes(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fwrite(p, 1, n, f);
    assert_int_equal(fclose(f), 0);
}

static struct capture *open_files(const char *const *paths, unsigned n)
{
    char err[CAPTURE_ERR];
    int status;
    struct capture *c = capture_open_files(paths, n, NULL, &status, err);

    assert_non_null(c);
    return c;
}

/* The frames up to the end, and the last trouble ("" = none). */
static unsigned frames_of(struct capture *c, char trouble[CAPTURE_ERR])
{
    enum capture_result r;
    struct frame f;
    unsigned n = 0;
    int status;

    trouble[0] = 0;
    while ((r = capture_next(c, &f)) != CAPTURE_END) {
        n += r == CAPTURE_FRAME;
        if (r == CAPTURE_TROUBLE)
            snprintf(trouble, CAPTURE_ERR, "%s", capture_trouble(c, &status));
    }
    return n;
}

static bool is_plain(const char *path)
{
    struct capture *c = open_files(&path, 1);
    bool plain = capture_files_plain(c);

    capture_free(c);
    return plain;
}

/* What gives its bytes once, or must be unpacked, is read by one. A pipe is not even opened: that would be its reader. */
static void who_can_be_read_by_several(void **state)
{
    const char *const pipe = in_folder("pipe");

    (void)state;
    write_records(in_folder("plain"), "w", 3);
    write_bytes(in_folder("gzip"), "\x1f\x8b\x08\x00", 4);
    write_bytes(in_folder("zstd"), "\x28\xb5\x2f\xfd", 4);
    write_bytes(in_folder("text"), "x", 1);
    write_bytes(in_folder("empty"), "", 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_true(is_plain(in_folder("plain")));
    assert_true(is_plain(in_folder("text")));
    assert_true(is_plain(in_folder("empty")));
    assert_false(is_plain(in_folder("gzip")));
    assert_false(is_plain(in_folder("zstd")));
    assert_false(is_plain("/proc/self/status")); /* says that it is empty, and is not */
    assert_false(is_plain(pipe));
    assert_int_equal(open(pipe, O_WRONLY | O_NONBLOCK), -1); /* nobody reads it */
    assert_false(is_plain("-"));
    assert_int_equal(unlink(pipe), 0);
}

/* Two readers of path, a file of 100 frames, and the first has read them. */
static void first_of_two_has_read(const char *path, struct capture *two[2])
{
    char trouble[CAPTURE_ERR];

    write_records(path, "w", 100);
    two[0] = open_files(&path, 1);
    assert_true(capture_files_plain(two[0]));
    two[1] = capture_open_again(two[0]);
    assert_non_null(two[1]);
    assert_int_equal(frames_of(two[0], trouble), 100);
}

/* Between the first reader and the second the file grows: frames that the first one did not see are none for the second. */
static void a_file_that_grows_ends_where_it_ended(void **state)
{
    const char *path = in_folder("grows");
    char trouble[CAPTURE_ERR];
    struct capture *two[2];

    (void)state;
    first_of_two_has_read(path, two);
    write_records(path, "a", 50);
    assert_int_equal(frames_of(two[1], trouble), 100);
    assert_string_equal(trouble, "");
    capture_free(two[1]);
    capture_free(two[0]);
}

/* Rotated away between the two: the second says so, instead of reading something else. */
static void another_file_of_the_same_name_is_refused(void **state)
{
    const char *path = in_folder("rotated");
    char trouble[CAPTURE_ERR];
    struct capture *two[2];

    (void)state;
    first_of_two_has_read(path, two);
    write_records(in_folder("new"), "w", 7);
    assert_int_equal(rename(in_folder("new"), path), 0);
    assert_int_equal(frames_of(two[1], trouble), 0);
    assert_non_null(strstr(trouble, "another file"));
    capture_free(two[1]);
    capture_free(two[0]);
}

/* A pipe in its place, which nobody writes to: to open it would wait for ever, where no signal comes through. */
static void a_pipe_of_the_same_name_is_refused(void **state)
{
    const char *path = in_folder("piped");
    char trouble[CAPTURE_ERR];
    struct capture *first;

    (void)state;
    write_records(path, "w", 100);
    first = open_files(&path, 1);
    assert_true(capture_files_plain(first));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(10);
    assert_int_equal(frames_of(first, trouble), 0);
    alarm(0);
    assert_non_null(strstr(trouble, "another file"));
    capture_free(first);
    assert_int_equal(unlink(path), 0);
}

/* --- files of many pieces, which readers share (sensor/intake/pieces) --- */

enum { LONG_FRAMES = 12000, HUGE_EVERY = 1000, HUGE_BYTES = 200000 }; /* 13 MB: more than all pieces; huge: across two pieces at least */

static uint32_t length_of(uint32_t i)
{
    return i % HUGE_EVERY == HUGE_EVERY - 1 ? HUGE_BYTES : 1 + i * 7919 % 1800;
}

/* Every frame has other bytes, and another length. */
static void write_long(const char *path, uint32_t n, uint32_t seed)
{
    static uint8_t frame[HUGE_BYTES];
    FILE *f;

    write_records(path, "w", 0);
    f = fopen(path, "a");
    assert_non_null(f);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t record[4] = {1700000000, i, length_of(i), length_of(i)};

        for (uint32_t k = 0; k < length_of(i); k += 64)
            frame[k] = (uint8_t)(seed + i + k / 64);
        fwrite(record, sizeof(record), 1, f);
        fwrite(frame, length_of(i), 1, f);
    }
    assert_int_equal(fclose(f), 0);
}

/* A reader, and what all that it read comes to. */
struct sum {
    struct capture *capture;
    unsigned frames;
    uint64_t bytes; /* FNV-1a */
    char trouble[CAPTURE_ERR];
    pthread_t thread;
};

static void add_frame(struct sum *s, const struct frame *f)
{
    s->frames++;
    for (size_t i = 0; i < f->bytes.n; i += 64)
        s->bytes = (s->bytes ^ f->bytes.p[i]) * 1099511628211u;
    s->bytes = (s->bytes ^ f->bytes.n ^ (uint64_t)f->ts_us) * 1099511628211u;
}

/* At most so many calls. True: the end was reached. */
static bool read_on(struct sum *s, unsigned calls)
{
    while (calls--) {
        struct frame f[16];
        unsigned n;
        int status;

        switch (capture_next_some(s->capture, f, 16, &n)) {
        case CAPTURE_FRAME:
            for (unsigned i = 0; i < n; i++)
                add_frame(s, &f[i]);
            break;
        case CAPTURE_TROUBLE: snprintf(s->trouble, sizeof(s->trouble), "%s", capture_trouble(s->capture, &status)); break;
        case CAPTURE_END: return true;
        default: break;
        }
    }
    return false;
}

static void *read_to_the_end(void *ctx)
{
    read_on(ctx, UINT32_MAX);
    return NULL;
}

enum { READERS = 4 };

/* That many readers of the same files. */
static void open_readers(const char *const *paths, unsigned n, struct sum r[READERS])
{
    memset(r, 0, READERS * sizeof(*r));
    r[0].capture = open_files(paths, n);
    assert_true(capture_files_plain(r[0].capture));
    for (unsigned i = 1; i < READERS; i++) {
        r[i].capture = capture_open_again(r[0].capture);
        assert_non_null(r[i].capture);
    }
}

static void close_readers(struct sum r[READERS])
{
    for (unsigned i = READERS; i--;)
        capture_free(r[i].capture);
}

/* As one reads them who reads alone, and shares nothing. */
static struct sum read_alone(const char *const *paths, unsigned n)
{
    struct sum s = {.capture = open_files(paths, n)};

    read_to_the_end(&s);
    capture_free(s.capture);
    return s;
}

static void assert_read_as(const struct sum *s, const struct sum *alone)
{
    assert_int_equal(s->frames, alone->frames);
    assert_true(s->bytes == alone->bytes);
    assert_string_equal(s->trouble, alone->trouble);
}

/* Two long files, the second cut, and a short one, which is not shared. */
static unsigned write_three(const char *paths[3])
{
    paths[0] = in_folder("long-one");
    paths[1] = in_folder("long-two");
    paths[2] = in_folder("short");
    write_long(paths[0], LONG_FRAMES, 1);
    write_long(paths[1], LONG_FRAMES / 2, 99);
    assert_int_equal(truncate(paths[1], 2000003), 0);
    write_long(paths[2], 20, 7);
    return 3;
}

/* In threads, as fast as they can: whoever comes first reads a piece, and nobody waits for anyone. */
static void readers_beside_each_other_read_the_same(void **state)
{
    const char *paths[3];
    unsigned n = write_three(paths);
    struct sum r[READERS], alone = read_alone(paths, n);

    (void)state;
    assert_true(alone.frames > LONG_FRAMES);
    assert_non_null(strstr(alone.trouble, "cut in mid-packet"));
    for (unsigned turn = 0; turn < 10; turn++) {
        open_readers(paths, n, r);
        for (unsigned i = 0; i < READERS; i++)
            assert_int_equal(pthread_create(&r[i].thread, NULL, read_to_the_end, &r[i]), 0);
        for (unsigned i = 0; i < READERS; i++) {
            pthread_join(r[i].thread, NULL);
            assert_read_as(&r[i], &alone);
        }
        close_readers(r);
    }
}

/* One a few calls behind the first, one so far that its pieces are gone, one that begins when all others are through. */
static void readers_far_apart_read_the_same(void **state)
{
    static const unsigned behind[READERS] = {0, 5, 900, UINT32_MAX};
    const char *paths[3];
    unsigned n = write_three(paths), over = 0;
    struct sum r[READERS], alone = read_alone(paths, n);

    (void)state;
    open_readers(paths, n, r);
    for (unsigned turn = 0; over < READERS - 1; turn++)
        for (unsigned i = over = 0; i < READERS - 1; i++)
            over += turn >= behind[i] && read_on(&r[i], 1);
    read_to_the_end(&r[READERS - 1]);
    for (unsigned i = 0; i < READERS; i++)
        assert_read_as(&r[i], &alone);
    close_readers(r);
}

/* Cut short where the first one was already: he read more than is there now. Whoever comes behind says that it is cut. */
static void a_long_file_that_shrinks(void **state)
{
    const char *path = in_folder("shrinks");
    struct sum r[READERS];

    (void)state;
    write_long(path, LONG_FRAMES, 1);
    open_readers(&path, 1, r);
    read_on(&r[0], 100);
    assert_int_equal(truncate(path, 1000), 0);
    for (unsigned i = 0; i < READERS; i++) {
        read_to_the_end(&r[i]);
        assert_true(r[i].frames < LONG_FRAMES);
        assert_non_null(strstr(r[i].trouble, "cut in mid-packet"));
    }
    close_readers(r);
}

/* Nothing of what was written behind its old end is read, though the last piece has room for it. */
static void a_long_file_that_grows(void **state)
{
    const char *path = in_folder("grows-long");
    struct sum r[READERS], alone;

    (void)state;
    write_long(path, LONG_FRAMES, 1);
    alone = read_alone(&path, 1);
    open_readers(&path, 1, r);
    write_records(path, "a", 50);
    for (unsigned i = 0; i < READERS; i++) {
        read_to_the_end(&r[i]);
        assert_read_as(&r[i], &alone);
    }
    close_readers(r);
}

/* A length that leads astray, deep in the file: what is passed over is far longer than a piece. */
static void damage_across_pieces(void **state)
{
    const char *path = in_folder("damaged-long");
    struct sum r[READERS], alone;
    FILE *f;

    (void)state;
    write_long(path, LONG_FRAMES, 1);
    f = fopen(path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, 1500000, SEEK_SET), 0);
    for (unsigned i = 0; i < 400000; i++)
        fputc(0xff, f);
    assert_int_equal(fclose(f), 0);
    alone = read_alone(&path, 1);
    assert_non_null(strstr(alone.trouble, "passed over"));
    open_readers(&path, 1, r);
    for (unsigned i = 0; i < READERS; i++) {
        read_to_the_end(&r[i]);
        assert_read_as(&r[i], &alone);
    }
    close_readers(r);
}

/* One file after the other, a missing one between them; each has its names and its trouble for itself. */
static void several_files_with_trouble_between(void **state)
{
    const char *const paths[] = {in_folder("one"), in_folder("cut"), in_folder("two")};
    char trouble[2][CAPTURE_ERR];
    struct capture *first, *second;

    (void)state;
    write_records(paths[0], "w", 10);
    write_records(paths[1], "w", 5);
    write_records(paths[2], "w", 20);
    assert_int_equal(truncate(paths[1], 24 + 5 * 76 - 1), 0);
    first = open_files(paths, 3);
    assert_true(capture_files_plain(first));
    second = capture_open_again(first);
    assert_non_null(second);
    assert_int_equal(frames_of(first, trouble[0]), 34);
    assert_int_equal(frames_of(second, trouble[1]), 34);
    assert_non_null(strstr(trouble[0], "cut in mid-packet"));
    assert_string_equal(trouble[0], trouble[1]);
    capture_free(second);
    capture_free(first);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state)
{
    char command[600];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_can_be_read_by_several),
        cmocka_unit_test(a_file_that_grows_ends_where_it_ended),
        cmocka_unit_test(another_file_of_the_same_name_is_refused),
        cmocka_unit_test(a_pipe_of_the_same_name_is_refused),
        cmocka_unit_test(several_files_with_trouble_between),
        cmocka_unit_test(readers_beside_each_other_read_the_same),
        cmocka_unit_test(readers_far_apart_read_the_same),
        cmocka_unit_test(a_long_file_that_shrinks),
        cmocka_unit_test(a_long_file_that_grows),
        cmocka_unit_test(damage_across_pieces),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
