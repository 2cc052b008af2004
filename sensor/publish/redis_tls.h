/* SPDX-License-Identifier: Apache-2.0 */
/* redis_tls: TLS to a Redis server, never blocking; the only room with <openssl/ssl.h>. */
#ifndef MXTAP_PUBLISH_REDIS_TLS_H
#define MXTAP_PUBLISH_REDIS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whom to believe and who we are; NULL: the system's authorities, and nobody. PEM. */
struct redis_tls_files {
    const char *ca, *cert, *key;
};

enum { TLS_ERR = 512 };

/* What all connections share. NULL with one line in err: a file that cannot be read or does not fit. */
struct redis_tls_context;
struct redis_tls_context *redis_tls_context_new(const struct redis_tls_files *files, char err[TLS_ERR]);
void redis_tls_context_free(struct redis_tls_context *c);

/* One connection over a connected, non-blocking fd, which stays the caller's. host: the name or address that the
 * certificate must be for. NULL without memory. */
struct redis_tls;
struct redis_tls *redis_tls_new(struct redis_tls_context *c, int fd, const char *host);
void redis_tls_free(struct redis_tls *t);

enum redis_tls_result { TLS_DONE, TLS_AGAIN, TLS_OVER };
enum redis_tls_result redis_tls_handshake(struct redis_tls *t);
/* TLS_DONE: *moved bytes. */
enum redis_tls_result redis_tls_write(struct redis_tls *t, const void *p, size_t n, size_t *moved);
enum redis_tls_result redis_tls_read(struct redis_tls *t, void *p, size_t n, size_t *moved);
/* After TLS_AGAIN: it waits for the fd to become writable. */
bool redis_tls_wants_write(const struct redis_tls *t);
/* Bytes are decrypted already, for which no poll will wake anybody. */
bool redis_tls_has_more(const struct redis_tls *t);
/* After TLS_OVER: one phrase. */
const char *redis_tls_why(const struct redis_tls *t);

#endif
