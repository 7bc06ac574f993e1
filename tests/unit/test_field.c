/* One answer, cleaned and checked. */
#include "assert_str.h"
#include "field/field.h"

#include <string.h>

static const struct row {
    enum field_type type;
    const char *raw;
    enum field_err err;
    const char *text; /* with FIELD_OK */
} ROWS[] = {
    {FIELD_TEXT, "  Anna  Maria ", FIELD_OK, "Anna Maria"},
    {FIELD_TEXT, "", FIELD_OK, ""},
    {FIELD_TEXT, " \t\r\n ", FIELD_OK, ""},
    {FIELD_TEXT, "a\nb", FIELD_OK, "a b"},
    {FIELD_TEXT, "12345678901234567890", FIELD_OK, "12345678901234567890"},
    {FIELD_TEXT, "123456789012345678901", FIELD_TOO_LONG, NULL},
    {FIELD_TEXTAREA, " a\r\nb \n", FIELD_OK, "a\nb"},
    {FIELD_TEXTAREA, "123456789012345678901", FIELD_TOO_LONG, NULL},
    {FIELD_EMAIL, " k@FIRMA.example ", FIELD_OK, "k@firma.example"},
    {FIELD_EMAIL, "", FIELD_OK, ""},
    {FIELD_EMAIL, "k.firma.example", FIELD_BAD_EMAIL, NULL},
    {FIELD_EMAIL, "k@", FIELD_BAD_EMAIL, NULL},
    {FIELD_TEL, "+49 (30) 123-45/6", FIELD_OK, "+49 (30) 123-45/6"},
    {FIELD_TEL, "12345", FIELD_OK, "12345"},
    {FIELD_TEL, "1234", FIELD_BAD_TEL, NULL},
    {FIELD_TEL, "+-/(). ", FIELD_BAD_TEL, NULL},
    {FIELD_TEL, "12345 Ext", FIELD_BAD_TEL, NULL},
    {FIELD_URL, "firma.example", FIELD_OK, "https://firma.example"},
    {FIELD_URL, "http://f.example", FIELD_OK, "http://f.example"},
    {FIELD_URL, "javascript://x", FIELD_BAD_URL, NULL},
    {FIELD_URL, "javascript:alert(1)", FIELD_BAD_URL, NULL},
    {FIELD_URL, "http://", FIELD_BAD_URL, NULL},
    {FIELD_URL, "a b", FIELD_BAD_URL, NULL},
    {FIELD_NUMBER, "-12,5", FIELD_OK, "-12,5"},
    {FIELD_NUMBER, "0", FIELD_OK, "0"},
    {FIELD_NUMBER, "1.000,5", FIELD_BAD_NUMBER, NULL},
    {FIELD_NUMBER, "1-2", FIELD_BAD_NUMBER, NULL},
    {FIELD_NUMBER, "-", FIELD_BAD_NUMBER, NULL},
    {FIELD_NUMBER, "1e3", FIELD_BAD_NUMBER, NULL},
    {FIELD_NUMBER, "123456789012345678", FIELD_OK, "123456789012345678"},
    {FIELD_NUMBER, "1234567890123456789", FIELD_BAD_NUMBER, NULL},
    {FIELD_DATE, "2026-11-30", FIELD_OK, "2026-11-30"},
    {FIELD_DATE, "2024-02-29", FIELD_OK, "2024-02-29"},
    {FIELD_DATE, "2000-02-29", FIELD_OK, "2000-02-29"},
    {FIELD_DATE, "2023-02-29", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "1900-02-29", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-11-31", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-00-01", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-13-01", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-01-00", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-1-01", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-1 -01", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "0999-01-01", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "30.11.2026", FIELD_BAD_DATE, NULL},
    {FIELD_DATE, "2026-01--1", FIELD_BAD_DATE, NULL},
    {FIELD_CHECKBOX, "on", FIELD_OK, "yes"},
    {FIELD_CHECKBOX, "", FIELD_OK, ""},
    {FIELD_SELECT, " Eins ", FIELD_OK, "Eins"},
};

static void an_answer_is_in_normal_form_or_refused(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena a = fresh();
        str text;
        int max = ROWS[i].type == FIELD_URL || ROWS[i].type == FIELD_EMAIL ? 200 : 20;
        enum field_err err = field_check(&a, ROWS[i].type, max, str_of(ROWS[i].raw), &text);
        if (err != ROWS[i].err) fail_msg("row %td \"%s\": %d", i, ROWS[i].raw, err);
        if (err == FIELD_OK) assert_str(ROWS[i].raw, text, str_of(ROWS[i].text));
    }
}

/* What is put before an address is stored, too. */
static void a_completed_address_is_no_longer_than_allowed(void **state)
{
    (void)state;
    arena a = fresh();
    str text;
    assert_int_equal(field_check(&a, FIELD_URL, 20, S("firma.exampl"), &text), FIELD_OK);
    assert_int_equal(text.len, 20);
    assert_int_equal(field_check(&a, FIELD_URL, 20, S("firma.example"), &text), FIELD_TOO_LONG);
}

static void a_field_is_found_by_its_key_alone(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < field_count; i++)
        assert_ptr_equal(field_find(str_of(field_defs[i].key)), &field_defs[i]);
    static const char *const unknown[] = {"", "Email", "email ", "e", "iban"};
    for (ptrdiff_t i = 0; i < COUNTOF(unknown); i++) assert_null(field_find(str_of(unknown[i])));
}

static void no_two_fields_share_a_key_or_a_slot(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < field_count; i++)
        for (ptrdiff_t k = 0; k < i; k++) {
            assert_string_not_equal(field_defs[i].key, field_defs[k].key);
            assert_int_not_equal(field_defs[i].slot, field_defs[k].slot);
        }
    assert_int_equal(field_count, SLOT__STANDARD + 1); /* and the address */
}

static void types_and_faults_have_names(void **state)
{
    (void)state;
    for (int t = 0; t < FIELD_TYPE__COUNT; t++)
        assert_int_equal(field_type_of(str_of(field_type_name((enum field_type)t))), t);
    assert_int_equal(field_type_of(S("password")), FIELD_TYPE__COUNT);
    assert_int_equal(field_type_of(S("")), FIELD_TYPE__COUNT);
    for (int e = 1; e < FIELD_ERR__COUNT; e++)
        assert_true(str_starts(str_of(field_err_key((enum field_err)e)), S("error.")));
    assert_string_equal(field_err_key(FIELD_OK), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_in_normal_form_or_refused),
        cmocka_unit_test(a_completed_address_is_no_longer_than_allowed),
        cmocka_unit_test(a_field_is_found_by_its_key_alone),
        cmocka_unit_test(no_two_fields_share_a_key_or_a_slot),
        cmocka_unit_test(types_and_faults_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
