/* SPDX-License-Identifier: Apache-2.0 */
/* options_config: from keys and values to the table's setters. */
#include "sensor/options_config.h"

#include "sensor/config_file.h"
#include "sensor/language.h"

/* Where a key was met first, and, for lists with commas, what it said so far. */
struct met {
    unsigned line;
    const char *text;
};

struct setting {
    struct options *o;
    unsigned on;
    const bool *given;
    struct met *met; /* one for each row of the table */
};

static const struct option_entry *entry_named(const char *key)
{
    for (unsigned i = 0; i < option_table_n; i++)
        if (option_table[i].name && strcmp(option_table[i].name, key) == 0)
            return &option_table[i];
    return NULL;
}

static bool no(char why[WHY], const char *key, const char *what)
{
    snprintf(why, WHY, "%.64s: %s", key, what);
    return false;
}

bool options_config_key(const char *key, char why[WHY])
{
    const struct option_entry *e = entry_named(key);

    if (!e)
        return no(why, key, _("no such key; they are the long options that mxtap help capture lists, without their dashes"));
    return !(e->verbs & NOT_IN_FILE) || no(why, key, _("this one is for the command line only"));
}

bool options_config_is_list(const char *key)
{
    const struct option_entry *e = entry_named(key);

    return e && e->verbs & OPTION_LIST;
}

/* A copy that setters may keep, behind what the same list said before. */
static char *value_kept(struct setting *s, struct met *m, const char *value)
{
    size_t size = strlen(value) + (m->text ? strlen(m->text) + 1 : 0) + 1;
    char *copy = arena_zalloc(&s->o->arena, size);

    if (copy)
        snprintf(copy, size, "%s%s%s", m->text ? m->text : "", m->text ? "," : "", value);
    return copy;
}

/* An option without a value: yes sets it. */
static bool flag(struct setting *s, const struct option_entry *e, const char *value, char why[WHY])
{
    static const char *const words[2][4] = {{"no", "false", "off", "0"}, {"yes", "true", "on", "1"}};

    for (unsigned set = 0; set < 2; set++)
        for (unsigned i = 0; i < 4; i++)
            if (strcmp(value, words[set][i]) == 0)
                return set ? e->set(s->o, NULL, why) : true;
    return no(why, e->name, _("say yes or no"));
}

static bool set(struct setting *s, const struct option_entry *e, struct met *m, const char *value, char why[WHY])
{
    bool before = s->o->password_on_command_line;
    char *copy, reason[WHY];

    if (!e->argument)
        return flag(s, e, value, why);
    snprintf(reason, sizeof(reason), "%s", _("no memory")); /* unless something else is wrong */
    copy = value_kept(s, e->verbs & OPTION_LIST ? m : &(struct met){0, NULL}, value);
    if (copy && e->verbs & OPTION_LIST)
        m->text = copy;
    if (!copy || !e->set(s->o, copy, reason)) {
        snprintf(why, WHY, "%s = %.80s: %.140s", e->name, value, reason);
        return false;
    }
    /* The file may be read by others, be copied, be kept in a repository. */
    if (s->o->password_on_command_line != before)
        return no(why, e->name, _(CONFIG_NO_PASSWORD));
    return true;
}

static bool on_key(void *ctx, const char *key, const char *value, unsigned line, char why[WHY])
{
    struct setting *s = ctx;
    const struct option_entry *e = entry_named(key);
    size_t at = e ? (size_t)(e - option_table) : 0;
    struct met *m = &s->met[at]; /* the first row's, unused, where there is none */
    char before[128];

    if (!options_config_key(key, why))
        return false;
    if (!*value)
        return no(why, key, _("its value is empty; leave the line out for the default"));
    if (m->line && !(e->verbs & (OPTION_LIST | OPTION_REPEATS))) {
        snprintf(before, sizeof(before), _("it stands in line %u too: leave one of them out"), m->line);
        return no(why, key, before);
    }
    m->line = line;
    if (!(e->verbs & s->on) || s->given[at])
        return true;
    return set(s, e, m, value, why);
}

bool options_config_read(struct options *o, const char *path, unsigned on, const bool *given, char err[512])
{
    struct setting s = {o, on, given, arena_zalloc(&o->arena, option_table_n * sizeof(struct met))};

    if (s.met)
        return config_file_read(path, on_key, &s, err);
    snprintf(err, 512, "%s", _("no memory for the options"));
    return false;
}
