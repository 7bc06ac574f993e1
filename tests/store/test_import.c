/* Imports in a real database: nothing is written twice, nobody is asked for anything. */
#include "import_case.h"

static void leads_come_from_a_file_with_their_origin_and_without_consent(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    int64_t id = take(cx, "E-Mail;Vorname;Name;Firma\r\n"
                          "Anna@Alt.example;Anna;Alt;Alt AG\r\n"
                          "\r\n"
                          ";;;Nur Firma\r\n"
                          "falsch;B;C;\r\n"
                          "c@c.example;\"=HYPERLINK()\";C;;zuviel\r\n");
    struct import im = checked(cx, id, KNOWN_FILL);
    assert_int_equal(im.state, IMPORT_CHECKED);
    assert_int_equal(im.check.rows, 4);
    assert_int_equal(im.check.new_rows, 2);
    assert_int_equal(im.check.refused, 2);
    struct import_refusals report;
    import_report_read(cx, &im, &report);
    assert_int_equal(report.count, 2);
    assert_int_equal(report.row[0].line, 5);
    assert_str("reason", str_of(report.row[0].reason), S("error.email_invalid"));
    assert_str("none yet", said(cx, "SELECT COUNT(*) FROM lead"), S("0"));

    struct call c = {.id = id};
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(run(cx, id));
    im = loaded(cx, id);
    assert_int_equal(im.state, IMPORT_DONE);
    assert_int_equal(im.done.created, 2);
    assert_int_equal(im.done.refused, 2);
    assert_str("leads",
               said(cx, "SELECT email, display_name, source, email_state, permit_state FROM lead "
                        "ORDER BY email DESC"),
               S("anna@alt.example Anna Alt import 0 0/ Nur Firma import 0 0"));
    assert_str("history", said(cx, "SELECT touchpoint_kind, COUNT(*) FROM touchpoint GROUP BY 1"),
               S("27 2"));
    assert_str("no consent", said(cx, "SELECT COUNT(*) FROM consent_event"), S("0"));
    assert_str("no question", said(cx, "SELECT COUNT(*) FROM confirmation"), S("0"));
    assert_str("no mail", said(cx, "SELECT COUNT(*) FROM mail"), S("0"));
    assert_str("the file is gone", said(cx, "SELECT COUNT(*) FROM lead_import_part"), S("0"));
    assert_true(db_read(cx, do_refused, &c));
    assert_int_equal(c.refusals.count, 2);
    assert_str("as it stood", c.refusals.row[1].cell[1], S("=HYPERLINK()"));
}

static void a_known_address_is_filled_overwritten_or_left(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct import im = ran(cx,
                           take(cx, "email,city,company\n"
                                    "k@k.example,,Alt\n"
                                    "K@K.example,Kiel,Neu\n"
                                    "k@k.example,Kiel,Alt\n"),
                           KNOWN_FILL);
    assert_int_equal(im.check.twice, 2);
    assert_int_equal(im.done.created, 1);
    assert_int_equal(im.done.changed, 1);
    assert_int_equal(im.done.same, 1);
    assert_str("filled", said(cx, "SELECT text_09, text_11 FROM lead"), S("Kiel Alt"));
    im = ran(cx, take(cx, "email,city,company\nk@k.example,Bonn,\n"), KNOWN_LEAVE);
    assert_int_equal(im.check.known, 1);
    assert_int_equal(im.done.left, 1);
    assert_str("left", said(cx, "SELECT text_09, text_11 FROM lead"), S("Kiel Alt"));
    im = ran(cx, take(cx, "email,city,company\nk@k.example,Bonn,\n"), KNOWN_OVERWRITE);
    assert_int_equal(im.done.changed, 1);
    assert_str("overwritten", said(cx, "SELECT text_09, text_11 FROM lead"), S("Bonn Alt"));
}

enum { ROWS = 9000 };

static const char *many_rows(struct ctx *cx)
{
    struct buf b = buf_new(cx->a, 2 << 20);
    buf_put(&b, S("email,first_name,last_name,company\n"));
    for (int i = 0; i < ROWS; i++)
        buf_printf(&b, "p%d@viele.example,Vorname%d,Nachname%d,\"Firma, %d\"\n", i, i, i, i);
    buf_char(&b, '\0');
    return b.ptr;
}

