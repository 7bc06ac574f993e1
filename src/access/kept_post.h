/* access/kept_post.h -- what somebody has sent when he had to prove himself first.
 *
 * The page that asks for the password carries it along, sealed, and afterwards offers to send it:
 * nobody begins again. It opens for the same person only, for as long as the proof itself counts.
 * What is long, is a file or holds a password is not kept: that page says that it is lost.
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"

/* As it goes into an address; "" where it is not kept. `target` is where it was sent. */
str kept_post_seal(struct ctx *cx, str target, struct value body);
/* And back; false if it is none of this person's, or too old. */
MUST_USE bool kept_post_open(struct ctx *cx, str text, str *target, struct value *body);
