#include "base/tz.h"
#include "lead/lead_http.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/reach.h"
#include "base/url.h"
#include "campaign/campaign_value.h"
#include "field/free_field.h"
#include "lead/lead_value.h"
#include "net/http_server.h"

enum { PAGE_ROWS = 50, COLUMNS_SHOWN = 6, COLUMNS_AGE_S = 365 * 86400 };

/* --- what is asked for --- */

static void sort_read(struct ctx *cx, str text, struct lead_filter *out)
{
    static const struct {
        const char *name;
        enum lead_sort sort;
    } sorts[] = {
        {"created", LEAD_SORT_CREATED}, {"last", LEAD_SORT_LAST}, {"name", LEAD_SORT_NAME}};
    bool descending = str_starts(text, S("-"));
    str name = descending ? str_slice(text, 1, text.len) : text;
    if (text.len == 0) return;
    out->ascending = !descending;
    for (ptrdiff_t i = 0; i < COUNTOF(sorts); i++)
        if (str_eq(name, str_of(sorts[i].name))) {
            out->sort = sorts[i].sort;
            return;
        }
    fail_field(cx, S("sort"), "error.choice_invalid");
}

static bool cursor_read(struct ctx *cx, const struct web_request *rq, struct lead_filter *out)
{
    str cursor = web_field(rq->query, "cursor");
    if (cursor.len <= 0 || lead_cursor_read(cx->a, cursor, out)) return true;
    return fail(cx, ERR_UNREADABLE, "error.cursor");
}

/* "me", "none", or somebody's id. */
static void owner_read(struct ctx *cx, str text, struct lead_filter *out)
{
    if (text.len <= 0) return;
    if (str_eq(text, S("me")))
        out->owner = cx->actor.user_id;
    else if (str_eq(text, S("none")))
        out->owner = LEAD_OWNER_NOBODY;
    else if (!id_parse(text, ID_USER, &out->owner))
        fail_field(cx, S("owner"), "error.choice_invalid");
}

static void campaign_read(struct ctx *cx, str text, struct lead_filter *out)
{
    if (text.len > 0 && !id_parse(text, ID_CAMPAIGN, &out->campaign))
        fail_field(cx, S("campaign"), "error.choice_invalid");
}

/* "free_x", or one end of it: "free_x.from", "free_x.to". */
static void own_wish_read(struct ctx *cx, str name, str value, struct lead_filter *out)
{
    bool from = str_ends(name, S(".from")), to = str_ends(name, S(".to"));
    str key = from ? str_slice(name, 0, name.len - 5)
              : to ? str_slice(name, 0, name.len - 3)
                   : name;
    struct lead_own_wish *wish = NULL;
    if (!field_key_is_free(key) || str_trim(value).len <= 0) return;
    for (int i = 0; i < out->own_count; i++)
        if (str_eq(out->own[i].key, key)) wish = &out->own[i];
    if (wish == NULL && out->own_count == LEAD_OWN_WISHES) {
        fail_field(cx, name, "lead.own_many");
        return;
    }
    if (wish == NULL) {
        wish = &out->own[out->own_count++];
        *wish = (struct lead_own_wish){.key = key};
    }
    wish->equal = wish->equal || (!from && !to);
    if (!to) wish->from = value;
    if (!from) wish->to = value;
}

/* All but the cursor, which depends on the order. */
static bool wishes_read(struct ctx *cx, const struct web_request *rq, struct lead_filter *out)
{
    str state = web_field(rq->query, "state"), phase_name = web_field(rq->query, "phase"),
        may = web_field(rq->query, "may_email");
    enum lead_phase phase;
    enum permit_summary permit;
    int rows = PAGE_ROWS;
    *out = (struct lead_filter){.phase = -1,
                                .permit = -1,
                                .source = web_field(rq->query, "source"),
                                .query = web_field(rq->query, "query")};
    if (state.len > 0 && !lead_state_of(state, &out->state))
        fail_field(cx, S("state"), "error.choice_invalid");
    if (phase_name.len > 0) {
        if (lead_phase_of(phase_name, &phase))
            out->phase = (int)phase;
        else
            fail_field(cx, S("phase"), "error.choice_invalid");
    }
    if (may.len > 0) {
        if (permit_summary_of(may, &permit))
            out->permit = (int)permit;
        else
            fail_field(cx, S("may_email"), "error.choice_invalid");
    }
    if (!web_limit(cx, rq, &rows)) rows = PAGE_ROWS;
    out->limit = rows;
    owner_read(cx, web_field(rq->query, "owner"), out);
    campaign_read(cx, web_field(rq->query, "campaign"), out);
    for (ptrdiff_t i = 0; i < value_count(rq->query); i++) {
        const struct value_entry *e = &rq->query.as.map->entry[i];
        own_wish_read(cx, e->key, web_field(rq->query, str_cstr(cx->a, e->key)), out);
    }
    sort_read(cx, web_field(rq->query, "sort"), out);
    return cx->err.code == ERR_NONE;
}