/* Half of the file, then a break: the batch of the break is written whole or not at all. */
static void what_breaks_off_goes_on_and_writes_no_row_twice(void **state)
{
    struct place *p = *state;
    struct ctx *cx = p->cx;
    int64_t id = take(cx, many_rows(cx));
    struct call c = {.id = id};
    assert_int_equal(checked(cx, id, KNOWN_LEAVE).check.new_rows, ROWS);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(
        store_script(&p->s, "UPDATE lead_import_part SET chunk_no = 99 WHERE chunk_no = 1"));
    assert_false(run(cx, id));
    err_clear(cx);
    struct import im = loaded(cx, id);
    assert_int_equal(im.state, IMPORT_RUNNING);
    assert_true(im.done.created > 0 && im.done.created < ROWS);
    assert_true(
        store_script(&p->s, "UPDATE lead_import_part SET chunk_no = 1 WHERE chunk_no = 99"));
    assert_true(run(cx, id));
    assert_true(run(cx, id)); /* a job that runs a second time */
    im = loaded(cx, id);
    assert_int_equal(im.state, IMPORT_DONE);
    assert_int_equal(im.done.created, ROWS);
    assert_int_equal(im.done.left, 0);
    assert_str("each once", said(cx, "SELECT COUNT(*), COUNT(DISTINCT email) FROM lead"),
               S("9000 9000"));
}

static void only_one_runs_and_it_can_be_stopped(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct call one = {.id = take(cx, "email\na@a.example\n")},
                two = {.id = take(cx, "email\nb@b.example\n")};
    assert_false(db_write(cx, DB_INTERACTIVE, do_start, &one)); /* not checked */
    err_clear(cx);
    (void)checked(cx, one.id, KNOWN_FILL);
    (void)checked(cx, two.id, KNOWN_FILL);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &one));
    assert_false(db_write(cx, DB_INTERACTIVE, do_start, &two));
    assert_int_equal(cx->err.code, ERR_CONFLICT);
    err_clear(cx);
    assert_true(db_write(cx, DB_INTERACTIVE, do_stop, &one));
    assert_false(one.gone);
    assert_true(run(cx, one.id));
    assert_int_equal(loaded(cx, one.id).state, IMPORT_STOPPED);
    assert_str("nothing", said(cx, "SELECT COUNT(*) FROM lead"), S("0"));
    assert_true(db_write(cx, DB_INTERACTIVE, do_stop, &two));
    assert_true(two.gone);
    assert_str("no file", said(cx, "SELECT COUNT(*) FROM lead_import_part"), S("0"));
}

static void files_that_wait_are_few(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct import_upload in = {.file_name = S("a.csv"), .bytes = S("email\na@a.example\n")};
    struct call first = {0};
    int64_t id;
    for (int i = 0; i < IMPORT_OPEN_MAX; i++) {
        id = take(cx, "email\na@a.example\n");
        if (i == 0) first.id = id;
    }
    assert_false(import_take(cx, &in, &id));
    assert_int_equal(cx->err.code, ERR_CONFLICT);
    err_clear(cx);
    assert_true(db_write(cx, DB_INTERACTIVE, do_stop, &first));
    assert_true(import_take(cx, &in, &id));
}

static void another_workspace_has_neither_the_import_nor_its_leads(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    int64_t id = take(cx, "email,city\na@a.example,Kiel\n");
    (void)ran(cx, id, KNOWN_FILL);
    struct call c = {.id = id};
    cx->workspace_id = STORE_WORKSPACE + 1;
    assert_false(db_read(cx, do_load, &c));
    assert_int_equal(cx->err.code, ERR_NOT_FOUND);
    err_clear(cx);
    assert_true(run(cx, id));
    assert_int_equal(ran(cx, take(cx, "email,city\na@a.example,Bonn\n"), KNOWN_FILL).done.created,
                     1);
    cx->workspace_id = STORE_WORKSPACE;
}

static void who_sees_only_his_own_leads_changes_no_other(void **state)
{
    struct place *p = *state;
    struct ctx *cx = p->cx;
    (void)ran(cx, take(cx, "email\nfremd@a.example\npapierkorb@a.example\n"), KNOWN_FILL);
    assert_true(store_script(&p->s,
                             "UPDATE lead SET lead_state = 2, trashed_ms = 5, owner_user_id = 9 "
                             "WHERE email = 'papierkorb@a.example'"));
    cx->actor = (struct actor){ACTOR_USER, 9, 0, MAY_IMPORT | MAY_WRITE_LEADS};
    struct import im = ran(cx,
                           take(cx, "email,city\nfremd@a.example,Kiel\npapierkorb@a.example,Kiel\n"
                                    "neu@a.example,Kiel\n"),
                           KNOWN_OVERWRITE);
    assert_int_equal(im.check.refused, 2);
    assert_int_equal(im.done.refused, 2);
    assert_int_equal(im.done.created, 1);
    struct call c = {.id = im.id};
    assert_true(db_read(cx, do_refused, &c));
    assert_str("not his", str_of(c.refusals.row[0].reason), S("imports.refused_not_yours"));
    assert_str("trash", str_of(c.refusals.row[1].reason), S("imports.refused_trashed"));
    assert_str("his", said(cx, "SELECT owner_user_id FROM lead WHERE email = 'neu@a.example'"),
               S("9"));
}

