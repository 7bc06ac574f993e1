#include "web/liquid_ast.h"

#include "base/html.h"
#include "base/json.h"

typedef struct lv filter_fn(struct run *r, const struct filter *f, struct lv in,
                            const struct lv *arg);

/* ---- text ---- */

static struct lv made(struct run *r, struct buf *b)
{
    return lv_of(value_text(liquid_made(r, b)));
}

static struct lv f_append(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    struct buf b = liquid_make(r);
    liquid_write(&b, in.v);
    liquid_write(&b, arg[0].v);
    return made(r, &b);
}

static struct lv f_prepend(struct run *r, const struct filter *f, struct lv in,
                           const struct lv *arg)
{
    return f_append(r, f, arg[0], &in);
}

static struct lv f_escape(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    (void)arg;
    if (in.markup) return in;
    struct buf b = liquid_make(r);
    html_escape(&b, liquid_text(r, in.v));
    struct lv out = made(r, &b);
    out.markup = true;
    return out;
}

static struct lv f_newline_to_br(struct run *r, const struct filter *f, struct lv in,
                                 const struct lv *arg)
{
    if (r->mode == LIQUID_TEXT) return in;
    str text = f_escape(r, f, in, arg).v.as.text;
    struct buf b = liquid_make(r);
    for (str rest = text; rest.ptr != NULL;) {
        str line = str_cut(rest, '\n', &rest);
        if (str_ends(line, S("\r"))) line.len--;
        buf_put(&b, line);
        if (rest.ptr != NULL) buf_put(&b, S("<br>\n"));
    }
    struct lv out = made(r, &b);
    out.markup = true;
    return out;
}

/* Change the case of a-z and of the Latin-1 letters, all that German and its neighbours need. */
static void put_case(struct buf *b, str s, bool up)
{
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool lead = c == 0xc3 && i + 1 < s.len;
        if (lead) {
            unsigned char next = (unsigned char)s.ptr[++i];
            bool low = next >= 0xa0 && next <= 0xbe && next != 0xb7;
            bool high = next >= 0x80 && next <= 0x9e && next != 0x97;
            if (up && low) next = (unsigned char)(next - 0x20);
            if (!up && high) next = (unsigned char)(next + 0x20);
            buf_put(b, (str){(const char[]){(char)c, (char)next}, 2});
            continue;
        }
        if (up && c >= 'a' && c <= 'z') c = (unsigned char)(c - 0x20);
        if (!up && c >= 'A' && c <= 'Z') c = (unsigned char)(c + 0x20);
        buf_char(b, (char)c);
    }
}

static struct lv with_case(struct run *r, struct lv in, bool first_only, bool up)
{
    str s = liquid_text(r, in.v);
    ptrdiff_t end = s.len;
    if (first_only && s.len > 0) end = s.ptr[0] == '\xc3' && s.len > 1 ? 2 : 1;
    struct buf b = liquid_make(r);
    put_case(&b, str_slice(s, 0, end), up);
    buf_put(&b, str_slice(s, end, s.len));
    return made(r, &b);
}

static struct lv f_upcase(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    (void)arg;
    return with_case(r, in, false, true);
}

static struct lv f_downcase(struct run *r, const struct filter *f, struct lv in,
                            const struct lv *arg)
{
    (void)f;
    (void)arg;
    return with_case(r, in, false, false);
}

static struct lv f_capitalize(struct run *r, const struct filter *f, struct lv in,
                              const struct lv *arg)
{
    (void)f;
    (void)arg;
    return with_case(r, in, true, true);
}

static struct lv f_strip(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    (void)arg;
    return lv_of(value_text(str_trim(liquid_text(r, in.v))));
}

static struct lv replace(struct run *r, struct lv in, str from, str to)
{
    str rest = liquid_text(r, in.v);
    struct buf b = liquid_make(r);
    for (ptrdiff_t at; from.len > 0 && (at = str_find(rest, from)) >= 0 && !b.full;) {
        buf_put(&b, str_slice(rest, 0, at));
        buf_put(&b, to);
        rest = str_slice(rest, at + from.len, rest.len);
    }
    buf_put(&b, rest);
    return made(r, &b);
}

