/* Forms in the admin and the API. */
#include "audit/audit.h"
#include "base/permission.h"
#include "capture/capture_http.h"
#include "capture/file.h"
#include "capture/form.h"
#include "capture/form_edit.h"
#include "capture/form_rules.h"

#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/tz.h"
#include "base/utf8.h"

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
    value_set_int(map, "submissions", f->submissions);
    value_set_int(map, "confirmed", f->confirmed);
    value_set_text(map, "created_at", rfc3339(cx->a, f->created_ms));
    value_set_text(map, "updated_at", rfc3339(cx->a, f->updated_ms));
    value_set_int(map, "updated_at_ms", f->updated_ms);
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
    return true;
}

struct list {
    int64_t before_id;
    struct form_rows rows, archived;
};

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct list *l = arg;
    return form_page(cx, tx, l->before_id, PAGE_ROWS + 1, &l->rows) &&
           (l->before_id != 0 || form_archived(cx, tx, LIMIT_LIST_PAGE, &l->archived));
}

static bool forms_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct list l = {0};
    str cursor = web_field(rq->query, "cursor");
    if (cursor.len > 0 && !id_parse(cursor, ID_FORM, &l.before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    if (!db_read(cx, list_read, &l)) return false;
    ptrdiff_t shown = l.rows.count > PAGE_ROWS ? PAGE_ROWS : l.rows.count;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < shown; i++)
        value_push(rp->data, form_summary(cx, rq, &l.rows.row[i]));
    struct value archived = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l.archived.count; i++)
        value_push(archived, form_summary(cx, rq, &l.archived.row[i]));
    rp->page = value_map(cx->a);
    value_set(rp->page, "archived", archived);
    if (l.rows.count > PAGE_ROWS) {
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
    struct form form; /* as it stands then */
};

static bool store_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct store *s = arg;
    int64_t id = s->id;
    bool new = id == 0;
    if (new ? !form_create(cx, tx, s->slug, s->name, &s->def, &id)
            : !form_change(cx, tx, id, s->slug, s->name, &s->def))
        return false;
    if (s->publish && !form_publish(cx, tx, id)) return false;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", s->name);
    value_set_text(detail, "slug", s->slug);
    const char *action = s->publish ? "form.publish" : new ? "form.create" : "form.change";
    return audit_write(cx, tx, action, "form", id, 0, detail) && form_load(cx, tx, id, &s->form);
}

static void store_names(struct ctx *cx, struct value body, struct store *s)
{
    str name = web_field(body, "name"), slug = web_field(body, "slug");
    s->name = utf8_cut(utf8_clean_line(cx->a, name.ptr == NULL ? S("") : name), LIMIT_NAME_BYTES);
    s->slug = slug.len > 0 ? str_lower_ascii(cx->a, slug) : form_slug_from(cx->a, s->name);
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
    return form_whole(cx, rq, &s.form, &rp->data);
}

static bool files_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return file_list(cx, tx, arg);
}

/* The choices of the editor: fields not yet used, files to give away. */
static bool edit_page(struct ctx *cx, struct value def, struct web_reply *rp)
{
    struct files files;
    struct value unused = value_list(cx->a), list = value_list(cx->a);
    if (!db_read(cx, files_read, &files)) return false;
    struct value fields = value_get(def, S("fields"));
    for (ptrdiff_t i = 0; i < field_count; i++) {
        bool used = false;
        for (ptrdiff_t k = 0; k < value_count(fields); k++)
            used = used || str_eq(value_str(value_get(fields.as.list->item[k], S("key"))),
                                  str_of(field_defs[i].key));
        if (!used) value_push(unused, value_text(str_of(field_defs[i].key)));
    }
    for (ptrdiff_t i = 0; i < files.count; i++) {
        struct value f = value_map(cx->a);
        value_set_text(f, "id", id_text(cx->a, ID_BLOB, files.row[i].id));
        value_set_text(f, "name", files.row[i].name);
        value_set_int(f, "size", files.row[i].size_bytes);
        value_push(list, f);
    }
    rp->page = value_map(cx->a);
    value_set(rp->page, "unused_fields", unused);
    value_set(rp->page, "files", list);
    rp->template = "form/edit";
    return true;
}

static struct value starter(struct ctx *cx)
{
    static const char *const keys[] = {"email", "first_name", "last_name", "company"};
    struct value def = value_map(cx->a), fields = value_list(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(keys); i++) {
        struct value f = value_map(cx->a);
        value_set_text(f, "key", str_of(keys[i]));
        value_set_bool(f, "required", i == 0);
        value_set_bool(f, "half", i == 1 || i == 2);
        value_push(fields, f);
    }
    value_set(def, "fields", fields);
    value_set(def, "consents", value_list(cx->a));
    value_set_bool(def, "double_opt_in", true);
    value_set_text(def, "language", cx->lang == LANG_EN ? S("en") : S("de"));
    value_set_text(def, "name", S(""));
    value_set_text(def, "slug", S(""));
    return def;
}

static bool form_new_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    rp->data = starter(cx);
    return edit_page(cx, rp->data, rp);
}

/* A chosen file is stored whatever button was pressed, or it would be lost with the page; the form
 * then gives it away. */
