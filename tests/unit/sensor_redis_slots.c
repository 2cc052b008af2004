/* SPDX-License-Identifier: Apache-2.0 */
/* Where a cluster's keys are: CRC16, the 64 buckets, CLUSTER SLOTS, MOVED and ASK, and what is no such answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "sensor/publish/redis_bucket.h"
#include "sensor/publish/redis_slots.h"

/* The first is the vector of the cluster's specification; slots are what CLUSTER KEYSLOT says. */
static void test_crc16(void **state)
{
    (void)state;
    assert_int_equal(redis_crc16(SPAN("123456789")), 0x31c3);
    assert_int_equal(redis_crc16(SPAN("")), 0);
    assert_int_equal(redis_crc16(SPAN("foo")) % REDIS_SLOTS, 12182);
}

static void test_buckets(void **state)
{
    unsigned filled[REDIS_BUCKETS] = {0};
    char tag[BUCKET_TAG], name[32];

    (void)state;
    redis_bucket_tag(7, tag);
    assert_string_equal(tag, "{07}:");
    redis_bucket_tag(63, tag);
    assert_string_equal(tag, "{63}:");
    assert_int_equal(redis_bucket_slot(0), redis_crc16(SPAN("00")) % REDIS_SLOTS);
    /* The bucket is that of the two words together: "kind:value". */
    assert_int_equal(redis_bucket_of(SPAN("helo"), SPAN("amazon.co.jp")), redis_crc16(SPAN("helo:amazon.co.jp")) % 64);
    assert_int_equal(redis_bucket_of(SPAN("helo"), SPAN("")), redis_crc16(SPAN("helo:")) % 64);
    for (unsigned i = 0; i < 6400; i++) {
        snprintf(name, sizeof(name), "mail%u.example.net", i);
        filled[redis_bucket_of(SPAN("helo"), span_cstr(name))]++;
    }
    for (unsigned i = 0; i < REDIS_BUCKETS; i++)
        assert_in_range(filled[i], 50, 150);
}

/* No two buckets' tags share a slot, so that a slot that moves takes one bucket with it. */
static void test_slots_differ(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REDIS_BUCKETS; i++)
        for (unsigned k = i + 1; k < REDIS_BUCKETS; k++)
            assert_int_not_equal(redis_bucket_slot(i), redis_bucket_slot(k));
}

static void test_redirections(void **state)
{
    static const struct {
        const char *error, *host; /* NULL: no redirection */
        unsigned port;
    } cases[] = {
        {"MOVED 3999 127.0.0.1:6381", "127.0.0.1", 6381},
        {"ASK 3999 redis-2.example.com:6381", "redis-2.example.com", 6381},
        {"MOVED 3999 2001:db8::7:6379", "2001:db8::7", 6379},
        {"ASK 3999 [2001:db8::7]:6379", "2001:db8::7", 6379},
        {"MOVED 3999 :6380", "", 6380}, /* the same host, another port */
        {"MOVED 3999", NULL, 0},
        {"MOVED 3999 host", NULL, 0},
        {"MOVED 3999 host:", NULL, 0},
        {"MOVED 3999 host:0", NULL, 0},
        {"MOVED 3999 host:65536", NULL, 0},
        {"MOVED 3999 host:99999999999999999999", NULL, 0},
        {"MOVED 3999 host:63x", NULL, 0},
        {"MOVED", NULL, 0},
        {"", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct span host = {NULL, 0};
        uint16_t port = 0;
        bool is = redis_redirection(span_cstr(cases[i].error), &host, &port);

        if (is != (cases[i].host != NULL) || (is && (port != cases[i].port || !span_eq(host, span_cstr(cases[i].host)))))
            fail_msg("%s: %d %.*s %u", cases[i].error, is, SPAN_FMT(host), port);
    }
}

/* The ranges of a reply in protocol form, as "0-5460 a:7000; ". "none": it is no answer to CLUSTER SLOTS. */
static void note(void *ctx, const struct redis_range *r)
{
    char *text = ctx;

    snprintf(text + strlen(text), 200 - strlen(text), "%u-%u %.*s:%u; ", r->from, r->to, SPAN_FMT(r->host), r->port);
}

static void test_slots(void **state)
{
    static const struct {
        const char *wire, *ranges;
    } cases[] = {
        {"*2\r\n"
         "*4\r\n:0\r\n:5460\r\n*3\r\n$9\r\n192.0.2.1\r\n:7000\r\n$2\r\nid\r\n*3\r\n$9\r\n192.0.2.9\r\n:7001\r\n$2\r\nxx\r\n"
         "*3\r\n:5461\r\n:16383\r\n*4\r\n$1\r\nb\r\n:7002\r\n$2\r\nid\r\n*0\r\n",
         "0-5460 192.0.2.1:7000; 5461-16383 b:7002; "},
        /* Redis 7 says nothing of a host where it is that of the connection. */
        {"*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$-1\r\n:7000\r\n$2\r\nid\r\n", "0-1 :7000; "},
        {"*0\r\n", ""},
        /* What is no range is left out, the rest counts. */
        {"*3\r\n*2\r\n:0\r\n:1\r\n:5\r\n*3\r\n:7\r\n:7\r\n*2\r\n$1\r\na\r\n:1\r\n", "7-7 a:1; "},
        {"*1\r\n*3\r\n:9\r\n:3\r\n*2\r\n$1\r\na\r\n:1\r\n", ""},
        {"*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n", ""},
        {"*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n$1\r\na\r\n:1\r\n", ""},
        {"*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\na\r\n:65536\r\n", ""},
        {"*1\r\n*3\r\n:0\r\n:5\r\n*0\r\n", ""},
        {"-ERR This instance has cluster support disabled\r\n", "none"},
        {"+OK\r\n", "none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        redisReader *reader = redisReaderCreate();
        void *reply = NULL;
        char text[200] = "";

        redisReaderFeed(reader, cases[i].wire, strlen(cases[i].wire));
        assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
        assert_non_null(reply);
        if (!redis_slots_read(reply, note, text))
            snprintf(text, sizeof(text), "none");
        assert_string_equal(text, cases[i].ranges);
        freeReplyObject(reply);
        redisReaderFree(reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc16),
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_slots_differ),
        cmocka_unit_test(test_redirections),
        cmocka_unit_test(test_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
