/* Many leads in one transaction are what each would be by itself. */
#include "lead_case.h"

#include "base/buf.h"
#include "base/permission.h"
#include "lead/lead.h"
#include "tally/tally.h"

enum { MANY = 150 };

static int open_place(void **state)
{
    return place_new(state, MAY_READ_ALL_LEADS) != NULL ? 0 : -1;
}

struct many {
    struct lead_new lead[MANY];
    struct lead_ready ready[MANY];
    bool taken[MANY];
    int count;
};

static bool do_many(struct ctx *cx, struct tx *tx, void *arg)
{
    struct many *m = arg;
    const struct lead_new *lead[MANY];
    const struct lead_ready *ready[MANY];
    int64_t id[MANY];
    for (int i = 0; i < m->count; i++) {
        lead[i] = &m->lead[i];
        ready[i] = &m->ready[i];
    }
    if (!lead_create_many(cx, tx, lead, ready, m->count, m->taken)) return false;
    for (int i = 0; i < m->count; i++) id[i] = m->taken[i] ? 0 : m->lead[i].id;
    return touchpoint_begin_many(cx, tx, id, m->count, TOUCH_IMPORTED, 7, S("{}"));
}

static bool do_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_new *in = arg;
    bool taken;
    return lead_create(cx, tx, in, &in->id, &taken) &&
           touchpoint_begin(cx, tx, in->id, TOUCH_IMPORTED, 7, S("{}"));
}

static bool do_lines(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf out = buf_new(cx->a, 1 << 20);
    if (!sql_lines(tx, *(const char **)arg, &out)) return false;
    *(str *)arg = buf_str(&out);
    return true;
}

static str said(struct ctx *cx, const char *sql)
{
    union {
        const char *sql;
        str said;
    } both = {sql};
    assert_true(db_read(cx, do_lines, &both));
    return str_trim(both.said);
}

static struct lead_new person(struct ctx *cx, int i)
{
    struct lead_new in = {.id = ctx_new_id(cx),
                          .email = str_printf(cx->a, "p%d@viele.example", i),
                          .lang = S("de"),
                          .source = S("import"),
                          .first_contact = S("{}"),
                          .campaign_id = 5,
                          .owner_id = 9};
    in.text[SLOT_FIRST_NAME] = str_printf(cx->a, "Jörg%d", i);
    in.text[SLOT_LAST_NAME] = S("Müller");
    in.text[SLOT_COMPANY] = S("Müller Maschinenbau & Söhne GmbH");
    return in;
}

static struct many *many_new(struct ctx *cx, int count)
{
    struct many *m = NEW(cx->a, struct many, 1);
    m->count = count;
    for (int i = 0; i < count; i++) m->lead[i] = person(cx, i);
    return m;
}

static void write_them(struct ctx *cx, struct many *m)
{
    for (int i = 0; i < m->count; i++) lead_make_ready(cx, &m->lead[i], &m->ready[i]);
    assert_true(db_write(cx, DB_BULK, do_many, m));
}

