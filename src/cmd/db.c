/* zulauf db: what an operator does with the database itself.
 *
 * plan-distribution prints the statements for a Citus coordinator and needs no database; migrate
 * brings the schema up to date, which serve does by itself at its start, or prints how.
 */
#include "base/crypto.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/database.h"
#include "cmd/distribution.h"
#include "cmd/options.h"
#include "cmd/start.h"
#include "db/db.h"

#include <stdio.h>
#include <sys/stat.h>

static const char usage[] = "zulauf db plan-distribution | migrate [--dry-run]";

static int print(str text)
{
    bool ok = fwrite(text.ptr, 1, (size_t)text.len, stdout) == (size_t)text.len;
    return ok && fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* Nothing is made where only a look was asked for. */
static bool is_there(arena *a, const struct config *c)
{
    struct stat st;
    str path = str_printf(a, "%.*s/zulauf.db", STR_ARG(c->data_dir));
    return c->db_url.len > 0 || stat(str_cstr(a, path), &st) == 0;
}

static int dry_run(const struct options *o, arena *a)
{
    struct app app = {.config = o->config, .lock_fd = -1};
    struct ctx cx = app_ctx(&app, a, ACTOR_OPERATOR);
    str sql;
    if (!is_there(a, &o->config))
        return command_refuse(EXIT_FAILED, S("There is no database in this folder yet; name the "
                                             "one that serve uses with --data or --db."));
    if (!crypto_init() || !database_open(&cx, &app) || !database_plan(&cx, &sql))
        return command_refuse(EXIT_FAILED, operator_sentence(&cx));
    db_close(app.db);
    return print(sql.len > 0 ? sql : S("-- The schema is up to date.\n"));
}

static int migrate(const struct options *o, arena *a)
{
    struct app app;
    str why;
    if (o->dry_run) return dry_run(o, a);
    if (!app_open(&app, a, o, &why)) return command_refuse(EXIT_FAILED, why);
    app_close(&app);
    return print(S("The schema is up to date.\n"));
}

int cmd_db(const struct options *o)
{
    arena a;
    bool plan = o->positional_count > 0 && str_eq(o->positional[0], S("plan-distribution"));
    if (!command_word(o, plan ? "plan-distribution" : "migrate", usage)) return EXIT_USAGE;
    if (!command_arena(&a)) return EXIT_FAILED;
    return plan ? print(distribution_plan(&a)) : migrate(o, &a);
}
