/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files in every form that people have, whole, compressed, cut and damaged: what is read,
 * what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "sensor/intake/capture.h"
#include "tests/unit/capture_make.h"

/* --- the cases --- */

static void us(struct file *f)
{
    pcap_header(f, 0xa1b2c3d4, 1);
    three_records(f, 1);
}

static void us_swapped(struct file *f)
{
    f->swapped = true;
    us(f);
}

static void ns(struct file *f)
{
    pcap_header(f, 0xa1b23c4d, 1);
    three_records(f, 1000);
}

static void ns_swapped(struct file *f)
{
    f->swapped = true;
    ns(f);
}

static void kuznetzov(struct file *f)
{
    pcap_header(f, 0xa1b2cd34, 1);
    u32(f, 1000);
    u32(f, 1);
    u32(f, 4);
    u32(f, 4);
    u8s(f, "12345678abcd", 12);
}

static void raw_ip(struct file *f)
{
    pcap_header(f, 0xa1b2c3d4, 101);
    pcap_record(f, 1000, 0, 40, 40);
}

static void with_fcs_bits(struct file *f)
{
    pcap_header(f, 0xa1b2c3d4, 0x24000001);
    pcap_record(f, 1000, 0, 64, 64);
}

static void no_packets(struct file *f)
{
    pcap_header(f, 0xa1b2c3d4, 1);
}

static void cut_in_record(struct file *f)
{
    us(f);
    pcap_record(f, 1003, 0, 100, 100);
    f->n -= 99;
}

static void cut_in_record_header(struct file *f)
{
    us(f);
    f->n += 7;
}

static void absurd_length(struct file *f)
{
    us(f);
    u32(f, 1003);
    u32(f, 0);
    u32(f, 0x7fffffff);
    u32(f, 60);
    f->n += 60;
}

static void cut_in_file_header(struct file *f)
{
    no_packets(f);
    f->n = 23;
}

static void garbage(struct file *f)
{
    u8s(f, "#!/bin/sh\necho no capture\n", 26);
}

static void three_bytes(struct file *f)
{
    u8s(f, "abc", 3);
}

static void nothing(struct file *f)
{
    (void)f;
}

static void ng(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    unknown_block(f, 5);
    enhanced(f, 0, 1000000001, 60, 60);
    unknown_block(f, 0x0bad);
    enhanced(f, 0, 1001000002, 10, 1514);
    enhanced(f, 0, 1002999999, 1, 1);
    unknown_block(f, 4);
}

static void ng_swapped(struct file *f)
{
    f->swapped = true;
    ng(f);
}

static void ng_interfaces(struct file *f)
{
    section(f);
    interface(f, 1, 9, 0);            /* nanoseconds */
    interface(f, 113, 0x80 | 10, 0);  /* 1/1024 s */
    interface(f, 101, 3, 3600);       /* milliseconds, an hour off */
    enhanced(f, 0, UINT64_C(1000000001999), 4, 4);
    enhanced(f, 1, 1001 * 1024 + 512, 4, 4);
    enhanced(f, 2, 1002 * 1000 + 7, 4, 4);
    simple(f, 3);
}

/* Any 64 bits stand there; the sensor counts on with them. */
static void ng_far_times(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    enhanced(f, 0, INT64_MAX, 4, 4);
    enhanced(f, 0, (uint64_t)INT64_MIN, 4, 4);
    enhanced(f, 0, UINT64_MAX, 4, 4);
}

static void ng_sections(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    enhanced(f, 0, 1, 4, 4);
    f->swapped = true;
    section(f);
    interface(f, 113, 0, 0);
    enhanced(f, 0, 2, 4, 4);
}

static void ng_old_packet(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    u32(f, 2);
    u32(f, 36);
    u16(f, 0);
    u16(f, 0xffff);
    u32(f, 0);
    u32(f, 5);
    u32(f, 4);
    u32(f, 60);
    u8s(f, "abcd", 4);
    u32(f, 36);
}

static void ng_stranger(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    enhanced(f, 0, 1, 4, 4);
    enhanced(f, 7, 2, 4, 4);
}

static void ng_longer_than_block(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    enhanced(f, 0, 1, 4, 4);
    f->p[f->n - 36 + 20] = 5;
}

