#include "net/smtp_session.h"

#include <stdio.h>
#include <string.h>

/* How much of a body is handed to the system at once: what the data deadline is for. */
enum { BODY_PIECE_BYTES = 64 << 10, ENVELOPE_BYTES = 1024, QUIT_MS = 5000 };

static const char *const step_name[STEP__COUNT] = {
    [STEP_CONNECT] = "connect", [STEP_TLS] = "tls",        [STEP_GREETING] = "greeting",
    [STEP_EHLO] = "ehlo",       [STEP_HELO] = "ehlo",      [STEP_STARTTLS] = "starttls",
    [STEP_AUTH_PLAIN] = "auth", [STEP_AUTH_USER] = "auth", [STEP_AUTH_PASSWORD] = "auth",
    [STEP_AUTH] = "auth",       [STEP_MAIL] = "mail",      [STEP_RCPT] = "rcpt",
    [STEP_DATA] = "data",       [STEP_DOT] = "dot",        [STEP_VOID_DOT] = "data",
    [STEP_RESET] = "reset",     [STEP_NOOP] = "noop",      [STEP_QUIT] = "quit",
};

struct smtp_result smtp_result_own(int64_t id, enum smtp_outcome outcome, const char *phase,
                                   const char *words)
{
    struct smtp_result r = {.id = id, .outcome = outcome};
    snprintf(r.phase, sizeof r.phase, "%s", phase);
    smtp_printable(str_of(words), r.reply, sizeof r.reply);
    return r;
}

/* The reply that was just read, as the result of `id` at `step`. */
static struct smtp_result result_of_reply(const struct smtp_session *s, int64_t id,
                                          enum smtp_step step)
{
    struct smtp_result r = {.id = id, .code = s->reply.code};
    int class = r.code / 100;
    snprintf(r.phase, sizeof r.phase, "%s", step_name[step]);
    smtp_reply_enhanced(&s->reply, r.enhanced);
    smtp_reply_words(&s->reply, r.reply, sizeof r.reply);
    r.outcome = class == 2 ? SMTP_SENT : class == 5 ? SMTP_PERMANENT : SMTP_TEMPORARY;
    /* 421: it is closing; 530, 535, 538: it wants a login or TLS, whatever the message is */
    if (r.code == 421 || r.code == 530 || r.code == 535 || r.code == 538) {
        r.outcome = SMTP_TEMPORARY;
        r.relay_trouble = true;
    }
    return r;
}

static enum smtp_step step_now(const struct smtp_session *s)
{
    return s->expected_count > 0 ? s->expected[0] : s->opening;
}

static void set_deadline(struct smtp_session *s)
{
    const struct smtp_client_options *o = &s->setup->options;
    enum smtp_step step = step_now(s);
    int64_t ms = o->command_ms;
    if (step == STEP_GREETING) ms = o->greeting_ms;
    if (step == STEP_DOT || step == STEP_VOID_DOT) ms = o->data_ms;
    if (step == STEP_QUIT && ms > QUIT_MS) ms = QUIT_MS;
    wire_deadline(&s->wire, ms);
}

static void expect(struct smtp_session *s, enum smtp_step step)
{
    assert(s->expected_count < SMTP_EXPECTED_MAX);
    s->expected[s->expected_count++] = step;
    if (s->expected_count == 1) set_deadline(s);
}

/* -- going down -- */

static void finish(struct smtp_session *s, struct smtp_pending **slot, const struct smtp_result *r)
{
    struct smtp_pending *p = *slot;
    *slot = NULL;
    s->on->finished(s->user, p, r);
}

