/* A search for words that many leads have is answered another way than one for rare words: with the
 * same pages.
 */
#include "store_test.h"
#include "unit/assert_str.h"

#include "lead/lead.h"
#include "sql.h"

#include <stdio.h>
#include <string.h>

/* More than MANY of lead_store.c have the words "alle" and "viele". */
enum { LEADS = 32000, PAGE = 40 };

struct listing {
    struct lead_filter filter;
    struct lead_rows rows;
};

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    return lead_list(cx, tx, &l->filter, &l->rows);
}

/* Which leads have which word. */
static const struct {
    const char *word, *sql;
    int every;  /* each so-many-th … */
    bool lacks; /* … has it not */
} words[] = {
    {"alle", "i % 1 = 0", 1, false},
    {"viele", "i % 20 <> 0", 20, true},
    {"halb", "i % 2 = 0", 2, false},
    {"selten", "i % 1000 = 0", 1000, false},
};

static void fill(struct store *s)
{
    static const char NUMBERS[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 32000) ";
    char sql[1500];
    snprintf(sql, sizeof sql,
             "%s INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, "
             "display_name, name_sort, email, email_state, permit_state, permit_purpose, lang, "
             "source, first_contact, created_ms, updated_ms, last_ms, trashed_ms, version_no) "
             "SELECT 1, i, i, CASE WHEN i %% 11 = 0 THEN 1 ELSE 0 END, 0, 'n', 'n', '', 0, 0, '', "
             "'de', CASE WHEN i %% 3 = 0 THEN 'Messe' ELSE 'Web' END, '{}', i, 0, i, 0, 1 FROM n",
             NUMBERS);
    assert_true(store_script(s, sql));
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++) {
        snprintf(sql, sizeof sql,
                 "%s INSERT INTO lead_word (workspace_id, word, lead_id) "
                 "SELECT 1, '%s', i FROM n WHERE %s",
                 NUMBERS, words[i].word, words[i].sql);
        assert_true(store_script(s, sql));
    }
}

static bool has(const char *query, int64_t id)
{
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++) {
        bool there = (id % words[i].every == 0) != words[i].lacks;
        if (strstr(query, words[i].word) != NULL && !there) return false;
    }
    return strstr(query, "nirgends") == NULL;
}

/* Page after page, newest first, is what has all words of the query. */
static void check(struct store *s, struct lead_filter filter, const char *query)
{
    int64_t want = LEADS;
    filter.query = str_of(query);
    filter.limit = PAGE;
    for (int page = 0; page < 3; page++) {
        struct listing l = {.filter = filter};
        err_clear(&s->cx);
        if (!db_read(&s->cx, list_read, &l)) fail_msg("%s: %.*s", query, STR_ARG(s->cx.err.detail));
        for (ptrdiff_t i = 0; i <= l.rows.count; i++, want--) {
            while (want > 0 && !(has(query, want) && (want % 11 == 0) == (filter.state != 0) &&
                                 (filter.source.len == 0 || want % 3 == 0)))
                want--;
            if (i == l.rows.count) break;
            if (l.rows.row[i].id != want)
                fail_msg("%s: %lld in place of %lld", query, (long long)l.rows.row[i].id,
                         (long long)want);
        }
        if (l.rows.count < PAGE) {
            if (want > 0) fail_msg("%s: %lld is missing", query, (long long)want);
            return;
        }
        filter.after_id = l.rows.row[PAGE - 1].id;
    }
}

static void frequent_and_rare_words_find_the_same_pages(void **state)
{
    static const char *const queries[] = {
        "alle",          "viele",           "halb",
        "selten",        "alle viele",      "viele alle halb",
        "alle selten",   "halb selten",     "alle viele halb selten",
        "viele selten",  "selten halb",     "viele alle",
        "alle nirgends", "halb nirgends",   "nirgends",
        "viele halb",    "alle halb viele",
    };
    (void)state;
    struct store s;
    store_open(&s);
    fill(&s);
    struct lead_filter all = {.phase = -1, .permit = -1}, some = all, archived = all;
    some.source = S("Messe");
    archived.state = LEAD_ARCHIVED;
    for (ptrdiff_t i = 0; i < COUNTOF(queries); i++) {
        check(&s, all, queries[i]);
        check(&s, some, queries[i]);
        check(&s, archived, queries[i]);
    }
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frequent_and_rare_words_find_the_same_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
