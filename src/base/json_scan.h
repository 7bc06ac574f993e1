/* base/json_scan.h -- what jansson does not tell: size, nesting, and numbers as they were written.
 *
 * For base/json.c alone.
 */
#pragma once

#include "base/value.h"

/* Where the search for the next number stands. */
struct json_scan {
    str rest;
};

/* NULL, or why the text is refused before it is parsed (a static phrase). */
const char *json_scan_check(str text, int max_depth, int max_items);
/* The next number of a text that is known to be JSON; the absent str after the last. */
str json_scan_number(struct json_scan *scan);
/* A number as JSON writes it, as int or exact decimal: "-12.50" = {-1250, 2}, "1.5e3" = 1500.
 * False beyond int64 or 18 decimals. */
MUST_USE bool json_decimal(str token, struct value *out);
