#include "smtp_peer.h"

/* One message, one script, one outcome. */
struct row {
    const char *name;
    const struct peer_step *script;
    struct want want;
};

static void meet(const struct row *row, struct smtp_client_options options)
{
    struct run *run = run_script(row->script, relay_here(), options, NULL);
    run_send(run, 7, A_MAIL);
    run_to_end(run, row->name);
    assert_int_equal(run->result[0].id, 7);
    assert_result(row->name, &run->result[0], row->want);
    run_done(run);
}

static void a_message_is_taken_with_and_without_pipelining(void **state)
{
    (void)state;
    const struct want sent = {SMTP_SENT, 250, "2.0.0", "dot", "queued as 1", false};
    const struct row rows[] = {
        {"one by one",
         SCRIPT(HELLO, EHLO_PLAIN, LINE("MAIL FROM:<a@here.example> SIZE=21", NULL),
                ALONE_SAY(OK250), RCPT(NULL), ALONE_SAY(OK250), DATA(NULL), ALONE_SAY(GO354),
                BODY("250 2.0.0 queued as 1\r\n"), QUIT),
         sent},
        {"pipelined",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY("250 2.0.0 queued as 1\r\n"),
                QUIT),
         sent},
        {"many lines",
         SCRIPT(ACCEPT("220-relay\r\n220-has much\r\n220 to say\r\n"), EHLO_PIPE,
                ENVELOPE("250-2.0.0 a\r\n250 2.0.0 b\r\n", OK250, "354-go\r\n354 on\r\n"),
                BODY("250-2.0.0 queued\r\n250 2.0.0 as 1\r\n"), QUIT),
         sent},
        {"EHLO unknown",
         SCRIPT(HELLO, LINE("EHLO ", "502 what\r\n"), LINE("HELO [127.0.0.1]", OK250),
                LINE("MAIL FROM:<a@here.example>", OK250), RCPT(OK250), DATA(GO354),
                BODY("250 2.0.0 queued as 1\r\n"), QUIT),
         sent},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) meet(&rows[i], options_of_one());
}

static void a_refusal_tells_for_how_long_and_whose_fault_it_is(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"greeting 554",
         SCRIPT(ACCEPT("554 5.7.1 not you\r\n"), GONE),
         {SMTP_TEMPORARY, 554, "5.7.1", "greeting", "not you", true}},
        {"greeting 421",
         SCRIPT(ACCEPT("421 4.7.0 too many\r\n"), GONE),
         {SMTP_TEMPORARY, 421, "4.7.0", "greeting", "too many", true}},
        {"not SMTP",
         SCRIPT(ACCEPT("SSH-2.0-OpenSSH\r\n"), GONE),
         {SMTP_TEMPORARY, 0, "", "greeting", "not SMTP", true}},
        {"ehlo 4xx",
         SCRIPT(HELLO, LINE("EHLO ", "451 later\r\n"), GONE),
         {SMTP_TEMPORARY, 451, "", "ehlo", "later", true}},
        {"mail 4xx, one by one",
         SCRIPT(HELLO, EHLO_PLAIN, MAIL("451 4.3.0 busy\r\n"), LINE("RSET", OK250), QUIT),
         {SMTP_TEMPORARY, 451, "4.3.0", "mail", "busy", false}},
        {"mail 5xx",
         SCRIPT(HELLO, EHLO_PIPE,
                ENVELOPE("553 5.1.8 no such sender\r\n", "503 first MAIL\r\n", "503 no\r\n"),
                LINE("RSET", OK250), QUIT),
         {SMTP_PERMANENT, 553, "5.1.8", "mail", "no such sender", false}},
        {"mail 530",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE("530 5.7.0 log in\r\n", "503 no\r\n", "503 no\r\n"),
                LINE("RSET", OK250), QUIT),
         {SMTP_TEMPORARY, 530, "5.7.0", "mail", "log in", true}},
        {"rcpt 4xx",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, "450 4.2.1 grey\r\n", "554 no recipient\r\n"),
                LINE("RSET", OK250), QUIT),
         {SMTP_TEMPORARY, 450, "4.2.1", "rcpt", "grey", false}},
        {"rcpt 5xx, one by one",
         SCRIPT(HELLO, EHLO_PLAIN, MAIL(OK250), RCPT("550 5.1.1 unknown\r\n"), LINE("RSET", OK250),
                QUIT),
         {SMTP_PERMANENT, 550, "5.1.1", "rcpt", "unknown", false}},
        {"rcpt 5xx, but DATA goes on",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, "550 5.1.1 unknown\r\n", GO354),
                LINE(".", "554 no recipient\r\n"), QUIT),
         {SMTP_PERMANENT, 550, "5.1.1", "rcpt", "unknown", false}},
        {"data 5xx",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, "554 5.7.1 no\r\n"), LINE("RSET", OK250),
                QUIT),
         {SMTP_PERMANENT, 554, "5.7.1", "data", "no", false}},
        {"dot 4xx",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY("452 4.3.1 full\r\n"), QUIT),
         {SMTP_TEMPORARY, 452, "4.3.1", "dot", "full", false}},
        {"dot 5xx",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY("554 5.7.1 spam\r\n"), QUIT),
         {SMTP_PERMANENT, 554, "5.7.1", "dot", "spam", false}},
        {"dot 421",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY("421 4.3.2 bye\r\n"), GONE),
         {SMTP_TEMPORARY, 421, "4.3.2", "dot", "bye", true}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) meet(&rows[i], options_of_one());
}

