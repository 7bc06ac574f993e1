/* zulauf token create: an API token for a member, printed alone. */
#include "access/access.h"
#include "cmd/command.h"
#include "cmd/command_line.h"

static const char usage[] = "zulauf token create --data DIR --email E --name N";

struct creation {
    str email, name, secret;
};

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct creation *c = arg;
    return access_token_create(cx, tx, c->email, c->name, 0, 0, &c->secret);
}

bool run_token_create(struct ctx *cx, struct value args, struct command_out *out)
{
    struct creation c = {.email = str_trim(value_str(value_get(args, S("email")))),
                         .name = str_trim(value_str(value_get(args, S("name"))))};
    if (c.email.len == 0 || c.name.len == 0)
        return fail_detail(cx, ERR_INVALID, "error.invalid",
                           "A token needs the --email of a member and a --name to know it by.");
    if (!db_write(cx, DB_INTERACTIVE, create_write, &c)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        return fail_detail(cx, ERR_NOT_FOUND, "access.no_such_member",
                           "%.*s is no member here; add them with zulauf user add.",
                           STR_ARG(c.email));
    }
    return command_write(cx, out, str_printf(cx->a, "%.*s\n", STR_ARG(c.secret)));
}

int cmd_token(const struct options *o)
{
    if (!command_word(o, "create", usage)) return EXIT_USAGE;
    if (o->email.len == 0 || o->name.len == 0)
        return command_refuse(EXIT_USAGE,
                              S("--email says whose token it is and --name what it is for; give "
                                "both."));
    arena a;
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a);
    value_set_text(args, "email", o->email);
    value_set_text(args, "name", o->name);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("token.create"), args, false);
}
