/* One field of a form's definition. */
#include "form/form_rules.h"

#include "base/limits.h"
#include "base/utf8.h"

static void add_option(struct form_field *f, str value, str label)
{
    if (value.len == 0 || f->option_count == FORM_OPTIONS_MAX) return;
    f->option[f->option_count++] = (struct form_option){value, label.len > 0 ? label : value};
}

static void read_options(struct ctx *cx, struct value in, ptrdiff_t at, struct form_field *f)
{
    struct value list = value_get(in, S("options"));
    ptrdiff_t count = list.type == VALUE_LIST ? value_count(list) : 0;
    if (count > FORM_OPTIONS_MAX)
        fail_field(cx, form_place(cx, "fields", at, "options"), "form.too_many_options");
    for (ptrdiff_t i = 0; i < count; i++) {
        struct value item = list.as.list->item[i];
        str value = item.type == VALUE_TEXT ? utf8_clean_line(cx->a, item.as.text)
                                            : form_line(cx, item, "value", LIMIT_NAME_BYTES);
        str label = item.type == VALUE_MAP ? form_line(cx, item, "label", LIMIT_NAME_BYTES) : value;
        add_option(f, value, label);
    }
}

/* A salutation whose form names no choices has these three; nobody is asked for more. */
static void default_options(struct form_field *f, enum lang lang)
{
    static const char *const words[LANG__COUNT][3] = {{"Frau", "Herr", "keine Angabe"},
                                                      {"Ms", "Mr", "not stated"}};
    if (f->def->slot != SLOT_SALUTATION || f->option_count > 0) return;
    for (int i = 0; i < 3; i++) add_option(f, str_of(words[lang][i]), S(""));
}

/* A free field brings its type, and once published its slot. */
static const struct field_def *free_def(struct ctx *cx, struct value in, str key)
{
    enum field_type type = field_type_of(form_line(cx, in, "type", 20));
    struct value slot = value_get(in, S("slot"));
    if (!field_key_is_free(key) || !field_type_is_free(type)) return NULL;
    bool set = slot.type == VALUE_INT && slot.as.integer >= SLOT__STANDARD &&
               slot.as.integer < SLOT__COUNT;
    struct field_def *def = NEW(cx->a, struct field_def, 1);
    *def = (struct field_def){.key = str_cstr(cx->a, key),
                              .type = type,
                              .slot = set ? (enum field_slot)slot.as.integer : SLOT_UNSET,
                              .autocomplete = "",
                              .max_bytes = FREE_TEXT_MAX};
    return def;
}

static int index_of(const struct form_def *def, str key)
{
    for (int i = 0; i < def->field_count; i++)
        if (str_eq(str_of(def->field[i].def->key), key)) return i;
    return -1;
}

/* Conditions look back only: so there is no circle, and one pass settles them. */
static void read_condition(struct ctx *cx, struct value in, ptrdiff_t i, const struct form_def *def,
                           struct form_field *f)
{
    str when = form_line(cx, in, "when", LIMIT_NAME_BYTES);
    if (when.len == 0) return;
    int at = index_of(def, when);
    if (at < 0) {
        fail_field(cx, form_place(cx, "fields", i, "when"), "form.condition_unknown");
        return;
    }
    f->when = at + 1;
    f->when_is = form_line(cx, in, "when_is", LIMIT_NAME_BYTES);
    const struct form_field *asked = &def->field[at];
    if (f->when_is.len == 0 || asked->option_count == 0) return;
    /* One that nobody can give would never be asked; "medikamente" means "Medikamente". */
    for (int k = 0; k < asked->option_count; k++)
        if (str_eq(asked->option[k].value, f->when_is)) return;
    str folded = utf8_fold(cx->a, f->when_is);
    for (int k = 0; k < asked->option_count; k++)
        if (str_eq(utf8_fold(cx->a, asked->option[k].value), folded) ||
            str_eq(utf8_fold(cx->a, asked->option[k].label), folded)) {
            f->when_is = asked->option[k].value;
            return;
        }
    fail_field(cx, form_place(cx, "fields", i, "when_is"), "form.condition_option");
}

static void check_field(struct ctx *cx, ptrdiff_t i, const struct form_field *f)
{
    bool chosen = f->type == FIELD_SELECT || f->type == FIELD_CHOICES;
    if (chosen && f->option_count == 0)
        fail_field(cx, form_place(cx, "fields", i, "options"), "form.options_missing");
    for (int k = 0; f->type == FIELD_CHOICES && k < f->option_count; k++)
        if (str_find_char(f->option[k].value, ';') >= 0) {
            fail_field(cx, form_place(cx, "fields", i, "options"), "form.option_semicolon");
            break;
        }
    if (f->type == FIELD_FILE && (f->hidden || f->prefill || f->preset.len > 0))
        fail_field(cx, form_place(cx, "fields", i, "prefill"), "form.file_prefill");
    if (f->type == FIELD_FILE && f->accept == ACCEPT__COUNT)
        fail_field(cx, form_place(cx, "fields", i, "accept"), "error.choice_invalid");
    if (f->reserve && (f->hidden || f->type == FIELD_FILE || f->def->type == FIELD_EMAIL))
        fail_field(cx, form_place(cx, "fields", i, "reserve"), "form.reserve_invalid");
    if (f->def->type != FIELD_EMAIL) return;
    /* An address in a link would stand in logs and in what other pages are told. */
    if (f->hidden || f->prefill || f->preset.len > 0)
        fail_field(cx, form_place(cx, "fields", i, "prefill"), "form.email_prefill");
    if (f->when != 0) fail_field(cx, form_place(cx, "fields", i, "when"), "form.email_condition");
}

