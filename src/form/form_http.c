/* Forms in the admin and the API. */
#include "form/form_http.h"
#include "access/access.h"
#include "audit/audit.h"
#include "base/permission.h"
#include "brand/contact_sender.h"
#include "campaign/campaign_value.h"
#include "file/file.h"
#include "form/form.h"
#include "form/form_edit.h"
#include "form/form_funnel.h"
#include "form/form_rules.h"
#include "form/form_second_look.h"
#include "form/form_template.h"
#include "form/form_wording.h"

#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/tz.h"
#include "base/utf8.h"
#include "field/free_field.h"
#include "web/render.h"

enum { PAGE_ROWS = 50 };

static struct value form_summary(struct ctx *cx, const struct web_request *rq, const struct form *f)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_FORM, f->id));
    value_set_text(map, "slug", f->slug);
    value_set_text(map, "name", f->name);
    value_set_text(map, "state", str_of(form_state_name(f->state)));
    value_set_text(map, "url",
                   str_printf(cx->a, "%.*s/f/%.*s", STR_ARG(rq->base_url), STR_ARG(f->slug)));
    value_set_int(map, "version", f->version_no);
    value_set(map, "submissions", f->told ? value_int(f->submissions) : value_null());
    value_set(map, "confirmed", f->told ? value_int(f->confirmed) : value_null());
    value_set(map, "held", f->told ? value_int(f->held) : value_null());
    value_set_text(map, "closed",
                   f->closed == FORM_CLOSED_DAY    ? S("day")
                   : f->closed == FORM_CLOSED_FULL ? S("full")
                                                   : (str){0});
    value_set_bool(map, "changed", f->changed);
    value_set_text(map, "created_at", rfc3339(cx->a, f->created_ms));
    value_set_text(map, "updated_at", rfc3339(cx->a, f->updated_ms));
    return map;
}

/* The summary with the draft's definition beside it. */
static bool form_whole(struct ctx *cx, const struct web_request *rq, const struct form *f,
                       struct value *out)
{
    struct value def;
    struct json_err err;
    if (!json_parse(cx->a, f->draft, &def, &err))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a stored form is not JSON: %s",
                           err.what);
    *out = form_summary(cx, rq, f);
    for (ptrdiff_t i = 0; i < def.as.map->count; i++)
        value_set_str(*out, def.as.map->entry[i].key, def.as.map->entry[i].value);
    struct form_def *parsed = NEW(cx->a, struct form_def, 1);
    if (!form_def_parse(cx, f->draft, parsed)) return false;
    struct value warnings;
    if (!form_second_look(cx, f, parsed, &warnings)) return false;
    value_set(*out, "warnings", warnings);
    return true;
}

struct list {
    int64_t before_id;
    int limit;
    struct form_rows rows, archived;
};

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct list *l = arg;
    if (!form_page(cx, tx, l->before_id, l->limit + 1, &l->rows)) return false;
    for (ptrdiff_t i = 0; i < l->rows.count; i++)
        if (!form_closed_note(cx, tx, &l->rows.row[i])) return false;
    return (l->before_id != 0 || form_archived(cx, tx, LIMIT_LIST_PAGE, &l->archived));
}

static bool forms_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct list l = {.limit = PAGE_ROWS};
    str cursor = web_field(rq->query, "cursor");
    if (cursor.len > 0 && !id_parse(cursor, ID_FORM, &l.before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    if (!web_limit(cx, rq, &l.limit) || !db_read(cx, list_read, &l)) return false;
    ptrdiff_t shown = l.rows.count > l.limit ? l.limit : l.rows.count;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < shown; i++)
        value_push(rp->data, form_summary(cx, rq, &l.rows.row[i]));
    struct value archived = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l.archived.count; i++)
        value_push(archived, form_summary(cx, rq, &l.archived.row[i]));
    rp->page = value_map(cx->a);
    value_set(rp->page, "archived", archived);
    if (l.rows.count > shown) {
        rp->next = id_text(cx->a, ID_FORM, l.rows.row[shown - 1].id);
        value_set_text(rp->page, "next_url",
                       str_printf(cx->a, "/forms?cursor=%.*s", STR_ARG(rp->next)));
    }
    rp->template = "form/list";
    return true;
}

