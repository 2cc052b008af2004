/* SPDX-License-Identifier: Apache-2.0 */
/* suffix_file: reads it whole, looks at its digest. */
#include "sensor/judge/suffix_file.h"

#include <fcntl.h>
/* SHA1_Init and its kin: SHA1 itself looks the digest up by its name, for which all of OpenSSL is started: a millisecond of every call. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES_MOST = 4 << 20 }; /* the list has a quarter of a megabyte */

static bool is_digest(struct span text, const char *hex)
{
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX sha;

    if (!hex || strlen(hex) != 2 * sizeof(digest))
        return false;
    SHA1_Init(&sha);
    SHA1_Update(&sha, text.p, text.n);
    SHA1_Final(digest, &sha);
    for (size_t i = 0; i < sizeof(digest); i++)
        if (ascii_hex((uint8_t)hex[2 * i]) != digest[i] >> 4 || ascii_hex((uint8_t)hex[2 * i + 1]) != (digest[i] & 15))
            return false;
    return true;
}

static void tell(struct suffix_list *l, int fd)
{
    struct stat st;
    uint8_t *text;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > BYTES_MOST)
        return;
    text = malloc((size_t)st.st_size);
    if (text && read(fd, text, (size_t)st.st_size) == st.st_size && is_digest(span_of(text, (size_t)st.st_size), suffix_builtin_sha1()))
        suffix_list_rules(l, span_of(text, (size_t)st.st_size));
    free(text);
}

void suffix_file_tell(struct suffix_list *l)
{
    const char *path = suffix_builtin_file();
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

    if (fd < 0)
        return;
    tell(l, fd);
    close(fd);
}
