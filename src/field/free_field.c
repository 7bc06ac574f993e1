#include "field/free_field.h"

#include "field_sql.h"

bool free_field_list(struct ctx *cx, struct tx *tx, struct free_fields *out)
{
    struct field_def_list_rows rows;
    if (!q_field_def_list(tx, &rows)) return false;
    *out = (struct free_fields){NEW(cx->a, struct free_field, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct free_field){rows.row[i].field_key, rows.row[i].label,
                                          field_type_of(rows.row[i].type),
                                          (enum field_slot)rows.row[i].slot_no};
    return true;
}

const struct free_field *free_field_at(const struct free_fields *fields, enum field_slot slot)
{
    for (ptrdiff_t i = 0; i < fields->count; i++)
        if (fields->row[i].slot == slot) return &fields->row[i];
    return NULL;
}

static bool take_slot(struct ctx *cx, struct tx *tx, const struct free_fields *fields,
                      struct free_field *f, str at)
{
    for (int slot = SLOT__STANDARD; slot < SLOT__COUNT; slot++) {
        f->slot = (enum field_slot)slot;
        if (free_field_at(fields, f->slot) != NULL) continue;
        struct field_def_add_in in = {f->key, slot, str_of(field_type_name(f->type)), f->label,
                                      cx->now_ms};
        return q_field_def_add(tx, &in, NULL);
    }
    return fail_field(cx, at, "form.free_full");
}

bool free_field_ensure(struct ctx *cx, struct tx *tx, str at, str key, enum field_type type,
                       str label, enum field_slot *slot)
{
    struct free_fields fields;
    if (!free_field_list(cx, tx, &fields)) return false;
    for (ptrdiff_t i = 0; i < fields.count; i++) {
        const struct free_field *f = &fields.row[i];
        if (!str_eq(f->key, key)) continue;
        *slot = f->slot;
        if (f->type != type) return fail_field(cx, at, "form.free_type");
        struct field_def_set_label_in in = {key, label};
        return str_eq(f->label, label) || q_field_def_set_label(tx, &in, NULL);
    }
    struct free_field f = {.key = key, .label = label, .type = type};
    if (!take_slot(cx, tx, &fields, &f, at)) return false;
    *slot = f.slot;
    return true;
}