static void a_lost_connection_is_in_doubt_only_after_the_final_dot(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"at once",
         SCRIPT(ACCEPT(NULL), DROP),
         {SMTP_TEMPORARY, 0, "", "greeting", "closed", true}},
        {"after the greeting",
         SCRIPT(HELLO, LINE("EHLO ", NULL), DROP),
         {SMTP_TEMPORARY, 0, "", "ehlo", "closed", true}},
        {"after MAIL",
         SCRIPT(HELLO, EHLO_PIPE, MAIL(NULL), RCPT(NULL), DATA(NULL), DROP),
         {SMTP_TEMPORARY, 0, "", "mail", "closed", false}},
        {"after RCPT, one by one",
         SCRIPT(HELLO, EHLO_PLAIN, MAIL(OK250), RCPT(NULL), DROP),
         {SMTP_TEMPORARY, 0, "", "rcpt", "closed", false}},
        {"after DATA",
         SCRIPT(HELLO, EHLO_PIPE, MAIL(NULL), RCPT(NULL), DATA(OK250 OK250), DROP),
         {SMTP_TEMPORARY, 0, "", "data", "closed", false}},
        {"after a refused RCPT",
         SCRIPT(HELLO, EHLO_PIPE, MAIL(NULL), RCPT(NULL), DATA(OK250 "550 5.1.1 who\r\n"), DROP),
         {SMTP_PERMANENT, 550, "5.1.1", "rcpt", "who", false}},
        {"after the dot",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY(NULL), DROP),
         {SMTP_IN_DOUBT, 0, "", "dot", "closed", false}},
        {"after half a reply to the dot",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY("250 2.0"), DROP),
         {SMTP_IN_DOUBT, 0, "", "dot", "closed", false}},
        {"nonsense after the dot",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY("okay\r\n"), GONE),
         {SMTP_IN_DOUBT, 0, "", "dot", "not SMTP", false}},
        {"354 after the dot",
         SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY(GO354), GONE),
         {SMTP_IN_DOUBT, 0, "", "dot", "no sense", false}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) meet(&rows[i], options_of_one());
}

