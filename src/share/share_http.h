/* share/share_http.h -- a form's link, QR code and embed codes, and the websites that may show it.
 */
#pragma once

#include "web/web.h"

extern const struct route share_routes[];
extern const ptrdiff_t share_route_count;
