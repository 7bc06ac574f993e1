#include "lead/lead_history.h"

#include "keys/lead_key.h"
#include "lead_sql.h"

bool field_change_list(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id, int limit,
                       struct field_changes *out)
{
    struct field_history_list_in in = {lead_id, before_id == 0 ? INT64_MAX : before_id, limit};
    struct field_history_list_rows rows;
    struct seal_key key;
    bool found;
    if (!q_field_history_list(tx, &in, &rows) || !lead_key_load(cx, tx, lead_id, &key, &found))
        return false;
    *out = (struct field_changes){NEW(cx->a, struct field_change, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        str ad = seal_ad(cx->a, "field_history.old_value", cx->workspace_id, rows.row[i].id), plain;
        out->row[i] = (struct field_change){.id = rows.row[i].id,
                                            .at_ms = rows.row[i].at_ms,
                                            .user_id = rows.row[i].user_id,
                                            .field = rows.row[i].field};
        if (found && seal_open(cx->a, &key, rows.row[i].old_value, ad, &plain))
            out->row[i].before = plain;
    }
    return true;
}

bool lead_former_addresses(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id,
                           struct addresses *out)
{
    enum { PAGE = 100 };
    struct field_history_of_in in = {lead_id, S("email"), before_id == 0 ? INT64_MAX : before_id,
                                     PAGE};
    struct field_history_of_rows rows;
    struct seal_key key;
    bool found = false;
    *out = (struct addresses){0};
    if (!q_field_history_of(tx, &in, &rows)) return false;
    /* A key that does not open tells nothing, and must keep nobody from being erased. */
    if (rows.count > 0 && !lead_key_load(cx, tx, lead_id, &key, &found)) {
        if (!str_eq(str_of(cx->err.key), S("error.key_ring"))) return false;
        err_clear(cx);
        found = false;
    }
    *out = (struct addresses){.email = NEW(cx->a, str, rows.count)};
    for (ptrdiff_t i = 0; found && i < rows.count; i++) {
        str ad = seal_ad(cx->a, "field_history.old_value", cx->workspace_id, rows.row[i].id), plain;
        if (seal_open(cx->a, &key, rows.row[i].old_value, ad, &plain) && plain.len > 0)
            out->email[out->count++] = plain;
    }
    if (rows.count == PAGE) out->before_id = rows.row[PAGE - 1].id;
    return true;
}
