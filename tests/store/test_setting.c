/* What a workspace has set for itself. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "setting/setting.h"
#include "sql.h"

struct saving {
    enum setting setting;
    str value;
};

static bool save_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct saving *s = arg;
    return setting_save(cx, tx, s->setting, s->value);
}

static bool load_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return setting_load(cx, tx, arg);
}

static bool save(struct store *s, enum setting setting, const char *value)
{
    struct saving saving = {setting, str_of(value)};
    err_clear(&s->cx);
    return db_write(&s->cx, DB_INTERACTIVE, save_write, &saving);
}

static struct settings load(struct store *s)
{
    struct settings out;
    err_clear(&s->cx);
    assert_true(db_read(&s->cx, load_read, &out));
    return out;
}

static void what_is_not_set_has_its_default(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    struct settings got = load(&s);
    for (int i = 0; i < SETTING__COUNT; i++)
        assert_str(setting_defs[i].name, got.value[i], str_of(setting_defs[i].fallback));
    assert_str("zone", got.value[SETTING_TIME_ZONE], S("Europe/Berlin"));
    assert_str("language", got.value[SETTING_LANG], S("de"));
    store_close(&s);
}

static const struct row {
    enum setting setting;
    const char *value;
    const char *stored; /* NULL: refused */
    const char *key;    /* of the fault */
} ROWS[] = {
    {SETTING_LEGAL_NAME, "  Lindhorst\nGmbH ", "Lindhorst GmbH", NULL},
    {SETTING_LEGAL_NAME, "", "", NULL},
    {SETTING_IMPRINT_URL, "https://l.example/impressum", "https://l.example/impressum", NULL},
    {SETTING_IMPRINT_URL, "javascript:alert(1)", NULL, "error.url_invalid"},
    {SETTING_PRIVACY_URL, "nirgends", NULL, "error.url_invalid"},
    {SETTING_SENDER_ADDRESS, "Post@L.Example", "post@l.example", NULL},
    {SETTING_SENDER_ADDRESS, "post@", NULL, "error.email_invalid"},
    {SETTING_REPLY_TO, "nobody", NULL, "error.email_invalid"},
    {SETTING_REPLY_TO, "", "", NULL},
    {SETTING_TIME_ZONE, "America/New_York", "America/New_York", NULL},
    {SETTING_TIME_ZONE, "Mond/Krater", NULL, "error.choice_invalid"},
    {SETTING_TIME_ZONE, "../../etc/passwd", NULL, "error.choice_invalid"},
    {SETTING_TIME_ZONE, "", NULL, "error.field_required"},
    {SETTING_LANG, "en", "en", NULL},
    {SETTING_LANG, "fr", NULL, "error.choice_invalid"},
    {SETTING_LANG, "deu", NULL, "error.field_too_long"},
    {SETTING_LANG, "", NULL, "error.field_required"},
    {SETTING_TOUCHPOINT_KEEP_MONTHS, " 036 ", "36", NULL},
    {SETTING_TOUCHPOINT_KEEP_MONTHS, "0", "0", NULL},
    {SETTING_TOUCHPOINT_KEEP_MONTHS, "", NULL, "error.field_required"},
    {SETTING_TOUCHPOINT_KEEP_MONTHS, "601", NULL, "error.number_range"},
    {SETTING_TOUCHPOINT_KEEP_MONTHS, "-1", NULL, "error.number_range"},
    {SETTING_NETWORK_KEEP_DAYS, "1,5", NULL, "error.number_range"},
};

static void a_value_is_checked_and_a_bad_one_leaves_the_old(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        const struct row *r = &ROWS[i];
        struct store s;
        store_open(&s);
        bool ok = save(&s, r->setting, r->value);
        if (ok != (r->stored != NULL)) fail_msg("row %td: %s", i, r->value);
        if (!ok) {
            const char *name = setting_defs[r->setting].name;
            assert_int_equal(s.cx.err.code, ERR_INVALID);
            assert_str("field", s.cx.err.field[0].field, str_of(name));
            assert_string_equal(s.cx.err.field[0].key, r->key);
        }
        struct settings got = load(&s);
        assert_str(r->value, got.value[r->setting],
                   str_of(ok ? r->stored : setting_defs[r->setting].fallback));
        store_close(&s);
    }
}

static void the_last_value_counts_and_the_others_stay(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    assert_true(save(&s, SETTING_LEGAL_NAME, "Eins"));
    assert_true(save(&s, SETTING_SENDER_NAME, "Post"));
    assert_true(save(&s, SETTING_LEGAL_NAME, "Zwei"));
    store_reopen(&s);
    struct settings got = load(&s);
    assert_str("last", got.value[SETTING_LEGAL_NAME], S("Zwei"));
    assert_str("other", got.value[SETTING_SENDER_NAME], S("Post"));
    store_close(&s);
}

static void another_workspace_has_its_own(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    assert_true(save(&s, SETTING_LEGAL_NAME, "Eins"));
    s.cx.workspace_id = 2;
    assert_str("not ours", load(&s).value[SETTING_LEGAL_NAME], S(""));
    assert_true(save(&s, SETTING_LEGAL_NAME, "Zwei"));
    s.cx.workspace_id = STORE_WORKSPACE;
    assert_str("ours", load(&s).value[SETTING_LEGAL_NAME], S("Eins"));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_set_has_its_default),
        cmocka_unit_test(a_value_is_checked_and_a_bad_one_leaves_the_old),
        cmocka_unit_test(the_last_value_counts_and_the_others_stay),
        cmocka_unit_test(another_workspace_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
