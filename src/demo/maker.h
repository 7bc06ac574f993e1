/* demo/maker.h -- turns lives into rows. For demo/ alone.
 *
 * What comes in the order of the leads goes into the batch at once. Addresses and search words,
 * whose keys are spread over the whole table, are held back and sorted first: a table that is
 * filled in the order of its key is read and written once.
 */
#pragma once

#include "base/id.h"
#include "base/value.h"
#include "brand/contact_sender.h"
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
    SHEET_USER,
    SHEET_MEMBERSHIP,
    SHEET_PHASE,
    SHEET_HANDOVER,
    SHEET_TASK,
    SHEET_CAMPAIGN,
    SHEET_CAMPAIGN_COST,
    SHEET_CAMPAIGN_FORM,
    SHEET_CAMPAIGN_LINK,
    SHEET_CAMPAIGN_CLICK,
    SHEET_FORM_DAY,
    SHEET_LOGO,
    SHEET_OWNER_RULE,
    SHEET_SALES_POLICY,
    SHEET_ABSENCE,
    SHEET_FORM_LEFT,
    SHEET_FORM_HANDLING,
    SHEET_KIOSK,
    SHEET_AUDIT,
    SHEET_BELL,
    SHEET_SUSPECT,
    SHEET_MAIL,
    SHEET_MAIL_ATTEMPT,
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
    DEMO_VERSIONS = 2,
    DEMO_FIELDS = 8, /* of a form, that are known here */
    DEMO_MAILS = 160,   /* of so many of the last leads they are kept */
    DEMO_NO_MAIL = 2,   /* of them go to domains that take none */
    DEMO_DEEDS = 2048, /* in the audit log, at most */
    DEMO_HALVES = 6,     /* half-years that the season touches, at most */
};

#define DEMO_FIRM "Beispiel Lagertechnik"

/* Who works there. */
enum {
    DEMO_MARKETING,
    DEMO_SALES, /* the first of them */
    DEMO_SALESPEOPLE = 3,
    DEMO_ADMIN = DEMO_SALES + DEMO_SALESPEOPLE,
    DEMO_COLLEAGUES
};

/* Ways along which people are led, each with a campaign a half-year. */
enum demo_family {
    DEMO_FAMILY_NONE = -1,
    DEMO_FAMILY_SEARCH,
    DEMO_FAMILY_SOCIAL,
    DEMO_FAMILY_LETTER,
    DEMO_FAMILY_FAIR,
    DEMO_FAMILY_PARTNER,
    DEMO_FAMILIES
};

struct demo_campaign {
    int64_t id, from_day, to_day, leads;
    str code, name, id_text;
};

struct demo_colleague {
    int64_t id, seen_ms; /* when he was there last; 0: never */
    str id_text;
};

/* What mails are made with. */
struct demo_outbox {
    struct id_source ids; /* of mails alone: the same for the same moments */
    struct contact_sender sender;
};

/* What somebody did. */
struct demo_deed {
    int64_t at_ms, user_id, object_id, lead_id;
    const char *action, *object;
    enum actor_kind actor; /* nobody: the user */
    str detail;            /* JSON; empty: none */
    struct seal_key key;   /* the lead's, which seals the detail */
    int no;
};

