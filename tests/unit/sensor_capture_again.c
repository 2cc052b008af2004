/* SPDX-License-Identifier: Apache-2.0 */
/* capture, read by several at once: each gets the same bytes, whatever becomes of the files meanwhile, or it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
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
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
