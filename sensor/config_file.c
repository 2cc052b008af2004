/* SPDX-License-Identifier: Apache-2.0 */
/* config_file: inih parses; lines are handed to it one by one, so that each fault has its line and none is cut unseen. */
#include "sensor/config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"

enum { CONFIG_ERR = 512 };

struct reading {
    FILE *in;
    char *text; /* getline's */
    size_t size;
    unsigned line;
    config_key each;
    void *ctx;
    unsigned wrong; /* the line at fault, 0 = none yet */
    char why[WHY];
};

static void fault(struct reading *r, const char *why)
{
    if (r->wrong)
        return;
    r->wrong = r->line;
    snprintf(r->why, sizeof(r->why), "%s", why);
}

/*
 * inih's reader. The library as Debian builds it takes lines of 200 bytes and would take the rest of a longer one for a
 * line of its own; and it takes an indented line for more of the value before. So blanks at the front are left out, and
 * what does not fit is refused by name.
 */
static char *next_line(char *out, int size, void *stream)
{
    struct reading *r = stream;
    ssize_t n = r->wrong ? -1 : getline(&r->text, &r->size, r->in);
    const char *from = r->text;
    char why[WHY];

    if (n < 0)
        return NULL;
    r->line++;
    if (strlen(r->text) != (size_t)n) {
        fault(r, _("it holds a NUL byte: this is no text file"));
        return NULL;
    }
    from += strspn(from, " \t");
    n = (ssize_t)strcspn(from, "\r\n");
    if (n >= size) {
        snprintf(why, sizeof(why), _("it is longer than %d bytes; a list can go on under the same key on another line"), size - 1);
        fault(r, why);
        return NULL;
    }
    snprintf(out, (size_t)size, "%.*s", (int)n, from);
    return out;
}

/* What other formats would understand and this one would take as it stands. */
static const char *misunderstood(const char *section, const char *value)
{
    if (*section)
        return _("there are no [sections] here: leave that line out");
    if (strstr(value, " #") || strstr(value, "\t#"))
        return _("a comment behind a value begins with ;, or give it a line of its own");
    if (*value == '"' || *value == '\'')
        return _("values stand without quotation marks");
    return NULL;
}

static int on_key(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    const char *wrong = misunderstood(section, value);
    char why[WHY] = "";

    if (r->wrong)
        return 0;
    if (!wrong && r->each(r->ctx, key, value, r->line, why))
        return 1;
    if (wrong)
        snprintf(why, sizeof(why), "%.64s: %s", key, wrong);
    fault(r, why);
    return 0;
}

static void parse(struct reading *r)
{
    int wrong = ini_parse_stream(next_line, r, on_key, r);

    if (wrong < 0) {
        fault(r, _("no memory"));
    } else if (wrong > 0 && (!r->wrong || (unsigned)wrong < r->wrong)) {
        r->wrong = (unsigned)wrong;
        snprintf(r->why, sizeof(r->why), "%s", _("this is no line of the form key = value"));
    }
}

bool config_file_read(const char *path, config_key each, void *ctx, char err[CONFIG_ERR])
{
    struct reading r = {.in = fopen(path, "re"), .each = each, .ctx = ctx};
    bool readable = r.in != NULL;
    int number = errno;

    if (readable) {
        parse(&r);
        number = errno;
        readable = !ferror(r.in);
        fclose(r.in);
    }
    free(r.text);
    if (!readable)
        snprintf(err, CONFIG_ERR, "--config %.200s: %s", path, strerror(number));
    else if (r.wrong)
        snprintf(err, CONFIG_ERR, "%.200s:%u: %s", path, r.wrong, r.why);
    return readable && !r.wrong;
}
