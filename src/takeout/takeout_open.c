/* What the tables hold sealed and no lead's dossier shows: mails and the details of the log. */
#include "audit/audit_value.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/tz.h"
#include "post/post.h"
#include "takeout/takeout_inner.h"

/* A mail's source is some kB; a link that confirms lives as long as POST_HELD_DAYS. */
enum { MAILS = 50, DAY_MS = 86400000 };

/* --- mails --- */

struct some_mails {
    struct takeout_part part;
    int64_t before_id;
    bool more;
};

/* Why a mail's source is left out; NULL: it is not. */
static const char *withheld(const struct ctx *cx, const struct mail *m)
{
    bool holds = cx->now_ms - m->created_ms < (int64_t)POST_HELD_DAYS * DAY_MS;
    if (m->permit_class == PERMIT_SYSTEM) return "to_colleague";
    return m->permit_class == PERMIT_DOI && holds ? "link_holds" : NULL;
}

static const char *const outcomes[] = {[OUTCOME_SENT] = "sent",
                                       [OUTCOME_TEMPORARY] = "temporary",
                                       [OUTCOME_PERMANENT] = "permanent",
                                       [OUTCOME_IN_DOUBT] = "in_doubt",
                                       [OUTCOME_REFUSED] = "refused"};

static struct value attempts_value(struct ctx *cx, const struct mail_attempts *attempts)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < attempts->count; i++) {
        const struct mail_attempt_row *row = &attempts->row[i];
        struct value one = value_map(cx->a);
        value_set_int(one, "no", row->no);
        value_set(one, "at", instant_value(cx->a, row->at_ms));
        value_set_text(one, "outcome", str_of(outcomes[row->outcome]));
        value_set_text(one, "reply", row->reply);
        value_push(list, one);
    }
    return list;
}

static bool mail_read(struct ctx *cx, struct tx *tx, int64_t id, struct value *line)
{
    struct mail m;
    struct mail_attempts attempts;
    str mime;
    if (!post_load(cx, tx, id, &m, &mime) || !post_attempts(cx, tx, id, &attempts)) return false;
    *line = value_map(cx->a);
    const char *why = withheld(cx, &m);
    value_set_text(*line, "mail", id_text(cx->a, ID_MAIL, id));
    value_set_text(*line, "lead", id_text(cx->a, ID_LEAD, m.lead_id));
    value_set_text(*line, "class", str_of(permit_class_name(m.permit_class)));
    value_set_text(*line, "state", str_of(mail_state_name(m.state)));
    value_set_text(*line, "template", m.template_name);
    value_set_text(*line, "from", m.from);
    value_set_text(*line, "to", m.to);
    value_set_text(*line, "subject", m.subject);
    value_set(*line, "created_at", instant_value(cx->a, m.created_ms));
    value_set(*line, "attempts", attempts_value(cx, &attempts));
    value_set_text(*line, "withheld", str_of(why));
    value_set_text(*line, "source", why == NULL ? mime : (str){0});
    return true;
}

static bool mails_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some_mails *s = arg;
    struct mail_rows rows;
    if (!post_list(cx, tx, s->before_id, MAILS, &rows)) return false;
    s->more = rows.count == MAILS;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct value line;
        if (takeout_part_is_full(cx, &s->part)) {
            s->more = true;
            break;
        }
        s->before_id = rows.row[i].id;
        if (!mail_read(cx, tx, s->before_id, &line)) return false;
        takeout_part_add(cx, &s->part, line);
    }
    return true;
}

static bool some_mails(struct takeout *t, void *arg, bool *more)
{
    struct some_mails *s = arg;
    s->part = takeout_part_new(t->cx, MAILS);
    if (!db_read(t->cx, mails_read, s)) return false;
    *more = s->more;
    return takeout_part_write(t, &s->part);
}

bool takeout_mails(struct takeout *t)
{
    struct some_mails s = {.before_id = 0};
    zip_begin(t->zip, S("mails.jsonl"));
    return takeout_parts_run(t, some_mails, &s);
}

/* --- the log --- */

struct some_entries {
    struct takeout_part part;
    int64_t before_id;
};

static bool entries_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some_entries *s = arg;
    struct audit_filter filter = {.before_id = s->before_id, .limit = LIMIT_LIST_PAGE};
    struct audit_rows rows;
    if (!audit_list(cx, tx, &filter, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        s->before_id = rows.row[i].id;
        takeout_part_add(cx, &s->part, audit_value(cx, &rows.row[i]));
    }
    return true;
}

static bool some_entries(struct takeout *t, void *arg, bool *more)
{
    struct some_entries *s = arg;
    s->part = takeout_part_new(t->cx, LIMIT_LIST_PAGE);
    if (!db_read(t->cx, entries_read, s)) return false;
    *more = s->part.count == LIMIT_LIST_PAGE;
    return takeout_part_write(t, &s->part);
}

bool takeout_log(struct takeout *t)
{
    struct some_entries s = {.before_id = 0};
    zip_begin(t->zip, S("log.jsonl"));
    return takeout_parts_run(t, some_entries, &s);
}
