/* The tablet's side: the page, and what it sends. No cookie is read or set here. */
#include "fair/fair_http.h"

#include "base/id.h"
#include "brand/brand.h"
#include "capture/capture.h"
#include "capture/capture_http.h"
#include "fair/fair.h"
#include "fair/fair_rules.h"
#include "form/form_view.h"
#include "sales/sales_time.h"
#include "setting/setting.h"
#include "web/qr.h"
#include "web/render.h"

/* A tablet that has come by its link. */
struct visit {
    str base_url;
    struct kiosk kiosk;
    int64_t today, version_id; /* version_id 0: the one published now */
    struct settings settings;
    struct contact_sender sender;
    struct form_live *form;
};

static bool visit_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct visit *v = arg;
    return kiosk_load(cx, tx, v->kiosk.id, &v->kiosk) && kiosk_today(cx, tx, &v->today) &&
           setting_load(cx, tx, &v->settings);
}

static bool version_read(struct ctx *cx, struct tx *tx, struct visit *v)
{
    if (!form_live_by_version(cx, tx, v->version_id, v->form)) return false;
    if (v->form->form.id != v->kiosk.form_id) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return form_closed_now(cx, tx, &v->form->def, v->form->form.taken, &v->form->closed);
}

static bool form_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct visit *v = arg;
    v->form = NEW(cx->a, struct form_live, 1);
    bool ok = v->version_id == 0 ? form_live_by_id(cx, tx, v->kiosk.form_id, v->form)
                                 : version_read(cx, tx, v);
    /* A tablet that keeps nothing has no files to choose from. */
    for (int i = 0; ok && i < v->form->def.field_count; i++)
        if (v->form->def.field[i].type == FIELD_FILE) v->form->def.field[i].required = false;
    return ok && contact_sender_read_as(cx, tx, v->base_url, &v->form->def.look, &v->sender);
}

static bool visit_load(struct ctx *cx, const struct web_request *rq, struct visit *v)
{
    *v = (struct visit){.base_url = rq->base_url};
    v->kiosk.id = kiosk_of_token(cx, rq->param[0]);
    if (v->kiosk.id == 0) return fail(cx, ERR_NOT_FOUND, "kiosk.unknown");
    return db_read(cx, visit_read, v);
}

/* Why a tablet is sent away, if it is. */
static bool refused(struct ctx *cx, const struct visit *v, bool late)
{
    enum kiosk_state state = kiosk_state_on(&v->kiosk, v->today);
    if (state == KIOSK_REVOKED) return !fail(cx, ERR_GONE, "kiosk.is_revoked");
    if (state == KIOSK_PLANNED) {
        fail(cx, ERR_GONE, "kiosk.is_planned");
        fail_arg(cx, "day", day_text(cx->a, v->kiosk.from_day));
        return true;
    }
    if (state != KIOSK_OVER || (late && kiosk_takes_late(&v->kiosk, v->today))) return false;
    return !fail(cx, ERR_GONE, "kiosk.is_over");
}

static bool seen_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct visit *v = arg;
    return kiosk_seen(cx, tx, v->kiosk.id);
}

static bool seen(struct ctx *cx, struct visit *v)
{
    return cx->now_ms - v->kiosk.seen_ms <= KIOSK_SEEN_EVERY_MS ||
           db_write(cx, DB_EVENTS, seen_write, v);
}

/* The browser is to remember nothing of what was typed. */
static void forget_all(struct value form)
{
    struct value fields = value_get(form, S("fields"));
    for (ptrdiff_t i = 0; i < value_count(fields); i++)
        value_set_text(fields.as.list->item[i], "autocomplete", S("off"));
}

