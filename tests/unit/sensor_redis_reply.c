/* SPDX-License-Identifier: Apache-2.0 */
/* What an error of Redis asks of us: each class by the words that Redis 7.0 says, bare and out of a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/publish/redis_link.h"

static void test_troubles(void **state)
{
    static const struct {
        const char *error;
        enum redis_trouble trouble;
    } cases[] = {
        {"LOADING Redis is loading the dataset in memory", TROUBLE_WAIT},
        {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", TROUBLE_WAIT},
        {"OOM command not allowed when used memory > 'maxmemory'.", TROUBLE_WAIT},
        {"OOM command not allowed when used memory > 'maxmemory'. script: 5f0c, on @user_script:12.", TROUBLE_WAIT},
        {"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", TROUBLE_WAIT},
        {"TRYAGAIN Multiple keys request during rehashing of slot", TROUBLE_WAIT},
        {"CLUSTERDOWN The cluster is down", TROUBLE_WAIT},
        {"CLUSTERDOWN Hash slot not served", TROUBLE_WAIT},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", TROUBLE_WAIT},
        {"NOREPLICAS Not enough good replicas to write.", TROUBLE_WAIT},
        {"READONLY You can't write against a read only replica.", TROUBLE_READONLY},
        {"READONLY You can't write against a read only replica. script: 5f0c, on @user_script:12.", TROUBLE_READONLY},
        {"NOSCRIPT No matching script. Please use EVAL.", TROUBLE_NOSCRIPT},
        {"NOAUTH Authentication required.", TROUBLE_DENIED},
        {"WRONGPASS invalid username-password pair or user is disabled.", TROUBLE_DENIED},
        {"NOPERM this user has no permissions to run the 'evalsha' command", TROUBLE_DENIED},
        {"MOVED 866 192.0.2.1:6379", TROUBLE_MOVED},
        {"ASK 866 192.0.2.1:6379", TROUBLE_ASK},
        {"ERR Script attempted to access a non local key in a cluster node script: 5f0c, on @user_script:12.", TROUBLE_ASK},
        {"ERR Error running script (call to f_5f0c): @user_script:12: -OOM command not allowed when used memory > 'maxmemory'.", TROUBLE_WAIT},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", TROUBLE_OTHER},
        {"ERR unknown command", TROUBLE_OTHER},
        {"", TROUBLE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (redis_trouble(span_cstr(cases[i].error)) != cases[i].trouble)
            fail_msg("%s: %d", cases[i].error, (int)redis_trouble(span_cstr(cases[i].error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_troubles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
