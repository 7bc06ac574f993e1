/* The bell, with a real database: who is told what, once, and what goes with a lead. */
#include "store_test.h"

#include "base/permission.h"
#include "bell/bell.h"
#include "bell/bell_jobs.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ANNA = 101, BERT = 102 };

static struct key_ring ring_of_keys; /* read-only once made */

struct ringing {
    int64_t user_id, lead_id, about_id;
    enum bell_kind kind;
};

static bool do_ring(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct ringing *r = arg;
    return bell_ring(cx, tx, r->user_id, r->kind, r->lead_id, r->about_id);
}

static bool do_count(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_count(cx, tx, BERT, arg);
}

static bool do_unread(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_unread(cx, tx, BERT, arg);
}

static bool do_look_all(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_look_all(cx, tx, BERT, *(const int64_t *)arg);
}

static bool do_look_as_anna(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bell_row row;
    return bell_get(cx, tx, ANNA, *(const int64_t *)arg, &row);
}

static bool do_choose(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_choice_save(cx, tx, BERT, arg);
}

static bool do_wanted(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_mail_wanted(cx, tx, BERT, BELL_DUE, arg);
}

static bool do_erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_erase(cx, tx, *(const int64_t *)arg);
}

static bool do_lead(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_new in = {
        .email = S(""), .lang = S("de"), .source = S("direct"), .first_contact = S("{}")};
    bool taken;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    in.text[SLOT_LAST_NAME] = S("Kroll");
    return lead_create(cx, tx, &in, arg, &taken);
}

static int open_place(void **state)
{
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL) return -1;
    if (!crypto_init()) return -1;
    key_ring_new(&ring_of_keys, STORE_NOW_MS);
    store_open(s);
    s->cx.keys = &ring_of_keys;
    s->cx.actor = (struct actor){.kind = ACTOR_USER, .user_id = ANNA};
    *state = s;
    return store_script(
               s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'W', '', 0);"
                  "INSERT INTO app_user (id, email, name, password_hash, lang, theme, created_ms) "
                  "VALUES (101, 'anna@w.example', 'Anna', '', 'de', '', 0), "
                  "(102, 'bert@w.example', 'Bert', '', 'de', '', 0);")
               ? 0
               : -1;
}

static int close_place(void **state)
{
    struct store *s = *state;
    store_close(s);
    free(s);
    return 0;
}

static void ring(struct store *s, struct ringing r)
{
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_ring, &r));
}

static int64_t count(struct store *s)
{
    int64_t n = -1;
    assert_true(db_read(&s->cx, do_count, &n));
    return n;
}

static void the_same_thing_is_told_once(void **state)
{
    struct store *s = *state;
    ring(s, (struct ringing){BERT, 0, 7, BELL_BACKUP});
    ring(s, (struct ringing){BERT, 0, 7, BELL_BACKUP});
    assert_int_equal(count(s), 1);
    ring(s, (struct ringing){BERT, 0, 8, BELL_BACKUP});
    ring(s, (struct ringing){BERT, 0, 8, BELL_DELIVERY});
    assert_int_equal(count(s), 3);
}

static void nobody_is_told_of_what_he_did_himself(void **state)
{
    struct store *s = *state;
    s->cx.actor.user_id = BERT;
    ring(s, (struct ringing){BERT, 0, 7, BELL_BACKUP});
    s->cx.actor = (struct actor){.kind = ACTOR_SYSTEM};
    ring(s, (struct ringing){0, 0, 7, BELL_BACKUP});
    assert_int_equal(count(s), 0);
}

static void what_somebody_does_not_want_does_not_come(void **state)
{
    struct store *s = *state;
    struct bell_choice off = {1 << BELL_BACKUP, 1 << BELL_DUE};
    bool wanted = false;
    assert_true(db_read(&s->cx, do_wanted, &wanted));
    assert_true(wanted); /* who has said nothing */
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_choose, &off));
    ring(s, (struct ringing){BERT, 0, 7, BELL_BACKUP});
    assert_int_equal(count(s), 0);
    ring(s, (struct ringing){BERT, 0, 7, BELL_DELIVERY});
    assert_int_equal(count(s), 1);
    assert_true(db_read(&s->cx, do_wanted, &wanted));
    assert_false(wanted);
}

