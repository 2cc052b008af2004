/* SPDX-License-Identifier: Apache-2.0 */
/* questions_config: one file for a sensor and for those who ask its Redis. */
#include "sensor/console/questions_config.h"

#include "sensor/config_file.h"
#include "sensor/console/questions_table.h"
#include "sensor/language.h"
#include "sensor/options_config.h"

/* Options that say the same of both; --json, say, is a file there and a form here. */
static bool is_shared(const struct question_options *o, const char *key)
{
    static const char *const guards[] = {"home", "trusted", "brands", "lists", "alert-score"};

    for (size_t i = 0; o->verb == ASK_EXPORT && i < sizeof(guards) / sizeof(*guards); i++)
        if (strcmp(key, guards[i]) == 0)
            return true;
    return strncmp(key, "redis", 5) == 0;
}

static bool on_key(void *ctx, const char *key, const char *value, unsigned line, char why[WHY])
{
    struct question_options *o = ctx;
    bool before = o->password_on_command_line;
    char *copy, reason[WHY];

    (void)line;
    if (!options_config_key(key, why))
        return false;
    for (unsigned i = 0; i < question_table_n; i++) {
        const struct question_entry *e = &question_table[i];

        if (!is_shared(o, key) || !e->name || !e->argument || o->given[i] || strcmp(e->name, key) != 0)
            continue;
        snprintf(reason, sizeof(reason), "%s", _("no memory")); /* unless something else is wrong */
        copy = arena_zalloc(&o->arena, strlen(value) + 1);
        if (!copy || !*value || !e->set(o, memcpy(copy, value, strlen(value)), reason)) {
            snprintf(why, WHY, "%.60s = %.60s: %.100s", key, value, *value ? reason : _("its value is empty"));
            return false;
        }
        if (o->password_on_command_line == before)
            return true;
        snprintf(why, WHY, "%s: %s", key, _(CONFIG_NO_PASSWORD));
        return false;
    }
    return true;
}

bool question_config_read(struct question_options *o, char err[QUESTION_ERR])
{
    return !o->config || config_file_read(o->config, on_key, o, err);
}
