/* Websites that may not show a form: which requests tell of one, and how little is kept. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "app.h"
#include "share/share_refused.h"
#include "spam/spam_memory.h"
#include "sql.h"

enum { HOUR_MS = 3600000 };

static char memory[1 << 20];

static void a_frame_of_a_website_tells_of_it(void **state)
{
    (void)state;
    static const struct {
        const char *dest, *referrer, *want;
    } ROWS[] = {
        {"iframe", "https://www.firma.example/", "https://www.firma.example"},
        {"frame", "https://www.firma.example:8443/kontakt?wer=jana",
         "https://www.firma.example:8443"},
        {"iframe", "http://localhost:3000/", "http://localhost:3000"},
        {"document", "https://www.firma.example/", ""},
        {"", "https://www.firma.example/", ""},
        {"iframe", "", ""},
        {"iframe", "https://schon.example/", ""}, /* on the list */
        {"iframe", "https://zulauf.example/forms", ""},
        {"iframe", "http://www.firma.example/", ""}, /* could not be allowed */
        {"iframe", "https://<b>.example/", ""},
        {"iframe", "https://*.firma.example/", ""},
        {"iframe", "javascript:alert(1)", ""},
        {"iframe", "data:text/html,x", ""},
        {"iframe", "nichts", ""},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena a = {memory, memory + sizeof memory, NULL};
        assert_str(ROWS[i].referrer,
                   share_refused_origin(&a, str_of(ROWS[i].dest), str_of(ROWS[i].referrer),
                                        S("https://zulauf.example"),
                                        S("https://schon.example https://auch.example")),
                   str_of(ROWS[i].want));
    }
}

struct kept {
    const char *origins;
    struct share_refused_list list;
    int64_t form_id;
};

static bool kept_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct kept *k = arg;
    return share_refused_list(cx, tx, k->form_id, str_of(k->origins), &k->list);
}

static struct share_refused_list kept(struct store *s, int64_t form_id, const char *origins)
{
    struct kept k = {.origins = origins, .form_id = form_id};
    err_clear(&s->cx);
    assert_true(db_read(&s->cx, kept_read, &k));
    return k.list;
}

static void few_are_kept_for_a_few_days(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    struct ctx *cx = &s.cx;
    for (int i = 0; i < REFUSED_MAX + 5; i++) {
        cx->now_ms += 1000;
        share_refused_note(cx, 7, str_printf(cx->a, "https://s%d.example", i), S("192.0.2.7"));
    }
    struct share_refused_list list = kept(&s, 7, "");
    assert_int_equal(list.count, REFUSED_MAX);
    assert_str("newest first", list.row[0].origin, S("https://s19.example"));
    assert_int_equal(kept(&s, 8, "").count, 0); /* another form */
    assert_int_equal(kept(&s, 7, "https://s3.example https://s4.example").count, REFUSED_MAX - 2);
    /* Again is no second one, and the newest then. */
    cx->now_ms += HOUR_MS;
    share_refused_note(cx, 7, S("https://s3.example"), S("192.0.2.7"));
    list = kept(&s, 7, "");
    assert_int_equal(list.count, REFUSED_MAX);
    assert_str("again", list.row[0].origin, S("https://s3.example"));
    s.cx.workspace_id = 2;
    assert_int_equal(kept(&s, 7, "").count, 0);
    s.cx.workspace_id = 1;
    cx->now_ms += REFUSED_DAYS * (int64_t)24 * HOUR_MS - HOUR_MS / 2;
    assert_int_equal(kept(&s, 7, "").count, 1);
    /* What is over makes room. */
    share_refused_note(cx, 7, S("https://neu.example"), S("192.0.2.7"));
    assert_int_equal(kept(&s, 7, "").count, 2);
    store_close(&s);
}

static void one_network_names_few(void **state)
{
    (void)state;
    struct store s;
    static struct app app;
    store_open(&s);
    app = (struct app){.spam = spam_memory_new(s.cx.a)};
    s.cx.app = &app;
    for (int i = 0; i < 12; i++)
        share_refused_note(&s.cx, 7, str_printf(s.cx.a, "https://s%d.example", i), S("192.0.2.7"));
    assert_int_equal(kept(&s, 7, "").count, 5);
    share_refused_note(&s.cx, 7, S("https://andere.example"), S("198.51.100.7"));
    assert_int_equal(kept(&s, 7, "").count, 6);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_a_website_tells_of_it),
        cmocka_unit_test(few_are_kept_for_a_few_days),
        cmocka_unit_test(one_network_names_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
