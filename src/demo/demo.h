/* demo/demo.h -- an installation full of people who do not exist, to look at and to measure with.
 *
 * Leads with firms, touchpoints, forms, submissions, double opt-ins, consents with sealed evidence
 * and an unbroken chain, notes: rows as the program itself writes them, over the two years before
 * a moment. The same seed and moment give the same people and the same history, byte for byte;
 * what keys and chance make differs: the ciphertext, the hash that spreads the addresses, and the
 * workspace's own id.
 *
 * Nothing is in the post queue and nobody can be reached: demo/people.h. The newest mails lie in
 * the outbox as if nothing had ever left it; they are made where cx->texts is there to make them.
 * Terms: demo data, lead, touchpoint (docs/GLOSSARY.md).
 */
#pragma once

#include "db/bulk.h"

/* Touchpoints a lead at most, on average. */
enum { DEMO_LEADS_MAX = 20000000, DEMO_EVENTS_PER_LEAD_MAX = 500, DEMO_EVENTS_DEFAULT = 5 };

struct demo_options {
    int64_t leads;
    int64_t events; /* touchpoints in all; what the leads' lives have is written in any case */
    int64_t seed;
    int64_t now_ms; /* nothing is later */
    str base_url;   /* where links in mails lead; empty: to this computer */
    bool (*progress)(void *arg, int64_t leads_done); /* NULL: nobody looks; false: stop */
    void *arg;
};

struct demo_result {
    int64_t touchpoints, rows; /* rows of all tables */
};

/* ERR_CONFLICT unless it has neither leads nor forms nor consents; the first workspace, people and
 * settings do not count. */
MUST_USE bool demo_must_be_empty(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema);
/* Fill the empty database behind `b` (BULK_FRESH) in workspace cx->workspace_id, with cx->keys, in
 * one transaction, indexes made at its end; bulk_finish is left to the caller. ERR_CONFLICT
 * if it is not empty. */
MUST_USE bool demo_fill(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema,
                        const struct demo_options *options, struct demo_result *out);
