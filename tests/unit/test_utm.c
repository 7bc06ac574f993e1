/* Where a visitor came from. */
#include "assert_str.h"
#include "base/json.h"
#include "base/url.h"
#include "tracking/utm.h"

#include <string.h>

static struct utm of(arena *a, const char *query)
{
    bool ok;
    return utm_read(a, urlencoded_parse(a, str_of(query), &ok));
}

static void a_landing_url_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *query, *json;
    } cases[] = {
        {"", "{}"},
        {"a=b&source=google&utm_=x", "{}"},
        {"utm_source=google&utm_medium=cpc&utm_campaign=herbst&utm_term=lager&utm_content=a&utm_id="
         "7",
         "{\"source\":\"google\",\"medium\":\"cpc\",\"campaign\":\"herbst\",\"term\":\"lager\","
         "\"content\":\"a\",\"id\":\"7\"}"},
        {"utm_source=%20Google%0A%20Ads%20", "{\"source\":\"Google Ads\"}"},
        {"utm_source=&utm_medium=mail", "{\"medium\":\"mail\"}"},
        {"UTM_SOURCE=google", "{}"},
        {"gclid=AbC-1_x", "{\"network\":\"google\",\"click_id\":\"AbC-1_x\"}"},
        {"gbraid=x", "{\"network\":\"google\",\"click_id\":\"x\"}"},
        {"wbraid=x", "{\"network\":\"google\",\"click_id\":\"x\"}"},
        {"fbclid=x", "{\"network\":\"meta\",\"click_id\":\"x\"}"},
        {"msclkid=x", "{\"network\":\"microsoft\",\"click_id\":\"x\"}"},
        {"li_fat_id=x", "{\"network\":\"linkedin\",\"click_id\":\"x\"}"},
        {"ttclid=x", "{\"network\":\"tiktok\",\"click_id\":\"x\"}"},
        {"gclid=&fbclid=y", "{\"network\":\"meta\",\"click_id\":\"y\"}"},
        {"fbclid=y&gclid=x", "{\"network\":\"google\",\"click_id\":\"x\"}"},
        {"utm_source=fb&fbclid=y", "{\"source\":\"fb\",\"network\":\"meta\",\"click_id\":\"y\"}"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct utm utm = of(&a, cases[i].query);
        assert_str(cases[i].query, json_text(&a, utm_value(&a, &utm)), str_of(cases[i].json));
    }
}

static void long_parameters_are_cut(void **state)
{
    (void)state;
    arena a = fresh();
    char x[1001];
    memset(x, 'x', 1000);
    x[1000] = 0;
    struct value query = value_map(&a);
    value_set_text(query, "utm_source", str_of(x));
    value_set_text(query, "utm_medium", str_printf(&a, "%.199s\xc3\xa4", x));
    value_set_text(query, "gclid", str_of(x));
    struct utm utm = utm_read(&a, query);
    assert_int_equal(utm.value[UTM_SOURCE].len, 200);
    assert_int_equal(utm.value[UTM_MEDIUM].len, 199); /* no half letter */
    assert_int_equal(utm.click_id.len, 500);
}

static void a_source_has_one_name(void **state)
{
    (void)state;
    static const struct {
        const char *query, *referrer, *label;
    } cases[] = {
        {"", NULL, "direct"},
        {"", "", "direct"},
        {"utm_source=google&utm_medium=cpc", "https://x.example/", "google / cpc"},
        {"utm_source=google", "https://x.example/", "google"},
        {"utm_medium=mail", "https://x.example/", "x.example"},
        {"utm_medium=mail", NULL, "direct"},
        {"gclid=1", "https://www.google.com/", "google"},
        {"utm_source=brief&gclid=1", NULL, "brief"},
        {"", "https://www.Google.COM/search?q=lager", "google.com"},
        {"", "https://blog.x.example:8443/a", "blog.x.example"},
        {"", "https://leads.example/f/a", "direct"}, /* ourselves */
        {"", "https://LEADS.example/", "direct"},
        {"", "nonsense", "direct"},
        {"", "/f/a", "direct"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct utm utm = of(&a, cases[i].query);
        str label = source_label(&a, &utm, str_of(cases[i].referrer), S("leads.example"));
        assert_str(cases[i].query, label, str_of(cases[i].label));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_landing_url_is_read),
        cmocka_unit_test(long_parameters_are_cut),
        cmocka_unit_test(a_source_has_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
