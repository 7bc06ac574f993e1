/* capture/correction.h -- a form that was just sent is opened again, and the first sending goes.
 *
 * The page after sending carries a token for half an hour (TOKEN_CHANGE): whoever has it gets the
 * form as it was filled in, with nothing ticked, and what is sent then takes the first one's place.
 * A job takes back the lead that the first sending made (dossier/), and only what nobody and
 * nothing else has touched: never an address that was there before or has been confirmed.
 *
 * For whoever holds a token all is the same, whether the address was known or the sending is held
 * back: the form comes as it was sent until it is sent again, once, and never after. A mail to an
 * address counts for its day also when its lead has been taken back.
 *
 * Terms:   submission, suspect (docs/GLOSSARY.md).
 */
#pragma once

#include "capture/capture.h"
#include "form/form.h"

enum { CORRECTION_S = 30 * 60 };

/* The token of what was just sent. */
str correction_token(struct ctx *cx, int64_t submission_id, int64_t form_id);

/* What a token opens. */
struct correction {
    int64_t submission_id; /* 0: nothing: forged, over, of another form, or used */
    struct value typed;    /* as the form's page posts it, without consents */
    str page, referrer, source;
    struct value utm;
};
/* Never fails because of the token. */
MUST_USE bool correction_read(struct ctx *cx, str token, const struct form_live *form,
                              struct correction *out);
/* Is it a token of ours for that form, and not over? Asks no database. */
bool correction_is_token(struct ctx *cx, str token, int64_t form_id);
/* Another was sent instead of it: *first once, and its token opens nothing any more. What is held
 * back does no more than this: nobody may ever let it in. */
MUST_USE bool correction_mark(struct ctx *cx, struct tx *tx, int64_t submission_id, bool *first);
/* That other one comes in, in its transaction: a job takes back the one before, and what that was
 * sent instead of. *place: there is one of the form's places to hand on, as of what was held back
 * alone there is not, nor of what was confirmed, unless the other comes with the same address
 * (`email`; empty: as somebody else). Wake the jobs after the commit. */
MUST_USE bool correction_begin(struct ctx *cx, struct tx *tx, int64_t submission_id, str email,
                               bool *place);
/* How many mails went to an address since, of leads that have been taken back. */
MUST_USE bool correction_mails_since(struct ctx *cx, struct tx *tx, str email, int64_t since_ms,
                                     int64_t *count);

/* For the job: which lead was made by that sending, and has nothing else in it; 0: none. */
MUST_USE bool correction_lead(struct ctx *cx, struct tx *tx, int64_t submission_id,
                              int64_t *lead_id);
/* And this is done with it: its mails are counted, and what was held back of it is dropped. */
MUST_USE bool correction_done(struct ctx *cx, struct tx *tx, int64_t submission_id,
                              int64_t lead_id);
/* Forget those of more than a day ago: their tokens are over, and so is the day of their mails. */
MUST_USE bool correction_forget(struct ctx *cx, struct tx *tx);
