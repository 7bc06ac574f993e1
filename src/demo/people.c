#include "demo/people.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "web/embedded.h"

#include <string.h>

enum { ITEMS_MAX = 512, SLUG_BYTES = 100 };

/* How the lists weigh: by rank, as names do in life, or by a number before each line. */
enum weighing { BY_LINE = 0, BY_RANK = 8, BY_RANK_FLAT = 24 };

static bool list_load(struct ctx *cx, const char *name, int weighing, struct demo_list *out)
{
    const struct embedded_file *f = embedded_find(str_printf(cx->a, "share/demo/%s.txt", name));
    if (f == NULL)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "share/demo/%s.txt is missing",
                           name);
    *out = (struct demo_list){NEW(cx->a, str, ITEMS_MAX), NEW(cx->a, uint32_t, ITEMS_MAX), 0};
    str rest = {(const char *)f->bytes, f->len};
    uint32_t upto = 0;
    while (rest.len > 0 && out->count < ITEMS_MAX) {
        str line = str_trim(str_cut(rest, '\n', &rest)), tail;
        int64_t weight = weighing == BY_LINE ? 0 : 1000000 / (out->count + weighing);
        if (line.len == 0) continue;
        if (weighing == BY_LINE) {
            if (!str_to_i64(str_cut(line, ' ', &tail), &weight) || weight < 1)
                return fail_detail(cx, ERR_INTERNAL, "error.internal", "share/demo/%s.txt: %.*s",
                                   name, STR_ARG(line));
            line = tail;
        }
        upto += (uint32_t)weight;
        out->upto[out->count] = upto;
        out->item[out->count++] = line;
    }
    return out->count > 0 ||
           fail_detail(cx, ERR_INTERNAL, "error.internal", "share/demo/%s.txt is empty", name);
}

bool demo_lists_load(struct ctx *cx, struct demo_lists *out)
{
    return list_load(cx, "last_names", BY_RANK, &out->last_names) &&
           list_load(cx, "women", BY_RANK_FLAT, &out->women) &&
           list_load(cx, "men", BY_RANK_FLAT, &out->men) &&
           list_load(cx, "towns", BY_LINE, &out->towns) &&
           list_load(cx, "streets", BY_RANK, &out->streets) &&
           list_load(cx, "industries", BY_LINE, &out->industries) &&
           list_load(cx, "jobs", BY_LINE, &out->jobs);
}