/* What a form post or a JSON body says, on its way into the database. */
struct store {
    int64_t id; /* 0: new */
    str slug, name;
    struct form_def def;
    bool publish;
    const struct web_request *rq; /* of the API: which state it changes */
    bool looked;                  /* by somebody before the editor, who is told what he overlooks */
    struct form form;             /* as it stands then */
    int open; /* a text that waits for its approval: the draft is kept, not published */
    str approvers;
};

/* Storing and publishing both move it on. */
static str form_etag(arena *a, const struct form *f)
{
    return str_printf(a, "%d-%lld", (int)f->state, (long long)f->updated_ms);
}

static bool store_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct store *s = arg;
    int64_t id = s->id;
    bool new = id == 0;
    if (!new && s->rq != NULL && web_minds(s->rq) &&
        (!form_load(cx, tx, id, &s->form) || !web_if_match(cx, s->rq, form_etag(cx->a, &s->form))))
        return false;
    if (new ? !form_create(cx, tx, s->slug, s->name, &s->def, &id)
            : !form_change(cx, tx, id, s->slug, s->name, &s->def))
        return false;
    s->open = -1;
    if (s->publish && !form_wordings_open(cx, tx, id, &s->open)) return false;
    if (s->open >= 0 && !access_names_of(cx, tx, MAY_APPROVE_WORDINGS, &s->approvers)) return false;
    bool publish = s->publish && s->open < 0;
    if (publish && s->looked && !form_end_ahead(cx, tx, id)) return false;
    if (publish && !form_publish(cx, tx, id)) return false;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", s->name);
    value_set_text(detail, "slug", s->slug);
    const char *action = publish ? "form.publish" : new ? "form.create" : "form.change";
    return audit_write(cx, tx, action, "form", id, 0, detail) && form_load(cx, tx, id, &s->form) &&
           form_closed_note(cx, tx, &s->form);
}

static void store_names(struct ctx *cx, struct value body, struct store *s)
{
    str name = web_field(body, "name"), slug = web_field(body, "slug");
    s->name = utf8_cut(utf8_clean_line(cx->a, name.ptr == NULL ? S("") : name), LIMIT_NAME_BYTES);
    s->slug = slug.len > 0 ? str_lower_ascii(cx->a, slug) : form_slug_from(cx->a, s->name);
}

static bool store_count(struct ctx *cx, struct tx *tx, void *arg)
{
    return form_count(cx, tx, &((struct store *)arg)->form);
}

/* The form as it stands after the API's POST or PUT: where a text waits for its approval it is kept
 * as a draft, which has to be there to be approved, and `unpublished` says so. */
static bool store_answer(struct ctx *cx, const struct web_request *rq, struct store *s,
                         struct web_reply *rp)
{
    if (!db_read(cx, store_count, s) || !form_whole(cx, rq, &s->form, &rp->data)) return false;
    rp->etag = form_etag(cx->a, &s->form);
    if (s->open < 0) return true;
    struct value why = value_map(cx->a);
    struct err_arg who = {"who", s->approvers};
    value_set_text(why, "field", str_printf(cx->a, "consents.%d.text", s->open));
    value_set_text(why, "text", render_text(cx, cx->lang, "form.wording_unapproved", &who, 1));
    value_set(rp->data, "unpublished", why);
    return true;
}

/* The API publishes at once: a form that was posted whole is meant. */
static bool forms_post_api(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct store s = {.publish = true};
    store_names(cx, rq->body, &s);
    if (s.name.len == 0) fail_field(cx, S("name"), "error.field_required");
    if (!form_def_read(cx, rq->body, &s.def) || !db_write(cx, DB_INTERACTIVE, store_write, &s))
        return false;
    rp->status = 201;
    return store_answer(cx, rq, &s, rp);
}

/* What the editor offers besides the form itself. */
struct desk {
    struct files files;
    struct free_fields free;
    str controller; /* whom consent texts name */
};

static bool desk_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    struct contact_sender sender;
    if (!file_list(cx, tx, &d->files) || !free_field_list(cx, tx, &d->free) ||
        !contact_sender_read(cx, tx, S(""), &sender))
        return false;
    d->controller = sender.legal_name;
    return true;
}

