/* SPDX-License-Identifier: Apache-2.0 */
/* format_misp: one MISP event (core format): an email object a mail, a url object a link, and what may be blocked as attributes. */
#include "sensor/export/block_head.h"
#include "sensor/export/json_object.h"
#include "sensor/export/uuid.h"
#include "sensor/language.h"

/* Names of MISP's own templates. */
#define TEMPLATE_EMAIL "a0c666e0-fc65-4be8-b48f-3423d788b552"
#define TEMPLATE_URL "60efb77b-40b5-4c46-871b-ed1ed999fce5"

/* Invariant: a writer's commas go on from one call to the next in x->out. */
static struct json writer(struct export *x, bool comma)
{
    return (struct json){.out = x->out, .redact = x->redactor, .comma = comma};
}

static void put_uuid(struct json *j, const char *what, uint64_t a, uint64_t b, uint64_t c)
{
    char name[96], text[UUID_TEXT];

    uuid_named(uuid_of_mxtap, span_of(name, (size_t)snprintf(name, sizeof(name), "misp %s %llu %llu %llu", what, (unsigned long long)a,
                                                             (unsigned long long)b, (unsigned long long)c)), text);
    json_word(j, "uuid", text);
}

/* MISP takes numbers as texts. */
static void put_seconds(struct json *j, const struct export *x)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)x->o->now_s);
    json_word(j, "timestamp", text);
}

static void begin(struct export *x)
{
    char day[JSON_TIME], info[64];
    struct json j = writer(x, false);

    json_object_now(x, day);
    day[10] = 0;
    snprintf(info, sizeof(info), "Mails seen by mxtap, exported %s", day);
    json_open(&j, NULL, '{');
    json_open(&j, "Event", '{');
    put_uuid(&j, "event", (uint64_t)x->o->now_s, 0, 0);
    json_word(&j, "info", info);
    json_word(&j, "date", day);
    put_seconds(&j, x);
    json_word(&j, "analysis", "0");
    json_word(&j, "threat_level_id", "4"); /* undefined: mxtap says what it saw */
    json_word(&j, "distribution", "0");    /* of your organisation only, until you say otherwise */
    buf_add(x->out, SPAN(",\"published\":false"));
    json_open(&j, "Object", '[');
}

static void open_object(struct json *j, const struct export *x, const char *name, const char *template, const char *version)
{
    json_open(j, NULL, '{');
    json_word(j, "name", name);
    json_word(j, "meta-category", "network");
    json_word(j, "template_uuid", template);
    json_word(j, "template_version", version);
    json_word(j, "distribution", "5"); /* the event's */
    put_seconds(j, x);
}

/* An attribute of an object; nothing for an empty value. */
static void put_value(struct json *j, const struct mail_facts *f, const char *relation, const char *type, const char *category,
                      struct span value, uint64_t place)
{
    if (!value.n)
        return;
    json_open(j, NULL, '{');
    put_uuid(j, relation, f->flow_id, f->tx_id, place);
    json_word(j, "object_relation", relation);
    json_word(j, "type", type);
    json_word(j, "category", category);
    json_text(j, "value", value);
    buf_add(j->out, SPAN(",\"to_ids\":false"));
    json_word(j, "distribution", "5");
    json_close(j, '}');
}

static void put_comment(struct json *j, struct export *x, const struct mail_facts *f)
{
    struct buf text;
    char score[48];

    buf_init(&text, x->mem, 4096);
    buf_add(&text, span_of(score, (size_t)snprintf(score, sizeof(score), "mxtap: score %llu;", (unsigned long long)f->score)));
    for (unsigned i = 0; i < f->findings_n; i++) {
        buf_add_byte(&text, ' ');
        buf_add(&text, f->findings[i]);
    }
    json_text(j, "comment", buf_span(&text));
    buf_free(&text);
}

