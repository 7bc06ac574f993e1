/* The public face: form page, submission, confirmation, download. */
#include "capture/capture_http.h"
#include "capture/capture_inner.h"
#include "capture/correction.h"
#include "capture/cross_http.h"
#include "file/file.h"
#include "form/form_rules.h"
#include "form/form_view.h"
#include "form/funnel_http.h"
#include "form/try_http.h"

#include "base/id.h"
#include "base/limits.h"
#include "base/url.h"
#include "base/useragent.h"
#include "base/utf8.h"
#include "consent/consent.h"
#include "keys/token.h"
#include "lead/lead.h"
#include "net/http_server.h"
#include "tracking/utm.h"
#include "web/range.h"
#include "web/render.h"

struct slug_lookup {
    str slug, base_url;
    struct form_live *out;
    struct contact_sender *sender; /* NULL: not asked for */
};

static bool live_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct slug_lookup *l = arg;
    return form_live_by_slug(cx, tx, l->slug, l->out) &&
           (l->sender == NULL ||
            contact_sender_read_as(cx, tx, l->base_url, &l->out->def.look, l->sender));
}

void wear(struct ctx *cx, const struct form_def *def, struct web_reply *rp)
{
    struct brand_own *look = NEW(cx->a, struct brand_own, 1);
    *look = brand_own_copy(cx->a, &def->look);
    if (brand_own_any(look)) rp->look = look;
}

/* The form that the path names, and who sends its mails (sender may be NULL). */
bool form_of(struct ctx *cx, const struct web_request *rq, struct form_live *out,
             struct contact_sender *sender, struct web_reply *rp)
{
    struct slug_lookup l = {rq->param[0], rq->base_url, out, sender};
    if (!db_read(cx, live_read, &l)) return false;
    cx->lang = out->def.lang; /* a form speaks its own language, whatever the browser prefers */
    wear(cx, &out->def, rp);
    return cross_allow(cx, rq, &out->form, rp);
}

struct showing {
    const struct form_live *form;
    int64_t version_id;
    str base_url;
    struct form_live *shown;
    struct contact_sender *sender;
    bool found;
};

static bool shown_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct showing *s = arg;
    return form_as_shown(cx, tx, s->form, s->version_id, s->shown, &s->found) &&
           (!s->found ||
            contact_sender_read_as(cx, tx, s->base_url, &s->shown->def.look, s->sender));
}

/* A page may have been opened before the form was published anew, and a copy on a website stays as
 * it is: what was ticked there is what stood there. A version that is none of this form's is as
 * good as none. */
bool shown_of(struct ctx *cx, const struct web_request *rq, struct submission_new *in)
{
    struct contact_sender *sender = NEW(cx->a, struct contact_sender, 1);
    struct showing s = {.form = in->form, .base_url = rq->base_url, .sender = sender};
    if (!id_parse(web_field(rq->body, "_version"), ID_FORM_VERSION, &s.version_id)) return true;
    in->names_version = s.version_id == in->form->version_id;
    if (in->names_version) return true;
    s.shown = NEW(cx->a, struct form_live, 1);
    if (!db_read(cx, shown_read, &s)) return false;
    if (!s.found) return true;
    in->names_version = true;
    in->fields_version_id = in->form->version_id;
    in->form = s.shown;
    in->sender = sender;
    return true;
}

/* The query of the page goes on with the post, so that campaign parameters arrive without script.
 */
static str action_of(struct ctx *cx, const struct web_request *rq, const struct form_live *form)
{
    str query = rq->http->query, slug = form->form.slug;
    const char *files = form_file_count(&form->def) > 0 ? "/files" : "";
    if (query.len == 0) return str_printf(cx->a, "/f/%.*s%s", STR_ARG(slug), files);
    return str_printf(cx->a, "/f/%.*s%s?%.*s", STR_ARG(slug), files, STR_ARG(query));
}

/* A URL as the client tells it: kept if it is one, cut, without what follows "#". */
static str told_url(struct ctx *cx, str text)
{
    struct url u;
    str clean = text.ptr == NULL ? S("") : utf8_clean_line(cx->a, text), fragment;
    clean = str_cut(clean, '#', &fragment);
    return clean.len <= 2000 && url_parse(clean, &u) ? clean : S("");
}

