/* edge/router.h -- which route a path means. Pure.
 *
 * Where several patterns fit, the path is of the one that says most of it ("/leads/export" before
 * "/leads/{id}"), whatever the method: what that one does not take is 405, never another's.
 */
#pragma once

#include "rooms.h"

enum { ROUTE_PARAMS_MAX = 4 };

struct route_match {
    const struct route *route; /* NULL: none */
    enum route_face face;
    bool path_known;             /* another method would be taken: 405 */
    str param[ROUTE_PARAMS_MAX]; /* still encoded */
    str allow;                   /* with path_known: "GET, POST" */
};

/* Find the route of `method` ("GET"; HEAD finds GET's) and `path`. */
struct route_match route_find(arena *a, str method, str path);
