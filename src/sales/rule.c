/* Rules, absences and what a workspace has set. */
#include "sales/sales.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "base/utf8.h"
#include "field/free_field.h"
#include "sales/sales_rules.h"
#include "sales/sales_value.h"
#include "sales_sql.h"

enum { DUE_HOURS = 24 };

bool policy_load(struct ctx *cx, struct tx *tx, struct sales_policy *out)
{
    (void)cx;
    struct policy_get_row row;
    bool found;
    *out = (struct sales_policy){.due_hours = DUE_HOURS};
    if (!q_policy_get(tx, &row, &found)) return false;
    if (found)
        *out = (struct sales_policy){row.fallback_user_id, row.due_hours_n, row.reassign_hours_n,
                                     row.reassign_user_id};
    return true;
}

bool policy_save(struct ctx *cx, struct tx *tx, const struct sales_policy *in)
{
    (void)cx;
    struct policy_put_in row = {in->fallback_id, in->due_hours, in->reassign_hours,
                                in->reassign_id};
    return q_policy_put(tx, &row, NULL);
}

/* --- rules --- */

static bool rule_read(struct ctx *cx, struct tx *tx, struct rule_list_rows *rows,
                      struct owner_rules *out)
{
    if (!q_rule_list(tx, rows)) return false;
    *out = (struct owner_rules){NEW(cx->a, struct owner_rule, rows->count), 0};
    for (ptrdiff_t i = 0; i < rows->count; i++) {
        struct owner_rule *rule = &out->row[out->count];
        struct value tree;
        struct json_err err;
        *rule = (struct owner_rule){.id = rows->row[i].id,
                                    .position = rows->row[i].position_no,
                                    .turn = rows->row[i].turn_n};
        if (!json_parse(cx->a, rows->row[i].definition, &tree, &err)) continue;
        rule_from(tree, rule);
        out->count++;
    }
    return true;
}

/* Where the own fields that rules ask for stand. */
static bool own_places(struct ctx *cx, struct tx *tx, struct owner_rules *rules)
{
    struct free_fields own = {0};
    bool read = false;
    for (ptrdiff_t i = 0; i < rules->count; i++) {
        struct owner_rule *rule = &rules->row[i];
        if (rule->kind != RULE_FIELD || !field_key_is_free(rule->field)) continue;
        if (!read && !free_field_list(cx, tx, &own)) return false;
        read = true;
        const struct free_field *f = free_field_find(&own, rule->field);
        if (f != NULL) rule->own = f->slot;
    }
    return true;
}

bool rule_list(struct ctx *cx, struct tx *tx, struct owner_rules *out)
{
    struct rule_list_rows rows;
    return rule_read(cx, tx, &rows, out) && own_places(cx, tx, out);
}

static bool option_is(struct ctx *cx, str options, str value)
{
    for (str rest = options, one; free_option_next(&rest, &one);)
        if (str_eq(utf8_fold(cx->a, one), value)) return true;
    return false;
}

/* A salutation is chosen, too: what no version of a form offers fits nobody. Letters are folded
 * here, since an engine knows small letters of ASCII alone. */
