/* spam/suspect.h -- submissions that are held back, and how they end.
 *
 * A suspect is a row of its own: no lead, no consent, no mail, unless what is suspect is found after
 * the submission was taken: then it is a note beside it, of the mail that was withdrawn. What was sent is sealed with a key
 * that stands wrapped in the same row, so that it goes with it; the address is kept as a keyed
 * hash, so that erasing a person finds it. Somebody releases it (capture/), deletes it, or it is
 * deleted when its time is over.
 */
#pragma once

#include "db/db.h"
#include "spam/spam_types.h"

struct suspect {
    int64_t id; /* the submission's to be */
    int64_t form_id, form_version_id, at_ms;
    uint32_t reasons; /* 1 << enum suspicion */
    bool applicant;   /* to write: seen by those who see applicants (base/reach.h) */
    str email;        /* to write: the address, normalised; empty: none */
    str body;         /* JSON; absent where no key opens it */
    int64_t mail_id;  /* 0: it is held back whole; else only this mail of it (suspect_note) */
};

struct suspects {
    struct suspect *row;
    ptrdiff_t count;
};

/* Made ready outside the transaction. */
struct suspect_sealed {
    struct suspect suspect;
    int64_t email_n;
    str body, body_key;
};
void suspect_seal(struct ctx *cx, const struct suspect *in, struct suspect_sealed *out);
/* Keep it, in the caller's transaction. */
MUST_USE bool suspect_add(struct ctx *cx, struct tx *tx, const struct suspect_sealed *in);
/* Note that of a submission which was taken; *first false: it stood there already. */
MUST_USE bool suspect_note(struct ctx *cx, struct tx *tx, const struct suspect *in, bool *first);
/* Read one, opened, if it is there. */
MUST_USE bool suspect_find(struct ctx *cx, struct tx *tx, int64_t id, struct suspect *out,
                           bool *found);
/* Read one, opened; ERR_NOT_FOUND, also of an application that the actor does not see. */
MUST_USE bool suspect_load(struct ctx *cx, struct tx *tx, int64_t id, struct suspect *out);
/* Delete one; ERR_NOT_FOUND if somebody else was faster. */
MUST_USE bool suspect_drop(struct ctx *cx, struct tx *tx, int64_t id);
/* One page, newest first, opened; before_id 0 from the start; form_id 0: of all forms. */
MUST_USE bool suspect_page(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t before_id,
                           int limit, struct suspects *out);
/* How many there are, counted up to SUSPECTS_COUNTED; form_id 0: of all forms. */
enum { SUSPECTS_COUNTED = 1000 };
MUST_USE bool suspect_count(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t *count);
/* Erase what came with an address, applications or what is none: the person is erased. */
MUST_USE bool suspect_erase(struct ctx *cx, struct tx *tx, str email, bool applicant);
