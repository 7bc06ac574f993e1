#include "net/smtp_session.h"

#include "base/crypto.h"

#include <stdio.h>
#include <string.h>

static void say_hello(struct smtp_session *s, enum smtp_step step)
{
    char own[64], line[320];
    str name = s->setup->relay.ehlo_name;
    const char *verb = step == STEP_EHLO ? "EHLO" : "HELO";
    if (name.len > 0) {
        snprintf(line, sizeof line, "%s %.*s", verb, STR_ARG(name));
    } else {
        bool six = wire_own_address(&s->wire, own);
        snprintf(line, sizeof line, "%s [%s%s]", verb, six ? "IPv6:" : "", own);
    }
    smtp_session_command(s, step, str_of(line));
}

void smtp_login_hello(struct smtp_session *s)
{
    say_hello(s, STEP_EHLO);
}

/* "AUTH PLAIN LOGIN", or "AUTH=PLAIN LOGIN" as old servers write it. */
static void read_auth(struct smtp_session *s, str words)
{
    while (words.ptr != NULL) {
        str word = str_cut(words, ' ', &words);
        if (str_eq_nocase(word, S("PLAIN"))) s->auth_plain = true;
        if (str_eq_nocase(word, S("LOGIN"))) s->auth_login = true;
    }
}

/* What is offered counts for this side of TLS only. */
static void read_offers(struct smtp_session *s)
{
    s->starttls = s->pipelining = s->eight_bit = s->auth_plain = s->auth_login = false;
    s->size_max_bytes = 0;
    str rest = smtp_reply_text(&s->reply);
    (void)str_cut(rest, '\n', &rest); /* its name and greeting */
    while (rest.len > 0) {
        str args, line = str_cut(rest, '\n', &rest);
        str key = str_cut(line, ' ', &args);
        if (str_eq_nocase(key, S("STARTTLS"))) s->starttls = true;
        if (str_eq_nocase(key, S("PIPELINING"))) s->pipelining = true;
        if (str_eq_nocase(key, S("8BITMIME"))) s->eight_bit = true;
        if (str_eq_nocase(key, S("AUTH"))) read_auth(s, args);
        if (str_eq_nocase(str_slice(key, 0, 5), S("AUTH="))) {
            read_auth(s, str_slice(key, 5, key.len));
            read_auth(s, args);
        }
        int64_t size = 0;
        if (str_eq_nocase(key, S("SIZE")) && str_to_i64(str_trim(args), &size) && size > 0)
            s->size_max_bytes = size;
    }
}

/* A command ending in base64 of data[0..len); the copy here is wiped. */
static void send_secret(struct smtp_session *s, enum smtp_step step, const char *verb,
                        const char *data, ptrdiff_t len)
{
    char memory[4096], line[2048];
    arena a = {memory, memory + sizeof memory, NULL};
    str text = base64_encode(&a, (str){data, len});
    snprintf(line, sizeof line, "%s%.*s", verb, STR_ARG(text));
    smtp_session_command(s, step, str_of(line));
    explicit_bzero(memory, sizeof memory);
    explicit_bzero(line, sizeof line);
}

/* NUL user NUL password (RFC 4616). */
static void send_plain(struct smtp_session *s, const char *verb)
{
    char data[2 * SMTP_CREDENTIAL_BYTES + 2];
    str user = s->setup->relay.user, password = s->setup->relay.password;
    ptrdiff_t n = 0;
    data[n++] = '\0';
    memcpy(data + n, user.ptr, (size_t)user.len);
    n += user.len;
    data[n++] = '\0';
    if (password.len > 0) memcpy(data + n, password.ptr, (size_t)password.len);
    n += password.len;
    send_secret(s, STEP_AUTH, verb, data, n);
    explicit_bzero(data, sizeof data);
}

static void log_in(struct smtp_session *s)
{
    const struct smtp_relay *relay = &s->setup->relay;
    if (relay->user.len == 0) {
        smtp_session_ready(s);
    } else if (!s->wire.secured && !s->wire.peer_is_local) {
        smtp_session_fail(s, STEP_AUTH,
                          "the password is not sent: the connection is not encrypted");
    } else if (s->auth_plain) {
        /* RFC 4954: not as initial response if the line would pass 512 bytes */
        if (relay->user.len + relay->password.len < 360)
            send_plain(s, "AUTH PLAIN ");
        else
            smtp_session_command(s, STEP_AUTH_PLAIN, S("AUTH PLAIN"));
    } else if (s->auth_login) {
        smtp_session_command(s, STEP_AUTH_USER, S("AUTH LOGIN"));
    } else {
        smtp_session_fail(s, STEP_AUTH,
                          "the relay offers no login with a password (AUTH PLAIN or LOGIN)");
    }
}

static void after_hello(struct smtp_session *s)
{
    const struct smtp_relay *relay = &s->setup->relay;
    if (s->reply.code != 250) {
        /* without extensions there is neither TLS nor login */
        bool old = s->reply.code / 100 == 5 && relay->tls == SMTP_TLS_NONE && relay->user.len == 0;
        if (old)
            say_hello(s, STEP_HELO);
        else
            smtp_session_refused(s, STEP_EHLO, NULL);
        return;
    }
    read_offers(s);
    if (relay->tls != SMTP_TLS_STARTTLS || s->wire.secured)
        log_in(s);
    else if (s->starttls)
        smtp_session_command(s, STEP_STARTTLS, S("STARTTLS"));
    else
        smtp_session_fail(s, STEP_STARTTLS, "the relay does not offer encryption (STARTTLS)");
}

static void begin_tls(struct smtp_session *s)
{
    /* What came in one piece with the reply was written by whoever sits in between. */
    if (s->out_of_turn) {
        smtp_session_fail(s, STEP_STARTTLS, "something was sent in the clear after STARTTLS");
        return;
    }
    s->opening = STEP_TLS;
    wire_deadline(&s->wire, s->setup->options.command_ms);
    wire_tls_begin(&s->wire, s->setup->trust, s->setup->host);
}

static void after_auth(struct smtp_session *s, enum smtp_step step)
{
    const struct smtp_relay *relay = &s->setup->relay;
    if (step == STEP_AUTH && s->reply.code == 235)
        smtp_session_ready(s);
    else if (step == STEP_AUTH_PLAIN && s->reply.code == 334)
        send_plain(s, "");
    else if (step == STEP_AUTH_USER && s->reply.code == 334)
        send_secret(s, STEP_AUTH_PASSWORD, "", relay->user.ptr, relay->user.len);
    else if (step == STEP_AUTH_PASSWORD && s->reply.code == 334)
        send_secret(s, STEP_AUTH, "", relay->password.ptr, relay->password.len);
    else if (s->reply.code / 100 == 5)
        smtp_session_refused(s, STEP_AUTH, "the relay refused the user name or password");
    else
        smtp_session_refused(s, STEP_AUTH, "the login failed");
}

void smtp_login_reply(struct smtp_session *s, enum smtp_step step)
{
    bool ok = s->reply.code / 100 == 2;
    if (step == STEP_EHLO) {
        after_hello(s);
    } else if (step >= STEP_AUTH_PLAIN && step <= STEP_AUTH) {
        after_auth(s, step);
    } else if (!ok) {
        smtp_session_refused(s, step, NULL);
    } else if (step == STEP_GREETING) {
        smtp_login_hello(s);
    } else if (step == STEP_HELO) {
        smtp_session_ready(s);
    } else {
        assert(step == STEP_STARTTLS);
        begin_tls(s);
    }
}