static void ng_wrong_trailer(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    enhanced(f, 0, 1, 4, 4);
    f->p[f->n - 4] ^= 4;
}

static void ng_cut(struct file *f)
{
    ng(f);
    f->n -= 30;
}

static void ng_zero_length(struct file *f)
{
    section(f);
    interface(f, 1, 0, 0);
    u32(f, 0x77);
    u32(f, 0);
    f->n += 16;
}

enum packing { AS_IS, GZIP, GZIP_TWO, GZIP_PADDED, ZSTD, GZIP_CUT, ZSTD_CUT, GZIP_DAMAGED };

static const struct {
    const char *name;
    void (*make)(struct file *f);
    enum packing packing;
    const char *expected; /* NULL: the three frames */
} cases[] = {
    {"microseconds", us, AS_IS, NULL},
    {"microseconds, other byte order", us_swapped, AS_IS, NULL},
    {"nanoseconds", ns, AS_IS, NULL},
    {"nanoseconds, other byte order", ns_swapped, AS_IS, NULL},
    {"Kuznetzov's longer headers", kuznetzov, AS_IS,
     "frame 1 1000.000001 n=4 wire=4 link=1 if=0\n"},
    {"LINKTYPE_RAW is DLT 12", raw_ip, AS_IS, "frame 1 1000.000000 n=40 wire=40 link=12 if=0\n"},
    {"link type with FCS bits", with_fcs_bits, AS_IS,
     "frame 1 1000.000000 n=64 wire=64 link=1 if=0\n"},
    {"no packets are no trouble", no_packets, AS_IS, ""},
    {"pcapng", ng, AS_IS, NULL},
    {"pcapng, other byte order", ng_swapped, AS_IS, NULL},
    {"pcapng: each interface its link type and clock", ng_interfaces, AS_IS,
     "frame 1 1000.000001 n=4 wire=4 link=1 if=0\n"
     "frame 2 1001.500000 n=4 wire=4 link=113 if=1\n"
     "frame 3 4602.007000 n=4 wire=4 link=12 if=2\n"
     "frame 4 4602.007000 n=3 wire=3 link=1 if=0\n"},
    {"pcapng: times no clock says", ng_far_times, AS_IS,
     "frame 1 2305843009213.693951 n=4 wire=4 link=1 if=0\n"
     "frame 2 -2305843009213.-693951 n=4 wire=4 link=1 if=0\n"
     "frame 3 0.-00001 n=4 wire=4 link=1 if=0\n"},
    {"pcapng: sections of different byte order", ng_sections, AS_IS,
     "frame 1 0.000001 n=4 wire=4 link=1 if=0\n"
     "frame 2 0.000002 n=4 wire=4 link=113 if=0\n"},
    {"pcapng: the obsolete packet block", ng_old_packet, AS_IS,
     "frame 1 0.000005 n=4 wire=60 link=1 if=0\n"},
    {"gzip", us, GZIP, NULL},
    {"gzip of pcapng", ng, GZIP, NULL},
    {"gzip in two members", us, GZIP_TWO, NULL},
    {"gzip padded with zeros", us, GZIP_PADDED, NULL},
    {"zstd", us, ZSTD, NULL},
    {"cut in a packet", cut_in_record, AS_IS,
     "=cut in mid-packet; the 3 packets before that were read"},
    {"cut in a record header", cut_in_record_header, AS_IS,
     "=cut in mid-packet; the 3 packets before that were read"},
    {"a packet of 2 GB", absurd_length, AS_IS,
     "=damaged: a packet of 2147483647 bytes; the 3 packets before that were read"},
    {"gzip cut", us, GZIP_CUT, "=the gzip stream is cut; the 3 packets before that were read"},
    {"zstd cut", us, ZSTD_CUT, "not a capture: the zstd stream is cut"},
    {"gzip damaged", us, GZIP_DAMAGED, "not a capture: the gzip stream is damaged"},
    {"pcapng cut", ng_cut, AS_IS,
     "frame 1 1000.000001 n=60 wire=60 link=1 if=0\n"
     "frame 2 1001.000002 n=10 wire=1514 link=1 if=0\n"
     "trouble 3: cut in mid-packet; the 2 packets before that were read\n"},
    {"pcapng: interface nobody described", ng_stranger, AS_IS,
     "frame 1 0.000001 n=4 wire=4 link=1 if=0\n"
     "trouble 3: damaged: a packet of an interface that the file does not describe; "
     "the 1 packets before that were read\n"},
    {"pcapng: packet longer than its block", ng_longer_than_block, AS_IS,
     "trouble 3: damaged: a packet that is longer than its block; the 0 packets before that were "
     "read\n"},
    {"pcapng: wrong trailer", ng_wrong_trailer, AS_IS,
     "trouble 3: damaged: a block that does not end where it says; the 0 packets before that were "
     "read\n"},
    {"pcapng: block of length 0", ng_zero_length, AS_IS,
     "trouble 3: damaged: a block of no possible length; the 0 packets before that were read\n"},
    {"cut in the file header", cut_in_file_header, AS_IS, "not a capture: cut in its file header"},
    {"something else", garbage, AS_IS, "not a capture: neither pcap nor pcapng"},
    {"three bytes", three_bytes, AS_IS, "not a capture: too short"},
    {"empty", nothing, AS_IS, "not a capture: empty"},
};

