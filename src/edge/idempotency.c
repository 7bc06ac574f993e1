#include "edge/idempotency.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "idempotency_sql.h"
#include "keys/seal.h"
#include "net/http_server.h"

enum {
    KEY_BYTES_MAX = 200,
    ABANDONED_MS = 60000,
    KEPT_MS = 86400000,
    DIGEST_BYTES = 32,
    SWEEP_ROWS = 2000
};

static str digest(struct ctx *cx, str data)
{
    uint8_t *out = NEW(cx->a, uint8_t, DIGEST_BYTES);
    crypto_sha256(data, out);
    return (str){(const char *)out, DIGEST_BYTES};
}

struct begin {
    str key_hash, request_hash;
    bool mine;
    struct idempotency_get_row row;
};

static bool begin_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct begin *b = arg;
    struct idempotency_begin_in in = {b->key_hash, b->request_hash, cx->now_ms};
    int64_t changed = 0;
    if (!q_idempotency_begin(tx, &in, &changed)) return false;
    b->mine = changed == 1;
    if (b->mine) return true;
    struct idempotency_get_in get = {b->key_hash};
    if (!q_idempotency_get(tx, &get, &b->row, NULL)) return false;
    /* Left behind by a crash: nothing was answered, so it may be tried again. */
    bool abandoned = b->row.status == 0 && b->row.at_ms < cx->now_ms - ABANDONED_MS;
    if (!abandoned || !str_eq(b->row.request_hash, b->request_hash)) return true;
    struct idempotency_drop_in drop = {b->key_hash, b->row.at_ms};
    if (!q_idempotency_drop(tx, &drop, NULL) || !q_idempotency_begin(tx, &in, &changed))
        return false;
    b->mine = changed == 1;
    return true;
}

static bool replay(struct ctx *cx, const struct begin *b, struct web_reply *rp)
{
    str ad = seal_ad(cx->a, "idempotency.body", cx->workspace_id, 0), body;
    if (!secret_open(cx->a, cx->keys, b->row.body, ad, &body))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a kept answer does not open");
    struct value root;
    struct json_err err;
    if (!json_parse(cx->a, body, &root, &err))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a kept answer is no JSON");
    rp->status = (int)b->row.status;
    rp->data = value_get(root, S("data"));
    return true;
}

bool idempotency_begin(struct ctx *cx, const struct web_request *rq, struct idempotency *out,
                       struct web_reply *rp, bool *replayed)
{
    str key = http_header_get(rq->http, "idempotency-key");
    *out = (struct idempotency){0};
    *replayed = false;
    if (key.ptr == NULL || rq->face != FACE_API || rq->http->method != HTTP_POST) return true;
    if (key.len == 0 || key.len > KEY_BYTES_MAX)
        return fail(cx, ERR_UNREADABLE, "error.idempotency_key");
    str who =
        str_printf(cx->a, "%lld %.*s ", (long long)cx->actor.user_id, STR_ARG(rq->http->path));
    struct buf request = buf_new(cx->a, who.len + rq->http->body.len);
    buf_put(&request, who);
    buf_put(&request, rq->http->body);
    struct begin b = {.key_hash =
                          digest(cx, str_printf(cx->a, "%.*s%.*s", STR_ARG(who), STR_ARG(key))),
                      .request_hash = digest(cx, buf_str(&request))};
    if (!db_write(cx, DB_INTERACTIVE, begin_write, &b)) return false;
    if (!b.mine) {
        if (!str_eq(b.row.request_hash, b.request_hash))
            return fail(cx, ERR_CONFLICT, "error.idempotency_other");
        if (b.row.status == 0) {
            cx->err.retry_after_s = 1;
            return fail(cx, ERR_CONFLICT, "error.idempotency_running");
        }
        *replayed = true;
        return replay(cx, &b, rp);
    }
    *out = (struct idempotency){true, b.key_hash, cx->now_ms};
    return true;
}

struct end {
    const struct idempotency *key;
    bool ok;
    int status;
    str body;
};

static bool end_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct end *e = arg;
    (void)cx;
    struct idempotency_drop_in drop = {e->key->key_hash, e->key->began_ms};
    struct idempotency_done_in done = {e->key->key_hash, e->key->began_ms, e->status, e->body};
    return e->ok ? q_idempotency_done(tx, &done, NULL) : q_idempotency_drop(tx, &drop, NULL);
}

void idempotency_end(struct ctx *cx, const struct idempotency *key, bool ok,
                     const struct web_reply *rp)
{
    if (!key->active) return;
    struct err kept = cx->err;
    struct value root = value_map(cx->a);
    value_set(root, "data", rp->data);
    str ad = seal_ad(cx->a, "idempotency.body", cx->workspace_id, 0);
    struct end e = {key, ok, rp->status == 0 ? 200 : rp->status, {0}};
    if (ok) e.body = secret_seal(cx->a, cx->keys, json_text(cx->a, root), ad);
    err_clear(cx);
    if (!db_write(cx, DB_INTERACTIVE, end_write, &e))
        log_line(LOG_LEVEL_WARN, "idempotency.not_kept", "id=%lld", (long long)cx->request_id);
    cx->err = kept;
}

static bool oldest_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct idempotency_oldest_in in = {cx->now_ms - KEPT_MS, SWEEP_ROWS};
    struct idempotency_oldest_row row;
    if (!q_idempotency_oldest(tx, &in, &row, NULL)) return false;
    *(int64_t *)arg = row.at_ms;
    return true;
}

static bool sweep_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct idempotency_sweep_in in = {*(const int64_t *)arg};
    (void)cx;
    return q_idempotency_sweep(tx, &in, NULL);
}

bool idempotency_sweep_run(struct ctx *cx, const struct job *job)
{
    int64_t until_ms;
    (void)job;
    for (;;) {
        if (!db_read(cx, oldest_read, &until_ms)) return false;
        if (until_ms == 0) return true;
        if (!db_write(cx, DB_BULK, sweep_write, &until_ms)) return false;
    }
}
