/* Delivery as it runs: its thread, the SMTP client, and a relay that answers by the recipient. */
#include "post_case.h"

#include "net/loop.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BODY_BYTES = 1 << 16 };

/* Takes one connection after the other until it is told to end. By the local part of the
 * recipient: "later" 451, "never" 550, "lost" hangs up after the final dot, others 250. */
struct relay {
    int listener, port;
    pthread_t thread;
    _Atomic int taken;         /* messages it has said 250 to */
    _Atomic int dots;          /* bodies it has read */
    _Atomic bool refuse_login; /* greet with 421 */
    _Atomic bool forgive;      /* "lost" is taken now */
    char body[BODY_BYTES];     /* all bodies, one after the other */
    size_t body_len;
};

static void say(int socket, const char *words)
{
    (void)!send(socket, words, strlen(words), MSG_NOSIGNAL);
}

/* One line into `line`; false at the end. */
static bool hear(FILE *in, char *line, int size)
{
    return fgets(line, size, in) != NULL;
}

static void relay_body(struct relay *r, FILE *in)
{
    char line[2000];
    while (hear(in, line, sizeof line) && strcmp(line, ".\r\n") != 0) {
        size_t len = strlen(line);
        if (r->body_len + len >= sizeof r->body) continue;
        memcpy(r->body + r->body_len, line, len);
        r->body_len += len;
    }
    atomic_fetch_add(&r->dots, 1);
}

static void relay_talk(struct relay *r, int socket)
{
    char line[2000], to[2000] = "";
    FILE *in = fdopen(socket, "rb");
    if (atomic_load(&r->refuse_login)) {
        say(socket, "421 4.3.2 not now, ask post@relay.example\r\n");
        fclose(in);
        return;
    }
    say(socket, "220 relay\r\n");
    while (hear(in, line, sizeof line)) {
        if (strncmp(line, "EHLO", 4) == 0) {
            say(socket, "250-relay\r\n250 8BITMIME\r\n");
        } else if (strncmp(line, "RCPT", 4) == 0) {
            memcpy(to, line, sizeof to);
            bool later = strstr(to, "<later@") != NULL, never = strstr(to, "<never@") != NULL;
            say(socket, later   ? "451 4.2.1 later\r\n"
                        : never ? "550 5.1.1 <never@firma.example> unknown\r\n"
                                : "250 ok\r\n");
        } else if (strncmp(line, "DATA", 4) == 0) {
            say(socket, "354 go\r\n");
            relay_body(r, in);
            if (strstr(to, "<lost@") != NULL && !atomic_load(&r->forgive)) break;
            atomic_fetch_add(&r->taken, 1);
            say(socket, "250 2.0.0 queued\r\n");
        } else if (strncmp(line, "QUIT", 4) == 0) {
            say(socket, "221 bye\r\n");
            break;
        } else {
            say(socket, "250 ok\r\n");
        }
    }
    fclose(in);
}

static void *relay_main(void *arg)
{
    struct relay *r = arg;
    for (int socket; (socket = accept(r->listener, NULL, NULL)) >= 0;) relay_talk(r, socket);
    return NULL;
}

static void relay_open(struct relay *r)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *r = (struct relay){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(r->listener, 10), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&at, &len), 0);
    r->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&r->thread, NULL, relay_main, r), 0);
}

