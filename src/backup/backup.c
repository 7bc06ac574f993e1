#include "backup/backup.h"

#include "app.h"
#include "backup/body.h"
#include "backup/disk.h"
#include "backup/erasures.h"
#include "backup/pair.h"
#include "backup_sql.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "web/embedded.h"
#include "web/i18n.h"
#include "workspace/workspace.h"

#include <errno.h>
#include <unistd.h>

int64_t backup_schema(void)
{
    int64_t last = 0;
    for (ptrdiff_t i = 0; i < embedded_count; i++) {
        str path = str_of(embedded_files[i].path), folder = S("sql/migrations/");
        int64_t version;
        if (str_starts(path, folder) &&
            str_to_i64(str_slice(path, folder.len, folder.len + 4), &version) && version > last)
            last = version;
    }
    return last;
}

/* --- making one --- */

struct making {
    const struct backup_request *rq;
    const struct body_kind *kind;
    struct body_dump dump;
    struct manifest manifest;
    struct archive_writer *writer;
    str journal;
};

static bool facts_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct manifest *m = arg;
    struct backup_facts_row row;
    bool found;
    (void)cx;
    if (!q_backup_facts(tx, &row, &found)) return false;
    m->leads = row.leads_n;
    m->workspaces = row.workspaces_n;
    return true;
}

static bool manifest_make(struct ctx *cx, struct making *m, int64_t made_ms)
{
    enum archive_body body = body_of_database(cx);
    m->kind = body_kind_of(body);
    if (m->kind == NULL)
        return archive_refuse(cx, ERR_UNAVAILABLE, "backup.body_unknown", m->rq->path,
                              str_of(archive_body_name(body)));
    m->manifest = (struct manifest){.program = S(ZULAUF_VERSION),
                                    .schema = backup_schema(),
                                    .engine = str_of(m->kind->engine),
                                    .body = body,
                                    .key_mark = key_ring_mark(cx->a, cx->keys),
                                    .made_ms = made_ms,
                                    .scheduled = m->rq->scheduled,
                                    .body_bytes = -1};
    return db_read(cx, facts_read, &m->manifest);
}

/* Asked before anything is begun: a disk must not be filled only to find out. */
static bool room_there(struct ctx *cx, const struct making *m)
{
    int64_t need = 0, there = disk_free_bytes(*cx->a, m->rq->path);
    if (!m->kind->need(cx, &need)) return false;
    if (there < 0 || there >= need) return true;
    str reason = str_printf(cx->a, "%.*s / %.*s", STR_ARG(disk_size_text(cx->a, need)),
                            STR_ARG(disk_size_text(cx->a, there)));
    fail(cx, ERR_STORAGE, "backup.no_room");
    cx->err.detail =
        str_printf(cx->a,
                   "There is not enough room for %.*s (needed / free: %.*s); make some, or "
                   "name another disk.",
                   STR_ARG(m->rq->path), STR_ARG(reason));
    fail_arg(cx, "path", m->rq->path);
    fail_arg(cx, "reason", reason);
    return false;
}

static bool place_usable(struct ctx *cx, const struct making *m)
{
    int error = disk_folder_error(*cx->a, m->rq->path);
    if (error != 0)
        return archive_refuse(cx, ERR_STORAGE, "backup.not_written", m->rq->path,
                              disk_reason(cx->a, error));
    str taken = disk_taken(*cx->a, m->rq->path)  ? m->rq->path
                : disk_taken(*cx->a, m->journal) ? m->journal
                                                 : (str){0};
    return taken.ptr == NULL || archive_refuse(cx, ERR_CONFLICT, "backup.exists", taken, S(""));
}

static bool pack(struct ctx *cx, struct making *m, struct backup_result *out)
{
    const struct archive_watch *watch = m->rq->watch.go_on != NULL ? &m->rq->watch : NULL;
    m->manifest.body_bytes = m->dump.body_bytes;
    out->body_bytes = m->dump.body_bytes;
    return archive_create(cx, m->rq->path, &m->manifest, m->rq->seal_to, &m->writer) &&
           m->kind->pour(cx, &m->dump, m->writer, watch) &&
           archive_commit(cx, m->writer, &out->file_bytes);
}

/* The journals of all nodes as they are now, which is later than the copy: it serves backups made
 * before. A shared one that cannot be read must not keep this installation from its backups. */
