#include "importer/import_rules.h"

#include "base/csv.h"
#include "base/csv_read.h"
#include "base/utf8.h"

#include <string.h>

static const char *const state_names[IMPORT_STATE__COUNT] = {
    "taking", "new", "checking", "checked", "running", "done", "stopped", "failed"};
static const char *const known_names[KNOWN__COUNT] = {"fill", "overwrite", "leave"};
static const char *const wrong_names[WRONG__COUNT] = {"refuse", "empty"};
static const char *const charset_names[CHARSET__COUNT] = {"utf-8", "windows-1252", "utf-16"};

const char *import_state_name(enum import_state state)
{
    return state_names[state];
}

const char *import_known_name(enum import_known known)
{
    return known_names[known];
}

const char *import_wrong_name(enum import_wrong wrong)
{
    return wrong_names[wrong];
}

const char *import_charset_name(enum import_charset charset)
{
    return charset_names[charset];
}

bool import_known_of(str name, enum import_known *out)
{
    for (int i = 0; i < KNOWN__COUNT; i++)
        if (str_eq(name, str_of(known_names[i]))) {
            *out = (enum import_known)i;
            return true;
        }
    return false;
}

bool import_wrong_of(str name, enum import_wrong *out)
{
    for (int i = 0; i < WRONG__COUNT; i++)
        if (str_eq(name, str_of(wrong_names[i]))) {
            *out = (enum import_wrong)i;
            return true;
        }
    return false;
}

/* --- the bytes --- */

enum { LOOKED_AT = 64 << 10, SNIFFED_ROWS = 12 };

static bool utf16_mark(str b)
{
    return str_starts(b, S("\xff\xfe")) || str_starts(b, S("\xfe\xff"));
}

const char *import_bytes_fault(str bytes)
{
    if (bytes.len == 0) return "imports.fault_empty";
    if (str_starts(bytes, S("PK\x03\x04")) || str_starts(bytes, S("\xd0\xcf\x11\xe0")))
        return "imports.fault_excel";
    if (str_starts(bytes, S("%PDF-"))) return "imports.fault_binary";
    if (!utf16_mark(bytes) && str_find_char(str_slice(bytes, 0, LOOKED_AT), '\0') >= 0)
        return "imports.fault_binary";
    return NULL;
}

enum import_charset import_charset_of(str bytes, ptrdiff_t *skip)
{
    *skip = 0;
    if (utf16_mark(bytes)) return CHARSET_UTF16; /* the mark tells the order, too */
    if (str_starts(bytes, S("\xef\xbb\xbf"))) *skip = 3;
    return utf8_valid(str_slice(bytes, *skip, bytes.len)) ? CHARSET_UTF8 : CHARSET_WINDOWS_1252;
}

/* 0x80 to 0x9f; the five that stand for nothing become U+FFFD. */
static const uint16_t upper_1252[32] = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

static ptrdiff_t put_character(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = c == 0 ? ' ' : (char)c;
        return 1;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(first[more] | (c >> (6 * more)));
    for (int i = 1; i <= more; i++) to[i] = (char)(0x80 | ((c >> (6 * (more - i))) & 0x3f));
    return more + 1;
}

static uint32_t unit_16(str bytes, ptrdiff_t at)
{
    if (at + 1 >= bytes.len) return 0xfffd;
    bool big = str_starts(bytes, S("\xfe\xff"));
    uint32_t x = (uint8_t)bytes.ptr[at], y = (uint8_t)bytes.ptr[at + 1];
    return big ? x << 8 | y : y << 8 | x;
}

static uint32_t character_16(str bytes, ptrdiff_t *at)
{
    if (*at == 0) *at = 2; /* behind the mark */
    uint32_t high = unit_16(bytes, *at);
    *at += 2;
    if (high < 0xd800 || high > 0xdfff) return high;
    uint32_t low = unit_16(bytes, *at);
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) return 0xfffd;
    *at += 2;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

ptrdiff_t import_decode(enum import_charset charset, str bytes, ptrdiff_t *at, char *to,
                        ptrdiff_t cap)
{
    ptrdiff_t n = 0;
    if (charset == CHARSET_UTF8) {
        n = bytes.len - *at < cap ? bytes.len - *at : cap;
        if (n > 0) memcpy(to, bytes.ptr + *at, (size_t)n);
        *at += n;
        return n;
    }
    while (*at < bytes.len && n + 4 <= cap) {
        uint32_t c;
        if (charset == CHARSET_UTF16) {
            c = character_16(bytes, at);
        } else {
            c = (uint8_t)bytes.ptr[(*at)++];
            if (c >= 0x80 && c < 0xa0) c = upper_1252[c - 0x80];
        }
        n += put_character(to + n, c);
    }
    return n;
}

