/* dossiers.jsonl: all there is about each lead, opened, a line for each. */
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/tz.h"
#include "dossier/dossier_value.h"
#include "lead/lead_history.h"
#include "lead/lead_value.h"
#include "sales/sales.h"
#include "takeout/takeout_inner.h"
#include "takeout_sql.h"

/* How many leads are read in one snapshot, and how many rows of what a lead has without end. A
 * submission is up to LIMIT_FORM_BYTES of answers, which are in memory four times. */
enum { LEADS = 10, SUBMISSIONS = 8, EVENTS = 50, ROWS = 100 };

/* --- what a lead has without end, page by page --- */

/* The last one that was read; 0: none yet. */
struct mark {
    int64_t at_ms, id;
};

/* Add the next rows to `list` and move the mark; *more: others may follow. */
typedef bool page_read(struct ctx *cx, struct tx *tx, int64_t lead_id, struct mark *mark,
                       struct value list, bool *more);

static bool evidence_page(struct ctx *cx, struct tx *tx, int64_t lead_id, struct mark *mark,
                          struct value list, bool *more)
{
    struct consent_event_rows rows;
    if (!consent_event_page(cx, tx, lead_id, mark->id, EVENTS, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct value event = consent_event_value(cx, &rows.row[i]);
        value_set_text(event, "consent", id_text(cx->a, ID_CONSENT, rows.row[i].consent_id));
        value_push(list, event);
        mark->id = rows.row[i].id;
    }
    *more = rows.count == EVENTS;
    return true;
}

static bool submissions_page(struct ctx *cx, struct tx *tx, int64_t lead_id, struct mark *mark,
                             struct value list, bool *more)
{
    struct submission_rows rows;
    if (!submission_of_lead(cx, tx, lead_id, mark->id, SUBMISSIONS, &rows)) return false;
    struct value page = submissions_value(cx, &rows);
    for (ptrdiff_t i = 0; i < rows.count; i++) value_push(list, page.as.list->item[i]);
    if (rows.count > 0) mark->id = rows.row[rows.count - 1].id;
    *more = rows.count == SUBMISSIONS;
    return true;
}

static bool notes_page(struct ctx *cx, struct tx *tx, int64_t lead_id, struct mark *mark,
                       struct value list, bool *more)
{
    struct lead_notes rows;
    if (!lead_note_page(cx, tx, lead_id, mark->id, ROWS, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        value_push(list, lead_note_value(cx, &rows.note[i]));
        mark->id = rows.note[i].id;
    }
    *more = rows.count == ROWS;
    return true;
}

static bool timeline_page(struct ctx *cx, struct tx *tx, int64_t lead_id, struct mark *mark,
                          struct value list, bool *more)
{
    struct touchpoints rows;
    if (!touchpoint_list(cx, tx, lead_id, mark->at_ms, mark->id, ROWS, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        value_push(list, touchpoint_value(cx, &rows.row[i]));
        *mark = (struct mark){rows.row[i].at_ms, rows.row[i].id};
    }
    *more = rows.count == ROWS;
    return true;
}

static bool changes_page(struct ctx *cx, struct tx *tx, int64_t lead_id, struct mark *mark,
                         struct value list, bool *more)
{
    struct field_changes rows;
    if (!field_change_list(cx, tx, lead_id, mark->id, ROWS, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct field_change *row = &rows.row[i];
        struct value change = value_map(cx->a);
        value_set_text(change, "field", row->field);
        value_set_text(change, "before", row->before);
        value_set_text(change, "by", id_text(cx->a, ID_USER, row->user_id));
        value_set(change, "at", instant_value(cx->a, row->at_ms));
        value_push(list, change);
        mark->id = row->id;
    }
    *more = rows.count == ROWS;
    return true;
}

static const struct endless {
    const char *name;
    page_read *page;
} endless[] = {
    {"evidence", evidence_page}, {"submissions", submissions_page}, {"notes", notes_page},
    {"timeline", timeline_page}, {"changes", changes_page},
};

/* --- a lead --- */

/* What has an end: who it is, to what it consented, its files by name, the work on it. */
static bool head_read(struct ctx *cx, struct tx *tx, int64_t lead_id, struct value line)
{
    struct lead lead;
    struct identities identities;
    struct consent_rows consents;
    struct lead_files files;
    if (!lead_load(cx, tx, lead_id, &lead) || !lead_identities(cx, tx, lead_id, &identities) ||
        !consent_list(cx, tx, lead_id, &consents) || !lead_file_list(cx, tx, lead_id, &files))
        return false;
    value_set_text(line, "lead", id_text(cx->a, ID_LEAD, lead_id));
    value_set(line, "identities", identities_value(cx, &identities));
    value_set(line, "consents", consents_value(cx, &consents, NULL));
    value_set(line, "files", lead_files_value(cx, lead_id, &files));
    return sales_record(cx, tx, lead_id, line);
}

/* The whole line, if one page of each list is all; else *large. */
static bool lead_read(struct ctx *cx, struct tx *tx, int64_t lead_id, struct value *line,
                      bool *large)
{
    *line = value_map(cx->a);
    *large = false;
    if (!head_read(cx, tx, lead_id, *line)) return false;
    for (ptrdiff_t i = 0; i < COUNTOF(endless) && !*large; i++) {
        struct mark mark = {0};
        struct value list = value_list(cx->a);
        if (!endless[i].page(cx, tx, lead_id, &mark, list, large)) return false;
        value_set(*line, endless[i].name, list);
    }
    return true;
}

/* --- a lead that is too large for one snapshot --- */

struct large_lead {
    int64_t lead_id;
    struct value head, list;
    const struct endless *what;
    struct mark mark;
    bool more, first;
};

static bool large_head(struct ctx *cx, struct tx *tx, void *arg)
{
    struct large_lead *l = arg;
    l->head = value_map(cx->a);
    if (head_read(cx, tx, l->lead_id, l->head)) return true;
    if (cx->err.code != ERR_NOT_FOUND) return false;
    err_clear(cx); /* erased since it was found */
    value_set_text(l->head, "lead", id_text(cx->a, ID_LEAD, l->lead_id));
    return true;
}

static bool large_page(struct ctx *cx, struct tx *tx, void *arg)
{
    struct large_lead *l = arg;
    l->list = value_list(cx->a);
    return l->what->page(cx, tx, l->lead_id, &l->mark, l->list, &l->more);
}

static bool one_head(struct takeout *t, void *arg, bool *more)
{
    struct large_lead *l = arg;
    *more = false;
    if (!db_read(t->cx, large_head, l)) return false;
    str text = json_text(t->cx->a, l->head);
    zip_put(t->zip, str_slice(text, 0, text.len - 1)); /* without its "}" */
    return !t->zip->failed || takeout_nobody_takes(t->cx);
}

static bool one_page(struct takeout *t, void *arg, bool *more)
{
    struct large_lead *l = arg;
    if (!db_read(t->cx, large_page, l)) return false;
    for (ptrdiff_t i = 0; i < l->list.as.list->count; i++) {
        if (!l->first) zip_put(t->zip, S(","));
        l->first = false;
        zip_put(t->zip, json_text(t->cx->a, l->list.as.list->item[i]));
    }
    *more = l->more;
    return !t->zip->failed || takeout_nobody_takes(t->cx);
}

/* Its line, written while it is read. Whoever is erased meanwhile ends where the keys end. */
static bool large_put(struct takeout *t, int64_t lead_id)
{
    struct large_lead l = {.lead_id = lead_id};
    if (!takeout_parts_run(t, one_head, &l)) return false;
    for (ptrdiff_t i = 0; i < COUNTOF(endless); i++) {
        l.what = &endless[i];
        l.mark = (struct mark){0};
        l.first = true;
        zip_put(t->zip, S(",\""));
        zip_put(t->zip, str_of(endless[i].name));
        zip_put(t->zip, S("\":["));
        if (!takeout_parts_run(t, one_page, &l)) return false;
        zip_put(t->zip, S("]"));
    }
    zip_put(t->zip, S("}\n"));
    t->leads++;
    return !t->zip->failed || takeout_nobody_takes(t->cx);
}

/* --- all of them --- */

struct some_leads {
    struct takeout_part part;
    int64_t after_id;
    int64_t large_id; /* the one behind the part; 0: none */
    bool more;
};

static bool leads_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some_leads *s = arg;
    struct takeout_leads_in in = {s->after_id, LEADS};
    struct takeout_leads_rows rows;
    if (!q_takeout_leads(tx, &in, &rows)) return false;
    s->more = rows.count == LEADS;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct value line;
        bool large;
        if (takeout_part_is_full(cx, &s->part)) {
            s->more = true;
            break;
        }
        if (!lead_read(cx, tx, rows.row[i].id, &line, &large)) return false;
        s->after_id = rows.row[i].id;
        if (large) {
            s->large_id = rows.row[i].id;
            s->more = true;
            break;
        }
        takeout_part_add(cx, &s->part, line);
    }
    return true;
}

static bool some_leads(struct takeout *t, void *arg, bool *more)
{
    struct some_leads *s = arg;
    s->part = takeout_part_new(t->cx, LEADS);
    s->large_id = 0;
    if (!db_read(t->cx, leads_read, s)) return false;
    t->leads += s->part.count;
    *more = s->more && s->large_id == 0;
    return takeout_part_write(t, &s->part);
}

bool takeout_dossiers(struct takeout *t)
{
    struct some_leads s = {.after_id = 0};
    zip_begin(t->zip, S("dossiers.jsonl"));
    do {
        if (!takeout_parts_run(t, some_leads, &s)) return false;
        if (s.large_id != 0 && !large_put(t, s.large_id)) return false;
    } while (s.large_id != 0);
    return true;
}
