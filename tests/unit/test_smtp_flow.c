#include "smtp_peer.h"

#include <stdatomic.h>

/* The next envelope, which comes before the reply to the dot; then all replies at once. */
#define OVERLAP(dot, mail, rcpt, data) MAIL(NULL), RCPT(NULL), DATA(dot mail rcpt data)
#define BEGIN                          HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354)

static const struct want sent = {SMTP_SENT, 250, "2.0.0", "dot", "ok", false};

static void messages_share_a_connection_and_overlap(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const struct peer_step *script;
        struct want want[3];
        int per_connection, connections;
    } rows[] = {
        {"all taken",
         SCRIPT(BEGIN, BODY(NULL), OVERLAP(OK250, OK250, OK250, GO354), BODY(NULL),
                OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT),
         {sent, sent, sent},
         0,
         1},
        {"the first refused in the end",
         SCRIPT(BEGIN, BODY(NULL), OVERLAP("554 5.7.1 spam\r\n", OK250, OK250, GO354), BODY(NULL),
                OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT),
         {{SMTP_PERMANENT, 554, "5.7.1", "dot", "spam", false}, sent, sent},
         0,
         1},
        {"the second's recipient refused",
         SCRIPT(BEGIN, BODY(NULL), OVERLAP(OK250, OK250, "550 5.1.1 who\r\n", "554 no\r\n"),
                LINE("RSET", OK250), ENVELOPE(OK250, OK250, GO354), BODY(OK250), QUIT),
         {sent, {SMTP_PERMANENT, 550, "5.1.1", "rcpt", "who", false}, sent},
         0,
         1},
        {"the second refused, but DATA goes on",
         SCRIPT(BEGIN, BODY(NULL), OVERLAP(OK250, OK250, "450 4.2.1 grey\r\n", GO354),
                LINE(".", OK250), ENVELOPE(OK250, OK250, GO354), BODY(OK250), QUIT),
         {sent, {SMTP_TEMPORARY, 450, "4.2.1", "rcpt", "grey", false}, sent},
         0,
         1},
        {"RSET refused",
         SCRIPT(BEGIN, BODY(NULL), OVERLAP(OK250, OK250, "550 5.1.1 who\r\n", "554 no\r\n"),
                LINE("RSET", "500 no\r\n"), GONE, DROP, BEGIN, BODY(OK250), QUIT),
         {sent, {SMTP_PERMANENT, 550, "5.1.1", "rcpt", "who", false}, sent},
         0,
         2},
        {"421 to the second's MAIL: again over a new connection",
         SCRIPT(BEGIN, BODY(NULL), MAIL(NULL), RCPT(NULL), DATA(OK250 "421 4.7.0 enough\r\n"), GONE,
                DROP, BEGIN, BODY(NULL), OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT),
         {sent, sent, sent},
         0,
         2},
        {"closed before the second's MAIL: again over a new connection",
         SCRIPT(BEGIN, BODY(NULL), MAIL(NULL), RCPT(NULL), DATA(OK250), DROP, BEGIN, BODY(NULL),
                OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT),
         {sent, sent, sent},
         0,
         2},
        {"closed between the first's dot and its reply",
         SCRIPT(BEGIN, BODY(NULL), MAIL(NULL), RCPT(NULL), DATA(NULL), DROP, BEGIN, BODY(NULL),
                OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT),
         {{SMTP_IN_DOUBT, 0, "", "dot", "closed", false}, sent, sent},
         0,
         2},
        {"closed after the second's MAIL",
         SCRIPT(BEGIN, BODY(NULL), MAIL(NULL), RCPT(NULL), DATA(OK250 OK250), DROP, BEGIN,
                BODY(OK250), QUIT),
         {sent, {SMTP_TEMPORARY, 0, "", "rcpt", "closed", false}, sent},
         0,
         2},
        {"two on each connection",
         SCRIPT(BEGIN, BODY(NULL), OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT, BEGIN,
                BODY(OK250), QUIT),
         {sent, sent, sent},
         2,
         2},
        {"one by one",
         SCRIPT(HELLO, EHLO_PLAIN, MAIL(OK250), RCPT(OK250), DATA(GO354), BODY(NULL),
                ALONE_SAY(OK250), MAIL(OK250), RCPT("550 5.1.1 who\r\n"), LINE("RSET", OK250),
                MAIL(OK250), RCPT(OK250), DATA(GO354), BODY(OK250), QUIT),
         {sent, {SMTP_PERMANENT, 550, "5.1.1", "rcpt", "who", false}, sent},
         0,
         1},
        {"a word too many after the dot's reply",
         SCRIPT(HELLO, EHLO_PLAIN, MAIL(OK250), RCPT(OK250), DATA(GO354),
                BODY(OK250 "250 and more\r\n"), GONE, DROP, BEGIN, BODY(NULL),
                OVERLAP(OK250, OK250, OK250, GO354), BODY(OK250), QUIT),
         {sent, sent, sent},
         0,
         2},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct smtp_client_options options = options_of_one();
        options.messages_per_connection = rows[i].per_connection;
        struct run *run = run_script(rows[i].script, relay_here(), options, NULL);
        for (int k = 0; k < 3; k++) run_send(run, k, A_MAIL);
        run_to_end(run, rows[i].name);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(run->result[k].id, k);
            assert_result(rows[i].name, &run->result[k], rows[i].want[k]);
        }
        assert_int_equal(run->peer->accepted, rows[i].connections);
        run_done(run);
    }
}

