/* SPDX-License-Identifier: Apache-2.0 */
/* sniff: what a part is by its leading bytes, whatever its header calls it. */
#ifndef MXTAP_MAIL_SNIFF_H
#define MXTAP_MAIL_SNIFF_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

struct sniffed {
    const char *type; /* static, a media type; NULL = not recognised */
    bool encrypted;   /* an archive whose content needs a password */
};

/*
 * Bytes in any pieces, until it is done. Most types are told by SNIFF_FIRST bytes; archives are looked at for
 * LIMIT_SNIFF_BYTES, since what they are is in the names inside; an empty start may be that of a disk image,
 * which says so at SNIFF_ISO. Nothing behind SNIFF_ISO_END is ever looked at.
 */
enum { SNIFF_FIRST = 512, SNIFF_ISO = 0x8001, SNIFF_ISO_END = SNIFF_ISO + 5 };

struct sniff {
    struct sniffed found;
    bool done;
    bool first_done; /* the first bytes were judged */
    bool image;      /* waiting for SNIFF_ISO */
    uint32_t seen;   /* bytes pushed while not done */
    uint16_t n;      /* of head */
    uint8_t head[LIMIT_SNIFF_BYTES];
};

/* A part begins. */
void sniff_begin(struct sniff *s);
/* Its next decoded bytes; not needed once s->done. */
void sniff_push(struct sniff *s, struct span bytes);
/* Bytes are missing: what is not known yet stays unknown. */
void sniff_gap(struct sniff *s);
/* The part ends: s->found is final. */
void sniff_end(struct sniff *s);

/* By the first bytes of a whole: head begins there. More of it may tell more. */
struct sniffed sniff_head(struct span head);

/* sniff_binary: files that begin with fixed bytes. sniff_zip: what the names in an archive say (head begins with a
 * local file header). sniff_text: mark-up and other text. */
struct sniffed sniff_binary(struct span head);
struct sniffed sniff_zip(struct span head);
const char *sniff_text(struct span head);

#endif
