#include "assert_str.h"
#include "importer/import_rules.h"

static struct free_field own_rows[] = {
    {S_INIT("free_interest"), S_INIT("Interesse an Produkten"), S_INIT(""), FIELD_TEXT, SLOT__STANDARD},
    {S_INIT("free_since"), S_INIT("Kunde seit"), S_INIT(""), FIELD_DATE, SLOT__STANDARD + 1},
    {S_INIT("free_vip"), S_INIT("VIP"), S_INIT(""), FIELD_CHECKBOX, SLOT__STANDARD + 2},
    {S_INIT("free_turnover"), S_INIT("Umsatz"), S_INIT(""), FIELD_NUMBER, SLOT__STANDARD + 3},
};
static const struct free_fields own = {own_rows, COUNTOF(own_rows)};

static str decoded(arena *a, str bytes)
{
    ptrdiff_t skip, at;
    enum import_charset charset = import_charset_of(bytes, &skip);
    char *to = NEW(a, char, 1000);
    ptrdiff_t len = 0;
    at = skip;
    /* In small pieces: a character is never cut. */
    while (at < bytes.len) len += import_decode(charset, bytes, &at, to + len, 4);
    return (str){to, len};
}

static void characters_are_told_by_the_bytes(void **state)
{
    (void)state;
    static const struct {
        str bytes, want;
        enum import_charset charset;
    } cases[] = {
        {S_INIT("Müller"), S_INIT("Müller"), CHARSET_UTF8},
        {S_INIT("\xef\xbb\xbfMüller"), S_INIT("Müller"), CHARSET_UTF8},
        {S_INIT("M\xfcller \x80 \x9e \x81"), S_INIT("Müller € ž \xef\xbf\xbd"), CHARSET_WINDOWS_1252},
        {S_INIT("\xff\xfe\x4d\x00\xfc\x00\x3d\xd8\x00\xde"), S_INIT("Mü\xf0\x9f\x98\x80"), CHARSET_UTF16},
        {S_INIT("\xfe\xff\x00\x4d\x00\xfc"), S_INIT("Mü"), CHARSET_UTF16},
        {S_INIT("\xff\xfe\x4d\x00\x3d\xd8"), S_INIT("M\xef\xbf\xbd"), CHARSET_UTF16},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        ptrdiff_t skip;
        assert_int_equal(import_charset_of(cases[i].bytes, &skip), cases[i].charset);
        assert_str("text", decoded(&a, cases[i].bytes), cases[i].want);
    }
}

