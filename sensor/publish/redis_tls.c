/* SPDX-License-Identifier: Apache-2.0 */
/* redis_tls: OpenSSL over a non-blocking socket. */
#include "sensor/publish/redis_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/language.h"

struct redis_tls_context {
    SSL_CTX *ctx;
};

struct redis_tls {
    SSL *ssl;
    bool wants_write;
    char why[160];
};

/* The first error OpenSSL has queued: what went wrong; the rest is where. */
static const char *openssl_says(void)
{
    unsigned long e = ERR_get_error();
    const char *text = e ? ERR_reason_error_string(e) : NULL;

    ERR_clear_error();
    return text ? text : _("it cannot be used");
}

static bool fails(char err[TLS_ERR], const char *option, const char *file)
{
    snprintf(err, TLS_ERR, "%s %.300s: %s", option, file, openssl_says());
    return false;
}

static bool load_own(SSL_CTX *ctx, const struct redis_tls_files *f, char err[TLS_ERR])
{
    const char *key = f->key ? f->key : f->cert; /* both may stand in one file */

    if (!f->cert && f->key) {
        snprintf(err, TLS_ERR, _("--redis-key: give its certificate with --redis-cert"));
        return false;
    }
    if (!f->cert)
        return true;
    if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
        return fails(err, "--redis-cert", f->cert);
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        return fails(err, "--redis-key", key);
    return SSL_CTX_check_private_key(ctx) == 1 ? true : fails(err, "--redis-key", key);
}

static bool load(SSL_CTX *ctx, const struct redis_tls_files *f, char err[TLS_ERR])
{
    if (f->ca && SSL_CTX_load_verify_locations(ctx, f->ca, NULL) != 1)
        return fails(err, "--redis-ca", f->ca);
    if (!f->ca && SSL_CTX_set_default_verify_paths(ctx) != 1)
        return fails(err, "--redis-ca", _("(the system's)"));
    return load_own(ctx, f, err);
}

struct redis_tls_context *redis_tls_context_new(const struct redis_tls_files *files, char err[TLS_ERR])
{
    struct redis_tls_context *c = calloc(1, sizeof(*c));

    snprintf(err, TLS_ERR, _("no memory for TLS"));
    if (!c)
        return NULL;
    ERR_clear_error();
    c->ctx = SSL_CTX_new(TLS_client_method());
    if (c->ctx && SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION) == 1 && load(c->ctx, files, err)) {
        SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, NULL);
        /* What is to be sent grows and moves between two tries. */
        SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        return c;
    }
    redis_tls_context_free(c);
    return NULL;
}

void redis_tls_context_free(struct redis_tls_context *c)
{
    if (!c)
        return;
    SSL_CTX_free(c->ctx);
    free(c);
}

static bool is_address(const char *host)
{
    struct in6_addr a;

    return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

static bool name_peer(SSL *ssl, const char *host)
{
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host) == 1;
}

struct redis_tls *redis_tls_new(struct redis_tls_context *c, int fd, const char *host)
{
    struct redis_tls *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->ssl = SSL_new(c->ctx);
    if (t->ssl && SSL_set_fd(t->ssl, fd) == 1 && name_peer(t->ssl, host)) {
        SSL_set_connect_state(t->ssl);
        return t;
    }
    redis_tls_free(t);
    ERR_clear_error();
    return NULL;
}

void redis_tls_free(struct redis_tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    free(t);
}

/* A refused certificate is told by the verifier, all else by the error queue or the system. */
static void explain(struct redis_tls *t, int error, int system)
{
    long verified = SSL_get_verify_result(t->ssl);

    if (verified != X509_V_OK)
        snprintf(t->why, sizeof(t->why), _("the server's certificate is not accepted: %s"),
                 X509_verify_cert_error_string(verified));
    else if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && !system))
        snprintf(t->why, sizeof(t->why), _("the server closed the connection"));
    else if (error == SSL_ERROR_SYSCALL)
        snprintf(t->why, sizeof(t->why), "%s", strerror(system));
    else
        snprintf(t->why, sizeof(t->why), "TLS: %s", openssl_says());
    ERR_clear_error();
}

/* What the last call came to; ret as it returned. */
static enum redis_tls_result result(struct redis_tls *t, int ret)
{
    int system = errno, error = SSL_get_error(t->ssl, ret);

    t->wants_write = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_NONE)
        return TLS_DONE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return TLS_AGAIN;
    explain(t, error, system);
    return TLS_OVER;
}

enum redis_tls_result redis_tls_handshake(struct redis_tls *t)
{
    errno = 0;
    ERR_clear_error();
    return result(t, SSL_do_handshake(t->ssl));
}

enum redis_tls_result redis_tls_write(struct redis_tls *t, const void *p, size_t n, size_t *moved)
{
    errno = 0;
    ERR_clear_error();
    return result(t, SSL_write_ex(t->ssl, p, n, moved));
}

enum redis_tls_result redis_tls_read(struct redis_tls *t, void *p, size_t n, size_t *moved)
{
    errno = 0;
    ERR_clear_error();
    return result(t, SSL_read_ex(t->ssl, p, n, moved));
}

bool redis_tls_wants_write(const struct redis_tls *t)
{
    return t->wants_write;
}

bool redis_tls_has_more(const struct redis_tls *t)
{
    return SSL_pending(t->ssl) > 0;
}

const char *redis_tls_why(const struct redis_tls *t)
{
    return t->why;
}