static bool salutation_offered(struct ctx *cx, struct tx *tx, str value, bool *is)
{
    static const char usual[] = "Frau\nHerr\nkeine Angabe\nMs\nMr\nnot stated";
    enum { PAGE = 20 };
    struct rule_form_definitions_in in = {0, PAGE};
    struct rule_form_definitions_rows rows = {.count = PAGE};
    str quoted = json_text(cx->a, value_text(value));
    *is = option_is(cx, str_of(usual), value);
    while (!*is && rows.count == PAGE) {
        arena start = *cx->a;
        if (!q_rule_form_definitions(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            *is = *is || str_find(utf8_fold(cx->a, rows.row[i].definition), quoted) >= 0;
            in.after_id = rows.row[i].id;
        }
        *cx->a = start;
    }
    return true;
}

/* Each value must be one that the field can have; `own` is NULL for a standard field. */
static bool values_known(struct ctx *cx, struct tx *tx, const struct owner_rule *rule,
                         const struct free_field *own)
{
    bool choice = own != NULL && (own->type == FIELD_SELECT || own->type == FIELD_CHOICES);
    bool salutation = own == NULL && str_eq(rule->field, S("salutation"));
    if (!choice && !salutation) return true;
    for (str rest = rule->value; rest.ptr != NULL;) {
        str said = str_trim(str_cut(rest, ',', &rest)), value = utf8_fold(cx->a, said);
        bool known = false;
        if (value.len == 0) continue;
        if (choice) known = option_is(cx, own->options, value);
        if (salutation && !salutation_offered(cx, tx, value, &known)) return false;
        if (known) continue;
        fail_field(cx, S("value"), "sales.value_unknown");
        fail_arg(cx, "value", said);
        return false;
    }
    return true;
}

bool rule_save(struct ctx *cx, struct tx *tx, const struct owner_rule *rule)
{
    struct owner_rules all;
    struct free_fields own;
    const struct free_field *f = NULL;
    str definition = json_text(cx->a, rule_value(cx->a, rule));
    if (rule->kind == RULE_FIELD && field_key_is_free(rule->field)) {
        if (!free_field_list(cx, tx, &own)) return false;
        f = free_field_find(&own, rule->field);
        if (f == NULL || f->type == FIELD_FILE)
            return fail_field(cx, S("field"), "error.choice_invalid");
    }
    if (rule->kind == RULE_FIELD && !values_known(cx, tx, rule, f)) return false;
    if (!rule_list(cx, tx, &all)) return false;
    for (ptrdiff_t i = 0; i < all.count; i++) {
        if (all.row[i].id != rule->id) continue;
        struct rule_set_in set = {rule->id, definition};
        return q_rule_set(tx, &set, NULL);
    }
    if (rule->position != 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (all.count >= RULES_MAX) return fail(cx, ERR_CONFLICT, "sales.too_many_rules");
    int64_t last = all.count == 0 ? 0 : all.row[all.count - 1].position;
    struct rule_add_in add = {rule->id, last + 1, definition};
    return q_rule_add(tx, &add, NULL);
}

bool rule_remove(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct rule_delete_in in = {id};
    int64_t changed = 0;
    if (!q_rule_delete(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool rule_move(struct ctx *cx, struct tx *tx, int64_t id, bool up)
{
    struct owner_rules all;
    if (!rule_list(cx, tx, &all)) return false;
    for (ptrdiff_t i = 0; i < all.count; i++) {
        if (all.row[i].id != id) continue;
        ptrdiff_t other = up ? i - 1 : i + 1;
        if (other < 0 || other >= all.count) return true;
        struct rule_place_in a = {id, all.row[other].position};
        struct rule_place_in b = {all.row[other].id, all.row[i].position};
        return q_rule_place(tx, &a, NULL) && q_rule_place(tx, &b, NULL);
    }
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* --- absences --- */

bool absence_list(struct ctx *cx, struct tx *tx, int64_t day, struct absences *out)
{
    struct absence_list_in in = {day};
    struct absence_list_rows rows;
    if (!q_absence_list(tx, &in, &rows)) return false;
    *out = (struct absences){NEW(cx->a, struct absence, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct absence){.id = rows.row[i].id,
                                       .user_id = rows.row[i].user_id,
                                       .from_day = rows.row[i].from_day,
                                       .to_day = rows.row[i].to_day,
                                       .substitute_id = rows.row[i].substitute_user_id,
                                       .user_name = rows.row[i].user_name,
                                       .substitute_name = rows.row[i].substitute_name};
    return true;
}

bool absence_add(struct ctx *cx, struct tx *tx, const struct absence *in)
{
    struct absence_add_in row = {in->id, in->user_id, in->from_day, in->to_day, in->substitute_id};
    struct absences all;
    int64_t day;
    bool found;
    if (!care_member(cx, tx, in->user_id, NULL, NULL, NULL, &found)) return false;
    if (!found) return fail_field(cx, S("user"), "sales.no_such_person");
    if (in->substitute_id != 0 && !care_member(cx, tx, in->substitute_id, NULL, NULL, NULL, &found))
        return false;
    if (!found) return fail_field(cx, S("substitute"), "sales.no_such_person");
    if (!sales_day(cx, tx, cx->now_ms, &day) || !absence_list(cx, tx, day, &all)) return false;
    /* The rules ask for so many: whoever came behind them would not be away. */
    if (all.count >= ABSENCES_MAX) return fail(cx, ERR_CONFLICT, "sales.too_many_absences");
    return q_absence_add(tx, &row, NULL);
}

bool absence_remove(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct absence_delete_in in = {id};
    int64_t changed = 0;
    if (!q_absence_delete(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool sales_day(struct ctx *cx, struct tx *tx, int64_t ms, int64_t *day)
{
    struct tz *zone;
    if (!sales_zone(cx, tx, &zone)) return false;
    *day = civil_to_day(tz_civil(zone, ms));
    return true;
}

/* --- whom they name --- */

struct house {
    int64_t *active;
    ptrdiff_t active_count;
    struct absences absences;
    int64_t day;
};

static bool house_load(struct ctx *cx, struct tx *tx, struct house *out)
{
    struct lead_owners owners;
    if (!lead_owner_list(cx, tx, &owners) || !sales_day(cx, tx, cx->now_ms, &out->day) ||
        !absence_list(cx, tx, out->day, &out->absences))
        return false;
    out->active = NEW(cx->a, int64_t, owners.count);
    out->active_count = owners.count;
    for (ptrdiff_t i = 0; i < owners.count; i++) out->active[i] = owners.row[i].user_id;
    return true;
}

/* The turn is taken in a row of the rule: two leads at the same moment meet there. */
static bool turn_take(struct tx *tx, const struct owner_rule *rule, int64_t *turn)
{
    struct rule_turn_in in = {rule->id};
    struct rule_turn_row row = {0};
    bool found = true;
    *turn = 0;
    if (rule->person_count < 2) return true;
    if (!q_rule_turn(tx, &in, &row, &found)) return false;
    *turn = found ? row.turn_n - 1 : 0;
    return true;
}

bool rule_owner(struct ctx *cx, struct tx *tx, const struct sales_policy *policy,
                const str text[SLOT__COUNT], int64_t form_id, int64_t *user_id)
{
    struct owner_rules rules;
    struct house h;
    *user_id = 0;
    if (!rule_list(cx, tx, &rules)) return false;
    if (rules.count == 0 && policy->fallback_id == 0) return true;
    if (!house_load(cx, tx, &h)) return false;
    for (ptrdiff_t i = 0; i < rules.count && *user_id == 0; i++) {
        const struct owner_rule *rule = &rules.row[i];
        int64_t turn;
        if (!rule_fits(cx->a, rule, text, form_id)) continue;
        if (!turn_take(tx, rule, &turn)) return false;
        *user_id = rule_person(rule, turn, h.active, h.active_count, h.absences.row,
                               h.absences.count, h.day);
    }
    if (*user_id == 0)
        *user_id = person_for(policy->fallback_id, h.active, h.active_count, h.absences.row,
                              h.absences.count, h.day);
    return true;
}