static struct lv f_replace(struct run *r, const struct filter *f, struct lv in,
                           const struct lv *arg)
{
    (void)f;
    return replace(r, in, liquid_text(r, arg[0].v), liquid_text(r, arg[1].v));
}

static struct lv f_remove(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    return replace(r, in, liquid_text(r, arg[0].v), S(""));
}

/* Bytes of the character at `at`. */
static ptrdiff_t character_bytes(str s, ptrdiff_t at)
{
    ptrdiff_t n = 1;
    while (at + n < s.len && ((unsigned char)s.ptr[at + n] & 0xc0) == 0x80) n++;
    return n;
}

static ptrdiff_t count_characters(str s)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.len; i += character_bytes(s, i)) n++;
    return n;
}

/* truncate: length with the mark, the mark ("…"). */
static struct lv f_truncate(struct run *r, const struct filter *f, struct lv in,
                            const struct lv *arg)
{
    str s = liquid_text(r, in.v);
    str mark = f->count > 1 ? liquid_text(r, arg[1].v) : S("…");
    int64_t length = arg[0].v.type == VALUE_INT ? arg[0].v.as.integer : 50;
    if (count_characters(s) <= length) return in;
    ptrdiff_t at = 0;
    for (int64_t left = length - count_characters(mark); left > 0 && at < s.len; left--)
        at += character_bytes(s, at);
    struct buf b = liquid_make(r);
    buf_put(&b, str_slice(s, 0, at));
    buf_put(&b, mark);
    return made(r, &b);
}

static struct lv f_url_encode(struct run *r, const struct filter *f, struct lv in,
                              const struct lv *arg)
{
    (void)f;
    (void)arg;
    str s = liquid_text(r, in.v);
    struct buf b = liquid_make(r);
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            buf_char(&b, (char)c);
        } else {
            buf_printf(&b, "%%%02X", c);
        }
    }
    return made(r, &b);
}

static struct lv f_json(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    (void)arg;
    struct buf b = liquid_make(r);
    json_write(&b, in.v);
    return made(r, &b);
}

/* ---- lists ---- */

static struct lv f_split(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    str rest = liquid_text(r, in.v), separator = liquid_text(r, arg[0].v);
    struct value list = value_list(r->a);
    while (rest.len > 0) {
        ptrdiff_t at = separator.len == 0 ? character_bytes(rest, 0) : str_find(rest, separator);
        if (at < 0) at = rest.len;
        value_push(list, value_text(str_slice(rest, 0, at)));
        rest = str_slice(rest, at + separator.len, rest.len);
        if (!liquid_took(r, 2 * (ptrdiff_t)sizeof(struct value))) break;
    }
    return lv_of(list);
}

static struct lv f_join(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    if (in.v.type != VALUE_LIST) return in;
    str separator = f->count > 0 ? liquid_text(r, arg[0].v) : S(" ");
    struct buf b = liquid_make(r);
    for (ptrdiff_t i = 0; i < in.v.as.list->count; i++) {
        if (i > 0) buf_put(&b, separator);
        liquid_write(&b, in.v.as.list->item[i]);
    }
    return made(r, &b);
}

static struct lv end_of(struct value v, bool last)
{
    if (v.type != VALUE_LIST || v.as.list->count == 0) return (struct lv){0};
    return lv_of(v.as.list->item[last ? v.as.list->count - 1 : 0]);
}

static struct lv f_first(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    (void)arg;
    return end_of(in.v, false);
}

static struct lv f_last(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    (void)arg;
    return end_of(in.v, true);
}

static struct lv f_size(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    (void)arg;
    bool text = in.v.type == VALUE_TEXT;
    return lv_of(value_int(text ? count_characters(in.v.as.text) : value_count(in.v)));
}

static struct lv f_default(struct run *r, const struct filter *f, struct lv in,
                           const struct lv *arg)
{
    (void)r;
    (void)f;
    bool none = !value_truthy(in.v) || (in.v.type == VALUE_TEXT && in.v.as.text.len == 0) ||
                ((in.v.type == VALUE_LIST || in.v.type == VALUE_MAP) && value_count(in.v) == 0);
    return none ? arg[0] : in;
}

