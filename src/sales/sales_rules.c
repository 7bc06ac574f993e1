#include "sales/sales_rules.h"

#include "base/id.h"
#include "base/utf8.h"

static const char *const kind_names[RULE__COUNT] = {"always", "postcode", "country", "form",
                                                    "field"};
static const char *const timing_names[TIMING__COUNT] = {"auto", "at_once", "confirmed"};
static const char *const cause_names[HANDOVER__COUNT] = {"hand", "rule", "due"};

static bool name_index(const char *const *names, int count, str name, int *out)
{
    for (int i = 0; i < count; i++)
        if (str_eq(name, str_of(names[i]))) {
            *out = i;
            return true;
        }
    return false;
}

const char *rule_kind_name(enum rule_kind kind)
{
    return kind_names[kind];
}

bool rule_kind_of(str name, enum rule_kind *out)
{
    int i;
    if (!name_index(kind_names, RULE__COUNT, name, &i)) return false;
    *out = (enum rule_kind)i;
    return true;
}

const char *handling_timing_name(enum handling_timing timing)
{
    return timing_names[timing];
}

bool handling_timing_of(str name, enum handling_timing *out)
{
    int i;
    if (!name_index(timing_names, TIMING__COUNT, name, &i)) return false;
    *out = (enum handling_timing)i;
    return true;
}

const char *handover_cause_name(enum handover_cause cause)
{
    return (int)cause >= 0 && cause < HANDOVER__COUNT ? cause_names[cause] : cause_names[0];
}

/* --- conditions --- */

/* Upper case, without anything but letters and digits: "A-1010", "sw1a 2aa". */
static str bare(arena *a, str s)
{
    char *out = NEW(a, char, s.len);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) out[n++] = c;
    }
    return (str){out, n};
}

/* "85-87" or "85"; also with the longer dashes people type. False if it is neither. */
static bool area_read(arena *a, str area, str *from, str *to)
{
    str plain =
        str_replace(a, str_replace(a, area, S("\xe2\x80\x93"), S("-")), S("\xe2\x80\x94"), S("-"));
    str rest, first = str_cut(plain, '-', &rest);
    *from = bare(a, first);
    *to = rest.ptr == NULL ? *from : bare(a, rest);
    return from->len > 0 && from->len == to->len && str_cmp(*from, *to) <= 0 &&
           (rest.ptr == NULL || str_find_char(rest, '-') < 0);
}

bool postcode_areas_valid(arena *a, str areas)
{
    bool any = false;
    for (str rest = areas; rest.ptr != NULL;) {
        str area = str_trim(str_cut(rest, ',', &rest)), from, to;
        if (area.len == 0) continue;
        if (!area_read(a, area, &from, &to)) return false;
        any = true;
    }
    return any;
}

bool postcode_in(arena *a, str postcode, str areas)
{
    str code = bare(a, postcode);
    for (str rest = areas; rest.ptr != NULL && code.len > 0;) {
        str area = str_trim(str_cut(rest, ',', &rest)), from, to;
        if (area.len == 0 || !area_read(a, area, &from, &to) || code.len < from.len) continue;
        str head = str_slice(code, 0, from.len);
        if (str_cmp(head, from) >= 0 && str_cmp(head, to) <= 0) return true;
    }
    return false;
}

bool answer_among(arena *a, str answer, str values)
{
    for (str parts = answer; parts.ptr != NULL;) {
        str part = utf8_fold(a, str_trim(str_cut(parts, ';', &parts)));
        if (part.len == 0) continue;
        for (str rest = values; rest.ptr != NULL;) {
            str value = utf8_fold(a, str_trim(str_cut(rest, ',', &rest)));
            if (value.len > 0 && str_eq(part, value)) return true;
        }
    }
    return false;
}

static str answer_of(const str text[SLOT__COUNT], const struct owner_rule *rule)
{
    const struct field_def *def = field_find(rule->field);
    if (rule->own >= SLOT__STANDARD && rule->own < SLOT__COUNT) return text[rule->own];
    return def == NULL || def->slot < 0 ? S("") : text[def->slot];
}

bool rule_fits(arena *a, const struct owner_rule *rule, const str text[SLOT__COUNT],
               int64_t form_id)
{
    switch (rule->kind) {
    case RULE_ALWAYS:
        return true;
    case RULE_POSTCODE:
        return postcode_in(a, text[SLOT_POSTCODE], rule->value);
    case RULE_COUNTRY:
        return answer_among(a, text[SLOT_COUNTRY], rule->value);
    case RULE_FORM:
        return rule->form_id != 0 && rule->form_id == form_id;
    case RULE_FIELD:
        return answer_among(a, answer_of(text, rule), rule->value);
    case RULE__COUNT:
        break;
    }
    return false;
}

/* --- people --- */

static bool is_active(int64_t user_id, const int64_t *active, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (active[i] == user_id) return user_id != 0;
    return false;
}

static const struct absence *absent(int64_t user_id, const struct absence *absence, ptrdiff_t count,
                                    int64_t day)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (absence[i].user_id == user_id && absence[i].from_day <= day && day <= absence[i].to_day)
            return &absence[i];
    return NULL;
}

