/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_stream: scripted conversations and what must come out of them, whatever the sequence
 * numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/tcp_script.h"

#define OPEN "C 0 syn; S 0 syn; C 1;"
#define OPEN_WIDE "C 0 syn shift 7; S 0 syn shift 7; C 1; S 1" /* windows of 8 MiB */

static const struct {
    const char *name, *script, *out;
} cases[] = {
    /* order */
    {"a plain conversation",
     OPEN "S 1 '220 hi'; C 1 'QUIT'; S 7 '221'; S 10 fin; C 5 fin; S 11",
     "S[220 hi] C[QUIT] S[221] S. C. fin"},
    {"segments out of order", OPEN "C 4 'def'; C 7 'ghi'; C 1 'abc'", "C[abcdefghi]"},
    {"segments backwards", OPEN "C 4 'd'; C 3 'c'; C 2 'b'; C 1 'a'", "C[abcd]"},
    {"a reply read before its command waits for it",
     OPEN "S 1 '220'; S 4 '250' ack 5; C 1 'EHLO' ack 4", "S[220] C[EHLO] S[250]"},
    {"a whole dialogue, the server's port read first",
     "S 0 syn ack 1; S 1 '220'; S 4 '250' ack 5; S 7 '221' ack 9; S 10 fin ack 10;"
     "C 0 syn; C 1 ack 1; C 1 'EHLO' ack 4; C 5 'QUIT' ack 7; C 9 fin ack 10; C 10 ack 11",
     "S[220] C[EHLO] S[250] C[QUIT] S[221] C. S. fin"},
    {"a whole dialogue, the client's port read first",
     "C 0 syn; C 1 ack 1; C 1 'EHLO' ack 4; C 5 'QUIT' ack 7; C 9 fin ack 10; C 10 ack 11;"
     "S 0 syn ack 1; S 1 '220'; S 4 '250' ack 5; S 7 '221' ack 9; S 10 fin ack 10",
     "S[220] C[EHLO] S[250] C[QUIT] S[221] C. S. fin"},
    {"a command sent again and seen first does not wait for its own answer",
     OPEN "S 1 '250' ack 5; C 1 'EHLO' ack 4; C 1 'EHLO' ack 1", "C[EHLO] S[250]"},
    {"nor does a part of it",
     OPEN "S 1 '250' ack 5; C 1 'EHLOQUIT' ack 4; C 2 'HLO' ack 1; C 1 'E' ack 1",
     "C[EHLO] S[250] C[QUIT]"},
    {"an RST read before the last segment of its sender",
     OPEN "C 1 'a' ack 1; S 1 '220'; C 5 rst; C 2 'bcd' ack 4", "C[a] S[220] C[bcd] rst"},
    {"data on the SYN", "C 0 syn 'EHLO'; S 0 syn ack 5; S 1 '250'", "C[EHLO] S[250]"},
    {"the SYN-ACK was lost", "C 0 syn; C 1 ack 1; S 1 '220'; C 1 'EHLO'", "S[220] C[EHLO]"},
    {"the SYN-ACK was lost, and then a segment late",
     "C 0 syn; C 1 ack 1; S 4 '250' ack 1; S 1 '220' ack 1", "S[220250]"},
    {"the SYN was lost", "S 0 syn ack 1; C 1; S 1 '220'; C 1 'EHLO'", "S[220] C[EHLO]"},
    {"the SYN comes after its answer", "S 0 syn ack 1; C 0 syn; C 1 'EHLO'", "C[EHLO]"},
    {"urgent pointer", OPEN "C 1 'EHLO' urg", "C[EHLO] !tcp.urgent"},

    /* again */
    {"a retransmission", OPEN "C 1 'abc'; C 1 'abc'; C 4 'd'", "C[abcd]"},
    {"with other borders", OPEN "C 1 'abc'; C 2 'bcde'; C 5 'e'; C 5 'ef'; C 1 'abcdefg'",
     "C[abcdefg]"},
    {"of what waits, with other borders",
     OPEN "C 3 'cd'; C 7 'gh'; C 2 'bcdefghi'; C 3 'c'; C 1 'ab'", "C[abcdefghi]"},
    {"overlap: the first copy of what waits wins",
     OPEN "C 3 'cd'; C 2 'bXXe'; C 1 'a'", "!tcp.overlap_differs C[abcde]"},
    {"overlap: a piece filling holes between others",
     OPEN "C 2 'b'; C 4 'd'; C 6 'f'; C 1 'aXcXeXg'", "C[a] !tcp.overlap_differs C[bcdefg]"},
    {"overlap: delivered bytes sent again with others", OPEN "C 1 'RCPT'; C 1 'DATA'; C 5 'x'",
     "C[RCPT] !tcp.overlap_differs C[x]"},
    {"overlap: delivered bytes sent again with others, in two pieces",
     OPEN "C 1 'RCPT'; C 1 'DA'; C 3 'TA'; C 5 'x'", "C[RCPT] !tcp.overlap_differs C[x]"},
    {"overlap: and one piece for two", OPEN "C 1 'RC'; C 3 'PT'; C 1 'DATA'; C 5 'x'",
     "C[RCPT] !tcp.overlap_differs C[x]"},
    {"overlap: and with more behind", OPEN "C 1 'RCPT'; C 1 'DATAxy'; C 7 'z'",
     "C[RCPT] !tcp.overlap_differs C[xyz]"},
    {"overlap: and byte by byte",
     OPEN "C 1 'MAILFROMRCPT'; C 1 'M'; C 2 'A'; C 3 'I'; C 4 'L'; C 5 'f'; C 6 'r'; C 7 'o'; C 8 'm'; C 9 'R';"
          "C 10 'C'; C 11 'P'; C 12 'T'; C 13 'x'",
     "C[MAILFROMRCPT] !tcp.overlap_differs C[x]"},
    {"the same borders and pieces, alike",
     OPEN "C 1 'abc'; C 4 'de'; C 2 'bcd'; C 1 'a'; C 5 'e'; C 1 'abcde'; C 4 'defg'; C 6 'f'; C 2 'bcdef'; C 8 'h'",
     "C[abcdefgh]"},
    {"a retransmission with a bad checksum is not another content",
     OPEN "C 1 'RCPT'; C 1 'DATA' badsum; C 5 'x'", "C[RCPTx]"},
    {"keep-alives, with and without a byte",
     OPEN "C 1 'abc'; S 1; C 3; S 1; C 3 'z'; S 1; C 4 'd'", "C[abcd]"},
    {"a keep-alive is the first that is seen", "C 9 '\1' ack 1; S 1 ack 10; C 10 'MAIL' ack 1",
     "!tcp.midstream C[MAIL]"},
    {"replies sent again, before and after a command that is seen last: the older one takes no acknowledgement back",
     OPEN "S 1 '220'; C 1 'EHLO' ack 4; S 4 '250' ack 5; S 1 '220' ack 9; S 7 '251' ack 9; S 4 '250' ack 5;"
          "C 5 'MAIL' ack 7",
     "S[220] C[EHLO] S[250] C[MAIL] S[251]"},
    {"nor does a new reply, older than one that waits behind it",
     OPEN "S 1 '220'; C 1 'EHLO' ack 4; S 4 '250' ack 5; S 4 '250' ack 9; S 10 '354' ack 9; S 7 '251' ack 5;"
          "C 5 'DATA' ack 10",
     "S[220] C[EHLO] S[250251] C[DATA] S[354]"},
    {"an acknowledgement of what was never sent, taken back",
     OPEN "C 1 'ab'; C 3 ack 70000; S 1 '250'; C 3 'cd' ack 4; wait 1100; S 4 '354'", "C[ab] S[250] C[cd] S[354]"},
    {"bytes that came with it give way to the true copy",
     OPEN "C 1 'ab'; C 3 'XYZ' ack 70000; C 3 'cdefg' ack 1; S 1 '250' ack 8; C 8 'h'; wait 1100; S 4 'x'",
     "C[ab] !tcp.overlap_differs C[cdefg] S[250] C[h] S[x]"},
    {"the same, taken back after its gap was told",
     OPEN "C 1 'ab'; C 3 ack 70000; wait 1100; C 3 'cd' ack 1; S 1 '250' ack 5; C 5 'e'; wait 1100; S 4 '354'",
     "C[ab] !tcp.gap S<gap 69999> C[cd] S[250] C[e] S[354]"},
    {"zero-window probes", OPEN "C 1 'abc'; S 1 win 0; C 4 'd'; S 1 ack 4 win 0; C 4 'd';"
                                "S 1 ack 4 win 9; C 4 'def'; S 1",
     "C[abcdef]"},

    /* holes */
    {"acknowledged and open for a second",
     OPEN "C 4 'def'; S 1 ack 7; wait 900; C 7 'g'; wait 200; C 8 'h'",
     "!tcp.gap C<gap 3> C[defgh]"},
    {"filled in time", OPEN "C 4 'def'; S 1 ack 7; wait 900; C 1 'abc'; wait 900; C 7 'g'",
     "C[abcdefg]"},
    {"filled too late", OPEN "C 4 'def'; S 1 ack 7; wait 1100; C 1 'abc'; C 7 'g'",
     "!tcp.gap C<gap 3> C[defg]"},
    {"not acknowledged: it is waited for", OPEN "C 4 'def'; S 1 ack 1; wait 60000; C 1 'abc'",
     "C[abcdef]"},
    {"only what was acknowledged is given up",
     OPEN "C 6 'f'; S 1 ack 3; wait 1100; C 3 'cde'", "!tcp.gap C<gap 2> C[cdef]"},
    {"a reply to a lost command waits, then the command is a gap",
     OPEN "S 1 '250' ack 5; wait 1100; C 5 'x'", "!tcp.gap C<gap 4> S[250] C[x]"},
    {"several lost replies between commands are a gap each, in their places",
     OPEN "C 1 'MAIL'; C 13 ack 10; C 5 'RCPT' ack 4; C 9 'DATA' ack 7; wait 1100; S 10 'x'; C 13 'y' ack 11",
     "C[MAIL] !tcp.gap S<gap 3> C[RCPT] S<gap 3> C[DATA] S<gap 3> S[x] C[y]"},
    {"a lost reply is a gap in its place",
     OPEN "S 1 '220'; C 1 'EHLO'; C 5 'MAIL' ack 7; C 9 'RCPT' ack 10; S 7 '250' ack 9; wait 1100;"
          "S 10 '354'",
     "S[220] C[EHLO] !tcp.gap S<gap 3> C[MAIL] S[250] C[RCPT] S[354]"},
    {"two holes acknowledged together are due together",
     OPEN "C 2 'b'; C 4 'd'; S 1 ack 5; wait 1100; C 5 'e'",
     "!tcp.gap C<gap 1> C[b] C<gap 1> C[de]"},
    {"a hole acknowledged later is due later",
     OPEN "C 2 'b'; S 1 ack 3; wait 700; C 4 'd'; S 1 ack 5; wait 400; C 3 'c'",
     "!tcp.gap C<gap 1> C[bcd]"},
    {"the end of the input",
     OPEN "C 4 'def'; S 1 '250' ack 7", "!tcp.gap C<gap 3> C[def] S[250]"},
    {"the end of the input, both sides with holes",
     OPEN "S 4 'four' ack 1; C 8 'eight' ack 8; S 8 'nine' ack 13",
     "!tcp.gap S<gap 3> S[four] C<gap 7> C[eight] S[nine]"}, /* four saw nothing of C, eight saw four */
    {"the end of the input: several lost replies, seen from their side, are a gap each",
     OPEN "C 1 '220'; S 1 'ONE' ack 4; S 4 'TWO' ack 7; S 7 'TRE' ack 10; C 10 '253' ack 10",
     "C[220] S[ONE] !tcp.gap C<gap 3> S[TWO] C<gap 3> S[TRE] C[253]"},
    {"and where a command is lost among them, what is behind it still comes before the replies it has not seen",
     OPEN "C 1 '220'; S 1 'ONE' ack 4; S 7 'TRE' ack 7; S 10 'FOR' ack 10; C 10 '254' ack 13",
     "C[220] S[ONE] !tcp.gap C<gap 3> S<gap 3> S[TRE] C<gap 3> S[FOR] C[254]"},
    {"bytes acknowledged at the end and never seen",
     OPEN "C 1 'abc'; S 1 ack 9", "C[abc] !tcp.gap C<gap 5>"},
    {"cut off by the snap length", OPEN "C 1 'abc' wire 9; C 10 'def'",
     "C[abc] !tcp.gap C<gap 6> C[def]"},
    {"cut off, and waiting", OPEN "C 4 'abc' wire 9; C 13 'def'; C 1 '123'",
     "C[123abc] !tcp.gap C<gap 6> C[def]"},
    {"each waits for the other: forged",
     OPEN "C 1 'abc' ack 4; S 1 'xyz' ack 4; mark; wait 1100; mark; C 4 'd' ack 4",
     "| S[xyz] C[abc] | C[d]"},

    /* midstream and one-sided */
    {"midstream", "C 100 'MAIL' ack 500; S 500 '250'; C 104 'RCPT'",
     "!tcp.midstream C[MAIL] S[250] C[RCPT]"},
    {"midstream, the other side first known by its ACK",
     "S 500 ack 100; C 104 'RCPT' ack 500; C 100 'MAIL' ack 500",
     "!tcp.midstream C[MAILRCPT]"},
    {"midstream, an acknowledgement read before its bytes",
     "S 500 ack 104; C 100 'MAIL' ack 500; C 104 'RCPT' ack 500", "!tcp.midstream C[MAILRCPT]"},
    {"midstream from a keep-alive", "C 99 ack 500; S 500 ack 100; C 100 'MAIL' ack 500; wait 2000",
     "!tcp.midstream C[MAIL]"},
    {"midstream from a keep-alive with a byte",
     "S 500 ack 100; C 99 'z' ack 500; S 500 ack 100; C 100 'MAIL' ack 500",
     "!tcp.midstream C[MAIL]"},
    {"client only", "C 0 syn; C 1 ack 1; C 1 'EHLO' ack 9; C 5 'MAIL' ack 20; wait 1100;"
                    "C 9 'RCPT' ack 30; C 13 'DATA' ack 40; C 17 fin ack 50",
     "C[EHLOMAILRCPTDATA] C. !tcp.one_sided"},
    {"client only, midstream",
     "C 100 'MAIL' ack 20; wait 1100; C 104 'RCPT' ack 30; C 108 'DATA' ack 40",
     "!tcp.midstream C[MAILRCPTDATA] !tcp.one_sided"},
    {"client only, with a hole", "C 0 syn; C 1 'EHLO' ack 1; wait 1100; C 9 'RCPT' ack 1; wait 900;"
                                 "mark; C 13 'x' ack 1; wait 200; mark; C 14 'y' ack 1",
     "C[EHLO] | !tcp.gap C<gap 4> C[RCPTx] | C[y] !tcp.one_sided"},
    {"server only", "S 0 syn ack 1; S 1 '220' ack 1; S 4 '250' ack 9; wait 1100; S 7 '221' ack 30",
     "S[220250221] !tcp.one_sided"},
    {"server only, after a SYN of its own, the other's sequence numbers below the wrap",
     "S 0 syn; S 1 '220' ack 1; wait 1100; S 4 'x' ack 1", "S[220x] !tcp.one_sided"},
    {"the other side comes late",
     "C 0 syn; C 1 'EHLO' ack 4; wait 1100; C 5 'MAIL' ack 7; S 7 '250' ack 9; C 9 'x' ack 10",
     "C[EHLOMAIL] S[250] C[x]"},

    /* ends */
    {"FIN before missing data", OPEN "C 4 fin ack 1; S 1 ack 1; C 1 'abc'; S 1; S 1 fin; C 5",
     "C[abc] C. S. fin"},
    {"FIN with data", OPEN "C 1 'abc' fin; S 1; S 1 'x' fin; C 5", "C[abc] C. S[x] S. fin"},
    {"half-closed: the other side goes on", OPEN "C 1 fin; S 1 '221'; S 4 'x'; S 5 fin; C 2",
     "C. S[221x] S. fin"},
    {"a FIN that nobody acknowledges ends after a second",
     OPEN "C 1 'a'; S 1; C 2 fin; wait 1; wait 1100", "C[a] C."},
    {"a FIN the other side never took", OPEN "C 1 'abc'; C 4 fin; S 1 ack 4; C 4 'def'; S 1 ack 7",
     "C[abc] !tcp.bad_reset C[def]"},
    {"bytes behind an acknowledged FIN are no bytes",
     OPEN "C 1 'abc' fin; S 1 ack 5; C 4 'def'; C 5 'x'", "C[abc] C."},
    {"a FIN nobody saw is no gap", OPEN "C 1 'abc'; S 1 ack 5; S 1 fin ack 5; wait 1100",
     "C[abc] S. C. fin"},
    {"RST", OPEN "C 1 'abc'; S 1 rst", "C[abc] rst"},
    {"RST after the last acknowledged byte", OPEN "C 1 'abc'; S 1 ack 4; C 4 'def'; C 4 rst",
     "C[abcdef] rst"},
    {"RST out of the window", OPEN "C 1 'abc'; S 1; C 1 rst; C 90000000 rst; C 4 'def'",
     "C[abcdef]"},
    {"RST behind a hole waits for it", OPEN "C 7 rst; C 1 'abc'; mark; C 4 'def'; mark",
     "C[abc] | C[def] |rst rst"},
    {"RST behind what was never seen: that is missing", OPEN "C 1 'abc'; S 1 ack 4; C 9 rst; mark",
     "C[abc] | !tcp.gap C<gap 5> rst"},
    {"but not where its sender went on", OPEN "C 1 'abc'; S 1 ack 4; C 9 rst; C 4 'de'; mark", "C[abcde] |"},
    {"and one before it is a FIN", OPEN "C 1 'abc'; S 1 ack 4; C 5 rst", "C[abc]"},
    {"RST that the other side ignores", OPEN "C 1 'abc'; S 1; C 4 rst; C 4 'def'; S 1",
     "C[abc] !tcp.bad_reset C[def]"},
    {"RST in the receiver's name, who goes on acknowledging",
     OPEN "C 1 'abc'; S 1 ack 4; S 1 rst; C 4 'def' ack 1; S 1 ack 7; C 7 'ghi' ack 1",
     "C[abcdef] !tcp.bad_reset C[ghi]"},
    {"RST after FIN", OPEN "C 1 'a' fin; S 1; S 1 rst", "C[a] C. rst"},
    {"connection refused", "C 0 syn; S 0 rst ack 1", "rst"},

    /* attacks */
    {"a segment far outside of any window", OPEN "C 900000000 'x'; S 1 ack 1; C 1 'abc'; wait 2000",
     "C[abc]"},
    {"an ACK far outside of any window", OPEN "C 1 'abc'; S 1 ack 900000000; wait 2000; C 4 'd'",
     "C[abcd]"},
    {"both sides far away: the capture lost that much",
     OPEN "C 1 'abc'; C 30000001 'x'; S 1 ack 30000002; C 30000002 'yz'",
     "C[abc] !tcp.gap C<gap 29999998> C[yz]"},
    {"far away is behind what was held at the window's end: nobody goes back",
     OPEN "C 1 'abc'; C 16770000 'de' wire 60000; C 16780000 'x'; S 1 ack 16780001; C 16830000 'yz'",
     "C[abc] !tcp.gap C<gap 16769996> C[de] C<gap 59998> C[yz]"},
    {"payload without ACK is no payload", OPEN "C 1 'XXX' noack; C 1 'abc'", "C[abc]"},
    {"a SYN in the middle", OPEN "C 1 'abc'; C 77 syn 'XXX'; C 4 'd'", "C[abcd]"},
};

