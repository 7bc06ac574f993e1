/* Rules, absences, what a workspace has set, and what a form asks for. */
#include "sales/sales_http.h"

#include "audit/audit.h"
#include "base/email.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/utf8.h"
#include "field/free_field.h"
#include "sales/sales_rules.h"
#include "sales/sales_time.h"
#include "sales/sales_value.h"

enum { HOURS_MAX = 24 * 90 };

/* --- the page --- */

struct office {
    struct owner_rules rules;
    struct absences absences;
    struct sales_policy policy;
    struct value owners, forms;
    struct free_fields own;
    int64_t today;
};

static bool forms_value(struct ctx *cx, struct tx *tx, struct value *out)
{
    struct sales_forms forms;
    if (!sales_form_list(cx, tx, &forms)) return false;
    *out = value_list(cx->a);
    for (ptrdiff_t i = 0; i < forms.count; i++) {
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_FORM, forms.row[i].id));
        value_set_text(map, "name", forms.row[i].name);
        value_push(*out, map);
    }
    return true;
}

static bool office_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct office *o = arg;
    return rule_list(cx, tx, &o->rules) && policy_load(cx, tx, &o->policy) &&
           sales_day(cx, tx, cx->now_ms, &o->today) &&
           absence_list(cx, tx, o->today, &o->absences) && owners_value(cx, tx, &o->owners) &&
           forms_value(cx, tx, &o->forms) && free_field_list(cx, tx, &o->own);
}

static struct value rule_row(struct ctx *cx, const struct owner_rule *rule)
{
    struct value map = rule_value(cx->a, rule);
    value_set_text(map, "id", id_text(cx->a, ID_RULE, rule->id));
    return map;
}

static struct value absence_row(struct ctx *cx, const struct absence *a)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_ABSENCE, a->id));
    value_set_text(map, "user", id_text(cx->a, ID_USER, a->user_id));
    value_set_text(map, "user_name", a->user_name);
    value_set_text(map, "from", day_text(cx->a, a->from_day));
    value_set_text(map, "to", day_text(cx->a, a->to_day));
    value_set_text(map, "substitute", id_text(cx->a, ID_USER, a->substitute_id));
    value_set_text(map, "substitute_name",
                   a->substitute_name.len > 0 ? a->substitute_name : (str){0});
    return map;
}

static struct value policy_value(struct ctx *cx, const struct sales_policy *p)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "fallback", id_text(cx->a, ID_USER, p->fallback_id));
    value_set_int(map, "due_hours", p->due_hours);
    value_set_int(map, "reassign_hours", p->reassign_hours);
    value_set_text(map, "reassign_to", id_text(cx->a, ID_USER, p->reassign_id));
    return map;
}

/* The rule of that id; null if there is none. */
static struct value rule_asked(struct value rules, str id)
{
    for (ptrdiff_t i = 0; i < value_count(rules); i++)
        if (str_eq(value_str(value_get(rules.as.list->item[i], S("id"))), id))
            return rules.as.list->item[i];
    return value_null();
}

static bool office_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct office *o = NEW(cx->a, struct office, 1);
    struct value rules = value_list(cx->a), absences = value_list(cx->a),
                 fields = value_list(cx->a), own = value_list(cx->a);
    if (!db_read(cx, office_read, o)) return false;
    for (ptrdiff_t i = 0; i < o->rules.count; i++)
        value_push(rules, rule_row(cx, &o->rules.row[i]));
    for (ptrdiff_t i = 0; i < o->absences.count; i++)
        value_push(absences, absence_row(cx, &o->absences.row[i]));
    for (ptrdiff_t i = 0; i < field_count; i++)
        if (field_defs[i].slot >= 0) value_push(fields, value_text(str_of(field_defs[i].key)));
    for (ptrdiff_t i = 0; i < o->own.count; i++) {
        const struct free_field *f = &o->own.row[i];
        struct value map = value_map(cx->a);
        if (f->type == FIELD_FILE) continue;
        value_set_text(map, "key", f->key);
        value_set_text(map, "label", f->label);
        value_push(own, map);
    }
    rp->data = policy_value(cx, &o->policy);
    value_set(rp->data, "rules", rules);
    value_set(rp->data, "absences", absences);
    rp->page = value_map(cx->a);
    value_set(rp->page, "owners", o->owners);
    value_set(rp->page, "forms", o->forms);
    value_set(rp->page, "fields", fields);
    value_set(rp->page, "own", own);
    value_set(rp->page, "edit", rule_asked(rules, web_field(rq->query, "edit")));
    rp->template = "sales/rules";
    return true;
}

