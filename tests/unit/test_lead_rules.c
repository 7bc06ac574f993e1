/* How a lead is named and found, and what cursors take. */
#include "assert_str.h"
#include "base/crypto.h"
#include "lead/lead.h"
#include "web/embedded.h"
#include "web/i18n.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_lead_is_named_by_the_best_that_is_known(void **state)
{
    static const struct {
        const char *title, *first, *last, *company, *email, *name;
    } cases[] = {
        {"Dr.", "Katharina", "Brandt", "Falkenried", "k@x.example", "Dr. Katharina Brandt"},
        {"", "Katharina", "", "", "k@x.example", "Katharina"},
        {"", "", "Brandt", "", "", "Brandt"},
        {"Dr.", "", "", "Falkenried", "k@x.example", "Falkenried"},
        {"", "", "", "", "k@x.example", "k@x.example"},
        {"", "", "", "", "", ""},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str text[SLOT__COUNT] = {0};
        text[SLOT_TITLE] = str_of(cases[i].title);
        text[SLOT_FIRST_NAME] = str_of(cases[i].first);
        text[SLOT_LAST_NAME] = str_of(cases[i].last);
        text[SLOT_COMPANY] = str_of(cases[i].company);
        assert_str("name", lead_display_name(&a, text, str_of(cases[i].email)),
                   str_of(cases[i].name));
    }
}

static void a_lead_is_found_by_folded_words_once_each(void **state)
{
    static const char *const want[] = {
        "jörg.s@x.example", "schaeffler", "schaffler", "joerg", "jorg",
        "ladenbau",         "strasse",    "s",         "x",     "example"};
    (void)state;
    arena a = fresh();
    str text[SLOT__COUNT] = {0}, word[24];
    text[SLOT_FIRST_NAME] = S("JÖRG");
    text[SLOT_LAST_NAME] = S("Schäffler");
    text[SLOT_COMPANY] = S("Schäffler & Jörg: Ladenbau");
    text[SLOT_CITY] = S("Straße");
    int count = lead_words(&a, text, S("Jörg.s@x.example"), word, 24);
    assert_int_equal(count, COUNTOF(want));
    for (int i = 0; i < count; i++) assert_str("word", word[i], str_of(want[i]));
    assert_int_equal(lead_words(&a, text, S("Jörg.s@x.example"), word, 3), 3);
}

static void a_name_is_found_however_its_umlauts_are_written(void **state)
{
    static const struct {
        const char *stored, *query;
        bool found;
    } cases[] = {
        {"Müller", "Müller", true},  {"Müller", "mueller", true},  {"Müller", "Muller", true},
        {"Mueller", "Müller", true}, {"Mueller", "MUELLER", true}, {"Müller", "mü", true},
        {"Muller", "Müller", false}, {"Groß", "gross", true},      {"Gross", "Groß", true},
        {"René", "rene", true},      {"Rene", "René", true},       {"Neuer", "neu", true},
    };
    (void)state;
    for (int i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str text[SLOT__COUNT] = {0}, word[24], asked[24];
        text[SLOT_LAST_NAME] = str_of(cases[i].stored);
        int count = lead_words(&a, text, S(""), word, 24);
        assert_int_equal(lead_query_words(&a, str_of(cases[i].query), asked, 24), 1);
        bool found = false;
        for (int k = 0; k < count; k++) found = found || str_starts(word[k], asked[0]);
        if (found != cases[i].found) print_error("%s by %s\n", cases[i].stored, cases[i].query);
        assert_int_equal(found, cases[i].found);
    }
}

static void names_of_states_lead_back_to_them(void **state)
{
    (void)state;
    enum lead_phase phase;
    enum lead_state lead;
    enum permit_summary permit;
    for (int i = 0; i < PHASE__COUNT; i++)
        assert_true(lead_phase_of(str_of(lead_phase_name((enum lead_phase)i)), &phase) &&
                    (int)phase == i);
    for (int i = 0; i < LEAD_STATE__COUNT; i++)
        assert_true(lead_state_of(str_of(lead_state_name((enum lead_state)i)), &lead) &&
                    (int)lead == i);
    for (int i = 0; i < MAY__COUNT; i++)
        assert_true(
            permit_summary_of(str_of(permit_summary_name((enum permit_summary)i)), &permit) &&
            (int)permit == i);
    assert_false(lead_phase_of(S("Lead"), &phase));
    assert_false(lead_state_of(S(""), &lead));
    assert_false(permit_summary_of(S("maybe"), &permit));
    for (int i = 1; i < TOUCH__COUNT; i++)
        assert_non_null(touchpoint_name((enum touchpoint_kind)i));
    assert_string_equal(touchpoint_name(TOUCH__COUNT), "unknown");
}

