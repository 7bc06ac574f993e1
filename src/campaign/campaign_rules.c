#include "campaign/campaign_rules.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/url.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { WEEKDAYS = 7, MONDAY_1970 = 4, DAY_CHARS = 10 }; /* 5 January 1970 was a Monday */

#define NBSP "\xc2\xa0"

/* --- money --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Without spaces, currency and the Swiss apostrophe. */
static str amount_bare(arena *a, str text)
{
    static const char *const gone[] = {"€",        "EUR",          "CHF", "eur", "chf",
                                       "\xc2\xa0", "\xe2\x80\xaf", "’",   "'",   " "};
    text = str_trim(text);
    for (ptrdiff_t i = 0; i < COUNTOF(gone); i++)
        text = str_replace(a, text, str_of(gone[i]), S(""));
    return text;
}

/* Where the decimals begin: text.len if there are none, -1 if that cannot be. */
static ptrdiff_t decimals_at(enum lang lang, str text)
{
    ptrdiff_t last[2] = {-1, -1}, count[2] = {0, 0};
    for (ptrdiff_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != ',' && text.ptr[i] != '.') continue;
        int sign = text.ptr[i] == '.';
        last[sign] = i;
        count[sign]++;
    }
    if (count[0] == 0 && count[1] == 0) return text.len;
    if (count[0] > 0 && count[1] > 0) {
        int sign = last[1] > last[0];
        return count[sign] == 1 ? last[sign] : -1;
    }
    int sign = count[1] > 0;
    if (count[sign] > 1) return text.len;
    bool decimal = sign == (lang == LANG_EN);
    return !decimal && text.len - last[sign] - 1 == 3 ? text.len : last[sign];
}

/* A thousands sign stands before three digits each, and nowhere else. */
static bool groups_ok(str whole, bool *grouped)
{
    ptrdiff_t digits = 0;
    *grouped = false;
    for (ptrdiff_t i = 0; i < whole.len; i++) {
        if (is_digit(whole.ptr[i])) {
            digits++;
            continue;
        }
        if (digits == 0 || digits > 3 || (*grouped && digits != 3)) return false;
        *grouped = true;
        digits = 0;
    }
    return !*grouped || digits == 3;
}

bool money_parse(arena *a, enum lang lang, str text, int64_t *cents)
{
    if (text.len <= 0 || text.len > 60) return false;
    text = amount_bare(a, text);
    bool below = text.len > 0 && text.ptr[0] == '-', grouped;
    if (below) text = str_slice(text, 1, text.len);
    ptrdiff_t at = decimals_at(lang, text), digits = 0;
    if (at < 0 || text.len == 0 || text.len > 20 || text.len - at > 3) return false;
    if (!groups_ok(str_slice(text, 0, at), &grouped)) return false;
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < text.len; i++) {
        bool sign = text.ptr[i] == ',' || text.ptr[i] == '.';
        if (!is_digit(text.ptr[i]) && !sign) return false;
        if (sign) continue;
        n = n * 10 + (text.ptr[i] - '0');
        digits++;
        if (n > CAMPAIGN_CENTS_MAX) return false;
    }
    ptrdiff_t decimals = at >= text.len ? 0 : text.len - at - 1;
    for (; decimals < 2; decimals++) n *= 10;
    *cents = below ? -n : n;
    return digits > 0 && n <= CAMPAIGN_CENTS_MAX;
}

/* 123456789 is "123.456.789" with '.' between. */
static str grouped_text(arena *a, int64_t n, const char *between)
{
    if (n < 1000) return str_printf(a, "%lld", (long long)n);
    str head = grouped_text(a, n / 1000, between);
    return str_printf(a, "%.*s%s%03lld", STR_ARG(head), between, (long long)(n % 1000));
}

