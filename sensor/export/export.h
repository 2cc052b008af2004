/* SPDX-License-Identifier: Apache-2.0 */
/* export: mails, and what of them may be blocked, in the forms that other programs read. */
#ifndef MXTAP_EXPORT_H
#define MXTAP_EXPORT_H

#include "sensor/console/questions.h"
#include "sensor/export/blocklist.h"
#include "sensor/publish/recipients.h"

/* What a format writes with. out is emptied into the file between two calls; what does not fit is lost and said. */
struct export {
    const struct question_options *o;
    struct mem *mem;
    struct buf *out;
    struct redactor *redactor;      /* knows the recipients of the mail at hand */
    const struct blocklist *blocks; /* for formats that tell what may be blocked, when `end` is called; else NULL */
    uint64_t mails;                 /* given to `mail` so far */
    uint64_t links_cut;             /* mails with more links than are read (FACT_LINKS) */
    uint64_t headers_missing;       /* arf: mails whose header block nobody kept */
    struct value_set named;         /* stix: objects already written */
};

/* begin and end once each; mail for each mail that was selected, oldest first. NULL: nothing to do. */
struct export_format {
    const char *name, *does;
    bool mails;  /* tells mails */
    bool blocks; /* tells what may be blocked */
    bool shared; /* is made for others: recipients are never shown in full */
    void (*begin)(struct export *x);
    void (*mail)(struct export *x, const struct mail_facts *f);
    void (*end)(struct export *x);
};

/* NULL where there is none of that name. */
const struct export_format *export_format_parse(const char *name);
/* "csv misp stix ..." */
void export_format_names(char *text, size_t size);
/* One line a format, for the help. */
void export_format_list(FILE *out);

/* A text of the record by a path with a place, *, in it: fact_at(f, "mxtap.links.*.in", i). */
struct span fact_at(const struct mail_facts *f, const char *path, size_t i);
/* A text of the record without its recipients, as --recipients says; valid until the next call. */
struct span export_shown(const struct export *x, struct span s);

/* The formats, each in its own file. */
extern const struct export_format format_csv, format_misp, format_stix, format_arf, format_zeek, format_postfix, format_nft,
    format_rpz, format_watchlist;

#endif
