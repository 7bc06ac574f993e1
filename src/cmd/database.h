/* cmd/database.h -- the database that the configuration names, and its schema. */
#pragma once

#include "app.h"

/* Open it (a file that is missing is made) into app->db and cx->db; nothing is migrated. */
MUST_USE bool database_open(struct ctx *cx, struct app *app);
/* Bring the schema up to date and prepare every statement. */
MUST_USE bool database_migrate(struct ctx *cx);
/* What database_migrate would run, as SQL; empty if nothing. */
MUST_USE bool database_plan(struct ctx *cx, str *sql);
