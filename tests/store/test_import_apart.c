/* Rows of an import that do not come in, or not whole: wrong values, and who was erased. */
#include "import_case.h"

#include "dossier/dossier.h"

/* --- wrong values --- */

static void a_wrong_value_costs_its_row_or_itself_alone(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct call c = {.id = take(cx, "email,phone,company\n"
                                    "a@a.example,ruf an,Alt\n"
                                    "kein-at,040 1234567,Bonn\n"
                                    ",ruf an,\n"
                                    ",ruf an,Ohne Adresse\n"
                                    "b@b.example,040 1234567,Neu\n")};
    struct import im = checked(cx, c.id, KNOWN_FILL);
    assert_int_equal(im.check.refused, 4);
    assert_int_equal(im.check.wrong, 2);
    im = checked_with(cx, c.id, KNOWN_FILL, WRONG_EMPTY);
    assert_int_equal(im.check.refused, 2);
    assert_int_equal(im.check.wrong, 2);
    assert_int_equal(im.check.new_rows, 3);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(run(cx, c.id));
    im = loaded(cx, c.id);
    assert_int_equal(im.done.created, 3);
    assert_int_equal(im.done.refused, 2);
    assert_int_equal(im.done.emptied, 2);
    assert_str("empty", said(cx, "SELECT text_11 FROM lead WHERE text_05 IS NULL ORDER BY text_11"),
               S("Alt/Ohne Adresse"));
    assert_true(db_read(cx, do_refused, &c));
    assert_int_equal(c.refusals.count, 4);
    const struct import_refusal *first = &c.refusals.row[0];
    assert_true(first->written);
    assert_int_equal(first->wrong_count, 1);
    assert_int_equal(first->wrong[0].column, 1);
    assert_str("why", str_of(first->wrong[0].reason), S("error.phone_invalid"));
    assert_str("as it stood", first->cell[1], S("ruf an"));
    assert_false(c.refusals.row[1].written);
}

static bool do_erase_lead(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_erase_lead(cx, tx, ((struct call *)arg)->lead_id);
}

static bool do_email(struct ctx *cx, struct tx *tx, void *arg)
{
    struct call *c = arg;
    struct lead lead;
    return lead_load(cx, tx, c->lead_id, &lead) && lead_change_email(cx, tx, &lead, c->email);
}

static bool do_dossier_erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_erase(cx, tx, ((struct call *)arg)->lead_id);
}

/* What was kept of Eva's rows stands under the addresses of their day: the first was refused, the
 * second came in but for a value. */
static void an_address_that_changed_keeps_nothing_of_who_is_erased(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct call c = {.id = take(cx, "email,phone\neva@a.example,ruf an\nuwe@a.example,ruf an\n")};
    struct call again = {.id = take(cx, "email,phone\neva@a.example,ruf an\nuwe@a.example,x\n")};
    (void)checked_with(cx, c.id, KNOWN_FILL, WRONG_EMPTY);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(run(cx, c.id));
    (void)ran(cx, again.id, KNOWN_FILL);
    assert_str("kept", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("4"));
    int64_t waiting = take(cx, "email\neva@a.example\nuwe@a.example\n");
    assert_true(
        str_to_i64(said(cx, "SELECT id FROM lead WHERE email = 'eva@a.example'"), &c.lead_id));
    c.email = S("eva@neu.example");
    assert_true(db_write(cx, DB_INTERACTIVE, do_email, &c));
    c.email = S("eva@noch.example");
    assert_true(db_write(cx, DB_INTERACTIVE, do_email, &c));
    assert_true(db_write(cx, DB_INTERACTIVE, do_dossier_erase, &c));
    assert_str("uwe", said(cx, "SELECT line_no FROM lead_import_refused ORDER BY line_no"),
               S("3/3"));
    assert_int_equal(ran(cx, waiting, KNOWN_FILL).done.erased, 1); /* nor does it come back */
}

/* Her old address is somebody else's now, and so is what was kept of his rows. */
static void an_address_that_was_passed_on_is_not_hers(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    const char *file = "email,phone\nbuero@a.example,ruf an\n";
    struct call c = {.id = take(cx, file)};
    (void)checked_with(cx, c.id, KNOWN_FILL, WRONG_EMPTY);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(run(cx, c.id));
    assert_true(str_to_i64(said(cx, "SELECT id FROM lead"), &c.lead_id));
    c.email = S("eva@neu.example");
    assert_true(db_write(cx, DB_INTERACTIVE, do_email, &c));
    assert_int_equal(ran(cx, take(cx, "email\nbuero@a.example\n"), KNOWN_FILL).done.created, 1);
    assert_int_equal(ran(cx, take(cx, file), KNOWN_FILL).done.refused, 1); /* his */
    assert_str("kept", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("2"));
    int64_t waiting = take(cx, "email\nbuero@a.example\n");
    assert_true(db_write(cx, DB_INTERACTIVE, do_dossier_erase, &c));
    assert_str("his", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("1"));
    assert_int_equal(ran(cx, waiting, KNOWN_FILL).done.erased, 0);
}