static void the_history_has_a_sentence_for_every_touchpoint(void **state)
{
    (void)state;
    const struct embedded_file *de = embedded_find(S("ui/i18n/de.json"));
    const struct embedded_file *en = embedded_find(S("ui/i18n/en.json"));
    arena a = fresh();
    struct i18n *i18n = NULL;
    str why = {0};
    if (!i18n_load(&a, (str){(const char *)de->bytes, de->len},
                   (str){(const char *)en->bytes, en->len}, &i18n, &why))
        fail_msg("%.*s", STR_ARG(why));
    for (int i = 1; i <= TOUCH__COUNT; i++) {
        const char *name = touchpoint_name((enum touchpoint_kind)i);
        for (int lang = 0; lang < 2; lang++)
            if (i18n_get(i18n, lang == 0 ? LANG_DE : LANG_EN, str_printf(&a, "timeline.%s", name))
                    .len == 0)
                fail_msg("timeline.%s", name);
    }
}

static void a_cursor_comes_back_as_it_was_made(void **state)
{
    static const struct {
        struct lead_filter filter;
        const char *key;
    } cases[] = {
        {{.sort = LEAD_SORT_CREATED}, "1750000000000"},
        {{.sort = LEAD_SORT_LAST, .ascending = true}, "1750000000001"},
        {{.sort = LEAD_SORT_NAME}, "schaffler jorg"},
        {{.sort = LEAD_SORT_NAME, .query = S_INIT("schä")}, ""},
    };
    static const struct lead_row last = {.id = 42,
                                         .name_sort = S_INIT("schaffler jorg"),
                                         .created_ms = 1750000000000,
                                         .last_ms = 1750000000001};
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct lead_filter back = cases[i].filter;
        str cursor = lead_cursor(&a, &cases[i].filter, &last);
        assert_true(lead_cursor_read(&a, cursor, &back));
        assert_int_equal(back.after_id, 42);
        assert_str("key", back.after_key, str_of(cases[i].key));
        for (ptrdiff_t k = 0; k < COUNTOF(cases); k++) {
            struct lead_filter other = cases[k].filter;
            assert_true(lead_cursor_read(&a, cursor, &other) == (i == k));
        }
    }
}

static void a_cursor_that_is_not_ours_is_refused(void **state)
{
    (void)state;
    arena a = fresh();
    static const uint8_t bad_utf8[] = {2, 0, 0, 0, 0, 0, 0, 0, 1, 0xff},
                         no_id[] = {2, 0, 0, 0, 0, 0, 0, 0, 0, 'x'},
                         negative[] = {2, 0x80, 0, 0, 0, 0, 0, 0, 0, 'x'},
                         no_number[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 'x'};
    struct lead_filter by_name = {.sort = LEAD_SORT_NAME}, by_time = {.sort = LEAD_SORT_CREATED};
    assert_false(lead_cursor_read(&a, S(""), &by_name));
    assert_false(lead_cursor_read(&a, S("AAAA"), &by_name));
    assert_false(lead_cursor_read(&a, S("A"), &by_name));
    assert_false(lead_cursor_read(&a, S("!!!!!!!!!!!!!!!!"), &by_name));
    assert_false(lead_cursor_read(&a, base64url_encode(&a, bad_utf8, sizeof bad_utf8), &by_name));
    assert_false(lead_cursor_read(&a, base64url_encode(&a, no_id, sizeof no_id), &by_name));
    assert_false(lead_cursor_read(&a, base64url_encode(&a, negative, sizeof negative), &by_name));
    assert_false(lead_cursor_read(&a, base64url_encode(&a, no_number, sizeof no_number), &by_time));
    assert_int_equal(by_name.after_id + by_time.after_id, 0);
    char *long_one = NEW(&a, char, 5001);
    for (int i = 0; i < 5000; i++) long_one[i] = 'A';
    assert_false(lead_cursor_read(&a, (str){long_one, 5000}, &by_name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_is_named_by_the_best_that_is_known),
        cmocka_unit_test(a_lead_is_found_by_folded_words_once_each),
        cmocka_unit_test(a_name_is_found_however_its_umlauts_are_written),
        cmocka_unit_test(names_of_states_lead_back_to_them),
        cmocka_unit_test(the_history_has_a_sentence_for_every_touchpoint),
        cmocka_unit_test(a_cursor_comes_back_as_it_was_made),
        cmocka_unit_test(a_cursor_that_is_not_ours_is_refused),
    };
    if (!crypto_init()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
