/* SPDX-License-Identifier: Apache-2.0 */
/* json_object: a JSON document as a list of objects that comes piece by piece. */
#ifndef MXTAP_EXPORT_JSON_OBJECT_H
#define MXTAP_EXPORT_JSON_OBJECT_H

#include "sensor/export/export.h"
#include "sensor/publish/json.h"

/* "2023-07-01T07:06:08.123Z" of a record's timestamp; of now where it has none. */
enum { JSON_TIME = 25 };
void json_object_time(const struct export *x, const struct mail_facts *f, char text[JSON_TIME]);
/* The same of the mail's Date field: when its sender says that it was sent. False where it is none, or no time. */
bool json_object_sent(const struct mail_facts *f, char text[JSON_TIME]);
/* The same of now. */
void json_object_now(const struct export *x, char text[JSON_TIME]);
/* The address in "Name <user@example.net>", or all of it; the name before it. */
struct span json_object_address(struct span from);
struct span json_object_display(struct span from);

#endif
