#include "importer/import_store.h"

#include "base/id.h"
#include "base/json.h"
#include "base/reach.h"
#include "import_sql.h"
#include "importer/import_file.h"
#include "importer/import_rules.h"
#include "jobs/jobs.h"
#include "lead/lead.h"

enum {
    REPORT_PAGE = 500,
    SWEEP_IMPORTS = 5,
    HOUR_MS = 3600000,
    DAY_MS = 86400000,
};

static str head_ad(struct ctx *cx, int64_t id)
{
    return seal_ad(cx->a, "lead_import.head", cx->workspace_id, id);
}

static str refused_ad(struct ctx *cx, int64_t id, int64_t line)
{
    str what = str_printf(cx->a, "lead_import_refused.%lld", (long long)line);
    return seal_ad(cx->a, str_cstr(cx->a, what), cx->workspace_id, id);
}

bool import_store_new(struct ctx *cx, struct tx *tx, const struct import_draft *d)
{
    const struct import *im = d->im;
    str ad = seal_ad(cx->a, "lead_import.data_key", cx->workspace_id, im->id);
    struct import_add_in in = {
        .id = im->id,
        .user_id = im->actor.user_id,
        .actor_kind = im->actor.kind,
        .permissions_n = (int64_t)im->actor.permissions,
        .lang = im->lang == LANG_EN ? S("en") : S("de"),
        .file_name = im->file_name,
        .size_bytes = im->size_bytes,
        .charset_kind = im->charset,
        .separator = {&im->separator, 1},
        .head = seal(cx->a, d->key, d->head, head_ad(cx, im->id)),
        .mapping = im->mapping,
        .campaign_id = im->campaign_id,
        .owner_user_id = im->owner_id,
        .source = im->source,
        .data_key = seal_key_wrap(cx->a, cx->keys, d->key, ad),
        .now_ms = cx->now_ms,
    };
    return q_import_add(tx, &in, NULL);
}

bool import_store_taken(struct tx *tx, int64_t id, int64_t text_bytes)
{
    struct import_taken_in in = {id, text_bytes};
    return q_import_taken(tx, &in, NULL);
}

static void row_open(struct ctx *cx, const struct import_get_row *r, struct import *out)
{
    struct seal_key key;
    *out = (struct import){
        .id = r->id,
        .state = (enum import_state)r->import_state,
        .actor = {(enum actor_kind)r->actor_kind, r->user_id, 0, (uint64_t)r->permissions_n},
        .user_name = r->user_name,
        .lang = str_eq(r->lang, S("en")) ? LANG_EN : LANG_DE,
        .file_name = r->file_name,
        .size_bytes = r->size_bytes,
        .text_bytes = r->text_bytes,
        .charset = (enum import_charset)r->charset_kind,
        .separator = r->separator.len > 0 ? r->separator.ptr[0] : ',',
        .mapping = r->mapping,
        .known = (enum import_known)r->known_kind,
        .wrong = (enum import_wrong)r->wrong_kind,
        .source = r->source,
        .campaign_id = r->campaign_id,
        .campaign_name = r->campaign_name,
        .owner_id = r->owner_user_id,
        .owner_name = r->owner_name,
        .check = {r->check_rows_n, r->check_new_n, r->check_known_n, r->check_refused_n,
                  r->check_twice_n, r->check_wrong_n, r->check_blocked_n},
        .done = {r->created_n, r->changed_n, r->same_n, r->left_n, r->refused_n, r->emptied_n,
                 r->erased_n},
        .report = r->report,
        .fault = r->fault,
        .fault_line = r->fault_line_no,
        .at_bytes = r->at_bytes,
        .at_line = r->at_line_no,
        .created_ms = r->created_ms,
        .started_ms = r->started_ms,
        .moved_ms = r->moved_ms,
        .ended_ms = r->ended_ms,
        .key_wrapped = r->data_key,
        .kept = r->is_kept_n == 1,
    };
    if (!out->kept) return;
    if (!import_key(cx, out, &key) ||
        !seal_open(cx->a, &key, r->head, head_ad(cx, r->id), &out->head)) {
        out->kept = false; /* another ring's: what is in the open can be shown all the same */
        err_clear(cx);
    }
}

static bool seen(const struct ctx *cx, const struct import *im)
{
    struct reach reach = reach_of(&cx->actor);
    return reach.any != 0 || im->actor.user_id == cx->actor.user_id;
}

