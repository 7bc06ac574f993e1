/* lead/lead.h -- leads: find or create them, change them, remember what happened.
 *
 * Every function works in the transaction it is given and on the workspace of its context.
 * Whoever contacts a lead asks the consent room first; nothing here sends anything.
 */
#pragma once

#include "db/db.h"
#include "keys/seal.h"
#include "lead/lead_types.h"

/* What a new lead starts with. Texts are in normal form (field/field.h). */
struct lead_new {
    int64_t id; /* 0: a new one is made */
    str email;  /* normalised; empty: none */
    int64_t email_hash; /* its lead_address_hash, if it was needed before; 0 else */
    str text[SLOT__COUNT];
    str lang;          /* "de", "en" */
    str source;        /* "Google / cpc", "Direkt", a form's name … */
    str first_contact; /* JSON */
    int64_t campaign_id; /* 0: none */
    int64_t owner_id;    /* who looks after it; 0: nobody */
    bool twin;         /* another lead has the address already: this one is not recognised by it */
};

enum {
    LEAD_NAME_WORDS_MAX = 24, /* of who it is */
    LEAD_WORDS_MAX = 72       /* and of its answers to own fields (lead/lead_own.h) */
};

/* What follows from a new lead without a transaction: made before it, so that nobody waits for it.
 */
struct lead_ready {
    int64_t id;
    str display_name, name_sort, key_wrapped;
    str word[LEAD_WORDS_MAX]; /* for the search */
    int word_count;
    struct seal_key key;
};

/* How a list is asked for. */
enum lead_sort { LEAD_SORT_CREATED, LEAD_SORT_LAST, LEAD_SORT_NAME };

enum { LEAD_OWNER_NOBODY = -1 };

enum { LEAD_OWN_WISHES = 3 }; /* with a word of the search they are four, which it finds at once */

/* Leads by an own field: a choice or yes exactly, a text by how it begins, numbers and dates from
 * and to, both included; empty: no such end. */
struct lead_own_wish {
    str key, from, to;
    bool equal; /* asked for as one value, which stands in both */
};

struct lead_filter {
    enum lead_state state;
    str source; /* empty: all */
    int phase;  /* -1: all */
    int permit; /* enum permit_summary; -1: all */
    int64_t owner; /* user; 0: all; LEAD_OWNER_NOBODY: those that nobody looks after */
    int64_t campaign; /* 0: all */
    str query;  /* words, the first four of which count (own fields first); then newest first */
    struct lead_own_wish own[LEAD_OWN_WISHES]; /* then newest first, too */
    int own_count;
    enum lead_sort sort;
    bool ascending;
    str after_key; /* the sort key and id of the last row of the page before */
    int64_t after_id;
    int limit;
};

struct lead_row {
    int64_t id;
    str display_name, email, permit_purpose, source, name_sort, company;
    int64_t email_state, phase, state, permit, created_ms, last_ms, trashed_ms;
};

struct lead_rows {
    struct lead_row *row;
    ptrdiff_t count;
};

/* The lead that holds an e-mail address (normalised); *found false: none. */
MUST_USE bool lead_by_email(struct ctx *cx, struct tx *tx, str email, int64_t *lead_id,
                            enum email_state *state, int64_t *verified_ms, bool *found);
/* Whose addresses these are (normalised; an empty one is nobody's): out[count], id 0 where nobody
 * has it. What many rows ask at once. */
struct lead_known {
    int64_t id, owner_id;
    int64_t hash; /* lead_address_hash of the address; 0: none */
    enum lead_state state;
};
MUST_USE bool lead_by_emails(struct ctx *cx, struct tx *tx, const str *email, ptrdiff_t count,
                             struct lead_known *out);
/* The 63 bits under which an address is found: for rows elsewhere that have to go with it. */
int64_t lead_address_hash(struct ctx *cx, str email);
/* Create a lead with its key, address, and words for the search. Where the address has been taken
 * in between nothing is written: *taken is true and *id is the other lead's. */
MUST_USE bool lead_create(struct ctx *cx, struct tx *tx, const struct lead_new *in, int64_t *id,
                          bool *taken);
/* The same in two steps: first whatever needs no transaction (in->id is set), then the rows. */
void lead_make_ready(struct ctx *cx, const struct lead_new *in, struct lead_ready *out);
MUST_USE bool lead_create_ready(struct ctx *cx, struct tx *tx, const struct lead_new *in,
                                const struct lead_ready *ready, int64_t *id, bool *taken);
/* Create `count` leads that are ready, in few statements (LEAD_MANY at most). taken[i]: nothing was
 * written of that one, for somebody has its address, or another of these has. */
