/* SPDX-License-Identifier: Apache-2.0 */
/* One mail of the corpus: what is wanted of it, its bytes, and the truth about it. */
#ifndef BENCH_MAIL_H
#define BENCH_MAIL_H

#include "buf.h"
#include "encode.h"
#include "phrases.h"
#include "sites.h"
#include "urlset.h"

/* QP_HTML: beside text; BASE64_HTML: alone, or beside text; HTML_ALONE: neither base64 nor text. */
enum mail_kind { QP_HTML, BASE64_HTML, PLAIN_TEXT, HTML_ALONE, MAIL_KINDS };
enum { RECIPIENTS_MOST = 3, ADDRESS_MOST = 96 };

/* What is wanted; made by the decks in mix.c. */
struct mail_plan {
    enum mail_kind kind;
    enum language lang;
    enum charset cs;
    enum transfer transfer;
    int alternative;     /* base64 HTML only: with a text part before it */
    uint64_t body_size;  /* bytes on the wire wanted, without attachment */
    uint64_t attachment; /* bytes on the wire wanted; 0: none */
    int64_t date;        /* seconds since 1970 */
    const struct site *site;
    const struct site *landing; /* phishing: where half of its links lead; NULL: an ordinary mail */
    uint32_t number; /* of the mail in the corpus */
    uint32_t rcpts;
    char rcpt[RECIPIENTS_MOST][ADDRESS_MOST];
    char sender[ADDRESS_MOST];                     /* the envelope; in From too, but not in phishing */
    char client_name[ADDRESS_MOST], client_ip[16]; /* of the connection */
};

/* Owns everything in it; reused from mail to mail. */
struct mail {
    struct buf bytes; /* the message, CRLF lines, not dot-stuffed */
    struct buf part;  /* a part before its transfer encoding */
    struct urlset urls;
    char subject[512]; /* decoded, UTF-8 */
    char message_id[128];
    char attachment[64];                  /* file name decoded; "" where none */
    size_t attachment_at, attachment_len; /* the attachment's lines in bytes */
};

void mail_free(struct mail *m);
/* Makes the whole mail anew. */
void mail_make(struct prng *p, struct mail *m, const struct mail_plan *plan);

/* headers.c: everything down to MIME-Version; unsubscribe is the List-Unsubscribe URL or NULL. */
void headers_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
                  const char *unsubscribe);
/* phish_headers.c: the same for phishing as it lies in collections. */
void phish_headers_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
                        const char *unsubscribe);
/* html.c: fills m->part with a page that will take about size bytes in the plan's encoding. */
void html_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
               const char *unsubscribe, size_t size);
/* phish_page.c: the same for phishing. */
void phish_page_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
                     const char *unsubscribe, size_t size);
/* text.c: the same for running text; brief is the text part that stands before an HTML one. */
void text_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
               const char *unsubscribe, size_t size, int brief);

#endif