/* What becomes of the messages under way when the connection is lost. */
static void give_back(struct smtp_session *s, const struct smtp_result *why)
{
    if (s->dotted != NULL) {
        struct smtp_result r = *why;
        r.id = s->dotted->id;
        r.outcome = SMTP_IN_DOUBT;
        r.relay_trouble = false;
        snprintf(r.phase, sizeof r.phase, "%s", step_name[STEP_DOT]);
        finish(s, &s->dotted, &r);
    }
    if (s->envelope == NULL) return;
    struct smtp_pending *p = s->envelope;
    bool mail_unanswered = false;
    for (int i = 0; i < s->expected_count; i++)
        if (s->expected[i] == STEP_MAIL) mail_unanswered = true;
    if (p->has_verdict) {
        finish(s, &s->envelope, &p->verdict);
    } else if (mail_unanswered && s->begun > 1) {
        /* it closed after its own number of messages, or while we were idle: nobody's fault */
        s->envelope = NULL;
        s->on->unsent(s->user, p);
    } else {
        struct smtp_result r = *why;
        r.id = p->id;
        r.outcome = SMTP_TEMPORARY;
        finish(s, &s->envelope, &r);
    }
}

/* Close. `why` tells waiting messages and, if it never became ready, the owner. */
static void go_down(struct smtp_session *s, const struct smtp_result *why)
{
    if (s->stage == SESSION_DOWN) return;
    bool told = s->stage == SESSION_LEAVING;
    s->stage = SESSION_DOWN;
    if (why != NULL) give_back(s, why);
    wire_close(&s->wire);
    if (!told) s->on->down(s->user, s, s->was_ready && !s->check_only ? NULL : why);
}

void smtp_session_fail(struct smtp_session *s, enum smtp_step step, const char *words)
{
    struct smtp_result r = smtp_result_own(0, SMTP_TEMPORARY, step_name[step], words);
    r.relay_trouble = !s->was_ready || s->check_only;
    go_down(s, &r);
}

void smtp_session_refused(struct smtp_session *s, enum smtp_step step, const char *what)
{
    struct smtp_result r = result_of_reply(s, 0, step);
    r.outcome = SMTP_TEMPORARY;
    r.relay_trouble = true;
    if (what != NULL) {
        char words[sizeof r.reply + 80];
        snprintf(words, sizeof words, "%s: %s", what, r.reply);
        smtp_printable(str_of(words), r.reply, sizeof r.reply);
    }
    go_down(s, &r);
}

/* -- commands -- */

void smtp_session_command(struct smtp_session *s, enum smtp_step step, str line)
{
    char text[2100];
    if (s->stage == SESSION_DOWN) return;
    if (s->out_of_turn) {
        smtp_session_fail(s, step, "the relay spoke out of turn");
        return;
    }
    assert(line.len + 2 <= (ptrdiff_t)sizeof text);
    if (line.len > 0) memcpy(text, line.ptr, (size_t)line.len);
    memcpy(text + line.len, "\r\n", 2);
    wire_send(&s->wire, (str){text, line.len + 2}, (str){NULL, 0});
    explicit_bzero(text, (size_t)line.len);
    expect(s, step);
}

static void say_quit(struct smtp_session *s)
{
    if (s->out_of_turn) {
        go_down(s, NULL);
        return;
    }
    s->stage = SESSION_LEAVING;
    smtp_session_command(s, STEP_QUIT, S("QUIT"));
    s->on->down(s->user, s, NULL);
}

/* Nothing is under way any more. */
static void become_idle(struct smtp_session *s)
{
    if (s->stage == SESSION_DOWN) return;
    bool full = s->begun >= s->setup->options.messages_per_connection;
    if (s->leave_soon || full || s->out_of_turn) {
        say_quit(s);
        return;
    }
    s->stage = SESSION_IDLE;
    wire_deadline(&s->wire, s->setup->options.idle_ms);
    s->on->idle(s->user, s);
}

void smtp_session_leave(struct smtp_session *s)
{
    s->leave_soon = true;
    if (s->stage == SESSION_IDLE) say_quit(s);
    if (s->stage == SESSION_OPENING && !s->check_only) go_down(s, NULL);
}

