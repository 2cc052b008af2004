/* SPDX-License-Identifier: Apache-2.0 */
/* counters: everything that was seen, used, dropped, evicted or cut, so that the sums come out. */
#ifndef MXTAP_SENSOR_COUNTERS_H
#define MXTAP_SENSOR_COUNTERS_H

#include <stdint.h>

/*
 * X(field, name in stats records, meaning).
 * Sums that always hold (tests/check_sums.py checks them on every capture):
 *   packets = packets_used + the sum of packets_<reason>
 *   flows = flows_open + flows_closed + flows_reset + flows_idle + flows_evicted + flows_reused +
 *           flows_set_aside + flows_end
 *   dns_messages = dns_queries + dns_answers + dns_repeated + dns_conflicting + dns_unasked + dns_truncated +
 *           dns_malformed + dns_cut_off + dns_other
 *   mails = mails_whole + the sum of mails_cut_<reason> + mails_no_data
 *   records = delivered + already_there + queued + spooled + lost + open_at_end (per sink, publish counters)
 */
#define COUNTERS_DECODE(X)                                                                         \
    X(packets, "packets", "frames read")                                                           \
    X(bytes, "bytes", "their length on the wire")                                                  \
    X(packets_used, "packets_used", "frames that reached a connection, a datagram or classify")    \
    X(packets_not_ip, "packets_not_ip", "ARP, LLDP, and other link protocols")                     \
    X(packets_other_protocol, "packets_other_protocol", "IP, but neither TCP nor asked for")       \
    X(packets_other_port, "packets_other_port", "TCP on ports nobody asked for")                   \
    X(packets_filtered, "packets_filtered", "refused by the user's BPF expression (offline)")      \
    X(packets_duplicate, "packets_duplicate", "a second copy of a frame (two VLANs, two ports)")   \
    X(packets_out_of_window, "packets_out_of_window", "TCP segments that no host would take")      \
    X(packets_malformed, "packets_malformed", "headers that contradict themselves")                \
    X(packets_truncated, "packets_truncated", "cut by the capture before their TCP header ended")  \
    X(packets_checksum, "packets_checksum", "bad checksum, with --checksum")                       \
    X(packets_too_deep, "packets_too_deep", "more encapsulations than the cap")                    \
    X(packets_link_type, "packets_link_type", "a link type not known")                             \
    X(packets_fragment_lost, "packets_fragment_lost", "pieces of a datagram that stayed incomplete") \
    X(packets_stray, "packets_stray", "ACK, FIN or RST of no known connection")                    \
    X(packets_no_flow, "packets_no_flow", "no memory for their connection")                        \
    X(packets_not_handed, "packets_not_handed", "another worker's, whose inbox was full")           \
    X(fragments, "fragments", "IP fragments seen")                                                 \
    X(datagrams, "datagrams", "datagrams put together from fragments")                             \
    X(flows, "flows", "TCP connections seen")                                                      \
    X(flows_open, "flows_open", "of them open now")                                                \
    X(flows_closed, "flows_closed", "ended by FIN on both sides")                                  \
    X(flows_reset, "flows_reset", "ended by RST")                                                  \
    X(flows_idle, "flows_idle", "timed out")                                                       \
    X(flows_evicted, "flows_evicted", "pushed out at the cap")                                     \
    X(flows_reused, "flows_reused", "ended by a new connection on the same ports")                 \
    X(flows_set_aside, "flows_set_aside", "another protocol, with --ports any")                    \
    X(flows_end, "flows_end", "open when the input ended")                                         \
    X(flows_midstream, "flows_midstream", "begun before the capture")                              \
    X(flows_one_sided, "flows_one_sided", "one direction only")                                    \
    X(flows_no_memory, "flows_no_memory", "no memory to decode them")                              \
    X(flows_not_smtp, "flows_not_smtp", "another protocol on these ports")                         \
    X(sessions, "sessions", "session records")                                                     \
    X(sessions_encrypted, "encrypted", "of them that went on in TLS")                              \
    X(tcp_gaps, "tcp_gaps", "holes in streams given up")                                           \
    X(tcp_gap_bytes, "tcp_gap_bytes", "bytes missing in them")                                     \
    X(tcp_out_of_order, "tcp_out_of_order", "segments that came early and waited")                 \
    X(tcp_retransmitted, "tcp_retransmitted", "segments of bytes already seen")                    \
    X(mails, "mails", "mail records")                                                              \
    X(mails_whole, "mails_whole", "with their end seen and no byte missing")                       \
    X(mails_no_data, "mails_no_data", "refused or reset before their content")                     \
    X(mails_cut_gap, "mails_cut_gap", "bytes missing inside")                                      \
    X(mails_cut_close, "mails_cut_close", "the connection closed before their end")                \
    X(mails_cut_idle, "mails_cut_idle", "the connection timed out before their end")               \
    X(mails_cut_evicted, "mails_cut_evicted", "their connection was pushed out at the cap")        \
    X(mails_cut_end, "mails_cut_end", "the input ended before their end")                          \
    X(accepted, "accepted", "mails accepted or partly accepted")                                   \
    X(refused, "refused", "mails refused")                                                         \
    X(deferred, "deferred", "mails deferred")                                                      \
    X(dns_messages, "dns_messages", "DNS messages read, with --dns")                               \
    X(dns_queries, "dns_queries", "of them questions")                                             \
    X(dns_answers, "dns_answers", "first answers to a question that was seen")                     \
    X(dns_repeated, "dns_repeated", "the same answer once more")                                   \
    X(dns_conflicting, "dns_conflicting", "another answer to a question already answered, or one of fragments that differ: not believed") \
    X(dns_unasked, "dns_unasked", "answers to no question of the last seconds: not believed")      \
    X(dns_truncated, "dns_truncated", "answers that send their asker to TCP")                      \
    X(dns_malformed, "dns_malformed", "no DNS, or DNS that contradicts itself")                    \
    X(dns_cut_off, "dns_cut_off", "cut by the capture")                                            \
    X(dns_other, "dns_other", "transfers, updates, other classes and the like")                    \
    X(dns_answers_cut, "dns_answers_cut", "answers of more records than are kept")                 \
    X(dns_evicted, "dns_evicted", "answers pushed out at the cap")                                 \
    X(dns_questions_evicted, "dns_questions_evicted", "questions pushed out at the cap")           \
    X(dns_gaps, "dns_gaps", "TCP streams of DNS given up at a hole")                               \
    X(urls, "urls", "distinct URLs of each mail")                                                  \
    X(attachments, "attachments", "parts with a file name")                                        \
    X(records_no_memory, "records_no_memory", "records that could not be made for lack of memory")

struct counters {
#define X(field, name, meaning) uint64_t field;
    COUNTERS_DECODE(X)
#undef X
};

enum {
#define X(field, name, meaning) COUNTER_##field,
    COUNTERS_DECODE(X)
#undef X
    COUNTERS_N
};

/* Name and meaning of counter i (0..COUNTERS_N-1), static; its value in c. */
const char *counter_name(unsigned i);
const char *counter_meaning(unsigned i);
uint64_t counter_value(const struct counters *c, unsigned i);
void counters_add(struct counters *to, const struct counters *c);

#endif
