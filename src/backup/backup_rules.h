/* backup/backup_rules.h -- when a backup is due, what it is called, which ones go.
 *
 * Pure: no I/O, no clock.
 * Terms: plan, rotation (docs/GLOSSARY.md).
 */
#pragma once

#include "base/tz.h"

enum backup_every { BACKUP_OFF, BACKUP_DAILY, BACKUP_WEEKLY, BACKUP_EVERY__COUNT };

enum {
    BACKUP_KEEP_MIN = 1,
    BACKUP_KEEP_MAX = 400, /* a year of days */
    BACKUP_HOUR_MAX = 23,
    BACKUP_NAME_LEN = 28, /* zulauf-20260312T030000Z.zbak */
};
/* A backup that failed is tried again after that. */
#define BACKUP_AGAIN_MS (INT64_C(3600) * 1000)

/* "off", "daily", "weekly". */
const char *backup_every_name(enum backup_every every);
MUST_USE bool backup_every_of(str name, enum backup_every *out);

/* The latest moment up to now at which the plan asks for one: each day at the full hour of the
 * zone, or each Sunday; INT64_MIN for BACKUP_OFF. */
int64_t backup_slot_ms(enum backup_every every, int hour, const struct tz *zone, int64_t now_ms);
/* Is one to be made now? ok_ms: when the last good one began, failed_ms: when one was last tried
 * and failed since (0: none). */
bool backup_is_due(int64_t slot_ms, int64_t now_ms, int64_t ok_ms, int64_t failed_ms);

/* The name of a scheduled backup begun at that second, and back. */
str backup_name(arena *a, int64_t made_ms);
MUST_USE bool backup_name_read(str name, int64_t *made_ms);