/* --- what comes in --- */

static int64_t person_read(struct ctx *cx, struct value body, const char *name)
{
    str text = web_field(body, name);
    int64_t id = 0;
    if (text.len > 0 && !id_parse(text, ID_USER, &id))
        fail_field(cx, str_of(name), "sales.no_such_person");
    return id;
}

static int64_t hours_read(struct ctx *cx, struct value body, const char *name, int64_t absent)
{
    struct value v = value_get(body, str_of(name));
    str text = web_field(body, name);
    int64_t hours = v.type == VALUE_INT ? v.as.integer : absent;
    if ((text.len > 0 && !str_to_i64(text, &hours)) || hours < -1 || hours > HOURS_MAX) {
        fail_field(cx, str_of(name), "error.number_invalid");
        return absent;
    }
    return hours;
}

/* One text or a list of them: what checkboxes and programs send. */
static int people_read(struct ctx *cx, struct value body, int64_t *out, int max)
{
    struct value v = value_get(body, S("people"));
    int count = 0;
    for (ptrdiff_t i = 0; v.type == VALUE_LIST && i < v.as.list->count; i++) {
        if (count < max && id_parse(value_str(v.as.list->item[i]), ID_USER, &out[count]))
            count++;
        else
            fail_field(cx, S("people"), "sales.no_such_person");
    }
    if (v.type == VALUE_TEXT && v.as.text.len > 0) {
        if (id_parse(v.as.text, ID_USER, &out[0]))
            count = 1;
        else
            fail_field(cx, S("people"), "sales.no_such_person");
    }
    return count;
}

static bool people_known(struct ctx *cx, struct tx *tx, const int64_t *person, int count)
{
    for (int i = 0; i < count; i++) {
        bool found;
        if (!care_member(cx, tx, person[i], NULL, NULL, NULL, &found)) return false;
        if (!found) return fail_field(cx, S("people"), "sales.no_such_person");
    }
    return true;
}

struct order {
    struct owner_rule rule;
    struct absence absence;
    struct sales_policy policy;
    int64_t id;
    enum {
        RULE_SAVE,
        RULE_REMOVE,
        RULE_UP,
        RULE_DOWN,
        ABSENCE_ADD,
        ABSENCE_REMOVE,
        POLICY_SAVE
    } what;
};

static bool order_do(struct ctx *cx, struct tx *tx, const struct order *o)
{
    bool found;
    switch (o->what) {
    case RULE_SAVE:
        return people_known(cx, tx, o->rule.person, o->rule.person_count) &&
               rule_save(cx, tx, &o->rule);
    case RULE_REMOVE:
        return rule_remove(cx, tx, o->id);
    case RULE_UP:
    case RULE_DOWN:
        return rule_move(cx, tx, o->id, o->what == RULE_UP);
    case ABSENCE_ADD:
        return absence_add(cx, tx, &o->absence);
    case ABSENCE_REMOVE:
        return absence_remove(cx, tx, o->id);
    case POLICY_SAVE:
        break;
    }
    const int64_t person[] = {o->policy.fallback_id, o->policy.reassign_id};
    static const char *const field[] = {"fallback", "reassign_to"};
    for (int i = 0; i < 2; i++) {
        if (person[i] == 0) continue;
        if (!care_member(cx, tx, person[i], NULL, NULL, NULL, &found)) return false;
        if (!found) return fail_field(cx, str_of(field[i]), "sales.no_such_person");
    }
    return policy_save(cx, tx, &o->policy);
}

