/* capture/capture.h -- from a visitor's form to a confirmed lead.
 *
 * Each function is a whole use case: it prepares, runs its transactions, and answers.
 */
#pragma once

#include "brand/contact_sender.h"
#include "capture/capture_types.h"
#include "file/file.h"
#include "file/lead_file.h"
#include "form/form.h"
#include "post/post.h"

/* What a visitor sent, as a tree: {"fields":{…},"consents":["newsletter:email"]} or the flat names
 * of an HTML form ("email", "consent.newsletter.email"). */
struct job;

struct submission_new {
    struct form_live *form; /* with the consent texts that were shown (form_as_shown) */
    bool names_version;     /* the page told which they are; else those published now count */
    int64_t fields_version_id; /* whose fields are asked, where that is another version; else 0 */
    struct value body;
    struct contact_context context;
    struct contact_sender *sender; /* the workspace as mails and pages show it */
    bool test; /* a colleague tries the form: mails go, nothing is counted */
    const struct lead *personal; /* who came over a personal link (personal.h); NULL: nobody */
    const struct origin *origin; /* what suspicion goes by; NULL: nothing is suspected */
    struct {
        int64_t id, came_ms; /* id 0: it comes in just now */
        struct actor by;
    } released; /* held back until somebody let it in */
    const struct stand_visit *visit; /* at a stand: always a lead of its own. NULL: over the web */
    int64_t corrects; /* the submission whose place it takes (correction.h); 0: none */
    /* Asked first in the transaction, where not NULL: *again true, and nothing is written. */
    bool (*once)(struct ctx *cx, struct tx *tx, void *arg, int64_t submission_id, bool *again);
    void *once_arg;
};

/* What became of it; the same for known and unknown addresses. */
struct submission_done {
    int64_t id, lead_id;
    bool confirm; /* a mail asks for confirmation */
    bool again;   /* `once` said so; id and lead_id are 0 */
    str email;
};

/* A file that came with a form: its name stands among the answers. */
struct answer_file {
    const struct form_field *field;
    struct lead_file_new file;
    str fault_at; /* the name that a fault of it is told under */
    struct lead_file_taken held; /* taken in before, and held back since; id 0: not */
};

/* The stored text of an answer, by field. */
struct answers {
    str text[SLOT__COUNT];
    str email;
    bool ticked[FORM_CONSENTS_MAX];
    struct answer_file file[FORM_FILES_MAX];
    int file_count;
    bool released;
};

/* Check the answers against the form: faults are noted by field. */
MUST_USE bool answers_read(struct ctx *cx, const struct form_def *def, struct value body,
                           struct answers *out);
/* The same of a submission that was held back, and its files with it. */
MUST_USE bool answers_read_again(struct ctx *cx, const struct form_def *def, struct value body,
                                 struct answers *out);
/* The same for whoever cannot be asked any more: what is faulty stays out of *out and stands in
 * *left, a line each with its question ("" if nothing). */
MUST_USE bool answers_read_late(struct ctx *cx, const struct form_def *def, struct value body,
                                struct answers *out, str *left);
/* Take a submission: lead, history, consent requests and the mail are durable when it returns. */
MUST_USE bool capture_submit(struct ctx *cx, const struct submission_new *in,
                             struct submission_done *out);

/* Make the DOI mail for an open confirmation ready to be posted. */
MUST_USE bool doi_prepare(struct ctx *cx, const struct confirmation *c,
                          const struct contact_sender *sender, enum lang lang, str recipient_name,
                          str download_name, const struct wording *wording, int count,
                          struct post_prepared *out);
/* Take in what was held back, as if it had come: the proof tells when it did, and over which
 * network. ERR_NOT_FOUND if it is not there any more. */
MUST_USE bool capture_release(struct ctx *cx, int64_t suspect_id, str base_url,
                              struct submission_done *out);
/* What was held back, as a tree: {fields: {…}, consents: […], page, source …}; `body` as
 * spam/suspect.h gives it. Null if it is not JSON. */
struct value suspect_value(struct ctx *cx, str body);
/* The submission that it was sent instead of; 0: none. */
int64_t suspect_corrects(struct ctx *cx, str body);

