/* db/migrate.h -- forward-only schema steps, embedded from sql/migrations.
 *
 * What is missing runs in one transaction, which on a shared database also keeps a second node
 * out, and is recorded in schema_migration(version, name, sha256, applied_ms). A database with
 * a version we do not know is refused (error.db_newer), and so is one whose recorded step differs
 * from ours: a step that ran is never edited.
 *
 * Steps expand before they contract (tests/unit/test_migrations.py): while nodes are replaced one by
 * one, old and new ones share the database.
 *
 * One text for every engine; where they must differ, lines between "-- only: postgres" (or sqlite)
 * and "-- all engines" are for that one alone.
 */
#pragma once

#include "db/db.h"

struct migration {
    int version;      /* NNNN, counting from 1 without gaps */
    const char *name; /* the file's name, "0001_foundation.sql" */
    const char *sql;  /* its text; need not end in a NUL */
    ptrdiff_t sql_len;
};

/* Bring the database at cx->db up to date with `list`, in order of version. False with cx->err
 * set; everything is rolled back then. */
MUST_USE bool db_migrate(struct ctx *cx, const struct migration *list, int count);
/* What db_migrate would run, as SQL with a comment a step; empty if nothing. Changes nothing. */
MUST_USE bool db_migrate_plan(struct ctx *cx, const struct migration *list, int count, str *sql);
/* The step's text for the engine of cx->db. */
str migration_sql(struct ctx *cx, const struct migration *m);
