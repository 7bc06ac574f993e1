/* consent/unsubscribe_http.h -- /u/{token}: the page behind the link, and the one click.
 *
 *     GET  /u/{token}         what would end, and one button; changes nothing
 *     POST /u/{token}         withdraws that mail's purpose: from the page, or as one click of a
 *                             mail program ("List-Unsubscribe=One-Click": 200, empty text)
 *     POST /u/{token}/all     withdraws every purpose over e-mail
 *     POST /u/{token}/reason  why, if somebody wants to say it
 *     GET of the latter two   as GET /u/{token}: a page that was posted, loaded again
 *
 * Sources: RFC 8058 (no redirect, no cookie, no further question), § 7 UWG, Art. 7(3) DSGVO.
 */
#pragma once

#include "web/web.h"

extern const struct route unsubscribe_routes[];
extern const ptrdiff_t unsubscribe_route_count;