/* Has a form ever been sent, to try it or in earnest? What was erased since counts, too. */
MUST_USE bool capture_ever(struct ctx *cx, struct tx *tx, bool *sent);
/* Do leads within reach (base/reach.h) that have sent something lie in the trash? */
MUST_USE bool capture_trashed(struct ctx *cx, struct tx *tx, bool *trashed);
/* Delete what colleagues tried with the addresses of real leads. */
MUST_USE bool capture_test_delete(struct ctx *cx, struct tx *tx);

/* What a confirmation link turned out to be. */
enum link_kind {
    LINK_OPEN,
    LINK_DONE,
    LINK_EXPIRED,
    LINK_USED,
    LINK_REJECTED,
    LINK_FORGED,
    LINK_FOREIGN,
    LINK_UNKNOWN
};

/* A confirmation as its page shows it. */
struct confirmation_view {
    enum link_kind kind;
    struct confirmation confirmation;
    struct wording wording[CONSENT_ITEMS_MAX];
    int wording_count;
    struct form_live form; /* form.id 0: gone */
    str download_name;     /* empty: no file */
    str download_token;    /* once confirmed */
    int64_t download_bytes;
    bool subscribed; /* everything it asks consent to was confirmed before */
};

/* Read what a token stands for; never fails because of the token. */
MUST_USE bool capture_confirmation(struct ctx *cx, str token, struct confirmation_view *out);
/* Confirm (or refuse) it; out->kind tells what happened (LINK_DONE, LINK_REJECTED or why not). */
MUST_USE bool capture_confirm(struct ctx *cx, str token, const struct contact_context *context,
                              struct confirmation_view *out);
MUST_USE bool capture_reject(struct ctx *cx, str token, const struct contact_context *context,
                             struct confirmation_view *out);
/* Have a new link sent, by a job: by a token of ours or by address. What is written before this
 * returns is the same for known and unknown ones. */
MUST_USE bool capture_ask_again(struct ctx *cx, str token, str email, str base_url,
                                const struct contact_context *context);
/* The job's run (again.c). */
#define JOB_LINK_AGAIN "link.again"
enum { LINK_AGAIN_TRIES = 5 };
MUST_USE bool link_again_run(struct ctx *cx, const struct job *job);
/* Send a new link: by a token of ours that is expired or open, or by address. Says nothing about
 * whether there was anything to send. */
MUST_USE bool capture_send_again(struct ctx *cx, str token, str email,
                                 const struct contact_context *context,
                                 const struct contact_sender *sender);
/* One submission as lists show it. */
struct submission_row {
    int64_t id, at_ms, lead_id, form_id, form_version;
    enum submission_state state;
    str name, email, company; /* of the lead; submission_list only */
    str form_name;
    str answers; /* JSON; submission_of_lead only; absent once erased */
};

struct submission_rows {
    struct submission_row *row;
    ptrdiff_t count;
};

/* The newest of the workspace, without those of leads in the trash. */
MUST_USE bool submission_list(struct ctx *cx, struct tx *tx, int limit,
                              struct submission_rows *out);
/* How many came since a moment. */
MUST_USE bool submission_count(struct ctx *cx, struct tx *tx, int64_t since_ms, int64_t *count);
/* A lead's own, newest first, older than before_id (0: from the newest), opened with its key. */
MUST_USE bool submission_of_lead(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id,
                                 int limit, struct submission_rows *out);
/* "new", "waiting", "confirmed". */
const char *submission_state_name(enum submission_state state);

/* Somebody has fetched a file: a touchpoint (a lead that is gone is none). */
MUST_USE bool capture_downloaded(struct ctx *cx, int64_t lead_id, const struct file *file);

/* Does the domain take mail to which a confirmation is about to go? (a job's run, mail_check.c) */
MUST_USE bool mail_check_run(struct ctx *cx, const struct job *job);
/* Delete files of requests that nobody confirmed in time, and those that nobody sent to the end, in
 * every workspace (a job's run). */
MUST_USE bool capture_file_sweep_run(struct ctx *cx, const struct job *job);
/* Erase a lead's submissions and what came with them (rooms.c's on_erase). */
MUST_USE bool capture_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);