enum { LEAD_MANY = 2000 };
MUST_USE bool lead_create_many(struct ctx *cx, struct tx *tx, const struct lead_new *const *in,
                               const struct lead_ready *const *ready, ptrdiff_t count, bool *taken);
/* Does the actor see a lead with that owner (0: nobody)? */
bool lead_seen(const struct actor *actor, int64_t owner_id, enum lead_state state);
/* Read one; ERR_NOT_FOUND if there is none in this workspace, or none that the actor sees
 * (base/reach.h). */
MUST_USE bool lead_load(struct ctx *cx, struct tx *tx, int64_t id, struct lead *out);
/* The same whoever asks: for what goes on behind a page, and shows nobody anything. */
MUST_USE bool lead_load_any(struct ctx *cx, struct tx *tx, int64_t id, struct lead *out);
/* Write fields and phase: `text` holds the wanted values of all slots. Changed values go into the
 * field history. ERR_CONFLICT "lead.changed" if `version` is not the present one. */
MUST_USE bool lead_change(struct ctx *cx, struct tx *tx, const struct lead *old,
                          const str text[SLOT__COUNT], enum lead_phase phase, int64_t version);
/* Change the address by hand: it is unverified then. ERR_CONFLICT field "email" if taken. */
MUST_USE bool lead_change_email(struct ctx *cx, struct tx *tx, const struct lead *old, str email);
/* The address has proved itself (or bounced). */
MUST_USE bool lead_set_email_state(struct ctx *cx, struct tx *tx, int64_t lead_id, str email,
                                   enum email_state state);
/* What lists show under "may be e-mailed"; decided by the consent room. */
MUST_USE bool lead_set_permit(struct ctx *cx, struct tx *tx, int64_t lead_id,
                              enum permit_summary permit, str purpose_label);
/* Who looks after a lead that was just created; later it is sales/ that says so. */
MUST_USE bool lead_set_owner(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t user_id);
/* Take the lead's turn, before a check over several rows of it: of two transactions that do, the
 * second sees what the first has written. False in *there: erased. */
MUST_USE bool lead_turn(struct ctx *cx, struct tx *tx, int64_t lead_id, bool *there);
/* Put it into a campaign (0: into none), which is there. */
MUST_USE bool lead_set_campaign(struct ctx *cx, struct tx *tx, int64_t id, int64_t campaign_id);
/* Archive, put into the trash, bring back; with its touchpoint. ERR_CONFLICT "lead.applicant_stays",
 * "lead.test_stays". */
MUST_USE bool lead_set_state(struct ctx *cx, struct tx *tx, int64_t id, enum lead_state state);
/* Active from now on, whatever it was (a try, too): it has submitted something in earnest. */
MUST_USE bool lead_take_up(struct ctx *cx, struct tx *tx, const struct lead *lead);
/* Erase the lead's own rows and its key. Other rooms erase theirs through rooms.c's on_erase. */
MUST_USE bool lead_erase(struct ctx *cx, struct tx *tx, int64_t id);

/* One page of leads. */
MUST_USE bool lead_list(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
                        struct lead_rows *out);

/* Whole leads. */
struct leads {
    struct lead *row;
    ptrdiff_t count;
};

/* Up to `limit` active leads after an id, in order of id: a page of an export. */
MUST_USE bool lead_export_list(struct ctx *cx, struct tx *tx, int64_t after_id, int limit,
                               struct leads *out);

/* The names of the sources of active leads, sorted; at most 200. */
struct lead_sources {
    str *name;
    ptrdiff_t count;
};
MUST_USE bool lead_source_list(struct ctx *cx, struct tx *tx, struct lead_sources *out);

/* Who may look after leads: members who are not disabled, by name; at most 1000. */
struct lead_owner {
    int64_t user_id;
    str name;
};
struct lead_owners {
    struct lead_owner *row;
    ptrdiff_t count;
};
MUST_USE bool lead_owner_list(struct ctx *cx, struct tx *tx, struct lead_owners *out);

enum { LEAD_COUNT_MAX = 10001 }; /* "more than 10,000": counting on would not be worth the time */

/* How many leads are in a state; LEAD_COUNT_MAX stands for more. */
MUST_USE bool lead_count(struct ctx *cx, struct tx *tx, enum lead_state state, int64_t *count);
/* How many of the active leads were created in [from_ms, to_ms). */
MUST_USE bool lead_count_new(struct ctx *cx, struct tx *tx, int64_t from_ms, int64_t to_ms,
                             int64_t *count);
/* Is there an active lead of the workspace, whoever's, from before `ms`? */
MUST_USE bool lead_any_before(struct ctx *cx, struct tx *tx, int64_t ms, bool *any);

struct lead_ref {
    int64_t workspace_id, id;
};