int form_file_count(const struct form_def *def)
{
    int n = 0;
    for (int i = 0; i < def->field_count; i++)
        n += def->field[i].type == FIELD_FILE && !def->field[i].reserve;
    return n;
}

void form_field_read(struct ctx *cx, struct value in, ptrdiff_t i, struct form_def *out)
{
    str key = form_line(cx, in, "key", LIMIT_NAME_BYTES);
    const struct field_def *def = field_find(key);
    if (def == NULL) def = free_def(cx, in, key);
    if (def == NULL) {
        fail_field(cx, form_place(cx, "fields", i, "key"), "form.field_unknown");
        fail_arg(cx, "key", key);
        return;
    }
    if (index_of(out, key) >= 0) {
        fail_field(cx, form_place(cx, "fields", i, "key"), "form.field_twice");
        fail_arg(cx, "key", key);
        return;
    }
    struct form_field *f = &out->field[out->field_count];
    *f = (struct form_field){.def = def,
                             .type = def->type,
                             .label = form_line(cx, in, "label", LIMIT_NAME_BYTES),
                             .help = form_line(cx, in, "help", 400),
                             .placeholder = form_line(cx, in, "placeholder", LIMIT_NAME_BYTES),
                             .half = form_truth(in, "half"),
                             .reserve = form_truth(in, "reserve"),
                             .hidden = form_truth(in, "hidden"),
                             .prefill = form_truth(in, "prefill"),
                             .preset = form_line(cx, in, "preset", LIMIT_NAME_BYTES),
                             .step = form_line(cx, in, "step", LIMIT_NAME_BYTES),
                             .when_is = S("")};
    f->required = form_truth(in, "required") && !f->hidden;
    str accept = form_line(cx, in, "accept", LIMIT_NAME_BYTES);
    f->accept = accept.len > 0 ? file_accept_of(accept) : ACCEPT_ANY;
    if (f->type != FIELD_FILE) read_options(cx, in, i, f);
    if (f->type == FIELD_FILE && form_file_count(out) == FORM_FILES_MAX) {
        fail_field(cx, form_place(cx, "fields", i, "key"), "form.too_many_files");
        fail_arg(cx, "max", str_printf(cx->a, "%d", FORM_FILES_MAX));
    }
    default_options(f, out->lang);
    if (f->option_count > 0 && f->type == FIELD_TEXT) f->type = FIELD_SELECT;
    if (field_key_is_free(key) && f->label.len == 0)
        fail_field(cx, form_place(cx, "fields", i, "label"), "form.free_label");
    read_condition(cx, in, i, out, f);
    check_field(cx, i, f);
    out->field_count++;
}

struct value form_field_value(arena *a, const struct form_def *def, int i)
{
    const struct form_field *f = &def->field[i];
    struct value item = value_map(a), options = value_list(a);
    value_set_text(item, "key", str_of(f->def->key));
    value_set_text(item, "type", str_of(field_type_name(f->type)));
    value_set_text(item, "label", f->label);
    value_set_text(item, "help", f->help);
    value_set_text(item, "placeholder", f->placeholder);
    value_set_bool(item, "required", f->required);
    value_set_bool(item, "half", f->half);
    value_set_bool(item, "reserve", f->reserve);
    value_set_bool(item, "hidden", f->hidden);
    value_set_bool(item, "prefill", f->prefill);
    value_set_text(item, "preset", f->preset);
    value_set_text(item, "step", f->step);
    value_set_text(item, "when", f->when > 0 ? str_of(def->field[f->when - 1].def->key) : S(""));
    value_set_text(item, "when_is", f->when_is);
    if (f->def->slot >= SLOT__STANDARD) value_set_int(item, "slot", f->def->slot);
    for (int k = 0; k < f->option_count; k++) {
        struct value option = value_map(a);
        value_set_text(option, "value", f->option[k].value);
        value_set_text(option, "label", f->option[k].label);
        value_push(options, option);
    }
    value_set(item, "options", options);
    if (f->type == FIELD_FILE) value_set_text(item, "accept", str_of(file_accept_name(f->accept)));
    return item;
}

static const struct field_def *def_copy(arena *a, const struct field_def *from)
{
    if (!field_key_is_free(str_of(from->key))) return from; /* of the one table */
    struct field_def *def = NEW(a, struct field_def, 1);
    *def = *from;
    def->key = str_cstr(a, str_of(from->key));
    return def;
}

void form_field_copy(arena *a, const struct form_field *from, struct form_field *to)
{
    to->def = def_copy(a, from->def);
    to->type = from->type;
    to->label = str_dup(a, from->label);
    to->help = str_dup(a, from->help);
    to->placeholder = str_dup(a, from->placeholder);
    to->required = from->required;
    to->half = from->half;
    to->reserve = from->reserve;
    to->hidden = from->hidden;
    to->prefill = from->prefill;
    to->preset = str_dup(a, from->preset);
    to->step = str_dup(a, from->step);
    to->when = from->when;
    to->when_is = str_dup(a, from->when_is);
    to->option_count = from->option_count;
    to->accept = from->accept;
    for (int i = 0; i < from->option_count; i++)
        to->option[i] = (struct form_option){str_dup(a, from->option[i].value),
                                             str_dup(a, from->option[i].label)};
}

/* "a; b" holds "b". */
static bool holds(str list, str wanted)
{
    for (str rest = list; rest.ptr != NULL;)
        if (str_eq(str_trim(str_cut(rest, ';', &rest)), wanted)) return true;
    return false;
}

bool form_answer_is(const struct form_field *field, str answer, str wanted)
{
    if (wanted.len == 0) return answer.len > 0;
    return field->type == FIELD_CHOICES ? holds(answer, wanted) : str_eq(answer, wanted);
}