/* How many of the first rows have as many cells as the head, and how many that are. */
static int64_t agreement(arena a, str text, bool last, char separator)
{
    str *cell = NEW(&a, str, IMPORT_COLUMNS_MAX);
    struct csv_reader r = {text, 0, 1, separator, last};
    struct csv_row row = {cell, 0, IMPORT_COLUMNS_MAX, 0};
    ptrdiff_t columns = 0;
    int64_t agree = 0;
    for (int i = 0; i < SNIFFED_ROWS && csv_read(&a, &r, &row) == CSV_ROW; i++) {
        if (i == 0) columns = row.count;
        if (row.count == columns) agree++;
    }
    return columns <= 1 ? 0 : agree * 1000 + columns;
}

char import_separator_of(arena *a, str text, bool last)
{
    static const char candidates[] = {';', ',', '\t'};
    char best = ',';
    int64_t most = 0;
    for (ptrdiff_t i = 0; i < COUNTOF(candidates); i++) {
        int64_t now = agreement(*a, text, last, candidates[i]);
        if (now > most) {
            most = now;
            best = candidates[i];
        }
    }
    return best;
}

ptrdiff_t import_sep_line(str text, char *separator)
{
    if (text.len < 6 || !str_eq_nocase(str_slice(text, 0, 4), S("sep="))) return 0;
    ptrdiff_t n = 5;
    if (text.ptr[n] != '\r' && text.ptr[n] != '\n') return 0;
    *separator = text.ptr[4];
    if (text.ptr[n++] == '\r' && n < text.len && text.ptr[n] == '\n') n++;
    return n;
}

/* --- a row --- */

bool import_row_blank(const str *cell, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (str_trim(cell[i]).len > 0) return false;
    return true;
}

static bool among(arena *a, str s, const char *const *words, ptrdiff_t count)
{
    str folded = utf8_fold(a, str_trim(s));
    for (ptrdiff_t i = 0; i < count; i++)
        if (str_eq(folded, str_of(words[i]))) return true;
    return false;
}

/* "ja", "x", "1" as a box; anything else would be a guess. */
static enum field_err tick_read(arena *a, str raw, str *out)
{
    static const char *const yes[] = {"yes", "ja", "y", "j", "true", "wahr", "1", "x"};
    static const char *const no[] = {"no", "nein", "n", "false", "falsch", "0", "-", ""};
    if (among(a, raw, no, COUNTOF(no))) {
        *out = S("");
        return FIELD_OK;
    }
    *out = S("yes");
    return among(a, raw, yes, COUNTOF(yes)) ? FIELD_OK : FIELD_BAD_CHOICE;
}

/* "3.12.2026" and "2026-12-03 10:15" as the calendar's own way; others stay as they are. */
static str date_read(arena *a, str raw)
{
    str s = str_trim(raw), rest, month, year;
    str day = str_cut(s, '.', &rest);
    if (rest.ptr != NULL) {
        int64_t d, m, y;
        month = str_cut(rest, '.', &year);
        if (year.ptr != NULL && str_to_i64(day, &d) && str_to_i64(month, &m) &&
            str_to_i64(str_slice(year, 0, 4), &y) && d > 0 && d < 32 && m > 0 && m < 13 &&
            y > 999)
            return str_printf(a, "%04d-%02d-%02d", (int)y, (int)m, (int)d);
    }
    bool with_time = s.len > 10 && (s.ptr[10] == 'T' || s.ptr[10] == ' ');
    return with_time ? str_slice(s, 0, 10) : s;
}

/* "1.234,50" and "1,234.50": of two signs the last is the decimal one. */
static str number_read(arena *a, str raw)
{
    str s = str_replace(a, str_replace(a, str_trim(raw), S(" "), S("")), S("'"), S(""));
    ptrdiff_t comma = str_find_char(s, ','), point = str_find_char(s, '.');
    if (comma < 0 || point < 0) return s;
    return str_replace(a, s, comma < point ? S(",") : S("."), S(""));
}

static enum field_err value_read(arena *a, const struct import_column *c, str raw, str *out)
{
    raw = csv_undefused(a, raw);
    *out = S("");
    if (str_trim(raw).len == 0) return FIELD_OK;
    if (c->type == FIELD_CHECKBOX) return tick_read(a, raw, out);
    if (c->type == FIELD_DATE) raw = date_read(a, raw);
    if (c->type == FIELD_NUMBER) raw = number_read(a, raw);
    return field_check(a, c->type, c->max_bytes, raw, out);
}

static bool is_particle(arena *a, str word)
{
    static const char *const particles[] = {"von", "vom", "zu", "zum", "zur",  "van",
                                            "de",  "del", "di", "da",  "dos", "der",
                                            "den", "ten", "ter", "la", "le"};
    return among(a, word, particles, COUNTOF(particles));
}

