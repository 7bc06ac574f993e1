/* zulauf user add, user reset-totp: people, from the command line. */
#include "access/access.h"
#include "base/id.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "setting/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "zulauf user add --data DIR --email E --name N --role administrator "
                            "[--language de|en] --password-stdin";
static const char reset_usage[] = "zulauf user reset-totp --data DIR --email E";

static str arg_text(struct value args, const char *name)
{
    str s = str_trim(value_str(value_get(args, str_of(name))));
    return s.ptr == NULL ? S("") : s;
}

static bool is_language(str s)
{
    return str_eq(s, S("de")) || str_eq(s, S("en"));
}

/* "de_AT.UTF-8" says de; what is set first decides (POSIX, 8.2). Empty for any other language. */
static str language_of_shell(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++) {
        const char *set = getenv(names[i]);
        if (set == NULL || set[0] == 0) continue;
        str locale = str_of(set), tag = str_slice(locale, 0, locale.len < 2 ? locale.len : 2);
        bool whole = locale.len <= 2 || strchr("_-.@", locale.ptr[2]) != NULL;
        return whole && is_language(tag) ? tag : S("");
    }
    return S("");
}

static bool settings_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return setting_load(cx, tx, arg);
}

bool run_user_add(struct ctx *cx, struct value args, struct command_out *out)
{
    struct user_new in = {.email = arg_text(args, "email"),
                          .name = arg_text(args, "name"),
                          .lang = arg_text(args, "language")};
    struct settings settings;
    str password = value_str(value_get(args, S("password")));
    int64_t id;
    in.password = password.ptr == NULL ? S("") : password;
    if (!role_of(arg_text(args, "role"), &in.role))
        return fail_detail(cx, ERR_INVALID, "error.choice_invalid",
                           "--role takes administrator, marketing, sales, viewer or privacy.");
    if (!is_language(in.lang)) { /* nobody has said: the workspace's */
        if (!db_read(cx, settings_read, &settings)) return false;
        in.lang = settings.value[SETTING_LANG];
    }
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
    if (o->language.ptr != NULL && !is_language(o->language))
        return command_refuse(EXIT_USAGE, S("--language takes de or en."));
    arena a;
    if (!command_arena(&a)) return EXIT_FAILED;
    if (!password_read(&a, &password))
        return command_refuse(EXIT_FAILED, S("Standard input cannot be read."));
    struct value args = value_map(&a);
    value_set_text(args, "email", o->email);
    value_set_text(args, "name", o->name);
    value_set_text(args, "role", o->role);
    value_set_text(args, "language", o->language.ptr != NULL ? o->language : language_of_shell());
    value_set_text(args, "password", password);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("user.add"), args, true);
}