static void a_message_that_never_begins_is_given_back_in_the_end(void **state)
{
    (void)state;
#define TURNED_AWAY                                                                                \
    BEGIN, BODY(NULL), MAIL(NULL), RCPT(NULL), DATA(OK250 "421 4.7.0 enough\r\n"), GONE, DROP
    const struct peer_step script[] = {
        TURNED_AWAY, HELLO, EHLO_PIPE, ENVELOPE("421 4.7.0 go\r\n", "", ""), GONE, END};
    struct run *run = run_script(script, relay_here(), options_of_one(), NULL);
    run_send(run, 1, A_MAIL);
    run_send(run, 2, A_MAIL);
    run_to_end(run, "turned away");
    assert_result("first", &run->result[0], sent);
    assert_result("second", &run->result[1],
                  (struct want){SMTP_TEMPORARY, 421, "4.7.0", "mail", "go", true});
    run_done(run);
}

static void an_idle_connection_ends_quietly(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const struct peer_step *script;
    } rows[] = {
        {"we leave", SCRIPT(BEGIN, BODY(OK250), QUIT)},
        {"we leave, no answer", SCRIPT(BEGIN, BODY(OK250), LINE("QUIT", NULL), DROP)},
        {"it leaves", SCRIPT(BEGIN, BODY(OK250), DROP)},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct smtp_client_options options = options_of_one();
        options.idle_ms = i == 2 ? 0 : 10;
        struct run *run = run_script(rows[i].script, relay_here(), options, NULL);
        run->linger = true;
        run_send(run, 1, A_MAIL);
        run_to_end(run, rows[i].name);
        assert_result(rows[i].name, &run->result[0], sent);
        run_done(run);
    }
}

static void freeing_ends_what_has_begun_and_gives_back_the_rest(void **state)
{
    (void)state;
    const struct want not_begun = {SMTP_TEMPORARY, 0, "", "queue", "closing", true};
    const struct peer_step script[] = {HELLO, EHLO_PLAIN,  MAIL(OK250), RCPT(OK250), DATA(GO354),
                                       FREE,  BODY(OK250), QUIT,        END};
    struct run *run = run_script(script, relay_here(), options_of_one(), NULL);
    run->linger = true;
    run_send(run, 1, A_MAIL);
    run_send(run, 2, A_MAIL);
    run_to_end(run, "free");
    bool first_is_2 = run->result[0].id == 2;
    assert_result("second", &run->result[first_is_2 ? 0 : 1], not_begun);
    assert_result("first", &run->result[first_is_2 ? 1 : 0], sent);
    run_done(run);

    run = run_new(); /* while connecting */
    struct smtp_relay relay = relay_here();
    struct smtp_client_options options = options_of_one();
    int listener = listen_here(&relay.port);
    run_client(run, &relay, &options);
    for (int i = 0; i < 5; i++) run_send(run, i, A_MAIL);
    run->linger = true;
    run_free_client(run);
    run_to_end(run, "free");
    for (int i = 0; i < 5; i++) assert_result("waiting", &run->result[i], not_begun);
    close(listener);
    run_done(run);
}