void smtp_session_ready(struct smtp_session *s)
{
    s->was_ready = true;
    if (s->check_only)
        smtp_session_command(s, STEP_NOOP, S("NOOP"));
    else
        become_idle(s);
}

/* -- envelopes -- */

/* True if this relay can take `p`; else it has been finished. */
static bool admit(struct smtp_session *s, struct smtp_pending *p)
{
    char words[160];
    const char *enhanced = "";
    struct smtp_result r;
    if (p->fault != NULL) {
        snprintf(words, sizeof words, "%s", p->fault);
    } else if (s->size_max_bytes > 0 && p->size_bytes > s->size_max_bytes) {
        snprintf(words, sizeof words, "the message has %lld bytes, the relay takes %lld",
                 (long long)p->size_bytes, (long long)s->size_max_bytes);
        enhanced = "5.3.4";
    } else if (p->eight_bit && !s->eight_bit) {
        snprintf(words, sizeof words, "the relay takes 7-bit messages only (no 8BITMIME)");
        enhanced = "5.6.3";
    } else {
        return true;
    }
    r = smtp_result_own(p->id, SMTP_PERMANENT, "local", words);
    snprintf(r.enhanced, sizeof r.enhanced, "%s", enhanced);
    s->on->finished(s->user, p, &r);
    return false;
}

/* Begin `p`: what is to be sent goes to text[ENVELOPE_BYTES]. */
static str begin_envelope(struct smtp_session *s, struct smtp_pending *p, char *text)
{
    char size[40] = "";
    s->envelope = p;
    s->begun++;
    s->stage = SESSION_BUSY;
    p->has_verdict = false;
    if (s->size_max_bytes > 0) snprintf(size, sizeof size, " SIZE=%lld", (long long)p->size_bytes);
    int n = snprintf(text, ENVELOPE_BYTES, "MAIL FROM:<%s>%s%s\r\n", p->from, size,
                     p->eight_bit ? " BODY=8BITMIME" : "");
    if (s->pipelining)
        n += snprintf(text + n, ENVELOPE_BYTES - (size_t)n, "RCPT TO:<%s>\r\nDATA\r\n", p->to);
    assert(n > 0 && n < ENVELOPE_BYTES);
    expect(s, STEP_MAIL);
    if (s->pipelining) {
        expect(s, STEP_RCPT);
        expect(s, STEP_DATA);
    }
    return (str){text, n};
}

void smtp_session_begin(struct smtp_session *s, struct smtp_pending *p)
{
    assert(s->stage == SESSION_IDLE && s->expected_count == 0);
    char text[ENVELOPE_BYTES];
    if (admit(s, p)) wire_send(&s->wire, begin_envelope(s, p, text), (str){NULL, 0});
}

/* The next envelope, which may follow the final dot at once; empty if there is none. */
static str overlap(struct smtp_session *s, char *text)
{
    struct smtp_pending *p;
    bool full = s->begun >= s->setup->options.messages_per_connection;
    if (!s->pipelining || s->leave_soon || s->out_of_turn || full) return (str){NULL, 0};
    while ((p = s->on->next(s->user)) != NULL)
        if (admit(s, p)) return begin_envelope(s, p, text);
    return (str){NULL, 0};
}

static void send_body(struct smtp_session *s)
{
    char text[ENVELOPE_BYTES];
    str body = s->envelope->wire, next = {NULL, 0};
    ptrdiff_t from = s->body_at;
    bool last = body.len - from <= BODY_PIECE_BYTES;
    s->body_at = last ? body.len : from + BODY_PIECE_BYTES;
    s->body_under_way = !last;
    wire_deadline(&s->wire, s->setup->options.data_ms);
    if (last) {
        s->dotted = s->envelope;
        s->envelope = NULL;
        expect(s, STEP_DOT);
        next = overlap(s, text);
    }
    wire_send(&s->wire, str_slice(body, from, last ? body.len : from + BODY_PIECE_BYTES), next);
}

