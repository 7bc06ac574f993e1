/* The control socket: what a command does beside a running server is what it does alone. */
#include "store_test.h"

#include "app.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "cmd/control.h"
#include "cmd/control_wire.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "sql.h"
#include "workspace/workspace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { LEADS = 450, OUTPUT_MAX = 4 << 20 }; /* leads: more than two pages */

struct place {
    struct store s;
    struct key_ring ring;
    struct app app;
    struct control *control;
};

static bool fill(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t workspace_id, id;
    (void)arg;
    if (!workspace_create(cx, tx, S("Falkenried"), S(""), &workspace_id)) return false;
    tx_workspace(tx, workspace_id);
    cx->workspace_id = workspace_id;
    for (int i = 0; i < LEADS; i++) {
        struct lead_new in = {.email = str_printf(cx->a, "lead%d@example.org", i),
                              .lang = S("de"),
                              .source = S("Direct"),
                              .first_contact = S("{}")};
        bool taken;
        for (int k = 0; k < SLOT__COUNT; k++) in.text[k] = S("");
        if (!lead_create(cx, tx, &in, &id, &taken)) return false;
    }
    return true;
}

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return -1;
    store_open(&p->s);
    key_ring_new(&p->ring, STORE_NOW_MS);
    p->s.cx.keys = &p->ring;
    p->app.config.data_dir = str_of(p->s.folder);
    p->app.db = p->s.cx.db;
    assert_true(id_source_open(&p->app.ids, 1, 0, INT64_MAX));
    p->app.keys = &p->ring;
    p->app.lock_fd = -1;
    sem_init(&p->app.password_slots, 0, 1);
    assert_true(db_write(&p->s.cx, DB_INTERACTIVE, fill, NULL));
    assert_true(control_open(&p->app, &p->control));
    *state = p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    control_close(p->control);
    id_source_close(&p->app.ids);
    store_close(&p->s);
    free(p);
    return 0;
}

static bool to_buf(void *to, str bytes)
{
    struct buf *b = to;
    buf_put(b, bytes);
    return !b->full;
}

struct answer {
    enum control_reach reach;
    int code;
    str error, output;
};

static struct answer ask(struct place *p, const char *command, struct value args)
{
    struct buf b = buf_new(&p->s.a, OUTPUT_MAX);
    struct command_out out = {.write = to_buf, .to = &b};
    struct answer answer = {.code = -1};
    answer.reach = control_ask(&p->s.a, p->app.config.data_dir, str_of(command), args, &out,
                               &answer.code, &answer.error);
    answer.output = buf_str(&b);
    return answer;
}

static struct answer alone(struct place *p, const char *command, struct value args)
{
    struct buf b = buf_new(&p->s.a, OUTPUT_MAX);
    struct command_out out = {.write = to_buf, .to = &b};
    struct answer answer = {.reach = CONTROL_DONE};
    answer.code = command_do(&p->app, &p->s.a, str_of(command), args, &out, &answer.error);
    answer.output = buf_str(&b);
    return answer;
}

static struct value args_of(struct place *p, const char *name, const char *text)
{
    struct value args = value_map(&p->s.a);
    if (name != NULL) value_set_text(args, name, str_of(text));
    return args;
}

/* A client of its own making. */
static int connect_raw(struct place *p)
{
    struct sockaddr_un address;
    int folder;
    int fd = control_socket(&p->s.a, p->app.config.data_dir, &address, &folder);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    if (folder >= 0) close(folder);
    return fd;
}

static int lines(str text)
{
    int n = 0;
    for (ptrdiff_t i = 0; i < text.len; i++) n += text.ptr[i] == '\n';
    return n;
}

static void the_socket_is_the_owners_alone_and_goes_with_the_server(void **state)
{
    struct place *p = *state;
    struct stat st;
    const char *path = str_cstr(&p->s.a, str_printf(&p->s.a, "%s/control.sock", p->s.folder));
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    control_close(p->control);
    p->control = NULL;
    assert_int_not_equal(stat(path, &st), 0);
    assert_int_equal(ask(p, "check", args_of(p, NULL, NULL)).reach, CONTROL_NOBODY);
}