bool lead_filter_read(struct ctx *cx, const struct web_request *rq, struct lead_filter *out)
{
    return wishes_read(cx, rq, out) && cursor_read(cx, rq, out);
}

struct listing {
    struct lead_filter filter;
    bool people; /* then also what only the page shows */
    struct free_fields own;
    struct lead_rows rows;
    struct lead *lead;
    struct lead_sources sources;
    struct lead_owners owners;
    struct campaigns campaigns;
    int64_t count, trashed;
    bool more;
};

static bool listing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    struct lead_filter filter = l->filter;
    filter.limit++;
    if (!lead_list(cx, tx, &filter, &l->rows)) return false;
    l->more = l->rows.count > l->filter.limit;
    if (l->more) l->rows.count = l->filter.limit;
    l->lead = NEW(cx->a, struct lead, l->rows.count);
    for (ptrdiff_t i = 0; i < l->rows.count; i++)
        if (!lead_load(cx, tx, l->rows.row[i].id, &l->lead[i])) return false;
    if (!l->people) return true;
    return free_field_list(cx, tx, &l->own) && lead_source_list(cx, tx, &l->sources) &&
           lead_owner_list(cx, tx, &l->owners) && campaign_choices(cx, tx, &l->campaigns) &&
           lead_count(cx, tx, l->filter.state, &l->count) &&
           lead_count(cx, tx, LEAD_TRASHED, &l->trashed);
}

/* --- addresses of other lists --- */

struct param {
    const char *name;
    str value; /* absent: left out */
};

static void param_put(struct ctx *cx, struct buf *b, bool *first, str name, str value)
{
    buf_char(b, *first ? '?' : '&');
    *first = false;
    buf_put(b, percent_encode(cx->a, name));
    buf_char(b, '=');
    buf_put(b, percent_encode(cx->a, value));
}

/* `path` with the present query but for `params`, which stand as given, and the cursor, which
 * belongs to one order. */
static str url_with(struct ctx *cx, const struct web_request *rq, const char *path,
                    const struct param *params, ptrdiff_t count)
{
    struct buf b = buf_new(cx->a, LIMIT_HTTP_TARGET_BYTES * 2);
    bool first = true;
    buf_put(&b, str_of(path));
    for (ptrdiff_t i = 0; i < value_count(rq->query); i++) {
        const struct value_entry *e = &rq->query.as.map->entry[i];
        bool changed = str_eq(e->key, S("cursor")) || value_str(e->value).len == 0;
        for (ptrdiff_t k = 0; k < count; k++) changed |= str_eq(e->key, str_of(params[k].name));
        if (!changed) param_put(cx, &b, &first, e->key, value_str(e->value));
    }
    for (ptrdiff_t k = 0; k < count; k++)
        if (params[k].value.ptr != NULL)
            param_put(cx, &b, &first, str_of(params[k].name), params[k].value);
    return buf_str(&b);
}

/* Where a click on a column's head leads: its own order first, the opposite when it has that. */
static struct value sort_urls(struct ctx *cx, const struct web_request *rq,
                              const struct lead_filter *f)
{
    static const struct {
        const char *name;
        enum lead_sort sort;
        bool ascending;
    } heads[] = {{"name", LEAD_SORT_NAME, true},
                 {"created", LEAD_SORT_CREATED, false},
                 {"last", LEAD_SORT_LAST, false}};
    struct value urls = value_map(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++) {
        bool now = f->sort == heads[i].sort;
        bool up = now ? !f->ascending : heads[i].ascending;
        struct param sort = {"sort", str_printf(cx->a, "%s%s", up ? "" : "-", heads[i].name)};
        value_set_text(urls, heads[i].name, url_with(cx, rq, "/leads", &sort, 1));
    }
    return urls;
}

/* --- columns --- */

static const char *const first_columns[] = {"name",      "company", "phase",
                                            "may_email", "source",  "last"};
