#include "web/web.h"

#include "base/limits.h"
#include "net/http_server.h"
#include "web/range.h"

str web_field(struct value map, const char *name)
{
    struct value v = value_get(map, str_of(name));
    if (v.type == VALUE_LIST && value_count(v) > 0) v = v.as.list->item[0];
    str s = value_str(v);
    return s.ptr == NULL ? s : str_trim(s);
}

bool web_limit(struct ctx *cx, const struct web_request *rq, int *rows)
{
    str text = web_field(rq->query, "limit");
    int64_t limit;
    if (text.len <= 0) return true;
    if (str_to_i64(text, &limit) && limit >= 1 && limit <= LIMIT_LIST_PAGE) {
        *rows = (int)limit;
        return true;
    }
    fail_field(cx, S("limit"), "error.limit");
    fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_LIST_PAGE));
    return false;
}

bool web_minds(const struct web_request *rq)
{
    return http_header_get(rq->http, "if-match").ptr != NULL;
}

/* Is `etag` one of those in a list? "W/" says that it may be another's bytes: `weak` takes it. */
static bool names(str list, str etag, bool weak)
{
    /* Ours have no comma. */
    for (str rest = list; rest.ptr != NULL;) {
        str one = str_trim(str_cut(rest, ',', &rest));
        if (weak && str_starts(one, S("W/"))) one = str_slice(one, 2, one.len);
        if (one.len == etag.len + 2 && one.ptr[0] == '"' && one.ptr[one.len - 1] == '"' &&
            str_eq(str_slice(one, 1, one.len - 1), etag))
            return true;
    }
    return false;
}

bool web_if_match(struct ctx *cx, const struct web_request *rq, str etag)
{
    str wanted = http_header_get(rq->http, "if-match");
    if (wanted.ptr == NULL || str_eq(str_trim(wanted), S("*")) || names(wanted, etag, false))
        return true;
    return fail(cx, ERR_PRECONDITION, "error.precondition");
}

/* Ranges are of GET (RFC 9110 14.2), and of the file that was begun (If-Range; a date is none of
 * ours). Two headers are as two ranges. */
static str range_wanted(const struct web_request *rq, str etag)
{
    str begun = http_header_get(rq->http, "if-range"), range = {0};
    if (rq->http->method != HTTP_GET) return range;
    if (begun.ptr != NULL && (str_find_char(begun, ',') >= 0 || !names(begun, etag, false)))
        return range;
    for (int i = 0; i < rq->http->header_count; i++) {
        if (!str_eq(rq->http->header[i].name, S("range"))) continue;
        if (range.ptr != NULL) return (str){0};
        range = rq->http->header[i].value;
    }
    return range;
}

bool web_part(struct ctx *cx, const struct web_request *rq, struct web_reply *rp, str etag,
              int64_t size, struct range *part)
{
    str known = http_header_get(rq->http, "if-none-match");
    rp->in_parts = true;
    rp->etag = etag;
    rp->raw = S("");
    *part = (struct range){0, size};
    if (!web_if_match(cx, rq, etag)) return false;
    if (known.ptr != NULL && (str_eq(str_trim(known), S("*")) || names(known, etag, true))) {
        part->bytes = 0;
        rp->status = 304;
        return true;
    }
    switch (range_read(range_wanted(rq, etag), size, part)) {
    case RANGE_PART:
        rp->status = 206;
        rp->content_range = str_printf(cx->a, "bytes %lld-%lld/%lld", (long long)part->from,
                                       (long long)(part->from + part->bytes - 1), (long long)size);
        break;
    case RANGE_BEYOND:
        part->bytes = 0;
        rp->status = 416;
        rp->content_range = str_printf(cx->a, "bytes */%lld", (long long)size);
        break;
    case RANGE_WHOLE:
        break;
    }
    return true;
}

str web_cookie(const struct http_request *http, str name)
{
    for (str rest = http_header_get(http, "cookie"); rest.ptr != NULL;) {
        str value, key = str_cut(str_trim(str_cut(rest, ';', &rest)), '=', &value);
        if (value.ptr != NULL && str_eq(key, name)) return value;
    }
    return (str){0};
}

static bool has_fault(const struct ctx *cx, str field)
{
    for (int i = 0; i < cx->err.field_count; i++)
        if (str_eq(cx->err.field[i].field, field)) return true;
    return false;
}

/* A browser does not keep the file that was chosen: nobody shall think it was stored. */
static void files_again(struct ctx *cx, struct value body)
{
    for (ptrdiff_t i = 0; body.type == VALUE_MAP && i < body.as.map->count; i++) {
        const struct value_entry *e = &body.as.map->entry[i];
        if (value_str(value_get(e->value, S("bytes"))).len > 0 && !has_fault(cx, e->key))
            fail_field(cx, e->key, "error.file_again");
    }
}

bool page_again(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                web_handler *get)
{
    struct err fault = cx->err;
    err_clear(cx);
    if (!rq->json && !get(cx, rq, rp)) return false;
    cx->err = fault;
    if (!rq->json && cx->err.code == ERR_INVALID) files_again(cx, rq->body);
    return false;
}
