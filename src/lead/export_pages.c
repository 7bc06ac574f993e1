#include "lead/export_pages.h"

#include "app.h"
#include "base/limits.h"

struct page {
    export_page *read;
    void *export;
    struct buf b;
    bool done;
};

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *page = arg;
    return page->read(cx, tx, page->export, &page->b, &page->done);
}

static bool give(struct ctx *cx, bytes_out *write, void *to, str bytes)
{
    if (cx->app != NULL && atomic_load(&cx->app->draining))
        return fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                           "The server is being stopped; the export is not whole.");
    return bytes.len == 0 || write(to, bytes) ||
           fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                       "The export could not be written to its end; what has come is not all.");
}

static bool page_give(struct ctx *cx, struct page *page, bytes_out *write, void *to)
{
    if (!db_read(cx, page_read, page)) return false;
    if (page->b.full)
        return fail_detail(cx, ERR_TOO_LARGE, "error.too_large",
                           "A page of rows is larger than any should be; the export is not whole.");
    return give(cx, write, to, buf_str(&page->b));
}

bool export_pages(struct ctx *cx, str head, export_page *read, void *export, bytes_out *write,
                  void *to)
{
    arena *whole = cx->a;
    bool ok = give(cx, write, to, head), done = false;
    while (ok && !done) {
        arena scratch = *whole;
        cx->a = &scratch;
        struct page page = {read, export, buf_new(cx->a, LIMIT_JSON_OUT_BYTES), false};
        ok = page_give(cx, &page, write, to);
        done = page.done;
        if (!ok) *whole = scratch; /* the error's words stand in it */
        cx->a = whole;
    }
    return ok;
}

bool export_end(struct ctx *cx, bool ok, int64_t rows, tx_fn *audit, void *arg)
{
    struct err err = cx->err;
    err_clear(cx);
    if ((ok || rows > 0) && !db_write(cx, DB_INTERACTIVE, audit, arg)) return false;
    cx->err = err;
    return ok;
}