static void offer(struct ctx *cx, struct value list, struct value fields, str key, str label)
{
    for (ptrdiff_t k = 0; k < value_count(fields); k++)
        if (str_eq(value_str(value_get(fields.as.list->item[k], S("key"))), key)) return;
    struct value f = value_map(cx->a);
    value_set_text(f, "key", key);
    value_set_text(f, "label", label);
    value_push(list, f);
}

static struct value free_types(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int t = 0; t < FIELD_TYPE__COUNT; t++)
        if (field_type_is_free((enum field_type)t))
            value_push(list, value_text(str_of(field_type_name((enum field_type)t))));
    return list;
}

/* The choices of the editor: fields not yet used, files to give away, sample texts. */
static void edit_page(struct ctx *cx, const struct desk *d, struct value def, struct web_reply *rp)
{
    form_edit_sort(cx->a, def);
    struct value unused = value_list(cx->a), own = value_list(cx->a), list = value_list(cx->a);
    struct value fields = value_get(def, S("fields"));
    for (ptrdiff_t i = 0; i < field_count; i++)
        offer(cx, unused, fields, str_of(field_defs[i].key), S(""));
    for (ptrdiff_t i = 0; i < d->free.count; i++)
        offer(cx, own, fields, d->free.row[i].key, d->free.row[i].label);
    for (ptrdiff_t i = 0; i < d->files.count; i++) {
        struct value f = value_map(cx->a);
        value_set_text(f, "id", id_text(cx->a, ID_BLOB, d->files.row[i].id));
        value_set_text(f, "name", d->files.row[i].name);
        value_set_int(f, "size", d->files.row[i].size_bytes);
        value_push(list, f);
    }
    rp->page = value_map(cx->a);
    struct value warnings = value_list(cx->a);
    form_words_warn(cx->a, def, warnings);
    form_warnings_say(cx, warnings);
    value_set(rp->page, "warnings", warnings);
    value_set(rp->page, "unused_fields", unused);
    value_set(rp->page, "free_fields", own);
    value_set(rp->page, "free_types", free_types(cx));
    value_set(rp->page, "samples", consent_samples(cx));
    value_set(rp->page, "files", list);
    rp->template = "form/edit";
}

static bool form_new_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    str key = web_field(rq->query, "template");
    if (!db_read(cx, desk_read, &d)) return false;
    if (!form_template(cx, key.len > 0 ? key : S("blank"), d.controller, &rp->data))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    edit_page(cx, &d, rp->data, rp);
    return true;
}

/* A chosen file is stored whatever button was pressed, or it would be lost with the page; the form
 * then gives it away. */
static bool editor_upload(struct ctx *cx, const struct web_request *rq, struct desk *d,
                          struct value def, struct web_reply *rp)
{
    struct value f = value_get(rq->body, S("file"));
    str name = value_str(value_get(f, S("filename"))), type = value_str(value_get(f, S("type")));
    int64_t id;
    if (f.type != VALUE_MAP)
        return str_eq(web_field(rq->body, "do"), S("upload"))
                   ? fail_field(cx, S("file"), "error.file_missing")
                   : true;
    if (!file_add(cx, name, type, value_str(value_get(f, S("bytes"))), &id) ||
        !db_read(cx, desk_read, d))
        return false;
    value_set_text(def, "download", id_text(cx->a, ID_BLOB, id));
    edit_page(cx, d, def, rp);
    value_set_text(rp->page, "uploaded", name);
    return true;
}

/* Where the reader goes on: the browser scrolls to what the pressed button has made. */
static str editor_focus(const struct web_request *rq)
{
    str pressed = web_field(rq->body, "do");
    if (str_eq(pressed, S("add_field")) || str_eq(pressed, S("add_free"))) return S("field");
    if (str_eq(pressed, S("add_reserve"))) return S("reserve");
    if (str_eq(pressed, S("add_consent")) || str_eq(pressed, S("add_sample"))) return S("consent");
    return str_eq(pressed, S("upload")) ? S("download") : S("");
}

