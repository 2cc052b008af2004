/* SPDX-License-Identifier: Apache-2.0 */
/* The truth about the corpus: what a reader of it must find. */
#include "truth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sha256.h"

static const char *const KIND[MAIL_KINDS] = {"qp_html", "base64_html", "plain_text", "html_alone"};

static void lines_add(struct lines *l, const char *s)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 1024;
        l->at = realloc(l->at, l->cap * sizeof(*l->at));
        if (!l->at) {
            fputs("corpus: out of memory\n", stderr);
            exit(1);
        }
    }
    l->at[l->count++] = l->text.len;
    buf_add(&l->text, s, strlen(s) + 1);
}

static const char *sorting;

static int by_bytes(const void *a, const void *b)
{
    return strcmp(sorting + *(const size_t *)a, sorting + *(const size_t *)b);
}

static const char *lines_sorted(struct lines *l, size_t i)
{
    return (const char *)l->text.data + l->at[i];
}

static void lines_sort(struct lines *l)
{
    sorting = (const char *)l->text.data;
    if (l->count)
        qsort(l->at, l->count, sizeof(*l->at), by_bytes);
}

/* SHA-256 of the sorted lines, each followed by a line feed. */
static void lines_digest(struct lines *l, char hex[65])
{
    struct sha256 c;

    lines_sort(l);
    sha256_init(&c);
    for (size_t i = 0; i < l->count; i++) {
        sha256_push(&c, lines_sorted(l, i), strlen(lines_sorted(l, i)));
        sha256_push(&c, "\n", 1);
    }
    sha256_hex(&c, hex);
}

static void json_string(FILE *out, const char *s)
{
    putc('"', out);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            putc('\\', out);
        putc(*s, out);
    }
    putc('"', out);
}

static void mail_line(FILE *out, const struct mail_plan *plan, const struct mail *m)
{
    fputs("{\"message_id\":", out);
    json_string(out, m->message_id);
    fprintf(out,
            ",\"kind\":\"%s\",\"charset\":\"%s\",\"encoding\":\"%s\",\"size\":%zu,\"subject\":",
            KIND[plan->kind], charset_name(plan->cs), transfer_name(plan->transfer), m->bytes.len);
    json_string(out, m->subject);
    if (m->attachment[0]) {
        fputs(",\"attachment\":[", out);
        json_string(out, m->attachment);
        putc(']', out);
    }
    fputs(",\"url\":[", out);
    for (uint32_t i = 0; i < m->urls.count; i++) {
        if (i)
            putc(',', out);
        json_string(out, urlset_get(&m->urls, i));
    }
    fputs("]}\n", out);
}

void truth_mail(struct truth *t, const struct mail_plan *plan, const struct mail *m)
{
    char size[24];

    t->message_bytes += m->bytes.len;
    t->attachment_bytes += m->attachment_len;
    t->attachments += m->attachment[0] != 0;
    t->recipients += plan->rcpts;
    t->kind_count[plan->kind]++;
    t->kind_bytes[plan->kind] += m->bytes.len - m->attachment_len;
    lines_add(&t->subjects, m->subject);
    for (uint32_t i = 0; i < m->urls.count; i++)
        lines_add(&t->urls, urlset_get(&m->urls, i));
    snprintf(size, sizeof(size), "%020zu", m->bytes.len);
    lines_add(&t->sizes, size);
    if (t->mails)
        mail_line(t->mails, plan, m);
}

static void number(FILE *out, const char *name, uint64_t value)
{
    fprintf(out, "  \"%s\": %" PRIu64 ",\n", name, value);
}

void truth_write(struct truth *t, FILE *out, uint64_t seed, uint32_t refused)
{
    char subjects[65], urls[65];

    lines_digest(&t->subjects, subjects);
    lines_digest(&t->urls, urls);
    lines_sort(&t->sizes);
    fputs("{\n", out);
    number(out, "seed", seed);
    number(out, "bytes", t->file_bytes);
    number(out, "frames", t->totals.frames);
    number(out, "data_segments", t->totals.data_segments);
    number(out, "pure_acks", t->totals.pure_acks);
    number(out, "reordered_segments", t->totals.reordered);
    number(out, "connections", t->connections);
    number(out, "mails", t->subjects.count);
    number(out, "recipients", t->recipients);
    number(out, "recipients_refused", refused);
    number(out, "urls", t->urls.count);
    number(out, "attachments", t->attachments);
    number(out, "message_bytes", t->message_bytes);
    number(out, "attachment_bytes", t->attachment_bytes);
    number(out, "median_message_bytes",
           t->sizes.count ? strtoull(lines_sorted(&t->sizes, t->sizes.count / 2), NULL, 10) : 0);
    for (size_t k = 0; k < MAIL_KINDS; k++)
        if (k != HTML_ALONE || t->kind_count[k]) /* phishing's: the other shapes' truth stays as it was */
            fprintf(out,
                    "  \"%s\": {\"mails\": %" PRIu64 ", \"bytes_without_attachments\": %" PRIu64 "},\n",
                    KIND[k], t->kind_count[k], t->kind_bytes[k]);
    fprintf(out, "  \"subjects_sha256\": \"%s\",\n  \"urls_sha256\": \"%s\"\n}\n", subjects, urls);
}

void truth_free(struct truth *t)
{
    struct lines *all[] = {&t->subjects, &t->urls, &t->sizes};
    for (size_t i = 0; i < 3; i++) {
        buf_free(&all[i]->text);
        free(all[i]->at);
    }
}