static bool find(struct ctx *cx, struct tx *tx, int64_t id, struct import *out, bool *found)
{
    struct import_get_in in = {id};
    struct import_get_row row;
    if (!q_import_get(tx, &in, &row, found)) return false;
    if (!*found) return true;
    row_open(cx, &row, out);
    *found = seen(cx, out);
    return true;
}

bool import_load(struct ctx *cx, struct tx *tx, int64_t id, struct import *out)
{
    bool found;
    if (!find(cx, tx, id, out, &found)) return false;
    return found || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool import_list(struct ctx *cx, struct tx *tx, int64_t before_id, int limit, struct imports *out)
{
    struct import_page_in in = {before_id == 0 ? INT64_MAX : before_id, limit};
    struct import_page_rows rows;
    if (!q_import_page(tx, &in, &rows)) return false;
    *out = (struct imports){.row = NEW(cx->a, struct import, rows.count)};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        bool found;
        if (!find(cx, tx, rows.row[i].id, &out->row[out->count], &found)) return false;
        if (found) out->count++;
        out->last_id = rows.row[i].id;
    }
    out->more = rows.count == limit;
    return true;
}

bool import_store_checked(struct ctx *cx, struct tx *tx, const struct import *im)
{
    struct import_checked_in in = {im->id,
                                   im->mapping,
                                   im->known,
                                   im->wrong,
                                   im->check.rows,
                                   im->check.new_rows,
                                   im->check.known,
                                   im->check.twice,
                                   im->check.refused,
                                   im->check.wrong,
                                   im->check.blocked,
                                   im->report,
                                   im->fault,
                                   im->fault_line};
    (void)cx;
    return q_import_checked(tx, &in, NULL);
}

bool import_store_advance(struct ctx *cx, struct tx *tx, const struct import *im, int64_t at_bytes,
                          int64_t at_line, bool *moved)
{
    struct import_advance_in in = {im->id, im->at_bytes, at_bytes, at_line, cx->now_ms};
    int64_t changed = 0;
    if (!q_import_advance(tx, &in, &changed)) return false;
    *moved = changed == 1;
    return true;
}

bool import_store_count(struct tx *tx, int64_t id, const struct import_done *more)
{
    struct import_count_in in = {id,         more->created, more->changed, more->same,
                                 more->left, more->refused, more->emptied, more->erased};
    return q_import_count(tx, &in, NULL);
}

bool import_store_end(struct ctx *cx, struct tx *tx, int64_t id, enum import_state from,
                      enum import_state to, str fault, bool *moved)
{
    struct import_end_in in = {id, from, to, fault, cx->now_ms};
    struct import_parts_delete_in parts = {id};
    struct import_erased_delete_in erased = {id};
    int64_t changed = 0;
    if (!q_import_end(tx, &in, &changed)) return false;
    *moved = changed == 1;
    return !*moved || (q_import_parts_delete(tx, &parts, NULL) &&
                       q_import_erased_delete(tx, &erased, NULL));
}

/* --- refused rows --- */

struct value import_refusal_value(struct ctx *cx, const struct import_row *row)
{
    struct value map = value_map(cx->a);
    value_set_int(map, "line", row->line);
    value_set_text(map, "reason", str_of(row->refused));
    value_set_int(map, "column", row->column);
    value_set_int(map, "max", row->max);
    return map;
}

static void cells_add(struct ctx *cx, struct value map, const struct import_row *row)
{
    struct value cells = value_list(cx->a), wrong = value_list(cx->a);
    for (ptrdiff_t i = 0; i < row->cell_count; i++) value_push(cells, value_text(row->cell[i]));
    for (ptrdiff_t i = 0; i < row->wrong_count; i++) {
        struct value fault = value_map(cx->a);
        value_set_text(fault, "reason", str_of(row->wrong[i].reason));
        value_set_int(fault, "column", row->wrong[i].column);
        value_set_int(fault, "max", row->wrong[i].max);
        value_push(wrong, fault);
    }
    value_set(map, "wrong", wrong);
    value_set(map, "cells", cells);
}

str import_refused_body(struct ctx *cx, int64_t id, const struct seal_key *key,
                        const struct import_row *row)
{
    struct value map = import_refusal_value(cx, row);
    cells_add(cx, map, row);
    return seal(cx->a, key, json_text(cx->a, map), refused_ad(cx, id, row->line));
}

