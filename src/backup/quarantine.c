#include "backup/quarantine.h"

#include "backup_sql.h"

#define NOTE S("quarantine")

bool quarantine_get(struct ctx *cx, struct tx *tx, bool *on, int64_t *made_ms)
{
    struct backup_note_get_in in = {NOTE};
    struct backup_note_get_row row;
    int64_t ms = 0;
    bool found;
    (void)cx;
    *on = false;
    if (!q_backup_note_get(tx, &in, &row, &found)) return false;
    /* Whatever stands there and is not the word for "lifted" keeps it shut. */
    *on = found && row.value.len > 0;
    if (*on && !str_to_i64(row.value, &ms)) ms = 0;
    if (made_ms != NULL) *made_ms = ms;
    return true;
}

bool quarantine_set(struct ctx *cx, struct tx *tx, int64_t made_ms)
{
    str value = made_ms == 0 ? S("") : str_printf(cx->a, "%lld", (long long)made_ms);
    struct backup_note_put_in in = {NOTE, value};
    return q_backup_note_put(tx, &in, NULL);
}

static bool read_it(struct ctx *cx, struct tx *tx, void *arg)
{
    return quarantine_get(cx, tx, arg, NULL);
}

bool quarantine_allows_export(struct ctx *cx)
{
    bool on;
    if (!db_read(cx, read_it, &on)) return false;
    return !on || fail_detail(cx, ERR_FORBIDDEN, "backup.quarantined",
                              "This database was restored without the journal of erasures: nothing "
                              "is exported until zulauf restore --release has applied it.");
}