/* ---- numbers ---- */

__extension__ typedef __int128 wide;

struct number {
    wide unscaled;
    int scale;
};

enum { QUOTIENT_SCALE = 6 };

/* Text that reads as a number counts as one, as in Liquid; anything else is 0. */
static struct number number_of(struct value v)
{
    if (v.type == VALUE_INT) return (struct number){v.as.integer, 0};
    if (v.type == VALUE_DECIMAL) return (struct number){v.as.decimal.unscaled, v.as.decimal.scale};
    int64_t n = 0;
    if (v.type == VALUE_TEXT && str_to_i64(v.as.text, &n)) return (struct number){n, 0};
    return (struct number){0, 0};
}

static struct number with_scale(struct number n, int scale)
{
    for (; n.scale < scale; n.scale++) n.unscaled *= 10;
    return n;
}

/* Null where int64 cannot hold the result. */
static struct lv number_value(struct number n)
{
    while (n.scale > 0 && (n.unscaled % 10 == 0 || n.scale > 18)) {
        n.unscaled /= 10;
        n.scale--;
    }
    if (n.unscaled > INT64_MAX || n.unscaled < INT64_MIN) return (struct lv){0};
    int64_t small = (int64_t)n.unscaled;
    return lv_of(n.scale == 0 ? value_int(small) : value_decimal(small, n.scale));
}

static wide floor_div(wide a, wide b)
{
    wide q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static void same_scale(struct number *a, struct number *b)
{
    *a = with_scale(*a, b->scale);
    *b = with_scale(*b, a->scale);
}

static struct lv f_plus(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    struct number a = number_of(in.v), b = number_of(arg[0].v);
    same_scale(&a, &b);
    return number_value((struct number){a.unscaled + b.unscaled, a.scale});
}

static struct lv f_minus(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    struct number a = number_of(in.v), b = number_of(arg[0].v);
    same_scale(&a, &b);
    return number_value((struct number){a.unscaled - b.unscaled, a.scale});
}

static struct lv f_times(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    struct number a = number_of(in.v), b = number_of(arg[0].v);
    return number_value((struct number){a.unscaled * b.unscaled, a.scale + b.scale});
}

/* Two whole numbers divide to a whole one, rounded down, as in Liquid. */
static struct lv f_divided_by(struct run *r, const struct filter *f, struct lv in,
                              const struct lv *arg)
{
    (void)r;
    (void)f;
    struct number a = number_of(in.v), b = number_of(arg[0].v);
    if (b.unscaled == 0) return (struct lv){0};
    int scale = a.scale == 0 && b.scale == 0 ? 0 : QUOTIENT_SCALE;
    same_scale(&a, &b);
    for (int i = 0; i < scale && i + a.scale < 18; i++) a.unscaled *= 10;
    if (a.scale + scale > 18) scale = a.scale > 18 ? 0 : 18 - a.scale;
    return number_value((struct number){floor_div(a.unscaled, b.unscaled), scale});
}

static struct lv f_modulo(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    (void)f;
    struct number a = number_of(in.v), b = number_of(arg[0].v);
    if (b.unscaled == 0) return (struct lv){0};
    same_scale(&a, &b);
    wide whole = floor_div(a.unscaled, b.unscaled);
    return number_value((struct number){a.unscaled - whole * b.unscaled, a.scale});
}

/* Half away from zero. */
static struct lv f_round(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)r;
    struct number n = number_of(in.v);
    int64_t digits = f->count > 0 && arg[0].v.type == VALUE_INT ? arg[0].v.as.integer : 0;
    if (digits < 0) digits = 0;
    wide unit = 1;
    for (; n.scale > digits; n.scale--) unit *= 10;
    wide half = n.unscaled < 0 ? -(unit / 2) : unit / 2;
    n.unscaled = (n.unscaled + half) / unit;
    if (n.unscaled > INT64_MAX || n.unscaled < INT64_MIN) return (struct lv){0};
    return lv_of(n.scale == 0 ? value_int((int64_t)n.unscaled)
                              : value_decimal((int64_t)n.unscaled, n.scale));
}

