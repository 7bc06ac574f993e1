#include "field/free_field.h"

#include "base/buf.h"
#include "field_sql.h"

bool free_field_list(struct ctx *cx, struct tx *tx, struct free_fields *out)
{
    struct field_def_list_rows rows;
    if (!q_field_def_list(tx, &rows)) return false;
    *out = (struct free_fields){NEW(cx->a, struct free_field, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct free_field){rows.row[i].field_key, rows.row[i].label,
                                          rows.row[i].options,
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

const struct free_field *free_field_find(const struct free_fields *fields, str key)
{
    for (ptrdiff_t i = 0; i < fields->count; i++)
        if (str_eq(fields->row[i].key, key)) return &fields->row[i];
    return NULL;
}

bool free_option_next(str *rest, str *option)
{
    while (rest->ptr != NULL && rest->len > 0) {
        *option = str_trim(str_cut(*rest, '\n', rest));
        if (option->len > 0) return true;
    }
    return false;
}

static bool option_held(str options, str option)
{
    for (str rest = options, one; free_option_next(&rest, &one);)
        if (str_eq(one, option)) return true;
    return false;
}

/* The new ones, then those of old that are not among them, as far as there is room. */
static str options_merged(struct ctx *cx, str now, str before)
{
    struct buf b = buf_new(cx->a, FREE_OPTIONS_BYTES);
    const str both[] = {now, before};
    for (int i = 0; i < 2; i++)
        for (str rest = both[i], one; free_option_next(&rest, &one);) {
            if (i == 1 && option_held(now, one)) continue;
            if (b.len + one.len + 1 > FREE_OPTIONS_BYTES) return buf_str(&b);
            if (b.len > 0) buf_char(&b, '\n');
            buf_put(&b, one);
        }
    return buf_str(&b);
}

static bool take_slot(struct ctx *cx, struct tx *tx, const struct free_fields *fields,
                      struct free_field *f, str at)
{
    for (int slot = SLOT__STANDARD; slot < SLOT__COUNT; slot++) {
        f->slot = (enum field_slot)slot;
        if (free_field_at(fields, f->slot) != NULL) continue;
        struct field_def_add_in in = {f->key, slot, str_of(field_type_name(f->type)),
                                      f->label, f->options, cx->now_ms};
        return q_field_def_add(tx, &in, NULL);
    }
    return fail_field(cx, at, "form.free_full");
}

bool free_field_ensure(struct ctx *cx, struct tx *tx, str at, str key, enum field_type type,
                       str label, str options, enum field_slot *slot)
{
    struct free_fields fields;
    if (!free_field_list(cx, tx, &fields)) return false;
    for (ptrdiff_t i = 0; i < fields.count; i++) {
        const struct free_field *f = &fields.row[i];
        if (!str_eq(f->key, key)) continue;
        *slot = f->slot;
        if (f->type != type) return fail_field(cx, at, "form.free_type");
        struct field_def_set_in in = {key, label, options_merged(cx, options, f->options)};
        if (str_eq(f->label, label) && str_eq(f->options, in.options)) return true;
        return q_field_def_set(tx, &in, NULL);
    }
    struct free_field f = {
        .key = key, .label = label, .options = options_merged(cx, options, S("")), .type = type};
    if (!take_slot(cx, tx, &fields, &f, at)) return false;
    *slot = f.slot;
    return true;
}
