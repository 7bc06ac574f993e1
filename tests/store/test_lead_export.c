/* Exports: every lead once, whatever the page's size, and nothing that a spreadsheet would run. */
#include "lead_case.h"

#include "base/json.h"
#include "base/permission.h"
#include "lead/lead_export.h"

enum { LEADS = EXPORT_PAGE + 3 };

/* Two leads in each millisecond, so that pages end between equals. */
static bool do_fill(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t now_ms = cx->now_ms;
    (void)arg;
    for (int i = 0; i < LEADS; i++) {
        struct lead_new in = {.email = str_printf(cx->a, "p%d@x.example", i),
                              .lang = S("de"),
                              .source = i % 2 == 0 ? S("direct") : S("google / cpc"),
                              .first_contact = S("{\"utm\":{\"source\":\"google\"}}")};
        int64_t id;
        bool taken;
        in.text[SLOT_FIRST_NAME] = S("=HYPERLINK(\"x\")");
        in.text[SLOT_LAST_NAME] = S("M;ller");
        cx->now_ms = now_ms + i / 2;
        if (!lead_create(cx, tx, &in, &id, &taken)) return false;
    }
    cx->now_ms = now_ms;
    return true;
}

static int open_place(void **state)
{
    struct place *p = place_new(state, MAY_READ_ALL_LEADS);
    return p != NULL && db_write(p->cx, DB_INTERACTIVE, do_fill, NULL) ? 0 : -1;
}

struct run {
    struct lead_export export;
    struct buf out;
};

static bool do_export(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *r = arg;
    bool done = false;
    while (!done)
        if (!lead_export_page(cx, tx, &r->export, &r->out, &done)) return false;
    return true;
}

static str export_all(struct ctx *cx, struct run *r)
{
    if (!r->export.filtered) r->export.filter = (struct lead_filter){0};
    r->out = buf_new(cx->a, 8 << 20);
    lead_export_head(&r->export, &r->out);
    assert_true(db_read(cx, do_export, r));
    assert_false(r->out.full);
    return buf_str(&r->out);
}

static const struct lead_filter all = {.phase = -1, .permit = -1, .ascending = true};

static void an_export_has_every_lead_once(void **state)
{
    struct place *p = *state;
    for (int filtered = 0; filtered < 2; filtered++) {
        struct run r = {.export = {.separator = ',', .filtered = filtered == 1, .filter = all}};
        str text = export_all(p->cx, &r);
        assert_int_equal(r.export.rows, LEADS);
        for (int i = 0; i < LEADS; i++) {
            str email = str_printf(p->cx->a, ",p%d@x.example,", i);
            ptrdiff_t at = str_find(text, email);
            assert_true(at > 0);
            assert_true(str_find(str_slice(text, at + 1, text.len), email) < 0);
        }
    }
}

static void a_filter_narrows_an_export(void **state)
{
    struct place *p = *state;
    struct run r = {.export = {.separator = ',', .filtered = true, .filter = all}};
    r.export.filter.source = S("google / cpc");
    str text = export_all(p->cx, &r);
    assert_int_equal(r.export.rows, LEADS / 2);
    assert_true(str_find(text, S(",p1@x.example,")) > 0);
    assert_true(str_find(text, S(",p2@x.example,")) < 0);
    struct run none = {.export = {.separator = ',', .filtered = true, .filter = all}};
    none.export.filter.query = S("nobody");
    export_all(p->cx, &none);
    assert_int_equal(none.export.rows, 0);
}

static void cells_hold_no_formula_and_no_bare_separator(void **state)
{
    static const struct {
        char separator;
        const char *head, *cells;
    } cases[] = {
        {',', "\xef\xbb\xbfid,phase,email_state,email,salutation,",
         ",\"'=HYPERLINK(\"\"x\"\")\",M;ller,"},
        {';', "\xef\xbb\xbfid;phase;email_state;email;salutation;",
         ";\"'=HYPERLINK(\"\"x\"\")\";\"M;ller\";"},
    };
    struct place *p = *state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct run r = {.export = {.separator = cases[i].separator}};
        str text = export_all(p->cx, &r);
        assert_true(str_starts(text, str_of(cases[i].head)));
        assert_true(str_find(text, str_of(cases[i].cells)) > 0);
    }
}

static void json_lines_are_leads_of_the_api(void **state)
{
    struct place *p = *state;
    struct run r = {.export = {.format = EXPORT_JSONL}};
    int lines = 0;
    for (str rest = export_all(p->cx, &r); rest.ptr != NULL;) {
        str line = str_cut(rest, '\n', &rest);
        struct value lead;
        struct json_err err;
        if (line.len == 0) continue;
        assert_true(json_parse(p->cx->a, line, &lead, &err));
        assert_true(str_starts(value_str(value_get(lead, S("id"))), S("ld_")));
        assert_true(str_eq(value_str(value_at(lead, S("source.utm.source"))), S("google")));
        lines++;
    }
    assert_int_equal(lines, LEADS);
}

static void another_workspace_exports_nothing_of_it(void **state)
{
    struct place *p = *state;
    p->cx->workspace_id++;
    for (int filtered = 0; filtered < 2; filtered++) {
        struct run r = {.export = {.separator = ',', .filtered = filtered == 1, .filter = all}};
        export_all(p->cx, &r);
        assert_int_equal(r.export.rows, 0);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_export_has_every_lead_once),
        TEST(a_filter_narrows_an_export),
        TEST(cells_hold_no_formula_and_no_bare_separator),
        TEST(json_lines_are_leads_of_the_api),
        TEST(another_workspace_exports_nothing_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
