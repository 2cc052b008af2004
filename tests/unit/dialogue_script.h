/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue_script: a dialogue as a text file, fed to the decoder in any pieces; what it says as text.
 *
 *   # comment                      options: one_sided midstream proxy_trusted implicit_tls keep_auth_user
 *   C: text   client line + CRLF   C> text   client bytes, no line end    C~ 100   100 bytes were lost
 *   S: text   server line + CRLF   S> ...    S~ ...                       C* 1000 text   a thousand times
 *   secret: word                   the word must not be in what comes out
 *   ----                           what follows is the expected transcript
 * Escapes: \r \n \t \\ \xNN. Consecutive lines of one side are one push. */
#ifndef MXTAP_TESTS_DIALOGUE_SCRIPT_H
#define MXTAP_TESTS_DIALOGUE_SCRIPT_H

#include "decoders/smtp/dialogue_rest.h"

struct script_step {
    enum smtp_side side;
    uint64_t gap; /* lost bytes, else bytes */
    uint8_t *bytes;
    size_t n;
};

struct script {
    struct dialogue_options options;
    bool moment; /* memory is refused while one piece is taken, and is there again for the next */
    struct script_step *steps;
    size_t steps_n;
    size_t total; /* bytes of all steps */
    char *secrets[8];
    size_t secrets_n;
    char *head;     /* the file up to and with its ---- line */
    char *expected; /* what follows */
};

/* Exits with a message when the file cannot be read. */
void script_load(struct script *s, const char *path);
void script_free(struct script *s);

/* cut as in split.h, counted over the bytes of all steps. Returns malloc'ed text, or NULL when there
 * was no memory for a dialogue. m is checked by the caller. */
char *script_run(const struct script *s, struct mem *m, size_t cut);
/* The same byte by byte, and before each byte the dialogue is folded and unfolded if it may rest; *rests: how often. */
char *script_run_resting(const struct script *s, struct mem *m, unsigned *rests);

#endif
