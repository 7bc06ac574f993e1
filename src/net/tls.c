#include "net/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_trust {
    SSL_CTX *ctx;
};

struct tls {
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
    char words[256];
};

static bool load_trust(SSL_CTX *ctx, str ca_file, const char **why)
{
    if (ca_file.len == 0) {
        *why = "The system's certificate store cannot be read.";
        return SSL_CTX_set_default_verify_paths(ctx) == 1;
    }
    char path[PATH_MAX];
    *why = "The file with the certificate authority (CA) cannot be read as PEM.";
    if (ca_file.len >= PATH_MAX || str_find_char(ca_file, '\0') >= 0) return false;
    memcpy(path, ca_file.ptr, (size_t)ca_file.len);
    path[ca_file.len] = '\0';
    return SSL_CTX_load_verify_locations(ctx, path, NULL) == 1;
}

bool tls_trust_new(str ca_file, struct tls_trust **out, const char **why)
{
    struct tls_trust *trust = calloc(1, sizeof *trust);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    *why = "Memory is short.";
    if (trust == NULL || ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        !load_trust(ctx, ca_file, why)) {
        SSL_CTX_free(ctx);
        free(trust);
        ERR_clear_error();
        return false;
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    trust->ctx = ctx;
    *out = trust;
    return true;
}

void tls_trust_free(struct tls_trust *trust)
{
    if (trust == NULL) return;
    SSL_CTX_free(trust->ctx);
    free(trust);
}

/* The name that the certificate must carry; a name is also sent as SNI, an address never is. */
static bool set_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1) return true;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct tls *tls_new(struct tls_trust *trust, const char *host)
{
    struct tls *t = calloc(1, sizeof *t);
    SSL *ssl = SSL_new(trust->ctx);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    if (t == NULL || ssl == NULL || in == NULL || out == NULL || !set_host(ssl, host)) {
        BIO_free(in);
        BIO_free(out);
        SSL_free(ssl);
        free(t);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    *t = (struct tls){.ssl = ssl, .in = in, .out = out};
    ERR_clear_error(); /* what the attempt to read a name as an address left */
    return t;
}

void tls_free(struct tls *t)
{
    if (t == NULL) return;
    SSL_free(t->ssl);
    free(t);
}

bool tls_feed(struct tls *t, const char *bytes, ptrdiff_t len)
{
    assert(len >= 0 && len <= INT_MAX);
    return len == 0 || BIO_write(t->in, bytes, (int)len) == (int)len;
}

/* Keep the reason before OpenSSL's queue is cleared. */
static void note_words(struct tls *t)
{
    long verdict = SSL_get_verify_result(t->ssl);
    if (verdict != X509_V_OK) {
        snprintf(t->words, sizeof t->words, "the certificate is not accepted: %s",
                 X509_verify_cert_error_string(verdict));
    } else {
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        snprintf(t->words, sizeof t->words, "%s", reason != NULL ? reason : "TLS failed");
    }
}

static enum tls_state state_of(struct tls *t, int rc)
{
    enum tls_state state = TLS_FAILED;
    switch (SSL_get_error(t->ssl, rc)) {
    case SSL_ERROR_NONE:
        state = TLS_OK;
        break;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        state = TLS_WANT_MORE;
        break;
    case SSL_ERROR_ZERO_RETURN:
        state = TLS_ENDED;
        break;
    default:
        note_words(t);
        break;
    }
    ERR_clear_error();
    return state;
}

enum tls_state tls_handshake(struct tls *t)
{
    ERR_clear_error();
    return state_of(t, SSL_do_handshake(t->ssl));
}

enum tls_state tls_read(struct tls *t, char *to, ptrdiff_t cap, ptrdiff_t *got)
{
    size_t n = 0;
    ERR_clear_error();
    int rc = SSL_read_ex(t->ssl, to, (size_t)cap, &n);
    *got = (ptrdiff_t)n;
    return rc == 1 ? TLS_OK : state_of(t, rc);
}

bool tls_write(struct tls *t, const char *bytes, ptrdiff_t len)
{
    size_t n = 0;
    if (len == 0) return true;
    ERR_clear_error();
    /* without partial writes and with a memory buffer below, it is all or nothing */
    int rc = SSL_write_ex(t->ssl, bytes, (size_t)len, &n);
    return rc == 1 ? (ptrdiff_t)n == len : state_of(t, rc) == TLS_OK;
}

void tls_end(struct tls *t)
{
    ERR_clear_error();
    (void)SSL_shutdown(t->ssl);
    ERR_clear_error();
}

ptrdiff_t tls_take(struct tls *t, char *to, ptrdiff_t cap)
{
    int n = BIO_read(t->out, to, cap > INT_MAX ? INT_MAX : (int)cap);
    return n > 0 ? n : 0;
}

void tls_words(const struct tls *t, char *to, ptrdiff_t cap)
{
    snprintf(to, (size_t)cap, "%s", t->words[0] != '\0' ? t->words : "TLS failed");
}