static str money_written(arena *a, enum lang lang, int64_t cents, str currency, bool exact)
{
    bool de = lang == LANG_DE, euro = str_eq(currency, S("EUR"));
    int64_t n = cents < 0 ? -cents : cents;
    str amount = grouped_text(a, n / 100, de ? "." : ",");
    if (exact || n % 100 != 0)
        amount =
            str_printf(a, "%.*s%s%02lld", STR_ARG(amount), de ? "," : ".", (long long)(n % 100));
    const char *sign = cents < 0 ? "\xe2\x88\x92" : "";
    if (de)
        return str_printf(a, "%s%.*s" NBSP "%.*s", sign, STR_ARG(amount),
                          STR_ARG(euro ? S("€") : currency));
    return str_printf(a, "%s%.*s%s%.*s", sign, STR_ARG(euro ? S("€") : currency), euro ? "" : NBSP,
                      STR_ARG(amount));
}

str money_text(arena *a, enum lang lang, int64_t cents, str currency)
{
    return money_written(a, lang, cents, currency, false);
}

str money_exact_text(arena *a, enum lang lang, int64_t cents, str currency)
{
    return money_written(a, lang, cents, currency, true);
}

str money_input(arena *a, enum lang lang, int64_t cents)
{
    int64_t n = cents < 0 ? -cents : cents;
    if (cents == 0) return S("");
    return str_printf(a, "%s%lld%s%02lld", cents < 0 ? "-" : "", (long long)(n / 100),
                      lang == LANG_DE ? "," : ".", (long long)(n % 100));
}

bool currency_known(str currency)
{
    return str_eq(currency, S("EUR")) || str_eq(currency, S("CHF"));
}

/* --- days --- */

bool campaign_day_parse(arena *a, str text, int64_t *day)
{
    int64_t ms;
    if (text.len != DAY_CHARS || text.ptr[0] != '2' || text.ptr[1] != '0' ||
        !rfc3339_parse(str_printf(a, "%.*sT00:00:00Z", STR_ARG(text)), &ms))
        return false;
    *day = ms / 86400000;
    return true;
}

