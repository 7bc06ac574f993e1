/* demo/maker.h -- turns lives into rows. For demo/ alone.
 *
 * What comes in the order of the leads goes into the batch at once. Addresses and search words,
 * whose keys are spread over the whole table, are held back and sorted first: a table that is
 * filled in the order of its key is read and written once.
 */
#pragma once

#include "base/value.h"
#include "consent/consent.h"
#include "demo/demo.h"
#include "demo/life.h"
#include "demo/people.h"
#include "demo/sheet.h"
#include "keys/seal.h"

enum demo_sheet {
    SHEET_INSTALLATION,
    SHEET_SETTING,
    SHEET_PURPOSE,
    SHEET_WORDING,
    SHEET_FORM,
    SHEET_FORM_VERSION,
    SHEET_LEAD,
    SHEET_LEAD_KEY,
    SHEET_IDENTITY,
    SHEET_WORD,
    SHEET_TOUCHPOINT,
    SHEET_NOTE,
    SHEET_SUBMISSION,
    SHEET_CONFIRMATION,
    SHEET_CONSENT,
    SHEET_CONSENT_EVENT,
    SHEET_CONSENT_BLOCK,
    SHEET_SUPPRESSION,
    SHEET__COUNT
};

enum {
    BATCH_LEADS = 500,
    BATCH_BYTES = 1 << 30,  /* reserved address space; a usual batch touches 10 MB */
    LATE_LEADS = 200000,    /* so many leads' addresses and words are sorted at a time */
    LATE_BYTES = 512 << 20, /* their texts: 150 bytes a lead */
    LATE_WORDS = LATE_LEADS * 16,
    HASH_BYTES = 32,
    EXTRA_SHIFT = 28,
    DEMO_BOXES = 2,
};

/* How somebody found the page. */
struct demo_way {
    int weight;
    const char *source, *medium, *campaign, *referrer; /* "": none */
    const char *label; /* as tracking/utm.h's source_label would say it */
};

/* What somebody looked with. */
struct demo_device {
    int weight;
    const char *device, *browser, *os, *user_agent;
};

/* Rows on their way from the maker to the writer. */
struct demo_batch {
    struct arena_block block;
    arena a;
    struct sheet sheet[SHEET__COUNT];
    int64_t leads_done;
};

/* A box of a form: its consent, and what touchpoints say of it. */
struct demo_box {
    int64_t purpose_id, wording_id;
    enum channel channel;
    str purpose, label, text, props;
};

struct demo_form_made {
    int64_t id, version_id;
    str name, slug, sha256_hex, id_text, page;
    struct demo_box box[DEMO_BOXES];
    int boxes;
};

struct late_word {
    str word;
    int64_t lead_id;
};

struct late_identity {
    int64_t hash, lead_id, state, verified_ms, created_ms;
    str value;
};

/* Addresses and words that wait to be sorted. */
struct late {
    struct arena_block block;
    arena a;
    struct late_word *word;
    struct late_identity *identity;
    ptrdiff_t words, identities;
};

struct maker {
    struct ctx *cx;
    const struct demo_options *options;
    struct demo_lists lists;
    struct season *season;
    struct demo_form_made form[DEMO_FORM__COUNT];
    int64_t firms;
    uint64_t *seen; /* hashes of the addresses given out; open addressing */
    uint64_t seen_mask;
    struct arena_block seen_block;
    struct late late;
    int64_t weight_total, weight_done, extra_total, extra_done;
    int64_t extra_each; /* further touchpoints a unit of weight, in parts of 2^EXTRA_SHIFT */
    struct consent_link link[CONSENT_BLOCK_EVENTS]; /* of the block that is open */
    ptrdiff_t links;
    int64_t block_no;
    char prev_hash[HASH_BYTES];
    int64_t touchpoints;
};

/* What one lead's rows share while they are made. */
struct making {
    struct maker *m;
    struct demo_batch *b;
    int64_t no, id; /* which lead */
    struct life life;
    struct dice dice;
    struct demo_person person;
    struct demo_firm firm;
    bool employed;
    const struct demo_way *way;
    const struct demo_device *device;
    str text[SLOT__COUNT], email;
    struct seal_key key;
    int64_t submission_id, confirmation_id, consent_id[DEMO_BOXES];
    int64_t last_ms, updated_ms, version_no;
    int parts; /* ids made so far */
};

/* An id of a moment, different for each lead and part of it. */
int64_t demo_id(int64_t ms, int64_t lead_no, int part);
/* Open the sheets of a batch. */
MUST_USE bool demo_sheets_open(struct ctx *cx, const struct bulk_schema *schema,
                               struct demo_batch *b);
/* Forms, wordings, purposes, settings and the mark "demo", into the batch. */
MUST_USE bool demo_setup(struct maker *m, struct demo_batch *b);
/* All rows of lead `no`, into the batch and the late ones. */
void demo_lead(struct maker *m, struct demo_batch *b, int64_t no);
/* What a form's page told about the visitor, into a map: page, referrer, utm, device … */
void demo_context(struct making *k, struct value map);
/* Submission, double opt-in, consents and their evidence, of a lead that came through a form. */
void demo_proof(struct making *k);
/* Close the block of the chain that is open. */
void demo_block_close(struct maker *m, struct demo_batch *b);

/* Open the memory for what is late; close it. */
MUST_USE bool demo_late_open(struct late *late);
void demo_late_close(struct late *late);
/* Hold back a lead's address and words. */
void demo_late_add(struct making *k, enum email_state state, int64_t verified_ms);
/* Is it time to write what is late? */
bool demo_late_full(const struct late *late);
/* Put everything that is late in the order of its keys. */
void demo_late_sort(struct late *late);
/* The next rows of it into a batch, from where *word and *identity stand; false: none are left. */
bool demo_late_take(struct maker *m, struct demo_batch *b, ptrdiff_t *word, ptrdiff_t *identity);
/* Forget it: all has been written. */
void demo_late_clear(struct late *late);
