/* db/migrate.h -- forward-only schema steps, embedded from sql/migrations.
 *
 * Each NNNN_*.sql runs in one transaction and is recorded in schema_migration(version, name,
 * sha256, applied_ms). A database with a version we do not know is refused (error.db_newer), and
 * so is one whose recorded step differs from ours: a step that ran is never edited.
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
 * set; what the failing step did is rolled back. */
MUST_USE bool db_migrate(struct ctx *cx, const struct migration *list, int count);
