/* relay/relay_mail.h -- the test mail: to whoever asks for it, and to nobody else. */
#pragma once

#include "post/post.h"

/* Made ready, to be posted; `to` gets the address. False: relay.test_nobody, where a program asks
 * that belongs to nobody. */
MUST_USE bool relay_mail_prepare(struct ctx *cx, str base_url, struct post_prepared *out, str *to);
