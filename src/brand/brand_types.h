/* brand/brand_types.h -- the look of one form where it is not the workspace's. */
#pragma once

#include "base/base.h"
#include "base/str.h"

struct brand_own {
    str colour, font, address_form, footer_text; /* empty: the workspace's */
    int64_t logo_id;                             /* brand/brand.h; 0: the workspace's */
};
