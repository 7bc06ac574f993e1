/* base/ctx.h -- what every function with an effect takes first.
 *
 * A context belongs to one request, job run or command, and to one thread at a time. It carries
 * the memory, the clock's reading, who acts and for which workspace, the process's services,
 * and the error that is told at the edge.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct db;        /* db/db.h */
struct key_ring;  /* keys/keys.h */
struct id_source; /* base/id.h */
struct texts;     /* web/render.h: templates and sentences */
struct app;       /* app.h: the process's services and configuration */
struct ctx_defer_entry;

enum lang { LANG_DE, LANG_EN, LANG__COUNT };

enum actor_kind {
    ACTOR_NOBODY,   /* a visitor */
    ACTOR_USER,     /* a signed-in person */
    ACTOR_TOKEN,    /* a program with an API token */
    ACTOR_OPERATOR, /* the command line */
    ACTOR_SYSTEM,   /* a job */
};

struct actor {
    enum actor_kind kind;
    int64_t user_id;      /* also of a token: its user; 0 if none */
    int64_t id;           /* session or token id; 0 if none */
    uint64_t permissions; /* bits of enum permission (access/access_types.h) */
};

struct ctx {
    arena *a;
    struct db *db;
    struct key_ring *keys;
    struct id_source *ids;
    struct texts *texts;
    struct app *app;
    int64_t now_ms; /* UTC; read once when the work began */
    int64_t request_id;
    int64_t workspace_id; /* 0: none chosen (system scope) */
    struct actor actor;
    enum lang lang; /* of the person at the other end */
    bool informal;  /* who is spoken to as "du", where that makes a difference */
    struct err err;
    struct ctx_defer_entry *deferred;
};

/* Set the error and return false: `return fail(cx, ERR_CONFLICT, "lead.email_taken");` */
bool fail(struct ctx *cx, enum err_code code, const char *key);
/* The same with an English detail for the log (printf). */
bool fail_detail(struct ctx *cx, enum err_code code, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Fill a gap of the sentence that was set last (the field's, if the last was a field). */
void fail_arg(struct ctx *cx, const char *name, str value);
/* Note a fault of one field and set ERR_INVALID; false. More than ERR_FIELDS are dropped. */
bool fail_field(struct ctx *cx, str field, const char *key);
/* One field stands against what is stored already: ERR_CONFLICT with the sentence and the field. */
bool fail_conflict(struct ctx *cx, str field, const char *key);
/* Forget the error. */
void err_clear(struct ctx *cx);
/* Call fn(ptr) when the work ends, last first, however it ends. */
void ctx_defer(struct ctx *cx, void (*fn)(void *), void *ptr);
/* The edge: run what was deferred. */
void ctx_end(struct ctx *cx);
/* A new id from cx->ids at the present time. */
int64_t ctx_new_id(struct ctx *cx);
