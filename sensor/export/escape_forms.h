/* SPDX-License-Identifier: Apache-2.0 */
/* escape_forms: a sender's text in the forms of other programs: each form has one function that no byte gets around. */
#ifndef MXTAP_EXPORT_ESCAPE_FORMS_H
#define MXTAP_EXPORT_ESCAPE_FORMS_H

#include "decoders/base/bytes.h"

/* All append to out, which has malloc behind it. What would steer a terminal is written \xNN (decoders/base/escape). */

/* A cell of RFC 4180 in quotes. What a spreadsheet would run as a formula (= + - @ at its beginning, behind blanks too, also in full width)
 * has a ' before it, which shows the cell as text. */
void csv_text(struct buf *out, struct span s);

/* A URL that no program makes a link of and no reader follows by mistake: hxxps://evil[.]example/a.b */
void defanged_url(struct buf *out, struct span url);

/* A string or an element of a set of Zeek's TSV logs: never a tab, a line end, a comma inside a set, nor the words for unset and empty. */
void zeek_text(struct buf *out, struct span s, bool in_set);

/* A string literal of a STIX pattern with its quotes (STIX 2.1, 9.2). */
void stix_literal(struct buf *out, struct span s);

/* A header field's value: as it is where it is short, printable ASCII, else encoded words (RFC 2047), folded. No byte of it can begin
 * another field. At most some 600 bytes of s. */
void header_text(struct buf *out, struct span s);

/* Quoted-printable (RFC 2045 6.7) with LF line ends, at most 76 columns; no line begins with "From ", ".", or "--". */
void quoted_printable(struct buf *out, struct span s);

#endif