static bool journal_copy(struct ctx *cx, const struct making *m)
{
    str own = erasure_journal_path(cx), shared = erasure_shared_path(cx);
    erasures_share(cx);
    if (!erasure_journal_make(cx, own) || !erasures_carry(cx, own, m->journal, false)) return false;
    if (shared.len == 0 || !disk_taken(*cx->a, shared)) return true;
    if (!erasures_carry(cx, shared, m->journal, false)) {
        log_line(LOG_LEVEL_ERROR, "backup.journal", "error=%s detail=%s", cx->err.key,
                 log_str(cx->err.detail).text);
        err_clear(cx);
    }
    return true;
}

struct held {
    const struct body_kind *kind;
    struct body_dump *dump;
};

static void dump_deferred(void *ptr)
{
    struct held *held = ptr;
    held->kind->close(held->dump);
}

bool backup_make(struct ctx *cx, const struct backup_request *request, struct backup_result *out)
{
    struct making *m = NEW(cx->a, struct making, 1);
    struct held *held = NEW(cx->a, struct held, 1);
    int64_t began = clock_mono_ms(), made_ms = clock_now_ms();
    *out = (struct backup_result){.made_ms = made_ms};
    *m =
        (struct making){.rq = request, .dump = {.fd = -1, .body_bytes = -1, .path = request->path}};
    m->journal = str_printf(cx->a, "%.*s.erasures.jsonl", STR_ARG(request->path));
    if (!manifest_make(cx, m, made_ms) || !place_usable(cx, m) || !room_there(cx, m)) return false;
    *held = (struct held){m->kind, &m->dump};
    ctx_defer(cx, dump_deferred, held);
    bool ok = m->kind->open(cx, request->path, &m->dump) && pack(cx, m, out);
    if (m->writer != NULL) archive_drop(m->writer);
    m->kind->close(&m->dump);
    if (!ok) return false;
    if (!journal_copy(cx, m)) {
        (void)unlink(str_cstr(cx->a, request->path)); /* a backup without it is half of one */
        return false;
    }
    out->leads = m->manifest.leads;
    out->journal = m->journal;
    out->took_ms = clock_mono_ms() - began;
    log_line(LOG_LEVEL_INFO, "backup.made", "bytes=%lld body=%lld took_ms=%lld sealed=%d",
             (long long)out->file_bytes, (long long)out->body_bytes, (long long)out->took_ms,
             request->seal_to != NULL);
    return true;
}

static str lock_path(struct ctx *cx)
{
    return str_printf(cx->a, "%.*s/backup.lock", STR_ARG(cx->app->config.backup_dir));
}

int backup_begin(struct ctx *cx)
{
    int fd = disk_lock(*cx->a, lock_path(cx));
    if (fd >= 0) return fd;
    if (errno == EAGAIN)
        fail_detail(cx, ERR_CONFLICT, "backup.under_way",
                    "A backup is under way in this folder; wait for its end.");
    else
        archive_refuse(cx, ERR_STORAGE, "backup.folder", cx->app->config.backup_dir,
                       disk_reason(cx->a, errno));
    return -1;
}

bool backup_under_way(struct ctx *cx)
{
    return disk_locked(*cx->a, lock_path(cx));
}

/* --- notes --- */

static bool note_get(struct ctx *cx, struct tx *tx, const char *name, struct value *out)
{
    struct backup_note_get_in in = {str_of(name)};
    struct backup_note_get_row row;
    struct json_err err;
    bool found;
    *out = value_null();
    if (!q_backup_note_get(tx, &in, &row, &found)) return false;
    if (found && row.value.len > 0 && !json_parse(cx->a, row.value, out, &err)) *out = value_null();
    return true;
}

static bool note_put(struct ctx *cx, struct tx *tx, const char *name, struct value v)
{
    struct backup_note_put_in in = {str_of(name), value_is_null(v) ? S("") : json_text(cx->a, v)};
    return q_backup_note_put(tx, &in, NULL);
}

static int64_t get_int(struct value map, const char *name, int64_t otherwise)
{
    struct value v = value_get(map, str_of(name));
    return v.type == VALUE_INT ? v.as.integer : otherwise;
}

static str get_text(struct value map, const char *name)
{
    str s = value_str(value_get(map, str_of(name)));
    return s.ptr == NULL ? S("") : s;
}