static const char *const own_columns[] = {"name",   "email",    "company", "phase",   "may_email",
                                          "source", "campaign", "owner",   "created", "last"};

_Static_assert(sizeof first_columns / sizeof *first_columns == COLUMNS_SHOWN, "as many as said");

static str cookie_of(const struct web_request *rq, str name)
{
    for (str rest = http_header_get(rq->http, "cookie"); rest.ptr != NULL;) {
        str value, key = str_cut(str_trim(str_cut(rest, ';', &rest)), '=', &value);
        if (value.ptr != NULL && str_eq(key, name)) return value;
    }
    return (str){0};
}

/* Does a list of names, set apart by commas or dots (a cookie takes no comma), hold this one? */
static bool names_hold(str names, str name)
{
    for (ptrdiff_t from = 0, i = 0; i <= names.len; i++) {
        if (i < names.len && names.ptr[i] != ',' && names.ptr[i] != '.') continue;
        if (str_eq(str_trim(str_slice(names, from, i)), name)) return true;
        from = i + 1;
    }
    return false;
}

/* What was asked for: ?cols=a,b or, from checkboxes, ?cols=a&cols=b. */
static str columns_asked(struct ctx *cx, const struct web_request *rq)
{
    struct value cols = value_get(rq->query, S("cols"));
    if (cols.type != VALUE_LIST) return value_str(cols);
    struct buf b = buf_new(cx->a, LIMIT_QUERY_BYTES);
    for (ptrdiff_t i = 0; i < cols.as.list->count; i++) {
        buf_put(&b, value_str(cols.as.list->item[i]));
        buf_char(&b, ',');
    }
    return buf_str(&b);
}

static void column_add(struct ctx *cx, struct value list, str key, bool shown)
{
    struct value column = value_map(cx->a);
    bool is_field = field_find(key) != NULL;
    value_set_text(column, "key", key);
    value_set_text(
        column, "label_key",
        str_printf(cx->a, "%s.%.*s", is_field ? "field_name" : "lead.column", STR_ARG(key)));
    value_set_bool(column, "shown", shown || str_eq(key, S("name")));
    value_set_bool(column, "field", is_field);
    value_push(list, column);
}

static bool own_column(str key)
{
    for (ptrdiff_t i = 0; i < COUNTOF(own_columns); i++)
        if (str_eq(key, str_of(own_columns[i]))) return true;
    return false;
}

/* All columns in their order, and which are shown; a new choice is remembered in a cookie. */
static struct value columns_value(struct ctx *cx, const struct web_request *rq,
                                  const struct free_fields *own, struct web_reply *rp)
{
    static const str cookie = S_INIT("zulauf_lead_columns");
    str asked = columns_asked(cx, rq), kept = cookie_of(rq, cookie);
    str names = asked.len > 0 ? asked : kept;
    struct value list = value_list(cx->a);
    struct buf shown = buf_new(cx->a, 2000);
    for (ptrdiff_t i = 0; i < COUNTOF(own_columns); i++) {
        str key = str_of(own_columns[i]);
        bool first = false;
        for (int k = 0; k < COLUMNS_SHOWN; k++) first |= str_eq(key, str_of(first_columns[k]));
        column_add(cx, list, key, names.len > 0 ? names_hold(names, key) : first);
    }
    for (ptrdiff_t i = 0; i < field_count; i++) {
        str key = str_of(field_defs[i].key);
        if (own_column(key)) continue;
        column_add(cx, list, key, names_hold(names, key));
    }
    for (ptrdiff_t i = 0; i < own->count; i++) {
        column_add(cx, list, own->row[i].key, names_hold(names, own->row[i].key));
        struct value column = list.as.list->item[list.as.list->count - 1];
        value_set_text(column, "label", own->row[i].label);
        value_set_text(column, "type", str_of(field_type_name(own->row[i].type)));
    }
    if (asked.len == 0) return list;
    for (ptrdiff_t i = 0; i < list.as.list->count; i++) {
        struct value column = list.as.list->item[i];
        if (!value_truthy(value_get(column, S("shown")))) continue;
        if (shown.len > 0) buf_char(&shown, '.');
        buf_put(&shown, value_str(value_get(column, S("key"))));
    }
    rp->cookie.set = true;
    rp->cookie.name = cookie;
    rp->cookie.value = buf_str(&shown);
    rp->cookie.max_age_s = COLUMNS_AGE_S;
    return list;
}

/* --- the page --- */

