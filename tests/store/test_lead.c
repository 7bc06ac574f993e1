/* Leads in a real database: lists and their pages, changes, and that workspaces never mix. */
#include "lead_case.h"

#include "base/json.h"
#include "base/permission.h"
#include "lead/lead.h"
#include "lead/lead_edit.h"
#include "lead/lead_value.h"

static int open_place(void **state)
{
    return place_new(state, MAY_READ_ALL_LEADS) != NULL ? 0 : -1;
}

/* --- one transaction around each call --- */

struct person {
    const char *first, *last, *company, *email, *source;
    int64_t at_ms; /* after STORE_NOW_MS */
    int64_t id;
};

static bool do_create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct person *p = arg;
    struct lead_new in = {.email = str_of(p->email),
                          .lang = S("de"),
                          .source = p->source == NULL ? S("direct") : str_of(p->source),
                          .first_contact = S("{\"reason\":\"form\",\"utm\":{\"source\":\"x\"}}")};
    bool taken;
    in.text[SLOT_FIRST_NAME] = str_of(p->first);
    in.text[SLOT_LAST_NAME] = str_of(p->last);
    in.text[SLOT_COMPANY] = str_of(p->company);
    return lead_create(cx, tx, &in, &p->id, &taken);
}

static void create(struct ctx *cx, struct person *p)
{
    int64_t now_ms = cx->now_ms;
    cx->now_ms = STORE_NOW_MS + p->at_ms;
    assert_true(db_write(cx, DB_INTERACTIVE, do_create, p));
    cx->now_ms = now_ms;
}

struct listing {
    struct lead_filter filter;
    struct lead_rows rows;
};

static bool do_list(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    return lead_list(cx, tx, &l->filter, &l->rows);
}

static struct lead_rows list(struct ctx *cx, struct lead_filter filter)
{
    struct listing l = {.filter = filter};
    if (l.filter.limit == 0) l.filter.limit = 100;
    assert_true(db_read(cx, do_list, &l));
    return l.rows;
}

struct at {
    int64_t id;
    struct lead lead;
    struct lead_edit edit;
    enum lead_state state;
    str text;
    struct lead_notes notes;
};

static bool do_load(struct ctx *cx, struct tx *tx, void *arg)
{
    struct at *a = arg;
    return lead_load(cx, tx, a->id, &a->lead);
}

static bool do_edit(struct ctx *cx, struct tx *tx, void *arg)
{
    struct at *a = arg;
    return lead_edit_apply(cx, tx, a->id, &a->edit, &a->lead);
}

static bool do_create_by_hand(struct ctx *cx, struct tx *tx, void *arg)
{
    struct at *a = arg;
    return lead_create_by_hand(cx, tx, a->id, &a->edit, &a->lead);
}

static bool do_state(struct ctx *cx, struct tx *tx, void *arg)
{
    struct at *a = arg;
    return lead_set_state(cx, tx, a->id, a->state);
}

static bool do_note(struct ctx *cx, struct tx *tx, void *arg)
{
    struct at *a = arg;
    int64_t id;
    return lead_note_add(cx, tx, a->id, a->text, &id);
}

static bool do_notes(struct ctx *cx, struct tx *tx, void *arg)
{
    struct at *a = arg;
    return lead_note_list(cx, tx, a->id, &a->notes);
}

static struct lead load(struct ctx *cx, int64_t id)
{
    struct at a = {.id = id};
    assert_true(db_read(cx, do_load, &a));
    return a.lead;
}

/* Read an edit from JSON and apply it. */
static bool edit(struct ctx *cx, int64_t id, const char *json, struct lead *out)
{
    struct at a = {.id = id};
    struct value body;
    struct json_err err;
    assert_true(json_parse(cx->a, str_of(json), &body, &err));
    if (!lead_edit_read(cx, body, &a.edit) || !db_write(cx, DB_INTERACTIVE, do_edit, &a))
        return false;
    if (out != NULL) *out = a.lead;
    return true;
}

static bool same(str s, const char *want)
{
    return str_eq(s, str_of(want));
}

/* The ids that pages of `limit` rows give, one after the other. */
static int walk(struct ctx *cx, struct lead_filter filter, int limit, int64_t *id, int max)
{
    int count = 0;
    filter.limit = limit;
    for (int round = 0; round < 100; round++) {
        struct lead_rows rows = list(cx, filter);
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            assert_true(count < max);
            id[count++] = rows.row[i].id;
        }
        if (rows.count < limit) return count;
        str cursor = lead_cursor(cx->a, &filter, &rows.row[rows.count - 1]);
        assert_true(lead_cursor_read(cx->a, cursor, &filter));
    }
    fail_msg("the pages do not end");
    return count;
}

