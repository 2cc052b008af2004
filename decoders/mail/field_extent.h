/* SPDX-License-Identifier: Apache-2.0 */
/* field_extent: where a header field's name ends, and where its last line does; its lines as one. */
#ifndef MXTAP_MAIL_FIELD_EXTENT_H
#define MXTAP_MAIL_FIELD_EXTENT_H

#include "decoders/base/bytes.h"

/* Length of the name that line begins with (RFC 5322 3.6.8), and where its colon stands, which may have blanks before it (4.5); 0 where the line is no
 * field. "https://..." is a body that began without a header, not a field named https. */
size_t field_name_length(struct span line, size_t *colon);

/* Index of the first place i >= from with a byte behind it where s.p[i] is LF and the byte behind it no space or TAB, which is where a folded
 * line ends (RFC 5322 2.2.3), or where s.p[i] is NUL; or s.n. */
size_t field_end(struct span s, size_t from);
size_t field_end_scalar(struct span s, size_t from);

/* Lines without their ends, LF or CR LF, one behind the other; a CR at the very end goes too. to: lines.n bytes, elsewhere. Returns how many they are. */
size_t field_unfold(struct span lines, uint8_t *to);
size_t field_unfold_scalar(struct span lines, uint8_t *to);

struct field_extent {
    size_t name_n, colon; /* as of field_name_length */
    size_t end;           /* index of the LF that ends its last line */
    bool one_line;        /* false: it may have several */
};

/* Of the field that s begins with. False: there is none, it has a NUL, or s does not show that it is over. */
bool field_extent(struct span s, struct field_extent *f);

#endif
