/* net/tls.h -- a TLS client between two memory buffers; the only door to OpenSSL's TLS.
 *
 * Whoever owns the socket feeds what arrived, takes what is to be sent, and reads and writes plain
 * bytes in between. TLS 1.2 is the least; the certificate must be valid for the host that was
 * asked for (RFC 6125; an address literal must be in the certificate as such).
 *
 * Sources: RFC 8446; RFC 9325 (recommendations).
 */
#pragma once

#include "base/str.h"

struct tls_trust; /* whose signatures are believed */
struct tls;       /* one connection */

enum tls_state { TLS_OK, TLS_WANT_MORE, TLS_ENDED, TLS_FAILED };

/* The system's authorities, or those in the PEM file `ca_file` instead of them. False: *why gets a
 * static sentence. Share it among the connections of one thread. */
MUST_USE bool tls_trust_new(str ca_file, struct tls_trust **out, const char **why);
void tls_trust_free(struct tls_trust *trust);

/* A client connection to `host` (a name in A-labels, or an address); NULL if memory is short.
 * Owned by the caller. */
struct tls *tls_new(struct tls_trust *trust, const char *host);
void tls_free(struct tls *t);

/* Bytes from the socket. False if memory is short. */
MUST_USE bool tls_feed(struct tls *t, const char *bytes, ptrdiff_t len);
/* Go on with the handshake: OK when it is done, WANT_MORE, or FAILED (see tls_words). */
enum tls_state tls_handshake(struct tls *t);
/* Plain bytes that have arrived: OK (*got > 0), WANT_MORE, ENDED by the other side, or FAILED. */
enum tls_state tls_read(struct tls *t, char *to, ptrdiff_t cap, ptrdiff_t *got);
/* Plain bytes to be sent. False if the connection is of no more use. */
MUST_USE bool tls_write(struct tls *t, const char *bytes, ptrdiff_t len);
/* Say that nothing more will be written; tls_take has the farewell. */
void tls_end(struct tls *t);
/* What is to be sent over the socket: at most `cap` bytes into `to`; how many (0: none left). */
ptrdiff_t tls_take(struct tls *t, char *to, ptrdiff_t cap);
/* Why it FAILED, as a NUL-terminated English phrase of at most `cap` bytes. */
void tls_words(const struct tls *t, char *to, ptrdiff_t cap);
