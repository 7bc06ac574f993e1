/* What the journals of erasures say, done again; and the end of a quarantine. */
#include "audit/audit.h"
#include "backup/disk.h"
#include "backup/quarantine.h"
#include "cmd/restore.h"
#include "dossier/dossier.h"
#include "post/post_delivery.h"
#include "workspace/workspace.h"

static bool is_there(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead lead;
    return lead_load(cx, tx, *(const int64_t *)arg, &lead);
}

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_erase(cx, tx, *(const int64_t *)arg);
}

struct overdue {
    int64_t id;
    bool there;
};

static bool overdue_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct overdue *o = arg;
    return workspace_overdue(cx, tx, o->id, &o->there);
}

/* One lead, or a workspace, whose rows the server then lets go; *gone if there was one. */
static bool erase_one(struct ctx *cx, const struct erasure *e, bool *gone)
{
    int64_t lead_id = e->lead_id;
    struct overdue whole = {e->workspace_id, false};
    cx->workspace_id = e->workspace_id;
    *gone = false;
    if (lead_id == 0) return db_write(cx, DB_INTERACTIVE, overdue_write, &whole);
    if (!db_read(cx, is_there, &lead_id)) {
        bool absent = cx->err.code == ERR_NOT_FOUND;
        if (absent) err_clear(cx);
        return absent;
    }
    *gone = true;
    return db_write(cx, DB_INTERACTIVE, erase_write, &lead_id);
}

bool restore_erase(struct ctx *cx, const struct erasures *list, int64_t since_ms, int64_t *erased)
{
    int64_t workspace_id = cx->workspace_id;
    arena *whole = cx->a;
    bool ok = true;
    *erased = 0;
    for (ptrdiff_t i = 0; ok && i < list->count; i++) {
        arena scratch = *whole;
        bool gone;
        if (list->row[i].at_ms < since_ms) continue;
        cx->a = &scratch;
        ok = erase_one(cx, &list->row[i], &gone);
        if (ok && gone) (*erased)++;
        if (!ok) *whole = scratch; /* the error's words stand in it */
        cx->a = whole;
    }
    cx->workspace_id = workspace_id;
    return ok;
}

bool restore_journals(struct ctx *cx, str paths, struct erasures *out)
{
    *out = (struct erasures){0};
    for (str rest = paths; rest.ptr != NULL && rest.len > 0;) {
        str path = str_cut(rest, '\n', &rest);
        if (path.len > 0 && !erasures_read(cx, path, out)) return false;
    }
    erasures_settle(out);
    return true;
}

bool restore_carry(struct ctx *cx, str paths, str journal)
{
    for (str rest = paths; rest.ptr != NULL && rest.len > 0;) {
        arena scratch = *cx->a;
        struct ctx own = *cx;
        str path = str_cut(rest, '\n', &rest);
        own.a = &scratch;
        if (path.len == 0 || erasures_carry(&own, path, journal, true)) continue;
        *cx->a = scratch;
        cx->err = own.err;
        return false;
    }
    return true;
}

/* --- zulauf restore --release --- */

struct release {
    bool on;
    int64_t made_ms, erased;
};

static bool state_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct release *r = arg;
    return quarantine_get(cx, tx, &r->on, &r->made_ms);
}

static bool release_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct release *r = arg;
    struct value detail = value_map(cx->a);
    value_set_int(detail, "erased", r->erased);
    return quarantine_set(cx, tx, 0) &&
           audit_write(cx, tx, "restore.release", "workspace", cx->workspace_id, 0, detail);
}

/* The address of a database may hold a password, which no output repeats. */
str restore_release_command(arena *a, const struct config *c)
{
    return str_printf(a, "zulauf restore --release --data %.*s%s --erasures FILE",
                      STR_ARG(c->data_dir), c->db_url.len > 0 ? " --db URL" : "");
}

bool restore_quarantine_text(struct ctx *cx, str *text)
{
    struct release r = {0};
    *text = S("");
    if (!db_read(cx, state_read, &r)) return false;
    if (r.on)
        *text = str_printf(cx->a,
                           "restored without the journal of erasures: no mail, no export, until "
                           "%.*s (or --confirm-no-erasures)",
                           STR_ARG(restore_release_command(cx->a, &cx->app->config)));
    return true;
}

bool run_release(struct ctx *cx, struct value args, struct command_out *out)
{
    struct release r = {0};
    struct erasures list;
    str paths = value_str(value_get(args, S("erasures")));
    if (!db_read(cx, state_read, &r)) return false;
    if (!r.on)
        return fail_detail(cx, ERR_CONFLICT, "error.conflict",
                           "This database is in no quarantine; there is nothing to release.");
    if (!restore_journals(cx, paths, &list) ||
        !restore_carry(cx, paths, erasure_journal_path(cx)) ||
        !restore_erase(cx, &list, r.made_ms - ERASURE_MARGIN_MS, &r.erased) ||
        !db_write(cx, DB_INTERACTIVE, release_write, &r))
        return false;
    post_wake(cx->app->delivery);
    return command_write(cx, out,
                         str_printf(cx->a,
                                    "%lld leads erased again; the quarantine is over: mail goes "
                                    "out, leads may be exported.\n",
                                    (long long)r.erased));
}
