#include "web/web.h"

#include "net/http_server.h"

str web_field(struct value map, const char *name)
{
    struct value v = value_get(map, str_of(name));
    if (v.type == VALUE_LIST && value_count(v) > 0) v = v.as.list->item[0];
    str s = value_str(v);
    return s.ptr == NULL ? s : str_trim(s);
}

str web_cookie(const struct http_request *http, str name)
{
    for (str rest = http_header_get(http, "cookie"); rest.ptr != NULL;) {
        str value, key = str_cut(str_trim(str_cut(rest, ';', &rest)), '=', &value);
        if (value.ptr != NULL && str_eq(key, name)) return value;
    }
    return (str){0};
}

bool page_again(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                web_handler *get)
{
    struct err fault = cx->err;
    err_clear(cx);
    if (!rq->json && !get(cx, rq, rp)) return false;
    cx->err = fault;
    return false;
}