/* The buttons that need to know more than the post: a new free field, a sample text. */
static bool editor_add(struct ctx *cx, const struct web_request *rq, const struct desk *d,
                       struct value def)
{
    str pressed = web_field(rq->body, "do"), purpose, channel, text;
    form_edit_know_free(def, &d->free);
    if (str_eq(pressed, S("add_free"))) {
        str label = web_field(rq->body, "new_label");
        enum field_type type = field_type_of(web_field(rq->body, "new_type"));
        if (label.len == 0) return fail_field(cx, S("new_label"), "form.free_label");
        if (!field_type_is_free(type)) return fail_field(cx, S("new_type"), "error.choice_invalid");
        form_edit_add_free(cx->a, def, type, label, &d->free);
    } else if (str_eq(pressed, S("add_sample"))) {
        bool english = str_eq(value_str(value_get(def, S("language"))), S("en"));
        if (!consent_sample(cx, english ? LANG_EN : LANG_DE, web_field(rq->body, "new_sample"),
                            d->controller, &purpose, &channel, &text))
            return fail_field(cx, S("new_sample"), "error.choice_invalid");
        form_edit_add_sample(cx->a, def, purpose, channel, text);
    }
    return true;
}

/* An editor's post: the pressed button changes the list and shows it again, or stores it. */
static bool form_edited(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                        int64_t id, bool public)
{
    enum edit_step step;
    struct store s = {.id = id, .looked = true};
    struct value def = form_edit_apply(cx->a, rq->body, &step);
    store_names(cx, rq->body, &s);
    rp->data = def;
    value_set_text(def, "name", s.name);
    value_set_text(def, "slug", s.slug);
    if (id != 0) value_set_text(def, "id", id_text(cx->a, ID_FORM, id));
    struct desk d;
    if (!db_read(cx, desk_read, &d)) return false;
    form_words_follow(cx, def, d.controller);
    bool added = editor_add(cx, rq, &d, def);
    edit_page(cx, &d, def, rp);
    if (!added || !editor_upload(cx, rq, &d, def, rp)) return false;
    value_set_text(rp->page, "focus", editor_focus(rq));
    value_set_bool(rp->page, "public", public);
    if (step == EDIT_STAY) return true;
    s.publish = step == EDIT_PUBLISH;
    if (s.name.len == 0) fail_field(cx, S("name"), "error.field_required");
    if (!form_def_read(cx, def, &s.def) || !db_write(cx, DB_INTERACTIVE, store_write, &s))
        return false;
    /* Kept, so that the next press changes it and does not make another. */
    if (s.open >= 0) value_set_text(def, "id", id_text(cx->a, ID_FORM, s.form.id));
    if (s.open >= 0) return form_wording_refuse(cx, s.open, s.approvers);
    bool look = str_eq(web_field(rq->body, "do"), S("preview"));
    rp->location = str_printf(cx->a, "/forms/%.*s%s", STR_ARG(id_text(cx->a, ID_FORM, s.form.id)),
                              look ? "/preview" : "");
    rp->flash = s.publish ? S("form.published") : S("form.saved");
    return true;
}

static bool form_new_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return form_edited(cx, rq, rp, 0, false);
}

enum { VERSIONS_SHOWN = 20 };

struct one {
    int64_t id;
    struct form form;
    struct form_version_row *version;
    ptrdiff_t version_count;
    struct campaigns campaigns; /* that may be chosen */
    int64_t campaign_id;
    str campaign;
    bool walked; /* then also how it is walked through */
    struct form_funnel funnel;
};

/* Whether the form is closed is the published version's to say, not the draft's. */
static bool one_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct one *o = arg;
    if (!form_load(cx, tx, o->id, &o->form) || !form_count(cx, tx, &o->form) ||
        !form_version_list(cx, tx, o->id, VERSIONS_SHOWN, &o->version, &o->version_count) ||
        !campaign_choices(cx, tx, &o->campaigns) ||
        !campaign_of_arrival(cx, tx, S(""), o->id, &o->campaign_id, &o->campaign))
        return false;
    if (o->walked && !form_funnel_load(cx, tx, o->id, FUNNEL_DAYS, &o->funnel)) return false;
    return form_closed_note(cx, tx, &o->form);
}