static bool order_write(struct ctx *cx, struct tx *tx, void *arg)
{
    static const char *const action[] = {
        [RULE_SAVE] = "sales.rule",      [RULE_REMOVE] = "sales.rule_remove",
        [RULE_UP] = "sales.rule_move",   [RULE_DOWN] = "sales.rule_move",
        [ABSENCE_ADD] = "sales.absence", [ABSENCE_REMOVE] = "sales.absence_remove",
        [POLICY_SAVE] = "sales.policy",
    };
    const struct order *o = arg;
    bool absence = o->what == ABSENCE_ADD || o->what == ABSENCE_REMOVE;
    int64_t id = o->what == RULE_SAVE ? o->rule.id : o->what == ABSENCE_ADD ? o->absence.id : o->id;
    bool made = o->what == RULE_SAVE && o->rule.position == 0;
    return order_do(cx, tx, o) && audit_write(cx, tx, made ? "sales.rule_add" : action[o->what],
                                              absence ? "absence" : "rule", id, 0, value_null());
}

/* What is there now stands beside what was typed, should it be refused. */
static bool order_run(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      struct order *o)
{
    struct err noted = cx->err;
    err_clear(cx);
    if (!office_get(cx, rq, rp)) return false;
    if (o->what == RULE_SAVE && o->rule.position != 0) {
        struct value rule =
            rule_asked(value_get(rp->data, S("rules")), id_text(cx->a, ID_RULE, o->rule.id));
        if (value_is_null(rule)) { /* another workspace's is not here */
            rp->template = NULL;
            return fail(cx, ERR_NOT_FOUND, "error.not_found");
        }
        value_set(rp->page, "edit", rule);
    }
    cx->err = noted;
    if (noted.code != ERR_NONE || !db_write(cx, DB_INTERACTIVE, order_write, o)) return false;
    if (!office_get(cx, rq, rp)) return false;
    rp->location = S("/sales");
    rp->flash = S("flash.saved");
    return true;
}

static bool rule_param(struct ctx *cx, const struct web_request *rq, enum id_type type, int64_t *id)
{
    if (id_parse(rq->param[0], type, id)) return true;
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static void rule_read_body(struct ctx *cx, const struct web_request *rq, struct owner_rule *out)
{
    str when = web_field(rq->body, "when"), field = web_field(rq->body, "field"),
        value = web_field(rq->body, "value"), form = web_field(rq->body, "form");
    if (!rule_kind_of(when, &out->kind)) {
        fail_field(cx, S("when"), "error.choice_invalid");
        return;
    }
    out->person_count = people_read(cx, rq->body, out->person, RULE_PEOPLE_MAX);
    if (out->person_count == 0) fail_field(cx, S("people"), "sales.rule_nobody");
    out->field = S("");
    out->value = S("");
    bool wants = out->kind == RULE_POSTCODE || out->kind == RULE_COUNTRY || out->kind == RULE_FIELD;
    if (wants) out->value = value.len > 0 ? utf8_clean_line(cx->a, value) : S("");
    if (wants && out->value.len == 0) fail_field(cx, S("value"), "error.field_required");
    if (out->value.len > RULE_VALUE_MAX) {
        fail_field(cx, S("value"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", RULE_VALUE_MAX));
    }
    if (out->kind == RULE_POSTCODE && out->value.len > 0 &&
        !postcode_areas_valid(cx->a, out->value))
        fail_field(cx, S("value"), "sales.postcodes_invalid");
    if (out->kind == RULE_FIELD) {
        out->field = field;
        if (field_find(field) == NULL && !field_key_is_free(field))
            fail_field(cx, S("field"), "error.choice_invalid");
    }
    if (out->kind == RULE_FORM && !id_parse(form, ID_FORM, &out->form_id))
        fail_field(cx, S("form"), "error.choice_invalid");
}

static bool rules_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = RULE_SAVE, .rule = {.id = ctx_new_id(cx)}};
    rule_read_body(cx, rq, &o.rule);
    return order_run(cx, rq, rp, &o);
}

static bool rule_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = RULE_SAVE, .rule = {.position = 1}};
    if (!rule_param(cx, rq, ID_RULE, &o.rule.id)) return false;
    rule_read_body(cx, rq, &o.rule);
    return order_run(cx, rq, rp, &o);
}