static void a_socket_left_over_is_no_hindrance(void **state)
{
    struct place *p = *state;
    struct control *second;
    assert_true(control_open(&p->app, &second)); /* takes the first one's place */
    struct answer answer = ask(p, "export.leads", args_of(p, "format", "csv"));
    assert_int_equal(answer.code, EXIT_DONE);
    control_close(second);
}

static void an_export_is_the_same_beside_a_server_and_alone(void **state)
{
    static const struct {
        const char *format;
        int lines;
    } rows[] = {{"csv", LEADS + 1}, {"jsonl", LEADS}};
    struct place *p = *state;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct answer beside = ask(p, "export.leads", args_of(p, "format", rows[i].format));
        struct answer by_itself = alone(p, "export.leads", args_of(p, "format", rows[i].format));
        assert_int_equal(beside.reach, CONTROL_DONE);
        assert_int_equal(beside.code, EXIT_DONE);
        assert_int_equal(lines(beside.output), rows[i].lines);
        assert_true(str_eq(beside.output, by_itself.output));
    }
}

static void a_refusal_is_one_sentence_and_the_same_in_both_places(void **state)
{
    static const struct {
        const char *command, *name, *text, *says;
    } rows[] = {
        {"export.leads", "format", "xml", "--format takes csv or jsonl."},
        {"export.leads", "workspace", "elsewhere.example", "There is no workspace"},
        {"user.add", "role", "boss", "--role takes"},
        {"token.create", "email", "nobody@example.org", "--name"},
        {"no.such", NULL, NULL, "does not know this command"},
    };
    struct place *p = *state;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct value args = args_of(p, rows[i].name, rows[i].text);
        struct answer beside = ask(p, rows[i].command, args);
        struct answer by_itself = alone(p, rows[i].command, args);
        assert_int_equal(beside.reach, CONTROL_DONE);
        assert_int_equal(beside.code, EXIT_FAILED);
        assert_int_equal(beside.output.len, 0);
        assert_true(str_find(beside.error, str_of(rows[i].says)) >= 0);
        assert_true(str_eq(beside.error, by_itself.error));
    }
}

static void a_user_and_a_token_are_made_through_the_socket(void **state)
{
    struct place *p = *state;
    struct value user = args_of(p, "email", "anna@example.org");
    value_set_text(user, "name", S("Anna Berg"));
    value_set_text(user, "role", S("administrator"));
    value_set_text(user, "password", S("a horse, a battery and a staple"));
    struct answer answer = ask(p, "user.add", user);
    assert_int_equal(answer.code, EXIT_DONE);
    assert_null(answer.error.ptr);
    assert_int_equal(str_find(answer.output, S("staple")), -1);
    struct value token = args_of(p, "email", "anna@example.org");
    value_set_text(token, "name", S("CRM"));
    answer = ask(p, "token.create", token);
    assert_int_equal(answer.code, EXIT_DONE);
    assert_true(str_starts(answer.output, S("zl_")));
    assert_int_equal(lines(answer.output), 1);
}

static void a_check_that_finds_a_fault_says_where_and_ends_with_1(void **state)
{
    struct place *p = *state;
    char path[96];
    snprintf(path, sizeof path, "%s/keys.json", p->s.folder);
    assert_true(key_ring_save(&p->s.cx, str_of(path), &p->ring));
    struct answer answer = ask(p, "check", args_of(p, NULL, NULL));
    assert_int_equal(answer.code, EXIT_DONE);
    assert_int_equal(lines(answer.output), 6);
    assert_int_equal(str_find(answer.output, S("FAULT")), -1);

    assert_int_equal(ask(p, "export.leads", args_of(p, "format", "csv")).code, EXIT_DONE);
    assert_true(store_script(&p->s, "UPDATE audit SET at_ms = at_ms - 1"));
    answer = ask(p, "check", args_of(p, NULL, NULL));
    assert_int_equal(answer.code, EXIT_FAILED);
    assert_null(answer.error.ptr);
    assert_true(str_find(answer.output, S("audit chain    FAULT")) >= 0);
    assert_true(str_find(answer.output, S("database       ok")) >= 0);

    assert_int_equal(unlink(path), 0);
    answer = ask(p, "check", args_of(p, NULL, NULL));
    assert_true(str_find(answer.output, S("key ring       FAULT")) >= 0);
}