str import_emptied_body(struct ctx *cx, int64_t id, const struct seal_key *key,
                        const struct import_row *row)
{
    const struct import_fault *first = &row->wrong[0];
    struct import_row said = {.line = row->line,
                              .refused = first->reason,
                              .column = first->column,
                              .max = first->max};
    struct value map = import_refusal_value(cx, &said);
    value_set_int(map, "written", 1);
    cells_add(cx, map, row);
    return seal(cx->a, key, json_text(cx->a, map), refused_ad(cx, id, row->line));
}

str import_erased_body(struct ctx *cx, int64_t id, const struct seal_key *key, int64_t line)
{
    struct import_row said = {.line = line, .refused = IMPORT_REFUSED_ERASED, .column = -1};
    return seal(cx->a, key, json_text(cx->a, import_refusal_value(cx, &said)),
                refused_ad(cx, id, line));
}

bool import_store_kept(struct ctx *cx, struct tx *tx, int64_t id, const struct import_kept *row,
                       ptrdiff_t count)
{
    struct import_refused_add_in *in = NEW(cx->a, struct import_refused_add_in, count);
    for (ptrdiff_t i = 0; i < count; i++)
        in[i] = (struct import_refused_add_in){id, row[i].line, row[i].value_hash, row[i].body};
    return q_import_refused_add_put(tx, in, count, NULL);
}

/* --- the erased --- */

enum { ERASED_AT_ONCE = 80 };

bool import_store_erased(struct tx *tx, int64_t id, const int64_t *hash, ptrdiff_t count,
                         bool *erased)
{
    struct import_erased_any_in of = {id};
    struct import_erased_any_row any = {0};
    for (ptrdiff_t i = 0; i < count; i++) erased[i] = false;
    if (!q_import_erased_any(tx, &of, &any, NULL)) return false;
    for (ptrdiff_t at = 0; any.n > 0 && at < count; at += ERASED_AT_ONCE) {
        struct import_erased_of_in in = {.import_id = id};
        struct import_erased_of_rows rows;
        ptrdiff_t n = count - at < ERASED_AT_ONCE ? count - at : ERASED_AT_ONCE;
        for (ptrdiff_t i = 0; i < n; i++) in.hash[i] = hash[at + i];
        if (!q_import_erased_of(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t k = 0; k < rows.count && hash[at + i] != 0; k++)
                if (rows.row[k].value_hash == hash[at + i]) erased[at + i] = true;
    }
    return true;
}

bool import_forbid(struct ctx *cx, struct tx *tx, str email)
{
    struct import_erased_add_in in = {lead_address_hash(cx, email)};
    return q_import_turn(tx, NULL) && q_import_erased_add(tx, &in, NULL);
}

int64_t import_lead_hash(struct ctx *cx, int64_t lead_id)
{
    return lead_address_hash(cx, id_text(cx->a, ID_LEAD, lead_id));
}

bool import_erase_lead(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    struct import_refused_erase_in in = {import_lead_hash(cx, lead_id)};
    return q_import_refused_erase(tx, &in, NULL);
}

/* --- reading them --- */

static int64_t int_of(struct value map, str name)
{
    struct value v = value_get(map, name);
    return v.type == VALUE_INT ? v.as.integer : 0;
}

static void refusal_from(struct ctx *cx, struct value map, struct import_refusal *out)
{
    struct value cells = value_get(map, S("cells")), wrong = value_get(map, S("wrong"));
    *out = (struct import_refusal){
        .line = int_of(map, S("line")),
        .reason = str_cstr(cx->a, value_str(value_get(map, S("reason")))),
        .column = (ptrdiff_t)int_of(map, S("column")),
        .max = (int)int_of(map, S("max")),
        .written = int_of(map, S("written")) != 0,
        .wrong = NEW(cx->a, struct import_fault, value_count(wrong)),
        .wrong_count = value_count(wrong),
        .cell = NEW(cx->a, str, value_count(cells)),
        .cell_count = value_count(cells),
    };
    for (ptrdiff_t i = 0; i < out->cell_count; i++)
        out->cell[i] = value_str(cells.as.list->item[i]);
    for (ptrdiff_t i = 0; i < out->wrong_count; i++) {
        struct value one = wrong.as.list->item[i];
        out->wrong[i] = (struct import_fault){
            str_cstr(cx->a, value_str(value_get(one, S("reason")))),
            (ptrdiff_t)int_of(one, S("column")), (int)int_of(one, S("max"))};
    }
}

bool import_refused_list(struct ctx *cx, struct tx *tx, const struct import *im, int64_t after_line,
                         int limit, struct import_refusals *out)
{
    struct import_refused_page_in in = {im->id, after_line, limit};
    struct import_refused_page_rows rows;
    struct seal_key key;
    *out = (struct import_refusals){0};
    if (!im->kept) return true;
    if (!import_key(cx, im, &key) || !q_import_refused_page(tx, &in, &rows)) return false;
    *out = (struct import_refusals){.row = NEW(cx->a, struct import_refusal, rows.count)};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct value map;
        struct json_err err;
        str body;
        if (seal_open(cx->a, &key, rows.row[i].body, refused_ad(cx, im->id, rows.row[i].line_no),
                      &body) &&
            json_parse(cx->a, body, &map, &err))
            refusal_from(cx, map, &out->row[out->count++]);
    }
    if (rows.count == limit) out->last_line = rows.row[rows.count - 1].line_no;
    return true;
}