static struct value filters_value(struct ctx *cx, const struct lead_filter *f)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "state", str_of(lead_state_name(f->state)));
    value_set_text(map, "source", f->source.ptr == NULL ? S("") : f->source);
    value_set_text(map, "phase",
                   f->phase < 0 ? S("") : str_of(lead_phase_name((enum lead_phase)f->phase)));
    value_set_text(map, "owner",
                   f->owner == 0                   ? S("")
                   : f->owner == LEAD_OWNER_NOBODY ? S("none")
                   : f->owner == cx->actor.user_id ? S("me")
                                                   : id_text(cx->a, ID_USER, f->owner));
    value_set_text(map, "campaign",
                   f->campaign == 0 ? S("") : id_text(cx->a, ID_CAMPAIGN, f->campaign));
    value_set_text(map, "may_email",
                   f->permit < 0 ? S("")
                                 : str_of(permit_summary_name((enum permit_summary)f->permit)));
    return map;
}

static struct value names_value(struct ctx *cx, const char *(*name)(int), int count)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < count; i++) value_push(list, value_text(str_of(name(i))));
    return list;
}

static const char *phase_at(int i)
{
    return lead_phase_name((enum lead_phase)i);
}

static const char *permit_at(int i)
{
    return permit_summary_name((enum permit_summary)i);
}

static bool is_filtered(const struct lead_filter *f)
{
    return f->query.len > 0 || f->source.len > 0 || f->phase >= 0 || f->permit >= 0 ||
           f->owner != 0 || f->campaign != 0 || f->own_count > 0 || f->state != LEAD_ACTIVE;
}

/* Counted where that is cheap: everything, or what fits on one page. */
static void count_set(struct value page, const struct listing *l)
{
    const struct lead_filter *f = &l->filter;
    bool narrowed = f->query.len > 0 || f->source.len > 0 || f->phase >= 0 || f->permit >= 0 ||
                    f->owner != 0 || f->campaign != 0 || f->own_count > 0;
    bool one_page = !l->more && f->after_id == 0;
    int64_t count = one_page ? l->rows.count : l->count;
    value_set(page, "count",
              one_page || !narrowed ? value_int(count < LEAD_COUNT_MAX ? count : LEAD_COUNT_MAX - 1)
                                    : value_null());
    value_set_bool(page, "count_more", !one_page && !narrowed && count >= LEAD_COUNT_MAX);
}

/* What can be asked of the own fields, with what is: of a set one also where the list stands
 * without it. */
static struct value own_filters_value(struct ctx *cx, const struct web_request *rq,
                                      const struct listing *l)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l->own.count; i++) {
        const struct free_field *f = &l->own.row[i];
        struct value map = value_map(cx->a);
        if (f->type == FIELD_FILE) continue;
        value_set_text(map, "key", f->key);
        value_set_text(map, "label", f->label);
        value_set_text(map, "type", str_of(field_type_name(f->type)));
        value_set(map, "options", free_options_value(cx, f->options));
        for (int k = 0; k < l->filter.own_count; k++) {
            const struct lead_own_wish *wish = &l->filter.own[k];
            if (!str_eq(wish->key, f->key)) continue;
            const char *from = str_cstr(cx->a, str_printf(cx->a, "%.*s.from", STR_ARG(f->key))),
                       *to = str_cstr(cx->a, str_printf(cx->a, "%.*s.to", STR_ARG(f->key)));
            const struct param none[] = {{str_cstr(cx->a, f->key), {0}}, {from, {0}}, {to, {0}}};
            value_set_text(map, "from", wish->from.ptr == NULL ? S("") : wish->from);
            value_set_text(map, "to", wish->to.ptr == NULL ? S("") : wish->to);
            value_set_text(map, "without", url_with(cx, rq, "/leads", none, 3));
        }
        value_push(list, map);
    }
    return list;
}