void import_name_split(arena *a, str name, str *first, str *last)
{
    str behind, s = utf8_clean_line(a, name);
    str before = str_cut(s, ',', &behind);
    if (behind.ptr != NULL && str_trim(behind).len > 0) {
        *last = str_trim(before);
        *first = str_trim(behind);
        return;
    }
    ptrdiff_t cut = s.len;
    while (cut > 0 && s.ptr[cut - 1] != ' ') cut--;
    /* "von der" belongs to what follows it, but for a name that begins with it. */
    for (ptrdiff_t at = cut; at > 1;) {
        ptrdiff_t end = at - 1, from = end;
        while (from > 0 && s.ptr[from - 1] != ' ') from--;
        if (from == 0 || !is_particle(a, str_slice(s, from, end))) break;
        cut = at = from;
    }
    *first = str_trim(str_slice(s, 0, cut));
    *last = str_slice(s, cut, s.len);
}

static void refuse(struct import_row *row, const char *reason, ptrdiff_t column)
{
    if (row->refused != NULL) return;
    row->refused = reason;
    row->column = column;
}

static void fault_add(arena *a, const struct import_plan *plan, struct import_row *row,
                      const char *reason, ptrdiff_t column, int max)
{
    if (row->wrong == NULL) row->wrong = NEW(a, struct import_fault, plan->count);
    row->wrong[row->wrong_count++] = (struct import_fault){reason, column, max};
}

static void name_read(arena *a, const struct import_plan *plan, str cell, ptrdiff_t at,
                      struct import_row *out)
{
    int max = plan->column[at].max_bytes;
    str first, last;
    import_name_split(a, csv_undefused(a, cell), &first, &last);
    if (first.len > max || last.len > max) {
        fault_add(a, plan, out, field_err_key(FIELD_TOO_LONG), at, max);
        return;
    }
    if (out->text[SLOT_FIRST_NAME].len <= 0) out->text[SLOT_FIRST_NAME] = first;
    if (out->text[SLOT_LAST_NAME].len <= 0) out->text[SLOT_LAST_NAME] = last;
}

static void cell_read(arena *a, const struct import_plan *plan, str cell, ptrdiff_t at,
                      struct import_row *out)
{
    const struct import_column *c = &plan->column[at];
    str text;
    if (c->use == COLUMN_NAME) {
        name_read(a, plan, cell, at, out);
        return;
    }
    enum field_err err = value_read(a, c, cell, &text);
    if (err != FIELD_OK && c->use == COLUMN_EMAIL) {
        refuse(out, field_err_key(err), at);
        out->max = c->max_bytes;
    } else if (err != FIELD_OK) {
        fault_add(a, plan, out, field_err_key(err), at, c->max_bytes);
    } else if (c->use == COLUMN_EMAIL) {
        out->email = text;
    } else if (text.len > 0 || out->text[c->slot].ptr == NULL) {
        out->text[c->slot] = text;
    }
}

static bool somebody(const struct import_row *row)
{
    static const enum field_slot enough[] = {SLOT_FIRST_NAME, SLOT_LAST_NAME, SLOT_COMPANY,
                                             SLOT_PHONE, SLOT_MOBILE};
    if (row->email.len > 0) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(enough); i++)
        if (row->text[enough[i]].len > 0) return true;
    return false;
}

void import_row_read(arena *a, const struct import_plan *plan, const str *cell, ptrdiff_t count,
                     struct import_row *out)
{
    int64_t line = out->line;
    *out = (struct import_row){
        .line = line, .cell = cell, .cell_count = count, .email = S(""), .column = -1};
    if (count > plan->count && !import_row_blank(cell + plan->count, count - plan->count))
        refuse(out, "imports.refused_cells", -1);
    /* Names of their own go before the parts of a whole one. */
    for (int pass = 0; pass < 2; pass++)
        for (ptrdiff_t i = 0; i < plan->count && i < count; i++) {
            const struct import_column *c = &plan->column[i];
            if (c->use == COLUMN_IGNORED || (c->use == COLUMN_NAME) != (pass == 1)) continue;
            cell_read(a, plan, cell[i], i, out);
        }
    if (out->refused != NULL) return;
    bool enough = somebody(out);
    out->mendable = enough && plan->wrong == WRONG_REFUSE && out->wrong_count > 0;
    if (out->wrong_count > 0 && (!enough || plan->wrong == WRONG_REFUSE)) {
        refuse(out, out->wrong[0].reason, out->wrong[0].column);
        out->max = out->wrong[0].max;
    } else if (!enough) {
        refuse(out, "lead.nothing_known", -1);
    }
}

bool import_merge(enum import_known known, const str had[SLOT__COUNT], const struct import_row *row,
                  str text[SLOT__COUNT])
{
    bool differs = false;
    for (int i = 0; i < SLOT__COUNT; i++) {
        bool takes = row->text[i].len > 0 && (known == KNOWN_OVERWRITE || had[i].len <= 0);
        text[i] = takes ? row->text[i] : had[i];
        differs = differs || !str_eq(text[i], had[i]);
    }
    return differs;
}
