/* Files that visitors send in with a form: looked at, taken in, and swept away again where nobody
 * confirmed what they came with. */
#include "app.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "capture/capture_inner.h"
#include "capture_sql.h"
#include "consent/consent.h"
#include "lead/lead.h"
#include "setting/setting.h"
#include "spam/spam_memory.h"
#include "workspace/workspace.h"

#define DAY_MS INT64_C(86400000)

enum { SWEPT_AT_ONCE = 20, LOOKED_AT_ONCE = 1000, UNIT_BYTES = 64 << 10, NETWORKS_A_DAY = 4 };

/* A name as it may stand in lists and on a disk: its ending stays, whatever is cut. */
static str clean_name(arena *a, str sent)
{
    str name = utf8_clean_line(a, sent);
    if (name.len <= LEAD_FILE_NAME_MAX) return name;
    ptrdiff_t dot = name.len;
    while (dot > 0 && name.len - dot < 8 && name.ptr[dot - 1] != '.') dot--;
    str ending = dot > 0 && name.ptr[dot - 1] == '.' ? str_slice(name, dot - 1, name.len) : S("");
    str front = utf8_cut(name, LEAD_FILE_NAME_MAX - ending.len);
    return str_printf(a, "%.*s%.*s", STR_ARG(front), STR_ARG(ending));
}

static bool refuse(struct ctx *cx, str at, enum field_err err, enum file_accept accept)
{
    fail_field(cx, at, field_err_key(err));
    if (err == FIELD_BAD_FILE)
        fail_arg(cx, "kinds",
                 str_replace(cx->a, str_of(file_accept_endings(accept)), S(","), S(", ")));
    return false;
}

struct value sent_file_kept(struct ctx *cx, const struct lead_file_taken *file)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "filename", file->name);
    value_set_text(map, "held", id_text(cx->a, ID_LEAD_FILE, file->id));
    value_set_text(map, "key", base64url_encode(cx->a, file->key.bytes, sizeof file->key.bytes));
    return map;
}

/* What sent_file_kept wrote. */
static bool held_read(struct value raw, struct lead_file_taken *out)
{
    str key = value_str(value_get(raw, S("key")));
    out->name = value_str(value_get(raw, S("filename")));
    return out->name.len > 0 && key.len > 0 &&
           id_parse(value_str(value_get(raw, S("held"))), ID_LEAD_FILE, &out->id) &&
           base64url_decode(key, out->key.bytes, sizeof out->key.bytes);
}

bool sent_file_read(struct ctx *cx, const struct form_field *f, struct value raw, str at,
                    struct answers *out, str *name)
{
    str sent = value_str(value_get(raw, S("filename")));
    str bytes = value_str(value_get(raw, S("bytes")));
    *name = S("");
    struct answer_file held = {.field = f, .fault_at = at};
    if (out->released && raw.type == VALUE_MAP && out->file_count < FORM_FILES_MAX &&
        held_read(raw, &held.held)) {
        out->file[out->file_count++] = held;
        *name = held.held.name;
        return true;
    }
    if (raw.type != VALUE_MAP || bytes.len <= 0)
        return f->required ? refuse(cx, at, FIELD_MISSING, f->accept) : true;
    str clean = clean_name(cx->a, sent.ptr == NULL ? S("") : sent);
    str media_type = file_kind_media_type(f->accept, clean, bytes);
    if (media_type.ptr == NULL) return refuse(cx, at, FIELD_BAD_FILE, f->accept);
    if (out->file_count == FORM_FILES_MAX) return refuse(cx, at, FIELD_FILE_LARGE, f->accept);
    out->file[out->file_count++] = (struct answer_file){
        .field = f,
        .file = {str_of(f->def->key), clean, media_type, bytes},
        .fault_at = at,
    };
    *name = clean;
    return true;
}

struct room {
    int64_t max_bytes, day_bytes, today_bytes;
};

static bool room_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct room *r = arg;
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    r->max_bytes = setting_number(&settings, SETTING_FILE_MAX_MB) << 20;
    r->day_bytes = setting_number(&settings, SETTING_FILES_DAY_MB) << 20;
    return lead_file_bytes_since(cx, tx, cx->now_ms - DAY_MS, &r->today_bytes);
}

/* One network has a part of the day's room, so that it cannot take it from everybody else. */
static bool share_take(struct ctx *cx, const struct submission_new *in, const struct room *room,
                       int64_t bytes)
{
    const struct origin *o = in->origin;
    if (o == NULL || o->signals.trusted || cx->app == NULL) return true;
    return spam_take(cx->app->spam, COUNT_FILES, cx->workspace_id, o->network, cx->now_ms,
                     (bytes + UNIT_BYTES - 1) / UNIT_BYTES,
                     room->day_bytes / NETWORKS_A_DAY / UNIT_BYTES);
}

