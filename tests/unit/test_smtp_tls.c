#include "smtp_peer.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define EHLO(offers) LINE("EHLO ", "250-relay\r\n250-" offers "\r\n250 PIPELINING\r\n")
#define START_TLS    EHLO("STARTTLS"), LINE("STARTTLS", "220 2.0.0 go\r\n"), TLS
#define NOOP         LINE("NOOP", "250 2.0.0 here\r\n")

/* Which certificate the relay shows. */
enum shown { GOOD, OTHER_NAME, EXPIRED, STRANGER, SHOWN__COUNT };

struct certificates {
    char ca_path[64];
    SSL_CTX *server[SHOWN__COUNT];
};

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

/* A certificate for `key`, signed by `issuer` (NULL: by itself, an authority). */
static X509 *certificate(EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, const char *san,
                         long until_s)
{
    static long serial = 1;
    X509 *x = X509_new();
    assert_non_null(x);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), until_s);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)(issuer == NULL ? "test authority" : "relay"),
                               -1, -1, 0);
    X509_set_issuer_name(x, issuer == NULL ? name : X509_get_subject_name(issuer));
    if (issuer == NULL) {
        add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(x, x, NID_key_usage, "critical,keyCertSign");
    } else {
        add_extension(x, issuer, NID_subject_alt_name, san);
    }
    assert_true(X509_sign(x, issuer_key, EVP_sha256()) > 0);
    return x;
}

static SSL_CTX *server(X509 *ca, EVP_PKEY *ca_key, const char *san, long until_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = certificate(key, ca, ca_key, san, until_s);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(ctx, leaf), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return ctx;
}

static int make_certificates(void **state)
{
    static struct certificates all;
    const char *here = "DNS:localhost,IP:127.0.0.1";
    EVP_PKEY *key = EVP_EC_gen("P-256"), *stranger_key = EVP_EC_gen("P-256");
    X509 *ca = certificate(key, NULL, key, NULL, 86400);
    X509 *stranger = certificate(stranger_key, NULL, stranger_key, NULL, 86400);
    all.server[GOOD] = server(ca, key, here, 86400);
    all.server[OTHER_NAME] = server(ca, key, "DNS:other.example,IP:127.0.0.2", 86400);
    all.server[EXPIRED] = server(ca, key, here, -3600);
    all.server[STRANGER] = server(stranger, stranger_key, here, 86400);
    snprintf(all.ca_path, sizeof all.ca_path, "/tmp/zulauf-test-ca-XXXXXX");
    int fd = mkstemp(all.ca_path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, ca), 1);
    fclose(file);
    X509_free(ca);
    X509_free(stranger);
    EVP_PKEY_free(key);
    EVP_PKEY_free(stranger_key);
    *state = &all;
    return 0;
}

static int drop_certificates(void **state)
{
    struct certificates *all = *state;
    for (int i = 0; i < SHOWN__COUNT; i++) SSL_CTX_free(all->server[i]);
    unlink(all->ca_path);
    return 0;
}

struct row {
    const char *name;
    enum smtp_tls tls;
    enum shown shown;
    const char *host;
    const struct peer_step *script;
    struct want want;
    const char *user, *password;
};

static const struct want well = {SMTP_SENT, 250, "2.0.0", "noop", "here", false};

static struct run *meet(const struct certificates *all, const struct row *row, bool with_ca)
{
    struct smtp_relay relay = {.host = str_of(row->host == NULL ? "localhost" : row->host),
                               .tls = row->tls,
                               .user = str_of(row->user),
                               .password = str_of(row->password)};
    if (with_ca) relay.ca_file = str_of(all->ca_path);
    struct run *run = run_script(row->script, relay, options_of_one(), all->server[row->shown]);
    run_check(run);
    run_to_end(run, row->name);
    assert_result(row->name, &run->result[0], row->want);
    return run;
}

