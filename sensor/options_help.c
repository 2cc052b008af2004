/* SPDX-License-Identifier: Apache-2.0 */
/* options_help: what `mxtap help [VERB]` prints, from the table. */
#include "sensor/console/questions.h"
#include "sensor/language.h"
#include "sensor/options_table.h"

static const struct {
    const char *name;
    enum verb verb;
    unsigned on;
    const char *synopsis, *does;
} verbs[] = {
    {"replay", VERB_REPLAY, ON_REPLAY, N_("mxtap replay [options] PATH... [-- filter expression]"),
     N_("read captures: pcap, pcapng, gzip, zstd, folders in name order, -")},
    {"capture", VERB_CAPTURE, ON_CAPTURE,
     N_("mxtap capture -i IFACE... [options] [-- filter expression]"),
     N_("listen on interfaces: a mirror port, a tap")},
    {"check", VERB_CHECK, ON_CAPTURE | ON_CHECK, N_("mxtap check [options of capture] | PATH... [-- filter expression]"),
     N_("say what would run, whether it could, and what there is to see; sends nothing")},
    {"help", VERB_HELP, 0, N_("mxtap help [VERB]"), N_("explain a verb and its options")},
};

bool verb_parse(const char *name, enum verb *out)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(name, verbs[i].name) == 0) {
            *out = verbs[i].verb;
            return true;
        }
    return false;
}

static void overview(FILE *out)
{
    fprintf(out, "mxtap %s: %s\n\n", MXTAP_VERSION, _("who sends mail, told from the packets that pass"));
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        fprintf(out, "  mxtap %-9s %s\n", verbs[i].name, _(verbs[i].does));
    question_list(out);
    fputs(_("\n  mxtap replay capture.pcap              a summary of a capture\n"
            "  mxtap replay --json - capture.pcap     a JSON line for each mail and session\n"
            "  mxtap capture -i eth1 --redis redis://127.0.0.1:6379/0\n"
            "\nmxtap help VERB tells the options.\n"), out);
}

static void option_line(FILE *out, const struct option_entry *e)
{
    char left[64];

    snprintf(left, sizeof(left), "%s%c%s%s%s%s%s", e->letter ? "-" : "  ",
             e->letter ? e->letter : ' ',
             e->letter && e->name ? ", "
             : e->name            ? " "
                                  : "",
             e->name ? "--" : "", e->name ? e->name : "", e->argument ? " " : "",
             e->argument ? e->argument : "");
    if (strlen(left) > 28)
        fprintf(out, "  %s\n  %-28s  %s\n", left, "", _(e->help));
    else
        fprintf(out, "  %-28s  %s\n", left, _(e->help));
}

static void statuses(FILE *out)
{
    fputs(
        _("\nNumbers in brackets are the defaults. Signals: USR1 prints statistics, HUP opens files\n"
          "again, INT and TERM finish within five seconds, a second one ends at once.\n"
          "Status: 0 done; 1 something could not be opened, read or written; 2 the command line;\n"
          "3 input that is no capture, cut or damaged (all the rest was read); 4 records that\n"
          "never reached Redis.\n"),
        out);
}

void options_help(FILE *out, enum verb on)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (verbs[i].verb != on || !verbs[i].on)
            continue;
        fprintf(out, "%s\n    %s\n", _(verbs[i].synopsis), _(verbs[i].does));
        for (unsigned g = 0; g < GROUPS; g++) {
            fprintf(out, "\n%s:\n", option_group_title((enum option_group)g));
            for (unsigned k = 0; k < option_table_n; k++)
                if (option_table[k].group == g && (option_table[k].verbs & verbs[i].on))
                    option_line(out, &option_table[k]);
        }
        statuses(out);
        return;
    }
    overview(out);
}
