/* tests/unit/assert_str.h -- comparing counted text, and memory for a test. */
#pragma once

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* base/ctx.h has a function `fail`; cmocka's macro of that name must not meet it. */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

/* Fails with both texts; absent and empty are told apart. `what` names the row. */
static inline void assert_str_at(const char *file, int line, const char *what, str got, str want)
{
    if (str_eq(got, want) && (got.ptr == NULL) == (want.ptr == NULL)) return;
    print_error("%s: got %s\"%.*s\", want %s\"%.*s\"\n", what, got.ptr == NULL ? "absent " : "",
                STR_ARG(got), want.ptr == NULL ? "absent " : "", STR_ARG(want));
    _fail(file, line);
}

#define assert_str(what, got, want) assert_str_at(__FILE__, __LINE__, (what), (got), (want))

/* An arena over memory that every test function begins anew; one a file. */
static inline arena fresh(void)
{
    static char memory[4 << 20];
    return (arena){memory, memory + sizeof memory, NULL};
}
