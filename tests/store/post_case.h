/* tests/store/post_case.h -- mails of a lead in a database, for the tests of the post room. */
#pragma once

#include "store_test.h"
#include "unit/assert_str.h"

#include "keys/keys.h"
#include "lead/lead.h"
#include "post/packed.h"
#include "post/post.h"
#include "post/post_delivery_inner.h"
#include "sql.h"
#include "web/render.h"

#include <stdio.h>
#include <string.h>

/* What the gate of a test says, and what it was asked; the context's app. */
struct app {
    bool closed;        /* no to everything */
    int64_t broken_for; /* the lead it fails for */
    int asked;
    int64_t workspace_id;
    struct permit permit;
};

struct post_scene {
    struct store s;
    struct key_ring ring;
    struct app app;
    struct texts texts;
    int64_t lead_id;
};

static inline bool test_gate(struct ctx *cx, struct tx *tx, const struct permit *permit,
                             bool *holds)
{
    (void)tx;
    cx->app->asked++;
    cx->app->workspace_id = cx->workspace_id;
    cx->app->permit = *permit;
    *holds = !cx->app->closed;
    if (permit->lead_id != 0 && permit->lead_id == cx->app->broken_for)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "the gate is broken");
    return true;
}

struct post_step {
    int64_t id, lead_id;
    str to;
    enum permit_class permit_class;
    struct mail mail;
    str mime;
    struct mail_attempts attempts;
    struct mail_rows rows;
    int touches;
};

static inline bool post_lead_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct post_step *step = arg;
    struct lead_new in = {
        .email = step->to, .lang = S("de"), .source = S("Direkt"), .first_contact = S("{}")};
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    bool taken;
    return lead_create(cx, tx, &in, &step->lead_id, &taken) && !taken;
}

static inline void post_write(struct post_scene *scene, tx_fn *fn, void *arg)
{
    if (!db_write(&scene->s.cx, DB_INTERACTIVE, fn, arg))
        fail_msg("%s: %.*s", scene->s.cx.err.key, STR_ARG(scene->s.cx.err.detail));
}

static inline void post_read(struct post_scene *scene, tx_fn *fn, void *arg)
{
    if (!db_read(&scene->s.cx, fn, arg))
        fail_msg("%s: %.*s", scene->s.cx.err.key, STR_ARG(scene->s.cx.err.detail));
}

static inline void post_open(struct post_scene *scene)
{
    assert_true(crypto_init());
    *scene = (struct post_scene){0};
    store_open(&scene->s);
    key_ring_new(&scene->ring, STORE_NOW_MS);
    scene->s.cx.keys = &scene->ring;
    scene->s.cx.app = &scene->app;
    scene->texts.mail_dictionary = mail_dictionary_new();
    scene->s.cx.texts = &scene->texts;
    struct post_step step = {.to = S("k.brandt@firma.example")};
    post_write(scene, post_lead_write, &step);
    scene->lead_id = step.lead_id;
}

static inline void post_close(struct post_scene *scene)
{
    zip_dictionary_free(scene->texts.mail_dictionary);
    store_close(&scene->s);
}

static inline bool post_mail_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct post_step *step = arg;
    struct permit permit = {.permit_class = step->permit_class,
                            .workspace_id = cx->workspace_id,
                            .lead_id = step->lead_id,
                            .consent_id = step->permit_class == PERMIT_ADVERTISING ? 5 : 0,
                            .confirmation_id = step->permit_class == PERMIT_DOI ? 6 : 0,
                            .to_address = step->to};
    struct mail_new mail = {.id = ctx_new_id(cx),
                            .template_name = "mail/doi",
                            .from_name = S("Falkenried"),
                            .from_address = S("info@falkenried.example"),
                            .subject = S("Bitte best\xC3\xA4tigen"),
                            .text = S("Hallo\n"),
                            .html = S("<p>Hallo</p>"),
                            .message_id_host = S("falkenried.example")};
    if (step->permit_class == PERMIT_ADVERTISING)
        mail.unsubscribe_url = S("https://falkenried.example/u/x");
    struct post_prepared prepared;
    step->id = mail.id;
    return post_prepare(cx, &permit, &mail, &prepared) && post_enqueue(cx, tx, &prepared);
}

/* Queue a mail to the lead (PERMIT_SYSTEM: to a colleague); its id. */
static inline int64_t post_mail(struct post_scene *scene, enum permit_class permit_class, str to)
{
    struct post_step step = {.to = to,
                             .permit_class = permit_class,
                             .lead_id = permit_class == PERMIT_SYSTEM ? 0 : scene->lead_id};
    post_write(scene, post_mail_write, &step);
    return step.id;
}

static inline bool post_step_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct post_step *step = arg;
    return post_load(cx, tx, step->id, &step->mail, &step->mime) &&
           post_attempts(cx, tx, step->id, &step->attempts);
}

/* The mail as it stands, with its attempts. */
static inline struct post_step post_look(struct post_scene *scene, int64_t id)
{
    struct post_step step = {.id = id};
    post_read(scene, post_step_read, &step);
    return step;
}

static inline struct post_items *post_due_now(struct post_scene *scene)
{
    struct post_items *items = NEW(&scene->s.a, struct post_items, 1);
    scene->s.cx.workspace_id = 0;
    assert_true(post_due(&scene->s.cx, POST_BATCH, items));
    scene->s.cx.workspace_id = STORE_WORKSPACE;
    return items;
}

/* Claim everything that is due. */
static inline struct post_items *post_claimed(struct post_scene *scene)
{
    struct post_items *items = post_due_now(scene);
    scene->s.cx.workspace_id = 0;
    assert_true(post_claim(&scene->s.cx, test_gate, items));
    scene->s.cx.workspace_id = STORE_WORKSPACE;
    return items;
}

/* Settle one claimed mail. */
static inline void post_came(struct post_scene *scene, const struct post_item *item,
                             enum mail_outcome outcome, bool counts, const char *reply)
{
    struct post_outcome o = {.flight = item->flight, .outcome = outcome, .counts = counts};
    snprintf(o.reply, sizeof o.reply, "%s", reply);
    scene->s.cx.workspace_id = 0;
    assert_true(post_settle(&scene->s.cx, &o, 1));
    scene->s.cx.workspace_id = STORE_WORKSPACE;
}
