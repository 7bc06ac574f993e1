/* Somebody fetches the file that his confirmation promised. */
#include "base/json.h"
#include "capture/capture.h"
#include "lead/lead.h"

struct downloaded {
    int64_t lead_id, file_id;
    str props;
};

static bool downloaded_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct downloaded *d = arg;
    struct lead lead;
    if (lead_load(cx, tx, d->lead_id, &lead))
        return touchpoint_record(cx, tx, d->lead_id, TOUCH_DOWNLOADED, d->file_id, d->props);
    if (cx->err.code != ERR_NOT_FOUND) return false;
    err_clear(cx);
    return true;
}

bool capture_downloaded(struct ctx *cx, int64_t lead_id, const struct file *file)
{
    struct value props = value_map(cx->a);
    value_set_text(props, "file", file->name);
    struct downloaded d = {lead_id, file->id, json_text(cx->a, props)};
    return db_write(cx, DB_EVENTS, downloaded_write, &d);
}
