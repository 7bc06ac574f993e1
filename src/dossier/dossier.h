/* dossier/dossier.h -- everything there is about one lead, and its end.
 *
 * The rooms below keep what is theirs: leads, consents, submissions, mails. Here they meet: the
 * whole record to look at and to print, and erasing, which must reach all of them at once.
 *
 * Terms:   dossier, proof, erase, retention (docs/GLOSSARY.md).
 * Sources: Art. 7(1), 15, 17 DSGVO.
 */
#pragma once

#include "capture/capture.h"
#include "consent/consent.h"
#include "lead/lead.h"

struct dossier {
    struct lead lead;
    struct identities identities;
    struct consent_rows consents;
    struct consent_event_rows events;
    struct submission_rows submissions;
    struct lead_files files;
    struct lead_notes notes;
    struct touchpoints touchpoints; /* newest first, at most DOSSIER_TOUCHPOINTS */
    bool more;                      /* older ones are there */
    str time_zone, legal_name;
    int64_t applicant_months; /* so long a rejected application is kept; 0: for ever */
    int64_t gone_ms; /* touchpoints before it are kept no longer; 0: this lead has all of its own */
};

enum { DOSSIER_TOUCHPOINTS = 100, DOSSIER_SUBMISSIONS = 50 };

/* Read it all; the history from before (before_ms, before_id), 0 for the newest. ERR_NOT_FOUND. */
MUST_USE bool dossier_load(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_ms,
                           int64_t before_id, struct dossier *out);

struct withdrawal {
    int64_t lead_id;
    str purpose; /* slug; empty: every purpose */
    enum channel channel;
    str note; /* how it was told: "phone call on …" */
};

/* Record a withdrawal that reached us some other way. A purpose that this lead never consented to
 * is a fault of the field "purpose". */
MUST_USE bool dossier_withdraw(struct ctx *cx, struct tx *tx, const struct withdrawal *in);

/* Erase a lead for good, in every room. What stays: consent events and audit entries as ciphertext
 * whose key is gone, so that both chains still hold; hashes in the suppression list. */
MUST_USE bool dossier_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);

/* The same as a whole use case, and what everybody outside of a transaction calls: noted in the
 * journal of erasures first, and refused if that cannot be written. */
MUST_USE bool dossier_erase_noted(struct ctx *cx, int64_t lead_id);

/* Erase what has been in the trash for LEAD_TRASH_DAYS, of every workspace, each in a transaction
 * of its own; at most `limit`. One that cannot be erased keeps the others from nothing. A whole use
 * case, for the retention job. */
MUST_USE bool dossier_purge(struct ctx *cx, int limit, int64_t *erased);
/* One could not be erased: told in the log, noted in *first if that is free, cleared. After so many
 * in one run the trouble is everybody's. */
enum { ERASURES_FAIL_MAX = 20 };
void erasure_failed(struct ctx *cx, int64_t lead_id, struct err *first);
/* Take back the lead of a submission in whose place another came (capture/correction.h; a job's
 * run). Nothing is done where there is anything else of it. */
struct job;
MUST_USE bool dossier_take_back_run(struct ctx *cx, const struct job *job);
/* When an applicant who was turned down is erased; 0: not by itself. */
int64_t applicant_gone_ms(const struct lead *lead, int64_t months);
/* Erase, in every workspace, the applications that were turned down longer ago than its setting
 * applicant_keep_months says; the same way. A whole use case, for the retention job. */
MUST_USE bool dossier_purge_applicants(struct ctx *cx);
