#include "importer/import.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "campaign/campaign.h"
#include "import_sql.h"
#include "importer/import_file.h"
#include "importer/import_rules.h"
#include "importer/import_store.h"
#include "jobs/jobs.h"
#include "lead/lead.h"

/* --- what goes with every row --- */

static bool owner_there(struct ctx *cx, struct tx *tx, int64_t owner_id)
{
    struct lead_owners owners;
    if (owner_id == 0) return true;
    if (!lead_owner_list(cx, tx, &owners)) return false;
    for (ptrdiff_t i = 0; i < owners.count; i++)
        if (owners.row[i].user_id == owner_id) return true;
    return fail_field(cx, S("owner"), "error.choice_invalid");
}

static bool campaign_there(struct ctx *cx, struct tx *tx, int64_t campaign_id)
{
    str name;
    bool found = true;
    if (campaign_id != 0 && !campaign_name(cx, tx, campaign_id, &name, &found)) return false;
    return found || fail_field(cx, S("campaign"), "error.choice_invalid");
}

static bool source_fits(struct ctx *cx, str *source)
{
    *source = source->ptr == NULL ? S("") : utf8_clean_line(cx->a, *source);
    if (source->len <= IMPORT_SOURCE_BYTES) return true;
    fail_field(cx, S("source"), "error.field_too_long");
    fail_arg(cx, "max", str_printf(cx->a, "%d", IMPORT_SOURCE_BYTES));
    return false;
}

/* --- taking a file in --- */

struct taking {
    struct import im;
    struct import_draft draft;
    struct free_fields own;
    int64_t text_bytes;
};

static bool take_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct taking *t = arg;
    struct import_open_row open;
    if (!q_import_open(tx, &open, NULL)) return false;
    if (open.n >= IMPORT_OPEN_MAX) return fail(cx, ERR_CONFLICT, "imports.many_open");
    return free_field_list(cx, tx, &t->own) && campaign_there(cx, tx, t->im.campaign_id) &&
           owner_there(cx, tx, t->im.owner_id);
}

static bool take_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_store_new(cx, tx, &((struct taking *)arg)->draft);
}

static bool taken_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct taking *t = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", t->im.file_name);
    value_set_int(detail, "bytes", t->im.size_bytes);
    return import_store_taken(tx, t->im.id, t->text_bytes) &&
           audit_write(cx, tx, "import.upload", "import", t->im.id, 0, detail);
}

static str strings_json(struct ctx *cx, const str *item, ptrdiff_t count)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < count; i++) value_push(list, value_text(item[i]));
    return json_text(cx->a, list);
}

bool import_take(struct ctx *cx, const struct import_upload *in, int64_t *id)
{
    struct taking t = {.im = {.id = ctx_new_id(cx),
                              .actor = cx->actor,
                              .lang = cx->lang,
                              .size_bytes = in->bytes.len,
                              .source = in->source,
                              .campaign_id = in->campaign_id,
                              .owner_id = in->owner_id}};
    struct import_begin begin;
    struct seal_key key;
    if (in->bytes.len > LIMIT_UPLOAD_BYTES)
        return fail_field(cx, S("file"), "error.file_too_large");
    if (!source_fits(cx, &t.im.source) || !db_read(cx, take_read, &t) ||
        !import_look(cx, in->bytes, &begin))
        return false;
    str *mapping = NEW(cx->a, str, begin.head_count);
    import_suggest(cx->a, begin.head, begin.head_count, &t.own, mapping);
    t.im.file_name = utf8_cut(utf8_clean_line(cx->a, in->file_name), LIMIT_NAME_BYTES);
    if (t.im.file_name.len == 0) t.im.file_name = S("import.csv");
    t.im.charset = begin.charset;
    t.im.separator = begin.separator;
    t.im.mapping = strings_json(cx, mapping, begin.head_count);
    seal_key_new(&key);
    t.draft = (struct import_draft){&t.im, strings_json(cx, begin.head, begin.head_count), &key};
    if (!db_write(cx, DB_INTERACTIVE, take_write, &t) ||
        !import_store_file(cx, t.im.id, &key, &begin, in->bytes, &t.text_bytes) ||
        !db_write(cx, DB_INTERACTIVE, taken_write, &t))
        return false;
    *id = t.im.id;
    return true;
}

bool import_sample(struct ctx *cx, const struct import *im, struct import_sample *out)
{
    struct import_scan *scan = NEW(cx->a, struct import_scan, 1);
    struct import from_start = *im;
    *out = (struct import_sample){0};
    if (!im->kept || im->state >= IMPORT_RUNNING) return true;
    from_start.at_bytes = 0;
    if (!import_scan_open(cx, &from_start, scan)) return false;
    while (out->count < COUNTOF(out->row)) {
        struct csv_row row = {NEW(cx->a, str, IMPORT_COLUMNS_MAX), 0, IMPORT_COLUMNS_MAX, 0};
        if (csv_read(cx->a, &scan->reader, &row) != CSV_ROW) break;
        if (import_row_blank(row.cell, row.count)) continue;
        out->row[out->count].cell = row.cell;
        out->row[out->count++].count = row.count;
    }
    return true;
}

