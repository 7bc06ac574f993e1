#include "bell/bell.h"

#include "base/id.h"
#include "base/permission.h"
#include "base/reach.h"
#include "bell_sql.h"

const struct bell_kind_def bell_kinds[BELL__COUNT] = {
    [BELL_SUBMISSION] = {"submission", MAY_READ_LEADS, true},
    [BELL_ASSIGNED] = {"assigned", MAY_READ_LEADS, false},
    [BELL_DUE] = {"due", MAY_READ_LEADS, true},
    [BELL_TASK] = {"task", MAY_READ_LEADS, false},
    [BELL_TASK_DUE] = {"task_due", MAY_READ_LEADS, false},
    [BELL_DELIVERY] = {"delivery", MAY_WRITE_SETTINGS, false},
    [BELL_BACKUP] = {"backup", MAY_MANAGE_WORKSPACES, false},
};

static uint64_t bit_of(enum bell_kind kind)
{
    return (uint64_t)1 << kind;
}

bool bell_choice_load(struct ctx *cx, struct tx *tx, int64_t user_id, struct bell_choice *out)
{
    (void)cx;
    struct bell_choice_get_in in = {user_id};
    struct bell_choice_get_row row = {0};
    bool found;
    if (!q_bell_choice_get(tx, &in, &row, &found)) return false;
    *out = found ? (struct bell_choice){(uint64_t)row.here_off, (uint64_t)row.mail_off}
                 : (struct bell_choice){0};
    return true;
}

bool bell_choice_save(struct ctx *cx, struct tx *tx, int64_t user_id, const struct bell_choice *in)
{
    (void)cx;
    struct bell_choice_put_in row = {user_id, (int64_t)in->here_off, (int64_t)in->mail_off};
    return q_bell_choice_put(tx, &row, NULL);
}

bool bell_ring(struct ctx *cx, struct tx *tx, int64_t user_id, enum bell_kind kind, int64_t lead_id,
               int64_t about_id)
{
    struct bell_choice choice;
    bool person = cx->actor.kind == ACTOR_USER || cx->actor.kind == ACTOR_TOKEN;
    int64_t by = person ? cx->actor.user_id : 0;
    if (user_id == 0 || user_id == by) return true;
    if (!bell_choice_load(cx, tx, user_id, &choice)) return false;
    if (choice.here_off & bit_of(kind)) return true;
    struct bell_put_in in = {user_id, kind, lead_id, about_id, ctx_new_id(cx), by};
    return q_bell_put(tx, &in, NULL);
}

bool bell_mail_wanted(struct ctx *cx, struct tx *tx, int64_t user_id, enum bell_kind kind,
                      bool *wanted)
{
    struct bell_choice choice;
    if (!bell_choice_load(cx, tx, user_id, &choice)) return false;
    *wanted = (choice.mail_off & bit_of(kind)) == 0;
    return true;
}

bool bell_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    (void)cx;
    struct bell_erase_in in = {lead_id};
    return q_bell_erase(tx, &in, NULL);
}

bool bell_unread(struct ctx *cx, struct tx *tx, int64_t user_id, struct bell_rows *out)
{
    struct reach r = reach_of(&cx->actor);
    struct bell_unread_in in = {user_id, r.any, r.mine, r.mine_too, r.applicants, BELL_UNREAD_MAX};
    struct bell_unread_rows rows;
    if (!q_bell_unread(tx, &in, &rows)) return false;
    *out = (struct bell_rows){NEW(cx->a, struct bell_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct bell_row){.id = rows.row[i].id,
                                        .lead_id = rows.row[i].lead_id,
                                        .at_ms = id_time_ms(rows.row[i].id),
                                        .kind = (enum bell_kind)rows.row[i].kind,
                                        .lead_name = rows.row[i].lead_name,
                                        .form_name = rows.row[i].form_name,
                                        .by_name = rows.row[i].by_name};
    return true;
}

bool bell_seen(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t before_id, int limit,
               struct bell_rows *out)
{
    struct reach r = reach_of(&cx->actor);
    struct bell_seen_in in = {
        user_id, before_id == 0 ? INT64_MAX : before_id, r.any, r.mine, r.mine_too,
        r.applicants, limit};
    struct bell_seen_rows rows;
    if (!q_bell_seen(tx, &in, &rows)) return false;
    *out = (struct bell_rows){NEW(cx->a, struct bell_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct bell_row){.id = rows.row[i].id,
                                        .lead_id = rows.row[i].lead_id,
                                        .at_ms = id_time_ms(rows.row[i].id),
                                        .seen_ms = rows.row[i].seen_ms,
                                        .kind = (enum bell_kind)rows.row[i].kind,
                                        .lead_name = rows.row[i].lead_name,
                                        .form_name = rows.row[i].form_name,
                                        .by_name = rows.row[i].by_name};
    return true;
}

bool bell_count(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t *count)
{
    struct reach r = reach_of(&cx->actor);
    struct bell_count_in in = {user_id, r.any, r.mine, r.mine_too, r.applicants, BELL_UNREAD_MAX};
    struct bell_count_row row;
    if (!q_bell_count(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool bell_get(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t id, struct bell_row *out)
{
    struct bell_get_in in = {user_id, id};
    struct bell_get_row row;
    bool found;
    if (!q_bell_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct bell_row){.id = id,
                             .lead_id = row.lead_id,
                             .seen_ms = row.seen_ms,
                             .at_ms = id_time_ms(id),
                             .kind = (enum bell_kind)row.kind};
    return true;
}

bool bell_look(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t id)
{
    struct bell_look_in in = {user_id, id, cx->now_ms};
    return q_bell_look(tx, &in, NULL);
}

bool bell_look_all(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t up_to_id)
{
    struct bell_look_all_in in = {user_id, up_to_id, cx->now_ms};
    return q_bell_look_all(tx, &in, NULL);
}