static void what_is_no_request_is_refused_and_the_next_is_answered(void **state)
{
    static const char *const rows[] = {
        "\n",   "check\n",           "{}\n",
        "[]\n", "{\"command\":1}\n", "{\"command\":\"check\"}\n{\"command\":\"check\"}\n"};
    struct place *p = *state;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        str came;
        int fd = connect_raw(p);
        assert_true(control_write(fd, str_of(rows[i]), 1000));
        assert_true(control_read_line(&p->s.a, fd, -1, 4096, 60000, &came));
        assert_true(str_find(came, S("\"exit\":1")) > 0);
        assert_true(str_find(came, S("could not be read")) > 0);
        close(fd);
    }
    assert_int_equal(ask(p, "export.leads", args_of(p, "format", "csv")).code, EXIT_DONE);
}

static void a_request_without_an_end_is_cut_off_at_its_limit(void **state)
{
    struct place *p = *state;
    char *much = NEW(&p->s.a, char, 2 * CONTROL_REQUEST_MAX_BYTES);
    str came;
    memset(much, '{', 2 * CONTROL_REQUEST_MAX_BYTES);
    int fd = connect_raw(p);
    (void)control_write(fd, (str){much, 2 * CONTROL_REQUEST_MAX_BYTES}, 1000);
    assert_true(control_read_line(&p->s.a, fd, -1, 4096, 60000, &came));
    assert_true(str_find(came, S("could not be read")) > 0);
    close(fd);
}

static void whoever_hangs_up_disturbs_nobody(void **state)
{
    struct place *p = *state;
    static const char *const rows[] = {
        "", "{\"command\":", "{\"command\":\"export.leads\",\"args\":{\"format\":\"csv\"}}\n"};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int fd = connect_raw(p);
        assert_true(control_write(fd, str_of(rows[i]), 1000));
        close(fd);
        assert_int_equal(ask(p, "export.leads", args_of(p, "format", "csv")).code, EXIT_DONE);
    }
}

static void the_server_can_stop_while_somebody_is_silent(void **state)
{
    struct place *p = *state;
    int fd = connect_raw(p);
    control_close(p->control); /* returns */
    p->control = NULL;
    close(fd);
}

static void a_long_path_is_no_hindrance(void **state)
{
    struct place *p = *state;
    control_close(p->control);
    str dir = str_printf(&p->s.a, "%s/%0120d", p->s.folder, 7);
    assert_int_equal(mkdir(str_cstr(&p->s.a, dir), 0700), 0);
    p->app.config.data_dir = dir;
    assert_true(control_open(&p->app, &p->control));
    assert_int_equal(ask(p, "export.leads", args_of(p, "format", "csv")).code, EXIT_DONE);
    control_close(p->control);
    p->control = NULL;
    assert_int_equal(rmdir(str_cstr(&p->s.a, dir)), 0); /* the socket is gone */
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(the_socket_is_the_owners_alone_and_goes_with_the_server),
        IN_PLACE(a_socket_left_over_is_no_hindrance),
        IN_PLACE(an_export_is_the_same_beside_a_server_and_alone),
        IN_PLACE(a_refusal_is_one_sentence_and_the_same_in_both_places),
        IN_PLACE(a_user_and_a_token_are_made_through_the_socket),
        IN_PLACE(a_check_that_finds_a_fault_says_where_and_ends_with_1),
        IN_PLACE(what_is_no_request_is_refused_and_the_next_is_answered),
        IN_PLACE(a_request_without_an_end_is_cut_off_at_its_limit),
        IN_PLACE(whoever_hangs_up_disturbs_nobody),
        IN_PLACE(the_server_can_stop_while_somebody_is_silent),
        IN_PLACE(a_long_path_is_no_hindrance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
