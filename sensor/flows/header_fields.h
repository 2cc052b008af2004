/* SPDX-License-Identifier: Apache-2.0 */
/* header_fields: the top header's fields, one by one, into the record. */
#ifndef MXTAP_FLOWS_HEADER_FIELDS_H
#define MXTAP_FLOWS_HEADER_FIELDS_H

#include "decoders/mail/charset.h"
#include "decoders/mail/field_name.h"
#include "sensor/record.h"

enum { RAW_FIELDS = 8 }; /* fields of raw 8-bit text decoded again at the mail's end */
enum { AUTH_FIELDS = 16 }; /* Authentication-Results and Received-SPF fields looked at */

struct header_fields {
    struct record *r;
    struct charsets *charsets;
    enum field_name which; /* that is being read */
    struct list received, hops;
    struct {
        struct span value;     /* in the record's arena */
        bool spf;              /* Received-SPF */
    } auth[AUTH_FIELDS];
    unsigned auth_n;
    struct {
        struct span value;     /* in the record's arena */
        enum field_name which;
    } raw[RAW_FIELDS];
    unsigned raw_n;
    bool short_of_memory; /* set before header_fields_end: what the parts declare may be missing */
};

/* r and charsets are borrowed until header_fields_end. */
void header_fields_begin(struct header_fields *h, struct record *r, struct charsets *charsets);
/* which and value as message's field event gives them. */
void header_field(struct header_fields *h, enum field_name which, struct span value);
/* What only the whole mail tells: whose verdicts are believed, and which charset raw text is in (that of the
 * first part which declares one). r->parts is filled. */
void header_fields_end(struct header_fields *h, const struct span *authserv, unsigned authserv_n);

#endif