/* --- lists --- */

static const struct person people[] = {
    {"Anna", "Zeller", "Falkenried", "a@x.example", "direct", 0, 0},
    {"Ärne", "Abel", "Falkenried", "b@x.example", "direct", 0, 0},
    {"Jörg", "Schäffler", "Ladenbau Nord", "c@x.example", "google / cpc", 0, 0},
    {"Anna", "Zeller", "Zweite Firma", "d@x.example", "google / cpc", 5, 0},
    {"Anna", "Zeller", "Dritte Firma", "e@x.example", "direct", 5, 0},
    {"", "", "", "info@torvald.example", "direct", 9, 0},
};

enum { PEOPLE = sizeof people / sizeof people[0] };

static void people_create(struct ctx *cx, struct person *out)
{
    for (int i = 0; i < PEOPLE; i++) {
        out[i] = people[i];
        create(cx, &out[i]);
    }
}

static void pages_join_without_gap_or_repetition_whatever_the_order(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    for (int sort = LEAD_SORT_CREATED; sort <= LEAD_SORT_NAME; sort++)
        for (int ascending = 0; ascending < 2; ascending++)
            for (int limit = 1; limit <= PEOPLE; limit++) {
                struct lead_filter f = {.phase = -1,
                                        .permit = -1,
                                        .sort = (enum lead_sort)sort,
                                        .ascending = ascending == 1};
                int64_t whole[PEOPLE], pages[PEOPLE];
                assert_int_equal(walk(p->cx, f, 100, whole, PEOPLE), PEOPLE);
                assert_int_equal(walk(p->cx, f, limit, pages, PEOPLE), PEOPLE);
                assert_memory_equal(whole, pages, sizeof whole);
            }
}

static void the_two_directions_of_an_order_are_each_others_mirror(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    for (int sort = LEAD_SORT_CREATED; sort <= LEAD_SORT_NAME; sort++) {
        struct lead_filter f = {.phase = -1, .permit = -1, .sort = (enum lead_sort)sort};
        int64_t down[PEOPLE], up[PEOPLE];
        walk(p->cx, f, 2, down, PEOPLE);
        f.ascending = true;
        walk(p->cx, f, 2, up, PEOPLE);
        for (int i = 0; i < PEOPLE; i++) assert_int_equal(down[i], up[PEOPLE - 1 - i]);
    }
}

static void names_sort_as_people_sort_them(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    struct lead_filter f = {.phase = -1, .permit = -1, .sort = LEAD_SORT_NAME, .ascending = true};
    struct lead_rows rows = list(p->cx, f);
    assert_true(same(rows.row[0].display_name, "Anna Zeller"));
    assert_true(same(rows.row[3].display_name, "Ärne Abel")); /* ä as a: behind "Anna" */
    assert_true(same(rows.row[4].display_name, "info@torvald.example"));
    assert_true(same(rows.row[5].display_name, "Jörg Schäffler"));
}

static void a_search_finds_by_beginnings_of_words(void **state)
{
    static const struct {
        const char *query;
        int found;
    } cases[] = {
        {"zel", 3},
        {"ZELLER anna", 3},
        {"anna zweite", 1},
        {"anna zeller dritte firma", 1},
        {"anna zeller dritte abel", 0},
        {"schaeffler", 1},
        {"schaffl", 1},
        {"schäff", 1},
        {"falkenried", 2},
        {"info@torvald.example", 1},
        {"info@torv", 1},
        {"torvald", 1},
        {"%", 0},
        {"nobody", 0},
    };
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct lead_filter f = {.phase = -1, .permit = -1, .query = str_of(cases[i].query)};
        ptrdiff_t found = list(p->cx, f).count;
        if (found != cases[i].found) fail_msg("%s: %td", cases[i].query, found);
    }
}

static void a_search_has_pages_too(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    struct lead_filter f = {.phase = -1, .permit = -1, .query = S("zeller")};
    int64_t id[PEOPLE];
    assert_int_equal(walk(p->cx, f, 1, id, PEOPLE), 3);
    assert_int_equal(id[0], who[4].id);
    assert_int_equal(id[1], who[3].id);
    assert_int_equal(id[2], who[0].id);
}

