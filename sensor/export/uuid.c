/* SPDX-License-Identifier: Apache-2.0 */
/* uuid: SHA-1 of namespace and name, as the form demands; nothing depends on its strength. */
#include "sensor/export/uuid.h"

#include <openssl/evp.h>
#include <stdio.h>

const uint8_t uuid_of_mxtap[UUID_BYTES] = {0x6d, 0x78, 0x74, 0x61, 0x70, 0x2e, 0x4e, 0x5c, 0x9a, 0x11, 0x7f, 0x02, 0xd4, 0x58, 0x31, 0xc6};
const uint8_t uuid_of_stix[UUID_BYTES] = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};

void uuid_named(const uint8_t space[UUID_BYTES], struct span name, char text[UUID_TEXT])
{
    uint8_t d[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    unsigned n = 0;

    if (c && EVP_DigestInit_ex(c, EVP_sha1(), NULL) == 1 && EVP_DigestUpdate(c, space, UUID_BYTES) == 1)
        EVP_DigestUpdate(c, name.p, name.n);
    if (c)
        EVP_DigestFinal_ex(c, d, &n);
    EVP_MD_CTX_free(c);
    d[6] = (uint8_t)((d[6] & 0x0f) | 0x50);
    d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
    snprintf(text, UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1], d[2], d[3], d[4],
             d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}
