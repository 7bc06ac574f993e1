#include "fair/fair_rules.h"

#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "sales/sales_time.h"

enum { DAY_MS = 86400000, CLOCK_AHEAD_MS = 3600000 };

static str line(struct ctx *cx, struct value in, const char *key, int max)
{
    str s = value_str(value_get(in, str_of(key)));
    return s.ptr == NULL ? S("") : utf8_cut(str_trim(utf8_clean_line(cx->a, s)), max);
}

static void add_name(struct ctx *cx, struct kiosk *out, str raw)
{
    str name = utf8_cut(str_trim(utf8_clean_line(cx->a, raw)), KIOSK_NAME_BYTES);
    if (name.len == 0) return;
    for (int i = 0; i < out->staff_count; i++)
        if (str_eq(out->staff[i], name)) return;
    if (out->staff_count == KIOSK_STAFF_MAX) {
        if (cx->err.field_count == 0) fail_field(cx, S("staff"), "kiosk.staff_many");
        return;
    }
    out->staff[out->staff_count++] = name;
}

static void read_staff(struct ctx *cx, struct value in, struct kiosk *out)
{
    struct value staff = value_get(in, S("staff"));
    for (ptrdiff_t i = 0; staff.type == VALUE_LIST && i < value_count(staff); i++) {
        str name = value_str(staff.as.list->item[i]);
        if (name.ptr != NULL) add_name(cx, out, name);
    }
    str text = value_str(staff);
    for (str rest = text; rest.ptr != NULL;) add_name(cx, out, str_cut(rest, '\n', &rest));
}

static void read_days(struct ctx *cx, struct value in, int64_t today, struct kiosk *out)
{
    str from = line(cx, in, "from", 20), to = line(cx, in, "to", 20);
    out->from_day = out->to_day = today;
    if (from.len > 0 && !day_parse(from, &out->from_day))
        fail_field(cx, S("from"), "error.date_invalid");
    out->to_day = out->from_day;
    if (to.len > 0 && !day_parse(to, &out->to_day)) {
        fail_field(cx, S("to"), "error.date_invalid");
        return;
    }
    if (out->to_day < out->from_day)
        fail_field(cx, S("to"), "kiosk.ends_before");
    else if (out->to_day < today)
        fail_field(cx, S("to"), "kiosk.ends_past");
    else if (out->to_day - out->from_day >= KIOSK_DAYS_MAX)
        fail_field(cx, S("to"), "kiosk.too_long");
}

static void read_idle(struct ctx *cx, struct value in, struct kiosk *out)
{
    struct value v = value_get(in, S("idle_s"));
    str text = line(cx, in, "idle_s", 10);
    out->idle_s = KIOSK_IDLE_S;
    bool ok = true;
    if (v.type == VALUE_INT)
        out->idle_s = v.as.integer;
    else if (text.len > 0)
        ok = str_to_i64(text, &out->idle_s);
    if (!ok || out->idle_s < KIOSK_IDLE_MIN_S || out->idle_s > KIOSK_IDLE_MAX_S)
        fail_field(cx, S("idle_s"), "kiosk.idle_range");
}

bool kiosk_read(struct ctx *cx, struct value in, int64_t today, struct kiosk *out)
{
    *out = (struct kiosk){.stand = line(cx, in, "stand", KIOSK_STAND_BYTES),
                          .campaign = line(cx, in, "campaign", KIOSK_STAND_BYTES)};
    if (out->stand.len == 0) fail_field(cx, S("stand"), "error.field_required");
    struct value signature = value_get(in, S("signature"));
    out->signature = signature.type == VALUE_BOOL ? signature.as.boolean
                                                  : str_eq(value_str(signature), S("yes"));
    read_staff(cx, in, out);
    read_days(cx, in, today, out);
    read_idle(cx, in, out);
    return cx->err.code == ERR_NONE;
}

enum kiosk_state kiosk_state_on(const struct kiosk *kiosk, int64_t day)
{
    if (kiosk->revoked_ms != 0) return KIOSK_REVOKED;
    if (day < kiosk->from_day) return KIOSK_PLANNED;
    return day > kiosk->to_day ? KIOSK_OVER : KIOSK_ACTIVE;
}

const char *kiosk_state_name(enum kiosk_state state)
{
    static const char *const names[KIOSK_STATE__COUNT] = {"active", "planned", "over", "revoked"};
    return names[state];
}

bool kiosk_takes_late(const struct kiosk *kiosk, int64_t day)
{
    return kiosk->revoked_ms == 0 && day >= kiosk->from_day &&
           day <= kiosk->to_day + KIOSK_LATE_DAYS;
}

