#include "lead/lead_own.h"

#include "base/utf8.h"
#include "field/free_field.h"

enum { WORD_BYTES = 120, INTEGER_DIGITS = 18, PARTS_MAX = 30 };

/* Behind every word that begins so: no text holds it, and every engine takes it for text. */
static const str LAST = S_INIT("\xf4\x8f\xbf\xbf");
/* Behind this very word, before all longer ones. */
static const str NEXT = S_INIT("\x01");

static str slot_word(arena *a, char kind, int slot, str value)
{
    return str_printf(a, "%c%02d:%.*s", kind, slot, STR_ARG(value));
}

static str folded(arena *a, str value)
{
    return utf8_cut(utf8_fold(a, str_trim(value)), WORD_BYTES);
}

/* A number as a text that sorts as it does; false if it is none. Below zero every digit is turned
 * round, so that the greater amount comes first. */
static bool number_text(arena *a, str value, str *out)
{
    str s = str_trim(value), digits, fraction = S("");
    bool negative = s.len > 0 && s.ptr[0] == '-', zero = true;
    if (negative) s = str_slice(s, 1, s.len);
    str plain = str_replace(a, s, S(","), S("."));
    digits = str_cut(plain, '.', &fraction);
    if (fraction.ptr == NULL) fraction = S("");
    while (fraction.len > 0 && fraction.ptr[fraction.len - 1] == '0') fraction.len--;
    while (digits.len > 0 && digits.ptr[0] == '0') digits = str_slice(digits, 1, digits.len);
    if (plain.len == 0 || str_eq(plain, S("."))) return false;
    if (digits.len > INTEGER_DIGITS || fraction.len > INTEGER_DIGITS) return false;
    char text[INTEGER_DIGITS * 2 + 3];
    ptrdiff_t n = 1;
    for (int i = 0; i < INTEGER_DIGITS - digits.len; i++) text[n++] = '0';
    for (ptrdiff_t i = 0; i < digits.len; i++) text[n++] = digits.ptr[i];
    text[n++] = '.';
    for (ptrdiff_t i = 0; i < fraction.len; i++) text[n++] = fraction.ptr[i];
    for (ptrdiff_t i = 1; i < n; i++) {
        if (i == INTEGER_DIGITS + 1) continue;
        if (text[i] < '0' || text[i] > '9') return false;
        zero = zero && text[i] == '0';
    }
    negative = negative && !zero;
    text[0] = negative ? '-' : '0'; /* '-' sorts before '0' */
    for (ptrdiff_t i = 1; negative && i < n; i++)
        if (text[i] != '.') text[i] = (char)('0' + '9' - text[i]);
    if (negative) text[n++] = '~';
    *out = str_dup(a, (str){text, n});
    return true;
}

static int word_add(str w, str *word, int count, int max)
{
    for (int i = 0; i < count; i++)
        if (str_eq(word[i], w)) return count;
    if (count < max) word[count++] = w;
    return count;
}

int lead_own_words(arena *a, const str text[SLOT__COUNT], str *word, int count, int max)
{
    for (int slot = SLOT__STANDARD; slot < SLOT__COUNT; slot++) {
        str number, rest = text[slot];
        if (str_find_char(rest, ';') >= 0) /* no list, maybe, but a text with one in it */
            count = word_add(slot_word(a, '=', slot, folded(a, rest)), word, count, max);
        for (int i = 0; i < PARTS_MAX && rest.ptr != NULL && rest.len > 0; i++) {
            str value = folded(a, str_cut(rest, ';', &rest));
            if (value.len > 0) count = word_add(slot_word(a, '=', slot, value), word, count, max);
        }
        if (text[slot].len > 0 && number_text(a, text[slot], &number))
            count = word_add(slot_word(a, '#', slot, number), word, count, max);
    }
    return count;
}

static bool bound(struct ctx *cx, const struct free_field *f, str value, str *out)
{
    str clean;
    enum field_err err = field_check(cx->a, f->type, FREE_TEXT_MAX, value, &clean);
    if (err != FIELD_OK) return fail_field(cx, f->key, field_err_key(err));
    if (f->type == FIELD_DATE) {
        *out = clean;
        return true;
    }
    return number_text(cx->a, clean, out) || fail_field(cx, f->key, "error.number_invalid");
}

/* From and to, both included; an absent one has no end there. */
static bool between(struct ctx *cx, const struct free_field *f, const struct lead_own_wish *wish,
                    str *from, str *to)
{
    char kind = f->type == FIELD_DATE ? '=' : '#';
    str low = S(""), high = S("");
    if (wish->from.len > 0 && !bound(cx, f, wish->from, &low)) return false;
    if (wish->to.len > 0 && !bound(cx, f, wish->to, &high)) return false;
    *from = slot_word(cx->a, kind, f->slot, low);
    str end = wish->to.len > 0 ? NEXT : LAST;
    *to =
        str_printf(cx->a, "%.*s%.*s", STR_ARG(slot_word(cx->a, kind, f->slot, high)), STR_ARG(end));
    return true;
}

bool lead_own_range(struct ctx *cx, const struct free_fields *own, const struct lead_own_wish *wish,
                    str *from, str *to)
{
    const struct free_field *f = free_field_find(own, wish->key);
    if (f == NULL || f->type == FIELD_FILE) return fail_field(cx, wish->key, "error.field_unknown");
    bool ordered = f->type == FIELD_NUMBER || f->type == FIELD_DATE;
    bool begins = f->type == FIELD_TEXT || f->type == FIELD_TEXTAREA;
    if (ordered) return between(cx, f, wish, from, to);
    str value = folded(cx->a, wish->from);
    if (!wish->equal || value.len == 0 || (f->type == FIELD_CHECKBOX && !str_eq(value, S("yes"))))
        return fail_field(cx, wish->key, "error.choice_invalid");
    *from = slot_word(cx->a, '=', f->slot, value);
    *to = str_printf(cx->a, "%.*s%.*s", STR_ARG(*from), STR_ARG(begins ? LAST : NEXT));
    return true;
}