int64_t person_for(int64_t user_id, const int64_t *active, ptrdiff_t active_count,
                   const struct absence *absence, ptrdiff_t absence_count, int64_t day)
{
    if (!is_active(user_id, active, active_count)) return 0;
    const struct absence *away = absent(user_id, absence, absence_count, day);
    if (away == NULL) return user_id;
    int64_t other = away->substitute_id;
    bool there = is_active(other, active, active_count) &&
                 absent(other, absence, absence_count, day) == NULL;
    return there ? other : 0;
}

int64_t rule_person(const struct owner_rule *rule, int64_t turn, const int64_t *active,
                    ptrdiff_t active_count, const struct absence *absence, ptrdiff_t absence_count,
                    int64_t day)
{
    for (int i = 0; i < rule->person_count; i++) {
        int64_t at = (turn + i) % rule->person_count;
        int64_t who =
            person_for(rule->person[at], active, active_count, absence, absence_count, day);
        if (who != 0) return who;
    }
    return 0;
}

/* --- as stored --- */

static struct value ids_value(arena *a, enum id_type type, const int64_t *id, int count)
{
    struct value list = value_list(a);
    for (int i = 0; i < count; i++) value_push(list, value_text(id_text(a, type, id[i])));
    return list;
}

static int ids_from(struct value list, enum id_type type, int64_t *id, int max)
{
    int count = 0;
    if (list.type != VALUE_LIST) return 0;
    for (ptrdiff_t i = 0; i < list.as.list->count && count < max; i++)
        if (id_parse(value_str(list.as.list->item[i]), type, &id[count])) count++;
    return count;
}

static str text_or_empty(struct value v)
{
    str s = value_str(v);
    return s.ptr == NULL ? S("") : s;
}

struct value rule_value(arena *a, const struct owner_rule *rule)
{
    struct value map = value_map(a);
    value_set_text(map, "when", str_of(rule_kind_name(rule->kind)));
    value_set_text(map, "field", rule->field.ptr == NULL ? S("") : rule->field);
    value_set_text(map, "value", rule->value.ptr == NULL ? S("") : rule->value);
    value_set_text(map, "form", id_text(a, ID_FORM, rule->form_id));
    value_set(map, "people", ids_value(a, ID_USER, rule->person, rule->person_count));
    return map;
}

void rule_from(struct value v, struct owner_rule *out)
{
    if (!rule_kind_of(value_str(value_get(v, S("when"))), &out->kind)) out->kind = RULE_ALWAYS;
    out->field = text_or_empty(value_get(v, S("field")));
    out->value = text_or_empty(value_get(v, S("value")));
    if (!id_parse(value_str(value_get(v, S("form"))), ID_FORM, &out->form_id)) out->form_id = 0;
    out->person_count = ids_from(value_get(v, S("people")), ID_USER, out->person, RULE_PEOPLE_MAX);
}

struct form_handling handling_default(void)
{
    return (struct form_handling){.timing = TIMING_AUTO, .tell_owner = true, .due_hours = -1};
}

struct value handling_value(arena *a, const struct form_handling *h)
{
    struct value map = value_map(a), boxes = value_list(a);
    for (int i = 0; i < h->mailbox_count; i++) value_push(boxes, value_text(h->mailbox[i]));
    value_set_text(map, "timing", str_of(handling_timing_name(h->timing)));
    value_set_bool(map, "owner", h->tell_owner);
    value_set(map, "people", ids_value(a, ID_USER, h->person, h->person_count));
    value_set(map, "mailboxes", boxes);
    value_set_bool(map, "content", h->content);
    value_set_bool(map, "acknowledge", h->acknowledge);
    value_set(map, "due_hours", h->due_hours < 0 ? value_null() : value_int(h->due_hours));
    return map;
}

void handling_from(struct value v, struct form_handling *out)
{
    struct value boxes = value_get(v, S("mailboxes")), hours = value_get(v, S("due_hours"));
    *out = handling_default();
    if (!handling_timing_of(value_str(value_get(v, S("timing"))), &out->timing))
        out->timing = TIMING_AUTO;
    out->tell_owner = value_truthy(value_get(v, S("owner")));
    out->person_count = ids_from(value_get(v, S("people")), ID_USER, out->person, NOTIFY_MAX);
    for (ptrdiff_t i = 0;
         boxes.type == VALUE_LIST && i < boxes.as.list->count && out->mailbox_count < NOTIFY_MAX;
         i++)
        out->mailbox[out->mailbox_count++] = text_or_empty(boxes.as.list->item[i]);
    out->content = value_truthy(value_get(v, S("content")));
    out->acknowledge = value_truthy(value_get(v, S("acknowledge")));
    if (hours.type == VALUE_INT) out->due_hours = hours.as.integer;
}

bool handling_at_once(const struct form_handling *h, bool waits, bool has_message)
{
    return !waits || h->timing == TIMING_AT_ONCE || (h->timing == TIMING_AUTO && has_message);
}
