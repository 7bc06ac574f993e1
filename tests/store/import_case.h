/* store/import_case.h -- an import from file to result, as tests of imports call it. */
#pragma once

#include "lead_case.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/permission.h"
#include "consent/consent.h"
#include "importer/import.h"
#include "importer/import_jobs.h"
#include "importer/import_store.h"
#include "lead/lead.h"
#include "lead/lead_edit.h"

static inline int open_place(void **state)
{
    return place_new(state, MAY_READ_ALL_LEADS | MAY_WRITE_LEADS | MAY_IMPORT) != NULL ? 0 : -1;
}

struct call {
    int64_t id;
    struct import im;
    struct import_wish wish;
    struct import_refusals refusals;
    int64_t lead_id;
    str sql, email;
    struct buf *out;
    bool gone;
};

static inline bool do_load(struct ctx *cx, struct tx *tx, void *arg)
{
    struct call *c = arg;
    return import_load(cx, tx, c->id, &c->im);
}

static inline bool do_order(struct ctx *cx, struct tx *tx, void *arg)
{
    struct call *c = arg;
    return import_order(cx, tx, c->id, &c->wish);
}

static inline bool do_start(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_start(cx, tx, ((struct call *)arg)->id);
}

static inline bool do_stop(struct ctx *cx, struct tx *tx, void *arg)
{
    struct call *c = arg;
    return import_stop(cx, tx, c->id, &c->gone);
}

static inline bool do_refused(struct ctx *cx, struct tx *tx, void *arg)
{
    struct call *c = arg;
    return import_load(cx, tx, c->id, &c->im) &&
           import_refused_list(cx, tx, &c->im, 0, 100, &c->refusals);
}

static inline bool do_erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_erase(cx, tx, ((struct call *)arg)->email);
}

static inline bool do_lines(struct ctx *cx, struct tx *tx, void *arg)
{
    struct call *c = arg;
    return sql_lines(tx, str_cstr(cx->a, c->sql), c->out);
}

/* What a query says, its rows by '/'. */
static inline str said(struct ctx *cx, const char *sql)
{
    struct buf out = buf_new(cx->a, 100000);
    struct call c = {.sql = str_of(sql), .out = &out};
    assert_true(db_read(cx, do_lines, &c));
    return str_replace(cx->a, str_trim(buf_str(&out)), S("\n"), S("/"));
}

static inline int64_t take(struct ctx *cx, const char *text)
{
    struct import_upload in = {.file_name = S("kontakte.csv"), .bytes = str_of(text)};
    int64_t id = 0;
    if (!import_take(cx, &in, &id))
        fail_msg("%s %s", cx->err.key, cx->err.field_count > 0 ? cx->err.field[0].key : "");
    return id;
}

static inline struct import loaded(struct ctx *cx, int64_t id)
{
    struct call c = {.id = id};
    assert_true(db_read(cx, do_load, &c));
    return c.im;
}

static inline struct import checked_with(struct ctx *cx, int64_t id, enum import_known known,
                                  enum import_wrong wrong)
{
    struct call c = {.id = id, .wish = {.known = known, .wrong = wrong}};
    struct import im = loaded(cx, id);
    import_strings(cx, im.mapping, &c.wish.key, &c.wish.count);
    assert_true(db_write(cx, DB_INTERACTIVE, do_order, &c));
    struct job job = {.payload = id_text(cx->a, ID_IMPORT, id), .attempt = 1};
    assert_true(import_check_run(cx, &job));
    return loaded(cx, id);
}

/* As proposed, and checked. */
static inline struct import checked(struct ctx *cx, int64_t id, enum import_known known)
{
    return checked_with(cx, id, known, WRONG_REFUSE);
}

static inline bool run(struct ctx *cx, int64_t id)
{
    struct job job = {.payload = id_text(cx->a, ID_IMPORT, id), .attempt = 1};
    return import_write_run(cx, &job);
}

static inline struct import ran(struct ctx *cx, int64_t id, enum import_known known)
{
    struct call c = {.id = id};
    (void)checked(cx, id, known);
    assert_true(db_write(cx, DB_INTERACTIVE, do_start, &c));
    assert_true(run(cx, id));
    return loaded(cx, id);
}
