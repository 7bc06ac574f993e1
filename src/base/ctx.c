#include "base/ctx.h"

#include "base/id.h"

#include <stdarg.h>
#include <stdio.h>

enum { DETAIL_MAX_BYTES = 1000 };

struct ctx_defer_entry {
    void (*fn)(void *);
    void *ptr;
    struct ctx_defer_entry *next;
};

static const struct err NO_ERROR;

bool fail(struct ctx *cx, enum err_code code, const char *key)
{
    struct err *e = &cx->err;
    /* A summary of faulty fields may follow them; any other error replaces them. */
    if (code != ERR_INVALID) e->field_count = 0;
    e->code = code;
    e->key = key;
    e->detail = (str){0};
    e->noted = 0;
    e->retry_after_s = 0;
    for (int i = 0; i < ERR_ARGS; i++) e->args[i] = (struct err_arg){0};
    return false;
}

bool fail_detail(struct ctx *cx, enum err_code code, const char *key, const char *format, ...)
{
    char text[DETAIL_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail(cx, code, key);
    if (len >= (int)sizeof text) len = (int)sizeof text - 1;
    if (len >= 0) cx->err.detail = str_dup(cx->a, (str){text, len});
    return false;
}

void fail_arg(struct ctx *cx, const char *name, str value)
{
    struct err *e = &cx->err;
    assert(e->code != ERR_NONE);
    if (e->noted < 0) return; /* its field had no room */
    struct err_arg *args = e->noted == 0 ? e->args : e->field[e->noted - 1].args;
    for (int i = 0; i < ERR_ARGS; i++) {
        if (args[i].name != NULL) continue;
        args[i] = (struct err_arg){name, value};
        return;
    }
    assert(false && "a sentence has at most ERR_ARGS gaps");
}

bool fail_field(struct ctx *cx, str field, const char *key)
{
    struct err *e = &cx->err;
    if (e->code != ERR_INVALID) {
        fail(cx, ERR_INVALID, NULL);
        e->field_count = 0;
    }
    if (e->field_count == ERR_FIELDS) {
        e->noted = -1;
        return false;
    }
    e->field[e->field_count++] = (struct err_field){.field = field, .key = key};
    e->noted = e->field_count;
    return false;
}

bool fail_conflict(struct ctx *cx, str field, const char *key)
{
    fail(cx, ERR_CONFLICT, key);
    cx->err.field[0] = (struct err_field){.field = field, .key = key};
    cx->err.field_count = cx->err.noted = 1;
    return false;
}

void err_clear(struct ctx *cx)
{
    cx->err = NO_ERROR;
}

void ctx_defer(struct ctx *cx, void (*fn)(void *), void *ptr)
{
    struct ctx_defer_entry *entry = NEW(cx->a, struct ctx_defer_entry, 1);
    *entry = (struct ctx_defer_entry){fn, ptr, cx->deferred};
    cx->deferred = entry;
}

void ctx_end(struct ctx *cx)
{
    while (cx->deferred != NULL) {
        struct ctx_defer_entry *entry = cx->deferred;
        cx->deferred = entry->next; /* first: fn may defer again or fail */
        entry->fn(entry->ptr);
    }
}

int64_t ctx_new_id(struct ctx *cx)
{
    assert(cx->ids != NULL);
    return id_next(cx->ids, cx->now_ms);
}
