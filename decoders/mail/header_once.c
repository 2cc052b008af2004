/* SPDX-License-Identifier: Apache-2.0 */
/* header_once: filter and reader may take different ones of two Subject or From fields. */
#include "decoders/mail/header_once.h"

static const char *const once[] = {
    "Date",       "From",        "Sender",       "Reply-To",     "To",
    "Cc",         "Bcc",         "Message-ID",   "In-Reply-To",  "References",
    "Subject",    "MIME-Version", "Content-Type", "Content-Disposition",
    "Content-Transfer-Encoding",
};

bool header_once_again(uint32_t *seen, struct span name)
{
    for (unsigned i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        bool again;

        if (ascii_lower((uint8_t)once[i][0]) != ascii_lower(name.p[0]) ||
            !span_eq_nocase(name, span_cstr(once[i])))
            continue;
        again = *seen >> i & 1;
        *seen |= 1u << i;
        return again;
    }
    return false;
}
