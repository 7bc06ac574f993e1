#include "bell/bell_http.h"

#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "bell/bell.h"
#include "lead/lead_value.h"

struct listing {
    int limit;
    int64_t before_id, count;
    struct bell_rows unread, seen;
    struct bell_choice choice;
};

static bool listing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    int64_t me = cx->actor.user_id;
    l->unread = (struct bell_rows){0};
    return (l->before_id != 0 || bell_unread(cx, tx, me, &l->unread)) &&
           bell_seen(cx, tx, me, l->before_id, l->limit + 1, &l->seen) &&
           bell_count(cx, tx, me, &l->count) && bell_choice_load(cx, tx, me, &l->choice);
}

static bool may_hear(const struct ctx *cx, enum bell_kind kind)
{
    return (cx->actor.permissions & bell_kinds[kind].permission) != 0;
}

static struct value notice_value(struct ctx *cx, const struct bell_row *r)
{
    struct value map = value_map(cx->a);
    /* Whoever may no longer read leads is not told a name by an old notice. */
    bool leads = (cx->actor.permissions & MAY_READ_LEADS) != 0;
    value_set_text(map, "id", id_text(cx->a, ID_BELL, r->id));
    value_set_text(map, "kind", str_of(bell_kinds[r->kind].name));
    value_set(map, "at", instant_value(cx->a, r->at_ms));
    value_set_bool(map, "read", r->seen_ms != 0);
    bool about = leads && r->lead_id != 0;
    value_set(map, "lead_id",
              about ? value_text(id_text(cx->a, ID_LEAD, r->lead_id)) : value_null());
    value_set_text(map, "lead_name", about ? r->lead_name : S(""));
    value_set_text(map, "form_name", leads ? r->form_name : S(""));
    value_set_text(map, "by_name", r->by_name);
    return map;
}

static void push_known(struct ctx *cx, struct value list, const struct bell_rows *rows,
                       ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (rows->row[i].kind > 0 && rows->row[i].kind < BELL__COUNT)
            value_push(list, notice_value(cx, &rows->row[i]));
}

/* What he is told, of what he can be: {kind, here, mail, by_mail}. */
static struct value choice_value(struct ctx *cx, const struct bell_choice *choice)
{
    struct value list = value_list(cx->a);
    for (int kind = 1; kind < BELL__COUNT; kind++) {
        struct value map = value_map(cx->a);
        uint64_t bit = (uint64_t)1 << kind;
        if (!may_hear(cx, (enum bell_kind)kind)) continue;
        value_set_text(map, "kind", str_of(bell_kinds[kind].name));
        value_set_bool(map, "here", (choice->here_off & bit) == 0);
        value_set(map, "mail",
                  bell_kinds[kind].mail ? value_bool((choice->mail_off & bit) == 0) : value_null());
        value_push(list, map);
    }
    return list;
}

static bool notices_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct listing l = {.limit = BELL_PAGE_ROWS};
    str cursor = web_field(rq->query, "cursor");
    if (cursor.len > 0 && !id_parse(cursor, ID_BELL, &l.before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    if (!web_limit(cx, rq, &l.limit) || !db_read(cx, listing_read, &l)) return false;
    ptrdiff_t shown = l.seen.count > l.limit ? l.limit : l.seen.count;
    struct value list = value_list(cx->a);
    push_known(cx, list, &l.unread, l.unread.count);
    push_known(cx, list, &l.seen, shown);
    rp->data = value_map(cx->a);
    value_set_int(rp->data, "unread", l.count);
    value_set(rp->data, "notices", list);
    value_set(rp->data, "choice", choice_value(cx, &l.choice));
    rp->page = value_map(cx->a);
    value_set_bool(rp->page, "first", cursor.len <= 0);
    value_set_int(rp->page, "days", BELL_KEPT_DAYS);
    if (l.unread.count > 0)
        value_set_text(rp->page, "newest", id_text(cx->a, ID_BELL, l.unread.row[0].id));
    if (l.seen.count > shown) {
        rp->next = id_text(cx->a, ID_BELL, l.seen.row[shown - 1].id);
        value_set_text(rp->page, "next_url",
                       str_printf(cx->a, "/notices?cursor=%.*s", STR_ARG(rp->next)));
    }
    rp->template = "notices";
    return true;
}

static bool count_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_count(cx, tx, cx->actor.user_id, arg);
}