/* -- many connections -- */

struct hall {
    int listener;
    atomic_int taken, open, most;
};

struct seat {
    struct hall *hall;
    struct peer peer;
};

/* A relay without a script: takes whatever comes in. */
static void *serve(void *arg)
{
    struct seat *seat = arg;
    struct peer *p = &seat->peer;
    struct hall *hall = seat->hall;
    int open = atomic_fetch_add(&hall->open, 1) + 1;
    if (open > atomic_load(&hall->most)) atomic_store(&hall->most, open);
    const struct peer_step body = BODY("250 2.0.0 ok\r\n");
    peer_say(p, "220 relay\r\n");
    for (;;) {
        char *end = memmem(p->in, (size_t)p->len, "\r\n", 2);
        if (end == NULL) {
            if (!peer_fill(p)) break;
            continue;
        }
        char verb = p->in[0];
        peer_take(p, end + 2 - p->in);
        peer_say(p, verb == 'E'   ? "250-relay\r\n250 PIPELINING\r\n"
                    : verb == 'D' ? "354 go\r\n"
                    : verb == 'Q' ? "221 bye\r\n"
                                  : "250 ok\r\n");
        if (verb != 'D') continue;
        p->body_len = 0;
        peer_body(p, &body);
        atomic_fetch_add(&hall->taken, 1);
    }
    peer_close(p);
    atomic_fetch_sub(&hall->open, 1);
    free(seat);
    return NULL;
}

static void *usher(void *arg)
{
    struct hall *hall = arg;
    pthread_t thread[64];
    int count = 0;
    while (count < COUNTOF(thread)) {
        int fd = accept(hall->listener, NULL, NULL);
        if (fd < 0) break;
        struct seat *seat = calloc(1, sizeof *seat);
        if (seat == NULL) abort();
        seat->hall = hall;
        seat->peer.socket = fd;
        if (pthread_create(&thread[count++], NULL, serve, seat) != 0) abort();
    }
    while (count > 0) pthread_join(thread[--count], NULL);
    return NULL;
}

static void many_messages_go_over_several_connections_each_once(void **state)
{
    (void)state;
    enum { MESSAGES = 300 };
    struct run *run = run_new();
    struct smtp_relay relay = relay_here();
    struct smtp_client_options options = {.connections_max = 4, .messages_per_connection = 20};
    struct hall hall = {.listener = listen_here(&relay.port)};
    pthread_t thread;
    bool seen[MESSAGES] = {false};
    assert_int_equal(pthread_create(&thread, NULL, usher, &hall), 0);
    run_client(run, &relay, &options);
    for (int i = 0; i < MESSAGES; i++) run_send(run, i, A_MAIL);
    run_to_end(run, "many");
    shutdown(hall.listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(hall.listener);
    for (int i = 0; i < MESSAGES; i++) {
        assert_result("many", &run->result[i], sent);
        assert_false(seen[run->result[i].id]);
        seen[run->result[i].id] = true;
    }
    assert_int_equal(atomic_load(&hall.taken), MESSAGES);
    assert_true(atomic_load(&hall.most) >= 2);
    run_done(run);
}

int main(void)
{
    alarm(600); /* a test that hangs has failed */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_share_a_connection_and_overlap),
        cmocka_unit_test(a_message_that_never_begins_is_given_back_in_the_end),
        cmocka_unit_test(an_idle_connection_ends_quietly),
        cmocka_unit_test(freeing_ends_what_has_begun_and_gives_back_the_rest),
        cmocka_unit_test(many_messages_go_over_several_connections_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
