#include "lead/lead_store.h"

#include "base/reach.h"
#include "base/utf8.h"
#include "field/free_field.h"
#include "keys/keys.h"
#include "lead/lead_own.h"
#include "lead_sql.h"

#include <stdlib.h>

enum {
    NOBODYS = -1, /* no lead has this owner */
    WORDS_AT_ONCE = 8,
    SEARCH_WORDS = 4,
    FEW = 2000,   /* rows that are read and sorted sooner than a whole list is walked through */
    MANY = 30000, /* more leads than that have a word: walking meets a page of them soon */
};

int64_t identity_hash(struct ctx *cx, str value)
{
    return key_hash_id(cx->keys, KEY_IDENTITY,
                       str_printf(cx->a, "%lld %.*s", (long long)cx->workspace_id, STR_ARG(value)));
}

void lead_store_row(const struct ctx *cx, const struct lead_new *in, const struct lead_ready *ready,
                    struct lead_insert_in *out)
{
    *out = (struct lead_insert_in){
        .id = in->id,
        .canonical_id = in->id,
        .version_no = 1,
        .display_name = ready->display_name,
        .name_sort = ready->name_sort,
        .email = in->email.ptr == NULL ? S("") : in->email,
        .permit_purpose = S(""),
        .lang = in->lang,
        .source = in->source,
        .first_contact = in->first_contact,
        .campaign_id = in->campaign_id,
        .owner_user_id = in->owner_id,
        .created_ms = cx->now_ms,
        .updated_ms = cx->now_ms,
        .last_ms = cx->now_ms,
    };
    for (int i = 0; i < SLOT__COUNT; i++)
        out->text[i] = in->text[i].len > 0 ? in->text[i] : (str){0};
}

enum { KNOWN_AT_ONCE = 80 };

int64_t lead_address_hash(struct ctx *cx, str email)
{
    return identity_hash(cx, email);
}

static void known_take(const struct identity_known_rows *rows, const int64_t *hash,
                       const str *email, ptrdiff_t count, struct lead_known *out)
{
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t k = 0; k < rows->count && out[i].id == 0 && email[i].len > 0; k++)
            if (rows->row[k].value_hash == hash[i] && str_eq(rows->row[k].value, email[i]))
                out[i] = (struct lead_known){rows->row[k].lead_id, rows->row[k].owner_user_id,
                                             hash[i], (enum lead_state)rows->row[k].lead_state};
}

bool lead_by_emails(struct ctx *cx, struct tx *tx, const str *email, ptrdiff_t count,
                    struct lead_known *out)
{
    for (ptrdiff_t at = 0; at < count; at += KNOWN_AT_ONCE) {
        struct identity_known_in in = {.kind = IDENTITY_EMAIL};
        struct identity_known_rows rows;
        ptrdiff_t n = count - at < KNOWN_AT_ONCE ? count - at : KNOWN_AT_ONCE;
        for (ptrdiff_t i = 0; i < n; i++) {
            in.hash[i] = email[at + i].len > 0 ? identity_hash(cx, email[at + i]) : 0;
            out[at + i] = (struct lead_known){.hash = in.hash[i]};
        }
        if (!q_identity_known(tx, &in, &rows)) return false;
        known_take(&rows, in.hash, email + at, n, out + at);
    }
    return true;
}

/* Eight words a statement: a lead has about as many, and a statement costs more than a row. */
bool lead_store_words(struct tx *tx, int64_t id, const str *word, int count)
{
    for (int i = 0; i < count; i += WORDS_AT_ONCE) {
        struct lead_words_add_in in = {.lead_id = id};
        for (int k = 0; k < WORDS_AT_ONCE && i + k < count; k++) in.word[k] = word[i + k];
        if (!q_lead_words_add(tx, &in, NULL)) return false;
    }
    return true;
}

bool lead_store_words_again(struct ctx *cx, struct tx *tx, int64_t id, const str text[SLOT__COUNT],
                            str email)
{
    str word[LEAD_WORDS_MAX];
    int count = lead_words(cx->a, text, email, word, LEAD_WORDS_MAX);
    struct lead_word_clear_in clear = {id};
    return q_lead_word_clear(tx, &clear, NULL) && lead_store_words(tx, id, word, count);
}