static void what_was_left_out_goes_with_its_lead(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct call c = {.id = take(cx, "email,phone,company\n,ruf an,Ohne\na@a.example,ruf an,Mit\n")};
    (void)checked_with(cx, c.id, KNOWN_FILL, WRONG_EMPTY);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(run(cx, c.id));
    assert_str("both", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("2"));
    assert_true(str_to_i64(said(cx, "SELECT id FROM lead WHERE email = ''"), &c.lead_id));
    assert_true(db_write(cx, DB_INTERACTIVE, do_erase_lead, &c));
    assert_str("the other", said(cx, "SELECT line_no FROM lead_import_refused"), S("3"));
    assert_true(str_to_i64(said(cx, "SELECT id FROM lead WHERE email <> ''"), &c.lead_id));
    assert_true(db_write(cx, DB_INTERACTIVE, do_erase_lead, &c));
    assert_str("none", said(cx, "SELECT COUNT(*) FROM lead_import_refused"), S("0"));
}

/* --- the erased --- */

static bool do_forbid(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_forbid(cx, tx, ((struct call *)arg)->email);
}

static bool do_suppress(struct ctx *cx, struct tx *tx, void *arg)
{
    return consent_suppress(cx, tx, ((struct call *)arg)->email, CAUSE_ERASURE);
}

static void who_is_erased_does_not_come_back_by_a_file_that_was_there(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    const char *file = "email,city\nda@a.example,Kiel\nweg@a.example,Kiel\nspaet@a.example,Ulm\n";
    struct call c = {.id = take(cx, file), .email = S("weg@a.example")};
    assert_true(db_write(cx, DB_INTERACTIVE, do_forbid, &c));
    struct import im = checked(cx, c.id, KNOWN_FILL);
    assert_int_equal(im.check.refused, 1);
    assert_int_equal(im.check.new_rows, 2);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    c.email = S("spaet@a.example");
    assert_true(db_write(cx, DB_INTERACTIVE, do_forbid, &c)); /* between start and writing */
    assert_true(run(cx, c.id));
    im = loaded(cx, c.id);
    assert_int_equal(im.done.created, 1);
    assert_int_equal(im.done.refused, 2);
    assert_int_equal(im.done.erased, 2);
    assert_str("one", said(cx, "SELECT email FROM lead"), S("da@a.example"));
    assert_true(db_read(cx, do_refused, &c));
    assert_int_equal(c.refusals.count, 2);
    for (int i = 0; i < 2; i++) {
        assert_str("why", str_of(c.refusals.row[i].reason), S("imports.refused_erased"));
        assert_int_equal(c.refusals.row[i].cell_count, 0);
    }
    assert_str("not kept", said(cx, "SELECT COUNT(*) FROM lead_import_erased"), S("0"));
    /* A newer file brings them. */
    assert_int_equal(ran(cx, take(cx, file), KNOWN_FILL).done.created, 2);
}

static void who_was_erased_comes_back_by_a_newer_file_and_is_counted(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct call c = {.email = S("weg@a.example")};
    assert_true(db_write(cx, DB_INTERACTIVE, do_suppress, &c));
    c.id = take(cx, "email\nWEG@a.example\nweg@a.example\nneu@a.example\n");
    struct import im = checked(cx, c.id, KNOWN_FILL);
    assert_int_equal(im.check.new_rows, 2);
    assert_int_equal(im.check.blocked, 1);
    assert_int_equal(im.check.refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)
        CASE(a_wrong_value_costs_its_row_or_itself_alone),
        CASE(what_was_left_out_goes_with_its_lead),
        CASE(an_address_that_changed_keeps_nothing_of_who_is_erased),
        CASE(an_address_that_was_passed_on_is_not_hers),
        CASE(who_is_erased_does_not_come_back_by_a_file_that_was_there),
        CASE(who_was_erased_comes_back_by_a_newer_file_and_is_counted),
    };
    return cmocka_run_group_tests_name("import_apart", tests, NULL, NULL);
}
