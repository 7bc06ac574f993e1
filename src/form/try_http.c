#include "form/try_http.h"

#include "base/id.h"
#include "base/permission.h"
#include "keys/token.h"

bool try_of(struct ctx *cx, const struct web_request *rq, int64_t form_id, bool *is_try)
{
    struct token t;
    str text = web_field(rq->query, "test");
    *is_try = false;
    if (text.len == 0) return true;
    *is_try = token_verify(text, cx->keys, TOKEN_TRY, cx->now_ms / 1000, &t) == TOKEN_OK &&
              t.workspace_id == cx->workspace_id && t.object_id == form_id;
    return *is_try || fail(cx, ERR_GONE, "error.try_expired");
}

struct look {
    int64_t id;
    struct form form;
};

static bool look_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    return form_load(cx, tx, l->id, &l->form);
}

static bool try_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct look l;
    if (!id_parse(rq->param[0], ID_FORM, &l.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_read(cx, look_read, &l)) return false;
    if (l.form.state != FORM_PUBLISHED) return fail(cx, ERR_CONFLICT, "error.try_unpublished");
    struct token t = {.use = TOKEN_TRY,
                      .workspace_id = cx->workspace_id,
                      .subject_id = cx->actor.user_id,
                      .object_id = l.id,
                      .expires_at_s = cx->now_ms / 1000 + TRY_HOURS * 3600};
    str path = str_printf(cx->a, "/f/%.*s?test=%.*s", STR_ARG(l.form.slug),
                          STR_ARG(token_sign(cx->a, cx->keys, t)));
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "url",
                   str_printf(cx->a, "%.*s%.*s", STR_ARG(rq->base_url), STR_ARG(path)));
    rp->location = path;
    return true;
}

const struct route try_routes[] = {
    {"GET", "/forms/{id}/try", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, try_get, false},
};
const ptrdiff_t try_route_count = COUNTOF(try_routes);
