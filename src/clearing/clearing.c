#include "clearing/clearing.h"

#include "audit/audit.h"
#include "backup/erasures.h"
#include "base/log.h"
#include "clearing_sql.h"
#include "workspace/workspace.h"

#include <string.h>

enum {
    CLEARING_ROWS = 500, /* in one transaction: some 20 ms */
    CLEARING_ROUNDS = 5,
};

struct clearing {
    struct workspace workspace;
    int each;
    int64_t changed;
    bool more; /* late rows are left: it is not forgotten yet */
};

/* Its time is over, and nobody has taken it back. */
static bool still_due(struct ctx *cx, struct tx *tx, int64_t id, bool *due)
{
    struct clearing_due_in in = {id};
    struct clearing_due_row row;
    bool found;
    if (!q_clearing_due(tx, &in, &row, &found)) return false;
    *due = found && row.archived_ms != 0 && row.archived_ms <= cx->now_ms - WORKSPACE_WAIT_MS;
    return true;
}

static bool rows_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct clearing *c = arg;
    struct erase_rows_in in = {CLEARING_ROWS};
    bool due;
    c->changed = 0;
    if (!still_due(cx, tx, c->workspace.id, &due)) return false;
    return !due || q_erase_rows(tx, c->each, &in, &c->changed);
}

/* Who worked nowhere else: account, second step, sessions. */
static bool people_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct clearing *c = arg;
    struct clearing_members_rows rows;
    bool due;
    if (!still_due(cx, tx, c->workspace.id, &due)) return false;
    if (!due) return true;
    if (!q_clearing_members(tx, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct clearing_user_in user = {rows.row[i].user_id};
        struct clearing_sessions_in sessions = {user.user_id};
        struct clearing_totp_in totp = {user.user_id};
        struct clearing_codes_in codes = {user.user_id};
        if (!q_clearing_sessions(tx, &sessions, NULL) || !q_clearing_totp(tx, &totp, NULL) ||
            !q_clearing_codes(tx, &codes, NULL) || !q_clearing_user(tx, &user, NULL))
            return false;
    }
    return true;
}

/* What jobs that were at work have left behind a table that was done, and what the steps
 * themselves leave (a receipt each). */
static bool late_rows_go(struct ctx *cx, struct tx *tx, struct clearing *c)
{
    struct erase_rows_in in = {CLEARING_ROWS};
    c->more = false;
    tx_workspace(tx, c->workspace.id);
    for (int each = ERASE_ROWS_EACH - 1; each >= 0; each--) {
        if (!q_erase_rows(tx, each, &in, &c->changed)) return false;
        c->more |= c->changed == CLEARING_ROWS;
    }
    tx_workspace(tx, cx->workspace_id);
    return true;
}

/* In the default workspace: the installation's audit tells that it is done. */
static bool forget_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct clearing *c = arg;
    struct value detail = value_map(cx->a);
    bool due;
    c->more = false;
    if (!still_due(cx, tx, c->workspace.id, &due)) return false;
    if (!due) return true;
    if (!late_rows_go(cx, tx, c)) return false;
    if (c->more) return true;
    value_set_text(detail, "name", c->workspace.name);
    value_set_text(detail, "host", c->workspace.host);
    return workspace_forget(cx, tx, c->workspace.id) &&
           audit_write(cx, tx, "workspace.erased", "workspace", c->workspace.id, 0, detail);
}

/* However many rows: no more memory than for a few. */
static bool table_goes(struct ctx *cx, struct clearing *c)
{
    arena *whole = cx->a;
    bool ok = true;
    do {
        arena scratch = *whole;
        cx->a = &scratch;
        ok = db_write(cx, DB_BULK, rows_write, c);
        if (!ok) *whole = scratch; /* the error's words stand in it */
    } while (ok && c->changed == CLEARING_ROWS);
    cx->a = whole;
    return ok;
}

/* Every table; those who work there are asked for while that can still be told. */
static bool rows_go(struct ctx *cx, struct clearing *c)
{
    for (c->each = ERASE_ROWS_EACH - 1; c->each >= 0; c->each--) {
        bool members = strcmp(erase_rows_table(c->each), "membership") == 0;
        if (members && !db_write(cx, DB_BULK, people_write, c)) return false;
        if (!table_goes(cx, c)) return false;
    }
    return true;
}

static bool workspace_goes(struct ctx *cx, const struct workspace *w, int64_t default_id)
{
    struct clearing c = {.workspace = *w};
    cx->workspace_id = w->id;
    if (!erasure_note(cx, 0, false)) return false;
    for (int round = 0; round == 0 || c.more; round++) {
        if (round == CLEARING_ROUNDS) return true; /* the next run goes on */
        cx->workspace_id = w->id;
        if (!rows_go(cx, &c)) return false;
        cx->workspace_id = default_id;
        if (!db_write(cx, DB_BULK, forget_write, &c)) return false;
    }
    log_line(LOG_LEVEL_INFO, "workspace.erased", "id=%lld", (long long)w->id);
    return true;
}

struct due {
    struct workspaces_going going;
    struct workspace first;
};

static bool due_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct due *d = arg;
    return workspace_going_list(cx, tx, &d->going) &&
           (d->going.count == 0 || workspace_by_host(cx, tx, S(""), &d->first));
}

bool clearing_run(struct ctx *cx, const struct job *job)
{
    struct due d = {0};
    int64_t before = cx->workspace_id;
    bool ok = db_read(cx, due_read, &d);
    (void)job;
    for (ptrdiff_t i = 0; ok && i < d.going.count; i++) {
        const struct workspace_going *g = &d.going.row[i];
        if (g->since_ms <= cx->now_ms - WORKSPACE_WAIT_MS)
            ok = workspace_goes(cx, &g->workspace, d.first.id);
    }
    cx->workspace_id = before;
    return ok;
}
