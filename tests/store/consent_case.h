/* tests/store/consent_case.h -- a lead, a wording and what can be done with them, for the tests of
 * the consent room.
 */
#pragma once

#include "store_test.h"
#include "unit/assert_str.h"

#include "consent/consent.h"
#include "consent/consent_jobs.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "sql.h"

#include <stdio.h>
#include <string.h>

enum { FORM = 900, OTHER_FORM = 901, DAY_MS = 86400000 };

/* One workspace with a lead and a wording; the second workspace is another controller's. */
struct scene {
    struct store s;
    struct key_ring ring;
    int64_t lead_id, wording_id, purpose_id;
};

static const struct evidence EVIDENCE = {S_INIT("{\"form\":\"Whitepaper\"}"),
                                         S_INIT("{\"ip\":\"192.0.2.7\"}")};

/* Each step of a test is one write; what it takes and gives stands here. */
struct step {
    struct scene *scene;
    int64_t id, id2, n;
    struct confirmation confirmation;
    struct permit permit;
    bool flag;
    str text;
};

static inline bool done(struct scene *scene, tx_fn *fn, struct step *step)
{
    step->scene = scene;
    return db_write(&scene->s.cx, DB_INTERACTIVE, fn, step);
}

static inline void must(struct scene *scene, tx_fn *fn, struct step *step)
{
    if (!done(scene, fn, step))
        fail_msg("%s: %.*s", scene->s.cx.err.key, STR_ARG(scene->s.cx.err.detail));
}

static inline bool lead_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    struct lead_new in = {
        .email = step->text, .lang = S("de"), .source = S("Direkt"), .first_contact = S("{}")};
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    bool taken;
    return lead_create(cx, tx, &in, &step->id, &taken) && !taken;
}

static inline bool wording_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    struct wording w;
    if (!wording_ensure(cx, tx, step->text, CHANNEL_EMAIL, S("de"), S("Ja, ich will."),
                        &step->id) ||
        !wording_load(cx, tx, step->id, &w))
        return false;
    step->id2 = w.purpose_id;
    return true;
}

static inline void scene_open(struct scene *scene)
{
    assert_true(crypto_init());
    store_open(&scene->s);
    key_ring_new(&scene->ring, STORE_NOW_MS);
    scene->s.cx.keys = &scene->ring;
    assert_true(store_script(&scene->s,
                             "INSERT INTO workspace (id, name, host, created_ms) VALUES "
                             "(1, 'Falkenried', '', 0), (2, 'Andere', 'andere.example', 0)"));
    struct step lead = {.text = S("k.brandt@firma.example")}, wording = {.text = S("newsletter")};
    must(scene, lead_write, &lead);
    must(scene, wording_write, &wording);
    scene->lead_id = lead.id;
    scene->wording_id = wording.id;
    scene->purpose_id = wording.id2;
}

static inline void scene_close(struct scene *scene)
{
    store_close(&scene->s);
}

/* --- steps --- */

/* Ask for `wording_id` through form `id2`, with a confirmation (in step->confirmation). */
static inline bool ask(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    struct confirmation *c = &step->confirmation;
    *c = (struct confirmation){.id = ctx_new_id(cx),
                               .lead_id = step->scene->lead_id,
                               .form_id = step->id2,
                               .email = S("k.brandt@firma.example"),
                               .requested_ms = cx->now_ms,
                               .expires_ms = cx->now_ms + (int64_t)CONFIRMATION_DAYS * DAY_MS};
    return confirmation_open(cx, tx, c) &&
           (step->id == 0 || consent_request(cx, tx, c->lead_id, step->id, c->id, &EVIDENCE));
}

static inline struct confirmation asked(struct scene *scene, int64_t wording_id, int64_t form_id)
{
    struct step step = {.id = wording_id, .id2 = form_id};
    must(scene, ask, &step);
    return step.confirmation;
}

/* flag: it was open, and is answered now. */
static inline bool confirm(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    bool found;
    return confirmation_load(cx, tx, step->confirmation.id, &step->confirmation, &found) &&
           confirmation_confirm(cx, tx, &step->confirmation, &EVIDENCE, &step->flag);
}

static inline bool reject(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    return confirmation_reject(cx, tx, &step->confirmation, &EVIDENCE, &step->flag);
}

static inline bool confirmed(struct scene *scene, struct confirmation c)
{
    struct step step = {.confirmation = c};
    must(scene, confirm, &step);
    return step.flag;
}

static inline bool withdraw(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    return consent_withdraw(cx, tx, step->scene->lead_id, step->id, CHANNEL_EMAIL, &EVIDENCE);
}

static inline bool expire(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    int count;
    if (!confirmation_expire(cx, tx, 10, &count)) return false;
    step->n = count;
    return true;
}

static inline bool seal_all(struct ctx *cx, struct tx *tx, void *arg)
{
    return consent_seal(cx, tx, &((struct step *)arg)->n);
}

/* The state of the lead's one consent for the scene's purpose (0: there is none), the number of
 * its events, and what the lead's list shows. */
struct standing {
    struct scene *scene;
    int state;
    ptrdiff_t events;
    struct consent_event_rows rows;
    struct lead lead;
};

static inline bool standing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct standing *st = arg;
    struct consent_rows rows;
    if (!consent_list(cx, tx, st->scene->lead_id, &rows) ||
        !consent_events(cx, tx, st->scene->lead_id, &st->rows) ||
        !lead_load(cx, tx, st->scene->lead_id, &st->lead))
        return false;
    st->state = 0;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (str_eq(rows.row[i].purpose, S("newsletter"))) st->state = (int)rows.row[i].state;
    st->events = st->rows.count;
    return true;
}

static inline struct standing standing(struct scene *scene)
{
    struct standing st = {.scene = scene};
    assert_true(db_read(&scene->s.cx, standing_read, &st));
    return st;
}

/* The key of what the gate says to advertising; NULL: yes. */
static inline bool advertise(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    struct lead lead;
    return lead_load(cx, tx, step->scene->lead_id, &lead) &&
           permit_advertising(cx, tx, &lead, step->scene->purpose_id, &step->permit);
}

static inline const char *gate_says(struct scene *scene, struct permit *permit)
{
    struct step step = {.scene = scene};
    bool good = db_read(&scene->s.cx, advertise, &step);
    const char *key = good ? NULL : scene->s.cx.err.key;
    err_clear(&scene->s.cx);
    if (good && permit != NULL) *permit = step.permit;
    return key;
}

static inline bool holds_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    return permit_still_holds(cx, tx, &step->permit, &step->flag);
}

static inline bool still_holds(struct scene *scene, struct permit permit)
{
    struct step step = {.permit = permit};
    assert_true(db_read(&scene->s.cx, holds_read, &step));
    return step.flag;
}

static inline void pass(struct scene *scene, int64_t ms)
{
    scene->s.cx.now_ms += ms;
}
