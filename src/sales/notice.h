/* sales/notice.h -- mails about leads, to colleagues and to the sender; for sales/ alone. */
#pragma once

#include "base/value.h"
#include "post/post.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

/* What every such mail needs, read once. */
struct notice_words {
    struct settings settings;
    struct workspace workspace;
    str base_url, host;
};
MUST_USE bool notice_words_read(struct ctx *cx, struct tx *tx, struct notice_words *out);

struct notice {
    struct permit permit;
    const char *template_name; /* "mail/notice" */
    const char *subject;       /* i18n key, with a gap {form} or {count} */
    str subject_arg;
    const char *subject_arg_name;
    str to_name;
    str reply_to; /* empty: as the workspace has set */
    enum lang lang;
    struct value data; /* the template's own; "workspace" and "recipient_name" are added */
};
/* Render and prepare it. */
MUST_USE bool notice_prepare(struct ctx *cx, const struct notice_words *words,
                             const struct notice *in, struct post_prepared *out);
