/* Kiosks: what is read, what they may do on a day, and what an entry is. */
#include "assert_str.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "consent/consent_rules.h"
#include "fair/fair_rules.h"

#include <stdio.h>
#include <string.h>

enum { TODAY = 20531, NOW_DAY_MS = 86400000 };

static char memory[1 << 20];

static struct ctx context(void)
{
    static arena a;
    a = (arena){memory, memory + sizeof memory, NULL};
    return (struct ctx){.a = &a, .now_ms = (int64_t)TODAY * NOW_DAY_MS};
}

static struct value tree(struct ctx *cx, const char *json)
{
    struct value v;
    struct json_err err;
    if (!json_parse(cx->a, str_of(json), &v, &err)) fail_msg("%s: %s", json, err.what);
    return v;
}

static void a_kiosk_is_read_or_its_faults_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *json, *field; /* NULL: it is good */
    } cases[] = {
        {"{\"stand\":\"LogiMAT\"}", NULL},
        {"{\"stand\":\"LogiMAT\",\"from\":\"2026-03-19\",\"to\":\"2026-03-21\",\"idle_s\":45}",
         NULL},
        {"{\"stand\":\"LogiMAT\",\"staff\":\"Anna\\nOlaf\\nAnna\",\"idle_s\":\"10\"}", NULL},
        {"{}", "stand"},
        {"{\"stand\":\"  \"}", "stand"},
        {"{\"stand\":\"x\",\"from\":\"morgen\"}", "from"},
        {"{\"stand\":\"x\",\"to\":\"2026-02-30\"}", "to"},
        {"{\"stand\":\"x\",\"from\":\"2026-03-21\",\"to\":\"2026-03-20\"}", "to"},
        {"{\"stand\":\"x\",\"from\":\"2026-01-01\",\"to\":\"2026-01-02\"}", "to"},
        {"{\"stand\":\"x\",\"to\":\"2029-01-01\"}", "to"},
        {"{\"stand\":\"x\",\"idle_s\":9}", "idle_s"},
        {"{\"stand\":\"x\",\"idle_s\":\"601\"}", "idle_s"},
        {"{\"stand\":\"x\",\"idle_s\":\"bald\"}", "idle_s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ctx cx = context();
        struct kiosk k;
        bool ok = kiosk_read(&cx, tree(&cx, cases[i].json), TODAY, &k);
        if (ok != (cases[i].field == NULL)) fail_msg("%s", cases[i].json);
        if (!ok) assert_str(cases[i].json, cx.err.field[0].field, str_of(cases[i].field));
    }
    struct ctx cx = context();
    struct kiosk k;
    assert_true(kiosk_read(
        &cx, tree(&cx, "{\"stand\":\"x\",\"staff\":\"Anna\\n\\n Olaf \\nAnna\"}"), TODAY, &k));
    assert_int_equal(k.staff_count, 2);
    assert_str("name", k.staff[1], S("Olaf"));
    assert_int_equal(k.idle_s, KIOSK_IDLE_S);
    assert_int_equal(k.from_day, TODAY);
    assert_int_equal(k.to_day, TODAY);
    struct kiosk back = {0};
    kiosk_staff_read(cx.a, kiosk_staff_text(cx.a, &k), &back);
    assert_int_equal(back.staff_count, 2);
    assert_str("name", back.staff[0], S("Anna"));
}

