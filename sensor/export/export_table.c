/* SPDX-License-Identifier: Apache-2.0 */
/* export_table: the formats there are, and what their options must be. */
#include "sensor/export/export.h"

#include "sensor/judge/findings.h"
#include "sensor/judge/share_folder.h"
#include "sensor/language.h"

static const struct export_format *const formats[] = {&format_csv,  &format_misp,    &format_stix, &format_arf, &format_zeek,
                                                      &format_postfix, &format_nft, &format_rpz,  &format_watchlist};
enum { FORMATS = sizeof(formats) / sizeof(*formats) };

const struct export_format *export_format_parse(const char *name)
{
    for (unsigned i = 0; i < FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

void export_format_names(char *text, size_t size)
{
    size_t at = 0;

    for (unsigned i = 0; i < FORMATS && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? " " : "", formats[i]->name);
}

void export_format_list(FILE *out)
{
    for (unsigned i = 0; i < FORMATS; i++)
        fprintf(out, "  %-10s %s\n", formats[i]->name, _(formats[i]->does));
}

struct span fact_at(const struct mail_facts *f, const char *path, size_t i)
{
    size_t n = strcspn(path, "*");
    char at[96];

    snprintf(at, sizeof(at), "%.*s%zu%s", (int)n, path, i, path[n] ? path + n + 1 : "");
    return mail_facts_text(f, at);
}

struct span export_shown(const struct export *x, struct span s)
{
    return redactor_apply(x->redactor, s);
}

void export_options_begin(struct export_options *e)
{
    *e = (struct export_options){.alert_score = FINDINGS_ALERT_SCORE, .recipients = RECIPIENTS_DOMAIN};
}

static bool is_campaign(const char *s)
{
    size_t n = strlen(s);

    for (size_t i = 0; i < n; i++)
        if (ascii_hex((uint8_t)s[i]) < 0)
            return false;
    return n == 12;
}

static bool fail(const char **what, char why[EXPORT_WHY], const char *option, const char *text)
{
    *what = option;
    snprintf(why, EXPORT_WHY, "%s", _(text));
    return false;
}

/* A list to block by without its guards would be a trap: where they lie is found out before anything is read. */
static bool find_guards(struct question_options *o, const char **what, char why[EXPORT_WHY])
{
    struct export_options *e = &o->export;

    if (!e->format->blocks)
        return true;
    if (!e->judge.brands && !e->no_brands && !(e->judge.brands = share_folder_has("brands.txt", &o->arena)))
        return fail(what, why, "--brands", N_("brands.txt is not where it was installed: name it, or say none"));
    if (!e->judge.lists && !e->no_lists && !(e->judge.lists = share_folder_has("lists", &o->arena)))
        return fail(what, why, "--lists", N_("the folder of lists is not where it was installed: name it, or say none"));
    return true;
}

bool export_options_check(struct question_options *o, const char **what, char why[EXPORT_WHY])
{
    struct export_options *e = &o->export;
    char names[128];

    if (!e->format) {
        export_format_names(names, sizeof(names));
        *what = "--format";
        snprintf(why, EXPORT_WHY, _("say which: %s"), names);
        return false;
    }
    if (e->format->shared && e->recipients == RECIPIENTS_FULL)
        return fail(what, why, "--recipients", N_("this format is made for others: give domain or none"));
    if (e->campaign && !is_campaign(e->campaign))
        return fail(what, why, "--campaign", N_("give an id as mxtap campaigns shows it: twelve hexadecimal digits"));
    if (o->words_n == 1 && !(e->format->blocks && (o->kind == KIND_IP || o->kind == KIND_DOMAIN)))
        return fail(what, why, o->words[0], e->format->blocks ? N_("alone it must be ip or domain; with a value it chooses mails")
                                                              : N_("give a value too, such as helo amazon.co.jp"));
    return find_guards(o, what, why);
}
