/* access/access_http.h -- the room's routes, and what its *_http.c files share. */
#pragma once

#include "access/access_inner.h"
#include "base/id.h"
#include "web/web.h"

extern const struct route access_routes[];
extern const ptrdiff_t access_route_count;

/* The browser at the other end, as a use case wants it. */
struct client client_of(const struct ctx *cx, const struct web_request *rq);
/* A tick box or a JSON boolean. */
bool body_ticked(struct value body, const char *name);
/* The id in the path; ERR_NOT_FOUND for anything else. */
MUST_USE bool param_id(struct ctx *cx, const struct web_request *rq, enum id_type type,
                       int64_t *out);
/* A POST that is done: people go to `location` and read the sentence `flash` there, programs get
 * an empty map. */
void reply_done(struct ctx *cx, struct web_reply *rp, const char *location, const char *flash);

/* A list of permission names of a body field, `field` or `field[]`, one or several. */
MUST_USE bool body_permissions(struct ctx *cx, struct value body, const char *field, uint64_t *out);

/* Handlers of access_people_http.c, access_totp_http.c, access_account_http.c and
 * access_workspace_http.c. */
web_handler users_get, users_invite, users_uninvite, users_role, users_disable, users_enable,
    users_remove, users_rights, users_second_reset, audit_get;
web_handler account_get, account_post, account_password_post, account_session_end,
    account_sessions_end_others, tokens_get, tokens_post, token_revoke_post;
web_handler account_prove_get, account_prove_post, second_get, second_qr_get, second_begin_post,
    second_enable_post, second_codes_post, second_off_post;
web_handler workspaces_get, workspaces_post, workspace_post, workspace_delete_post,
    workspace_take_back_post;