struct lead_refs {
    struct lead_ref *row;
    ptrdiff_t count;
};

enum { LEAD_TRASH_DAYS = 30 }; /* so long it can be undone */

/* Leads of every workspace that were put into the trash at or before a moment. */
MUST_USE bool lead_trash_overdue(struct ctx *cx, struct tx *tx, int64_t before_ms, int limit,
                                 struct lead_refs *out);

struct identity_row {
    enum identity_kind kind;
    str value;
    enum email_state state;
    int64_t verified_ms, created_ms;
};

struct identities {
    struct identity_row *row;
    ptrdiff_t count;
};

/* What a lead is recognised by, oldest first. */
MUST_USE bool lead_identities(struct ctx *cx, struct tx *tx, int64_t lead_id,
                              struct identities *out);

struct touchpoints {
    struct touchpoint *row;
    ptrdiff_t count;
};

/* A page of a lead's history, newest first, older than (before_ms, before_id); before_id 0: from
 * the newest. */
MUST_USE bool touchpoint_list(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_ms,
                              int64_t before_id, int limit, struct touchpoints *out);
/* Remember an interaction at cx->now_ms, and move the lead's "last". `props`: JSON map without
 * anything personal. */
MUST_USE bool touchpoint_record(struct ctx *cx, struct tx *tx, int64_t lead_id,
                                enum touchpoint_kind kind, int64_t object_id, str props);
/* The same for a lead that was created in this very transaction: its "last" is now. */
MUST_USE bool touchpoint_begin(struct ctx *cx, struct tx *tx, int64_t lead_id,
                               enum touchpoint_kind kind, int64_t object_id, str props);
/* … and for many of them; ids that are 0 are passed over. */
MUST_USE bool touchpoint_begin_many(struct ctx *cx, struct tx *tx, const int64_t *lead_id,
                                    ptrdiff_t count, enum touchpoint_kind kind, int64_t object_id,
                                    str props);
/* The i18n name of a kind: "form_submitted". */
const char *touchpoint_name(enum touchpoint_kind kind);
/* API names: "lead", "mql" …; "unverified" …; "yes", "waiting" … */
const char *lead_phase_name(enum lead_phase phase);
const char *email_state_name(enum email_state state);
const char *permit_summary_name(enum permit_summary permit);
const char *lead_state_name(enum lead_state state);
/* The state of that name; false if there is none. */
MUST_USE bool lead_state_of(str name, enum lead_state *out);
/* The permit of that name; false if there is none. */
MUST_USE bool permit_summary_of(str name, enum permit_summary *out);
/* Won or lost: nobody has to act any more. */
bool lead_phase_closes(enum lead_phase phase);
/* The phase of that name; false if there is none. */
MUST_USE bool lead_phase_of(str name, enum lead_phase *out);
/* "new", "work", "done", and back. */
const char *lead_handling_name(enum lead_handling handling);
MUST_USE bool lead_handling_of(str name, enum lead_handling *out);

/* A note, sealed with the lead's key. */
MUST_USE bool lead_note_add(struct ctx *cx, struct tx *tx, int64_t lead_id, str text, int64_t *id);

struct lead_note {
    int64_t id, at_ms, user_id;
    str user_name; /* empty where nobody or no longer known */
    str text;      /* absent: the key was erased */
};

struct lead_notes {
    struct lead_note *note;
    ptrdiff_t count;
};

/* The newest 200 notes. */
MUST_USE bool lead_note_list(struct ctx *cx, struct tx *tx, int64_t lead_id,
                             struct lead_notes *out);
/* At most `limit`, newest first, older than before_id (0: from the newest). */
MUST_USE bool lead_note_page(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id,
                             int limit, struct lead_notes *out);

/* --- rules (lead_rules.c), pure --- */

/* "Dr. Katharina Brandt", else the company, else the address, else "". */
str lead_display_name(arena *a, const str text[SLOT__COUNT], str email);
/* Is the list one of the search, newest first? */
bool lead_filter_searches(const struct lead_filter *filter);
/* At most `max` words under which a lead is found, folded and without accents; one with an umlaut
 * stands there twice, as "mueller" and as "muller". */
int lead_words(arena *a, const str text[SLOT__COUNT], str email, str *word, int max);
/* The words of a search, as lead_words writes them: "Müller" and "Mueller" ask for the same. */
int lead_query_words(arena *a, str query, str *word, int max);
/* What a page of a list ends with, as opaque text for the next one; and back into `filter`
 * (after_key, after_id). False if it is not ours, or was made for another order. */
str lead_cursor(arena *a, const struct lead_filter *filter, const struct lead_row *last);
MUST_USE bool lead_cursor_read(arena *a, str cursor, struct lead_filter *filter);
