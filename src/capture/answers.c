/* Answers: out of the body, checked, and to JSON and back. */
#include "capture/capture_inner.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "consent/consent.h"

/* "fields":{key:…} or the flat name; a missing answer is the absent str. */
static str raw_answer(struct value body, const char *key)
{
    struct value fields = value_get(body, S("fields"));
    struct value from = fields.type == VALUE_MAP ? fields : body;
    return value_str(value_get(from, str_of(key)));
}

static str field_name(struct ctx *cx, struct value body, const char *key)
{
    bool nested = value_get(body, S("fields")).type == VALUE_MAP;
    return nested ? str_printf(cx->a, "fields.%s", key) : str_of(key);
}

static bool choice_ok(const struct form_field *f, str value)
{
    if (f->option_count == 0 || value.len == 0) return true;
    for (int i = 0; i < f->option_count; i++)
        if (str_eq(f->option[i].value, value)) return true;
    return false;
}

static void read_one(struct ctx *cx, const struct form_field *f, struct value body,
                     struct answers *out)
{
    const struct field_def *def = f->def;
    str raw = raw_answer(body, def->key), value;
    enum field_err err =
        field_check(cx->a, f->type, def->max_bytes, raw.ptr == NULL ? S("") : raw, &value);
    if (err == FIELD_OK && f->required && value.len == 0) err = FIELD_MISSING;
    if (err == FIELD_OK && !choice_ok(f, value)) err = FIELD_BAD_CHOICE;
    if (err != FIELD_OK) {
        bool no_email = err == FIELD_MISSING && def->type == FIELD_EMAIL;
        fail_field(cx, field_name(cx, body, def->key),
                   no_email ? "error.email_required" : field_err_key(err));
        fail_arg(cx, "max", str_printf(cx->a, "%d", def->max_bytes));
        return;
    }
    if (def->slot == SLOT_NONE)
        out->email = value;
    else
        out->text[def->slot] = value;
}

/* Ticked: "consents":["newsletter:email"] or consent.newsletter.email=yes. */
static bool ticked(struct ctx *cx, const struct form_consent *c, struct value body)
{
    struct value list = value_get(body, S("consents"));
    const char *channel = channel_name(c->channel);
    if (list.type == VALUE_LIST) {
        str name = str_printf(cx->a, "%.*s:%s", STR_ARG(c->purpose), channel);
        for (ptrdiff_t i = 0; i < list.as.list->count; i++)
            if (str_eq(value_str(list.as.list->item[i]), name)) return true;
        return false;
    }
    str name = str_printf(cx->a, "consent.%.*s.%s", STR_ARG(c->purpose), channel);
    str value = value_str(value_get(body, name));
    return str_eq(value, S("yes")) || str_eq(value, S("on")) || str_eq(value, S("1")) ||
           str_eq(value, S("true"));
}

bool answers_read(struct ctx *cx, const struct form_def *def, struct value body,
                  struct answers *out)
{
    *out = (struct answers){.email = S("")};
    for (int i = 0; i < SLOT__COUNT; i++) out->text[i] = S("");
    for (int i = 0; i < def->field_count; i++) read_one(cx, &def->field[i], body, out);
    for (int i = 0; i < def->consent_count; i++) {
        const struct form_consent *c = &def->consent[i];
        out->ticked[i] = ticked(cx, c, body);
        if (c->required && !out->ticked[i])
            fail_field(
                cx,
                str_printf(cx->a, "consent.%.*s.%s", STR_ARG(c->purpose), channel_name(c->channel)),
                "error.consent_required");
    }
    return cx->err.code == ERR_NONE;
}

/* The exact state of every box, also of those left empty. */
static struct value boxes(struct ctx *cx, const struct form_def *def, const struct answers *answers)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < def->consent_count; i++) {
        const struct form_consent *c = &def->consent[i];
        struct value box = value_map(cx->a);
        value_set_text(box, "purpose", c->purpose);
        value_set_text(box, "channel", str_of(channel_name(c->channel)));
        value_set_text(box, "wording", id_text(cx->a, ID_WORDING, c->wording_id));
        value_set_text(box, "text", c->text);
        value_set_bool(box, "ticked", answers->ticked[i]);
        value_push(list, box);
    }
    return list;
}

static void put_context(struct value map, const struct contact_context *context)
{
    value_set_text(map, "page", context->page_url);
    value_set_text(map, "referrer", context->referrer);
    value_set_text(map, "source", context->source);
    value_set(map, "utm", context->utm);
    value_set_text(map, "device", context->device);
    value_set_text(map, "browser", context->browser);
    value_set_text(map, "os", context->os);
    value_set_text(map, "language", context->lang == LANG_EN ? S("en") : S("de"));
    if (context->fill_ms >= 0) value_set_int(map, "fill_ms", context->fill_ms);
}

str answers_json(struct ctx *cx, const struct form_def *def, const struct answers *answers,
                 const struct contact_context *context)
{
    struct value map = value_map(cx->a), fields = value_map(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        enum field_slot slot = field_defs[i].slot;
        str text = slot == SLOT_NONE ? answers->email : answers->text[slot];
        if (text.len > 0) value_set_text(fields, field_defs[i].key, text);
    }
    value_set(map, "fields", fields);
    value_set(map, "boxes", boxes(cx, def, answers));
    put_context(map, context);
    return json_text(cx->a, map);
}

bool answers_parse(struct ctx *cx, str json, struct answers *out)
{
    struct value tree;
    struct json_err err;
    *out = (struct answers){.email = S("")};
    if (!json_parse(cx->a, json, &tree, &err))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "stored answers are not JSON: %s",
                           err.what);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        str text = value_str(value_get(value_get(tree, S("fields")), str_of(field_defs[i].key)));
        if (field_defs[i].slot == SLOT_NONE)
            out->email = text.ptr == NULL ? S("") : text;
        else
            out->text[field_defs[i].slot] = text;
    }
    return true;
}

struct evidence evidence_of_request(struct ctx *cx, const struct submission_new *in,
                                    const struct answers *answers)
{
    const struct form_live *form = in->form;
    struct value facts = value_map(cx->a), network = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, cx->now_ms));
    value_set_text(facts, "form", id_text(cx->a, ID_FORM, form->form.id));
    value_set_text(facts, "form_name", form->form.name);
    value_set_int(facts, "form_version", form->version_no);
    value_set_text(facts, "form_version_sha256", form->version_sha256);
    value_set_text(facts, "address", answers->email);
    value_set(facts, "boxes", boxes(cx, &form->def, answers));
    put_context(facts, &in->context);
    value_set_text(network, "ip", in->context.ip);
    value_set_text(network, "user_agent", in->context.user_agent);
    return (struct evidence){json_text(cx->a, facts), json_text(cx->a, network)};
}