static void list_page(struct ctx *cx, const struct web_request *rq, const struct listing *l,
                      struct web_reply *rp)
{
    static const char *const sorts[] = {"created", "last", "name"};
    const struct lead_filter *f = &l->filter;
    struct value page = value_map(cx->a), sources = value_list(cx->a), owners = value_list(cx->a);
    struct param next = {"cursor", rp->next}, csv = {"format", S("csv")};
    struct reach reach = reach_of(&cx->actor);
    for (ptrdiff_t i = 0; i < l->sources.count; i++)
        value_push(sources, value_text(l->sources.name[i]));
    for (ptrdiff_t i = 0; i < l->owners.count; i++) {
        struct value owner = value_map(cx->a);
        value_set_text(owner, "id", id_text(cx->a, ID_USER, l->owners.row[i].user_id));
        value_set_text(owner, "name", l->owners.row[i].name);
        bool other = l->owners.row[i].user_id != cx->actor.user_id;
        if (other && reach.any != 0) value_push(owners, owner);
    }
    value_set_bool(page, "sees_applicants", reach.applicants != 0);
    value_set_text(page, "reach",
                   reach.any != 0        ? S("all")
                   : reach.mine_too == 0 ? S("free")
                                         : S("own"));
    value_set(page, "owners", owners);
    value_set(page, "campaigns", campaign_choices_value(cx, &l->campaigns));
    value_set_text(page, "query", f->query.ptr == NULL ? S("") : f->query);
    value_set(page, "filters", filters_value(cx, f));
    value_set_bool(page, "filtered", is_filtered(f));
    value_set_text(page, "sort", lead_filter_searches(f) ? S("") : str_of(sorts[f->sort]));
    value_set_bool(page, "ascending", f->ascending);
    value_set(page, "sort_urls", sort_urls(cx, rq, f));
    value_set(page, "columns", columns_value(cx, rq, &l->own, rp));
    value_set(page, "sources", sources);
    value_set(page, "own", own_filters_value(cx, rq, l));
    value_set_int(page, "own_set", f->own_count);
    value_set(page, "phases", names_value(cx, phase_at, PHASE__COUNT));
    value_set(page, "may_email", names_value(cx, permit_at, MAY__COUNT));
    value_set_text(page, "next_url", l->more ? url_with(cx, rq, "/leads", &next, 1) : (str){0});
    value_set_text(page, "first_url",
                   f->after_id != 0 ? url_with(cx, rq, "/leads", NULL, 0) : (str){0});
    value_set_text(page, "export_url", url_with(cx, rq, "/leads/export", &csv, 1));
    value_set_int(page, "trashed", l->trashed);
    count_set(page, l);
    rp->page = page;
}

/* The lead of the API, and for people also what their columns show. */
static struct value row_value(struct ctx *cx, const struct lead *lead,
                              const struct free_fields *own, bool people)
{
    struct value map = lead_value(cx, lead), answers = value_map(cx->a);
    if (!people) return map;
    for (ptrdiff_t i = 0; i < own->count; i++)
        value_set_str(answers, own->row[i].key, value_text(lead->text[own->row[i].slot]));
    value_set(map, "own", answers);
    value_set_text(map, "company", lead->text[SLOT_COMPANY]);
    value_set(map, "erased_at",
              instant_value(cx->a, lead->trashed_ms + (int64_t)LEAD_TRASH_DAYS * 86400000));
    return map;
}

static bool list_any(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                     struct listing *l)
{
    l->people = rq->face == FACE_PAGE;
    if (!db_read(cx, listing_read, l)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l->rows.count; i++)
        value_push(rp->data, row_value(cx, &l->lead[i], &l->own, l->people));
    if (l->more) rp->next = lead_cursor(cx->a, &l->filter, &l->rows.row[l->rows.count - 1]);
    return true;
}

bool lead_list_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct listing l = {0};
    if (!lead_filter_read(cx, rq, &l.filter) || !list_any(cx, rq, rp, &l)) return false;
    if (!l.people) return true;
    list_page(cx, rq, &l, rp);
    rp->template = "lead/list";
    return true;
}

bool lead_trash_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct listing l = {0};
    if (!wishes_read(cx, rq, &l.filter)) return false;
    /* Going into the trash is the newest that happened with them. */
    l.filter.state = LEAD_TRASHED;
    l.filter.sort = LEAD_SORT_LAST;
    l.filter.ascending = false;
    if (!cursor_read(cx, rq, &l.filter)) return false;
    if (!list_any(cx, rq, rp, &l)) return false;
    struct param next = {"cursor", rp->next};
    rp->page = value_map(cx->a);
    value_set_int(rp->page, "days", LEAD_TRASH_DAYS);
    value_set_text(rp->page, "next_url",
                   l.more ? url_with(cx, rq, "/leads/trash", &next, 1) : (str){0});
    value_set_text(rp->page, "first_url",
                   l.filter.after_id != 0 ? url_with(cx, rq, "/leads/trash", NULL, 0) : (str){0});
    count_set(rp->page, &l);
    rp->template = "lead/trash";
    return true;
}