static void one_of_many_is_what_it_would_be_by_itself(void **state)
{
    static const char *const sums[] = {
        "SELECT word FROM lead_word WHERE lead_id = (SELECT %s(id) FROM lead) ORDER BY word",
        "SELECT display_name, name_sort, email, email_state, permit_state, lead_state, phase_kind, "
        "lang, source, first_contact, campaign_id, owner_user_id, version_no, canonical_id - id, "
        "created_ms, updated_ms, last_ms, text_03, text_04, text_11 "
        "FROM lead WHERE id = (SELECT %s(id) FROM lead)",
        "SELECT identity_kind, value, identity_state, verified_ms, created_ms FROM identity "
        "WHERE lead_id = (SELECT %s(id) FROM lead)",
        "SELECT at_ms, touchpoint_kind, object_id, props FROM touchpoint "
        "WHERE lead_id = (SELECT %s(id) FROM lead)",
        "SELECT COUNT(*) FROM lead_key WHERE lead_id = (SELECT %s(id) FROM lead)",
    };
    struct ctx *cx = ((struct place *)*state)->cx;
    struct many *m = many_new(cx, MANY);
    write_them(cx, m);
    assert_str("all", said(cx, "SELECT COUNT(*) FROM lead"), S("150"));
    assert_str("each with a key", said(cx, "SELECT COUNT(*) FROM lead_key"), S("150"));
    struct lead_new last = person(cx, 149);
    last.email = S("p149@vielf.example");
    last.id = 0;
    assert_true(db_write(cx, DB_INTERACTIVE, do_one, &last));
    for (ptrdiff_t i = 0; i < COUNTOF(sums); i++) {
        str of_last = str_replace(cx->a, str_of(sums[i]), S("%s"), S("MAX"));
        str alone = said(cx, str_cstr(cx->a, of_last));
        str sql = str_replace(cx->a, str_of(sums[i]), S("(SELECT %s(id) FROM lead)"),
                              str_printf(cx->a, "%lld", (long long)m->lead[149].id));
        str one = str_replace(cx->a, said(cx, str_cstr(cx->a, sql)), S("viele"), S("vielf"));
        assert_str("the same", one, alone);
    }
}

static void an_address_that_somebody_has_stays_his(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct lead_new first = person(cx, 3);
    first.id = 0;
    assert_true(db_write(cx, DB_INTERACTIVE, do_one, &first));
    struct many *m = many_new(cx, MANY);
    m->lead[120].email = m->lead[20].email; /* twice among these */
    m->lead[7].email = m->lead[8].email = S("");
    write_them(cx, m);
    for (int i = 0; i < MANY; i++) assert_int_equal(m->taken[i], i == 3 || i == 120);
    assert_str("leads", said(cx, "SELECT COUNT(*) FROM lead"), S("149"));
    assert_str("addresses", said(cx, "SELECT COUNT(*) FROM identity"), S("147"));
    assert_str("histories", said(cx, "SELECT COUNT(DISTINCT lead_id) FROM touchpoint"), S("149"));
    assert_str("nothing of the others",
               said(cx, "SELECT COUNT(*) FROM lead_word WHERE lead_id NOT IN "
                        "(SELECT id FROM lead)"),
               S("0"));
}

static bool check_read(struct ctx *cx, struct tx *tx, void *arg)
{
    bool counted;
    return tally_check(cx, tx, arg, &counted);
}

static void campaigns_have_won_each_that_is_new(void **state)
{
    struct ctx *cx = ((struct place *)*state)->cx;
    struct many *m = many_new(cx, 40);
    int64_t wrong = -1;
    write_them(cx, m); /* all through one */
    struct many *again = many_new(cx, MANY);
    for (int i = 0; i < MANY; i++) { /* some are known, some come through none */
        again->lead[i].campaign_id = i % 7 == 0 ? 0 : 5 + i / 30 % 2;
        again->lead[i].source = i % 50 < 25 ? S("import") : S("fair");
    }
    write_them(cx, again);
    assert_true(db_read(cx, check_read, &wrong));
    assert_int_equal(wrong, 0);
    assert_str("won", said(cx, "SELECT SUM(all_n) FROM tally_change"),
               said(cx, "SELECT COUNT(*) FROM lead WHERE campaign_id <> 0"));
    assert_str("by source", said(cx, "SELECT SUM(all_n) FROM tally_change WHERE label = 'fair'"),
               said(cx, "SELECT COUNT(*) FROM lead WHERE campaign_id <> 0 AND source = 'fair'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)
        CASE(one_of_many_is_what_it_would_be_by_itself),
        CASE(an_address_that_somebody_has_stays_his),
        CASE(campaigns_have_won_each_that_is_new),
    };
    return cmocka_run_group_tests_name("lead_many", tests, NULL, NULL);
}