static void all_up_to_one_are_read_and_later_ones_are_not(void **state)
{
    struct store *s = *state;
    struct bell_rows rows;
    ring(s, (struct ringing){BERT, 0, 1, BELL_BACKUP});
    assert_true(db_read(&s->cx, do_unread, &rows));
    assert_int_equal(rows.count, 1);
    assert_string_equal(str_cstr(s->cx.a, rows.row[0].by_name), "Anna");
    int64_t seen = rows.row[0].id;
    ring(s, (struct ringing){BERT, 0, 2, BELL_BACKUP});
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_look_all, &seen));
    assert_int_equal(count(s), 1);
    assert_false(db_read(&s->cx, do_look_as_anna, &seen)); /* another's is not there */
    assert_int_equal(s->cx.err.code, ERR_NOT_FOUND);
}

static void a_lead_takes_its_notices_along(void **state)
{
    struct store *s = *state;
    int64_t one = 0, other = 0;
    s->cx.actor.permissions = MAY_READ_ALL_LEADS;
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_lead, &one));
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_lead, &other));
    ring(s, (struct ringing){BERT, one, 1, BELL_TASK});
    ring(s, (struct ringing){BERT, other, 1, BELL_TASK});
    assert_int_equal(count(s), 2);
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_erase, &one));
    assert_int_equal(count(s), 1);
}

static void a_lead_beyond_reach_is_not_named(void **state)
{
    struct store *s = *state;
    struct bell_rows rows;
    int64_t lead = 0;
    s->cx.actor.permissions = MAY_READ_ALL_LEADS;
    assert_true(db_write(&s->cx, DB_INTERACTIVE, do_lead, &lead));
    ring(s, (struct ringing){BERT, lead, 1, BELL_TASK});
    assert_int_equal(count(s), 1);
    s->cx.actor = (struct actor){.kind = ACTOR_USER, .user_id = BERT}; /* his own leads alone */
    assert_int_equal(count(s), 0);
    assert_true(db_read(&s->cx, do_unread, &rows));
    assert_int_equal(rows.count, 0);
    s->cx.actor.permissions = MAY_READ_FREE_LEADS;
    assert_int_equal(count(s), 1);
}

static void old_notices_are_forgotten(void **state)
{
    struct store *s = *state;
    struct job job = {0};
    ring(s, (struct ringing){BERT, 0, 1, BELL_BACKUP});
    assert_true(bell_jobs[1].run(&s->cx, &job));
    assert_int_equal(count(s), 1);
    s->cx.now_ms += INT64_C(86400000) * (BELL_KEPT_DAYS + 1);
    assert_true(bell_jobs[1].run(&s->cx, &job));
    assert_int_equal(count(s), 0);
}

/* One that is to be deleted is silent, and those behind it are not. */
static void a_workspace_that_goes_keeps_no_other_from_being_watched(void **state)
{
    struct store *s = *state;
    struct job job = {0};
    assert_true(store_script(
        s, "UPDATE workspace SET archived_ms = 1 WHERE id = 1;"
           "UPDATE workspace SET host = 'gone.example' WHERE id = 1;"
           "INSERT INTO workspace (id, name, host, created_ms) VALUES (2, 'V', '', 0);"
           "INSERT INTO membership (workspace_id, user_id, role_kind, created_ms, disabled_ms) "
           "VALUES (1, 102, 1, 0, 0), (2, 102, 1, 0, 0);"
           "INSERT INTO installation (name, value) VALUES ('backup_failed', '{\"at_ms\":1}');"));
    assert_true(bell_jobs[0].run(&s->cx, &job));
    assert_int_equal(count(s), 0);
    s->cx.workspace_id = 2;
    assert_int_equal(count(s), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_thing_is_told_once),
        T(nobody_is_told_of_what_he_did_himself),
        T(what_somebody_does_not_want_does_not_come),
        T(all_up_to_one_are_read_and_later_ones_are_not),
        T(a_lead_takes_its_notices_along),
        T(a_lead_beyond_reach_is_not_named),
        T(old_notices_are_forgotten),
        T(a_workspace_that_goes_keeps_no_other_from_being_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