static bool count_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t count = 0;
    (void)rq;
    if (!db_read(cx, count_read, &count)) return false;
    rp->data = value_map(cx->a);
    value_set_int(rp->data, "unread", count);
    return true;
}

/* --- having looked --- */

struct look {
    int64_t id;
    bool all;
    struct bell_row row;
};

static bool look_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    int64_t me = cx->actor.user_id;
    if (l->all) return bell_look_all(cx, tx, me, l->id);
    return bell_get(cx, tx, me, l->id, &l->row) && bell_look(cx, tx, me, l->id);
}

static bool looked(struct ctx *cx, struct web_reply *rp, struct look *l, str location)
{
    if (!db_write(cx, DB_INTERACTIVE, look_write, l)) return false;
    rp->data = value_map(cx->a);
    rp->location = location;
    return true;
}

static bool notice_param(struct ctx *cx, const struct web_request *rq, int64_t *id)
{
    return id_parse(rq->param[0], ID_BELL, id) ? true : fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static bool notice_read_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct look l = {0};
    return notice_param(cx, rq, &l.id) && looked(cx, rp, &l, S("/notices"));
}

/* All that stood on the page, and nothing that has come since. */
static bool notices_read_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct look l = {.all = true};
    str until = web_field(rq->body, "until");
    if (!id_parse(until, ID_BELL, &l.id)) return fail_field(cx, S("until"), "error.choice_invalid");
    return looked(cx, rp, &l, S("/notices"));
}

static str place_of(struct ctx *cx, const struct bell_row *r)
{
    if (r->kind == BELL_DELIVERY) return S("/outbox");
    if (r->kind == BELL_BACKUP) return S("/settings/backup");
    return str_printf(cx->a, "/leads/%.*s", STR_ARG(id_text(cx->a, ID_LEAD, r->lead_id)));
}

static bool notice_open_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct look l = {0};
    if (!notice_param(cx, rq, &l.id) || !looked(cx, rp, &l, S("/notices"))) return false;
    rp->location = place_of(cx, &l.row);
    return true;
}

/* --- what one wants to be told --- */

static bool named(struct value v, const char *name)
{
    ptrdiff_t count = v.type == VALUE_TEXT ? 1 : v.type == VALUE_LIST ? v.as.list->count : 0;
    for (ptrdiff_t i = 0; i < count; i++)
        if (str_eq(value_str(v.type == VALUE_TEXT ? v : v.as.list->item[i]), str_of(name)))
            return true;
    return false;
}

static bool choice_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return bell_choice_save(cx, tx, cx->actor.user_id, arg);
}

/* Each list holds the kinds that are wanted; of those that one is not asked about nothing changes
 * that could be heard: they are on. */
static bool choice_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct bell_choice choice = {0};
    struct value here = value_get(rq->body, S("here")), mail = value_get(rq->body, S("mail"));
    for (int kind = 1; kind < BELL__COUNT; kind++) {
        uint64_t bit = (uint64_t)1 << kind;
        if (!may_hear(cx, (enum bell_kind)kind)) continue;
        if (!named(here, bell_kinds[kind].name)) choice.here_off |= bit;
        if (bell_kinds[kind].mail && !named(mail, bell_kinds[kind].name)) choice.mail_off |= bit;
    }
    if (!db_write(cx, DB_INTERACTIVE, choice_write, &choice)) return false;
    rp->data = value_map(cx->a);
    value_set(rp->data, "choice", choice_value(cx, &choice));
    rp->location = S("/notices#h-choice");
    rp->flash = S("flash.saved");
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route bell_routes[] = {
    {"GET", "/notices", BOTH, BODY_NONE, MAY_OWN_ACCOUNT, notices_get, false},
    {"GET", "/notices/count", FACE_API, BODY_NONE, MAY_OWN_ACCOUNT, count_get, false},
    {"POST", "/notices/read", BOTH, BODY_API, MAY_OWN_ACCOUNT, notices_read_post, false},
    {"POST", "/notices/choice", BOTH, BODY_API, MAY_OWN_ACCOUNT, choice_post, false},
    {"POST", "/notices/{id}/read", BOTH, BODY_API, MAY_OWN_ACCOUNT, notice_read_post, false},
    {"POST", "/notices/{id}/open", FACE_PAGE, BODY_FORM, MAY_OWN_ACCOUNT, notice_open_post, false},
};
const ptrdiff_t bell_route_count = COUNTOF(bell_routes);