void import_report_read(struct ctx *cx, const struct import *im, struct import_refusals *out)
{
    struct value list;
    struct json_err err;
    *out = (struct import_refusals){0};
    if (!json_parse(cx->a, im->report, &list, &err) || list.type != VALUE_LIST) return;
    out->row = NEW(cx->a, struct import_refusal, value_count(list));
    for (ptrdiff_t i = 0; i < value_count(list); i++)
        refusal_from(cx, list.as.list->item[i], &out->row[out->count++]);
}

bool import_erase(struct ctx *cx, struct tx *tx, str email)
{
    struct import_refused_erase_in in = {lead_address_hash(cx, email)};
    return q_import_refused_erase(tx, &in, NULL);
}

/* --- the end --- */

/* One page of refused rows; *more. */
static bool refused_clear(struct tx *tx, int64_t id, bool *more)
{
    struct import_refused_page_in in = {id, 0, REPORT_PAGE};
    struct import_refused_page_rows rows;
    if (!q_import_refused_page(tx, &in, &rows)) return false;
    *more = rows.count == REPORT_PAGE;
    if (rows.count == 0) return true;
    struct import_refused_clear_in clear = {id, rows.row[rows.count - 1].line_no};
    return q_import_refused_clear(tx, &clear, NULL);
}

/* The server may have been away for days, and its jobs are only about to be taken up: it is pushed
 * once before it is given up. */
static bool push_or_end(struct ctx *cx, struct tx *tx, int64_t id)
{
    str fault = S("imports.fault_stuck");
    struct import_push_in in = {id, fault, cx->now_ms};
    int64_t pushed = 0;
    bool moved;
    if (!q_import_push(tx, &in, &pushed)) return false;
    if (pushed == 1) return job_add(cx, tx, JOB_IMPORT_RUN, id_text(cx->a, ID_IMPORT, id), 0);
    return import_store_end(cx, tx, id, IMPORT_RUNNING, IMPORT_FAILED, fault, &moved);
}

bool import_store_sweep(struct ctx *cx, struct tx *tx, bool *more)
{
    struct import_due_in in = {cx->now_ms - HOUR_MS, cx->now_ms - IMPORT_WAITS_MS,
                               cx->now_ms - 6 * HOUR_MS,
                               cx->now_ms - (int64_t)IMPORT_KEPT_DAYS * DAY_MS, SWEEP_IMPORTS};
    struct import_due_rows rows;
    if (!q_import_due(tx, &in, &rows)) return false;
    *more = rows.count == SWEEP_IMPORTS;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        int64_t id = rows.row[i].id;
        enum import_state state = (enum import_state)rows.row[i].import_state;
        struct import_parts_delete_in parts = {id};
        struct import_erased_delete_in erased = {id};
        struct import_delete_in row = {id};
        struct import_forget_in forget = {id, S("")};
        bool rest = false;
        if (state < IMPORT_RUNNING) {
            if (!q_import_parts_delete(tx, &parts, NULL) ||
                !q_import_erased_delete(tx, &erased, NULL) || !q_import_delete(tx, &row, NULL))
                return false;
        } else if (state == IMPORT_RUNNING) {
            if (!push_or_end(cx, tx, id)) return false;
        } else if (!refused_clear(tx, id, &rest) || (!rest && !q_import_forget(tx, &forget, NULL))) {
            return false;
        }
        *more = *more || rest;
    }
    return true;
}