static void what_is_no_text_is_told_by_name(void **state)
{
    (void)state;
    static const struct {
        str bytes;
        const char *want;
    } cases[] = {
        {S_INIT(""), "imports.fault_empty"},
        {S_INIT("PK\x03\x04xlsx"), "imports.fault_excel"},
        {S_INIT("\xd0\xcf\x11\xe0xls"), "imports.fault_excel"},
        {S_INIT("%PDF-1.7"), "imports.fault_binary"},
        {S_INIT("a\0b"), "imports.fault_binary"},
        {S_INIT("a;b"), NULL},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        assert_str("fault", str_of(import_bytes_fault(cases[i].bytes)), str_of(cases[i].want));
}

static void the_separator_is_what_the_rows_agree_on(void **state)
{
    (void)state;
    static const struct {
        str text;
        char want;
    } cases[] = {
        {S_INIT("a,b\n1,2\n"), ','},
        {S_INIT("a;b\n1,5;2\n"), ';'},
        {S_INIT("a\tb\n1;2,3\t4\n"), '\t'},
        {S_INIT("Name, Vorname;Mail\n\"x;y\";z\n"), ';'},
        {S_INIT("email\na@b.de\n"), ','},
        {S_INIT("a;b,c\n1;2\n3;4\n"), ';'},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        assert_int_equal(import_separator_of(&a, cases[i].text, true), cases[i].want);
    }
    char said = 0;
    assert_int_equal(import_sep_line(S("sep=;\r\na;b"), &said), 7);
    assert_int_equal(said, ';');
    assert_int_equal(import_sep_line(S("separator;b\n"), &said), 0);
}

static void columns_are_known_by_what_others_call_them(void **state)
{
    (void)state;
    static const struct {
        const char *head, *want; /* each by '|' */
    } cases[] = {
        {"E-Mail-Adresse|Vorname|Nachname|Firma", "email|first_name|last_name|company"},
        {"Email|First Name|Last Name|Company Name|Job Title", "email|first_name|last_name|company|job_title"},
        {"Anrede|Name|Vorname|PLZ|Ort|Straße", "salutation|last_name|first_name|postcode|city|street"},
        {"Name|Mail|Telefon geschäftlich|Mobiltelefon", "name|email|phone|mobile"},
        {"E-Mail 1 - Value|E-Mail|Notizen", "email||"},
        {"email|first_name|free_interest|created_at", "email|first_name|free_interest|"},
        {"Mail|Interesse an Produkten|KUNDE SEIT", "email|free_interest|free_since"},
        {"Unternehmensgröße|Land/Region|Webseite-URL", "company_size|country|website"},
        {"|  |???", "||"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str head[10], key[10], got = S("");
        ptrdiff_t n = 0;
        for (str rest = str_of(cases[i].head); rest.ptr != NULL;) head[n++] = str_cut(rest, '|', &rest);
        import_suggest(&a, head, n, &own, key);
        for (ptrdiff_t k = 0; k < n; k++)
            got = str_printf(&a, "%.*s%s%.*s", STR_ARG(got), k > 0 ? "|" : "", STR_ARG(key[k]));
        assert_str(cases[i].head, got, str_of(cases[i].want));
    }
}

static void a_whole_name_is_split(void **state)
{
    (void)state;
    static const struct {
        const char *name, *first, *last;
    } cases[] = {
        {"Katharina Brandt", "Katharina", "Brandt"},
        {"Brandt, Katharina", "Katharina", "Brandt"},
        {"Anna Maria von der Leyen", "Anna Maria", "von der Leyen"},
        {"Brandt", "", "Brandt"},
        {"von Braun", "von", "Braun"}, /* nobody can tell: the first word is a first name */
        {"  ", "", ""},
        {"Brandt,", "", "Brandt,"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str first, last;
        import_name_split(&a, str_of(cases[i].name), &first, &last);
        assert_str(cases[i].name, first, str_of(cases[i].first));
        assert_str(cases[i].name, last, str_of(cases[i].last));
    }
}

static struct import_row read_with(arena *a, enum import_wrong wrong, const char *keys,
                                   const char *cells)
{
    struct import_column column[10];
    struct import_plan plan = {.column = column, .wrong = wrong};
    str *cell = NEW(a, str, 10);
    ptrdiff_t n = 0;
    for (str rest = str_of(keys); rest.ptr != NULL;)
        assert_true(import_column_of(str_cut(rest, '|', &rest), &own, &column[plan.count++]));
    for (str rest = str_of(cells); rest.ptr != NULL;) cell[n++] = str_cut(rest, '|', &rest);
    struct import_row row = {.line = 2};
    import_row_read(a, &plan, cell, n, &row);
    assert_int_equal(row.line, 2);
    return row;
}

static struct import_row read_row(arena *a, const char *keys, const char *cells)
{
    return read_with(a, WRONG_REFUSE, keys, cells);
}

static void values_are_brought_into_the_fields_form(void **state)
{
    (void)state;
    static const struct {
        const char *key, *cell, *want;
        enum field_slot slot;
    } cases[] = {
        {"company", "  Lindhorst \t GmbH ", "Lindhorst GmbH", SLOT_COMPANY},
        {"phone", "'+49 30 12345", "+49 30 12345", SLOT_PHONE},
        {"free_since", "3.12.2026", "2026-12-03", SLOT__STANDARD + 1},
        {"free_since", "2026-12-03 10:15:00", "2026-12-03", SLOT__STANDARD + 1},
        {"free_vip", "Ja", "yes", SLOT__STANDARD + 2},
        {"free_vip", "nein", "", SLOT__STANDARD + 2},
        {"free_turnover", "1.234,50", "1234,50", SLOT__STANDARD + 3},
        {"free_turnover", "1,234.50", "1234.50", SLOT__STANDARD + 3},
        {"website", "firma.example", "https://firma.example", SLOT_WEBSITE},
        {"name", "Kai Kaufmann", "Kaufmann", SLOT_LAST_NAME},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct import_row row = read_row(&a, str_printf(&a, "email|%s", cases[i].key).ptr,
                                         str_printf(&a, "A@B.example|%s", cases[i].cell).ptr);
        assert_null(row.refused);
        assert_str("address", row.email, S("a@b.example"));
        assert_str(cases[i].cell, row.text[cases[i].slot], str_of(cases[i].want));
    }
}

static void a_row_is_refused_with_its_reason_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *cells, *why;
        ptrdiff_t column;
    } cases[] = {
        {"email|city", "kein-at|Kiel", "error.email_invalid", 0},
        {"email|phone", "a@b.example|ruf an", "error.phone_invalid", 1},
        {"email|free_since", "a@b.example|12/03/2026", "error.date_invalid", 1},
        {"email|free_vip", "a@b.example|vielleicht", "error.choice_invalid", 1},
        {"email|free_turnover", "a@b.example|viel", "error.number_invalid", 1},
        {"email|city", "|Kiel", "lead.nothing_known", -1},
        {"email|city", "a@b.example|Kiel|zuviel", "imports.refused_cells", -1},
        {"email|city", "a@b.example|Kiel| ", NULL, -1},
        {"email|company", "|Lindhorst", NULL, -1},
        {"email|company", "a@b.example", NULL, -1},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct import_row row = read_row(&a, cases[i].keys, cases[i].cells);
        assert_str(cases[i].cells, str_of(row.refused), str_of(cases[i].why));
        assert_int_equal(row.column, cases[i].column);
    }
}

static void a_wrong_value_is_left_out_where_that_is_wished(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *cells, *why;
        ptrdiff_t wrong;
        bool mendable; /* where it is not wished */
    } cases[] = {
        {"email|phone", "a@b.example|ruf an", NULL, 1, true},
        {"email|phone|free_since", "a@b.example|ruf an|gestern", NULL, 2, true},
        {"phone|email", "ruf an|kein-at", "error.email_invalid", 1, false},
        {"email|phone", "|ruf an", "error.phone_invalid", 1, false},
        {"email|phone|company", "|ruf an|Lindhorst", NULL, 1, true},
        {"email|city", "a@b.example|Kiel", NULL, 0, false},
        {"email|phone", "a@b.example|ruf an|zuviel", "imports.refused_cells", 1, false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct import_row row = read_with(&a, WRONG_EMPTY, cases[i].keys, cases[i].cells);
        assert_str(cases[i].cells, str_of(row.refused), str_of(cases[i].why));
        assert_int_equal(row.wrong_count, cases[i].wrong);
        assert_false(row.mendable);
        assert_true(row.text[SLOT_PHONE].len <= 0);
        row = read_row(&a, cases[i].keys, cases[i].cells);
        assert_int_equal(row.mendable, cases[i].mendable);
        if (cases[i].wrong > 0) assert_non_null(row.refused);
    }
}

static void known_values_are_filled_or_overwritten_and_never_emptied(void **state)
{
    (void)state;
    str had[SLOT__COUNT] = {{0}}, text[SLOT__COUNT];
    struct import_row row = {0};
    had[SLOT_CITY] = S("Kiel");
    had[SLOT_COMPANY] = S("Alt");
    row.text[SLOT_CITY] = S("");
    row.text[SLOT_COMPANY] = S("Neu");
    assert_false(import_merge(KNOWN_FILL, had, &row, text));
    row.text[SLOT_PHONE] = S("0431 1234");
    assert_true(import_merge(KNOWN_FILL, had, &row, text));
    assert_str("kept", text[SLOT_COMPANY], S("Alt"));
    assert_str("filled", text[SLOT_PHONE], S("0431 1234"));
    assert_true(import_merge(KNOWN_OVERWRITE, had, &row, text));
    assert_str("overwritten", text[SLOT_COMPANY], S("Neu"));
    assert_str("not emptied", text[SLOT_CITY], S("Kiel"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_told_by_the_bytes),
        cmocka_unit_test(what_is_no_text_is_told_by_name),
        cmocka_unit_test(the_separator_is_what_the_rows_agree_on),
        cmocka_unit_test(columns_are_known_by_what_others_call_them),
        cmocka_unit_test(a_whole_name_is_split),
        cmocka_unit_test(values_are_brought_into_the_fields_form),
        cmocka_unit_test(a_row_is_refused_with_its_reason_and_column),
        cmocka_unit_test(a_wrong_value_is_left_out_where_that_is_wished),
        cmocka_unit_test(known_values_are_filled_or_overwritten_and_never_emptied),
    };
    return cmocka_run_group_tests_name("import_rules", tests, NULL, NULL);
}