static void the_relay_must_show_a_certificate_for_its_name(void **state)
{
    const struct row rows[] = {
        {"STARTTLS", SMTP_TLS_STARTTLS, GOOD, "localhost",
         SCRIPT(HELLO, START_TLS, EHLO("SIZE"), NOOP, QUIT), well, NULL, NULL},
        {"implicit", SMTP_TLS_IMPLICIT, GOOD, "localhost",
         SCRIPT(ACCEPT(NULL), TLS, ALONE_SAY("220 relay\r\n"), EHLO("SIZE"), NOOP, QUIT), well,
         NULL, NULL},
        {"address", SMTP_TLS_STARTTLS, GOOD, "127.0.0.1",
         SCRIPT(HELLO, START_TLS, EHLO("SIZE"), NOOP, QUIT), well, NULL, NULL},
        {"other name",
         SMTP_TLS_STARTTLS,
         OTHER_NAME,
         "localhost",
         SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "220 go\r\n"), NO_TLS),
         {SMTP_TEMPORARY, 0, "", "tls", "ostname mismatch", true},
         "u",
         "p"},
        {"other address",
         SMTP_TLS_STARTTLS,
         OTHER_NAME,
         "127.0.0.1",
         SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "220 go\r\n"), NO_TLS),
         {SMTP_TEMPORARY, 0, "", "tls", "IP address mismatch", true},
         "u",
         "p"},
        {"expired",
         SMTP_TLS_STARTTLS,
         EXPIRED,
         "localhost",
         SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "220 go\r\n"), NO_TLS),
         {SMTP_TEMPORARY, 0, "", "tls", "expired", true},
         "u",
         "p"},
        {"stranger",
         SMTP_TLS_STARTTLS,
         STRANGER,
         "localhost",
         SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "220 go\r\n"), NO_TLS),
         {SMTP_TEMPORARY, 0, "", "tls", "certificate is not accepted", true},
         "u",
         "p"},
        {"stranger, implicit",
         SMTP_TLS_IMPLICIT,
         STRANGER,
         "localhost",
         SCRIPT(ACCEPT(NULL), NO_TLS),
         {SMTP_TEMPORARY, 0, "", "tls", "certificate is not accepted", true},
         "u",
         "p"},
        {"no TLS at all",
         SMTP_TLS_IMPLICIT,
         GOOD,
         "localhost",
         SCRIPT(HELLO, DRAIN),
         {SMTP_TEMPORARY, 0, "", "tls", "wrong version number", true},
         "u",
         "p"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct run *run = meet(*state, &rows[i], true);
        if (i < 3) assert_string_equal(run->peer->sni, i == 2 ? "" : "localhost");
        run_done(run);
    }
}

static void without_a_ca_file_the_system_decides(void **state)
{
    const struct row row = {"system",
                            SMTP_TLS_STARTTLS,
                            GOOD,
                            "localhost",
                            SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "220 go\r\n"), NO_TLS),
                            {SMTP_TEMPORARY, 0, "", "tls", "certificate is not accepted", true},
                            NULL,
                            NULL};
    run_done(meet(*state, &row, false));
}

static void without_tls_nothing_goes_on(void **state)
{
    const struct row rows[] = {
        {"not offered",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, EHLO("AUTH PLAIN"), GONE),
         {SMTP_TEMPORARY, 0, "", "starttls", "does not offer", true},
         "u",
         "p"},
        {"not offered, no password either",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, EHLO("SIZE"), GONE),
         {SMTP_TEMPORARY, 0, "", "starttls", "does not offer", true},
         NULL,
         NULL},
        {"refused",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "454 4.7.0 not now\r\n"), GONE),
         {SMTP_TEMPORARY, 454, "4.7.0", "starttls", "not now", true},
         "u",
         "p"},
        {"EHLO refused",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, LINE("EHLO ", "502 no\r\n"), GONE),
         {SMTP_TEMPORARY, 502, "", "ehlo", "no", true},
         NULL,
         NULL},
        {"injected replies",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, EHLO("STARTTLS"),
                LINE("STARTTLS", "220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n"), GONE),
         {SMTP_TEMPORARY, 0, "", "starttls", "in the clear after STARTTLS", true},
         "u",
         "p"},
        {"half an injected reply",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, EHLO("STARTTLS"), LINE("STARTTLS", "220 go\r\n2"), GONE),
         {SMTP_TEMPORARY, 0, "", "starttls", "in the clear after STARTTLS", true},
         "u",
         "p"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) run_done(meet(*state, &rows[i], true));
}