static bool rule_delete_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = RULE_REMOVE};
    return rule_param(cx, rq, ID_RULE, &o.id) && order_run(cx, rq, rp, &o);
}

static bool rule_up_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = RULE_UP};
    return rule_param(cx, rq, ID_RULE, &o.id) && order_run(cx, rq, rp, &o);
}

static bool rule_down_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = RULE_DOWN};
    return rule_param(cx, rq, ID_RULE, &o.id) && order_run(cx, rq, rp, &o);
}

static bool absences_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = ABSENCE_ADD, .absence = {.id = ctx_new_id(cx)}};
    struct absence *a = &o.absence;
    a->user_id = person_read(cx, rq->body, "user");
    a->substitute_id = person_read(cx, rq->body, "substitute");
    if (!day_parse(web_field(rq->body, "from"), &a->from_day))
        fail_field(cx, S("from"), "sales.day_invalid");
    if (!day_parse(web_field(rq->body, "to"), &a->to_day))
        fail_field(cx, S("to"), "sales.day_invalid");
    else if (a->to_day < a->from_day)
        fail_field(cx, S("to"), "sales.day_order");
    if (a->user_id != 0 && a->user_id == a->substitute_id)
        fail_field(cx, S("substitute"), "sales.own_substitute");
    return order_run(cx, rq, rp, &o);
}

static bool absence_delete_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = ABSENCE_REMOVE};
    return rule_param(cx, rq, ID_ABSENCE, &o.id) && order_run(cx, rq, rp, &o);
}

static bool policy_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct order o = {.what = POLICY_SAVE};
    o.policy.fallback_id = person_read(cx, rq->body, "fallback");
    o.policy.reassign_id = person_read(cx, rq->body, "reassign_to");
    o.policy.due_hours = hours_read(cx, rq->body, "due_hours", 0);
    o.policy.reassign_hours = hours_read(cx, rq->body, "reassign_hours", 0);
    if (o.policy.due_hours < 0) fail_field(cx, S("due_hours"), "error.number_invalid");
    if (o.policy.reassign_hours < 0) fail_field(cx, S("reassign_hours"), "error.number_invalid");
    return order_run(cx, rq, rp, &o);
}

/* --- of a form --- */

struct desk {
    int64_t form_id;
    str form_name;
    struct form_handling handling;
    struct sales_policy policy;
    struct value owners;
};

static bool desk_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    bool found;
    if (!sales_form_name(cx, tx, d->form_id, &d->form_name, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return handling_load(cx, tx, d->form_id, &d->handling, &found) &&
           policy_load(cx, tx, &d->policy) && owners_value(cx, tx, &d->owners);
}

static bool desk_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      struct desk *d)
{
    if (!rule_param(cx, rq, ID_FORM, &d->form_id) || !db_read(cx, desk_read, d)) return false;
    struct value timings = value_list(cx->a);
    for (int i = 0; i < TIMING__COUNT; i++)
        value_push(timings, value_text(str_of(handling_timing_name((enum handling_timing)i))));
    rp->data = handling_value(cx->a, &d->handling);
    rp->page = value_map(cx->a);
    value_set_text(rp->page, "form_id", id_text(cx->a, ID_FORM, d->form_id));
    value_set_text(rp->page, "form_name", d->form_name);
    value_set(rp->page, "owners", d->owners);
    value_set(rp->page, "timings", timings);
    value_set_int(rp->page, "due_hours", d->policy.due_hours);
    rp->template = "sales/handling_edit";
    return true;
}

static bool handling_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    return desk_open(cx, rq, rp, d);
}