static void filters_narrow_lists_and_searches(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    assert_true(edit(p->cx, who[0].id, "{\"phase\":\"sql\"}", NULL));
    const struct {
        struct lead_filter filter;
        int found;
    } cases[] = {
        {{.phase = -1, .permit = -1, .source = S("google / cpc")}, 2},
        {{.phase = -1, .permit = -1, .source = S("google / cpc"), .query = S("zeller")}, 1},
        {{.phase = PHASE_SQL, .permit = -1}, 1},
        {{.phase = PHASE_SQL, .permit = -1, .query = S("anna zeller")}, 1},
        {{.phase = PHASE_MQL, .permit = -1}, 0},
        {{.phase = -1, .permit = MAY_NO}, PEOPLE},
        {{.phase = -1, .permit = MAY_YES}, 0},
        {{.phase = -1, .permit = -1, .state = LEAD_TRASHED}, 0},
        {{.phase = PHASE_SQL, .permit = -1, .source = S("google / cpc")}, 0},
        {{.phase = -1, .permit = -1, .source = S("none of them")}, 0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        ptrdiff_t found = list(p->cx, cases[i].filter).count;
        if (found != cases[i].found) fail_msg("case %td: %td", i, found);
    }
    int64_t id[PEOPLE];
    struct lead_filter f = {.phase = -1, .permit = -1, .source = S("direct")};
    assert_int_equal(walk(p->cx, f, 1, id, PEOPLE), 4);
}

struct sources {
    struct lead_sources names;
    int64_t count;
};

static bool do_sources(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sources *s = arg;
    return lead_source_list(cx, tx, &s->names) && lead_count(cx, tx, LEAD_ACTIVE, &s->count);
}

static void sources_are_told_once_each(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    struct sources s;
    assert_true(db_read(p->cx, do_sources, &s));
    assert_int_equal(s.names.count, 0);
    people_create(p->cx, who);
    assert_true(db_read(p->cx, do_sources, &s));
    assert_int_equal(s.names.count, 2);
    assert_true(same(s.names.name[0], "direct") && same(s.names.name[1], "google / cpc"));
    assert_int_equal(s.count, PEOPLE);
}

/* --- changes --- */

static void an_edit_changes_what_it_names_and_nothing_else(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    struct lead lead;
    people_create(p->cx, who);
    assert_true(edit(p->cx, who[0].id,
                     "{\"fields\":{\"company\":\" Neue  Firma \",\"first_name\":null},"
                     "\"phase\":\"customer\"}",
                     &lead));
    assert_true(same(lead.text[SLOT_COMPANY], "Neue Firma"));
    assert_true(same(lead.text[SLOT_FIRST_NAME], ""));
    assert_true(same(lead.text[SLOT_LAST_NAME], "Zeller"));
    assert_true(same(lead.display_name, "Zeller"));
    assert_int_equal(lead.phase, PHASE_CUSTOMER);
    assert_true(same(lead.email, "a@x.example"));
    struct lead_filter f = {.phase = -1, .permit = -1, .query = S("neue firma")};
    assert_int_equal(list(p->cx, f).count, 1);
    f.query = S("falkenried zeller");
    assert_int_equal(list(p->cx, f).count, 0);
}

static void an_edit_of_a_version_that_is_past_is_refused_and_writes_nothing(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    struct lead lead;
    people_create(p->cx, who);
    lead = load(p->cx, who[0].id);
    str stale =
        str_printf(p->cx->a, "{\"city\":\"Kassel\",\"email\":\"new@x.example\",\"version\":%lld}",
                   (long long)lead.version);
    assert_true(edit(p->cx, who[0].id, "{\"city\":\"Erfurt\"}", NULL));
    assert_false(edit(p->cx, who[0].id, str_cstr(p->cx->a, stale), NULL));
    assert_int_equal(p->cx->err.code, ERR_CONFLICT);
    err_clear(p->cx);
    lead = load(p->cx, who[0].id);
    assert_true(same(lead.text[SLOT_CITY], "Erfurt"));
    assert_true(same(lead.email, "a@x.example"));
}

static void an_edit_that_cannot_be_is_told_by_field(void **state)
{
    static const struct {
        const char *json, *field;
        enum err_code code;
    } cases[] = {
        {"{\"email\":\"nonsense\"}", "email", ERR_INVALID},
        {"{\"email\":\"b@x.example\"}", "email", ERR_CONFLICT},
        {"{\"phase\":\"friend\"}", "phase", ERR_INVALID},
        {"{\"fields\":{\"shoe_size\":\"43\"}}", "fields.shoe_size", ERR_INVALID},
        {"{\"fields\":{\"phone\":\"call me\"}}", "fields.phone", ERR_INVALID},
        {"{\"fields\":{\"city\":[\"Erfurt\"]}}", "fields.city", ERR_INVALID},
        {"{\"version\":\"x\"}", "version", ERR_INVALID},
        {"{\"email\":\"\",\"first_name\":\"\",\"last_name\":\"\",\"company\":\"\"}", "email",
         ERR_INVALID},
    };
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        assert_false(edit(p->cx, who[0].id, cases[i].json, NULL));
        if (p->cx->err.code != cases[i].code || p->cx->err.field_count != 1 ||
            !same(p->cx->err.field[0].field, cases[i].field))
            fail_msg("%s: %d, %d fields", cases[i].json, p->cx->err.code, p->cx->err.field_count);
        err_clear(p->cx);
    }
    assert_true(same(load(p->cx, who[0].id).email, "a@x.example"));
}