/* Queries of whole leads share their columns; each has a struct of its own name. */
#define LEAD_FROM(r)                                                                               \
    (struct lead)                                                                                  \
    {                                                                                              \
        .id = (r).id, .state = (enum lead_state)(r).lead_state,                                    \
        .phase = (enum lead_phase)(r).phase_kind,                                                  \
        .email_state = (enum email_state)(r).email_state,                                          \
        .permit = (enum permit_summary)(r).permit_state, .permit_purpose = (r).permit_purpose,     \
        .display_name = (r).display_name, .email = (r).email, .lang = (r).lang,                    \
        .source = (r).source, .first_contact = (r).first_contact, .created_ms = (r).created_ms,    \
        .updated_ms = (r).updated_ms, .last_ms = (r).last_ms, .trashed_ms = (r).trashed_ms,        \
        .version = (r).version_no, .owner_id = (r).owner_user_id, .owner_name = (r).owner_name,    \
        .handling = (enum lead_handling)(r).handling_state, .due_ms = (r).due_ms,                  \
        .campaign_id = (r).campaign_id, .campaign_name = (r).campaign_name,                        \
        .rejected_ms = (r).rejected_ms,                                                            \
    }

bool lead_store_get(struct tx *tx, int64_t id, struct lead *out, bool *found)
{
    struct lead_get_in in = {id};
    struct lead_get_row row;
    if (!q_lead_get(tx, &in, &row, found)) return false;
    if (!*found) return true;
    *out = LEAD_FROM(row);
    for (int i = 0; i < SLOT__COUNT; i++) out->text[i] = row.text[i];
    return true;
}

