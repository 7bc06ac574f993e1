#include "dossier/lead_file_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/permission.h"
#include "dossier/dossier_value.h"
#include "file/lead_file.h"
#include "lead/lead_http.h"

struct work {
    int64_t lead_id, id;
    struct lead lead;
    struct lead_files files;
    struct lead_file file;
    str bytes;
};

static bool work_begin(struct ctx *cx, const struct web_request *rq, struct work *w)
{
    *w = (struct work){0};
    if (!lead_param(cx, rq, &w->lead_id)) return false;
    if (rq->param[1].ptr == NULL || id_parse(rq->param[1], ID_LEAD_FILE, &w->id)) return true;
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static bool files_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct work *w = arg;
    return lead_load(cx, tx, w->lead_id, &w->lead) && lead_file_list(cx, tx, w->lead_id, &w->files);
}

static bool files_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct work w;
    if (!work_begin(cx, rq, &w) || !db_read(cx, files_read, &w)) return false;
    rp->data = lead_files_value(cx, w.lead_id, &w.files);
    return true;
}

static bool file_read_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct work *w = arg;
    return lead_load(cx, tx, w->lead_id, &w->lead) &&
           lead_file_read(cx, tx, w->lead_id, w->id, &w->file, &w->bytes);
}

/* The name may say who somebody is: sealed with the lead's key, like everything about him. */
static struct value file_detail(struct ctx *cx, const struct lead_file *file)
{
    struct value detail = value_map(cx->a);
    value_set_text(detail, "file", id_text(cx->a, ID_LEAD_FILE, file->id));
    value_set_text(detail, "name", file->name);
    return detail;
}

static bool opened_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct work *w = arg;
    return audit_write(cx, tx, "lead.file_open", "lead", w->lead_id, w->lead_id,
                       file_detail(cx, &w->file));
}

/* Always an attachment: no browser shows or runs it under our name (edge/reply.c adds nosniff and a
 * sandbox). Who took it is noted. */
static bool file_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct work w;
    if (!work_begin(cx, rq, &w) || !db_read(cx, file_read_one, &w) ||
        !db_write(cx, DB_INTERACTIVE, opened_write, &w))
        return false;
    rp->raw = w.bytes;
    rp->content_type = w.file.media_type;
    rp->filename = w.file.name;
    return true;
}

static bool delete_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct work *w = arg;
    w->file = (struct lead_file){.id = w->id};
    if (!files_read(cx, tx, w)) return false;
    for (ptrdiff_t i = 0; i < w->files.count; i++)
        if (w->files.row[i].id == w->id) w->file = w->files.row[i];
    return lead_file_remove(cx, tx, w->lead_id, w->id) &&
           audit_write(cx, tx, "lead.file_delete", "lead", w->lead_id, w->lead_id,
                       file_detail(cx, &w->file)) &&
           lead_file_list(cx, tx, w->lead_id, &w->files);
}

static bool file_delete(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct work w;
    if (!work_begin(cx, rq, &w) || !db_write(cx, DB_INTERACTIVE, delete_write, &w)) return false;
    rp->data = lead_files_value(cx, w.lead_id, &w.files);
    rp->location = str_printf(cx->a, "/leads/%.*s", STR_ARG(id_text(cx->a, ID_LEAD, w.lead_id)));
    rp->flash = S("flash.file_deleted");
    return true;
}

const struct route lead_file_routes[] = {
    {"GET", "/leads/{id}/files", FACE_API, BODY_NONE, MAY_READ_LEADS, files_get, false},
    {"GET", "/leads/{id}/files/{file}", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_LEADS, file_get,
     false},
    {"DELETE", "/leads/{id}/files/{file}", FACE_API, BODY_NONE, MAY_WRITE_LEADS, file_delete,
     false},
    {"POST", "/leads/{id}/files/{file}/delete", FACE_PAGE, BODY_FORM, MAY_WRITE_LEADS, file_delete,
     false},
};
const ptrdiff_t lead_file_route_count = COUNTOF(lead_file_routes);