static char *play(const char *script, uint32_t base_c, uint32_t base_s)
{
    const uint32_t base[2] = {base_c, base_s};
    struct script_run r;
    size_t n;
    struct tcp_step *steps = script_parse(script, &n);

    run_init(&r);
    for (size_t i = 0; i < n; i++)
        run_step(&r, &steps[i], base);
    free(steps);
    return run_end(&r);
}

static void scripts_give_what_they_must(void **state)
{
    static const uint32_t bases[][2] = {
        {0, 0}, {1000, 500000}, {0xfffffffb, 0xfffffffe}, {0x7ffffffc, 0xffffffff}};
    int bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        for (size_t j = 0; j < sizeof(bases) / sizeof(*bases); j++) {
            char *out = play(cases[i].script, bases[j][0], bases[j][1]);

            if (strcmp(out, cases[i].out) != 0) {
                fprintf(stderr, "%s (base %u, %u)\n  expected %s\n  got      %s\n", cases[i].name,
                        bases[j][0], bases[j][1], cases[i].out, out);
                bad++;
            }
            free(out);
        }
    assert_int_equal(bad, 0);
}

/* The n-th request for memory fails, and all after it: nothing crashes, all is given back, and
 * the bytes that came in order are all there. */
static void refused_memory_costs_order_only(void **state)
{
    const uint32_t base[2] = {0xfffffff0, 7};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        for (long nth = 1; nth < 8; nth++) {
            struct script_run r;
            size_t n;
            struct tcp_step *steps = script_parse(cases[i].script, &n);

            run_init(&r);
            r.mem.fail_after = nth;
            for (size_t j = 0; j < n; j++)
                run_step(&r, &steps[j], base);
            free(steps);
            free(run_end(&r));
        }
}