static void put_email(struct json *j, struct export *x, const struct mail_facts *f)
{
    static const char delivery[] = "Payload delivery";
    char time[JSON_TIME];

    json_object_time(x, f, time);
    open_object(j, x, "email", TEMPLATE_EMAIL, "18");
    json_word(j, "first_seen", time);
    json_word(j, "last_seen", time);
    put_uuid(j, "email", f->flow_id, f->tx_id, 0);
    put_comment(j, x, f);
    json_open(j, "Attribute", '[');
    put_value(j, f, "ip-src", "ip-src", "Network activity", f->origin_ip, 0);
    put_value(j, f, "from", "email-src", delivery, json_object_address(f->from), 0);
    put_value(j, f, "from-display-name", "email-src-display-name", delivery, json_object_display(f->from), 0);
    put_value(j, f, "return-path", "email-src", delivery, json_object_address(f->mail_from), 1);
    put_value(j, f, "reply-to", "email-reply-to", delivery, json_object_address(mail_facts_text(f, "email.reply_to")), 0);
    put_value(j, f, "subject", "email-subject", delivery, f->subject, 0);
    put_value(j, f, "message-id", "email-message-id", delivery, f->message_id, 0);
    put_value(j, f, "x-mailer", "email-x-mailer", delivery, f->mailer, 0);
    if (json_object_sent(f, time))
        put_value(j, f, "send-date", "datetime", "Other", span_cstr(time), 0);
    for (unsigned i = 0; i < f->files_n; i++)
        put_value(j, f, "attachment", "email-attachment", delivery, f->files[i], i);
    json_close(j, ']');
    json_close(j, '}');
}

static void put_link(struct json *j, struct export *x, const struct mail_facts *f, unsigned i)
{
    open_object(j, x, "url", TEMPLATE_URL, "9");
    put_uuid(j, "link", f->flow_id, f->tx_id, i);
    json_open(j, "Attribute", '[');
    put_value(j, f, "url", "url", "Network activity", f->links[i].url, i);
    put_value(j, f, "domain", "domain", "Network activity", f->links[i].domain, i);
    put_value(j, f, "ip", "ip-dst", "Network activity", f->links[i].ip, i);
    json_close(j, ']');
    json_close(j, '}');
}

static void mail(struct export *x, const struct mail_facts *f)
{
    struct json j = writer(x, x->mails > 1);

    put_email(&j, x, f);
    for (unsigned i = 0; i < f->links_n; i++)
        put_link(&j, x, f, i);
}

static void put_blocked(struct json *j, const struct export *x, const struct block_value *v)
{
    char comment[96], name[64 + 200], uuid[UUID_TEXT];

    uuid_named(uuid_of_mxtap, span_of(name, (size_t)snprintf(name, sizeof(name), "misp block %.*s", SPAN_FMT(span_head(v->text, 200)))),
               uuid);
    snprintf(comment, sizeof(comment), "mxtap: score %llu, mails %u, %s to %s", (unsigned long long)v->score, v->mails, v->first, v->last);
    json_open(j, NULL, '{');
    json_word(j, "uuid", uuid);
    json_word(j, "type", v->kind == BLOCK_IP ? "ip-src" : "domain");
    json_word(j, "category", "Network activity");
    json_text(j, "value", v->text);
    json_word(j, "comment", comment);
    buf_add(j->out, SPAN(",\"to_ids\":true"));
    json_word(j, "distribution", "5");
    put_seconds(j, x);
    json_close(j, '}');
}

static void end(struct export *x)
{
    struct json j = writer(x, true);

    json_close(&j, ']');
    json_open(&j, "Attribute", '[');
    for (uint32_t i = 0; i < x->blocks->listed_n; i++)
        put_blocked(&j, x, x->blocks->listed[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    json_close(&j, '}');
    buf_add_byte(x->out, '\n');
}

const struct export_format format_misp = {.name = "misp", .does = N_("an event for MISP: mails, links, and what may be blocked"), .mails = true,
                                          .blocks = true, .shared = true, .begin = begin, .mail = mail, .end = end};