static void who_may_not_change_leads_brings_new_ones_only(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    (void)ran(cx, take(cx, "email,city\nda@a.example,Kiel\n"), KNOWN_FILL);
    cx->actor = (struct actor){ACTOR_TOKEN, 7, 3, MAY_IMPORT | MAY_READ_LEADS | MAY_READ_ALL_LEADS};
    const char *file = "email,city\nda@a.example,Bonn\nneu@a.example,Bonn\n";
    struct import im = ran(cx, take(cx, file), KNOWN_OVERWRITE);
    assert_int_equal(im.check.refused, 1);
    assert_int_equal(im.done.refused, 1);
    assert_int_equal(im.done.created, 1);
    struct call c = {.id = im.id};
    assert_true(db_read(cx, do_refused, &c));
    assert_str("why", str_of(c.refusals.row[0].reason), S("imports.refused_read_only"));
    assert_int_equal(ran(cx, take(cx, file), KNOWN_LEAVE).done.left, 2);
    assert_str("as it was", said(cx, "SELECT text_09 FROM lead WHERE email = 'da@a.example'"),
               S("Kiel"));
}

static void what_is_kept_ends(void **state)
{
    struct place *p = *state;
    struct ctx *cx = p->cx;
    assert_true(store_script(&p->s, "INSERT INTO workspace (id, name, host, created_ms) "
                                    "VALUES (1, 'W', '', 0)"));
    struct job job = {.attempt = 1};
    int64_t waits = take(cx, "email\na@a.example\n");
    struct import im =
        ran(cx, take(cx, "email,phone\nb@b.example,nie\nc@c.example,nie\n"), KNOWN_FILL);
    assert_int_equal(im.done.refused, 2);
    struct call erased = {.id = im.id, .email = S("b@b.example")};
    assert_true(db_write(cx, DB_INTERACTIVE, do_erase, &erased));
    assert_true(db_read(cx, do_refused, &erased));
    assert_int_equal(erased.refusals.count, 1);

    cx->now_ms += IMPORT_WAITS_MS + 1;
    assert_true(import_sweep_run(cx, &job));
    assert_int_equal(cx->workspace_id, STORE_WORKSPACE);
    struct call c = {.id = waits};
    assert_false(db_read(cx, do_load, &c));
    err_clear(cx);
    assert_str("no file", said(cx, "SELECT COUNT(*) FROM lead_import_part"), S("0"));
    assert_str("still there", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("1"));
    /* The run's own clock is the machine's. */
    cx->now_ms = loaded(cx, im.id).ended_ms + (int64_t)(IMPORT_KEPT_DAYS + 1) * 86400000;
    assert_true(import_sweep_run(cx, &job));
    assert_str("gone", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("0"));
    assert_false(loaded(cx, im.id).kept);
    cx->now_ms = STORE_NOW_MS;
}

static void a_quote_that_stays_open_is_told_by_its_line(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct import im =
        checked(cx, take(cx, "email,city\na@a.example,Kiel\nb@b.example,\"Kiel\n"), KNOWN_FILL);
    assert_str("fault", im.fault, S("imports.fault_quote"));
    assert_int_equal(im.fault_line, 3);
    struct call c = {.id = im.id};
    assert_false(db_write(cx, DB_INTERACTIVE, do_start, &c));
    err_clear(cx);
}

/* A window begins elsewhere in a run that goes on: the check says the same wherever the row stands.
 */
static void a_row_that_is_too_long_is_told_by_its_line(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct buf b = buf_new(cx->a, 1 << 20);
    buf_put(&b, S("email,message\nfirst@a.example,x\nlong@a.example,"));
    for (int i = 0; i < IMPORT_ROW_BYTES; i++) buf_char(&b, 'a');
    buf_put(&b, S("\nlast@a.example,x\n"));
    buf_char(&b, '\0');
    struct import im = checked(cx, take(cx, b.ptr), KNOWN_FILL);
    assert_str("fault", im.fault, S("imports.fault_quote"));
    assert_int_equal(im.fault_line, 3);
    assert_int_equal(im.check.rows, 1);
}

