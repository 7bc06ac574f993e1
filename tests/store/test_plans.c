/* How SQLite goes about each named query: of what grows without end it reads no whole workspace. */
#include "store_test.h"

#include "base/buf.h"
#include "sql.h"

#include <cmocka.h>
#include <string.h>

/* Tables with a row or more for each lead, by what a plan calls their indexes and keys. */
static const char *const large[] = {
    "autoindex_lead_1",
    "autoindex_submission_1",
    "autoindex_mail_1",
    "autoindex_touchpoint",
    "autoindex_confirmation",
    "autoindex_consent",
    "autoindex_lead_key",
    "autoindex_lead_file",
    "autoindex_phase_event",
    "autoindex_field_history",
    "lead_by_",
    "lead_word_lead",
    "identity_lead",
    "submission_",
    "mail_lead",
    "confirmation_",
    "consent_event_",
    "lead_file_by_id",
    "USING PRIMARY KEY",
};

/* Walks in the order of a key that end after a page. */
static const char *const walks[] = {"mail_page",         "submission_last",  "lead_search_frequent",
                                    "lead_source_reach", "lead_export_page", "consent_block_last",
                                    "submission_any"};

/* Numbers made anew, or held against what they count: once in a while, by an operator. */
static const char *const recounts[] = {"tally_leads", "tally_submissions", "tally_drop_empties",
                                       "tally_wrong_forms", "tally_wrong_campaigns"};

/* And what makes an end of a workspace, some rows at a time. */
static bool is_walk(const char *name)
{
    if (strncmp(name, "erase_rows_", 11) == 0) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(walks); i++)
        if (strcmp(name, walks[i]) == 0) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(recounts); i++)
        if (strcmp(name, recounts[i]) == 0) return true;
    return false;
}

static bool is_large(str line)
{
    for (ptrdiff_t i = 0; i < COUNTOF(large); i++)
        if (str_find(line, str_of(large[i])) >= 0) return true;
    return false;
}

struct plan {
    const struct sql_text *query;
    struct buf lines;
};

static bool plan_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct plan *p = arg;
    str text = str_printf(cx->a, "EXPLAIN QUERY PLAN %s", p->query->sqlite);
    return sql_lines(tx, str_cstr(cx->a, text), &p->lines);
}

static void no_query_reads_a_whole_workspace_of_what_grows(void **state)
{
    (void)state;
    static struct store s;
    int seen = 0, faults = 0;
    store_open(&s);
    for (int i = 0; i < SQL__COUNT && !db_is_shared(s.cx.db); i++) {
        const struct sql_text *query = &sql_texts[i];
        bool adds = query->sqlite == NULL || strncmp(query->sqlite, "INSERT", 6) == 0;
        if (adds || is_walk(query->name)) continue;
        struct plan p = {query, buf_new(&s.a, 64 << 10)};
        if (!db_read(&s.cx, plan_read, &p)) fail_msg("%s: %s", query->name, s.cx.err.key);
        for (str line, rest = buf_str(&p.lines); rest.len > 0;) {
            line = str_cut(rest, '\n', &rest);
            seen++;
            if (!str_ends(line, S("workspace_id=?)")) || str_find(line, S(" AND ")) >= 0) continue;
            if (!is_large(line)) continue;
            print_error("%s: %.*s\n", query->name, STR_ARG(line));
            faults++;
        }
    }
    assert_true(seen > 300 || db_is_shared(s.cx.db));
    assert_int_equal(faults, 0);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_query_reads_a_whole_workspace_of_what_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