/* How somebody found the page. */
struct demo_way {
    int weight;
    enum demo_family family;
    const char *source, *medium, *referrer; /* "": none */
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

/* What was published from a moment on. */
struct demo_version {
    int64_t id, from_ms;
    str sha256_hex;
};

struct demo_form_made {
    int64_t id;
    struct demo_version version[DEMO_VERSIONS];
    str name, slug, id_text, page;
    struct demo_box box[DEMO_BOXES];
    int boxes;
    str field[DEMO_FIELDS]; /* keys, in their order */
    int fields;
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

struct suspect;

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
    struct demo_colleague colleague[DEMO_COLLEAGUES];
    struct demo_outbox outbox;
    arena *whole;    /* what lives as long as leads are made */
    struct demo_deed *deed;
    int deeds;
    int64_t log_id; /* the audit log's last entry; 0: none */
    char log_hash[HASH_BYTES];
    struct {
        int64_t id, came_ms;
        int form;
    } let_in;        /* a submission that was held back by mistake; id 0: none */
    int64_t no_mail[DEMO_NO_MAIL]; /* which leads; -1: none */
    bool admin_late; /* a task of the administrator's is overdue */
    int64_t seat_id; /* the administrator that is there already; 0: none */
    struct demo_campaign campaign[DEMO_FAMILIES][DEMO_HALVES];
    int64_t clock_ms; /* what the clock on the wall is ahead of UTC now: days are its days */
    int first_half, halves;                                /* a half-year is 2 * year + 0 or 1 */
    int64_t form_day[DEMO_FORM__COUNT][SEASON_DAYS + 1]; /* what was sent in */
    int64_t form_held[DEMO_FORM__COUNT][SEASON_DAYS + 1]; /* what was sent in and is held back */
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
    int parts;   /* ids made so far */
    int version; /* of its form, from 1 */
    struct demo_campaign *campaign; /* NULL: none */
    int colleague;                  /* who looks after it; 0: nobody */
    bool task;
    enum lead_handling handling;
    int64_t due_ms;
    int64_t mail_id; /* that asked for the confirmation; 0: it is not kept */
    int64_t handover_id, handed_ms; /* also the task's id */
    int handed_by;                  /* which colleague; 0: a rule */
    enum lead_phase phase; /* as far as it was written */
};

/* An id of a moment, different for each lead and part of it. */
int64_t demo_id(int64_t ms, int64_t lead_no, int part);
/* Open the sheets of a batch. */
MUST_USE bool demo_sheets_open(struct ctx *cx, const struct bulk_schema *schema,
                               struct demo_batch *b);
/* Forms, wordings, purposes, settings and the mark "demo", into the batch. */
MUST_USE bool demo_setup(struct maker *m, struct demo_batch *b);
/* All rows of lead `no`, into the batch and the late ones. False: its mail cannot be made. */
MUST_USE bool demo_lead(struct maker *m, struct demo_batch *b, int64_t no);
/* What a form's page told about the visitor, into a map: page, referrer, utm, device … */
void demo_context(struct making *k, struct value map);
/* Submission, double opt-in, consents and their evidence, of a lead that came through a form. */
void demo_proof(struct making *k);
/* Is there an administrator already? Then what is an administrator's is his. */
MUST_USE bool demo_seat_find(struct maker *m, struct bulk *b, const struct bulk_schema *schema);
/* The people who work there, the firm's name and look, into the batch. */
MUST_USE bool demo_house(struct maker *m, struct demo_batch *b);
/* Who gets which leads, by when, who is away: behind the forms that it names. */
void demo_house_rules(struct maker *m, struct demo_batch *b);
/* The workspace bears the firm's name. */
MUST_USE bool demo_workspace_name(struct maker *m, struct bulk *b);
/* Who looks after the lead, how far he is; and the rows of that. */
void demo_care_draw(struct making *k);
void demo_care_write(struct making *k);
/* The user who does what is done with the lead. */
int64_t demo_carer(const struct making *k);
/* The lead has come into another phase: its row, its id, what the touchpoint says of it. */
int64_t demo_phase_write(struct making *k, int64_t at_ms, enum lead_phase to, str *props);
/* Which campaigns there are. */
void demo_campaigns_plan(struct maker *m);
/* That of a way at a time; NULL: none. */
struct demo_campaign *demo_campaign_of(struct maker *m, int family, int64_t created_ms);
/* The number of the version that stood at a moment, from 1. */
int demo_version_at(const struct demo_form_made *f, int64_t at_ms);
/* A form was sent in. */
void demo_form_count(struct maker *m, int form, int64_t at_ms);
/* It was, and is held back. */
void demo_form_hold(struct maker *m, int form, int64_t at_ms);
/* When all leads are there: campaigns with costs, links, clicks; how the forms were looked at. */
void demo_campaigns_write(struct maker *m, struct demo_batch *b);
/* Note what somebody did; nothing where the log has entries already. */
void demo_deed(struct maker *m, const struct demo_deed *deed);
/* The same of a lead, by whoever works on it, if it was lately; detail empty: none. */
void demo_lead_deed(struct making *k, int64_t at_ms, const char *action, str detail);
/* What was done about people, settings and forms, and who signed in. */
void demo_house_deeds(struct maker *m);
/* Where the audit log ends. */
MUST_USE bool demo_log_find(struct maker *m, struct bulk *b, const struct bulk_schema *schema);
/* Everything noted, into the log, and that there is demo data now. */
void demo_log_write(struct maker *m, struct demo_batch *b);
/* Is its time to act over, and nobody has? */
bool demo_is_overdue(const struct making *k);
/* Tell those who are to know of the lead. */
void demo_bell_write(struct making *k);
/* The firm's settings: name, value. */
extern const char *const demo_settings[][2];
extern const int demo_setting_count;
/* Make ready for mails; forget it. */
MUST_USE bool demo_outbox_open(struct maker *m);
void demo_outbox_close(struct maker *m);
/* Is it one whose domain takes no mail? */
bool demo_no_mail(const struct maker *m, int64_t no);
/* The mail that asked a lead to confirm, if it is one of the last. */
MUST_USE bool demo_mail_write(struct making *k);
/* A row of what is held back. */
void demo_suspect_write(struct maker *m, struct demo_batch *b, const struct suspect *s);
/* What is held back as suspect. */
void demo_held_write(struct maker *m, struct demo_batch *b);
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