bool lead_store_export(struct ctx *cx, struct tx *tx, int64_t after_id, int limit,
                       struct leads *out)
{
    struct reach reach = reach_of(&cx->actor);
    struct lead_export_page_in in = {after_id, reach.any, reach.mine, reach.mine_too, limit};
    struct lead_export_page_rows rows;
    if (!q_lead_export_page(tx, &in, &rows)) return false;
    *out = (struct leads){NEW(cx->a, struct lead, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        out->row[i] = LEAD_FROM(rows.row[i]);
        for (int k = 0; k < SLOT__COUNT; k++) out->row[i].text[k] = rows.row[i].text[k];
    }
    return true;
}

/* The list queries share their columns; each has a struct of its own name. */
#define ROWS_FROM(cx, rows, out)                                                                   \
    do {                                                                                           \
        (out)->count = (rows).count;                                                               \
        (out)->row = NEW((cx)->a, struct lead_row, (rows).count);                                  \
        for (ptrdiff_t i_ = 0; i_ < (rows).count; i_++)                                            \
            (out)->row[i_] = (struct lead_row){                                                    \
                .id = (rows).row[i_].id,                                                           \
                .display_name = (rows).row[i_].display_name,                                       \
                .email = (rows).row[i_].email,                                                     \
                .permit_purpose = (rows).row[i_].permit_purpose,                                   \
                .source = (rows).row[i_].source,                                                   \
                .name_sort = (rows).row[i_].name_sort,                                             \
                .company = (rows).row[i_].company,                                                 \
                .email_state = (rows).row[i_].email_state,                                         \
                .phase = (rows).row[i_].phase_kind,                                                \
                .state = (rows).row[i_].lead_state,                                                \
                .permit = (rows).row[i_].permit_state,                                             \
                .created_ms = (rows).row[i_].created_ms,                                           \
                .last_ms = (rows).row[i_].last_ms,                                                 \
                .trashed_ms = (rows).row[i_].trashed_ms,                                           \
            };                                                                                     \
    } while (0)

#define PAGE(query, key)                                                                           \
    do {                                                                                           \
        struct query##_in in_ = {filter->state, source,     filter->phase,  filter->permit,        \
                                 whose.any,     whose.mine, whose.mine_too, filter->campaign,      \
                                 key,           id,         filter->limit};                        \
        struct query##_rows rows_;                                                                 \
        if (!q_##query(tx, &in_, &rows_)) return false;                                            \
        ROWS_FROM(cx, rows_, out);                                                                 \
        return true;                                                                               \
    } while (0)

/* Where a list begins: before, or behind, everything that can be stored. */
static bool page_start(struct ctx *cx, const struct lead_filter *filter, int64_t *ms, str *text,
                       int64_t *id)
{
    bool up = filter->ascending;
    *ms = up ? INT64_MIN : INT64_MAX;
    *text = up ? S("") : S("\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf"); /* U+10FFFF, twice */
    *id = up ? 0 : INT64_MAX;
    if (filter->after_id == 0) return true;
    *id = filter->after_id;
    *text = filter->after_key.ptr == NULL ? S("") : filter->after_key;
    if (filter->sort == LEAD_SORT_NAME || str_to_i64(*text, ms)) return true;
    return fail(cx, ERR_UNREADABLE, "error.cursor");
}

/* --- what few leads pass --- */

struct reach lead_store_reach(const struct ctx *cx, enum lead_state state)
{
    struct reach reach = reach_of(&cx->actor);
    if (state != LEAD_APPLICANT) return reach;
    reach.any = reach.applicants;
    reach.mine = reach.mine_too = NOBODYS;
    return reach;
}

/* Whose leads a list holds: what was asked for, as far as the actor sees it. */
static struct reach list_whose(const struct ctx *cx, const struct lead_filter *filter)
{
    struct reach reach = lead_store_reach(cx, filter->state);
    int64_t owner = filter->owner == LEAD_OWNER_NOBODY ? 0 : filter->owner;
    if (filter->owner == 0) return reach;
    if (!reach_holds(&reach, owner)) owner = NOBODYS;
    reach.any = 0;
    reach.mine = reach.mine_too = owner;
    return reach;
}

/* Walking through a list until a page is full is quick where many pass the filter, and takes a
 * second of a million leads where few do. Those few have an index of their own. */
static bool find_few(struct ctx *cx, struct tx *tx, const struct lead_filter *filter, bool *phase,
                     bool *permit, bool *owner, bool *campaign)
{
    struct lead_campaign_count_in by_campaign = {filter->campaign, FEW + 1};
    struct lead_campaign_count_row campaign_row = {FEW + 1};
    struct reach whose = list_whose(cx, filter);
    struct lead_owner_count_in by_owner = {whose.mine, FEW + 1};
    struct lead_owner_count_row owner_row = {FEW + 1};
    struct lead_phase_count_in by_phase = {filter->phase, FEW + 1};
    struct lead_phase_count_row phase_row = {FEW + 1};
    struct lead_permit_count_in by_permit = {filter->permit, FEW + 1};
    struct lead_permit_count_row permit_row = {FEW + 1};
    *phase = *permit = *owner = *campaign = false;
    if (filter->state != LEAD_ACTIVE) return true;
    bool of_one = whose.any == 0 && whose.mine > 0 && whose.mine == whose.mine_too;
    if (of_one && !q_lead_owner_count(tx, &by_owner, &owner_row, NULL)) return false;
    *owner = owner_row.n <= FEW;
    if (*owner) return true;
    if (filter->campaign != 0 && !q_lead_campaign_count(tx, &by_campaign, &campaign_row, NULL))
        return false;
    *campaign = campaign_row.n <= FEW;
    if (*campaign) return true;
    if (filter->phase > 0 && !q_lead_phase_count(tx, &by_phase, &phase_row, NULL)) return false;
    *phase = phase_row.n <= FEW;
    if (*phase || filter->permit <= 0) return true;
    if (!q_lead_permit_count(tx, &by_permit, &permit_row, NULL)) return false;
    *permit = permit_row.n <= FEW;
    return true;
}

/* Where a row stands in the order that the filter asks for. */
struct place {
    enum lead_sort sort;
    int64_t ms, id;
    str text;
};

static struct place place_of(const struct lead_row *row, enum lead_sort sort)
{
    return (struct place){sort, sort == LEAD_SORT_LAST ? row->last_ms : row->created_ms, row->id,
                          row->name_sort};
}

static int compare(const struct place *a, const struct place *b)
{
    int by_key =
        a->sort == LEAD_SORT_NAME ? str_cmp(a->text, b->text) : (a->ms > b->ms) - (a->ms < b->ms);
    return by_key != 0 ? by_key : (a->id > b->id) - (a->id < b->id);
}

static int by_created(const void *a, const void *b)
{
    struct place x = place_of(a, LEAD_SORT_CREATED), y = place_of(b, LEAD_SORT_CREATED);
    return compare(&x, &y);
}

static int by_last(const void *a, const void *b)
{
    struct place x = place_of(a, LEAD_SORT_LAST), y = place_of(b, LEAD_SORT_LAST);
    return compare(&x, &y);
}

static int by_name(const void *a, const void *b)
{
    struct place x = place_of(a, LEAD_SORT_NAME), y = place_of(b, LEAD_SORT_NAME);
    return compare(&x, &y);
}

/* The page that begins behind `start`, of all rows there are. */
static void cut_page(arena *a, const struct lead_filter *filter, struct place start,
                     struct lead_rows *rows)
{
    static int (*const order[])(const void *, const void *) = {
        [LEAD_SORT_CREATED] = by_created, [LEAD_SORT_LAST] = by_last, [LEAD_SORT_NAME] = by_name};
    struct lead_row *page = NEW(a, struct lead_row, filter->limit);
    ptrdiff_t count = 0, n = rows->count;
    if (n > 0) qsort(rows->row, (size_t)n, sizeof *rows->row, order[filter->sort]);
    for (ptrdiff_t i = 0; i < n && count < filter->limit; i++) {
        const struct lead_row *row = &rows->row[filter->ascending ? i : n - 1 - i];
        struct place place = place_of(row, filter->sort);
        int behind = compare(&place, &start);
        if (filter->ascending ? behind > 0 : behind < 0) page[count++] = *row;
    }
    *rows = (struct lead_rows){page, count};
}

/* A page of a filter that few pass; *done false: many do. */
static bool page_of_few(struct ctx *cx, struct tx *tx, const struct lead_filter *filter, str source,
                        struct place start, struct lead_rows *out, bool *done)
{
    struct reach whose = list_whose(cx, filter);
    bool phase, permit, owner, campaign;
    if (!find_few(cx, tx, filter, &phase, &permit, &owner, &campaign)) return false;
    *done = phase || permit || owner || campaign;
    if (owner) {
        struct lead_few_of_owner_in in = {whose.mine,     source,           filter->phase,
                                          filter->permit, filter->campaign, FEW};
        struct lead_few_of_owner_rows rows;
        if (!q_lead_few_of_owner(tx, &in, &rows)) return false;
        ROWS_FROM(cx, rows, out);
    } else if (campaign) {
        struct lead_few_of_campaign_in in = {filter->campaign, source,    filter->phase,
                                             filter->permit,   whose.any, whose.mine,
                                             whose.mine_too,   FEW};
        struct lead_few_of_campaign_rows rows;
        if (!q_lead_few_of_campaign(tx, &in, &rows)) return false;
        ROWS_FROM(cx, rows, out);
    } else if (phase) {
        struct lead_few_in_phase_in in = {source,     filter->phase,  filter->permit,   whose.any,
                                          whose.mine, whose.mine_too, filter->campaign, FEW};
        struct lead_few_in_phase_rows rows;
        if (!q_lead_few_in_phase(tx, &in, &rows)) return false;
        ROWS_FROM(cx, rows, out);
    } else if (permit) {
        struct lead_few_of_permit_in in = {source,     filter->phase,  filter->permit,   whose.any,
                                           whose.mine, whose.mine_too, filter->campaign, FEW};
        struct lead_few_of_permit_rows rows;
        if (!q_lead_few_of_permit(tx, &in, &rows)) return false;
        ROWS_FROM(cx, rows, out);
    }
    if (*done) cut_page(cx->a, filter, start, out);
    return true;
}

bool lead_store_page(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
                     struct lead_rows *out)
{
    str source = filter->source.ptr == NULL ? S("") : filter->source, text;
    struct reach whose = list_whose(cx, filter);
    int64_t ms, id;
    bool done = false;
    if (!page_start(cx, filter, &ms, &text, &id)) return false;
    struct place start = {filter->sort, ms, id, text};
    if (!page_of_few(cx, tx, filter, source, start, out, &done)) return false;
    if (done) return true;
    switch (filter->sort) {
    case LEAD_SORT_CREATED:
        if (source.len > 0 && filter->ascending) PAGE(lead_page_source_asc, ms);
        if (source.len > 0) PAGE(lead_page_source_desc, ms);
        if (filter->ascending) PAGE(lead_page_created_asc, ms);
        PAGE(lead_page_created_desc, ms);
    case LEAD_SORT_LAST:
        if (filter->ascending) PAGE(lead_page_last_asc, ms);
        PAGE(lead_page_last_desc, ms);
    case LEAD_SORT_NAME:
        if (filter->ascending) PAGE(lead_page_name_asc, text);
        PAGE(lead_page_name_desc, text);
    }
    return false;
}

/* The end of the range of words that begin with `word`: U+10FFFF is no letter, and unlike the byte
 * 0xff it is text for every engine. */
static str prefix_end(arena *a, str word)
{
    return str_printf(a, "%.*s\xf4\x8f\xbf\xbf", STR_ARG(word));
}

/* A range of words, as a search needs them. */
struct range {
    str from, to;
    bool frequent; /* more leads have one than are worth gathering */
};

/* The ranges of a search; *count of them differ, the last is repeated. The rarest comes first, as
 * far as that was counted. */
static bool ranges_count(struct tx *tx, int *count, struct range range[SEARCH_WORDS],
                         int *frequent)
{
    int64_t least = INT64_MAX;
    *frequent = 0;
    for (int i = 0; i < *count; i++) {
        struct lead_word_count_in in = {range[i].from, range[i].to, MANY + 1};
        struct lead_word_count_row row;
        if (!q_lead_word_count(tx, &in, &row, NULL)) return false;
        range[i].frequent = row.n > MANY;
        *frequent += range[i].frequent;
        struct range swap = range[0];
        if (row.n < least) range[0] = range[i], range[i] = swap, least = row.n;
    }
    for (int i = *count; *count > 0 && i < SEARCH_WORDS; i++) range[i] = range[*count - 1];
    return true;
}

/* Of the own fields first, then of as many words as there is room for. */
static bool ranges_read(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
                        int *count, struct range range[SEARCH_WORDS], int *frequent)
{
    str word[LEAD_WORDS_MAX];
    int words = lead_query_words(cx->a, filter->query, word, LEAD_WORDS_MAX);
    struct free_fields own;
    *count = 0;
    if (filter->own_count > 0 && !free_field_list(cx, tx, &own)) return false;
    for (int i = 0; i < filter->own_count; i++) {
        struct range *r = &range[(*count)++];
        *r = (struct range){0};
        if (!lead_own_range(cx, &own, &filter->own[i], &r->from, &r->to)) return false;
    }
    for (int i = 0; i < words && *count < SEARCH_WORDS; i++)
        range[(*count)++] = (struct range){word[i], prefix_end(cx->a, word[i]), false};
    return ranges_count(tx, count, range, frequent);
}

/* All ranges in one query: all in its parameters. */
#define SEARCH(name)                                                                               \
    do {                                                                                           \
        struct name##_in in = {r[0].from,     r[0].to,      r[1].from,      r[1].to,               \
                               r[2].from,     r[2].to,      r[3].from,      r[3].to,               \
                               filter->state, source,       filter->phase,  filter->permit,        \
                               whose.any,     whose.mine,   whose.mine_too, filter->campaign,      \
                               after_id,      filter->limit};                                      \
        struct name##_rows rows;                                                                   \
        if (!q_##name(tx, &in, &rows)) return false;                                               \
        ROWS_FROM(cx, rows, out);                                                                  \
        return true;                                                                               \
    } while (0)

bool lead_store_search(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
                       struct lead_rows *out)
{
    struct range r[SEARCH_WORDS];
    int count, frequent;
    int64_t after_id = filter->after_id;
    *out = (struct lead_rows){0};
    if (!ranges_read(cx, tx, filter, &count, r, &frequent)) return false;
    if (count == 0) return true;
    struct reach whose = list_whose(cx, filter);
    str source = filter->source.ptr == NULL ? S("") : filter->source;
    if (frequent == count) SEARCH(lead_search_frequent);
    if (frequent > 0) SEARCH(lead_search_mixed);
    if (count > 2) SEARCH(lead_search_words);
    if (count == 2) {
        struct lead_search_two_in in = {
            r[0].from,      r[0].to,          r[1].from,      r[1].to,      filter->state,
            source,         filter->phase,    filter->permit, whose.any,    whose.mine,
            whose.mine_too, filter->campaign, after_id,       filter->limit};
        struct lead_search_two_rows rows;
        if (!q_lead_search_two(tx, &in, &rows)) return false;
        ROWS_FROM(cx, rows, out);
        return true;
    }
    struct lead_search_in in = {r[0].from,      r[0].to,          filter->state, source,
                                filter->phase,  filter->permit,   whose.any,     whose.mine,
                                whose.mine_too, filter->campaign, after_id,      filter->limit};
    struct lead_search_rows rows;
    if (!q_lead_search(tx, &in, &rows)) return false;
    ROWS_FROM(cx, rows, out);
    return true;
}
