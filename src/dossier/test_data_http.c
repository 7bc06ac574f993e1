#include "dossier/test_data_http.h"

#include "audit/audit.h"
#include "backup/erasures.h"
#include "base/permission.h"
#include "dossier/dossier.h"
#include "lead/lead_trial.h"

enum { BATCH = 50, DELETE_MAX = 1000 };

struct some {
    struct lead_refs refs;
    int64_t lead_id, deleted;
};

static bool some_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some *s = arg;
    return lead_test_some(cx, tx, BATCH, &s->refs);
}

/* Asked again: whoever submitted in earnest meanwhile is nobody's try any more. */
static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some *s = arg;
    struct lead lead;
    s->deleted = 0;
    if (!lead_load(cx, tx, s->lead_id, &lead)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    if (lead.state != LEAD_TEST) return true;
    s->deleted = 1;
    return dossier_erase(cx, tx, s->lead_id);
}

static bool rest_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct value detail = value_map(cx->a);
    value_set_int(detail, "leads", *(const int64_t *)arg);
    return capture_test_delete(cx, tx) &&
           audit_write(cx, tx, "test_data.delete", "workspace", cx->workspace_id, 0, detail);
}

static bool delete_all(struct ctx *cx, int64_t *deleted)
{
    *deleted = 0;
    for (int batch = 0; batch < DELETE_MAX / BATCH; batch++) {
        struct some s = {0};
        if (!db_read(cx, some_read, &s)) return false;
        for (ptrdiff_t i = 0; i < s.refs.count; i++) {
            s.lead_id = s.refs.row[i].id;
            if (!erasure_note(cx, s.lead_id, false)) return false;
            bool written = db_write(cx, DB_INTERACTIVE, erase_write, &s);
            if (!erasure_end(cx, s.lead_id, written, s.deleted != 0)) return false;
            *deleted += s.deleted;
        }
        if (s.refs.count < BATCH) break;
    }
    return true;
}

static bool test_data_delete(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t deleted;
    (void)rq;
    if (!delete_all(cx, &deleted) || !db_write(cx, DB_INTERACTIVE, rest_write, &deleted))
        return false;
    rp->data = value_map(cx->a);
    value_set_int(rp->data, "leads", deleted);
    rp->location = S("/leads");
    rp->flash = S("test_data.deleted");
    return true;
}

const struct route test_data_routes[] = {
    {"POST", "/test-data/delete", FACE_PAGE, BODY_FORM, MAY_ERASE_LEADS, test_data_delete, false},
    {"DELETE", "/test-data", FACE_API, BODY_NONE, MAY_ERASE_LEADS, test_data_delete, false},
};
const ptrdiff_t test_data_route_count = COUNTOF(test_data_routes);