/* The envelope is refused: what was said first counts. */
static void set_verdict(struct smtp_session *s, enum smtp_step step)
{
    struct smtp_pending *p = s->envelope;
    if (p->has_verdict) return;
    p->verdict = result_of_reply(s, p->id, step);
    if (p->verdict.outcome == SMTP_SENT) { /* a 2xx where it has no place */
        p->verdict.outcome = SMTP_TEMPORARY;
        p->verdict.relay_trouble = true;
    }
    p->has_verdict = true;
}

static void end_refused(struct smtp_session *s)
{
    finish(s, &s->envelope, &s->envelope->verdict);
    if (s->out_of_turn)
        become_idle(s);
    else
        smtp_session_command(s, STEP_RESET, S("RSET"));
}

static void after_mail_or_rcpt(struct smtp_session *s, enum smtp_step step)
{
    if (s->reply.code / 100 != 2) set_verdict(s, step);
    if (s->pipelining) return; /* DATA's reply is still to come */
    char line[320];
    if (s->envelope->has_verdict) {
        end_refused(s);
    } else if (step == STEP_MAIL) {
        snprintf(line, sizeof line, "RCPT TO:<%s>", s->envelope->to);
        smtp_session_command(s, STEP_RCPT, str_of(line));
    } else {
        smtp_session_command(s, STEP_DATA, S("DATA"));
    }
}

static void after_data(struct smtp_session *s)
{
    bool go = s->reply.code == 354;
    if (!go) set_verdict(s, STEP_DATA);
    if (s->out_of_turn) {
        smtp_session_fail(s, STEP_DATA, "the relay spoke out of turn");
    } else if (!go) {
        end_refused(s);
    } else if (s->envelope->has_verdict) {
        /* RFC 2920 3.1: an empty message, which has no recipient */
        smtp_session_command(s, STEP_VOID_DOT, S("."));
    } else {
        s->body_at = 0;
        send_body(s);
    }
}

static void after_dot(struct smtp_session *s)
{
    struct smtp_result r = result_of_reply(s, s->dotted->id, STEP_DOT);
    int class = r.code / 100;
    if (class == 3) {
        smtp_session_fail(s, STEP_DOT, "the relay's reply to the message makes no sense");
        return;
    }
    finish(s, &s->dotted, &r);
    if (s->envelope == NULL) become_idle(s);
}

/* Whatever it said to that: the transaction is over. */
static void after_void_dot(struct smtp_session *s)
{
    finish(s, &s->envelope, &s->envelope->verdict);
    become_idle(s);
}

static void after_noop(struct smtp_session *s)
{
    struct smtp_result r = result_of_reply(s, 0, STEP_NOOP);
    if (r.outcome != SMTP_SENT) {
        smtp_session_refused(s, STEP_NOOP, NULL);
        return;
    }
    s->on->checked(s->user, s, &r);
    say_quit(s);
}

/* 421: whatever was asked, it is closing (RFC 5321 3.8). */
static void after_421(struct smtp_session *s, enum smtp_step step)
{
    struct smtp_result r = result_of_reply(s, 0, step);
    if (step == STEP_DOT) {
        struct smtp_result mine = r;
        mine.id = s->dotted->id;
        finish(s, &s->dotted, &mine);
    } else if (step == STEP_MAIL && s->begun > 1) {
        memmove(s->expected + 1, s->expected, (size_t)s->expected_count * sizeof s->expected[0]);
        s->expected[0] = STEP_MAIL; /* as if unanswered: it was not about this message */
        s->expected_count++;
    }
    go_down(s, &r);
}

