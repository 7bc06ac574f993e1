/* db/migrate.h -- forward-only schema steps, embedded from sql/migrations.
 *
 * Each NNNN_*.sql runs in one transaction and is recorded in schema_migration(version, name,
 * sha256, applied_ms). A database with a version we do not know is refused.
 */
#pragma once

#include "db/db.h"

/* Bring the database at cx->db up to date. False with cx->err set. */
MUST_USE bool db_migrate(struct ctx *cx);
