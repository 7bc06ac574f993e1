#include "assert_str.h"
#include "web/embedded.h"

static void every_embedded_file_is_found_by_its_path(void **state)
{
    (void)state;
    assert_true(embedded_count > 0);
    for (ptrdiff_t i = 0; i < embedded_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        assert_ptr_equal(embedded_find(str_of(file->path)), file);
        assert_int_equal(str_of(file->sha256).len, 64);
        assert_true(file->len >= 0 && file->type[0] != '\0');
        if (i > 0) assert_true(str_cmp(str_of(file[-1].path), str_of(file->path)) < 0);
    }
}

static void other_paths_are_not_there(void **state)
{
    (void)state;
    const str rows[] = {S(""),           {0}, S("ui"), S("ui/"), S("~"), S("ui/pages/../pages"),
                        S("/etc/passwd")};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) assert_null(embedded_find(rows[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_embedded_file_is_found_by_its_path),
        cmocka_unit_test(other_paths_are_not_there),
    };
    return cmocka_run_group_tests_name("embedded", tests, NULL, NULL);
}