static void mailbox_add(struct ctx *cx, str text, struct form_handling *out)
{
    str address;
    if (str_trim(text).len == 0) return;
    if (out->mailbox_count == NOTIFY_MAX) {
        fail_field(cx, S("mailboxes"), "sales.too_many_mailboxes");
    } else if (email_normalise(cx->a, str_trim(text), &address) != EMAIL_OK) {
        fail_field(cx, S("mailboxes"), "sales.mailbox_invalid");
    } else {
        out->mailbox[out->mailbox_count++] = address;
    }
}

static bool flag_read(struct value body, const char *name)
{
    struct value v = value_get(body, str_of(name));
    return v.type == VALUE_TEXT ? v.as.text.len > 0 : value_truthy(v);
}

static void handling_read_body(struct ctx *cx, const struct web_request *rq,
                               struct form_handling *out)
{
    struct value boxes = value_get(rq->body, S("mailboxes"));
    *out = handling_default();
    if (!handling_timing_of(web_field(rq->body, "timing"), &out->timing))
        fail_field(cx, S("timing"), "error.choice_invalid");
    out->tell_owner = flag_read(rq->body, "owner");
    out->content = flag_read(rq->body, "content");
    out->acknowledge = flag_read(rq->body, "acknowledge");
    out->person_count = people_read(cx, rq->body, out->person, NOTIFY_MAX);
    if (boxes.type == VALUE_LIST)
        for (ptrdiff_t i = 0; i < boxes.as.list->count; i++)
            mailbox_add(cx, value_str(boxes.as.list->item[i]), out);
    else
        for (str rest = str_replace(cx->a, web_field(rq->body, "mailboxes"), S("\n"), S(","));
             rest.ptr != NULL && rest.len > 0;)
            mailbox_add(cx, str_cut(rest, ',', &rest), out);
    out->due_hours = hours_read(cx, rq->body, "due_hours", -1);
}

static bool handling_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return people_known(cx, tx, d->handling.person, d->handling.person_count) &&
           handling_save(cx, tx, d->form_id, &d->handling) &&
           audit_write(cx, tx, "form.handling", "form", d->form_id, 0,
                       handling_value(cx->a, &d->handling));
}

static bool handling_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    if (!desk_open(cx, rq, rp, d)) return false;
    handling_read_body(cx, rq, &d->handling);
    if (cx->err.code != ERR_NONE || !db_write(cx, DB_INTERACTIVE, handling_write, d)) return false;
    rp->data = handling_value(cx->a, &d->handling);
    rp->location =
        str_printf(cx->a, "/forms/%.*s/handling", STR_ARG(id_text(cx->a, ID_FORM, d->form_id)));
    rp->flash = S("flash.saved");
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

#define READ_ROUTE(path, fn)                                                                       \
    {                                                                                              \
        .method = "GET", .pattern = path, .faces = BOTH, .permission = MAY_READ_FORMS,             \
        .handler = fn                                                                              \
    }
#define WRITE_ROUTE(path, fn)                                                                      \
    {                                                                                              \
        .method = "POST", .pattern = path, .faces = BOTH, .body = BODY_API,                        \
        .permission = MAY_WRITE_FORMS, .handler = fn                                               \
    }

const struct route sales_rule_routes[] = {
    READ_ROUTE("/sales", office_get),
    WRITE_ROUTE("/sales", policy_post),
    WRITE_ROUTE("/sales/rules", rules_post),
    WRITE_ROUTE("/sales/rules/{id}", rule_post),
    WRITE_ROUTE("/sales/rules/{id}/delete", rule_delete_post),
    WRITE_ROUTE("/sales/rules/{id}/up", rule_up_post),
    WRITE_ROUTE("/sales/rules/{id}/down", rule_down_post),
    WRITE_ROUTE("/sales/absences", absences_post),
    WRITE_ROUTE("/sales/absences/{id}/delete", absence_delete_post),
    READ_ROUTE("/forms/{id}/handling", handling_get),
    WRITE_ROUTE("/forms/{id}/handling", handling_post),
};
const ptrdiff_t sales_rule_route_count = COUNTOF(sales_rule_routes);
