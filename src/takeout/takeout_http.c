#include "takeout/takeout_http.h"

#include "base/permission.h"
#include "base/tz.h"
#include "takeout/takeout.h"
#include "workspace/workspace.h"

static bool body(struct ctx *cx, void *arg, bytes_out *write, void *to)
{
    (void)arg;
    return takeout_run(cx, write, to);
}

static bool workspace_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_load(cx, tx, cx->workspace_id, arg);
}

/* "lindhorst-lagertechnik-gmbh-2026-03-12.zip": letters that every file system takes. */
static str archive_name(struct ctx *cx, str name)
{
    struct civil c = tz_civil(NULL, cx->now_ms);
    char *plain = NEW(cx->a, char, name.len + 1);
    ptrdiff_t len = 0;
    str lower = str_lower_ascii(cx->a, name);
    for (ptrdiff_t i = 0; i < lower.len; i++) {
        char b = lower.ptr[i];
        bool taken = (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
        if (taken)
            plain[len++] = b;
        else if (len > 0 && plain[len - 1] != '-')
            plain[len++] = '-';
    }
    while (len > 0 && plain[len - 1] == '-') len--;
    str word = len > 0 ? (str){plain, len} : S("zulauf");
    return str_printf(cx->a, "%.*s-%04d-%02d-%02d.zip", STR_ARG(word), (int)c.year, (int)c.month,
                      (int)c.day);
}

static bool takeout_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct workspace workspace = {0};
    (void)rq;
    if (!db_read(cx, workspace_read, &workspace)) return false;
    rp->body = body;
    rp->content_type = S("application/zip");
    rp->filename = archive_name(cx, workspace.name);
    return true;
}

/* Whoever takes everything along may see everything: a program's token, too, names each. */
enum {
    EVERYTHING = MAY_MANAGE_WORKSPACES | MAY_EXPORT | MAY_READ_LEADS | MAY_READ_EVIDENCE |
                 MAY_READ_OUTBOX | MAY_READ_AUDIT | MAY_SEE_APPLICANTS | MAY_READ_ALL_LEADS
};

const struct route takeout_routes[] = {
    {"GET", "/workspaces/export", FACE_PAGE | FACE_API, BODY_NONE, EVERYTHING | MUST_PROVE,
     takeout_get, false},
};
const ptrdiff_t takeout_route_count = COUNTOF(takeout_routes);