/* --- what the columns mean --- */

void import_strings(struct ctx *cx, str json, str **out, ptrdiff_t *count)
{
    struct value list;
    struct json_err err;
    *count = 0;
    if (json.len == 0 || !json_parse(cx->a, json, &list, &err)) return;
    *out = NEW(cx->a, str, value_count(list));
    for (ptrdiff_t i = 0; list.type == VALUE_LIST && i < value_count(list); i++)
        (*out)[(*count)++] = value_str(list.as.list->item[i]);
}

bool import_plan_make(struct ctx *cx, const struct free_fields *own, const str *key,
                      ptrdiff_t count, struct import_plan *out)
{
    bool any = false;
    out->column = NEW(cx->a, struct import_column, count);
    out->count = count;
    for (ptrdiff_t i = 0; i < count; i++) {
        struct import_column *c = &out->column[i];
        if (!import_column_of(key[i], own, c))
            return fail_field(cx, S("columns"), "error.field_unknown");
        any = any || c->use != COLUMN_IGNORED;
        for (ptrdiff_t k = 0; k < i && c->use != COLUMN_IGNORED; k++)
            if (str_eq(out->column[k].key, c->key)) {
                fail_field(cx, S("columns"), "imports.twice");
                fail_arg(cx, "field", c->key);
                return false;
            }
    }
    return any || fail_field(cx, S("columns"), "imports.nothing_mapped");
}

bool import_order(struct ctx *cx, struct tx *tx, int64_t id, const struct import_wish *wish)
{
    struct import im;
    struct free_fields own;
    struct import_plan plan = {0};
    str *head, source = wish->source;
    ptrdiff_t columns = 0;
    if (!import_load(cx, tx, id, &im) || !free_field_list(cx, tx, &own)) return false;
    import_strings(cx, im.head, &head, &columns);
    if (wish->count > columns) return fail_field(cx, S("columns"), "imports.columns_many");
    if (!import_plan_make(cx, &own, wish->key, wish->count, &plan) || !source_fits(cx, &source) ||
        !campaign_there(cx, tx, wish->campaign_id) || !owner_there(cx, tx, wish->owner_id))
        return false;
    struct import_map_in in = {id,
                               strings_json(cx, wish->key, wish->count),
                               wish->known,
                               wish->wrong,
                               source,
                               wish->campaign_id,
                               wish->owner_id};
    int64_t changed = 0;
    if (!q_import_map(tx, &in, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_CONFLICT, "imports.too_late");
    return job_add(cx, tx, JOB_IMPORT_CHECK, id_text(cx->a, ID_IMPORT, id), 0);
}

/* --- start and stop --- */

static struct value detail_of(struct ctx *cx, const struct import *im)
{
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", im->file_name);
    value_set_int(detail, "rows", im->check.rows);
    if (im->campaign_id != 0) value_set_text(detail, "campaign", im->campaign_name);
    return detail;
}

bool import_start(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct import im;
    struct import_running_row running;
    bool found;
    struct import_begin_in in = {id,
                                 cx->actor.user_id,
                                 cx->actor.kind,
                                 (int64_t)cx->actor.permissions,
                                 cx->lang == LANG_EN ? S("en") : S("de"),
                                 cx->now_ms};
    int64_t changed = 0;
    if (!import_load(cx, tx, id, &im) || !q_import_running(tx, &running, &found)) return false;
    if (found) return fail(cx, ERR_CONFLICT, "imports.one_running");
    if (!q_import_begin(tx, &in, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_CONFLICT, "imports.not_checked");
    return job_add(cx, tx, JOB_IMPORT_RUN, id_text(cx->a, ID_IMPORT, id), 0) &&
           audit_write(cx, tx, "import.start", "import", id, 0, detail_of(cx, &im));
}

bool import_stop(struct ctx *cx, struct tx *tx, int64_t id, bool *gone)
{
    struct import im;
    struct import_parts_delete_in parts = {id};
    struct import_erased_delete_in erased = {id};
    struct import_delete_in row = {id};
    bool moved;
    if (!import_load(cx, tx, id, &im)) return false;
    *gone = im.state < IMPORT_RUNNING;
    if (im.state > IMPORT_RUNNING) return fail(cx, ERR_CONFLICT, "imports.too_late");
    if (*gone)
        return q_import_parts_delete(tx, &parts, NULL) &&
               q_import_erased_delete(tx, &erased, NULL) && q_import_delete(tx, &row, NULL) &&
               audit_write(cx, tx, "import.discard", "import", id, 0, detail_of(cx, &im));
    return import_store_end(cx, tx, id, IMPORT_RUNNING, IMPORT_STOPPED, S(""), &moved) &&
           audit_write(cx, tx, "import.stop", "import", id, 0, detail_of(cx, &im));
}
