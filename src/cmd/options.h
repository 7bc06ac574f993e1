/* cmd/options.h -- flags and ZULAUF_* variables: what the process needs before it can ask its
 * database.
 *
 * A flag wins over its variable. Anything unknown is refused, with the nearest known name.
 */
#pragma once

#include "app.h"

enum { POSITIONALS_MAX = 4, OPTIONS_ERASURES_MAX = 16, OPTIONS_MAPS_MAX = 200 };

struct options {
    struct config config;
    str positional[POSITIONALS_MAX]; /* after the command: "user", "add" is command user, add */
    int positional_count;
    str email, name, role, language, format,
        workspace; /* of the commands that take them; absent if not given */
    str known, wrong, campaign, source; /* of import; absent if not given */
    str maps[OPTIONS_MAPS_MAX];  /* "Column=field" */
    int maps_count;
    str leads, events, seed, now, from, to; /* of demo and copy; absent if not given */
    bool password_stdin, help;
    bool data_given; /* the data folder was named, and is not what goes without saying */
    str seal_to, key; /* of backup and restore, as given */
    str erasures[OPTIONS_ERASURES_MAX];
    int erasures_count;
    bool erasures_unknown, confirm_no_erasures, dry_run, release;
    bool recount; /* of check */
};

/* Read argv[from..argc) and the environment. False: *why is one English sentence that says what to
 * do. Texts are borrowed from argv and environ, or live in `a`. */
MUST_USE bool options_read(arena *a, int argc, char **argv, int from, struct options *out,
                           str *why);
/* A path as it reads from the root, so that messages and other processes agree on it. */
str options_absolute(arena *a, str path);
/* The lines of --help that every command shares. */
str options_help(void);