struct mark {
    int64_t id;
    str email;
};

static bool do_verify(struct ctx *cx, struct tx *tx, void *arg)
{
    struct mark *m = arg;
    return lead_set_email_state(cx, tx, m->id, m->email, EMAIL_VERIFIED);
}

static void a_changed_address_is_unverified_and_names_who_has_no_other_name(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    struct lead lead;
    people_create(p->cx, who);
    struct mark old = {who[5].id, S("info@torvald.example")};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_verify, &old));
    assert_int_equal(load(p->cx, who[5].id).email_state, EMAIL_VERIFIED);
    assert_true(edit(p->cx, who[5].id, "{\"email\":\"Einkauf@Torvald.example\"}", &lead));
    assert_true(
        same(lead.display_name, lead.email.ptr == NULL ? "" : str_cstr(p->cx->a, lead.email)));
    assert_int_equal(lead.email_state, EMAIL_UNVERIFIED);
    /* A link to the old address proves nothing of the new one. */
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_verify, &old));
    assert_int_equal(load(p->cx, who[5].id).email_state, EMAIL_UNVERIFIED);
    assert_true(same(load(p->cx, who[5].id).email, str_cstr(p->cx->a, lead.email)));
    struct lead_filter f = {.phase = -1, .permit = -1, .query = S("einkauf")};
    assert_int_equal(list(p->cx, f).count, 1);
    /* and the old address is free for somebody else */
    struct person other = {"", "", "", "info@torvald.example", NULL, 20, 0};
    create(p->cx, &other);
    assert_int_not_equal(other.id, who[5].id);
}

static void a_lead_made_by_hand_has_a_source_and_no_permit(void **state)
{
    struct place *p = *state;
    struct at a = {.id = ctx_new_id(p->cx)};
    for (int i = 0; i < SLOT__COUNT; i++) a.edit.text[i] = S("");
    a.edit.email = S("");
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_create_by_hand, &a));
    err_clear(p->cx);
    a.edit.text[SLOT_PHONE] = S("0561 123456");
    a.edit.has_phase = true;
    a.edit.phase = PHASE_MQL;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_create_by_hand, &a));
    assert_true(same(a.lead.source, "manual"));
    assert_int_equal(a.lead.permit, MAY_NO);
    assert_int_equal(a.lead.phase, PHASE_MQL);
    struct value contact = value_get(lead_value(p->cx, &a.lead), S("first_contact"));
    assert_true(same(value_str(value_get(contact, S("reason"))), "manual"));
}

static void the_trash_hides_a_lead_and_gives_it_back(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    struct lead_filter all = {.phase = -1, .permit = -1},
                       bin = {.phase = -1, .permit = -1, .state = LEAD_TRASHED};
    struct at a = {.id = who[2].id, .state = LEAD_TRASHED};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_state, &a));
    assert_int_equal(list(p->cx, all).count, PEOPLE - 1);
    assert_int_equal(list(p->cx, bin).count, 1);
    assert_int_equal(load(p->cx, who[2].id).trashed_ms, STORE_NOW_MS);
    a.state = LEAD_ACTIVE;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_state, &a));
    assert_int_equal(list(p->cx, all).count, PEOPLE);
    assert_int_equal(load(p->cx, who[2].id).trashed_ms, 0);
}