static bool one_load(struct ctx *cx, const struct web_request *rq, struct one *o)
{
    if (!id_parse(rq->param[0], ID_FORM, &o->id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return db_read(cx, one_read, o);
}

static bool form_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o = {.walked = rq->face == FACE_PAGE};
    if (!one_load(cx, rq, &o)) return false;
    rp->template = "form/show";
    rp->page = value_map(cx->a);
    if (o.walked) value_set(rp->page, "funnel", form_funnel_value(cx, &o.funnel, FUNNEL_DAYS));
    value_set_bool(rp->page, "counts", o.form.counts);
    struct value versions = value_list(cx->a);
    for (ptrdiff_t i = 0; i < o.version_count; i++) {
        struct value v = value_map(cx->a);
        value_set_int(v, "version", o.version[i].version_no);
        value_set(v, "published_at", instant_value(cx->a, o.version[i].published_ms));
        value_set_text(v, "user", o.version[i].user_name);
        value_push(versions, v);
    }
    value_set(rp->page, "versions", versions);
    value_set(rp->page, "campaigns", campaign_choices_value(cx, &o.campaigns));
    value_set_text(rp->page, "campaign", id_text(cx->a, ID_CAMPAIGN, o.campaign_id));
    value_set_text(rp->page, "campaign_name", o.campaign);
    rp->etag = form_etag(cx->a, &o.form);
    return form_whole(cx, rq, &o.form, &rp->data);
}

static bool form_edit_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o = {0};
    struct desk d;
    if (!one_load(cx, rq, &o) || !form_whole(cx, rq, &o.form, &rp->data) ||
        !db_read(cx, desk_read, &d))
        return false;
    edit_page(cx, &d, rp->data, rp);
    value_set_bool(rp->page, "public", o.form.state == FORM_PUBLISHED);
    return true;
}

static bool form_put(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o = {0};
    if (!one_load(cx, rq, &o)) return false;
    if (rq->face != FACE_API) return form_edited(cx, rq, rp, o.id, o.form.state == FORM_PUBLISHED);
    struct store s = {.id = o.id, .publish = true, .rq = rq};
    store_names(cx, rq->body, &s);
    if (!form_def_read(cx, rq->body, &s.def) || !db_write(cx, DB_INTERACTIVE, store_write, &s))
        return false;
    return store_answer(cx, rq, &s, rp);
}

static bool publish_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct store *s = arg;
    if (!form_load(cx, tx, s->id, &s->form) || !form_wordings_open(cx, tx, s->id, &s->open))
        return false;
    if (s->open >= 0) return access_names_of(cx, tx, MAY_APPROVE_WORDINGS, &s->approvers);
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", s->form.name);
    value_set_text(detail, "slug", s->form.slug);
    return form_end_ahead(cx, tx, s->id) && form_publish(cx, tx, s->id) &&
           audit_write(cx, tx, "form.publish", "form", s->id, 0, detail);
}

/* The draft as it stands; what is in the way of it is shown in the editor. */
static bool form_publish_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct store s = {0};
    if (!form_edit_get(cx, rq, rp) || !id_parse(rq->param[0], ID_FORM, &s.id)) return false;
    if (!db_write(cx, DB_INTERACTIVE, publish_write, &s)) return false;
    if (s.open >= 0) return form_wording_refuse(cx, s.open, s.approvers);
    rp->location = str_printf(cx->a, "/forms/%.*s", STR_ARG(id_text(cx->a, ID_FORM, s.id)));
    rp->flash = S("form.published");
    return true;
}

static bool archive_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct one *o = arg;
    return form_archive(cx, tx, o->id) &&
           audit_write(cx, tx, "form.archive", "form", o->id, 0, value_map(cx->a));
}

static bool form_archive_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o = {0};
    if (!one_load(cx, rq, &o) || !db_write(cx, DB_INTERACTIVE, archive_write, &o)) return false;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "state", S("archived"));
    rp->location = S("/forms");
    rp->flash = S("form.archived");
    return true;
}

static bool restore_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct one *o = arg;
    return form_restore(cx, tx, o->id) &&
           audit_write(cx, tx, "form.restore", "form", o->id, 0, value_map(cx->a)) &&
           form_load(cx, tx, o->id, &o->form);
}

static bool form_restore_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o = {0};
    if (!one_load(cx, rq, &o) || !db_write(cx, DB_INTERACTIVE, restore_write, &o)) return false;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "state", str_of(form_state_name(o.form.state)));
    rp->location = str_printf(cx->a, "/forms/%.*s", STR_ARG(id_text(cx->a, ID_FORM, o.id)));
    rp->flash = S("form.restored");
    return true;
}

