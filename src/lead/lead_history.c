#include "lead/lead_history.h"

#include "field/free_field.h"
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

static enum field_slot slot_of(const struct free_fields *own, str key)
{
    const struct field_def *def = field_find(key);
    if (def != NULL) return def->slot;
    const struct free_field *f = free_field_find(own, key);
    return f != NULL ? f->slot : SLOT_NONE;
}

bool field_changed_since(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t since_ms,
                         bool changed[SLOT__COUNT])
{
    struct field_history_since_in in = {lead_id, since_ms, ACTOR_NOBODY};
    struct field_history_since_rows rows;
    struct free_fields own;
    for (int i = 0; i < SLOT__COUNT; i++) changed[i] = false;
    if (!q_field_history_since(tx, &in, &rows)) return false;
    if (rows.count == 0) return true;
    if (!free_field_list(cx, tx, &own)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        enum field_slot slot = slot_of(&own, rows.row[i].field);
        if (slot != SLOT_NONE) changed[slot] = true;
    }
    return true;
}