static void notes_come_back_newest_first(void **state)
{
    struct place *p = *state;
    struct person who = {"Anna", "Zeller", "", "a@x.example", NULL, 0, 0};
    create(p->cx, &who);
    struct at a = {.id = who.id, .text = S("erste")};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_note, &a));
    a.text = S("zweite\nZeile");
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_note, &a));
    assert_true(db_read(p->cx, do_notes, &a));
    assert_int_equal(a.notes.count, 2);
    assert_true(same(a.notes.note[0].text, "zweite\nZeile"));
    assert_int_equal(a.notes.note[0].user_id, 7);
}

/* --- workspaces --- */

static void another_workspace_sees_nothing_of_a_lead(void **state)
{
    struct place *p = *state;
    struct person who[PEOPLE];
    people_create(p->cx, who);
    struct at note = {.id = who[0].id, .text = S("geheim")};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_note, &note));

    p->cx->workspace_id = STORE_WORKSPACE + 1;
    struct at a = {.id = who[0].id, .state = LEAD_TRASHED, .text = S("x")};
    assert_false(db_read(p->cx, do_load, &a));
    assert_int_equal(p->cx->err.code, ERR_NOT_FOUND);
    err_clear(p->cx);
    static tx_fn *const writes[] = {do_edit, do_state, do_note};
    for (ptrdiff_t i = 0; i < COUNTOF(writes); i++) {
        assert_false(db_write(p->cx, DB_INTERACTIVE, writes[i], &a));
        assert_int_equal(p->cx->err.code, ERR_NOT_FOUND);
        err_clear(p->cx);
    }
    assert_true(db_read(p->cx, do_notes, &a));
    assert_int_equal(a.notes.count, 0);
    struct lead_filter f = {.phase = -1, .permit = -1};
    assert_int_equal(list(p->cx, f).count, 0);
    f.query = S("zeller");
    assert_int_equal(list(p->cx, f).count, 0);
    struct sources s;
    assert_true(db_read(p->cx, do_sources, &s));
    assert_int_equal(s.names.count + s.count, 0);
    /* the same address is another lead there */
    struct person twin = people[0];
    create(p->cx, &twin);
    assert_int_not_equal(twin.id, who[0].id);
    assert_int_equal(list(p->cx, (struct lead_filter){.phase = -1, .permit = -1}).count, 1);

    p->cx->workspace_id = STORE_WORKSPACE;
    assert_int_equal(load(p->cx, who[0].id).state, LEAD_ACTIVE);
    assert_true(db_read(p->cx, do_notes, &a));
    assert_int_equal(a.notes.count, 1);
}

struct turn {
    int64_t id;
    bool there;
};

static bool do_turn(struct ctx *cx, struct tx *tx, void *arg)
{
    struct turn *t = arg;
    return lead_turn(cx, tx, t->id, &t->there);
}

static void a_turn_tells_whether_the_lead_is_still_there(void **state)
{
    struct place *p = *state;
    struct person who = {"Jana", "Reimers", "", "jana@firma.example", NULL, 0, 0};
    create(p->cx, &who);
    struct turn t = {.id = who.id};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_turn, &t));
    assert_true(t.there);
    t.id++;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_turn, &t));
    assert_false(t.there);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_join_without_gap_or_repetition_whatever_the_order),
        TEST(the_two_directions_of_an_order_are_each_others_mirror),
        TEST(names_sort_as_people_sort_them),
        TEST(a_search_finds_by_beginnings_of_words),
        TEST(a_search_has_pages_too),
        TEST(filters_narrow_lists_and_searches),
        TEST(sources_are_told_once_each),
        TEST(an_edit_changes_what_it_names_and_nothing_else),
        TEST(an_edit_of_a_version_that_is_past_is_refused_and_writes_nothing),
        TEST(an_edit_that_cannot_be_is_told_by_field),
        TEST(a_changed_address_is_unverified_and_names_who_has_no_other_name),
        TEST(a_lead_made_by_hand_has_a_source_and_no_permit),
        TEST(the_trash_hides_a_lead_and_gives_it_back),
        TEST(notes_come_back_newest_first),
        TEST(another_workspace_sees_nothing_of_a_lead),
        TEST(a_turn_tells_whether_the_lead_is_still_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
