/* The named queries of every room against the schema of sql/migrations. */
#include "store_test.h"

#include "sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void every_named_query_fits_the_schema(void **state)
{
    (void)state;
    struct store s;
    store_open(&s); /* prepares them all, or fails with the query's name */
    store_close(&s);
}

static void the_schema_is_sound_and_stays_so_when_opened_again(void **state)
{
    (void)state;
    struct store s;
    str what;
    store_open(&s);
    store_reopen(&s);
    assert_true(db_check(&s.cx, &what));
    if (what.ptr != NULL) fail_msg("%.*s", STR_ARG(what));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_named_query_fits_the_schema),
        cmocka_unit_test(the_schema_is_sound_and_stays_so_when_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