static void uses(const char *script, struct script_run *r)
{
    const uint32_t base[2] = {5, 7};
    size_t n;
    struct tcp_step *steps = script_parse(script, &n);

    run_init(r);
    for (size_t i = 0; i < n; i++)
        run_step(r, &steps[i], base);
    free(steps);
    free(run_end(r));
}

static void a_mirrored_copy_is_no_retransmission(void **state)
{
    static const struct {
        const char *name, *script;
        uint64_t fresh, retransmitted, copies, ignored;
    } table[] = {
        {"every frame twice",
         "C 0 syn id 1; C 0 syn id 1; S 0 syn id 1; S 0 syn id 1; C 1 id 2; C 1 id 2;"
         "C 1 'abc' id 3; C 1 'abc' id 3; S 1 id 4; S 1 id 4; C 4 fin id 4; C 4 fin id 4",
         6, 0, 6, 0},
        {"the copies come a little later",
         OPEN "C 1 'abc' id 3; C 4 'd' id 4; C 5 'e' id 5; C 1 'abc' id 3; C 4 'd' id 4",
         6, 0, 2, 0},
        {"sent again: another id", OPEN "C 1 'abc' id 3; C 1 'abc' id 4", 4, 1, 0, 0},
        {"sent again, without ids, after the timeout",
         OPEN "C 1 'abc'; wait 200; C 1 'abc'", 4, 1, 0, 0},
        {"the same, long after", OPEN "C 1 'abc' id 3; wait 1500; C 1 'abc' id 3", 4, 1, 0, 0},
        {"the same, when a clock of 16 bits has gone round", OPEN "C 1 'abc' id 3; wait 268436; C 1 'abc' id 3", 4, 1, 0, 0},
        {"duplicate acknowledgements are new, unless mirrored",
         OPEN "S 1 id 1; S 1 id 2; S 1 id 3; S 1 id 3", 6, 0, 1, 0},
        {"a SYN that does not fit", "C 100 'abc' ack 50; C 5000 syn noack", 1, 0, 0, 1},
        {"far away", OPEN "C 900000000 'abc'; C 1 'abc' noack", 3, 0, 0, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct script_run r;

        uses(table[i].script, &r);
        if (r.uses[TCP_USE_NEW] != table[i].fresh ||
            r.uses[TCP_USE_RETRANSMITTED] != table[i].retransmitted ||
            r.uses[TCP_USE_COPY] != table[i].copies || r.uses[TCP_USE_IGNORED] != table[i].ignored)
            fail_msg("%s: %u new, %u retransmitted, %u copies, %u ignored", table[i].name,
                     (unsigned)r.uses[0], (unsigned)r.uses[1], (unsigned)r.uses[2],
                     (unsigned)r.uses[3]);
        assert_int_equal(r.stats.retransmitted, table[i].retransmitted);
    }
}

/* Copies on both sides of the moment at which the clock that they are told by goes round, and well behind it. */
static void a_copy_comes_as_the_clock_goes_round(void **state)
{
    struct script_run r;
    char script[200];

    (void)state;
    uses("wait 0", &r);
    for (int before = -8; before <= 4000; before += before < 8 ? 1 : 1331) {
        long long to_round = ((1ll << 28) - r.now_us % (1ll << 28)) / 1000 + before;
        struct script_run x;

        snprintf(script, sizeof(script), "wait %lld; " OPEN "C 1 'abc' id 3; wait 4; C 1 'abc' id 3", to_round);
        uses(script, &x);
        assert_int_equal(x.uses[TCP_USE_COPY], 1);
    }
}

static void reuse_of_the_ports_is_told(void **state)
{
    static const struct {
        const char *name, *script;
        bool reuse; /* the last step */
    } table[] = {
        {"a SYN again", "C 0 syn; C 0 syn", false},
        {"a SYN after both FINs", OPEN "C 1 fin; S 1 fin; C 2; C 500 syn noack", true},
        {"a SYN after RST", OPEN "S 1 rst; C 500 syn noack", true},
        {"a SYN after a refused one", "C 0 syn; S 0 rst ack 1; C 500 syn noack", true},
        {"another SYN before anything was sent", "C 0 syn; C 500 syn noack", true},
        {"a SYN in the middle proves nothing", OPEN "C 1 'abc'; S 1; C 500 syn noack", false},
        {"its answer does", OPEN "C 1 'abc'; S 1; C 500 syn noack; S 900 syn ack 501", true},
        {"an answer by the side that asked", OPEN "C 1 'abc'; S 1; C 900 syn ack 70000", false},
        {"an answer, after a stream begun in the middle",
         "C 100 'abc' ack 50; S 50 ack 103; S 90000000 syn ack 70000001", true},
        {"a SYN where the other side is not captured",
         "C 100 'abc' ack 50; C 70000000 syn noack", true},
        {"a SYN-ACK that comes late", "C 0 syn; C 1 'EHLO' ack 1; S 0 syn ack 1", false},
        {"a segment of data", OPEN "C 1 fin; S 1 fin; C 2; C 2 'x'", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const uint32_t base[2] = {5, 7};
        struct script_run r;
        struct packet p;
        uint8_t frame[4096];
        size_t n;
        struct tcp_step *steps = script_parse(table[i].script, &n), *last = &steps[n - 1];

        run_init(&r);
        for (size_t j = 0; j + 1 < n; j++)
            run_step(&r, &steps[j], base);
        assert_int_equal(packet_decode(&p, LINK_RAW,
                                       span_of(frame, step_frame(last, base, frame)), 0, 0),
                         PACKET_TCP);
        if (tcp_stream_is_reuse(&r.stream, last->side, &p) != table[i].reuse)
            fail_msg("%s", table[i].name);
        free(steps);
        free(run_end(&r));
    }
}

/* step: a segment of n bytes of side C at seq. */
static void push_bytes(struct script_run *r, uint32_t seq, size_t n)
{
    const uint32_t base[2] = {5, 7};
    struct tcp_step step = {.seq = seq, .flags = TCP_ACK, .ack = 1, .n = n, .wire = (uint32_t)n,
                            .window = 65535};

    memset(step.bytes, 'x', n);
    run_step(r, &step, base);
}

static void open_stream(struct script_run *r, const char *script)
{
    const uint32_t base[2] = {5, 7};
    size_t n;
    struct tcp_step *steps = script_parse(script, &n);

    run_init(r);
    for (size_t i = 0; i < n; i++)
        run_step(r, &steps[i], base);
    free(steps);
}

static void assert_caps(const struct script_run *r)
{
    assert_true(r->stream.side[0].held_bytes <= LIMIT_TCP_HELD_BYTES);
    assert_true(r->stream.side[0].held_segments <= LIMIT_TCP_HELD_SEGMENTS);
    assert_true(r->mem.used <= LIMIT_TCP_HELD_BYTES + LIMIT_TCP_HELD_SEGMENTS * 64);
}

static void what_waits_is_capped(void **state)
{
    struct script_run r;

    (void)state;
    /* a hole of one byte in front of a megabyte: given up at the cap, all else delivered */
    open_stream(&r, OPEN_WIDE);
    for (uint32_t at = 2; at < 1000000; at += 1000, assert_caps(&r))
        push_bytes(&r, at, 1000);
    assert_int_equal(r.stats.gaps, 1);
    assert_int_equal(r.out.bytes[0], 1000000);
    free(run_end(&r));
    /* single bytes backwards, and with a hole between each two */
    open_stream(&r, OPEN_WIDE);
    for (uint32_t at = 5000; at > 1; at--, assert_caps(&r))
        push_bytes(&r, at, 1);
    for (uint32_t at = 100000; at > 10000; at -= 2, assert_caps(&r))
        push_bytes(&r, at, 1);
    free(run_end(&r));
}

/* A lost reply holds up what follows it for no more than the cap, and keeps its place. */
static void a_lost_reply_holds_up_no_more_than_the_cap(void **state)
{
    const uint32_t base[2] = {5, 7};
    struct tcp_step step = {.seq = 1, .flags = TCP_ACK, .ack = 7, .n = 1000, .wire = 1000};
    struct script_run r;
    char *text;

    (void)state;
    open_stream(&r, OPEN_WIDE);
    memset(step.bytes, 'x', step.n);
    for (; step.seq < 400000; step.seq += 1000) {
        run_step(&r, &step, base);
        assert_true(step.seq < LIMIT_TCP_HELD_BYTES || r.out.bytes[0] == step.seq + 999);
    }
    text = run_end(&r);
    assert_memory_equal(text, "!tcp.gap S<gap 6> C[xx", 22);
    free(text);
}

/* What the receiver has no room for does not push out what it waits for. */
static void bytes_beyond_the_window_do_not_fill_the_caps(void **state)
{
    struct script_run r;
    char *text;

    (void)state;
    open_stream(&r, "C 0 syn shift 2; S 0 syn shift 2; C 1; S 1 win 1000");
    for (uint32_t at = 100000; at < 500000; at += 1000, assert_caps(&r))
        push_bytes(&r, at, 1000);
    push_bytes(&r, 1, 100);
    push_bytes(&r, 101, 2000);
    assert_int_equal(r.out.bytes[0], 2100);
    assert_int_equal(r.stats.gaps, 0);
    text = run_end(&r);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_give_what_they_must),
        cmocka_unit_test(refused_memory_costs_order_only),
        cmocka_unit_test(a_mirrored_copy_is_no_retransmission),
        cmocka_unit_test(a_copy_comes_as_the_clock_goes_round),
        cmocka_unit_test(reuse_of_the_ports_is_told),
        cmocka_unit_test(what_waits_is_capped),
        cmocka_unit_test(a_lost_reply_holds_up_no_more_than_the_cap),
        cmocka_unit_test(bytes_beyond_the_window_do_not_fill_the_caps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
