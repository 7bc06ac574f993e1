/* Answers: out of the body, checked, and to JSON and back. */
#include "capture/capture_inner.h"

#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/tz.h"
#include "base/utf8.h"
#include "consent/consent.h"
#include "form/form_rules.h"
#include "web/render.h"

/* "fields":{key:…} or the flat name; null if it was not sent. */
static struct value raw_answer(struct value body, const char *key)
{
    struct value fields = value_get(body, S("fields"));
    struct value from = fields.type == VALUE_MAP ? fields : body;
    return value_get(from, str_of(key));
}

/* Programs may send a number or a yes as such, where one is asked for. */
static str raw_text(struct ctx *cx, enum field_type type, struct value v)
{
    if (v.type == VALUE_INT && type == FIELD_NUMBER)
        return str_printf(cx->a, "%lld", (long long)v.as.integer);
    if (v.type == VALUE_BOOL && type == FIELD_CHECKBOX) return v.as.boolean ? S("yes") : S("");
    str s = value_str(v);
    return s.ptr == NULL ? S("") : s;
}

static bool among(str list, str wanted)
{
    for (str rest = list; rest.ptr != NULL;)
        if (str_eq(str_trim(str_cut(rest, ';', &rest)), wanted)) return true;
    return false;
}

/* What was ticked, in the form's order: "a; b". Sent as a list, or as one text in that form. */
static enum field_err read_choices(struct ctx *cx, const struct form_field *f, struct value v,
                                   str *out)
{
    struct buf b = buf_new(cx->a, FREE_TEXT_MAX);
    str sent = raw_text(cx, f->type, v);
    ptrdiff_t known = 0, count = v.type == VALUE_LIST ? value_count(v) : 0;
    for (ptrdiff_t i = 0; i < count; i++)
        sent = str_printf(cx->a, "%.*s%s%.*s", STR_ARG(sent), i > 0 ? ";" : "",
                          STR_ARG(raw_text(cx, f->type, v.as.list->item[i])));
    for (int i = 0; i < f->option_count; i++) {
        str value = f->option[i].value;
        if (!among(sent, value)) continue;
        if (known++ > 0) buf_put(&b, S("; "));
        buf_put(&b, value);
    }
    *out = buf_str(&b);
    if (b.full) return FIELD_TOO_LONG;
    for (str rest = sent; rest.ptr != NULL;)
        if (str_trim(str_cut(rest, ';', &rest)).len > 0) known--;
    return known < 0 ? FIELD_BAD_CHOICE : FIELD_OK;
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

static enum field_err read_value(struct ctx *cx, const struct form_field *f, struct value raw,
                                 str *value)
{
    if (f->type == FIELD_CHOICES) return read_choices(cx, f, raw, value);
    enum field_err err =
        field_check(cx->a, f->type, f->def->max_bytes, raw_text(cx, f->type, raw), value);
    return err == FIELD_OK && !choice_ok(f, *value) ? FIELD_BAD_CHOICE : err;
}

/* Nobody sees it, so nobody could mend it: what does not fit gives way to the preset. */
static str read_hidden(struct ctx *cx, const struct form_field *f, struct value raw)
{
    str value;
    if (f->prefill && read_value(cx, f, raw, &value) == FIELD_OK && value.len > 0) return value;
    return read_value(cx, f, value_text(f->preset), &value) == FIELD_OK ? value : S("");
}

/* Read, check and keep one answer; *given is what its followers' conditions ask. */
static void read_one(struct ctx *cx, const struct form_field *f, struct value body,
                     struct answers *out, str *given)
{
    const struct field_def *def = f->def;
    struct value raw = raw_answer(body, def->key);
    str value;
    enum field_err err = FIELD_OK;
    if (f->type == FIELD_FILE) {
        if (!sent_file_read(cx, f, raw, field_name(cx, body, def->key), out, &value)) return;
    } else if (f->hidden)
        value = read_hidden(cx, f, raw);
    else
        err = read_value(cx, f, raw, &value);
    if (err == FIELD_OK && f->required && value.len == 0) err = FIELD_MISSING;
    if (err != FIELD_OK) {
        bool no_email = err == FIELD_MISSING && def->type == FIELD_EMAIL;
        fail_field(cx, field_name(cx, body, def->key),
                   no_email ? "error.email_required" : field_err_key(err));
        fail_arg(cx, "max", str_printf(cx->a, "%d", def->max_bytes));
        return;
    }
    *given = value;
    if (def->slot == SLOT_NONE)
        out->email = value;
    else if (def->slot != SLOT_UNSET)
        out->text[def->slot] = value;
}

/* The fields in their order. One whose condition does not hold was not asked: it is not required,
 * and what came for it all the same is not kept. */
static void read_fields(struct ctx *cx, const struct form_def *def, struct value body,
                        struct answers *out)
{
    str given[FORM_FIELDS_MAX];
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        given[i] = S("");
        if (f->reserve) continue;
        bool asked = f->when == 0 ||
                     form_answer_is(&def->field[f->when - 1], given[f->when - 1], f->when_is);
        if (asked) read_one(cx, f, body, out, &given[i]);
    }
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

static bool read_all(struct ctx *cx, const struct form_def *def, struct value body, bool released,
                     struct answers *out)
{
    *out = (struct answers){.email = S(""), .released = released};
    for (int i = 0; i < SLOT__COUNT; i++) out->text[i] = S("");
    read_fields(cx, def, body, out);
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

bool answers_read(struct ctx *cx, const struct form_def *def, struct value body,
                  struct answers *out)
{
    return read_all(cx, def, body, false, out);
}

bool answers_read_again(struct ctx *cx, const struct form_def *def, struct value body,
                        struct answers *out)
{
    return read_all(cx, def, body, true, out);
}

/* The question as people read it. */
static str asked(struct ctx *cx, const struct form_field *f)
{
    if (f->label.len > 0) return f->label;
    str key = str_printf(cx->a, "field.%s", f->def->key);
    return render_text(cx, cx->lang, str_cstr(cx->a, key), NULL, 0);
}

bool answers_read_late(struct ctx *cx, const struct form_def *def, struct value body,
                       struct answers *out, str *left)
{
    struct buf b = buf_new(cx->a, 8 * LIMIT_TEXT_BYTES);
    *left = S("");
    if (answers_read(cx, def, body, out)) return true;
    if (cx->err.code != ERR_INVALID) return false;
    for (int i = 0; i < cx->err.field_count; i++)
        for (int k = 0; k < def->field_count; k++) {
            const struct form_field *f = &def->field[k];
            str raw = raw_text(cx, f->type, raw_answer(body, f->def->key));
            if (raw.len == 0 || !str_eq(cx->err.field[i].field, field_name(cx, body, f->def->key)))
                continue;
            str clean = utf8_clean_text(cx->a, utf8_cut(raw, LIMIT_TEXT_BYTES));
            buf_printf(&b, "%.*s: %.*s\n", STR_ARG(asked(cx, f)), STR_ARG(clean));
        }
    *left = str_trim(buf_str(&b));
    err_clear(cx);
    return true;
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

/* At which stand, who helped, who put it in, and what the tablet's clock said. */
void visit_put(struct ctx *cx, struct value map, const struct stand_visit *visit)
{
    if (visit == NULL) return;
    value_set_text(map, "kiosk", visit->kiosk);
    value_set_text(map, "stand", visit->stand);
    if (visit->staff.len > 0) value_set_text(map, "staff", visit->staff);
    value_set_text(map, "entered_by", visit->entered_by);
    if (visit->claimed_ms > 0) value_set_text(map, "claimed_at", rfc3339(cx->a, visit->claimed_ms));
}

str answers_json(struct ctx *cx, const struct form_def *def, const struct answers *answers,
                 const struct contact_context *context, const struct stand_visit *visit)
{
    struct value map = value_map(cx->a), fields = value_map(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        enum field_slot slot = field_defs[i].slot;
        str text = slot == SLOT_NONE ? answers->email : answers->text[slot];
        if (text.len > 0) value_set_text(fields, field_defs[i].key, text);
    }
    struct value slots = value_map(cx->a), labels = value_map(cx->a);
    for (int i = 0; i < def->field_count; i++) {
        const struct field_def *own = def->field[i].def;
        if (own->slot < SLOT__STANDARD || answers->text[own->slot].len == 0) continue;
        value_set_text(fields, own->key, answers->text[own->slot]);
        value_set_int(slots, own->key, own->slot);
        value_set_text(labels, own->key, def->field[i].label);
    }
    value_set(map, "fields", fields);
    value_set(map, "slots", slots);
    value_set(map, "labels", labels);
    value_set(map, "boxes", boxes(cx, def, answers));
    put_context(map, context);
    visit_put(cx, map, visit);
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
    struct value slots = value_get(tree, S("slots"));
    for (ptrdiff_t i = 0; slots.type == VALUE_MAP && i < slots.as.map->count; i++) {
        struct value slot = slots.as.map->entry[i].value;
        str key = slots.as.map->entry[i].key;
        if (slot.type == VALUE_INT && slot.as.integer >= SLOT__STANDARD &&
            slot.as.integer < SLOT__COUNT)
            out->text[slot.as.integer] = value_str(value_get(value_get(tree, S("fields")), key));
    }
    return true;
}

struct evidence evidence_of_request(struct ctx *cx, const struct submission_new *in,
                                    const struct answers *answers, str method)
{
    const struct form_live *form = in->form;
    struct value facts = value_map(cx->a), network = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, came_ms(cx, in)));
    if (in->released.id != 0) {
        value_set_text(facts, "released_at", rfc3339(cx->a, cx->now_ms));
        value_set_text(facts, "released_by", id_text(cx->a, ID_USER, in->released.by.user_id));
    }
    value_set_text(facts, "form", id_text(cx->a, ID_FORM, form->form.id));
    value_set_text(facts, "form_name", form->form.name);
    value_set_int(facts, "form_version", form->version_no);
    value_set_text(facts, "form_version_sha256", form->version_sha256);
    value_set_text(facts, "version_from", in->names_version ? S("page") : S("published"));
    if (method.len > 0) value_set_text(facts, "method", method);
    value_set_text(facts, "address", answers->email);
    numbers_put(facts, &form->def, answers);
    value_set(facts, "boxes", boxes(cx, &form->def, answers));
    value_set(facts, "look", in->sender->look);
    put_context(facts, &in->context);
    visit_put(cx, facts, in->visit);
    if (in->visit != NULL && in->visit->signature.type == VALUE_MAP)
        value_set(facts, "signature", in->visit->signature);
    value_set_text(network, "ip", in->context.ip);
    value_set_text(network, "user_agent", in->context.user_agent);
    return (struct evidence){json_text(cx->a, facts), json_text(cx->a, network)};
}
