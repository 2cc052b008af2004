/* SPDX-License-Identifier: Apache-2.0 */
/* part_hash: OpenSSL's SHA-256 over spans as they pass; nothing is gathered. */
#include "sensor/flows/part_hash.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { SHA256_BYTES = 32 };

struct part_hash {
    EVP_MD_CTX *md;
    bool fine; /* begun, and nothing went wrong since */
};

struct part_hash *part_hash_new(void)
{
    struct part_hash *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->md = EVP_MD_CTX_new();
    part_hash_begin(x);
    if (x->fine)
        return x;
    part_hash_free(x);
    return NULL;
}

void part_hash_free(struct part_hash *x)
{
    if (!x)
        return;
    EVP_MD_CTX_free(x->md);
    free(x);
}

void part_hash_begin(struct part_hash *x)
{
    x->fine = x->md && EVP_DigestInit_ex(x->md, EVP_sha256(), NULL);
}

void part_hash_push(struct part_hash *x, struct span bytes)
{
    x->fine = x->fine && EVP_DigestUpdate(x->md, bytes.p, bytes.n);
}

struct span part_hash_end(struct part_hash *x, struct arena *a)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t sum[SHA256_BYTES], *text = NULL;

    if (x->fine && EVP_DigestFinal_ex(x->md, sum, NULL))
        text = arena_alloc(a, sizeof(sum) * 2);
    x->fine = false;
    for (unsigned i = 0; text && i < sizeof(sum); i++) {
        text[2 * i] = (uint8_t)hex[sum[i] >> 4];
        text[2 * i + 1] = (uint8_t)hex[sum[i] & 15];
    }
    return text ? span_of(text, sizeof(sum) * 2) : (struct span){NULL, 0};
}
