#include "workspace/workspace.h"

#include "base/log.h"
#include "base/utf8.h"
#include "workspace_sql.h"

bool workspace_by_host(struct ctx *cx, struct tx *tx, str host, struct workspace *out)
{
    /* A client may send any bytes; a host that is no text is nobody's. */
    bool text = host.ptr != NULL && utf8_valid(host);
    struct workspace_by_host_in in = {text ? str_lower_ascii(cx->a, host) : S("")};
    struct workspace_by_host_row row;
    bool found;
    if (!q_workspace_by_host(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct workspace){row.id, row.ws_name, row.host};
    return true;
}

bool workspace_load(struct ctx *cx, struct tx *tx, int64_t id, struct workspace *out)
{
    struct workspace_get_in in = {id};
    struct workspace_get_row row;
    bool found;
    if (!q_workspace_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct workspace){row.id, row.ws_name, row.host};
    return true;
}

bool workspace_list(struct ctx *cx, struct tx *tx, struct workspaces *out)
{
    struct workspace_list_rows rows;
    if (!q_workspace_list(tx, &rows)) return false;
    *out = (struct workspaces){NEW(cx->a, struct workspace, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct workspace){rows.row[i].id, rows.row[i].ws_name, rows.row[i].host};
    return true;
}

bool workspace_all_ids(struct ctx *cx, struct tx *tx, struct workspace_ids *out)
{
    struct workspace_all_rows rows;
    if (!q_workspace_all(tx, &rows)) return false;
    *out = (struct workspace_ids){NEW(cx->a, int64_t, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) out->id[i] = rows.row[i].id;
    return true;
}

static bool all_ids_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_all_ids(cx, tx, arg);
}

enum { AWAY_AFTER = 3 }; /* faults in a row: the database is away for everybody */

bool workspace_each(struct ctx *cx, const struct workspace_ids *ids, workspace_fn *fn, void *arg)
{
    struct workspace_ids all = {0};
    struct err first = {.code = ERR_NONE};
    int64_t before = cx->workspace_id;
    int away = 0;
    if (ids == NULL && !db_read(cx, all_ids_read, &all)) return false;
    if (ids == NULL) ids = &all;
    for (ptrdiff_t i = 0; i < ids->count && away < AWAY_AFTER; i++) {
        arena start = *cx->a;
        cx->workspace_id = ids->id[i];
        if (fn(cx, arg)) {
            *cx->a = start;
            away = 0;
            continue;
        }
        log_line(LOG_LEVEL_WARN, "workspace.unserved", "workspace=%lld error=%s detail=%s",
                 (long long)ids->id[i], cx->err.key != NULL ? cx->err.key : "unexplained",
                 log_str(cx->err.detail).text);
        away = cx->err.code == ERR_UNAVAILABLE ? away + 1 : 0;
        if (first.code == ERR_NONE) first = cx->err; /* its words stay in the arena */
        err_clear(cx);
    }
    cx->workspace_id = before;
    cx->err = first;
    return first.code == ERR_NONE;
}

/* A unique host: the database's word is turned into a sentence beside the field. */
static bool host_taken(struct ctx *cx, bool ok)
{
    if (ok || cx->err.code != ERR_CONFLICT) return ok;
    err_clear(cx);
    return fail_conflict(cx, S("host"), "error.host_taken");
}

bool workspace_is_unnamed(str name)
{
    return str_eq(name, WORKSPACE_FIRST_NAME);
}

bool workspace_create(struct ctx *cx, struct tx *tx, str name, str host, int64_t *id)
{
    *id = ctx_new_id(cx);
    struct workspace_add_in in = {*id, name, str_lower_ascii(cx->a, host), cx->now_ms};
    return host_taken(cx, q_workspace_add(tx, &in, NULL));
}

bool workspace_turn(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct workspace_turn_in in = {id};
    int64_t changed = 0;
    if (!q_workspace_turn(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool workspace_change(struct ctx *cx, struct tx *tx, const struct workspace *w)
{
    struct workspace_update_in in = {w->id, w->name, str_lower_ascii(cx->a, w->host)};
    return host_taken(cx, q_workspace_update(tx, &in, NULL));
}

bool workspace_going_list(struct ctx *cx, struct tx *tx, struct workspaces_going *out)
{
    struct workspace_going_list_rows rows;
    if (!q_workspace_going_list(tx, &rows)) return false;
    *out = (struct workspaces_going){NEW(cx->a, struct workspace_going, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct workspace_going){
            {rows.row[i].id, rows.row[i].ws_name, rows.row[i].host}, rows.row[i].archived_ms};
    return true;
}

bool workspace_let_go(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct workspace_archive_in in = {id, cx->now_ms};
    struct workspace w;
    int64_t changed = 0;
    if (!workspace_load(cx, tx, id, &w)) return false;
    if (w.host.len == 0) return fail(cx, ERR_CONFLICT, "workspace.default_stays");
    return q_workspace_archive(tx, &in, &changed) &&
           (changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found"));
}

bool workspace_take_back(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct workspace_take_back_in in = {id, cx->now_ms - WORKSPACE_WAIT_MS};
    int64_t changed = 0;
    if (!q_workspace_take_back(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool workspace_overdue(struct ctx *cx, struct tx *tx, int64_t id, bool *there)
{
    struct workspace_overdue_in in = {id};
    int64_t changed = 0;
    (void)cx;
    if (!q_workspace_overdue(tx, &in, &changed)) return false;
    *there = changed == 1;
    return true;
}

bool workspace_forget(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct workspace_delete_in in = {id};
    (void)cx;
    return q_workspace_delete(tx, &in, NULL);
}

bool workspace_is_default(struct ctx *cx, struct tx *tx, bool *is)
{
    struct workspace w;
    if (!workspace_load(cx, tx, cx->workspace_id, &w)) return false;
    *is = w.host.len == 0;
    return true;
}
