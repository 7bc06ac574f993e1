#include "assert_str.h"
#include "base/value.h"

static void a_map_keeps_its_order_and_replaces_in_place(void **state)
{
    (void)state;
    arena a = fresh();
    struct value map = value_map(&a);
    for (int i = 0; i < 100; i++) value_set_str(map, str_printf(&a, "k%d", i), value_int(i));
    value_set_int(map, "k3", 300);
    value_set_text(map, "k4", (str){0});
    assert_int_equal(value_count(map), 100);
    assert_str("fourth key", map.as.map->entry[3].key, S("k3"));
    assert_int_equal(value_get(map, S("k3")).as.integer, 300);
    assert_int_equal(value_get(map, S("k99")).as.integer, 99);
    assert_true(value_is_null(value_get(map, S("k4"))));
    assert_true(value_is_null(value_get(map, S("none"))));
    assert_true(value_is_null(value_get(value_int(1), S("k3"))));
}

static void a_path_leads_through_maps_and_lists(void **state)
{
    (void)state;
    arena a = fresh();
    struct value root = value_map(&a), list = value_list(&a), item = value_map(&a);
    value_set_text(item, "name", S("Kim"));
    value_push(list, value_null());
    value_push(list, item);
    value_set(root, "items", list);
    const struct {
        str path, want;
    } rows[] = {
        {S("items.1.name"), S("Kim")}, {S("items.0.name"), {0}}, {S("items.2.name"), {0}},
        {S("items.-1.name"), {0}},     {S("items.x"), {0}},      {S(""), {0}},
        {S("items.1.name.x"), {0}},    {S("items..name"), {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        assert_str("path", value_str(value_at(root, rows[i].path)), rows[i].want);
    assert_int_equal(value_count(value_at(root, S("items"))), 2);
}

static void only_null_and_false_are_untrue(void **state)
{
    (void)state;
    arena a = fresh();
    assert_false(value_truthy(value_null()));
    assert_false(value_truthy(value_bool(false)));
    assert_false(value_truthy(value_text((str){0})));
    assert_true(value_truthy(value_bool(true)));
    assert_true(value_truthy(value_int(0)));
    assert_true(value_truthy(value_text(S(""))));
    assert_true(value_truthy(value_list(&a)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_keeps_its_order_and_replaces_in_place),
        cmocka_unit_test(a_path_leads_through_maps_and_lists),
        cmocka_unit_test(only_null_and_false_are_untrue),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
