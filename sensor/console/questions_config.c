/* SPDX-License-Identifier: Apache-2.0 */
/* questions_config: one file for a sensor and for those who ask its Redis. */
#include "sensor/console/questions_config.h"

#include "sensor/config_file.h"
#include "sensor/console/questions_table.h"
#include "sensor/language.h"
#include "sensor/options_config.h"

/* Options that say the same of both; --json, say, is a file there and a form here. */
static bool is_shared(const char *key)
{
    static const char *const keys[] = {"home", "trusted", "brands", "lists", "alert-score", "timezone"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return strncmp(key, "redis", 5) == 0;
}

/* By place in question_table: what a list has said so far, on the lines before. */
struct setting {
    struct question_options *o;
    const char **said;
};

/* NULL: an option of other verbs, one without a value, or one that the command line has given. */
static const struct question_entry *entry_of(const struct question_options *o, const char *key)
{
    for (unsigned i = 0; i < question_table_n; i++) {
        const struct question_entry *e = &question_table[i];

        if (e->name && e->argument && e->verbs & 1u << o->verb && !o->given[i] && strcmp(e->name, key) == 0)
            return is_shared(key) ? e : NULL;
    }
    return NULL;
}

static bool set(struct setting *s, const struct question_entry *e, const char *value, char why[WHY])
{
    const char **said = &s->said[e - question_table];
    bool more = *said && options_config_is_list(e->name), before = s->o->password_on_command_line;
    size_t size = strlen(value) + (more ? strlen(*said) + 1 : 0) + 1;
    char *copy = arena_zalloc(&s->o->arena, size), reason[WHY] = "";

    if (copy)
        snprintf(copy, size, "%s%s%s", more ? *said : "", more ? "," : "", value);
    *said = copy;
    if (!copy || !*value || !e->set(s->o, copy, reason)) {
        snprintf(why, WHY, "%.60s = %.60s: %.100s", e->name, value, !*value ? _("its value is empty") : copy ? reason : _("no memory"));
        return false;
    }
    if (s->o->password_on_command_line == before)
        return true;
    snprintf(why, WHY, "%s: %s", e->name, _(CONFIG_NO_PASSWORD));
    return false;
}

static bool on_key(void *ctx, const char *key, const char *value, unsigned line, char why[WHY])
{
    struct setting *s = ctx;
    const struct question_entry *e;

    (void)line;
    if (!options_config_key(key, why))
        return false;
    e = entry_of(s->o, key);
    return !e || set(s, e, value, why);
}

bool question_config_read(struct question_options *o, char err[QUESTION_ERR])
{
    struct setting s = {o, o->config ? arena_zalloc(&o->arena, question_table_n * sizeof(*s.said)) : NULL};

    if (!o->config)
        return true;
    if (s.said)
        return config_file_read(o->config, on_key, &s, err);
    snprintf(err, QUESTION_ERR, "%s", _("no memory for the options"));
    return false;
}