void form_page_data(struct ctx *cx, const struct web_request *rq, const struct form_live *form,
                    const struct form_live *shown, struct web_reply *rp)
{
    struct value map = form_view(cx, form, shown, rq->body, rq->query);
    value_set_bool(map, "test", web_field(rq->query, "test").len > 0); /* a good one, by now */
    value_set_text(map, "action", action_of(cx, rq, form));
    /* What is mended here takes the place of what was sent before. */
    str change = web_field(rq->body, "_change");
    if (correction_is_token(cx, change, form->form.id)) value_set_text(map, "change", change);
    stamp_put(cx, form, map);
    /* After a correction the page is still the one that was opened: some paths only take posts. */
    str page = rq->http->method == HTTP_GET
                   ? str_printf(cx->a, "%.*s%.*s", STR_ARG(rq->base_url), STR_ARG(rq->http->target))
                   : told_url(cx, web_field(rq->body, "_page"));
    value_set_text(map, "page", page);
    value_set_text(map, "referrer",
                   rq->http->method == HTTP_GET ? rq->referrer : web_field(rq->body, "_referrer"));
    rp->data = value_map(cx->a);
    value_set(rp->data, "form", map);
    rp->template = "public/form";
}

/* A form that takes nothing any more says so, in its own words if it has some. */
bool closed_page(struct ctx *cx, const struct form_live *form, struct web_reply *rp)
{
    rp->status = 410;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "form_title", form->def.title);
    value_set_text(rp->data, "closed", form->closed == FORM_CLOSED_DAY ? S("day") : S("full"));
    value_set(rp->data, "words", form_words_value(cx, &form->def, FORM_PAGE_CLOSED));
    rp->template = "public/closed";
    return true;
}

static bool form_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    bool is_try;
    if (!form_of(cx, rq, &form, NULL, rp) || !try_of(cx, rq, form.form.id, &is_try)) return false;
    if (form.closed != FORM_OPEN) return closed_page(cx, &form, rp);
    form_page_data(cx, rq, &form, NULL, rp);
    if (is_try) return true;
    cross_refused(cx, rq, &form.form);
    if (funnel_counts(rq, &form.form))
        value_set_text(value_get(rp->data, S("form")), "count",
                       str_printf(cx->a, "/f/%.*s/count", STR_ARG(form.form.slug)));
    funnel_view(cx, rq, &form.form);
    return true;
}

struct contact_context contact_context_of(struct ctx *cx, const struct web_request *rq)
{
    struct utm utm = utm_read(cx->a, rq->query);
    struct ua ua = ua_parse(rq->user_agent);
    str referrer = told_url(cx, web_field(rq->body, "_referrer"));
    str page = told_url(cx, web_field(rq->body, "_page"));
    /* From a page of our own: after a correction the browser tells the form itself. */
    if (str_starts(referrer, rq->base_url)) referrer = S("");
    if (page.len == 0) page = told_url(cx, rq->referrer);
    return (struct contact_context){
        .page_url = page,
        .referrer = referrer,
        .source = source_label(cx->a, &utm, referrer, rq->host),
        .device = device_name(ua.device),
        .browser = ua.browser,
        .os = ua.os,
        .ip = rq->ip,
        .user_agent = rq->user_agent,
        .lang = cx->lang,
        .utm = utm_value(cx->a, &utm),
        .fill_ms = -1,
    };
}

static bool submit_json(struct ctx *cx, const struct form_live *form,
                        const struct submission_done *done, struct web_reply *rp)
{
    str redirect = form->def.words[FORM_PAGE_SENT].redirect;
    rp->status = 202;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "status", done->confirm ? S("confirm") : S("accepted"));
    if (form_redirect_ok(redirect)) value_set_text(rp->data, "redirect", redirect);
    return true;
}

/* What the pages behind a form keep of its query: where it is shown, and that it is only tried. */
static str onward_query(struct ctx *cx, const struct web_request *rq, bool is_try)
{
    str at = cross_query(rq);
    if (!is_try) return at;
    return str_printf(cx->a, "%.*s%stest=%.*s", STR_ARG(at), at.len > 0 ? "&" : "?",
                      STR_ARG(percent_encode(cx->a, web_field(rq->query, "test"))));
}

/* The page after sending can open the form again; not for long, and not for a try. */
static str sent_query(struct ctx *cx, const struct web_request *rq, const struct form_live *form,
                      const struct submission_done *done, bool is_try)
{
    str onward = onward_query(cx, rq, is_try);
    if (is_try || !done->confirm) return onward;
    return str_printf(cx->a, "%.*s%schange=%.*s", STR_ARG(onward), onward.len > 0 ? "&" : "?",
                      STR_ARG(correction_token(cx, done->id, form->form.id)));
}

/* It came the way the first one came: the page in between is one of ours. */
static void correct(const struct correction *was, struct submission_new *in)
{
    in->corrects = was->submission_id;
    in->context.utm = was->utm;
    in->context.source = was->source;
    in->context.referrer = was->referrer;
    if (was->page.len > 0) in->context.page_url = was->page;
}

