/* SPDX-License-Identifier: Apache-2.0 */
/* scribe: a finished record becomes a parcel; in a replay its line is written by the thread that made it, while it is warm. */
#ifndef MXTAP_PUBLISH_SCRIBE_H
#define MXTAP_PUBLISH_SCRIBE_H

#include "sensor/publish/parcel.h"
#include "sensor/publish/record_json.h"

/* One for each thread that finishes records or writes lines: its redactor knows one record at a time. */
struct scribe;

/*
 * lines: how lines are written (copied, its texts borrowed; its redactor is not looked at), NULL: it writes none. records: somebody
 * wants the records themselves. NULL without memory.
 */
struct scribe *scribe_new(const struct json_options *lines, bool records);
/* Its parcels are back, or freed. */
void scribe_free(struct scribe *s);

/* r is taken, and back in its pool where nobody wants it. NULL without memory: r is still the caller's. */
struct parcel *scribe_wrap(struct scribe *s, struct record *r);
/* Writes the line of a parcel that has its record. */
void scribe_line(struct scribe *s, struct parcel *x);

#endif
