#include "app.h"
#include "base/json.h"
#include "takeout/takeout_inner.h"

/* What a part may take of memory before it is ended, with one more dossier or row. */
enum { PART_BYTES = 8 << 20 };

/* Over the control socket nobody else says so, and a stop would wait for the archive's end. */
static bool goes_on(struct ctx *cx)
{
    if (cx->app == NULL || !atomic_load(&cx->app->draining)) return true;
    return fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                       "The server is being stopped; the archive is not whole.");
}

bool takeout_nobody_takes(struct ctx *cx)
{
    return fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                       "The archive could not be written to its end; what has come is not all.");
}

struct takeout_part takeout_part_new(struct ctx *cx, ptrdiff_t max)
{
    struct takeout_part part = {.line = NEW(cx->a, str, max), .max = max};
    part.begin = cx->a->beg;
    return part;
}

bool takeout_part_is_full(const struct ctx *cx, const struct takeout_part *part)
{
    return part->count == part->max || cx->a->beg - part->begin > PART_BYTES;
}

void takeout_part_add(struct ctx *cx, struct takeout_part *part, struct value line)
{
    assert(part->count < part->max);
    part->line[part->count++] = json_text(cx->a, line);
}

bool takeout_part_write(struct takeout *t, const struct takeout_part *part)
{
    for (ptrdiff_t i = 0; i < part->count; i++) {
        zip_put(t->zip, part->line[i]);
        zip_put(t->zip, S("\n"));
    }
    return !t->zip->failed || takeout_nobody_takes(t->cx);
}

bool takeout_parts_run(struct takeout *t, bool (*run)(struct takeout *t, void *arg, bool *more),
                       void *arg)
{
    struct ctx *cx = t->cx;
    arena *whole = cx->a;
    bool ok = true, more = true;
    while (ok && more) {
        arena scratch = *whole;
        cx->a = &scratch;
        ok = goes_on(cx) && run(t, arg, &more);
        if (!ok) *whole = scratch; /* the error's words stand in it */
        cx->a = whole;
    }
    return ok;
}