static void a_body_that_breaks_off_was_not_sent(void **state)
{
    (void)state;
    enum { BIG_BYTES = 16 << 20 }; /* more than the sockets' buffers hold */
    char *big = malloc(BIG_BYTES);
    assert_non_null(big);
    memset(big, 'x', BIG_BYTES);
    const struct row rows[] = {
        {"dropped",
         SCRIPT(HELLO, LINE("EHLO ", OK250), LINE("MAIL", OK250), RCPT(OK250), DATA(GO354), PART,
                DROP),
         {SMTP_TEMPORARY, 0, "", "data", NULL, false}},
        {"refused before its end",
         SCRIPT(HELLO, LINE("EHLO ", OK250), LINE("MAIL", OK250), RCPT(OK250), DATA(GO354), PART,
                LINE("", "552 5.3.4 too much\r\n"), DRAIN),
         {SMTP_PERMANENT, 552, "5.3.4", "data", "too much", false}},
    };
    big[5] = '\n'; /* a line for the second script */
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct run *run = run_script(rows[i].script, relay_here(), options_of_one(), NULL);
        run_send(run, 1, (str){big, BIG_BYTES});
        run_to_end(run, rows[i].name);
        assert_result(rows[i].name, &run->result[0], rows[i].want);
        run_done(run);
    }
    free(big);
}

static void a_relay_that_says_nothing_is_given_up(void **state)
{
    (void)state;
    struct smtp_client_options greeting = options_of_one(), command = options_of_one(),
                               later = options_of_one(), data = options_of_one();
    greeting.greeting_ms = command.command_ms = 50;
    later.command_ms = data.data_ms = 2000; /* what comes before is answered within that */
    const struct {
        struct row row;
        struct smtp_client_options options;
    } rows[] = {
        {{"greeting",
          SCRIPT(ACCEPT(NULL), GONE),
          {SMTP_TEMPORARY, 0, "", "greeting", "no answer within", true}},
         greeting},
        {{"half a greeting",
          SCRIPT(ACCEPT("220-relay\r\n220"), GONE),
          {SMTP_TEMPORARY, 0, "", "greeting", "no answer within", true}},
         greeting},
        {{"EHLO",
          SCRIPT(HELLO, LINE("EHLO ", NULL), GONE),
          {SMTP_TEMPORARY, 0, "", "ehlo", "no answer within", true}},
         command},
        {{"RCPT",
          SCRIPT(HELLO, EHLO_PLAIN, MAIL(OK250), RCPT(NULL), GONE),
          {SMTP_TEMPORARY, 0, "", "rcpt", "no answer within", false}},
         later},
        {{"dot",
          SCRIPT(HELLO, EHLO_PIPE, ENVELOPE(OK250, OK250, GO354), BODY(NULL), GONE),
          {SMTP_IN_DOUBT, 0, "", "dot", "no answer within", false}},
         data},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) meet(&rows[i].row, rows[i].options);
}

static void nobody_listens_and_all_waiting_messages_come_back(void **state)
{
    (void)state;
    struct run *run = run_new();
    struct smtp_relay relay = relay_here();
    struct smtp_client_options options = {.connections_max = 4};
    close(listen_here(&relay.port));
    run_client(run, &relay, &options);
    for (int i = 0; i < 10; i++) run_send(run, i, A_MAIL);
    run_to_end(run, "nobody");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(run->result[i].id, i);
        assert_result("nobody", &run->result[i],
                      (struct want){SMTP_TEMPORARY, 0, "", "connect", "no connection", true});
    }
    run_done(run);
}

static void what_arrives_is_what_was_sent(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S("a\r\n"), S("a\r\n")},
        {S("a"), S("a\r\n")},
        {S(".\r\n..\r\n.a\r\na.\r\n"), S(".\r\n..\r\n.a\r\na.\r\n")},
        {S("a\n.\nRCPT TO:<x@y>\n"), S("a\r\n.\r\nRCPT TO:<x@y>\r\n")},
        {S("a\r.\rb"), S("a\r\n.\r\nb\r\n")},
        {S("a\n.\r\nb"), S("a\r\n.\r\nb\r\n")},
        {S("a\r\r\nb"), S("a\r\n\r\nb\r\n")},
        {S("."), S(".\r\n")},
        {S("\n"), S("\r\n")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        char size[64];
        snprintf(size, sizeof size, "MAIL FROM:<a@here.example> SIZE=%td", rows[i].want.len);
        const struct peer_step script[] = {
            HELLO, EHLO_PIPE, LINE(size, NULL), RCPT(NULL), DATA(OK250 OK250 GO354), BODY(OK250),
            QUIT,  END};
        struct run *run = run_script(script, relay_here(), options_of_one(), NULL);
        run_send(run, 1, rows[i].in);
        run_to_end(run, "dots");
        assert_str("body", ((str){run->peer->body, run->peer->body_len}), rows[i].want);
        run_done(run);
    }
}