str kiosk_staff_text(arena *a, const struct kiosk *kiosk)
{
    struct value list = value_list(a);
    for (int i = 0; i < kiosk->staff_count; i++) value_push(list, value_text(kiosk->staff[i]));
    return json_text(a, list);
}

void kiosk_staff_read(arena *a, str json, struct kiosk *kiosk)
{
    struct value list;
    struct json_err err;
    kiosk->staff_count = 0;
    if (!json_parse(a, json, &list, &err) || list.type != VALUE_LIST) return;
    for (ptrdiff_t i = 0; i < value_count(list) && kiosk->staff_count < KIOSK_STAFF_MAX; i++)
        kiosk->staff[kiosk->staff_count++] = value_str(list.as.list->item[i]);
}

/* --- entries --- */

bool signature_path_ok(str path)
{
    bool digit = false;
    int strokes = 0;
    if (path.len == 0 || path.len > SIGNATURE_PATH_BYTES || path.ptr[0] != 'M') return false;
    for (ptrdiff_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && c != 'M' && c != 'L' && c != ' ') return false;
        if (c == ' ' && !digit) return false; /* between two numbers, and nowhere else */
        if (c == 'L') strokes++;
        digit = is_digit;
    }
    return digit && strokes >= 2; /* a tap is no signature */
}

static int64_t whole(struct value map, const char *key)
{
    struct value v = value_get(map, str_of(key));
    return v.type == VALUE_INT ? v.as.integer : 0;
}

static struct value read_signature(struct ctx *cx, const struct kiosk *kiosk, struct value in)
{
    struct value out = value_map(cx->a);
    str path = value_str(value_get(in, S("path"))), name = line(cx, in, "name", KIOSK_NAME_BYTES);
    int64_t width = whole(in, "width"), height = whole(in, "height");
    if (!kiosk->signature || in.type != VALUE_MAP) return value_null();
    bool drawn = path.ptr != NULL && signature_path_ok(path) && width > 0 && width <= 4000 &&
                 height > 0 && height <= 4000;
    if (drawn) {
        value_set_text(out, "path", path);
        value_set_int(out, "width", width);
        value_set_int(out, "height", height);
    }
    if (name.len > 0) value_set_text(out, "name", name);
    return drawn || name.len > 0 ? out : value_null();
}

static str read_key(struct value in)
{
    str key = value_str(value_get(in, S("key")));
    uint8_t bytes[16];
    return key.len == ENTRY_KEY_LEN && base64url_decode(key, bytes, sizeof bytes) ? key : (str){0};
}

static str read_who(struct value in)
{
    static const char *const names[] = {"visitor", "staff", "card"};
    str who = value_str(value_get(in, S("entered_by")));
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++)
        if (str_eq(who, str_of(names[i]))) return str_of(names[i]);
    return S("visitor");
}

bool entry_read(struct ctx *cx, const struct kiosk *kiosk, str plain, struct kiosk_entry *out)
{
    struct value in;
    struct json_err err;
    if (!json_parse(cx->a, plain, &in, &err) || in.type != VALUE_MAP) return false;
    struct value fields = value_get(in, S("fields")), consents = value_get(in, S("consents"));
    *out =
        (struct kiosk_entry){.key = read_key(in),
                             .staff = S(""),
                             .entered_by = read_who(in),
                             .note = S(""),
                             .body = value_map(cx->a),
                             .signature = read_signature(cx, kiosk, value_get(in, S("signature")))};
    if (out->key.ptr == NULL || fields.type != VALUE_MAP ||
        !id_parse(value_str(value_get(in, S("version"))), ID_FORM_VERSION, &out->version_id))
        return false;
    value_set(out->body, "fields", fields);
    if (consents.type == VALUE_LIST) value_set(out->body, "consents", consents);
    str staff = line(cx, in, "staff", KIOSK_NAME_BYTES), note = value_str(value_get(in, S("note")));
    for (int i = 0; i < kiosk->staff_count; i++)
        if (str_eq(kiosk->staff[i], staff)) out->staff = staff;
    if (note.ptr != NULL)
        out->note = str_trim(utf8_clean_text(cx->a, utf8_cut(note, ENTRY_NOTE_BYTES)));
    bool possible = rfc3339_parse(value_str(value_get(in, S("at"))), &out->claimed_ms) &&
                    out->claimed_ms >= kiosk->created_ms - DAY_MS &&
                    out->claimed_ms <= cx->now_ms + CLOCK_AHEAD_MS;
    if (!possible) out->claimed_ms = 0;
    return true;
}