static void a_kiosk_works_on_its_days_and_takes_what_waited_a_week_longer(void **state)
{
    (void)state;
    struct kiosk k = {.from_day = 100, .to_day = 102};
    static const struct {
        int64_t day;
        enum kiosk_state state;
        bool late;
    } cases[] = {{99, KIOSK_PLANNED, false}, {100, KIOSK_ACTIVE, true}, {102, KIOSK_ACTIVE, true},
                 {103, KIOSK_OVER, true},    {109, KIOSK_OVER, true},   {110, KIOSK_OVER, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(kiosk_state_on(&k, cases[i].day), cases[i].state);
        assert_int_equal(kiosk_takes_late(&k, cases[i].day), cases[i].late);
    }
    k.revoked_ms = 1;
    assert_int_equal(kiosk_state_on(&k, 101), KIOSK_REVOKED);
    assert_false(kiosk_takes_late(&k, 101));
}

static void a_signature_is_strokes_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool ok;
    } cases[] = {
        {"M12 40L15 44L20 40", true},
        {"M1 1L2 2M3 3L4 4", true},
        {"", false},
        {"M12 40", false},
        {"M12 40L15 44", false},
        {"L1 1L2 2L3 3", false},
        {"M1 1L2 2L3 3Z", false},
        {"M1 1L2 2L3 3\"/><script>", false},
        {"M1 -1L2 2L3 3", false},
        {"M 1 1L2 2L3 3", false},
        {"M1 1L2 2L3 3L", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (signature_path_ok(str_of(cases[i].path)) != cases[i].ok) fail_msg("%s", cases[i].path);
}

#define KEY "\"key\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"version\":\"%s\""

static bool read_entry(struct ctx *cx, bool signs, const char *rest, struct kiosk_entry *out)
{
    struct kiosk k = {.signature = signs,
                      .staff = {S("Anna")},
                      .staff_count = 1,
                      .created_ms = cx->now_ms - NOW_DAY_MS};
    str version = id_text(cx->a, ID_FORM_VERSION, 77);
    char text[2000];
    snprintf(text, sizeof text, "{" KEY "%s}", str_cstr(cx->a, version), rest);
    return entry_read(cx, &k, str_of(text), out);
}

static void an_entry_says_who_and_when_as_far_as_it_can_be(void **state)
{
    (void)state;
    struct ctx cx = context();
    struct kiosk_entry e;
    char rest[200];
    snprintf(rest, sizeof rest,
             ",\"fields\":{},\"staff\":\"Anna\",\"entered_by\":\"card\",\"at\":\"%s\"",
             str_cstr(cx.a, rfc3339(cx.a, cx.now_ms)));
    assert_true(read_entry(&cx, false, rest, &e));
    assert_int_equal(e.version_id, 77);
    assert_str("staff", e.staff, S("Anna"));
    assert_str("by", e.entered_by, S("card"));
    assert_int_equal(e.claimed_ms, cx.now_ms);
    assert_true(
        read_entry(&cx, false, ",\"fields\":{},\"staff\":\"Wer anders\",\"entered_by\":\"x\"", &e));
    assert_str("staff", e.staff, S(""));
    assert_str("by", e.entered_by, S("visitor"));
    static const char *const beyond_belief[] = {"\"5138-11-16T09:46:39.999Z\"", "\"soon\"",
                                                "99999999999999", "null"};
    for (ptrdiff_t i = 0; i < COUNTOF(beyond_belief); i++) {
        snprintf(rest, sizeof rest, ",\"fields\":{},\"at\":%s", beyond_belief[i]);
        assert_true(read_entry(&cx, false, rest, &e));
        assert_int_equal(e.claimed_ms, 0);
    }
    assert_false(read_entry(&cx, false, "", &e));
    assert_false(read_entry(&cx, false, ",\"fields\":[]", &e));
    struct kiosk k = {0};
    static const char *const no[] = {"",
                                     "null",
                                     "[]",
                                     "{}",
                                     "{\"key\":\"kurz\",\"fields\":{}}",
                                     "{\"key\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"fields\":{}}"};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (entry_read(&cx, &k, str_of(no[i]), &e)) fail_msg("%s", no[i]);
}

static void a_signature_counts_where_the_kiosk_asks_for_one(void **state)
{
    (void)state;
    struct ctx cx = context();
    struct kiosk_entry e;
    static const char drawn[] = ",\"fields\":{},\"signature\":{\"path\":\"M1 1L2 2L3 3\","
                                "\"width\":900,\"height\":300}";
    assert_true(read_entry(&cx, true, drawn, &e));
    assert_str("path", value_str(value_get(e.signature, S("path"))), S("M1 1L2 2L3 3"));
    assert_true(read_entry(&cx, false, drawn, &e));
    assert_true(value_is_null(e.signature));
    assert_true(read_entry(
        &cx, true, ",\"fields\":{},\"signature\":{\"path\":\"<b>\",\"name\":\"G. G.\"}", &e));
    assert_null(value_str(value_get(e.signature, S("path"))).ptr);
    assert_str("name", value_str(value_get(e.signature, S("name"))), S("G. G."));
}

static void a_signature_opens_letters_and_calls_and_never_e_mail(void **state)
{
    (void)state;
    assert_true(consent_signature_opens(CHANNEL_POST));
    assert_true(consent_signature_opens(CHANNEL_PHONE));
    assert_false(consent_signature_opens(CHANNEL_EMAIL));
    assert_false(consent_signature_opens(CHANNEL_SMS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kiosk_is_read_or_its_faults_are_told),
        cmocka_unit_test(a_kiosk_works_on_its_days_and_takes_what_waited_a_week_longer),
        cmocka_unit_test(a_signature_is_strokes_and_nothing_else),
        cmocka_unit_test(an_entry_says_who_and_when_as_far_as_it_can_be),
        cmocka_unit_test(a_signature_counts_where_the_kiosk_asks_for_one),
        cmocka_unit_test(a_signature_opens_letters_and_calls_and_never_e_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
