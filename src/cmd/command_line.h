/* cmd/command_line.h -- the commands beside serve, as main.c calls them.
 *
 * Each gives the exit code: 0 done, 1 it could not be done (or the check found faults), 2 the
 * command line is wrong. Results go to standard output, one sentence of an error to standard error.
 */
#pragma once

#include "cmd/options.h"

/* user add: a person of a workspace; the password is read from standard input. user reset-totp:
 * switch off the second step of somebody who lost phone and recovery codes. */
int cmd_user(const struct options *options);
/* token create: prints the API token, alone and this once. */
int cmd_token(const struct options *options);
/* export leads: all active leads, page by page. export workspace: everything of one, as a ZIP. */
int cmd_export(const struct options *options);
/* import leads FILE: checked, then written; --dry-run only checks. */
int cmd_import(const struct options *options);
/* demo: leads who do not exist, in an empty installation. */
int cmd_demo(const struct options *options);
/* copy: an installation from one database into another. */
int cmd_copy(const struct options *options);
/* check: database, chains, keys and configuration, one line each. */
int cmd_check(const struct options *options);
/* backup FILE: by the server, or alone over the locked folder. */
int cmd_backup(const struct options *options);
/* backup-key new FILE: prints the public key; the private one goes into the file. */
int cmd_backup_key(const struct options *options);
/* restore: a backup into an empty folder, what is in one, and the end of a quarantine. */
int cmd_restore(const struct options *options);
/* db plan-distribution: prints SQL for a Citus coordinator; needs no database. */
int cmd_db(const struct options *options);
