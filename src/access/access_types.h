/* access/access_types.h -- who may do what.
 *
 * A role is a set of permissions (base/permission.h); a membership gives a person one role in one
 * workspace; an API token carries a subset of its person's. Numbers stand in the database: never
 * renumber.
 */
#pragma once

#include "base/base.h"
#include "base/permission.h"

enum role {
    ROLE_ADMINISTRATOR = 1,
    ROLE_MARKETING = 2,
    ROLE_SALES = 3,
    ROLE_VIEWER = 4,
    ROLE_PRIVACY = 5, /* privacy officer, Datenschutz */
    ROLE__COUNT
};
