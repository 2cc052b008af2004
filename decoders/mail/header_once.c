/* SPDX-License-Identifier: Apache-2.0 */
/* header_once: filter and reader may take different ones of two Subject or From fields. */
#include "decoders/mail/header_once.h"

/* In order of length. */
static const struct span once[] = {
    SPAN_INIT("To"),          SPAN_INIT("Cc"),           SPAN_INIT("Bcc"),          SPAN_INIT("Date"),
    SPAN_INIT("From"),        SPAN_INIT("Sender"),       SPAN_INIT("Subject"),      SPAN_INIT("Reply-To"),
    SPAN_INIT("Message-ID"),  SPAN_INIT("References"),   SPAN_INIT("In-Reply-To"),  SPAN_INIT("MIME-Version"),
    SPAN_INIT("Content-Type"), SPAN_INIT("Content-Disposition"), SPAN_INIT("Content-Transfer-Encoding"),
};

enum { NAMES = sizeof(once) / sizeof(once[0]) };

/* The name at which those of a length begin; where none has that length, one of another. */
static const uint8_t first_of_length[] = {[3] = 2, [4] = 3, [6] = 5, [7] = 6, [8] = 7, [10] = 8, [11] = 10, [12] = 11, [19] = 13, [25] = 14};

bool header_once_again(uint32_t *seen, struct span name)
{
    unsigned i = name.n < sizeof(first_of_length) ? first_of_length[name.n] : NAMES;

    for (; i < NAMES && once[i].n == name.n; i++) {
        bool again;

        if (!span_eq_nocase(name, once[i]))
            continue;
        again = *seen >> i & 1;
        *seen |= 1u << i;
        return again;
    }
    return false;
}