str campaign_day_text(arena *a, int64_t day)
{
    struct civil c = civil_of_day(day);
    if (day == 0) return S("");
    return str_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* --- what a campaign is --- */

enum campaign_state campaign_state_of(const struct campaign *c, int64_t today)
{
    if (c->archived_ms != 0) return CAMPAIGN_ARCHIVED;
    if (today < c->from_day) return CAMPAIGN_PLANNED;
    return c->to_day != 0 && today > c->to_day ? CAMPAIGN_ENDED : CAMPAIGN_RUNNING;
}

const char *campaign_state_name(enum campaign_state state)
{
    static const char *const names[CAMPAIGN_STATE__COUNT] = {"planned", "running", "ended",
                                                             "archived"};
    return names[state];
}

int64_t cost_per(int64_t cents, int64_t leads)
{
    return leads <= 0 || cents <= 0 ? -1 : (2 * cents + leads) / (2 * leads);
}

static const char *const cost_kinds[COST_KIND__COUNT] = {"media",  "agency", "stand", "material",
                                                         "travel", "staff",  "tools", "other"};

const char *cost_kind_name(enum cost_kind kind)
{
    return (int)kind >= 0 && kind < COST_KIND__COUNT ? cost_kinds[kind] : "other";
}

bool cost_kind_of(str name, enum cost_kind *out)
{
    for (int i = 0; i < COST_KIND__COUNT; i++) {
        if (!str_eq(name, str_of(cost_kinds[i]))) continue;
        *out = (enum cost_kind)i;
        return true;
    }
    return false;
}

str campaign_code_from(arena *a, str name)
{
    static const char *const umlauts[][2] = {{"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "ae"},
                                             {"Ö", "oe"}, {"Ü", "ue"}, {"ß", "ss"}, {"é", "e"},
                                             {"è", "e"},  {"ê", "e"},  {"á", "a"},  {"à", "a"},
                                             {"ç", "c"},  {"ó", "o"},  {"ñ", "n"}};
    for (ptrdiff_t i = 0; i < COUNTOF(umlauts); i++)
        name = str_replace(a, name, str_of(umlauts[i][0]), str_of(umlauts[i][1]));
    name = str_lower_ascii(a, utf8_fold(a, name));
    struct buf b = buf_new(a, CAMPAIGN_CODE_BYTES + 1);
    for (ptrdiff_t i = 0; i < name.len && b.len < CAMPAIGN_CODE_BYTES; i++) {
        char c = name.ptr[i];
        bool word = is_digit(c) || (c >= 'a' && c <= 'z');
        if (word) buf_char(&b, c);
        if (!word && b.len > 0 && b.ptr[b.len - 1] != '-') buf_char(&b, '-');
    }
    str code = buf_str(&b);
    return str_ends(code, S("-")) ? str_slice(code, 0, code.len - 1) : code;
}

bool campaign_code_ok(str code)
{
    if (code.len < 2 || code.len > CAMPAIGN_CODE_BYTES || code.ptr[0] == '-') return false;
    for (ptrdiff_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_') return false;
    }
    return true;
}

/* --- channels --- */

const struct channel_seed channel_seeds[] = {
    {"fair", "event"},
    {"event", "event"},
    {"webinar", "webinar"},
    {"mailing", "email"},
    {"newsletter", "email"},
    {"newsletter_other", "email"},
    {"search", "cpc"},
    {"display", "display"},
    {"social_ad", "paid_social"},
    {"social", "social"},
    {"advertisement", "print"},
    {"letter", "print"},
    {"article_own", "content"},
    {"article_other", "referral"},
    {"affiliate", "affiliate"},
    {"partner", "referral"},
    {"call", "phone"},
    {"other", "other"},
};
const ptrdiff_t channel_seed_count = COUNTOF(channel_seeds);

const struct channel_seed *channel_seed_find(str key)
{
    for (ptrdiff_t i = 0; i < channel_seed_count; i++)
        if (str_eq(key, str_of(channel_seeds[i].key))) return &channel_seeds[i];
    return NULL;
}

/* --- order --- */

static const char *const sort_names[CAMPAIGN_SORT__COUNT] = {
    "period", "name", "leads", "confirmed", "cost", "per_lead", "per_confirmed"};

bool campaign_sort_of(str name, enum campaign_sort *sort, bool *ascending)
{
    *ascending = !str_starts(name, S("-"));
    if (!*ascending) name = str_slice(name, 1, name.len);
    for (int i = 0; i < CAMPAIGN_SORT__COUNT; i++) {
        if (!str_eq(name, str_of(sort_names[i]))) continue;
        *sort = (enum campaign_sort)i;
        return true;
    }
    return false;
}

const char *campaign_sort_name(enum campaign_sort sort)
{
    return sort_names[sort];
}

static int64_t rank_of(const struct campaign *c, enum campaign_sort sort)
{
    switch (sort) {
    case CAMPAIGN_SORT_PERIOD:
        return c->from_day;
    case CAMPAIGN_SORT_LEADS:
        return c->leads;
    case CAMPAIGN_SORT_CONFIRMED:
        return c->confirmed;
    case CAMPAIGN_SORT_COST:
        return c->cost_cents;
    case CAMPAIGN_SORT_PER_LEAD:
        return cost_per(c->cost_cents, c->leads);
    case CAMPAIGN_SORT_PER_CONFIRMED:
        return cost_per(c->cost_cents, c->confirmed);
    case CAMPAIGN_SORT_NAME:
    case CAMPAIGN_SORT__COUNT:
        break;
    }
    return 0;
}

struct ranked {
    struct campaign campaign;
    int64_t key;
    str name; /* absent: the key decides */
    bool ascending;
};

static int rank(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    int order = str_cmp(a->name, b->name);
    if (order == 0) order = (a->key > b->key) - (a->key < b->key);
    if ((a->key < 0) != (b->key < 0)) return a->key < 0 ? 1 : -1;
    if (order == 0) order = (a->campaign.id > b->campaign.id) - (a->campaign.id < b->campaign.id);
    return a->ascending ? order : -order;
}

void campaign_order(arena *a, struct campaigns *list, enum campaign_sort sort, bool ascending)
{
    struct ranked *all = NEW(a, struct ranked, list->count);
    bool by_name = sort == CAMPAIGN_SORT_NAME;
    for (ptrdiff_t i = 0; i < list->count; i++)
        all[i] = (struct ranked){list->row[i], rank_of(&list->row[i], sort),
                                 by_name ? sort_key(a, list->row[i].name) : S(""), ascending};
    if (list->count > 0) qsort(all, (size_t)list->count, sizeof *all, rank);
    for (ptrdiff_t i = 0; i < list->count; i++) list->row[i] = all[i].campaign;
}

/* --- time --- */

static int64_t week_begin(int64_t day)
{
    int64_t since = (day - MONDAY_1970) % WEEKDAYS;
    return day - (since < 0 ? since + WEEKDAYS : since);
}

static int64_t month_begin(int64_t day, int months_on)
{
    struct civil c = civil_of_day(day);
    int month = c.year * 12 + c.month - 1 + months_on;
    return civil_to_day((struct civil){.year = month / 12, .month = month % 12 + 1, .day = 1});
}

int campaign_steps(int64_t from_day, int64_t to_day, struct campaign_step *step, bool *months)
{
    int count = 0;
    if (to_day < from_day) to_day = from_day;
    *months = (week_begin(to_day) - week_begin(from_day)) / WEEKDAYS >= CAMPAIGN_STEPS_MAX;
    int64_t begin = *months ? month_begin(to_day, 0) : week_begin(to_day);
    /* From the newest back, as many as there is room for. */
    for (int64_t end = to_day; end >= from_day && count < CAMPAIGN_STEPS_MAX;) {
        int64_t first = begin > from_day ? begin : from_day;
        step[count++] = (struct campaign_step){.from_day = first, .to_day = end};
        end = begin - 1;
        begin = *months ? month_begin(begin, -1) : begin - WEEKDAYS;
    }
    for (int i = 0; i < count / 2; i++) {
        struct campaign_step swap = step[i];
        step[i] = step[count - 1 - i];
        step[count - 1 - i] = swap;
    }
    return count;
}

void cost_days(const struct campaign *c, int64_t today, int64_t *from_day, int64_t *to_day)
{
    bool none = *from_day == 0 && *to_day == 0;
    if (none) *to_day = c->to_day;
    if (*from_day == 0) *from_day = c->to_day == 0 && none ? today : c->from_day;
    if (*to_day == 0) *to_day = *from_day;
}

int64_t cost_share(const struct campaign_cost *cost, int64_t from_day, int64_t to_day)
{
    int64_t days = cost->to_day - cost->from_day + 1;
    if (days < 1) days = 1;
    int64_t before = from_day - cost->from_day, behind = to_day + 1 - cost->from_day;
    if (before < 0) before = 0;
    if (behind > days) behind = days;
    if (behind <= before) return 0;
    return cost->amount_cents * behind / days - cost->amount_cents * before / days;
}

int campaign_week(int64_t day)
{
    /* The week of a Thursday is counted in the Thursday's year. */
    int64_t thursday = week_begin(day) + 3;
    struct civil c = civil_of_day(thursday);
    int64_t first = civil_to_day((struct civil){.year = c.year, .month = 1, .day = 1});
    return (int)((thursday - first) / WEEKDAYS) + 1;
}

/* --- links --- */

static void utm_put(arena *a, struct buf *b, bool *first, struct value there, const char *name,
                    str value)
{
    if (value.len <= 0 || !value_is_null(value_get(there, str_of(name)))) return;
    buf_char(b, *first ? '?' : '&');
    *first = false;
    buf_put(b, str_of(name));
    buf_char(b, '=');
    buf_put(b, percent_encode(a, value));
}

str campaign_link_target(arena *a, str target, str source, str medium, str campaign)
{
    str fragment, query, path = str_cut(str_cut(target, '#', &fragment), '?', &query);
    bool ok, first = query.len <= 0;
    struct value there = urlencoded_parse(a, query.len > 0 ? query : S(""), &ok);
    struct buf b = buf_new(a, LIMIT_HTTP_TARGET_BYTES + 1024);
    buf_put(&b, path);
    if (!first) {
        buf_char(&b, '?');
        buf_put(&b, query);
    }
    utm_put(a, &b, &first, there, "utm_source", source);
    utm_put(a, &b, &first, there, "utm_medium", medium);
    utm_put(a, &b, &first, there, "utm_campaign", campaign);
    if (fragment.ptr != NULL) {
        buf_char(&b, '#');
        buf_put(&b, fragment);
    }
    return buf_str(&b);
}