static void a_password_is_offered_as_the_relay_wants_it(void **state)
{
#define SECURE HELLO, START_TLS
    const struct row rows[] = {
        {"PLAIN", SMTP_TLS_STARTTLS, GOOD, NULL,
         SCRIPT(SECURE, EHLO("AUTH LOGIN PLAIN"), LINE("AUTH PLAIN AHUAcA==", "235 2.7.0 in\r\n"),
                NOOP, QUIT),
         well, "u", "p"},
        {"LOGIN", SMTP_TLS_STARTTLS, GOOD, NULL,
         SCRIPT(SECURE, EHLO("AUTH login CRAM-MD5"), LINE("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
                LINE("dQ==", "334 UGFzc3dvcmQ6\r\n"), LINE("cA==", "235 in\r\n"), NOOP, QUIT),
         well, "u", "p"},
        {"old spelling", SMTP_TLS_STARTTLS, GOOD, NULL,
         SCRIPT(SECURE, EHLO("AUTH=PLAIN"), LINE("AUTH PLAIN AHUA", "235 in\r\n"), NOOP, QUIT),
         well, "u", ""},
        {"to this machine in the clear", SMTP_TLS_NONE, GOOD, NULL,
         SCRIPT(HELLO, EHLO("AUTH PLAIN"), LINE("AUTH PLAIN AHUAcA==", "235 in\r\n"), NOOP, QUIT),
         well, "u", "p"},
        {"wrong",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(SECURE, EHLO("AUTH PLAIN"), LINE("AUTH PLAIN AHUAcA==", "535 5.7.8 bad\r\n"), GONE),
         {SMTP_TEMPORARY, 535, "5.7.8", "auth", "refused the user name or password: bad", true},
         "u",
         "p"},
        {"wrong at LOGIN",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(SECURE, EHLO("AUTH LOGIN"), LINE("AUTH LOGIN", "334 \r\n"),
                LINE("dQ==", "535 5.7.8 bad\r\n"), GONE),
         {SMTP_TEMPORARY, 535, "5.7.8", "auth", "refused the user name or password", true},
         "u",
         "p"},
        {"not now",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(SECURE, EHLO("AUTH PLAIN"), LINE("AUTH ", "454 4.7.0 later\r\n"), GONE),
         {SMTP_TEMPORARY, 454, "4.7.0", "auth", "the login failed: later", true},
         "u",
         "p"},
        {"offered before TLS only",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(HELLO, EHLO("AUTH PLAIN\r\n250-STARTTLS"), LINE("STARTTLS", "220 go\r\n"), TLS,
                EHLO("SIZE"), GONE),
         {SMTP_TEMPORARY, 0, "", "auth", "offers no login", true},
         "u",
         "p"},
        {"another way only",
         SMTP_TLS_STARTTLS,
         GOOD,
         NULL,
         SCRIPT(SECURE, EHLO("AUTH CRAM-MD5 XOAUTH2"), GONE),
         {SMTP_TEMPORARY, 0, "", "auth", "offers no login", true},
         "u",
         "p"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) run_done(meet(*state, &rows[i], true));
}

static void a_long_password_waits_to_be_asked_for(void **state)
{
    char password[SMTP_CREDENTIAL_BYTES + 1];
    memset(password, 'x', SMTP_CREDENTIAL_BYTES);
    password[SMTP_CREDENTIAL_BYTES] = '\0';
    const struct row row = {"long",
                            SMTP_TLS_STARTTLS,
                            GOOD,
                            NULL,
                            SCRIPT(SECURE, EHLO("AUTH PLAIN"), LINE("AUTH PLAIN", NULL),
                                   ALONE_SAY("334 \r\n"), LINE("AHUAeHh4eHh4", "235 in\r\n"), NOOP,
                                   QUIT),
                            well,
                            "u",
                            password};
    run_done(meet(*state, &row, true));
}

static void a_wrong_password_is_tried_once_for_all_messages(void **state)
{
    const struct certificates *all = *state;
    struct smtp_relay relay = {.host = S("localhost"),
                               .tls = SMTP_TLS_STARTTLS,
                               .user = S("u"),
                               .password = S("p"),
                               .ca_file = str_of(all->ca_path)};
    struct smtp_client_options options = {.connections_max = 4};
    struct run *run =
        run_script(SCRIPT(SECURE, EHLO("AUTH PLAIN"), LINE("AUTH ", "535 5.7.8 bad\r\n"), GONE),
                   relay, options, all->server[GOOD]);
    for (int i = 0; i < 10; i++) run_send(run, i, A_MAIL);
    run_to_end(run, "once");
    for (int i = 0; i < 10; i++)
        assert_result("once", &run->result[i],
                      (struct want){SMTP_TEMPORARY, 535, "5.7.8", "auth", "refused", true});
    assert_int_equal(run->peer->accepted, 1);
    run_done(run);
}

static void messages_of_any_size_go_through_tls(void **state)
{
    const struct certificates *all = *state;
    enum { LINES = 10000, LINE_BYTES = 72 }; /* several pieces */
    char *data = malloc(LINES * LINE_BYTES);
    assert_non_null(data);
    for (int i = 0; i < LINES; i++) {
        char line[LINE_BYTES + 1];
        snprintf(line, sizeof line, "%070d\r\n", i);
        memcpy(data + (ptrdiff_t)i * LINE_BYTES, line, LINE_BYTES);
    }
    struct smtp_relay relay = {
        .host = S("localhost"), .tls = SMTP_TLS_IMPLICIT, .ca_file = str_of(all->ca_path)};
    struct run *run = run_script(SCRIPT(ACCEPT(NULL), TLS, ALONE_SAY("220 relay\r\n"), EHLO("SIZE"),
                                        LINE("MAIL ", NULL), RCPT(NULL), DATA(OK250 OK250 GO354),
                                        BODY(NULL), LINE("MAIL ", NULL), RCPT(NULL),
                                        DATA(OK250 OK250 OK250 GO354), BODY(OK250), QUIT),
                                 relay, options_of_one(), all->server[GOOD]);
    run_send(run, 1, (str){data, (ptrdiff_t)LINES * LINE_BYTES});
    run_send(run, 2, S("short\r\n"));
    run_to_end(run, "big");
    for (int i = 0; i < 2; i++) assert_int_equal(run->result[i].outcome, SMTP_SENT);
    assert_int_equal(run->peer->body_len, LINES * LINE_BYTES + 7);
    assert_memory_equal(run->peer->body, data, LINES * LINE_BYTES);
    run_done(run);
    free(data);
}

/* An address of this machine that is not loopback; false if it has none. */
static bool own_address(char *to)
{
    struct ifaddrs *all = NULL;
    bool found = false;
    if (getifaddrs(&all) != 0) return false;
    for (struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET) continue;
        struct sockaddr_in in;
        memcpy(&in, i->ifa_addr, sizeof in);
        if (ntohl(in.sin_addr.s_addr) >> 24 == 127) continue;
        found = inet_ntop(AF_INET, &in.sin_addr, to, INET_ADDRSTRLEN) != NULL;
    }
    freeifaddrs(all);
    return found;
}

static void no_password_leaves_the_machine_in_the_clear(void **state)
{
    char host[INET_ADDRSTRLEN];
    if (!own_address(host)) skip();
    const struct row row = {"clear",
                            SMTP_TLS_NONE,
                            GOOD,
                            host,
                            SCRIPT(HELLO, EHLO("AUTH PLAIN LOGIN"), GONE),
                            {SMTP_TEMPORARY, 0, "", "auth", "not encrypted", true},
                            "u",
                            "p"};
    run_done(meet(*state, &row, false));
}

static void a_relay_that_makes_no_sense_is_refused_at_once(void **state)
{
    (void)state;
    const struct {
        struct smtp_relay relay;
        const char *why;
    } rows[] = {
        {{.host = S("a b"), .port = 25}, "host name"},
        {{.host = S("a\r\nQUIT"), .port = 25}, "host name"},
        {{.host = S("a"), .port = 0}, "port"},
        {{.host = S("a"), .port = 25, .ehlo_name = S("x\r\ny")}, "EHLO"},
        {{.host = S("a"), .port = 25, .user = S("u")}, "no password"},
        {{.host = S("a"), .port = 25, .user = S("u"), .password = S("p\0q")}, "NUL"},
        {{.host = S("a"), .port = 25, .tls = SMTP_TLS_IMPLICIT, .ca_file = S("/nonexistent")},
         "CA"},
    };
    struct run *run = run_new();
    struct smtp_client_options options = options_of_one();
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        const char *why = NULL;
        assert_false(smtp_client_new(run->loop, &rows[i].relay, &options, run_result, run,
                                     &run->client, &why));
        if (strstr(why, rows[i].why) == NULL) fail_msg("%s: %s", rows[i].why, why);
    }
    run_done(run);
}

int main(void)
{
    alarm(600); /* a test that hangs has failed */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_relay_must_show_a_certificate_for_its_name),
        cmocka_unit_test(without_a_ca_file_the_system_decides),
        cmocka_unit_test(without_tls_nothing_goes_on),
        cmocka_unit_test(a_password_is_offered_as_the_relay_wants_it),
        cmocka_unit_test(a_long_password_waits_to_be_asked_for),
        cmocka_unit_test(a_wrong_password_is_tried_once_for_all_messages),
        cmocka_unit_test(messages_of_any_size_go_through_tls),
        cmocka_unit_test(no_password_leaves_the_machine_in_the_clear),
        cmocka_unit_test(a_relay_that_makes_no_sense_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