bool backup_plan_load(struct ctx *cx, struct tx *tx, struct backup_plan *out)
{
    enum { HOUR = 3, KEEP = 14 };
    struct value v;
    *out = (struct backup_plan){BACKUP_OFF, HOUR, KEEP, S("")};
    if (!note_get(cx, tx, "backup_plan", &v)) return false;
    if (!backup_every_of(get_text(v, "every"), &out->every)) return true;
    out->hour = (int)get_int(v, "hour", HOUR);
    out->keep = (int)get_int(v, "keep", KEEP);
    out->seal_to = get_text(v, "seal_to");
    return true;
}

bool backup_plan_save(struct ctx *cx, struct tx *tx, struct backup_plan *p)
{
    struct pair_public key;
    struct value v = value_map(cx->a);
    p->seal_to = str_trim(p->seal_to);
    if (p->hour < 0 || p->hour > BACKUP_HOUR_MAX) fail_field(cx, S("hour"), "backup.hour_invalid");
    if (p->keep < BACKUP_KEEP_MIN || p->keep > BACKUP_KEEP_MAX)
        fail_field(cx, S("keep"), "backup.keep_invalid");
    if (pair_has_secret(p->seal_to))
        fail_field(cx, S("seal_to"), "backup.seal_to_private");
    else if (p->seal_to.len > 0 && !pair_public_read(p->seal_to, &key))
        fail_field(cx, S("seal_to"), "backup.seal_to_invalid");
    else if (p->seal_to.len > 0)
        p->seal_to = pair_public_text(cx->a, &key);
    if (cx->err.code != ERR_NONE) return false;
    value_set_text(v, "every", str_of(backup_every_name(p->every)));
    value_set_int(v, "hour", p->hour);
    value_set_int(v, "keep", p->keep);
    value_set_text(v, "seal_to", p->seal_to);
    return note_put(cx, tx, "backup_plan", v);
}

bool backup_state_load(struct ctx *cx, struct tx *tx, struct backup_state *out)
{
    struct value good, bad;
    if (!note_get(cx, tx, "backup_good", &good) || !note_get(cx, tx, "backup_failed", &bad))
        return false;
    *out = (struct backup_state){.ok_ms = get_int(good, "at_ms", 0),
                                 .bytes = get_int(good, "bytes", 0),
                                 .took_ms = get_int(good, "took_ms", 0),
                                 .file = get_text(good, "file"),
                                 .failed_ms = get_int(bad, "at_ms", 0),
                                 .error_key = get_text(bad, "key"),
                                 .error_path = get_text(bad, "path"),
                                 .error_reason = get_text(bad, "reason")};
    return true;
}

bool backup_note_good(struct ctx *cx, struct tx *tx, const struct backup_result *r, str file)
{
    struct value v = value_map(cx->a);
    value_set_int(v, "at_ms", r->made_ms);
    value_set_int(v, "bytes", r->file_bytes);
    value_set_int(v, "took_ms", r->took_ms);
    value_set_text(v, "file", file);
    return note_put(cx, tx, "backup_good", v) && note_put(cx, tx, "backup_failed", value_null());
}

static str arg_of(const struct err *err, const char *name)
{
    for (int i = 0; i < ERR_ARGS; i++)
        if (err->args[i].name != NULL && str_eq(str_of(err->args[i].name), str_of(name)))
            return err->args[i].value;
    return S("");
}

bool backup_note_failed(struct ctx *cx, struct tx *tx, const struct err *err)
{
    struct value v = value_map(cx->a);
    value_set_int(v, "at_ms", cx->now_ms);
    value_set_text(v, "key", err->key != NULL ? str_of(err->key) : S("error.backup"));
    value_set_text(v, "path", arg_of(err, "path"));
    value_set_text(v, "reason", arg_of(err, "reason"));
    return note_put(cx, tx, "backup_failed", v);
}

str backup_trouble(struct ctx *cx, const struct backup_state *s)
{
    struct err_arg args[] = {{"path", s->error_path}, {"reason", s->error_reason}};
    if (s->failed_ms == 0) return S("");
    return i18n_text(cx->a, cx->texts->i18n, cx->lang, s->error_key, args, COUNTOF(args));
}

bool backup_is_ours(struct ctx *cx, struct tx *tx)
{
    struct workspace w;
    if (!workspace_load(cx, tx, cx->workspace_id, &w)) return false;
    return w.host.len == 0 || fail(cx, ERR_FORBIDDEN, "backup.default_only");
}
