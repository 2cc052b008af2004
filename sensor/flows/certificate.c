/* SPDX-License-Identifier: Apache-2.0 */
/* certificate: OpenSSL reads it; it is not verified, which a listener could not do as the client would. */
#include "sensor/flows/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509.h>
#include <time.h>

/* As openssl x509 shows names on one line, but UTF-8 as it is and no spaces around the equals sign. */
enum { NAME_FORM = (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) & ~ASN1_STRFLGS_ESC_MSB };

static void add_name(struct buf *out, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    if (bio && X509_NAME_print_ex(bio, name, 0, NAME_FORM) >= 0 && (n = BIO_get_mem_data(bio, &text)) > 0)
        buf_add(out, span_of(text, (size_t)n));
    BIO_free(bio);
}

static bool seconds_of(const ASN1_TIME *t, int64_t *utc)
{
    struct tm tm;

    if (!ASN1_TIME_to_tm(t, &tm))
        return false;
    *utc = timegm(&tm);
    return true;
}

bool certificate_read(struct span der, struct buf *subject, struct buf *issuer, int64_t *not_after)
{
    const unsigned char *at = der.p;
    X509 *x = d2i_X509(NULL, &at, (long)der.n);
    bool fine = x && seconds_of(X509_get0_notAfter(x), not_after);

    if (fine) {
        add_name(subject, X509_get_subject_name(x));
        add_name(issuer, X509_get_issuer_name(x));
    }
    X509_free(x);
    return fine;
}
