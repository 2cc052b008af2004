/* SPDX-License-Identifier: Apache-2.0 */
/* mail_transcript: what the message decoder says of a mail, as a page a person can read. */
#ifndef MXTAP_TESTS_MAIL_TRANSCRIPT_H
#define MXTAP_TESTS_MAIL_TRANSCRIPT_H

#include <inttypes.h>
#include <stdlib.h>

#include "decoders/mail/encoded_word.h"
#include "decoders/mail/message.h"
#include "tests/unit/split.h"

/* Fields that field_name does not know. */
enum transcript_others {
    OTHERS_SHOWN,
    OTHERS_LEFT_OUT, /* told by message, not shown */
    OTHERS_PASSED    /* not told: message passes them by */
};

struct transcript {
    FILE *out;
    char *text;
    size_t text_n;
    struct message *message;
    struct arena arena;
    anomaly_set odd;
    bool line_start;
    uint8_t last;   /* byte of the text line, and how often it stood in a row */
    unsigned in_a_row;
    uint64_t bytes; /* decoded bytes seen of the current part */
    bool want_bytes, failed;
    enum transcript_others others;
};

/* Text as it is, controls and bytes that are no UTF-8 as \xNN: transcripts are text files. */
static inline void transcript_put(struct transcript *t, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (c < 0x20 || c == 0x7f || c == '\\')
            fprintf(t->out, "\\x%02x", c);
        else
            fputc(c, t->out);
    }
}

static inline void transcript_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    struct transcript *t = ctx;

    if (which == FIELD_OTHER && t->others == OTHERS_PASSED)
        fputs("WRONG: it is passed by\n", t->out);
    if (which == FIELD_OTHER && t->others != OTHERS_SHOWN)
        return;
    transcript_put(t, name);
    fputs(": ", t->out);
    if (value.n > 1000) {
        fprintf(t->out, "(%zu bytes)\n", value.n);
        return;
    }
    transcript_put(t, encoded_word_text(message_charsets(t->message), &t->arena, value, &t->odd));
    fputc('\n', t->out);
}

static inline void transcript_header_end(void *ctx)
{
    struct transcript *t = ctx;

    fputs("--- header ends\n", t->out);
}

static inline void transcript_word(struct transcript *t, const char *key, struct span s)
{
    if (!s.p)
        return;
    fprintf(t->out, " %s=", key);
    transcript_put(t, s);
}

static inline void transcript_part_begin(void *ctx, const struct mail_part *p)
{
    static const char *const texts[] = {"", " (plain text)", " (html)"};
    struct transcript *t = ctx;

    fputs("part ", t->out);
    transcript_put(t, p->type);
    transcript_word(t, "charset", p->charset);
    transcript_word(t, "encoding", p->encoding);
    transcript_word(t, "disposition", p->disposition);
    transcript_word(t, "filename", p->filename);
    fprintf(t->out, "%s%s\n", p->attachment ? " (attachment)" : "", texts[p->text]);
    t->line_start = true;
    t->bytes = 0;
}

/* A byte that stands more than 40 times in a row is not printed each time. */
static inline void transcript_text_byte(struct transcript *t, uint8_t c)
{
    t->in_a_row = c == t->last ? t->in_a_row + 1 : 1;
    t->last = c;
    if (t->in_a_row < 40)
        transcript_put(t, span_of(&c, 1));
    else if (t->in_a_row % 10000 == 0)
        fputs("<10000>", t->out);
}

static inline void transcript_text(void *ctx, const struct mail_part *p, struct span s)
{
    struct transcript *t = ctx;

    (void)p;
    for (size_t i = 0; i < s.n; i++) {
        if (t->line_start)
            fputs("| ", t->out);
        t->line_start = s.p[i] == '\n';
        if (s.p[i] == '\n')
            fputc('\n', t->out);
        else if (s.p[i] != '\r')
            transcript_text_byte(t, s.p[i]);
    }
}

static inline void transcript_bytes(void *ctx, const struct mail_part *p, struct span s)
{
    struct transcript *t = ctx;

    (void)p;
    t->bytes += s.n;
}

static inline void transcript_part_end(void *ctx, const struct mail_part *p)
{
    struct transcript *t = ctx;

    if (!t->line_start)
        fputs("\\\n", t->out); /* the last line has no end */
    fprintf(t->out, "end %" PRIu64 " bytes", p->size);
    if (p->sniffed && !span_eq(p->type, span_cstr(p->sniffed)))
        fprintf(t->out, ", looks like %s", p->sniffed);
    fprintf(t->out, "%s%s\n", p->encrypted ? ", encrypted" : "", p->whole ? "" : ", not whole");
    if (t->want_bytes && t->bytes != p->size)
        fprintf(t->out, "WRONG: %" PRIu64 " bytes delivered\n", t->bytes);
}

static inline void transcript_anomaly(void *ctx, enum anomaly a)
{
    struct transcript *t = ctx;

    anomaly_raise(&t->odd, a);
}

#define TRANSCRIPT_EVENTS                                                                                                                   \
    transcript_field, transcript_header_end, transcript_part_begin, transcript_text, transcript_bytes, transcript_part_end, transcript_anomaly

static const struct message_events transcript_all = {TRANSCRIPT_EVENTS, true}, transcript_known = {TRANSCRIPT_EVENTS, false};

/* m: the decoder's memory, which may refuse (t->failed says that there was no parser then). */
static inline bool transcript_begin(struct transcript *t, struct mem *m, bool want_bytes, enum transcript_others others)
{
    memset(t, 0, sizeof(*t));
    t->want_bytes = want_bytes;
    t->others = others;
    t->out = open_memstream(&t->text, &t->text_n);
    t->line_start = true;
    arena_init(&t->arena, m, LIMIT_RECORD_BYTES);
    t->message = message_new(m, others == OTHERS_PASSED ? &transcript_known : &transcript_all, want_bytes);
    t->failed = !t->message;
    if (t->message)
        message_reset(t->message, &t->arena, t);
    return !t->failed;
}

/* The page; free it. */
static inline char *transcript_end(struct transcript *t, bool complete)
{
    static const char *const states[] = {"empty", "in the header", "in the body", "done"};

    if (t->message) {
        message_finish(t->message, complete);
        fprintf(t->out, "state: %s\n", states[message_state(t->message)]);
    }
    for (int a = 0; a < ANOMALY_COUNT; a++)
        if (anomaly_has(t->odd, (enum anomaly)a))
            fprintf(t->out, "anomaly: %s\n", anomaly_name((enum anomaly)a));
    message_free(t->message);
    arena_free(&t->arena);
    fclose(t->out);
    return t->text;
}

#endif