static void relay_close(struct relay *r)
{
    shutdown(r->listener, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    close(r->listener);
}

/* --- the product's side --- */

struct running {
    struct post_scene scene;
    struct relay relay;
    struct loop *loop;
    pthread_t loop_thread;
    struct post_delivery *delivery;
    struct ctx base;
    _Atomic int64_t ahead_ms; /* how much later it is than STORE_NOW_MS */
    _Atomic bool drained;
};

static struct ctx make_ctx(void *user, arena *a)
{
    struct running *r = user;
    struct ctx cx = r->base;
    cx.a = a;
    cx.now_ms = STORE_NOW_MS + atomic_load(&r->ahead_ms);
    return cx;
}

static void *loop_main(void *arg)
{
    loop_run(arg);
    return NULL;
}

static void running_open(struct running *r, const char *mail)
{
    post_open(&r->scene);
    relay_open(&r->relay);
    atomic_store(&r->ahead_ms, 0);
    atomic_store(&r->drained, false);
    r->base = r->scene.s.cx;
    r->base.workspace_id = 0;
    r->base.deferred = NULL;
    assert_true(loop_new(&r->loop));
    str url = mail != NULL ? str_of(mail)
                           : str_printf(&r->scene.s.a, "smtp://127.0.0.1:%d", r->relay.port);
    struct post_delivery_options o = {.loop = r->loop,
                                      .make_ctx = make_ctx,
                                      .user = r,
                                      .mail = url,
                                      .still_holds = test_gate,
                                      .connections_max = 1};
    struct ctx cx = r->base;
    if (!post_delivery_start(&cx, &o, &r->delivery)) fail_msg("%.*s", STR_ARG(cx.err.detail));
    assert_int_equal(pthread_create(&r->loop_thread, NULL, loop_main, r->loop), 0);
}

static void on_drained(void *arg)
{
    struct running *r = arg;
    atomic_store(&r->drained, true);
    loop_stop(r->loop);
}

static void running_close(struct running *r)
{
    post_delivery_drain(r->delivery, on_drained, r);
    pthread_join(r->loop_thread, NULL);
    assert_true(atomic_load(&r->drained));
    post_delivery_stop(r->delivery);
    loop_free(r->loop);
    relay_close(&r->relay);
    post_close(&r->scene);
}

static void later(struct running *r, int64_t ms)
{
    atomic_fetch_add(&r->ahead_ms, ms);
    post_wake(r->delivery);
}

/* Wait until the mail has reached a state, with so many attempts; a minute is a failure. */
static struct post_step await(struct running *r, int64_t id, enum mail_state state, int attempts)
{
    struct post_step step = {0};
    arena start = r->scene.s.a;
    for (int i = 0; i < 12000; i++) {
        r->scene.s.a = start;
        step = post_look(&r->scene, id);
        if (step.mail.state == state && step.attempts.count == attempts) return step;
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    fail_msg("still %s after %d attempts", mail_state_name(step.mail.state),
             (int)step.attempts.count);
    return step;
}

struct status_read {
    struct post_delivery *delivery;
    struct post_relay_status status;
};

static bool read_status(struct ctx *cx, struct tx *tx, void *arg)
{
    struct status_read *s = arg;
    return post_relay_status(cx, tx, s->delivery, &s->status);
}

static struct post_relay_status status_of(struct running *r)
{
    struct status_read s = {.delivery = r->delivery};
    post_read(&r->scene, read_status, &s);
    return s.status;
}

static struct post_relay_status await_status(struct running *r, bool trouble)
{
    struct post_relay_status s = status_of(r);
    for (int i = 0; i < 12000 && (s.last_error.len > 0) != trouble; i++) {
        nanosleep(&(struct timespec){0, 5000000}, NULL);
        s = status_of(r);
    }
    assert_int_equal(s.last_error.len > 0, trouble);
    return s;
}

/* --- tests --- */

static void mails_leave_and_outcomes_come_back(void **state)
{
    (void)state;
    struct running r;
    running_open(&r, NULL);
    int64_t good = post_mail(&r.scene, PERMIT_DOI, S("k.brandt@firma.example"));
    int64_t never = post_mail(&r.scene, PERMIT_DOI, S("never@firma.example"));
    int64_t put_off = post_mail(&r.scene, PERMIT_DOI, S("later@firma.example"));
    post_wake(r.delivery);
    await(&r, good, MAIL_SENT, 1);
    struct post_step step = await(&r, never, MAIL_DEAD, 1);
    assert_str("words", step.attempts.row[0].reply,
               S("550 5.1.1 <n\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@firma.example> unknown"));
    await(&r, put_off, MAIL_QUEUED, 1);
    later(&r, 10 * 60000);
    await(&r, put_off, MAIL_QUEUED, 2);
    struct post_relay_status s = await_status(&r, false);
    assert_false(s.outbox);
    assert_str("host", s.host, S("127.0.0.1"));
    assert_int_equal(s.port, r.relay.port);
    assert_true(s.last_ok_ms > 0);
    assert_int_equal(s.waiting, 1);
    running_close(&r);
    assert_true(memmem(r.relay.body, r.relay.body_len, "<p>Hallo</p>", 12) != NULL);
}

static int count_of(const struct relay *r, str needle)
{
    int count = 0;
    str rest = {r->body, (ptrdiff_t)r->body_len};
    for (ptrdiff_t at; (at = str_find(rest, needle)) >= 0; count++)
        rest = str_slice(rest, at + needle.len, rest.len);
    return count;
}

static void what_the_connection_lost_is_sent_again_under_its_id_but_not_advertising(void **state)
{
    (void)state;
    struct running r;
    running_open(&r, NULL);
    int64_t doi = post_mail(&r.scene, PERMIT_DOI, S("lost@firma.example"));
    int64_t ad = post_mail(&r.scene, PERMIT_ADVERTISING, S("lost@firma.example"));
    post_wake(r.delivery);
    struct post_step step = await(&r, doi, MAIL_QUEUED, 1);
    assert_int_equal(step.attempts.row[0].outcome, OUTCOME_IN_DOUBT);
    await(&r, ad, MAIL_IN_DOUBT, 1);
    atomic_store(&r.relay.forgive, true);
    later(&r, 10 * 60000);
    step = await(&r, doi, MAIL_SENT, 2);
    await(&r, ad, MAIL_IN_DOUBT, 1);
    str id = str_dup(&r.scene.s.a, step.mail.message_id);
    assert_int_equal(atomic_load(&r.relay.dots), 3);
    assert_int_equal(atomic_load(&r.relay.taken), 1);
    post_delivery_drain(r.delivery, on_drained, &r);
    pthread_join(r.loop_thread, NULL);
    post_delivery_stop(r.delivery);
    loop_free(r.loop);
    relay_close(&r.relay);
    assert_int_equal(count_of(&r.relay, id), 2);
    post_close(&r.scene);
}

static void a_relay_in_trouble_counts_against_no_mail(void **state)
{
    (void)state;
    struct running r;
    running_open(&r, NULL);
    atomic_store(&r.relay.refuse_login, true);
    int64_t id = post_mail(&r.scene, PERMIT_DOI, S("k.brandt@firma.example"));
    post_wake(r.delivery);
    struct post_relay_status s = await_status(&r, true);
    assert_str("trouble", s.last_error,
               S("421 4.3.2 not now, ask p\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@relay.example"));
    assert_true(s.paused_until_ms > STORE_NOW_MS);
    struct post_step step = await(&r, id, MAIL_QUEUED, 0);
    assert_int_equal(step.mail.attempts, 0);
    atomic_store(&r.relay.refuse_login, false);
    later(&r, 60000); /* the pause itself goes by the machine's clock: some five seconds */
    await(&r, id, MAIL_SENT, 1);
    s = await_status(&r, false);
    assert_int_equal(s.paused_until_ms, 0);
    running_close(&r);
}

static void the_gate_is_asked_at_the_last_moment(void **state)
{
    (void)state;
    struct running r;
    running_open(&r, NULL);
    r.scene.app.closed = true;
    int64_t id = post_mail(&r.scene, PERMIT_DOI, S("k.brandt@firma.example"));
    post_wake(r.delivery);
    await(&r, id, MAIL_REFUSED, 1);
    running_close(&r);
    assert_int_equal(r.relay.taken, 0);
}

static void many_mails_all_leave_once(void **state)
{
    (void)state;
    enum { MAILS = 400 };
    struct running r;
    running_open(&r, NULL);
    int64_t id[MAILS];
    arena start = r.scene.s.a;
    for (int i = 0; i < MAILS; i++) {
        id[i] = post_mail(&r.scene, PERMIT_DOI, S("k.brandt@firma.example"));
        r.scene.s.a = start;
    }
    post_wake(r.delivery);
    for (int i = 0; i < MAILS; i++) await(&r, id[i], MAIL_SENT, 1);
    assert_int_equal(atomic_load(&r.relay.taken), MAILS);
    running_close(&r);
}

static void an_outbox_holds_its_mails_and_knows_it(void **state)
{
    (void)state;
    struct running r;
    running_open(&r, "outbox:");
    int64_t id = post_mail(&r.scene, PERMIT_DOI, S("k.brandt@firma.example"));
    post_wake(r.delivery);
    await(&r, id, MAIL_HELD, 0);
    assert_true(status_of(&r).outbox);
    assert_int_equal(status_of(&r).waiting, 0);
    running_close(&r);
    assert_int_equal(r.relay.dots, 0);
}

static void a_start_settles_what_was_in_flight_and_refuses_a_bad_relay(void **state)
{
    (void)state;
    struct post_scene scene;
    struct post_delivery *delivery;
    post_open(&scene);
    int64_t id = post_mail(&scene, PERMIT_ADVERTISING, S("k.brandt@firma.example"));
    assert_int_equal(post_claimed(&scene)->count, 1);
    struct post_delivery_options o = {.mail = S("ftp://relay.example"), .still_holds = test_gate};
    scene.s.cx.workspace_id = 0;
    assert_false(post_delivery_start(&scene.s.cx, &o, &delivery));
    assert_int_equal(scene.s.cx.err.code, ERR_INVALID);
    assert_string_equal(scene.s.cx.err.key, "post.bad_relay");
    err_clear(&scene.s.cx);
    scene.s.cx.workspace_id = STORE_WORKSPACE;
    /* What is in flight on a shared database may be another node's, at work. */
    bool shared = db_is_shared(scene.s.cx.db);
    assert_int_equal(post_look(&scene, id).mail.state, shared ? MAIL_IN_FLIGHT : MAIL_IN_DOUBT);
    post_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mails_leave_and_outcomes_come_back),
        cmocka_unit_test(what_the_connection_lost_is_sent_again_under_its_id_but_not_advertising),
        cmocka_unit_test(a_relay_in_trouble_counts_against_no_mail),
        cmocka_unit_test(the_gate_is_asked_at_the_last_moment),
        cmocka_unit_test(many_mails_all_leave_once),
        cmocka_unit_test(an_outbox_holds_its_mails_and_knows_it),
        cmocka_unit_test(a_start_settles_what_was_in_flight_and_refuses_a_bad_relay),
    };
    return cmocka_run_group_tests_name("post_delivery", tests, NULL, NULL);
}
