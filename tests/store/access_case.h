/* access_case.h -- two workspaces with people, for the tests of access.
 *
 * Workspace 1 is the default one (host ''), 2 is at other.example. Mail stays in the house.
 */
#pragma once

#include "store_test.h"

#include "access/access_inner.h"
#include "base/crypto.h"
#include "sql.h"
#include "web/embedded.h"
#include "web/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* base/ctx.h has a function `fail`; cmocka's macro of that name must not meet it. */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { OTHER_WORKSPACE = 2, MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };
#define DAYS_MS(n) ((n)*INT64_C(24) * HOUR_MS)

static const char RIGHT[] = "drei Tassen Tee";
static const char WRONG[] = "vier Tassen Tee";

struct house {
    struct store s;
    struct texts texts;
    struct key_ring ring;
    struct client client;
};

static inline str source_load(void *user, arena *a, str name)
{
    (void)user;
    const struct embedded_file *f = embedded_find(str_printf(a, "ui/%.*s.liquid", STR_ARG(name)));
    return f == NULL ? (str){0} : (str){(const char *)f->bytes, f->len};
}

static inline void house_templates(struct house *h)
{
    static const str names[] = {
        S_INIT("mail/invite.html"),        S_INIT("mail/invite.text"),
        S_INIT("mail/reset.html"),         S_INIT("mail/reset.text"),
        S_INIT("mail/second_reset.html"),  S_INIT("mail/second_reset.text"),
        S_INIT("mail/recovery_used.html"), S_INIT("mail/recovery_used.text")};
    const struct embedded_file *de = embedded_find(S("ui/i18n/de.json"));
    const struct embedded_file *en = embedded_find(S("ui/i18n/en.json"));
    str why = {0};
    assert_true(de != NULL && en != NULL);
    if (!i18n_load(&h->s.schema_arena, (str){(const char *)de->bytes, de->len},
                   (str){(const char *)en->bytes, en->len}, &h->texts.i18n, &why))
        fail_msg("%.*s", STR_ARG(why));
    struct liquid_source source = {source_load, NULL};
    struct liquid_err err = {0};
    if (!liquid_compile(&h->s.schema_arena, &source, names, COUNTOF(names), NULL,
                        &h->texts.templates, &err))
        fail_msg("%.*s:%d %.*s", STR_ARG(err.file), err.line, STR_ARG(err.what));
}

static inline void house_open(struct house *h)
{
    *h = (struct house){.client = {.ip = S("203.0.113.7"),
                                   .user_agent = S("Firefox"),
                                   .base_url = S("https://zulauf.example"),
                                   .delivers = false}};
    assert_true(crypto_init());
    store_open(&h->s);
    key_ring_new(&h->ring, STORE_NOW_MS);
    house_templates(h);
    h->s.cx.keys = &h->ring;
    h->s.cx.texts = &h->texts;
    assert_true(store_script(
        &h->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'Lindhorst', '', 0);"
               "INSERT INTO workspace (id, name, host, created_ms) "
               "VALUES (2, 'Andere', 'other.example', 0);"));
}

static inline int64_t house_add(struct house *h, const char *email, enum role role)
{
    struct user_new in = {str_of(email), S("Miriam Vogt"), role, str_of(RIGHT), S("")};
    int64_t id = 0;
    if (!access_user_add(&h->s.cx, &in, &id)) fail_msg("%s: %s", email, h->s.cx.err.key);
    return id;
}

/* Whether a sign-in succeeds; *session then is the new one. */
static inline bool house_sign_in(struct house *h, const char *email, const char *password,
                                 struct session_new *session)
{
    struct sign_in in = {str_of(email), str_of(password), false};
    err_clear(&h->s.cx);
    return access_sign_in(&h->s.cx, &in, &h->client, session);
}

struct asking {
    str secret;
    struct access_identity who;
    bool found;
};

static inline bool ask_session(struct ctx *cx, struct tx *tx, void *arg)
{
    struct asking *q = arg;
    return access_by_session(cx, tx, q->secret, &q->who, &q->found);
}

static inline bool ask_token(struct ctx *cx, struct tx *tx, void *arg)
{
    struct asking *q = arg;
    return access_by_token(cx, tx, q->secret, &q->who, &q->found);
}

static inline struct asking house_ask(struct house *h, tx_fn *fn, str secret)
{
    struct asking q = {.secret = secret};
    err_clear(&h->s.cx);
    assert_true(db_read(&h->s.cx, fn, &q));
    return q;
}

/* Act as somebody from now on. */
static inline void house_act(struct house *h, int64_t user_id, enum role role, int64_t session_id)
{
    h->s.cx.actor = (struct actor){ACTOR_USER, user_id, session_id, role_permissions(role)};
    err_clear(&h->s.cx);
}

/* The last use case failed for this reason. */
#define assert_refused(h, done, want_code, want_key)                                               \
    do {                                                                                           \
        assert_false(done);                                                                        \
        const struct err *err_ = &(h)->s.cx.err;                                                   \
        const char *key_ = err_->field_count > 0 ? err_->field[0].key : err_->key;                 \
        if (err_->code != (want_code) || key_ == NULL || strcmp(key_, (want_key)) != 0)            \
            fail_msg("got %d %s, want %d %s", err_->code, key_ == NULL ? "-" : key_, (want_code),  \
                     (want_key));                                                                  \
        err_clear(&(h)->s.cx);                                                                     \
    } while (0)
