/* store/capture_case.h -- for tests of capture/: a workspace with a form or two, people who send
 * them, and what there is about a lead then.
 */
#pragma once

#include "texts_case.h"

#include "base/crypto.h"
#include "base/json.h"
#include "capture/capture_inner.h"
#include "consent/consent.h"
#include "form/form_rules.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "sql.h"

#include <stdio.h>

enum { MINUTE_MS = 60000, DAY_MS = 86400000 };

static const char NEWSLETTER[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},"
    "{\"key\":\"first_name\"},{\"key\":\"company\"},{\"key\":\"city\"}],\"consents\":["
    "{\"purpose\":\"newsletter\",\"text\":\"Ja, ich will den Newsletter.\"}]}";
static const char CONTACT[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}]}";

struct scene {
    struct store s;
    struct key_ring ring;
    struct texts texts;
    struct contact_sender sender;
    struct form_live newsletter, contact;
};

static inline struct value tree(arena *a, str text)
{
    struct value v;
    struct json_err err;
    if (!json_parse(a, text, &v, &err)) fail_msg("%.*s: %s", STR_ARG(text), err.what);
    return v;
}

struct publish {
    const char *slug, *json;
    struct form_live *out;
};

static inline bool publish_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct publish *p = arg;
    static struct form_def def;
    int64_t id;
    return form_def_read(cx, tree(cx->a, str_of(p->json)), &def) &&
           form_create(cx, tx, str_of(p->slug), str_of(p->slug), &def, &id) &&
           form_publish(cx, tx, id) && form_live_by_id(cx, tx, id, p->out);
}

static inline void scene_open(struct scene *sc)
{
    *sc = (struct scene){0};
    assert_true(crypto_init());
    store_open(&sc->s);
    key_ring_new(&sc->ring, STORE_NOW_MS);
    sc->s.cx.keys = &sc->ring;
    texts_load(&sc->s, &sc->texts);
    assert_true(store_script(&sc->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES "
                                     "(1, 'Falkenried', '', 0)"));
    struct publish newsletter = {"newsletter", NEWSLETTER, &sc->newsletter};
    struct publish contact = {"kontakt", CONTACT, &sc->contact};
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, publish_write, &newsletter));
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, publish_write, &contact));
    assert_true(contact_sender_load(&sc->s.cx, S("https://zulauf.example"), &sc->sender));
}

/* What somebody sends from the form's own page. */
static inline struct submission_new filled_in(struct scene *sc, struct form_live *form,
                                              const char *json)
{
    arena *a = sc->s.cx.a;
    return (struct submission_new){.form = form,
                                   .body = tree(a, str_of(json)),
                                   .context = {.source = S("direct"),
                                               .ip = S("192.0.2.7"),
                                               .utm = value_map(a),
                                               .fill_ms = -1},
                                   .sender = &sc->sender};
}

/* Send it, a minute later; it must be taken. */
static inline struct submission_done hand_in(struct scene *sc, const struct submission_new *in)
{
    struct ctx *cx = &sc->s.cx;
    struct submission_done done = {0};
    err_clear(cx);
    cx->now_ms += MINUTE_MS;
    if (!capture_submit(cx, in, &done))
        fail_msg("%.*s: %s %.*s", STR_ARG(json_text(cx->a, in->body)), cx->err.key,
                 STR_ARG(cx->err.detail));
    return done;
}

static inline struct submission_done submit(struct scene *sc, struct form_live *form,
                                            const char *json)
{
    struct submission_new in = filled_in(sc, form, json);
    return hand_in(sc, &in);
}

/* What there is about a lead. */
struct look {
    int64_t lead_id;
    struct lead lead;
    struct touchpoints touches;
    struct submission_rows submissions;
    struct mail_rows mails;
    struct consent_rows consents;
};

static inline bool look_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    return lead_load(cx, tx, l->lead_id, &l->lead) &&
           touchpoint_list(cx, tx, l->lead_id, 0, 0, 50, &l->touches) &&
           submission_of_lead(cx, tx, l->lead_id, 0, 50, &l->submissions) &&
           post_list(cx, tx, 0, 50, &l->mails) && consent_list(cx, tx, l->lead_id, &l->consents);
}

static inline struct look look(struct scene *sc, int64_t lead_id)
{
    struct look l = {.lead_id = lead_id};
    err_clear(&sc->s.cx);
    assert_true(db_read(&sc->s.cx, look_read, &l));
    return l;
}

static inline int touches(const struct look *l, enum touchpoint_kind kind)
{
    int n = 0;
    for (ptrdiff_t i = 0; i < l->touches.count; i++) n += l->touches.row[i].kind == kind;
    return n;
}

/* The confirmation that a lead was last sent. */
static inline int64_t newest_confirmation(const struct look *l)
{
    for (ptrdiff_t i = 0; i < l->touches.count; i++)
        if (l->touches.row[i].kind == TOUCH_DOI_REQUESTED) return l->touches.row[i].object_id;
    fail_msg("no confirmation");
    return 0;
}

static inline enum link_kind click_on(struct scene *sc, int64_t confirmation_id)
{
    struct ctx *cx = &sc->s.cx;
    struct confirmation c = {.id = confirmation_id,
                             .expires_ms = STORE_NOW_MS + 7 * (int64_t)DAY_MS};
    struct contact_context context = {.ip = S("192.0.2.8"), .user_agent = S("Firefox")};
    static struct confirmation_view view;
    cx->now_ms += MINUTE_MS;
    if (!capture_confirm(cx, confirm_token(cx, &c), &context, &view))
        fail_msg("%s %.*s", cx->err.key, STR_ARG(cx->err.detail));
    return view.kind;
}

static inline enum link_kind click(struct scene *sc, int64_t lead_id)
{
    struct look l = look(sc, lead_id);
    return click_on(sc, newest_confirmation(&l));
}