/* --- packing and running --- */

static char folder[] = "/tmp/mxtap-capture-XXXXXX";

static void gzip_member(struct file *out, const uint8_t *p, size_t n)
{
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (uint8_t *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = out->p + out->n;
    z.avail_out = (uInt)(sizeof(out->p) - out->n);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n = sizeof(out->p) - z.avail_out;
    deflateEnd(&z);
}

static void pack(struct file *out, const struct file *f, enum packing how)
{
    size_t half = how == GZIP_TWO ? f->n / 2 : f->n;

    out->n = 0;
    if (how == AS_IS) {
        u8s(out, f->p, f->n);
    } else if (how == ZSTD || how == ZSTD_CUT) {
        out->n = ZSTD_compress(out->p, sizeof(out->p), f->p, f->n, 3);
        assert_false(ZSTD_isError(out->n));
    } else {
        gzip_member(out, f->p, half);
        if (half < f->n)
            gzip_member(out, f->p + half, f->n - half);
    }
    if (how == GZIP_PADDED)
        out->n += 512;
    if (how == GZIP_CUT || how == ZSTD_CUT)
        out->n -= 8;
    if (how == GZIP_DAMAGED)
        memset(out->p + 10, 0xff, 8);
}

static const char *write_file(const char *name, const struct file *f)
{
    static char path[4][512];
    static unsigned turn;
    char *p = path[turn++ % 4];
    FILE *out;

    snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    out = fopen(p, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(f->p, 1, f->n, out), f->n);
    assert_int_equal(fclose(out), 0);
    return p;
}

static void add(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct buf *b, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    buf_add(b, span_cstr(text));
}

enum { MOST = 100 }; /* frames at once */
static unsigned sums; /* of all frames' bytes */

/* All of them are read when the first is told, so each must still be there. */
static void tell_frames(struct buf *b, const struct frame *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++, f++) {
        unsigned sum = 0;

        for (size_t k = 0; k < f->bytes.n; k++)
            sum = sum * 31 + f->bytes.p[k];
        add(b, "frame %llu %lld.%06lld n=%zu wire=%u link=%d if=%u%s\n",
            (unsigned long long)f->number, (long long)(f->ts_us / 1000000),
            (long long)(f->ts_us % 1000000), f->bytes.n, f->wire, f->link_type, f->iface,
            f->filtered ? " filtered" : "");
        sums = sums * 31 + sum;
    }
}

/* Everything that a source says, as text; paths in trouble are cut off. sources: tell them too. most: frames at once. */
static char *transcript_by(const char *const *paths, unsigned n, const char *filter, bool sources, unsigned most)
{
    struct mem m;
    struct buf b;
    char err[CAPTURE_ERR];
    int status;
    struct capture *c = capture_open_files(paths, n, filter, &status, err);
    struct frame f[MOST];
    unsigned some;
    enum capture_result r;

    sums = 0;
    mem_init(&m, 0);
    buf_init(&b, &m, 1 << 20);
    if (!c)
        add(&b, "refused %d: %s\n", status, strrchr(err, '/') ? strrchr(err, '/') + 1 : err);
    while (c && (r = capture_next_some(c, f, most, &some)) != CAPTURE_END) {
        if (r == CAPTURE_SOURCE && sources) {
            const struct capture_source *s = capture_source(c);

            add(&b, "source %.*s%s\n", SPAN_FMT(s->name), s->follows ? " follows" : "");
        } else if (r == CAPTURE_TROUBLE) {
            const char *text = capture_trouble(c, &status);

            text = sources ? strrchr(text, '/') + 1 : strstr(text, ": ") + 2;
            add(&b, "trouble %d: %s\n", status, text);
        } else if (r == CAPTURE_FRAME) {
            assert_true(some >= 1 && some <= most);
            tell_frames(&b, f, some);
        }
    }
    buf_add_byte(&b, 0);
    capture_free(c);
    return (char *)b.p;
}

