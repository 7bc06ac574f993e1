/* capture/capture_inner.h -- shared between the files of this room only. */
#pragma once

#include "capture/capture.h"
#include "keys/seal.h"
#include "post/post.h"

/* What a confirmation asks, in words: one item for the address (and the download), one a consent.
 */
struct value confirmation_items(struct ctx *cx, enum lang lang, str download_name,
                                const struct wording *wording, int count);
/* Make the DOI mail for an open confirmation ready to be posted. */
MUST_USE bool doi_prepare(struct ctx *cx, const struct confirmation *c,
                          const struct contact_sender *sender, enum lang lang, str recipient_name,
                          str download_name, const struct wording *wording, int count,
                          struct post_prepared *out);
/* The token of /c/{token}. */
str confirm_token(struct ctx *cx, const struct confirmation *c);
/* The file's name and size; empty name if there is none. */
MUST_USE bool download_of(struct ctx *cx, struct tx *tx, int64_t file_id, str *name,
                          int64_t *bytes);
/* Answers as they are stored, and back. */
str answers_json(struct ctx *cx, const struct form_def *def, const struct answers *answers,
                 const struct contact_context *context);
MUST_USE bool answers_parse(struct ctx *cx, str json, struct answers *out);
/* The evidence of a step: facts and network as JSON maps. */
struct evidence evidence_of_request(struct ctx *cx, const struct submission_new *in,
                                    const struct answers *answers);
/* One capped DOI mail a lead a day, however often somebody submits. */
enum { DOI_MAILS_A_DAY = 5, DOI_SENDS_MAX = 5 };