static bool editor_upload(struct ctx *cx, const struct web_request *rq, struct value def,
                          struct web_reply *rp)
{
    struct value f = value_get(rq->body, S("file"));
    str name = value_str(value_get(f, S("filename"))), type = value_str(value_get(f, S("type")));
    int64_t id;
    if (f.type != VALUE_MAP)
        return str_eq(web_field(rq->body, "do"), S("upload"))
                   ? fail_field(cx, S("file"), "error.file_missing")
                   : true;
    if (!file_add(cx, name, type, value_str(value_get(f, S("bytes"))), &id)) return false;
    value_set_text(def, "download", id_text(cx->a, ID_BLOB, id));
    if (!edit_page(cx, def, rp)) return false;
    value_set_text(rp->page, "uploaded", name);
    return true;
}

/* Where the reader goes on: the browser scrolls to what the pressed button has made. */
static str editor_focus(const struct web_request *rq)
{
    str pressed = web_field(rq->body, "do");
    return str_eq(pressed, S("add_field"))     ? S("field")
           : str_eq(pressed, S("add_consent")) ? S("consent")
           : str_eq(pressed, S("upload"))      ? S("download")
                                               : S("");
}

/* An editor's post: the pressed button changes the list and shows it again, or stores it. */
static bool form_edited(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                        int64_t id)
{
    enum edit_step step;
    struct store s = {.id = id};
    struct value def = form_edit_apply(cx->a, rq->body, &step);
    store_names(cx, rq->body, &s);
    rp->data = def;
    value_set_text(def, "name", s.name);
    value_set_text(def, "slug", s.slug);
    if (id != 0) value_set_text(def, "id", id_text(cx->a, ID_FORM, id));
    if (!edit_page(cx, def, rp) || !editor_upload(cx, rq, def, rp)) return false;
    value_set_text(rp->page, "focus", editor_focus(rq));
    if (step == EDIT_STAY) return true;
    s.publish = step == EDIT_PUBLISH;
    if (s.name.len == 0) fail_field(cx, S("name"), "error.field_required");
    if (!form_def_read(cx, def, &s.def) || !db_write(cx, DB_INTERACTIVE, store_write, &s))
        return false;
    rp->location = str_printf(cx->a, "/forms/%.*s", STR_ARG(id_text(cx->a, ID_FORM, s.form.id)));
    rp->flash = s.publish ? S("form.published") : S("form.saved");
    return true;
}

static bool form_new_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return form_edited(cx, rq, rp, 0);
}

struct one {
    int64_t id;
    struct form form;
};

static bool one_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct one *o = arg;
    return form_load(cx, tx, o->id, &o->form);
}

static bool one_load(struct ctx *cx, const struct web_request *rq, struct one *o)
{
    if (!id_parse(rq->param[0], ID_FORM, &o->id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return db_read(cx, one_read, o);
}

static bool form_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o;
    if (!one_load(cx, rq, &o)) return false;
    rp->template = "form/show";
    return form_whole(cx, rq, &o.form, &rp->data);
}

static bool form_edit_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o;
    return one_load(cx, rq, &o) && form_whole(cx, rq, &o.form, &rp->data) &&
           edit_page(cx, rp->data, rp);
}

static bool form_put(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o;
    if (!one_load(cx, rq, &o)) return false;
    if (rq->face != FACE_API) return form_edited(cx, rq, rp, o.id);
    struct store s = {.id = o.id, .publish = true};
    store_names(cx, rq->body, &s);
    if (!form_def_read(cx, rq->body, &s.def) || !db_write(cx, DB_INTERACTIVE, store_write, &s))
        return false;
    return form_whole(cx, rq, &s.form, &rp->data);
}

static bool archive_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct one *o = arg;
    return form_archive(cx, tx, o->id) &&
           audit_write(cx, tx, "form.archive", "form", o->id, 0, value_map(cx->a));
}

static bool form_archive_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o;
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
    struct one o;
    if (!one_load(cx, rq, &o) || !db_write(cx, DB_INTERACTIVE, restore_write, &o)) return false;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "state", str_of(form_state_name(o.form.state)));
    rp->location = str_printf(cx->a, "/forms/%.*s", STR_ARG(id_text(cx->a, ID_FORM, o.id)));
    rp->flash = S("form.restored");
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
    {"GET", "/forms/{id}", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, form_get, false},
    {"POST", "/forms/{id}", FACE_PAGE, BODY_UPLOAD, MAY_WRITE_FORMS, form_put, false},
    {"PUT", "/forms/{id}", FACE_API, BODY_API, MAY_WRITE_FORMS, form_put, false},
    {"GET", "/forms/{id}/edit", FACE_PAGE, BODY_NONE, MAY_WRITE_FORMS, form_edit_get, false},
    {"POST", "/forms/{id}/archive", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS,
     form_archive_post, false},
    {"POST", "/forms/{id}/restore", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS,
     form_restore_post, false},
    {"POST", "/files", FACE_PAGE | FACE_API, BODY_UPLOAD, MAY_WRITE_FORMS, files_post, false},
};
const ptrdiff_t form_route_count = COUNTOF(form_routes);