/* The same however many frames come at once. */
static char *transcript(const char *const *paths, unsigned n, const char *filter, bool sources)
{
    static const unsigned several[] = {2, 3, MOST};
    char *said = transcript_by(paths, n, filter, sources, 1);
    unsigned bytes = sums;

    for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++) {
        char *also = transcript_by(paths, n, filter, sources, several[i]);

        assert_string_equal(also, said);
        assert_int_equal(sums, bytes);
        free(also);
    }
    return said;
}

/* "=text": the three frames and then trouble; other text without a line end: only trouble. */
static void expectation(const char *expected, char out[2048])
{
    if (!expected)
        snprintf(out, 2048, "%s", three);
    else if (expected[0] == '=')
        snprintf(out, 2048, "%strouble 3: %s\n", three, expected + 1);
    else if (*expected && !strchr(expected, '\n'))
        snprintf(out, 2048, "trouble 3: %s\n", expected);
    else
        snprintf(out, 2048, "%s", expected);
}

static void forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static struct file made, packed;
        char expected[2048], *got;
        const char *path;

        memset(&made, 0, sizeof(made));
        memset(&packed, 0, sizeof(packed));
        cases[i].make(&made);
        pack(&packed, &made, cases[i].packing);
        path = write_file("case", &packed);
        expectation(cases[i].expected, expected);
        got = transcript(&path, 1, NULL, false);
        if (strcmp(got, expected) != 0)
            fail_msg("%s: expected\n%sgot\n%s", cases[i].name, expected, got);
        free(got);
    }
}

/* Every cut of a file reads the packets before it, and none that is not there. */
static void cut_anywhere(void **state)
{
    void (*const makes[])(struct file *) = {us, ng};

    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        static struct file f;
        size_t whole;

        memset(&f, 0, sizeof(f));
        makes[k](&f);
        whole = f.n;
        for (f.n = 0; f.n < whole; f.n++) {
            const char *path = write_file("cut", &f);
            char *got = transcript(&path, 1, NULL, false);
            char *trouble = strstr(got, "trouble");

            if (trouble)
                *trouble = 0;
            assert_memory_equal(got, three, strlen(got));
            free(got);
        }
    }
}

static void one_file_at(const char *name, uint32_t s)
{
    static struct file f;

    memset(&f, 0, sizeof(f));
    pcap_header(&f, 0xa1b2c3d4, 1);
    pcap_record(&f, s, 0, 60, 60);
    pcap_record(&f, s + 10, 0, 60, 60);
    write_file(name, &f);
}

/* A folder: in name order, hidden files and what is no capture passed over; follows within a
 * minute. */
