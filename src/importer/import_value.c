#include "importer/import_value.h"

#include "base/id.h"
#include "base/tz.h"
#include "importer/import_rules.h"
#include "lead/lead_value.h"
#include "web/render.h"

enum { DAY_MS = 86400000 };

str import_fault_text(struct ctx *cx, const char *reason, int max_bytes)
{
    struct err_arg max = {"max", str_printf(cx->a, "%d", max_bytes)};
    return render_text(cx, cx->lang, reason, &max, 1);
}

str import_refusal_text(struct ctx *cx, const struct import_refusal *refusal)
{
    return import_fault_text(cx, refusal->reason, refusal->max);
}

static struct value named(struct ctx *cx, enum id_type type, int64_t id, str name)
{
    if (id == 0) return value_null();
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, type, id));
    value_set_text(map, "name", name);
    return map;
}

static struct value columns_value(struct ctx *cx, const struct import *im)
{
    struct value list = value_list(cx->a);
    str *head = NULL, *key = NULL;
    ptrdiff_t heads = 0, keys = 0;
    if (im->head.len > 0) import_strings(cx, im->head, &head, &heads);
    import_strings(cx, im->mapping, &key, &keys);
    for (ptrdiff_t i = 0; i < heads; i++) {
        struct value map = value_map(cx->a);
        value_set_text(map, "name", head[i]);
        value_set_text(map, "field", i < keys && key[i].len > 0 ? key[i] : (str){0});
        value_push(list, map);
    }
    return list;
}

static struct value refusals_value(struct ctx *cx, const struct import *im)
{
    struct value list = value_list(cx->a);
    struct import_refusals found;
    str *head = NULL;
    ptrdiff_t heads = 0;
    if (im->head.len > 0) import_strings(cx, im->head, &head, &heads);
    import_report_read(cx, im, &found);
    for (ptrdiff_t i = 0; i < found.count; i++) {
        const struct import_refusal *r = &found.row[i];
        struct value map = value_map(cx->a);
        bool in_column = r->column >= 0 && r->column < heads;
        value_set_int(map, "line", r->line);
        value_set_text(map, "column", in_column ? head[r->column] : (str){0});
        value_set_text(map, "text", import_refusal_text(cx, r));
        value_push(list, map);
    }
    return list;
}

static struct value check_value(struct ctx *cx, const struct import *im, bool whole)
{
    if (im->state < IMPORT_CHECKED) return value_null();
    struct value map = value_map(cx->a);
    value_set_int(map, "rows", im->check.rows);
    value_set_int(map, "new", im->check.new_rows);
    value_set_int(map, "known", im->check.known);
    value_set_int(map, "twice", im->check.twice);
    value_set_int(map, "refused", im->check.refused);
    value_set_int(map, "wrong", im->check.wrong);
    value_set_int(map, "blocked", im->check.blocked);
    if (whole) value_set(map, "refusals", refusals_value(cx, im));
    return map;
}

static struct value fault_value(struct ctx *cx, const struct import *im)
{
    if (im->fault.len == 0 || im->state == IMPORT_RUNNING) return value_null();
    struct value map = value_map(cx->a);
    value_set_text(map, "text", render_text(cx, cx->lang, str_cstr(cx->a, im->fault), NULL, 0));
    value_set(map, "line", im->fault_line > 0 ? value_int(im->fault_line) : value_null());
    return map;
}

static struct value result_value(struct ctx *cx, const struct import *im)
{
    struct value map = value_map(cx->a);
    value_set_int(map, "created", im->done.created);
    value_set_int(map, "changed", im->done.changed);
    value_set_int(map, "unchanged", im->done.same);
    value_set_int(map, "left", im->done.left);
    value_set_int(map, "refused", im->done.refused);
    value_set_int(map, "emptied", im->done.emptied);
    value_set_int(map, "erased", im->done.erased);
    return map;
}

struct value import_value(struct ctx *cx, const struct import *im, bool whole)
{
    struct value map = value_map(cx->a);
    bool ended = im->state > IMPORT_RUNNING;
    int64_t until_ms = im->ended_ms + (int64_t)IMPORT_KEPT_DAYS * DAY_MS;
    value_set_text(map, "id", id_text(cx->a, ID_IMPORT, im->id));
    value_set_text(map, "state", str_of(import_state_name(im->state)));
    value_set_text(map, "file_name", im->file_name);
    value_set_int(map, "bytes", im->size_bytes);
    value_set_text(map, "charset", str_of(import_charset_name(im->charset)));
    value_set_text(map, "separator", str_printf(cx->a, "%c", im->separator));
    if (whole) value_set(map, "columns", columns_value(cx, im));
    value_set_text(map, "known", str_of(import_known_name(im->known)));
    value_set_text(map, "wrong", str_of(import_wrong_name(im->wrong)));
    value_set_text(map, "source", im->source.len > 0 ? im->source : (str){0});
    value_set(map, "campaign", named(cx, ID_CAMPAIGN, im->campaign_id, im->campaign_name));
    value_set(map, "owner", named(cx, ID_USER, im->owner_id, im->owner_name));
    value_set(map, "by", named(cx, ID_USER, im->actor.user_id, im->user_name));
    value_set(map, "check", check_value(cx, im, whole));
    value_set(map, "fault", fault_value(cx, im));
    value_set(map, "result", result_value(cx, im));
    value_set_int(map, "progress_pct",
                  im->state == IMPORT_DONE ? 100
                  : im->text_bytes > 0     ? im->at_bytes * 100 / im->text_bytes
                                           : 0);
    value_set(map, "created_at", instant_value(cx->a, im->created_ms));
    value_set(map, "started_at", instant_value(cx->a, im->started_ms));
    value_set(map, "ended_at", instant_value(cx->a, im->ended_ms));
    value_set(map, "refused_expires_at",
              ended && im->kept ? instant_value(cx->a, until_ms) : value_null());
    return map;
}
