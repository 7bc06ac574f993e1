/* lead/lead_http.h -- the routes of leads: list, trash, export, create, edit, notes, states.
 *
 * A lead's whole record (GET /leads/{id} and what hangs below it) is the dossier room's. The first
 * route that fits is taken: this table stands before that one, since it has /leads/trash and such.
 */
#pragma once

#include "lead/lead.h"
#include "web/web.h"

extern const struct route lead_routes[];
extern const ptrdiff_t lead_route_count;

/* The lead that a route's first parameter names; ERR_NOT_FOUND if it cannot be one. */
MUST_USE bool lead_param(struct ctx *cx, const struct web_request *rq, int64_t *id);
/* The filter of a list's query: query, state, phase, source, may_email, sort ("-created",
 * "created", "-last", "last", "name", "-name"), limit, cursor. Faults are noted by field. */
MUST_USE bool lead_filter_read(struct ctx *cx, const struct web_request *rq,
                               struct lead_filter *out);

/* --- the room's handlers in other files --- */

/* GET /leads, GET /leads/trash (lead_list_http.c). */
web_handler lead_list_get, lead_trash_get;
/* GET /leads/export (lead_export_http.c). */
web_handler lead_export_get;