bool sent_files_take(struct ctx *cx, const struct submission_new *in, const struct answers *answers,
                     struct lead_file_taken *out)
{
    struct room room;
    int64_t bytes = 0;
    if (answers->file_count == 0) return true;
    for (int i = 0; answers->released && i < answers->file_count; i++)
        out[i] = answers->file[i].held;
    if (answers->released) return true;
    if (!db_read(cx, room_read, &room)) return false;
    for (int i = 0; i < answers->file_count; i++) {
        const struct answer_file *f = &answers->file[i];
        bytes += f->file.bytes.len;
        if (f->file.bytes.len <= room.max_bytes) continue;
        fail_field(cx, f->fault_at, field_err_key(FIELD_FILE_LARGE));
        fail_arg(cx, "max", str_printf(cx->a, "%lld", (long long)(room.max_bytes >> 20)));
    }
    if (cx->err.code != ERR_NONE) return false;
    /* Strangers fill no disk: so much a day, whoever they are. */
    if (room.today_bytes + bytes > room.day_bytes || !share_take(cx, in, &room, bytes))
        return fail_field(cx, answers->file[0].fault_at, "error.files_full");
    for (int i = 0; i < answers->file_count; i++)
        if (!lead_file_take(cx, &answers->file[i].file, &out[i])) return false;
    return true;
}

bool sent_files_hold(struct ctx *cx, struct tx *tx, const struct lead_file_taken *file, int count,
                     int64_t suspect_id)
{
    for (int i = 0; i < count; i++)
        if (!lead_file_hold(cx, tx, &file[i], suspect_id)) return false;
    return true;
}

/* --- what nobody confirmed --- */

/* What was never sent to its end, or is held back no more. */
static bool sweep_write(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t *swept = arg;
    struct file_let_go_in held = {SWEPT_AT_ONCE};
    struct file_let_go_rows gone;
    if (!q_file_let_go(tx, &held, &gone)) return false;
    for (ptrdiff_t i = 0; i < gone.count; i++)
        if (!lead_file_remove(cx, tx, 0, gone.row[i].id)) return false;
    if (!lead_file_sweep(cx, tx, SWEPT_AT_ONCE, swept)) return false;
    *swept += gone.count;
    return true;
}

struct unconfirmed {
    int64_t after_id;
    struct file_unconfirmed_rows rows;
    int64_t lead_id, id; /* one of them */
};

static bool unconfirmed_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct unconfirmed *u = arg;
    int64_t before_ms = cx->now_ms - CONFIRMATION_DAYS * DAY_MS;
    struct file_unconfirmed_in in = {u->after_id, id_first(before_ms), LOOKED_AT_ONCE};
    return q_file_unconfirmed(tx, &in, &u->rows);
}

/* Asked again, in the lead's turn: a new link may have been sent, and confirmed, since. */
static bool unconfirmed_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct unconfirmed *u = arg;
    struct file_is_over_in in = {u->lead_id, u->id};
    struct file_is_over_row row = {0};
    bool there;
    if (!lead_turn(cx, tx, u->lead_id, &there) || !q_file_is_over(tx, &in, &row, NULL))
        return false;
    return row.n == 0 || lead_file_remove(cx, tx, u->lead_id, u->id);
}

/* However many files there are: looked at in reads, for which nobody waits. */
static bool sweep_unconfirmed(struct ctx *cx)
{
    struct unconfirmed u = {0};
    do {
        arena start = *cx->a;
        if (!db_read(cx, unconfirmed_read, &u)) return false;
        for (ptrdiff_t i = 0; i < u.rows.count; i++) {
            u.lead_id = u.rows.row[i].lead_id;
            u.id = u.after_id = u.rows.row[i].id;
            if (u.rows.row[i].is_over == 1 && !db_write(cx, DB_BULK, unconfirmed_write, &u))
                return false;
        }
        *cx->a = start;
    } while (u.rows.count == LOOKED_AT_ONCE);
    return true;
}

static bool sweep_all(struct ctx *cx, void *arg)
{
    int64_t swept = 1;
    (void)arg;
    while (swept > 0) {
        arena start = *cx->a;
        if (!db_write(cx, DB_BULK, sweep_write, &swept)) return false;
        *cx->a = start; /* an error's words stay */
    }
    return sweep_unconfirmed(cx);
}

bool capture_file_sweep_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return workspace_each(cx, NULL, sweep_all, NULL);
}