static void folders(void **state)
{
    static struct file text;
    char sub[600];
    const char *path = sub;
    char *got;

    (void)state;
    snprintf(sub, sizeof(sub), "%s/d", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    one_file_at("d/b.pcap", 2020);
    one_file_at("d/a.pcap", 2000);
    one_file_at("d/c.pcap", 1970); /* exactly a minute before the last packet */
    one_file_at("d/d.pcap", 1969);
    one_file_at("d/e", 9000);
    one_file_at("d/.hidden.pcap", 5);
    memset(&text, 0, sizeof(text));
    garbage(&text);
    write_file("d/README.md", &text);
    write_file("d/x.pcap.gz", &text);
    got = transcript(&path, 1, NULL, true);
    assert_string_equal(got,
                        "source a.pcap\n"
                        "frame 1 2000.000000 n=60 wire=60 link=1 if=0\n"
                        "frame 2 2010.000000 n=60 wire=60 link=1 if=0\n"
                        "source b.pcap follows\n"
                        "frame 1 2020.000000 n=60 wire=60 link=1 if=0\n"
                        "frame 2 2030.000000 n=60 wire=60 link=1 if=0\n"
                        "source c.pcap follows\n"
                        "frame 1 1970.000000 n=60 wire=60 link=1 if=0\n"
                        "frame 2 1980.000000 n=60 wire=60 link=1 if=0\n"
                        "source d.pcap\n"
                        "frame 1 1969.000000 n=60 wire=60 link=1 if=0\n"
                        "frame 2 1979.000000 n=60 wire=60 link=1 if=0\n"
                        "source e follows\n"
                        "frame 1 9000.000000 n=60 wire=60 link=1 if=0\n"
                        "frame 2 9010.000000 n=60 wire=60 link=1 if=0\n"
                        "trouble 3: x.pcap.gz: not a capture: neither pcap nor pcapng\n");
    free(got);
}

static void refusals(void **state)
{
    char missing[600], empty[600];
    const char *paths[2];
    char *got;

    (void)state;
    snprintf(missing, sizeof(missing), "%s/missing.pcap", folder);
    snprintf(empty, sizeof(empty), "%s/empty", folder);
    mkdir(empty, 0700);
    one_file_at("good.pcap", 1);
    paths[0] = missing;
    got = transcript(paths, 1, NULL, true);
    assert_string_equal(got, "refused 1: missing.pcap: No such file or directory\n");
    free(got);
    paths[0] = empty;
    got = transcript(paths, 1, NULL, true);
    assert_string_equal(got, "refused 1: empty: no file in this folder\n");
    free(got);
    got = transcript(paths, 1, "tcp prt 25", true);
    assert_memory_equal(got, "refused 2: filter 'tcp prt 25': ", 31);
    free(got);
}

/* More than are read ahead to tell what file it is: from there on, frames that lie ready come together. The last one is cut. */
static void many_frames(void **state)
{
    static struct file f;
    const char *path;
    char *got;
    unsigned lines = 0;

    (void)state;
    memset(&f, 0, sizeof(f));
    pcap_header(&f, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < 600; i++)
        pcap_record(&f, 1000 + i, i, i % 97, 100);
    f.n--;
    path = write_file("many.pcap", &f);
    got = transcript(&path, 1, "greater 50", true);
    for (const char *p = got; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 1 + 599 + 1);
    assert_non_null(strstr(got, "frame 599 1598.000598 n=16 wire=100 link=1 if=0"));
    assert_non_null(strstr(got, "trouble 3: many.pcap: cut in mid-packet; the 599 packets before that were read\n"));
    free(got);
}

/* Blocks that lie ready come together too, but a link type met late needs a filter first (all is IP to 228, nothing here to Ethernet), other
 * blocks and damage stand between, and the last one is cut. */
static void many_blocks(bool swapped)
{
    static struct file f;
    const char *path;
    char *got;

    memset(&f, 0, sizeof(f));
    f.swapped = swapped;
    section(&f);
    interface(&f, 1, 0, 0);
    interface(&f, 228, 0, 0);
    for (uint32_t i = 0; i < 600; i++) {
        if (i % 50 == 49)
            unknown_block(&f, 5);
        enhanced(&f, i > 300 && i / 7 % 3 == 0, 1000000000 + i, i % 61, 100);
        if (i == 500)
            f.p[f.n - 4] ^= 4;
    }
    f.n--;
    path = write_file("many.pcapng", &f);
    got = transcript(&path, 1, "ip", true);
    assert_non_null(strstr(got, "frame 443 1000.000442 n=15 wire=100 link=228 if=1\nframe 444 1000.000443 n=16 wire=100 link=228 if=1\n"));
    assert_non_null(strstr(got, "frame 449 1000.000448 n=21 wire=100 link=1 if=0 filtered\n"));
    assert_non_null(strstr(got, "frame 501 1000.000501 n=13 wire=100 link=1 if=0 filtered\n"));
    assert_null(strstr(got, "1000.000500 "));
    assert_non_null(strstr(got, "trouble 3: many.pcapng: "));
    free(got);
}

static void blocks_in_either_order(void **state)
{
    (void)state;
    many_blocks(false);
    many_blocks(true);
}

static void user_filter(void **state)
{
    static struct file f;
    static const uint8_t frame[] =
        "\0\0\0\0\0\0\0\0\0\0\0\0\x08\x00\x45\0\0\x28\0\0\0\0\x40\x06\0\0"
        "\xc0\x00\x02\x01\xc0\x00\x02\x02\x9c\x40\x00\x19";
    const char *path;
    char *got;

    (void)state;
    memset(&f, 0, sizeof(f));
    pcap_header(&f, 0xa1b2c3d4, 1);
    pcap_record(&f, 1, 0, 60, 60);
    memcpy(f.p + f.n - 60, frame, sizeof(frame) - 1);
    pcap_record(&f, 2, 0, 60, 60);
    path = write_file("filter", &f);
    got = transcript(&path, 1, "tcp port 25 and src host 192.0.2.1", false);
    assert_string_equal(got, "frame 1 1.000000 n=60 wire=60 link=1 if=0\n"
                             "frame 2 2.000000 n=60 wire=60 link=1 if=0 filtered\n");
    free(got);
}

/* Far more than the window holds, in sizes that put its end everywhere in a record. */
static void window_moves(void **state)
{
    enum { RECORDS = 4000 };
    struct file *f = calloc(1, sizeof(*f));
    char path[600], err[CAPTURE_ERR];
    const char *one = path;
    struct capture *c;
    struct frame frame;
    unsigned n = 0, r;
    int status;
    FILE *out;

    (void)state;
    snprintf(path, sizeof(path), "%s/large", folder);
    out = fopen(path, "w");
    pcap_header(f, 0xa1b2c3d4, 1);
    for (unsigned i = 0; i < RECORDS; i++) {
        pcap_record(f, i, 0, i * 7 % 1500, 1500);
        assert_int_equal(fwrite(f->p, 1, f->n, out), f->n);
        f->n = 0;
    }
    fclose(out);
    free(f);
    c = capture_open_files(&one, 1, NULL, &status, err);
    assert_non_null(c);
    while ((r = capture_next(c, &frame)) != CAPTURE_END) {
        if (r != CAPTURE_FRAME)
            continue;
        assert_int_equal(frame.bytes.n, n * 7 % 1500);
        for (size_t i = 0; i < frame.bytes.n; i++)
            assert_int_equal(frame.bytes.p[i], n & 0xff);
        n++;
    }
    assert_int_equal(n, RECORDS);
    capture_free(c);
}

static void source_id(const char *path, char id[65])
{
    char err[CAPTURE_ERR];
    int status;
    struct capture *c = capture_open_files(&path, 1, NULL, &status, err);
    struct frame f;

    assert_non_null(c);
    assert_int_equal(capture_next(c, &f), CAPTURE_SOURCE);
    memcpy(id, capture_source(c)->id, 65);
    capture_free(c);
}

static void make_many(struct file *f, unsigned n)
{
    memset(f, 0, sizeof(*f));
    pcap_header(f, 0xa1b2c3d4, 1);
    for (unsigned i = 0; i < n; i++)
        pcap_record(f, 1000 + i, 0, 60, 60);
}

/* A run's identity: the first 64 frames, whatever the name, the form, the compression and what
 * follows. */
static void identity(void **state)
{
    static struct file f, packed;
    char first[65], other[65];

    (void)state;
    make_many(&f, 64);
    source_id(write_file("id", &f), first);
    assert_int_equal(strlen(first), 64);
    make_many(&f, 65);
    source_id(write_file("grown", &f), other);
    assert_string_equal(first, other);
    memset(&packed, 0, sizeof(packed));
    pack(&packed, &f, ZSTD);
    source_id(write_file("grown.zst", &packed), other);
    assert_string_equal(first, other);
    f.p[f.n - 2 * 76] ^= 1; /* the time of the 64th */
    source_id(write_file("changed", &f), other);
    assert_string_not_equal(first, other);
    make_many(&f, 63);
    source_id(write_file("fewer", &f), other);
    assert_string_not_equal(first, other);
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
        cmocka_unit_test(forms),       cmocka_unit_test(cut_anywhere), cmocka_unit_test(folders),
        cmocka_unit_test(refusals),    cmocka_unit_test(user_filter),  cmocka_unit_test(identity),
        cmocka_unit_test(window_moves), cmocka_unit_test(many_frames),  cmocka_unit_test(blocks_in_either_order),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
