/* SPDX-License-Identifier: Apache-2.0 */
/* anomaly: what was odd in the traffic, one bit, one stable name, one sentence on why it matters. */
#ifndef MXTAP_BASE_ANOMALY_H
#define MXTAP_BASE_ANOMALY_H

#include <stdint.h>

/* X(bit's name, name in a record, why an analyst cares). Names, once out, keep their meaning. */
#define ANOMALIES(X)                                                                               \
    X(TCP_GAP, "tcp.gap", "bytes were acknowledged that the sensor never saw")                     \
    X(TCP_OVERLAP_DIFFERS, "tcp.overlap_differs",                                                  \
      "the same bytes were sent twice with different content: somebody feeds sensor and server "  \
      "different mails")                                                                           \
    X(TCP_MIDSTREAM, "tcp.midstream", "the connection was already open when the capture began")    \
    X(TCP_ONE_SIDED, "tcp.one_sided", "only one direction was seen")                               \
    X(TCP_BAD_RESET, "tcp.bad_reset", "an RST or FIN that the other side ignored")                 \
    X(TCP_URGENT, "tcp.urgent", "the urgent pointer was set: servers disagree on what it hides")   \
    X(IP_FRAGMENT_OVERLAP, "ip.fragment_overlap", "fragments overlap: a way past filters")         \
    X(IP_TRUNCATED, "ip.truncated", "frames were cut by the capture")                              \
    X(SMTP_BARE_LF, "smtp.bare_lf", "a line ended in LF alone")                                    \
    X(SMTP_BARE_CR, "smtp.bare_cr", "a CR stood without its LF")                                   \
    X(SMTP_SMUGGLING, "smtp.smuggling",                                                            \
      "the mail holds a false end of data, with which a second mail can be slipped in")            \
    X(SMTP_PIPELINING_UNANNOUNCED, "smtp.pipelining_unannounced",                                  \
      "commands were sent ahead though the server did not offer it: bulk tools do that")           \
    X(SMTP_DATA_BEFORE_354, "smtp.data_before_354", "the mail was sent before the server agreed")  \
    X(SMTP_EARLY_TALKER, "smtp.early_talker", "the client spoke before the banner")                \
    X(SMTP_REPLY_UNMATCHED, "smtp.reply_unmatched", "a reply that no command asked for")           \
    X(SMTP_REPLY_MALFORMED, "smtp.reply_malformed", "a server line that is no reply")              \
    X(SMTP_LINE_TOO_LONG, "smtp.line_too_long", "a command or reply line was cut at its cap")      \
    X(SMTP_COMMAND_UNKNOWN, "smtp.command_unknown", "a line that is no known command")             \
    X(SMTP_SYNTAX, "smtp.syntax", "a command whose argument is not of its form")                   \
    X(SMTP_BDAT_INVALID, "smtp.bdat_invalid", "a BDAT whose size is no number or too large")       \
    X(SMTP_STARTTLS_INJECTION, "smtp.starttls_injection",                                          \
      "plain text was pipelined behind STARTTLS, to be taken for encrypted")                       \
    X(SMTP_PROXY_UNTRUSTED, "smtp.proxy_untrusted", "a PROXY header from a peer not trusted")      \
    X(SMTP_TOO_MANY_PENDING, "smtp.too_many_pending",                                              \
      "more commands wait for their replies than the sensor remembers")                            \
    X(SMTP_TOO_MANY_RCPT, "smtp.too_many_rcpt", "more recipients than the sensor keeps")           \
    X(TLS_MALFORMED, "tls.malformed",                                                              \
      "a TLS hello that contradicts itself, or is larger than any: no usual client or server")     \
    X(MIME_TOO_DEEP, "mime.too_deep", "parts are nested deeper than the sensor follows")           \
    X(MIME_TOO_MANY_PARTS, "mime.too_many_parts", "more parts than the sensor keeps")              \
    X(MIME_BOUNDARY_MISSING, "mime.boundary_missing",                                              \
      "a multipart without a boundary, or without its closing one")                                \
    X(MIME_BASE64_INVALID, "mime.base64_invalid", "bytes in base64 that do not belong there")      \
    X(MIME_QP_INVALID, "mime.qp_invalid", "an = in quoted-printable that escapes nothing")         \
    X(MIME_ENCODING_UNKNOWN, "mime.encoding_unknown", "a transfer encoding nobody defined")        \
    X(MIME_CHARSET_UNKNOWN, "mime.charset_unknown", "a charset nobody defined")                    \
    X(MIME_PARAM_INVALID, "mime.param_invalid", "a Content-Type or -Disposition not of its form")  \
    X(HEADER_TOO_LARGE, "header.too_large", "a header or one of its fields was cut at its cap")    \
    X(HEADER_TOO_MANY, "header.too_many", "more header fields than the sensor keeps")              \
    X(HEADER_DUPLICATE, "header.duplicate",                                                        \
      "a field that must stand once stands twice: filter and reader may take different ones")      \
    X(HEADER_UNDECODABLE, "header.undecodable", "bytes in no declared or guessable charset")       \
    X(HEADER_NUL, "header.nul", "a NUL byte in the header")                                        \
    X(HEADER_MALFORMED, "header.malformed", "a header line without a name and colon")              \
    X(HEADER_MISSING, "header.missing", "a message without any header")                            \
    X(HTML_DATA_PAGE, "html.data_page",                                                            \
      "a link or frame carries a page or script in a data: URL: no server is asked, no filter sees it") \
    X(HTML_SCRIPT_BUILT, "html.script_built",                                                      \
      "a script writes the page, makes a file, or leads elsewhere: what is shown is not in the mail") \
    X(URL_TOO_MANY, "url.too_many", "more links than the sensor keeps")                            \
    X(URL_TOO_LONG, "url.too_long", "a link was cut at its cap")                                   \
    X(URL_BASE_LATE, "url.base_late", "links stand before the base that gives them a host")        \
    X(RECORD_TOO_LARGE, "record.too_large",                                                        \
      "the record reached its memory cap, or memory was refused: fields are missing")

enum anomaly {
#define X(name, text, why) ANOMALY_##name,
    ANOMALIES(X)
#undef X
        ANOMALY_COUNT
};

/* A set of anomalies, one bit each. */
typedef uint64_t anomaly_set;
_Static_assert(ANOMALY_COUNT <= 64, "anomaly_set has 64 bits");

static inline void anomaly_raise(anomaly_set *set, enum anomaly a)
{
    *set |= (anomaly_set)1 << a;
}

static inline int anomaly_has(anomaly_set set, enum anomaly a)
{
    return (set >> a) & 1;
}

/* Static strings, never NULL for a valid anomaly. */
const char *anomaly_name(enum anomaly a);
const char *anomaly_sentence(enum anomaly a);

#endif
