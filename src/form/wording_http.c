#include "form/wording_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/tz.h"
#include "consent/consent.h"
#include "form/form.h"
#include "form/form_rules.h"
#include "setting/setting.h"

struct work {
    int64_t id;
    struct wordings list;
    struct value used;    /* by the wording's id: the published forms that ask it */
    struct value samples; /* those that stand there as a sample nobody has looked over */
    bool asked;           /* approval is needed to publish */
};

/* The consent texts of a form, without the rest of it. */
struct asked {
    int count;
    int64_t wording_id[FORM_CONSENTS_MAX];
    bool sample[FORM_CONSENTS_MAX];
};

static bool asked_read(struct ctx *cx, struct tx *tx, int64_t version_id, struct asked *out)
{
    struct form_live *live = NEW(cx->a, struct form_live, 1);
    if (!form_live_by_version(cx, tx, version_id, live)) return false;
    out->count = live->def.consent_count;
    for (int i = 0; i < out->count; i++) {
        out->wording_id[i] = live->def.consent[i].wording_id;
        out->sample[i] = live->def.consent[i].sample;
    }
    return true;
}

static void use_note(struct ctx *cx, struct work *w, const struct form *form,
                     const struct asked *asked)
{
    for (int i = 0; i < asked->count; i++) {
        str key = id_text(cx->a, ID_WORDING, asked->wording_id[i]);
        struct value places = value_get(w->used, key), place = value_map(cx->a);
        if (places.type != VALUE_LIST) {
            places = value_list(cx->a);
            value_set_str(w->used, key, places);
        }
        value_set_text(place, "id", id_text(cx->a, ID_FORM, form->id));
        value_set_text(place, "name", form->name);
        value_push(places, place);
        if (asked->sample[i]) value_set_str(w->samples, key, value_bool(true));
    }
}

/* What the published forms ask. One form's definition is in memory at a time. */
static bool used_read(struct ctx *cx, struct tx *tx, struct work *w)
{
    struct form_rows forms;
    w->used = value_map(cx->a);
    w->samples = value_map(cx->a);
    if (!form_names(cx, tx, LIMIT_LIST_PAGE, &forms)) return false;
    for (ptrdiff_t i = 0; i < forms.count; i++) {
        struct asked asked = {0};
        arena start = *cx->a;
        if (forms.row[i].state != FORM_PUBLISHED) continue;
        if (!asked_read(cx, tx, forms.row[i].version_id, &asked)) return false;
        *cx->a = start;
        use_note(cx, w, &forms.row[i], &asked);
    }
    return true;
}

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct work *w = arg;
    struct settings settings;
    if (!wording_list(cx, tx, LIMIT_LIST_PAGE, &w->list) || !used_read(cx, tx, w) ||
        !setting_load(cx, tx, &settings))
        return false;
    w->asked = setting_number(&settings, SETTING_WORDINGS_APPROVED) != 0;
    return true;
}

static bool approve_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct work *w = arg;
    struct wording wording;
    struct value detail = value_map(cx->a);
    bool changed;
    if (!wording_load(cx, tx, w->id, &wording) || !wording_approve(cx, tx, w->id, &changed))
        return false;
    value_set_text(detail, "purpose", wording.purpose);
    value_set_int(detail, "version", wording.version_no);
    return (!changed || audit_write(cx, tx, "wording.approve", "wording", w->id, 0, detail)) &&
           list_read(cx, tx, w);
}

static struct value wording_value(struct ctx *cx, const struct work *w, const struct wording *one)
{
    struct value map = value_map(cx->a);
    str id = id_text(cx->a, ID_WORDING, one->id);
    struct value places = value_get(w->used, id);
    value_set_text(map, "id", id);
    value_set_text(map, "purpose", one->purpose);
    value_set_text(map, "purpose_label", one->purpose_label);
    value_set_text(map, "channel", str_of(channel_name(one->channel)));
    value_set_text(map, "language", one->lang);
    value_set_int(map, "version", one->version_no);
    value_set_text(map, "text", one->text);
    value_set_text(map, "created_at", rfc3339(cx->a, one->created_ms));
    value_set_text(map, "created_by", one->author.len > 0 ? one->author : (str){0});
    value_set_text(map, "approved_at",
                   one->approved_ms > 0 ? rfc3339(cx->a, one->approved_ms) : (str){0});
    value_set_text(map, "approved_by",
                   one->approved_ms > 0 && one->approver.len > 0 ? one->approver : (str){0});
    value_set_bool(map, "sample", value_get(w->samples, id).type == VALUE_BOOL);
    value_set(map, "forms", places.type == VALUE_LIST ? places : value_list(cx->a));
    return map;
}

static void describe(struct ctx *cx, const struct work *w, struct web_reply *rp)
{
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < w->list.count; i++)
        value_push(rp->data, wording_value(cx, w, &w->list.row[i]));
    rp->page = value_map(cx->a);
    value_set_bool(rp->page, "asked", w->asked);
    rp->template = "form/wordings";
}

static bool wordings_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    struct work w = {0};
    if (!db_read(cx, list_read, &w)) return false;
    describe(cx, &w, rp);
    return true;
}

static bool approve_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct work w = {0};
    if (!id_parse(rq->param[0], ID_WORDING, &w.id))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_write(cx, DB_INTERACTIVE, approve_write, &w)) return false;
    for (ptrdiff_t i = 0; i < w.list.count; i++)
        if (w.list.row[i].id == w.id) rp->data = wording_value(cx, &w, &w.list.row[i]);
    rp->location = S("/wordings");
    rp->flash = S("wordings.approved_flash");
    return true;
}

const struct route wording_routes[] = {
    {"GET", "/wordings", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, wordings_get, false},
    {"POST", "/wordings/{id}/approve", FACE_PAGE | FACE_API, BODY_FORM,
     MAY_READ_FORMS | MAY_APPROVE_WORDINGS, approve_post, false},
};
const ptrdiff_t wording_route_count = COUNTOF(wording_routes);