static void a_check_that_never_ends_says_so(void **state)
{
    struct place *p = *state;
    struct ctx *cx = p->cx;
    struct call c = {.id = take(cx, "email\na@a.example\n")};
    struct import im = loaded(cx, c.id);
    import_strings(cx, im.mapping, &c.wish.key, &c.wish.count);
    assert_true(db_write(cx, DB_INTERACTIVE, do_order, &c));
    assert_true(store_script(&p->s, "UPDATE lead_import_part SET chunk_no = 99"));
    struct job job = {.payload = id_text(cx->a, ID_IMPORT, c.id), .attempt = 1};
    assert_false(import_check_run(cx, &job));
    err_clear(cx);
    assert_int_equal(loaded(cx, c.id).state, IMPORT_CHECKING);
    job.attempt = IMPORT_CHECK_ATTEMPTS;
    assert_true(import_check_run(cx, &job));
    im = loaded(cx, c.id);
    assert_int_equal(im.state, IMPORT_CHECKED);
    assert_str("fault", im.fault, S("imports.fault_internal"));
    assert_false(db_write(cx, DB_INTERACTIVE, do_start, &c));
    err_clear(cx);
}

static void a_run_that_stands_still_is_pushed_once_and_then_given_up(void **state)
{
    enum { HOURS_7 = 7 * 3600000 };
    struct place *p = *state;
    struct ctx *cx = p->cx;
    struct job job = {.attempt = 1};
    assert_true(store_script(&p->s, "INSERT INTO workspace (id, name, host, created_ms) "
                                    "VALUES (1, 'W', '', 0)"));
    struct call back = {.id = take(cx, "email\na@a.example\n")};
    (void)checked(cx, back.id, KNOWN_FILL);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &back));
    cx->now_ms +=
        HOURS_7; /* the server was away, and sweeps before it takes up what it had in hand */
    assert_true(import_sweep_run(cx, &job));
    assert_int_equal(loaded(cx, back.id).state, IMPORT_RUNNING);
    assert_true(run(cx, back.id));
    assert_int_equal(loaded(cx, back.id).state, IMPORT_DONE);
    assert_str("no fault", loaded(cx, back.id).fault, S(""));

    struct call dead = {.id = take(cx, "email\nb@b.example\n")};
    (void)checked(cx, dead.id, KNOWN_FILL);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &dead));
    assert_true(store_script(&p->s, "DELETE FROM job"));
    int64_t since_ms = loaded(cx, dead.id).moved_ms;
    cx->now_ms = since_ms + HOURS_7;
    assert_true(import_sweep_run(cx, &job));
    assert_true(import_sweep_run(cx, &job)); /* an hour later: it has its time */
    assert_int_equal(loaded(cx, dead.id).state, IMPORT_RUNNING);
    assert_str("pushed", said(cx, "SELECT COUNT(*) FROM job WHERE queue = 'import.run'"), S("1"));
    cx->now_ms += HOURS_7;
    assert_true(import_sweep_run(cx, &job));
    assert_int_equal(loaded(cx, dead.id).state, IMPORT_FAILED);
    assert_str("why", loaded(cx, dead.id).fault, S("imports.fault_stuck"));
    assert_str("no file", said(cx, "SELECT COUNT(*) FROM lead_import_part"), S("0"));
    cx->now_ms = STORE_NOW_MS;
}

static bool do_checked(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_store_checked(cx, tx, &((struct call *)arg)->im);
}

static void a_check_says_nothing_of_what_was_chosen_after_it_began(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct call c = {.id = take(cx, "email\na@a.example\n"), .wish = {.known = KNOWN_FILL}};
    struct import im = loaded(cx, c.id);
    import_strings(cx, im.mapping, &c.wish.key, &c.wish.count);
    assert_true(db_write(cx, DB_INTERACTIVE, do_order, &c));
    c.im = loaded(cx, c.id);
    c.wish.known = KNOWN_LEAVE;
    assert_true(db_write(cx, DB_INTERACTIVE, do_order, &c));
    assert_true(db_write(cx, DB_INTERACTIVE, do_checked, &c));
    assert_int_equal(loaded(cx, c.id).state, IMPORT_CHECKING);
    c.im = loaded(cx, c.id);
    assert_true(db_write(cx, DB_INTERACTIVE, do_checked, &c));
    assert_int_equal(loaded(cx, c.id).state, IMPORT_CHECKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)
        CASE(leads_come_from_a_file_with_their_origin_and_without_consent),
        CASE(a_known_address_is_filled_overwritten_or_left),
        CASE(what_breaks_off_goes_on_and_writes_no_row_twice),
        CASE(only_one_runs_and_it_can_be_stopped),
        CASE(files_that_wait_are_few),
        CASE(another_workspace_has_neither_the_import_nor_its_leads),
        CASE(who_sees_only_his_own_leads_changes_no_other),
        CASE(who_may_not_change_leads_brings_new_ones_only),
        CASE(what_is_kept_ends),
        CASE(a_quote_that_stays_open_is_told_by_its_line),
        CASE(a_row_that_is_too_long_is_told_by_its_line),
        CASE(a_check_that_never_ends_says_so),
        CASE(a_run_that_stands_still_is_pushed_once_and_then_given_up),
        CASE(a_check_says_nothing_of_what_was_chosen_after_it_began),
    };
    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
