/* SPDX-License-Identifier: Apache-2.0 */
/* redis_reply: what a reply says, and what an error among them means. */
#include <hiredis/hiredis.h>
#include <stdio.h>

#include "sensor/publish/redis_link.h"

enum redis_reply_kind redis_reply_kind(const struct redis_reply *r)
{
    switch (((const redisReply *)(const void *)r)->type) {
    case REDIS_REPLY_INTEGER:
        return REPLY_INTEGER;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REPLY_TEXT;
    case REDIS_REPLY_ERROR:
        return REPLY_ERROR;
    case REDIS_REPLY_ARRAY:
        return REPLY_ARRAY;
    default:
        return REPLY_NIL;
    }
}

struct span redis_reply_text(const struct redis_reply *r)
{
    const redisReply *x = (const void *)r;
    enum redis_reply_kind kind = redis_reply_kind(r);

    return kind == REPLY_TEXT || kind == REPLY_ERROR ? span_of(x->str, x->len) : span_of(NULL, 0);
}

int64_t redis_reply_integer(const struct redis_reply *r)
{
    const redisReply *x = (const void *)r;

    return x->type == REDIS_REPLY_INTEGER ? x->integer : 0;
}

size_t redis_reply_n(const struct redis_reply *r)
{
    const redisReply *x = (const void *)r;

    return x->type == REDIS_REPLY_ARRAY ? x->elements : 0;
}

const struct redis_reply *redis_reply_item(const struct redis_reply *r, size_t i)
{
    const redisReply *x = (const void *)r;

    return (const struct redis_reply *)(const void *)x->element[i];
}

static bool has_code(struct span error, const char *code)
{
    char inside[32];

    if (span_starts_nocase(error, span_cstr(code)))
        return true;
    snprintf(inside, sizeof(inside), "-%s ", code);
    return span_find_span(error, 0, span_cstr(inside)) < error.n;
}

enum redis_trouble redis_trouble(struct span error)
{
    static const struct {
        const char *code;
        enum redis_trouble trouble;
    } codes[] = {
        {"NOSCRIPT", TROUBLE_NOSCRIPT}, {"NOAUTH", TROUBLE_DENIED},  {"WRONGPASS", TROUBLE_DENIED},
        {"NOPERM", TROUBLE_DENIED},     {"LOADING", TROUBLE_WAIT},   {"BUSY", TROUBLE_WAIT},
        {"OOM", TROUBLE_WAIT},          {"MISCONF", TROUBLE_WAIT},   {"TRYAGAIN", TROUBLE_WAIT},
        {"CLUSTERDOWN", TROUBLE_WAIT},  {"MASTERDOWN", TROUBLE_WAIT}, {"NOREPLICAS", TROUBLE_WAIT},
        {"READONLY", TROUBLE_READONLY}, {"MOVED", TROUBLE_MOVED},   {"ASK", TROUBLE_ASK},
    };

    for (unsigned i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (has_code(error, codes[i].code))
            return codes[i].trouble;
    /* A script met a key that had moved on before its marker. */
    if (span_find_span(error, 0, SPAN("non local key")) < error.n)
        return TROUBLE_ASK;
    return TROUBLE_OTHER;
}