static void what_the_relay_cannot_take_is_not_offered(void **state)
{
    (void)state;
    const struct {
        const char *name, *ehlo;
        struct smtp_message message;
        const char *enhanced, *words;
    } rows[] = {
        {"size",
         "250-relay\r\n250 SIZE 5\r\n",
         {1, S("a@b.de"), S("c@d.de"), S("12345")},
         "5.3.4",
         "has 7 bytes, the relay takes 5"},
        {"8 bit", "250 relay\r\n", {1, S("a@b.de"), S("c@d.de"), S("\xC3\xBC")}, "5.6.3", "7-bit"},
        {"NUL", OK250, {1, S("a@b.de"), S("c@d.de"), S("a\0b")}, "", "NUL"},
        {"empty", OK250, {1, S("a@b.de"), S("c@d.de"), S("")}, "", "empty"},
        {"line end", OK250, {1, S("a@b.de"), S("c@d.de>\r\nDATA"), S("x")}, "", "address"},
        {"bracket", OK250, {1, S("a@b.de> X=Y"), S("c@d.de"), S("x")}, "", "sender"},
        {"umlaut", OK250, {1, S("a@b.de"), S("c@m\xC3\xBC.de"), S("x")}, "", "address"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        const struct peer_step script[] = {HELLO, LINE("EHLO ", rows[i].ehlo), QUIT, END};
        struct run *run = run_script(script, relay_here(), options_of_one(), NULL);
        run->wanted = 1;
        assert_true(smtp_client_send(run->client, &rows[i].message));
        run_to_end(run, rows[i].name);
        assert_result(
            rows[i].name, &run->result[0],
            (struct want){SMTP_PERMANENT, 0, rows[i].enhanced, "local", rows[i].words, false});
        run_done(run);
    }
}

static void a_relay_that_is_well_passes_the_check(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"well",
         SCRIPT(HELLO, EHLO_PIPE, LINE("NOOP", "250 2.0.0 still here\r\n"), QUIT),
         {SMTP_SENT, 250, "2.0.0", "noop", "still here", false}},
        {"not well",
         SCRIPT(HELLO, EHLO_PIPE, LINE("NOOP", "500 5.5.1 no\r\n"), GONE),
         {SMTP_TEMPORARY, 500, "5.5.1", "noop", "no", true}},
        {"gone",
         SCRIPT(HELLO, EHLO_PIPE, LINE("NOOP", NULL), DROP),
         {SMTP_TEMPORARY, 0, "", "noop", "closed", true}},
        {"not there",
         SCRIPT(ACCEPT("554 no\r\n"), GONE),
         {SMTP_TEMPORARY, 554, "", "greeting", "no", true}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct run *run = run_script(rows[i].script, relay_here(), options_of_one(), NULL);
        run_check(run);
        run_to_end(run, rows[i].name);
        assert_result(rows[i].name, &run->result[0], rows[i].want);
        run_done(run);
    }
}

int main(void)
{
    alarm(600); /* a test that hangs has failed */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_taken_with_and_without_pipelining),
        cmocka_unit_test(a_refusal_tells_for_how_long_and_whose_fault_it_is),
        cmocka_unit_test(a_lost_connection_is_in_doubt_only_after_the_final_dot),
        cmocka_unit_test(a_body_that_breaks_off_was_not_sent),
        cmocka_unit_test(a_relay_that_says_nothing_is_given_up),
        cmocka_unit_test(nobody_listens_and_all_waiting_messages_come_back),
        cmocka_unit_test(what_arrives_is_what_was_sent),
        cmocka_unit_test(what_the_relay_cannot_take_is_not_offered),
        cmocka_unit_test(a_relay_that_is_well_passes_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