static void on_reply(struct smtp_session *s, enum smtp_step step)
{
    if (step == STEP_QUIT)
        go_down(s, NULL);
    else if (s->reply.code == 421)
        after_421(s, step);
    else if (!s->was_ready)
        smtp_login_reply(s, step);
    else if (step == STEP_MAIL || step == STEP_RCPT)
        after_mail_or_rcpt(s, step);
    else if (step == STEP_DATA)
        after_data(s);
    else if (step == STEP_DOT)
        after_dot(s);
    else if (step == STEP_VOID_DOT)
        after_void_dot(s);
    else if (step == STEP_NOOP)
        after_noop(s);
    else if (s->reply.code / 100 == 2)
        become_idle(s); /* RSET */
    else
        go_down(s, NULL);
}

/* It did not wait for the end of the body; the connection cannot be used for another. */
static void refused_early(struct smtp_session *s)
{
    set_verdict(s, STEP_DATA);
    struct smtp_result r = result_of_reply(s, 0, STEP_DATA);
    go_down(s, &r);
}

/* -- what the wire tells -- */

static void on_bytes(void *user, str bytes)
{
    struct smtp_session *s = user;
    while (bytes.len > 0 && s->stage != SESSION_DOWN) {
        if (s->expected_count == 0 && !s->body_under_way) {
            /* idle: most likely "421 idle for too long"; else: not a partner to go on with */
            smtp_session_fail(s, step_now(s), "the relay spoke out of turn");
            return;
        }
        ptrdiff_t used = 0;
        enum smtp_feed state = smtp_reply_feed(&s->reply, bytes, &used);
        bytes = str_slice(bytes, used, bytes.len);
        if (state == SMTP_FEED_MORE) return;
        if (state == SMTP_FEED_BAD) {
            smtp_session_fail(s, step_now(s), "the relay's reply is not SMTP");
            return;
        }
        if (s->expected_count == 0) {
            refused_early(s);
            return;
        }
        enum smtp_step step = s->expected[0];
        s->expected_count--;
        memmove(s->expected, s->expected + 1, (size_t)s->expected_count * sizeof s->expected[0]);
        s->out_of_turn = s->expected_count == 0 && bytes.len > 0;
        if (s->expected_count > 0) set_deadline(s);
        on_reply(s, step);
        smtp_reply_reset(&s->reply);
    }
}

static void on_opened(void *user)
{
    struct smtp_session *s = user;
    if (s->setup->relay.tls == SMTP_TLS_IMPLICIT) {
        s->opening = STEP_TLS;
        wire_deadline(&s->wire, s->setup->options.command_ms);
        wire_tls_begin(&s->wire, s->setup->trust, s->setup->host);
    } else {
        expect(s, STEP_GREETING);
    }
}

static void on_secured(void *user)
{
    struct smtp_session *s = user;
    if (s->setup->relay.tls == SMTP_TLS_IMPLICIT)
        expect(s, STEP_GREETING);
    else
        smtp_login_hello(s);
}

static void on_drained(void *user)
{
    struct smtp_session *s = user;
    if (s->body_under_way && s->stage == SESSION_BUSY) send_body(s);
}

static void on_lost(void *user, const char *words)
{
    struct smtp_session *s = user;
    if (s->stage == SESSION_LEAVING)
        go_down(s, NULL);
    else if (s->stage == SESSION_IDLE && s->wire.expired)
        say_quit(s);
    else
        smtp_session_fail(s, s->body_under_way ? STEP_DATA : step_now(s), words);
}

static void on_closed(void *user)
{
    struct smtp_session *s = user;
    s->on->closed(s->user, s);
}

void smtp_session_open(struct smtp_session *s, const struct smtp_setup *setup,
                       const struct smtp_session_events *on, void *user)
{
    static const struct wire_events events = {on_opened,  on_secured, on_bytes,
                                              on_drained, on_lost,    on_closed};
    s->setup = setup;
    s->on = on;
    s->user = user;
    s->stage = SESSION_OPENING;
    s->opening = STEP_CONNECT;
    smtp_reply_reset(&s->reply);
    wire_open(&s->wire, loop_uv(setup->loop), &events, s, setup->host, setup->relay.port,
              setup->options.connect_ms);
}