/* ---- as people read it ---- */

static struct lv f_number(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    (void)arg;
    if (in.v.type != VALUE_INT && in.v.type != VALUE_DECIMAL) return in;
    struct buf b = liquid_make(r);
    format_number(&b, r->env->lang, in.v);
    return made(r, &b);
}

static struct lv f_percent(struct run *r, const struct filter *f, struct lv in,
                           const struct lv *arg)
{
    (void)f;
    (void)arg;
    struct buf b = liquid_make(r);
    format_percent(&b, r->env->lang, in.v);
    return made(r, &b);
}

static struct lv f_bytes(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)f;
    (void)arg;
    if (in.v.type != VALUE_INT) return in;
    struct buf b = liquid_make(r);
    format_bytes(&b, r->env->lang, in.v.as.integer);
    return made(r, &b);
}

/* "2026-12-24", as a field of a form keeps it: a day of the calendar, the same in every zone. */
static bool day_read(struct run *r, str text, int64_t *ms)
{
    return text.len == 10 && rfc3339_parse(str_printf(r->a, "%.*sT00:00:00Z", STR_ARG(text)), ms);
}

/* Milliseconds, RFC 3339 text, a day or 'now'; what is none of them stays as it is. */
static struct lv f_date(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    enum date_format format = DATE_DATETIME;
    if (f->count > 0 && !date_format_of(value_str(arg[0].v), &format)) return (struct lv){0};
    int64_t ms = 0;
    const struct tz *zone = liquid_zone(r);
    if (in.v.type == VALUE_INT) {
        ms = in.v.as.integer;
    } else if (in.v.type == VALUE_TEXT && str_eq(in.v.as.text, S("now"))) {
        ms = r->env->now_ms;
    } else if (in.v.type == VALUE_TEXT && day_read(r, in.v.as.text, &ms)) {
        zone = NULL;
        if (format == DATE_DATETIME) format = DATE_DAY;
    } else if (in.v.type != VALUE_TEXT || !rfc3339_parse(in.v.as.text, &ms)) {
        return in;
    }
    struct buf b = liquid_make(r);
    format_date(&b, r->env->lang, format, zone, ms, r->env->now_ms);
    return made(r, &b);
}

static struct lv f_t(struct run *r, const struct filter *f, struct lv in, const struct lv *arg)
{
    (void)arg;
    return liquid_translate(r, f, in);
}

const struct filter_def *liquid_filter(str name)
{
    static const struct filter_def defs[] = {
        {"append", f_append, 1, 1, false},
        {"bytes", f_bytes, 0, 0, false},
        {"capitalize", f_capitalize, 0, 0, false},
        {"date", f_date, 0, 1, false},
        {"default", f_default, 1, 1, false},
        {"divided_by", f_divided_by, 1, 1, false},
        {"downcase", f_downcase, 0, 0, false},
        {"escape", f_escape, 0, 0, false},
        {"first", f_first, 0, 0, false},
        {"join", f_join, 0, 1, false},
        {"json", f_json, 0, 0, false},
        {"last", f_last, 0, 0, false},
        {"minus", f_minus, 1, 1, false},
        {"modulo", f_modulo, 1, 1, false},
        {"newline_to_br", f_newline_to_br, 0, 0, false},
        {"number", f_number, 0, 0, false},
        {"percent", f_percent, 0, 0, false},
        {"plus", f_plus, 1, 1, false},
        {"prepend", f_prepend, 1, 1, false},
        {"remove", f_remove, 1, 1, false},
        {"replace", f_replace, 2, 2, false},
        {"round", f_round, 0, 1, false},
        {"size", f_size, 0, 0, false},
        {"split", f_split, 1, 1, false},
        {"strip", f_strip, 0, 0, false},
        {"t", f_t, 0, 0, true},
        {"times", f_times, 1, 1, false},
        {"truncate", f_truncate, 0, 2, false},
        {"upcase", f_upcase, 0, 0, false},
        {"url_encode", f_url_encode, 0, 0, false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(defs); i++)
        if (str_eq(name, str_of(defs[i].name))) return &defs[i];
    return NULL;
}
