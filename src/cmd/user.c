/* zulauf user add, user reset-totp: people, from the command line. */
#include "access/access.h"
#include "base/id.h"
#include "cmd/command.h"
#include "cmd/command_line.h"

#include <errno.h>
#include <unistd.h>

static const char usage[] = "zulauf user add --data DIR --email E --name N --role administrator "
                            "--password-stdin";
static const char reset_usage[] = "zulauf user reset-totp --data DIR --email E";

static str arg_text(struct value args, const char *name)
{
    str s = str_trim(value_str(value_get(args, str_of(name))));
    return s.ptr == NULL ? S("") : s;
}

bool run_user_add(struct ctx *cx, struct value args, struct command_out *out)
{
    struct user_new in = {.email = arg_text(args, "email"), .name = arg_text(args, "name")};
    str password = value_str(value_get(args, S("password")));
    int64_t id;
    in.password = password.ptr == NULL ? S("") : password;
    if (!role_of(arg_text(args, "role"), &in.role))
        return fail_detail(cx, ERR_INVALID, "error.choice_invalid",
                           "--role takes administrator, marketing, sales, viewer or privacy.");
    if (!access_user_add(cx, &in, &id)) return false;
    return command_write(cx, out,
                         str_printf(cx->a, "%.*s %.*s may sign in as %s.\n",
                                    STR_ARG(id_text(cx->a, ID_USER, id)), STR_ARG(in.email),
                                    role_name(in.role)));
}

bool run_user_reset_totp(struct ctx *cx, struct value args, struct command_out *out)
{
    str email = arg_text(args, "email");
    if (!access_second_reset(cx, email)) return false;
    return command_write(
        cx, out, str_printf(cx->a, "%.*s signs in with the password alone now.\n", STR_ARG(email)));
}

static int reset_totp(const struct options *o)
{
    arena a;
    if (!command_word(o, "reset-totp", reset_usage)) return EXIT_USAGE;
    if (o->email.len == 0) return command_refuse(EXIT_USAGE, S("--email says who it is."));
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a);
    value_set_text(args, "email", o->email);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("user.reset_totp"), args, false);
}

/* The first line of standard input: read to its end, without the line's end. */
static bool password_read(arena *a, str *out)
{
    enum { ROOM = PASSWORD_MAX_BYTES + 2 }; /* one too long must be told apart, and its "\n" */
    char *text = NEW(a, char, ROOM);
    ptrdiff_t len = 0;
    while (len < ROOM) {
        ssize_t n = read(STDIN_FILENO, text + len, (size_t)(ROOM - len));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break;
        len += n;
        if (str_find_char((str){text, len}, '\n') >= 0) break;
    }
    str rest;
    *out = str_cut((str){text, len}, '\n', &rest);
    if (out->len > 0 && out->ptr[out->len - 1] == '\r') *out = str_slice(*out, 0, out->len - 1);
    return true;
}

int cmd_user(const struct options *o)
{
    str password;
    if (o->positional_count == 1 && str_eq(o->positional[0], S("reset-totp"))) return reset_totp(o);
    if (!command_word(o, "add", usage)) return EXIT_USAGE;
    if (o->email.len == 0 || o->name.len == 0 || o->role.len == 0)
        return command_refuse(EXIT_USAGE,
                              S("--email, --name and --role say who it is; give all three."));
    if (!o->password_stdin)
        return command_refuse(EXIT_USAGE, S("The password comes on standard input, so that it "
                                            "stands in no list of processes; add "
                                            "--password-stdin."));
    arena a;
    if (!command_arena(&a)) return EXIT_FAILED;
    if (!password_read(&a, &password))
        return command_refuse(EXIT_FAILED, S("Standard input cannot be read."));
    struct value args = value_map(&a);
    value_set_text(args, "email", o->email);
    value_set_text(args, "name", o->name);
    value_set_text(args, "role", o->role);
    value_set_text(args, "password", password);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("user.add"), args, true);
}
