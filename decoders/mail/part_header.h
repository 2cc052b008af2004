/* SPDX-License-Identifier: Apache-2.0 */
/* part_header: the MIME fields of one entity, and what they make of it. */
#ifndef MXTAP_MAIL_PART_HEADER_H
#define MXTAP_MAIL_PART_HEADER_H

#include "decoders/mail/field_name.h"
#include "decoders/mail/message.h"
#include "decoders/mail/mime_param.h"
#include "decoders/mail/transfer_encoding.h"

enum part_kind {
    PART_LEAF,
    PART_MULTIPART, /* and boundary is there */
    PART_MESSAGE    /* message/rfc822 and its like */
};

/* Spans live in scratch until the next reset; the first field of each name counts. */
struct part_header {
    struct arena scratch;
    struct charsets *charsets; /* borrowed */
    bool has_type, has_disposition, has_encoding;
    struct mime_value type, disposition;
    struct span boundary;          /* absent unless type is multipart and has one */
    struct span encoding_text;     /* lower case */
    enum transfer_encoding encoding;
    anomaly_set odd;
};

void part_header_init(struct part_header *h, struct mem *m, struct charsets *c);
void part_header_reset(struct part_header *h);
/* The fields with a meaning for MIME. */
#define PART_HEADER_FIELDS (FIELD_BIT(FIELD_CONTENT_TYPE) | FIELD_BIT(FIELD_CONTENT_TRANSFER_ENCODING) | FIELD_BIT(FIELD_CONTENT_DISPOSITION))
/* Any field; the others are passed over. */
void part_header_field(struct part_header *h, enum field_name which, struct span value);
/* All fields are known. digest: the parent is multipart/digest (RFC 2046 5.1.5). */
enum part_kind part_header_kind(struct part_header *h, bool digest);
/* Of a leaf: fills *part, its spans in keep, or in scratch where keep is NULL. */
void part_header_leaf(struct part_header *h, struct arena *keep, struct mail_part *part);
/* The charset its text is in. */
const struct charset *part_header_charset(struct part_header *h, const struct mail_part *part);
void part_header_free(struct part_header *h);

#endif
