/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_encoding: base64, quoted-printable and uuencode as push decoders, and base64 only counted. */
#ifndef MXTAP_MAIL_TRANSFER_ENCODING_H
#define MXTAP_MAIL_TRANSFER_ENCODING_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"

enum transfer_encoding {
    TRANSFER_IDENTITY, /* 7bit, 8bit, binary, none */
    TRANSFER_BASE64,
    TRANSFER_QUOTED_PRINTABLE,
    TRANSFER_UUENCODE,
    TRANSFER_UNKNOWN /* a name nobody defined: read as identity */
};

/* Content-Transfer-Encoding value: first token, any case, blanks, comments and quotes ignored. */
enum transfer_encoding transfer_encoding_find(struct span value);

/* What a decoder that is odd raises. */
enum anomaly transfer_anomaly(enum transfer_encoding e);

/* How far one call came: it stops at the end of in or of the room. */
struct transfer_step {
    size_t used; /* bytes of in */
    size_t made; /* bytes of out */
};

/* Blanks in a row before a line end that quoted-printable takes for transport padding (RFC 2045 6.7
 * rule 3); a longer run is content. */
enum { TRANSFER_PADDING = 32 };

/* A decoder of any encoding; filled by transfer_begin; no memory of its own. */
struct transfer_decoder {
    enum transfer_encoding encoding;
    bool odd;          /* bytes that do not belong there were met and read over */
    bool long_blanks;  /* quoted-printable: inside a run of blanks longer than TRANSFER_PADDING */
    uint8_t n;         /* base64, uuencode: sextets held; quoted-printable: bytes held */
    uint8_t padding;   /* base64: = still due in this quantum */
    uint8_t uu;        /* uuencode: where in the stream (enum uu_place) */
    uint8_t left;      /* uuencode: bytes left in the line */
    uint32_t bits;     /* base64, uuencode: the sextets */
    uint8_t held[TRANSFER_PADDING + 4]; /* quoted-printable: what only the next bytes can explain */
};

/* Room that every call of transfer_push needs at least. */
enum { TRANSFER_ROOM = 64 };

void transfer_begin(struct transfer_decoder *d, enum transfer_encoding e);
/* Decodes into out[0..room), room >= TRANSFER_ROOM. Call again with the rest while used < in.n. */
struct transfer_step transfer_push(struct transfer_decoder *d, struct span in, uint8_t *out, size_t room);
/* Decoded bytes in `in`, without producing them (base64, identity: at the speed of a scan). */
uint64_t transfer_count(struct transfer_decoder *d, struct span in);
/* The end: writes what is still held (at most TRANSFER_ROOM bytes) to out, which may be NULL when only
 * counting; returns how many. */
size_t transfer_finish(struct transfer_decoder *d, uint8_t *out);
/* Bytes were lost: begins again at the next quantum or line. */
void transfer_gap(struct transfer_decoder *d);

#endif
