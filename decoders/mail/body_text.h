/* SPDX-License-Identifier: Apache-2.0 */
/* body_text: what the text of a mail that people see tells of it, while it passes: nothing of it is kept. */
#ifndef MXTAP_MAIL_BODY_TEXT_H
#define MXTAP_MAIL_BODY_TEXT_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/mail/body_key.h"

/*
 * The first LIMIT_BODY_TEXT bytes count for the key; in the rest only what can be an address or mixed scripts is looked
 * at. A word that is cut by the end of a push waits in word; one that
 * is longer is no word (a link, or code), and is passed by. Cost is linear in the bytes, whatever the pieces, and what
 * comes out is the same.
 */
struct body_text {
    struct body_key key;
    struct arena *arena;
    size_t left;             /* bytes that still count for the key */
    uint16_t word_n;
    bool passing;            /* inside of a word that is too long */
    bool keyless;            /* bytes that count were lost */
    uint8_t addresses_n;
    struct span homoglyph;
    struct span addresses[LIMIT_BODY_ADDRESSES]; /* as written */
    uint8_t word[LIMIT_BODY_WORD];
};

/* Begins a mail: what is found goes to arena. */
void body_text_begin(struct body_text *x, struct arena *arena);
/* The mail's recipient as its To field has it, decoded, before the text: words of it differ from mail to mail. */
void body_text_recipient(struct body_text *x, struct span mailbox);

/* Text in UTF-8, in pieces of any size: that of a text/plain part, what HTML shows. */
void body_text_push(struct body_text *x, struct span utf8);
/* As body_text_push and body_text_break. */
void body_text_last(struct body_text *x, struct span utf8);
/* As body_text_push, of n bytes of white space behind a body_text_break. */
void body_text_space(struct body_text *x, size_t n);
/* No word reaches over this place: a part, a block, a cell. */
void body_text_break(struct body_text *x);
/* Bytes of the mail were lost here, or its end was: text that still counts may be among them, or what tells how to read it.
 * Of half of the text there is no key: it would be another one. */
void body_text_lost(struct body_text *x);

/* What was found by the last body_text_break; spans live as long as the arena. key: see body_key_write; false where bytes that
 * count were lost. */
bool body_text_key(const struct body_text *x, uint8_t out[BODY_KEY_TEXT]);
/* The first word that mixes scripts (mixed_script.h), absent where none does. */
struct span body_text_homoglyph(const struct body_text *x);
/* The mail addresses that the text shows, as it shows them, each once; the list lives as long as x. */
const struct span *body_text_addresses(const struct body_text *x, uint32_t *n);

#endif
