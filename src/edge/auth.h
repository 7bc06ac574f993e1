/* edge/auth.h -- who is asking, and may he. */
#pragma once

#include "access/access.h"
#include "edge/router.h"
#include "net/http_server.h"
#include "workspace/workspace.h"

struct identity {
    struct workspace workspace;
    struct access_identity person; /* where signed_in */
    bool signed_in;
    bool by_cookie;
};

/* Set cx->workspace_id, cx->actor and cx->lang from host, cookie or bearer token. */
MUST_USE bool auth_identify(struct ctx *cx, const struct http_request *rq, str host,
                            bool public_route, struct identity *out);
/* Hold the route's permissions, the CSRF token and the origin against the request. `csrf_field` is
 * the form's csrf value. False: ERR_UNAUTHORISED or ERR_FORBIDDEN. */
MUST_USE bool auth_allow(struct ctx *cx, const struct http_request *rq,
                         const struct route_match *match, const struct identity *who,
                         str csrf_field);
/* The name of the session cookie: __Host- only works over https. */
str session_cookie_name(const struct app *app);