static struct value kiosk_map(struct ctx *cx, const struct visit *v)
{
    struct value map = value_map(cx->a), staff = value_list(cx->a);
    struct pair_public open;
    str token = kiosk_token(cx, &v->kiosk);
    crypto_pair_public(&v->kiosk.secret, &open);
    value_set_text(map, "stand", v->kiosk.stand);
    for (int i = 0; i < v->kiosk.staff_count; i++) value_push(staff, value_text(v->kiosk.staff[i]));
    value_set(map, "staff", staff);
    value_set_int(map, "idle_s", v->kiosk.idle_s);
    value_set_bool(map, "signature", v->kiosk.signature);
    value_set_text(map, "key", base64url_encode(cx->a, open.bytes, PAIR_KEY_BYTES));
    value_set_text(map, "look", str_printf(cx->a, "/k/%.*s/look.css", STR_ARG(token)));
    value_set_text(map, "version", id_text(cx->a, ID_FORM_VERSION, v->form->version_id));
    /* A link would lead away from the page, and what waits in it with it: a code for one's own. */
    if (v->settings.value[SETTING_PRIVACY_URL].len > 0)
        value_set_text(map, "privacy_qr", str_printf(cx->a, "/k/%.*s/privacy.svg", STR_ARG(token)));
    return map;
}

static bool kiosk_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct visit v;
    if (!visit_load(cx, rq, &v) || refused(cx, &v, false) || !db_read(cx, form_read, &v))
        return false;
    cx->lang = v.form->def.lang;
    if (v.form->closed != FORM_OPEN) return fail(cx, ERR_GONE, "error.form_closed");
    if (!seen(cx, &v)) return false;
    struct value form = form_view(cx, v.form, NULL, value_null(), value_null());
    forget_all(form);
    rp->data = value_map(cx->a);
    value_set(rp->data, "form", form);
    value_set(rp->data, "words", form_words_value(cx, &v.form->def, FORM_PAGE_SENT));
    value_set(rp->data, "kiosk", kiosk_map(cx, &v));
    wear(cx, &v.form->def, rp);
    rp->template = "public/kiosk";
    rp->device = true;
    return true;
}

/* The page asks once in a while whether its stand is still open. */
static bool here_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct visit v;
    if (!visit_load(cx, rq, &v) || refused(cx, &v, false) || !db_read(cx, form_read, &v))
        return false;
    if (v.form->closed != FORM_OPEN || v.form->form.state != FORM_PUBLISHED)
        return fail(cx, ERR_GONE, "error.form_closed");
    rp->status = 204;
    return seen(cx, &v);
}

/* The workspace's colours and font, or the form's own: a file beside the page, which runs and wears
 * nothing that stands in it. */
static bool look_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct visit v;
    struct brand_look look;
    if (!visit_load(cx, rq, &v) || refused(cx, &v, false) || !db_read(cx, form_read, &v))
        return false;
    brand_wear(cx->a, &v.settings, &v.form->def.look);
    brand_look_of(cx->a, &v.settings, &look);
    rp->raw = brand_css(cx->a, &look);
    if (rp->raw.ptr == NULL) rp->raw = S("");
    rp->content_type = S("text/css; charset=utf-8");
    return true;
}

/* The privacy notice's address as a picture. */
static bool privacy_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct visit v;
    if (!visit_load(cx, rq, &v) || refused(cx, &v, false)) return false;
    if (!qr_svg(cx->a, v.settings.value[SETTING_PRIVACY_URL], &rp->raw))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    rp->content_type = S("image/svg+xml");
    return true;
}

/* --- what it sends --- */

static bool entry_open(struct ctx *cx, const struct visit *v, str text, struct kiosk_entry *out)
{
    str plain;
    ptrdiff_t len = text.len * 3 / 4;
    if (text.ptr == NULL || len > ENTRY_BOX_BYTES)
        return fail(cx, ERR_UNREADABLE, "kiosk.entry_unreadable");
    uint8_t *sealed = NEW(cx->a, uint8_t, len + 1);
    if (!base64url_decode(text, sealed, len) ||
        !crypto_sealed_open(cx->a, &v->kiosk.secret, (str){(const char *)sealed, len}, &plain) ||
        !entry_read(cx, &v->kiosk, plain, out))
        return fail(cx, ERR_UNREADABLE, "kiosk.entry_unreadable");
    return true;
}