struct copy {
    int64_t id, copy_id;
    struct form form;
};

static bool copy_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct copy *c = arg;
    struct value detail = value_map(cx->a);
    if (!form_duplicate(cx, tx, c->id, &c->copy_id) || !form_load(cx, tx, c->copy_id, &c->form))
        return false;
    value_set_text(detail, "name", c->form.name);
    value_set_text(detail, "slug", c->form.slug);
    value_set_text(detail, "from", id_text(cx->a, ID_FORM, c->id));
    return audit_write(cx, tx, "form.create", "form", c->copy_id, 0, detail);
}

static bool form_duplicate_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct copy c = {0};
    if (!id_parse(rq->param[0], ID_FORM, &c.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_write(cx, DB_INTERACTIVE, copy_write, &c)) return false;
    rp->status = 201;
    rp->location =
        str_printf(cx->a, "/forms/%.*s/edit", STR_ARG(id_text(cx->a, ID_FORM, c.copy_id)));
    rp->flash = S("form.copied");
    return form_whole(cx, rq, &c.form, &rp->data);
}

static bool templates_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    rp->data = form_templates(cx);
    rp->template = "form/templates";
    if (rq->face != FACE_API) return true;
    if (!db_read(cx, desk_read, &d)) return false;
    for (ptrdiff_t i = 0; i < value_count(rp->data); i++) {
        struct value t = rp->data.as.list->item[i], def;
        if (form_template(cx, value_str(value_get(t, S("key"))), d.controller, &def))
            value_set(t, "form", def);
    }
    return true;
}

static bool files_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct value f = value_get(rq->body, S("file"));
    int64_t id;
    str name = value_str(value_get(f, S("filename"))), bytes = value_str(value_get(f, S("bytes")));
    if (f.type != VALUE_MAP) return fail_field(cx, S("file"), "error.file_missing");
    if (!file_add(cx, name, value_str(value_get(f, S("type"))), bytes, &id)) return false;
    rp->status = 201;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "id", id_text(cx->a, ID_BLOB, id));
    value_set_text(rp->data, "name", name);
    value_set_int(rp->data, "size", bytes.len);
    str back = web_field(rq->body, "back");
    bool local = str_starts(back, S("/forms")) && str_find(back, S("//")) < 0 &&
                 str_find_char(back, '\\') < 0;
    rp->location = local ? back : S("/forms");
    rp->flash = S("form.file_stored");
    return true;
}

const struct route form_routes[] = {
    {"GET", "/forms", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, forms_get, false},
    {"POST", "/forms", FACE_PAGE, BODY_UPLOAD, MAY_WRITE_FORMS, form_new_post, false},
    {"POST", "/forms", FACE_API, BODY_API, MAY_WRITE_FORMS, forms_post_api, false},
    {"GET", "/forms/new", FACE_PAGE, BODY_NONE, MAY_WRITE_FORMS, form_new_get, false},
    {"GET", "/forms/templates", FACE_PAGE | FACE_API, BODY_NONE, MAY_WRITE_FORMS, templates_get,
     false},
    {"GET", "/forms/{id}", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, form_get, false},
    {"POST", "/forms/{id}", FACE_PAGE, BODY_UPLOAD, MAY_WRITE_FORMS, form_put, false},
    {"PUT", "/forms/{id}", FACE_API, BODY_API, MAY_WRITE_FORMS, form_put, false},
    {"GET", "/forms/{id}/edit", FACE_PAGE, BODY_NONE, MAY_WRITE_FORMS, form_edit_get, false},
    {"POST", "/forms/{id}/duplicate", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS,
     form_duplicate_post, false},
    {"POST", "/forms/{id}/publish", FACE_PAGE, BODY_FORM, MAY_WRITE_FORMS, form_publish_post,
     false},
    {"POST", "/forms/{id}/archive", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS,
     form_archive_post, false},
    {"POST", "/forms/{id}/restore", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS,
     form_restore_post, false},
    {"POST", "/files", FACE_PAGE | FACE_API, BODY_UPLOAD, MAY_WRITE_FORMS, files_post, false},
};
const ptrdiff_t form_route_count = COUNTOF(form_routes);