static bool form_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    struct contact_sender sender;
    struct submission_done done;
    struct correction was;
    bool is_try;
    if (!form_of(cx, rq, &form, &sender, rp) || !try_of(cx, rq, form.form.id, &is_try) ||
        !correction_read(cx, web_field(rq->body, "_change"), &form, &was))
        return false;
    struct submission_new in = {
        .form = &form, .body = rq->body, .context = contact_context_of(cx, rq), .sender = &sender};
    in.test = is_try;
    if (!shown_of(cx, rq, &in)) return false;
    struct origin origin = origin_of(cx, rq, &form, &sender, is_try, &in.context);
    in.origin = &origin;
    in.context.page_url = cross_page(cx, rq, &form.form);
    if (was.submission_id != 0 && !is_try) correct(&was, &in);
    bool open = form.closed == FORM_OPEN || (in.corrects != 0 && form.closed == FORM_CLOSED_FULL);
    if (!open && !rq->json) return closed_page(cx, &form, rp);
    if (!open) return fail(cx, ERR_GONE, "error.form_closed");
    if (!capture_submit(cx, &in, &done)) {
        if (cx->err.code == ERR_GONE && !rq->json) { /* the last place went meanwhile */
            err_clear(cx);
            form.closed = FORM_CLOSED_FULL;
            return closed_page(cx, &form, rp);
        }
        if (cx->err.code == ERR_INVALID)
            form_page_data(cx, rq, &form, in.names_version ? in.form : NULL, rp);
        return false;
    }
    if (rq->json) return submit_json(cx, &form, &done, rp);
    /* The address goes with a short-lived token of ours, never in the clear in a URL. */
    rp->location = str_printf(cx->a, "/f/%.*s/%s%.*s", STR_ARG(form.form.slug),
                              done.confirm ? "sent" : "thanks",
                              STR_ARG(sent_query(cx, rq, &form, &done, is_try)));
    rp->cookie.name = S("zulauf_sent");
    rp->cookie.value = percent_encode(cx->a, done.confirm ? done.email : S(""));
    rp->cookie.max_age_s = 600;
    rp->cookie.set = true;
    return true;
}

/* The form as it was sent, for whoever has just sent it; empty where that is over. */
static bool change_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    struct correction was;
    if (!form_of(cx, rq, &form, NULL, rp) ||
        !correction_read(cx, web_field(rq->body, "_change"), &form, &was))
        return false;
    bool again = was.submission_id != 0;
    if (form.closed != FORM_OPEN && !(again && form.closed == FORM_CLOSED_FULL))
        return closed_page(cx, &form, rp);
    struct web_request as_sent = *rq;
    as_sent.body = again ? was.typed : value_map(cx->a);
    if (again) {
        value_set_text(as_sent.body, "_change", web_field(rq->body, "_change"));
        value_set_text(as_sent.body, "_page", was.page);
        value_set_text(as_sent.body, "_referrer", was.referrer);
    }
    form_page_data(cx, &as_sent, &form, NULL, rp);
    if (!again) value_set_bool(value_get(rp->data, S("form")), "change_over", true);
    return true;
}

/* That address, opened by hand. */
static bool change_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    if (!form_of(cx, rq, &form, NULL, rp)) return false;
    rp->location =
        str_printf(cx->a, "/f/%.*s%.*s", STR_ARG(form.form.slug), STR_ARG(cross_query(rq)));
    return true;
}

/* The same for a form that asks for files: only there so much is read. */
static bool form_files_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    if (!form_of(cx, rq, &form, NULL, rp)) return false;
    if (form_file_count(&form.def) == 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return form_post(cx, rq, rp);
}

/* The address that such a form is posted to, opened again. */
static bool form_files_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    if (!form_of(cx, rq, &form, NULL, rp)) return false;
    rp->location =
        str_printf(cx->a, "/f/%.*s%.*s", STR_ARG(form.form.slug), STR_ARG(cross_query(rq)));
    return true;
}

static struct value sender_map(struct ctx *cx, const struct contact_sender *sender)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "name", sender->sender_name);
    value_set_text(map, "address", sender->sender_address);
    value_set_text(map, "initials", utf8_cut(sender->sender_name, 1));
    return map;
}