struct taking {
    int64_t kiosk_id;
    const struct kiosk_entry *entry;
};

static bool entry_once(struct ctx *cx, struct tx *tx, void *arg, int64_t submission_id, bool *again)
{
    const struct taking *t = arg;
    return kiosk_entry_take(cx, tx, t->kiosk_id, t->entry->key, submission_id, t->entry->claimed_ms,
                            again) &&
           kiosk_seen(cx, tx, t->kiosk_id);
}

/* "Messe / LogiMAT 2026", as the workspace speaks. */
static struct contact_context context_of(struct ctx *cx, const struct web_request *rq,
                                         const struct visit *v)
{
    struct contact_context context = contact_context_of(cx, rq);
    enum lang lang = str_eq(v->settings.value[SETTING_LANG], S("en")) ? LANG_EN : LANG_DE;
    str fair = render_text(cx, lang, "kiosk.source", NULL, 0);
    context.page_url = context.referrer = S(""); /* our own link holds its token */
    context.source = str_printf(cx->a, "%.*s / %.*s", STR_ARG(fair), STR_ARG(v->kiosk.stand));
    context.utm = value_map(cx->a);
    value_set_text(context.utm, "source", S("fair"));
    value_set_text(context.utm, "medium", v->kiosk.stand);
    if (v->kiosk.campaign.len > 0) value_set_text(context.utm, "campaign", v->kiosk.campaign);
    return context;
}

static bool entry_submit(struct ctx *cx, const struct web_request *rq, const struct visit *v,
                         const struct kiosk_entry *entry, bool late)
{
    struct stand_visit stand = {.kiosk = id_text(cx->a, ID_KIOSK, v->kiosk.id),
                                .stand = v->kiosk.stand,
                                .staff = entry->staff,
                                .entered_by = entry->entered_by,
                                .claimed_ms = entry->claimed_ms,
                                .note = entry->note,
                                .signature = entry->signature,
                                .late = late};
    struct taking taking = {v->kiosk.id, entry};
    struct submission_new in = {.form = v->form,
                                .body = entry->body,
                                .context = context_of(cx, rq, v),
                                .sender = (struct contact_sender *)&v->sender,
                                .names_version = v->version_id != 0,
                                .visit = &stand,
                                .once = entry_once,
                                .once_arg = &taking};
    struct submission_done done;
    return capture_submit(cx, &in, &done);
}

static bool kiosk_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct visit v;
    struct kiosk_entry entry;
    struct value flag = value_get(rq->body, S("late"));
    bool late = flag.type == VALUE_BOOL && flag.as.boolean;
    if (!visit_load(cx, rq, &v) || refused(cx, &v, late) ||
        !entry_open(cx, &v, value_str(value_get(rq->body, S("box"))), &entry))
        return false;
    v.version_id = entry.version_id;
    if (!db_read(cx, form_read, &v)) return false;
    cx->lang = v.form->def.lang;
    bool open = v.form->form.state == FORM_PUBLISHED && v.form->closed == FORM_OPEN;
    if (!late && !open) return fail(cx, ERR_GONE, "error.form_closed");
    if (!entry_submit(cx, rq, &v, &entry, late)) return false;
    rp->status = 202;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "status", S("taken"));
    value_set_text(rp->data, "key", entry.key);
    return true;
}

const struct route kiosk_routes[] = {
    {"GET", "/k/{token}", FACE_PUBLIC, BODY_NONE, 0, kiosk_get, false},
    {"GET", "/k/{token}/here", FACE_PUBLIC, BODY_NONE, 0, here_get, false},
    {"GET", "/k/{token}/privacy.svg", FACE_PUBLIC, BODY_NONE, 0, privacy_get, false},
    {"GET", "/k/{token}/look.css", FACE_PUBLIC, BODY_NONE, 0, look_get, false},
    {"POST", "/k/{token}", FACE_PUBLIC, BODY_API, 0, kiosk_post, true},
};
const ptrdiff_t kiosk_route_count = COUNTOF(kiosk_routes);
