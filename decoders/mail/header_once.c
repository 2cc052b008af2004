/* SPDX-License-Identifier: Apache-2.0 */
/* header_once: filter and reader may take different ones of two Subject or From fields. */
#include "decoders/mail/header_once.h"

#define NAME(text) {text, sizeof(text) - 1}
static const struct {
    const char *text;
    size_t n;
} once[] = {
    NAME("Date"),        NAME("From"),         NAME("Sender"),       NAME("Reply-To"),
    NAME("To"),          NAME("Cc"),           NAME("Bcc"),          NAME("Message-ID"),
    NAME("In-Reply-To"), NAME("References"),   NAME("Subject"),      NAME("MIME-Version"),
    NAME("Content-Type"), NAME("Content-Disposition"), NAME("Content-Transfer-Encoding"),
};

/* Bit n: some name above has n bytes. Most fields of a mail have another length. */
enum { LENGTHS = 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 |
                 1 << 19 | 1 << 25 };

bool header_once_again(uint32_t *seen, struct span name)
{
    if (name.n > 25 || !(LENGTHS >> name.n & 1))
        return false;
    for (unsigned i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        bool again;

        if (once[i].n != name.n || !span_eq_nocase(name, span_of(once[i].text, name.n)))
            continue;
        again = *seen >> i & 1;
        *seen |= 1u << i;
        return again;
    }
    return false;
}
