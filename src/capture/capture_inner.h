/* capture/capture_inner.h -- shared between the files of this room only. */
#pragma once

#include "capture/capture.h"
#include "keys/seal.h"
#include "lead/lead_types.h"
#include "post/post.h"

/* What a confirmation asks, in words: one item for the address (and the download) where it asks for
 * that, one a consent; `waits` is what the click leaves open. */
struct value confirmation_items(struct ctx *cx, enum lang lang, const struct confirmation *c,
                                str download_name, const struct wording *wording, int count);
/* A mail to whoever sent a form: what it is made of besides its data, which get "workspace". */
struct form_mail {
    const char *template_name, *subject; /* "mail/doi", the key of its subject */
    enum lang lang;
    struct permit permit;
    const struct contact_sender *sender;
};
MUST_USE bool form_mail_prepare(struct ctx *cx, const struct form_mail *in, struct value data,
                                struct post_prepared *out);
/* The token of /c/{token}. */
str confirm_token(struct ctx *cx, const struct confirmation *c);
/* The file's name and size; empty name if there is none. */
MUST_USE bool download_of(struct ctx *cx, struct tx *tx, int64_t file_id, str *name,
                          int64_t *bytes);
/* Answers as they are stored, and back. */
str answers_json(struct ctx *cx, const struct form_def *def, const struct answers *answers,
                 const struct contact_context *context, const struct stand_visit *visit);
/* "kiosk", "stand", "staff" … into a map of facts; NULL: nothing. */
void visit_put(struct ctx *cx, struct value map, const struct stand_visit *visit);
MUST_USE bool answers_parse(struct ctx *cx, str json, struct answers *out);
/* The evidence of a step: facts and network as JSON maps. `method` is how it was confirmed; empty:
 * it was only asked for. */
struct evidence evidence_of_request(struct ctx *cx, const struct submission_new *in,
                                    const struct answers *answers, str method);
/* --- the numbers of a consent to calls or messages (number.c) --- */

/* The numbers that were typed, as "phone" and "mobile" into a map of facts, if a ticked box is
 * about calls or messages. */
void numbers_put(struct value facts, const struct form_def *def, const struct answers *answers);
/* The same of the submission that a confirmation came with, if one of its wordings is. */
MUST_USE bool numbers_put_sent(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                               const struct wording *wording, int count, struct value facts);

/* --- files that come with a form (sent_file.c) --- */

/* One answer that is a file: *name is what stands among the answers. False: what is wrong. */
MUST_USE bool sent_file_read(struct ctx *cx, const struct form_field *f, struct value raw, str at,
                             struct answers *out, str *name);
/* Take them in, before the submission; faults by field where the workspace takes no more, or not
 * from this network. */
MUST_USE bool sent_files_take(struct ctx *cx, const struct submission_new *in,
                              const struct answers *answers, struct lead_file_taken *out);

/* Keep them for a submission that is held back: in its transaction. */
MUST_USE bool sent_files_hold(struct ctx *cx, struct tx *tx, const struct lead_file_taken *file,
                              int count, int64_t suspect_id);
/* What stands in the place of a file where a submission is held back. */
struct value sent_file_kept(struct ctx *cx, const struct lead_file_taken *file);

/* --- who is known already (known.c) --- */

/* What needs no confirmation, and what is sent in its place. */
struct known {
    bool is;                      /* the address has proved itself, and may be written to */
    bool held[FORM_CONSENTS_MAX]; /* of the consents asked for: in force already */
    int fresh;                    /* how many are not */
    struct lead lead;
    struct permit permit;
    /* made before the transaction (known_prepare) */
    bool tells, asks;
    const char *what; /* "download", "already", "received" */
    struct post_prepared told, ask;
    struct confirmation confirmation; /* of `ask`: what is new, and nothing else */
};
/* Is whoever submits with this address known, and which of these consents does he have? */
MUST_USE bool known_look(struct ctx *cx, struct tx *tx, str email, const struct wording *wording,
                         int count, struct known *out);
/* Has nothing changed since? */
bool known_same(const struct known *a, const struct known *b, int count);
/* Make his mails ready: one that delivers or tells, and one that asks for what is new. `c` is the
 * confirmation as a stranger would get it. */
MUST_USE bool known_prepare(struct ctx *cx, const struct submission_new *in,
                            const struct confirmation *c, str download_name,
                            const struct wording *wording, int count, struct known *known);
/* Of `count` wordings those that are new, to the front; how many. */
int known_fresh(const struct known *known, struct wording *wording, int count);
/* Put the mail that delivers or tells into the queue, unless he has had enough of them today. */
MUST_USE bool known_tell(struct ctx *cx, struct tx *tx, const struct known *known);

/* What a job knows of somebody who asks for a new link (again.c): sealed, as text. */
str again_payload(struct ctx *cx, str token, str email, str base_url,
                  const struct contact_context *context);

/* --- after it was taken: does the domain take mail? (mail_check.c) --- */

struct mail_check {
    int64_t lead_id, submission_id, mail_id;
};
enum { MAIL_CHECK_MS = 3000 }; /* so long the mail waits for what DNS says, and no longer */
/* Is that to be asked? Not of domains that are known to, nor with --dns off. */
bool mail_check_wanted(struct ctx *cx, str email);
/* Have it asked, in the transaction that queues the mail. Wake the jobs after the commit. */
MUST_USE bool mail_check_add(struct ctx *cx, struct tx *tx, const struct mail_check *in);
/* Somebody decides about one whose mail was withdrawn: let it go (with a new link, if the old one
 * has expired), or forget it: the lead goes to the trash, if there is nothing else of it; an
 * application is turned down.
 * ERR_NOT_FOUND if somebody else was faster. */
MUST_USE bool mail_check_release(struct ctx *cx, int64_t submission_id, str base_url);
MUST_USE bool mail_check_drop(struct ctx *cx, int64_t submission_id);

/* When it was sent: now, unless it was held back. */
int64_t came_ms(struct ctx *cx, const struct submission_new *in);
/* Why it is held back; 0: it is not. Counts it. */
uint32_t suspicion_of(struct ctx *cx, const struct submission_new *in,
                      const struct answers *answers);
/* Hold it back; the answer is the one that it would have been given. */
MUST_USE bool suspect_take(struct ctx *cx, const struct submission_new *in,
                           const struct answers *answers, uint32_t reasons,
                           struct submission_done *out);
/* One capped DOI mail a lead a day, however often somebody submits. */
enum { DOI_MAILS_A_DAY = 5, DOI_SENDS_MAX = 5, KNOWN_MAILS_A_DAY = 5 };
enum { DOWNLOAD_DAYS = 30 }; /* so long a link to a file leads to it */