static str pick(const struct demo_list *list, struct dice *dice)
{
    uint32_t at = (uint32_t)dice_below(dice, list->upto[list->count - 1]);
    int low = 0, high = list->count - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (list->upto[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return list->item[low];
}

/* One of the words of a text, at even chances. */
static str pick_word(str text, struct dice *dice)
{
    int count = 1;
    for (ptrdiff_t i = 0; i < text.len; i++) count += text.ptr[i] == ' ';
    str rest = text, word = text;
    for (int64_t n = dice_below(dice, count); n >= 0; n--) word = str_cut(rest, ' ', &rest);
    return word;
}

str demo_slug(arena *a, str text)
{
    static const struct {
        uint32_t character;
        const char *as;
    } spelt[] = {{0xe4, "ae"}, {0xf6, "oe"}, {0xfc, "ue"}, {0xdf, "ss"}, {0xc4, "ae"},
                 {0xd6, "oe"}, {0xdc, "ue"}, {0xe7, "c"},  {0xc7, "c"},  {0xe9, "e"},
                 {0x131, "i"}, {0x15f, "s"}, {0x15e, "s"}, {0x107, "c"}, {0xeb, "e"}};
    struct buf b = buf_new(a, SLUG_BYTES);
    for (ptrdiff_t i = 0; i < text.len;) {
        uint32_t c;
        const char *as = NULL;
        i += utf8_decode(text, i, &c);
        for (ptrdiff_t k = 0; c >= 0x80 && k < COUNTOF(spelt); k++)
            if (spelt[k].character == c) as = spelt[k].as;
        if (as != NULL)
            buf_put(&b, str_of(as));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_char(&b, (char)c);
        else if (c >= 'A' && c <= 'Z')
            buf_char(&b, (char)(c - 'A' + 'a'));
        else if (c < 0x80 && b.len > 0 && b.ptr[b.len - 1] != '-')
            buf_char(&b, '-');
    }
    while (b.len > 0 && b.ptr[b.len - 1] == '-') b.len--;
    return buf_str(&b);
}

/* Who signs, what is made, and how it is registered. */
static str firm_name(arena *a, const struct demo_lists *lists, struct dice *dice, str what,
                     str town)
{
    static const struct {
        int upto;
        const char *form;
    } forms[] = {{560, "GmbH"}, {730, "GmbH & Co. KG"},           {800, "AG"},
                 {880, "KG"},   {950, "UG (haftungsbeschränkt)"}, {985, "OHG"},
                 {1000, "SE"}};
    str name = pick(&lists->last_names, dice), other = pick(&lists->last_names, dice);
    str form = S("GmbH");
    int64_t way = dice_below(dice, 100), roll = dice_below(dice, 1000);
    for (ptrdiff_t i = COUNTOF(forms) - 1; i >= 0; i--)
        if (roll < forms[i].upto) form = str_of(forms[i].form);
    if (way < 8) /* a sole trader's firm bears the owner's name */
        return str_printf(a, "%.*s %.*s e.K.", STR_ARG(what), STR_ARG(name));
    if (way < 16)
        return str_printf(a, "%.*s & %.*s %.*s", STR_ARG(name), STR_ARG(other), STR_ARG(form));
    if (way < 22) return str_printf(a, "%.*s & Söhne %.*s", STR_ARG(name), STR_ARG(form));
    if (way < 40)
        return str_printf(a, "%.*s %.*s %.*s", STR_ARG(what), STR_ARG(town), STR_ARG(form));
    return str_printf(a, "%.*s %.*s %.*s", STR_ARG(name), STR_ARG(what), STR_ARG(form));
}

/* "10115-14199 Berlin" */
static void firm_place(arena *a, str line, struct dice *dice, struct demo_firm *out)
{
    int64_t from = 0, to = 0;
    str range = str_cut(line, ' ', &out->town), last, first = str_cut(range, '-', &last);
    bool read = str_to_i64(first, &from) && str_to_i64(last, &to) && to >= from;
    out->postcode =
        str_printf(a, "%05lld", (long long)(read ? from + dice_below(dice, to - from + 1) : 0));
}

void demo_firm_of(arena *a, const struct demo_lists *lists, int64_t seed, int64_t number,
                  struct demo_firm *out)
{
    static const char *const sizes[] = {"1-9",    "10-49",   "10-49", "50-249",
                                        "50-249", "250-999", "1000+"};
    struct dice dice = dice_of(seed, DICE_FIRM, number);
    str words, town;
    out->industry = str_cut(pick(&lists->industries, &dice), ';', &words);
    firm_place(a, pick(&lists->towns, &dice), &dice, out);
    town = str_cut(out->town, ' ', &(str){0});
    out->name = firm_name(a, lists, &dice, pick_word(words, &dice), town);
    str street = pick(&lists->streets, &dice);
    out->street = str_printf(a, "%.*s %lld", STR_ARG(street), (long long)dice_soon(&dice, 1, 180));
    out->size = str_of(sizes[dice_below(&dice, COUNTOF(sizes))]);
    str slug = demo_slug(a, out->name);
    static const char *const tails[] = {
        "-ug-haftungsbeschraenkt", "-gmbh-co-kg", "-gmbh", "-ag", "-kg", "-e-k", "-ohg", "-se"};
    for (ptrdiff_t i = 0; i < COUNTOF(tails); i++)
        if (str_ends(slug, str_of(tails[i]))) {
            slug = str_slice(slug, 0, slug.len - (ptrdiff_t)strlen(tails[i]));
            break;
        }
    out->domain = str_printf(a, "%.*s.example", STR_ARG(utf8_cut(slug, 60)));
}

/* Numbers that are given to nobody. */
static str landline(arena *a, struct dice *dice)
{
    static const char *const areas[] = {"030 23125", "069 90009", "040 66969", "0221 4710",
                                        "089 99998"};
    return str_printf(a, "%s %03d", areas[dice_below(dice, COUNTOF(areas))],
                      (int)dice_below(dice, 1000));
}

static str mobile(arena *a, struct dice *dice)
{
    return str_printf(a, "%s %02d", dice_chance(dice, 500) ? "0171 39200" : "0176 040690",
                      (int)dice_below(dice, 100));
}

void demo_person_of(arena *a, const struct demo_lists *lists, struct dice *dice,
                    struct demo_person *out)
{
    *out = (struct demo_person){.woman = dice_chance(dice, 440)};
    out->first_name = pick(out->woman ? &lists->women : &lists->men, dice);
    out->last_name = pick(&lists->last_names, dice);
    if (dice_chance(dice, 12)) { /* two names after a wedding */
        str other = pick(&lists->last_names, dice);
        if (!str_eq(other, out->last_name))
            out->last_name = str_printf(a, "%.*s-%.*s", STR_ARG(other), STR_ARG(out->last_name));
    }
    int64_t title = dice_below(dice, 1000);
    if (title < 42) out->title = title < 38 ? S("Dr.") : S("Prof. Dr.");
    str first = demo_slug(a, out->first_name), last = demo_slug(a, out->last_name);
    int64_t way = dice_below(dice, 10);
    out->address = way < 6   ? str_printf(a, "%.*s.%.*s", STR_ARG(first), STR_ARG(last))
                   : way < 8 ? str_printf(a, "%.1s.%.*s", first.ptr, STR_ARG(last))
                   : way < 9 ? last
                             : str_printf(a, "%.*s.%.1s", STR_ARG(last), first.ptr);
    if (dice_chance(dice, 640)) {
        str names;
        out->department = str_cut(pick(&lists->jobs, dice), ';', &names);
        str her, his = str_cut(pick_word(names, dice), '|', &her);
        out->job = out->woman ? her : his;
    }
    if (dice_chance(dice, 460)) out->phone = landline(a, dice);
    if (dice_chance(dice, 240)) out->mobile = mobile(a, dice);
}
