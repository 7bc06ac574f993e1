/* zulauf db plan-distribution: the statements for a Citus coordinator. Needs no database. */
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/distribution.h"
#include "cmd/options.h"

#include <stdio.h>

static const char usage[] = "zulauf db plan-distribution";

int cmd_db(const struct options *o)
{
    arena a;
    if (!command_word(o, "plan-distribution", usage)) return EXIT_USAGE;
    if (!command_arena(&a)) return EXIT_FAILED;
    str plan = distribution_plan(&a);
    bool ok = fwrite(plan.ptr, 1, (size_t)plan.len, stdout) == (size_t)plan.len;
    return ok && fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