static bool sent_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    struct contact_sender sender;
    str email = S("");
    bool is_try;
    if (!form_of(cx, rq, &form, &sender, rp) || !try_of(cx, rq, form.form.id, &is_try))
        return false;
    str cookie = web_cookie(rq->http, S("zulauf_sent"));
    if (cookie.len > 0 && !percent_decode(cx->a, cookie, false, &email)) email = S("");
    rp->data = value_map(cx->a);
    bool personal = str_eq(email, SENT_PERSONAL);
    value_set_text(rp->data, "email", personal ? S("") : email);
    value_set_bool(rp->data, "personal", personal);
    value_set(rp->data, "sender", sender_map(cx, &sender));
    struct value f = value_map(cx->a);
    value_set_text(f, "url", str_printf(cx->a, "/f/%.*s", STR_ARG(form.form.slug)));
    value_set(rp->data, "form", f);
    value_set_int(rp->data, "days_valid", CONFIRMATION_DAYS);
    value_set_text(rp->data, "resend_action", S("/c/again"));
    str change = web_field(rq->query, "change");
    bool again = correction_is_token(cx, change, form.form.id);
    if (again) value_set_text(rp->data, "change", change);
    value_set_text(rp->data, "address_change_url",
                   str_printf(cx->a, "/f/%.*s%s%.*s", STR_ARG(form.form.slug),
                              again ? "/change" : "", STR_ARG(onward_query(cx, rq, is_try))));
    value_set_bool(rp->data, "test", is_try);
    value_set_bool(rp->data, "has_download", form.def.download_id != 0);
    value_set(rp->data, "words", form_words_value(cx, &form.def, FORM_PAGE_SENT));
    rp->template = "public/sent";
    return true;
}

static bool thanks_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    bool is_try;
    if (!form_of(cx, rq, &form, NULL, rp) || !try_of(cx, rq, form.form.id, &is_try)) return false;
    rp->data = value_map(cx->a);
    value_set_bool(rp->data, "test", is_try);
    value_set(rp->data, "words", form_words_value(cx, &form.def, FORM_PAGE_SENT));
    rp->template = "public/thanks";
    return true;
}

/* --- downloads --- */

enum { ETAG_BYTES = 32, LOOK_BYTES = 1024 };

/* A download counts where it begins. Whoever goes on with a broken one, or takes several parts at
 * once, has begun before; a HEAD and the first bytes alone (as Safari asks for) are a look. */
static bool is_begun(const struct web_request *rq, const struct file *file,
                     const struct range *part)
{
    bool some = part->bytes > LOOK_BYTES || (part->bytes > 0 && part->bytes == file->size_bytes);
    return rq->http->method == HTTP_GET && part->from == 0 && some;
}

static bool download_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct token token = {0};
    struct file file;
    struct range part;
    enum token_err err =
        token_verify(rq->param[0], cx->keys, TOKEN_DOWNLOAD, cx->now_ms / 1000, &token);
    if (err == TOKEN_EXPIRED) return fail(cx, ERR_GONE, "error.download_expired");
    if (err != TOKEN_OK || token.workspace_id != cx->workspace_id)
        return fail(cx, ERR_NOT_FOUND, "error.download_unknown");
    if (!file_open(cx, token.object_id, &file)) return false;
    rp->content_type = file.media_type;
    rp->filename = file.name;
    if (!web_part(cx, rq, rp, str_slice(file.sha256, 0, ETAG_BYTES), file.size_bytes, &part))
        return false;
    if (part.bytes > 0 && !file_read(cx, &file, part.from, part.bytes, &rp->raw)) return false;
    return !is_begun(rq, &file, &part) || capture_downloaded(cx, token.subject_id, &file);
}

const struct route public_routes[] = {
    {"GET", "/f/{form}", FACE_PUBLIC, BODY_NONE, 0, form_get, false},
    {"POST", "/f/{form}", FACE_PUBLIC, BODY_FORM, 0, form_post, true},
    {"GET", "/f/{form}/files", FACE_PUBLIC, BODY_NONE, 0, form_files_get, false},
    {"POST", "/f/{form}/files", FACE_PUBLIC, BODY_SENT_FILES, 0, form_files_post, true},
    {"GET", "/f/{form}/change", FACE_PUBLIC, BODY_NONE, 0, change_get, false},
    {"POST", "/f/{form}/change", FACE_PUBLIC, BODY_FORM, 0, change_post, false},
    {"GET", "/f/{form}/sent", FACE_PUBLIC, BODY_NONE, 0, sent_get, false},
    {"GET", "/f/{form}/thanks", FACE_PUBLIC, BODY_NONE, 0, thanks_get, false},
    {"GET", "/a/{token}", FACE_PUBLIC, BODY_NONE, 0, download_get, false},
};
const ptrdiff_t public_route_count = COUNTOF(public_routes);
