#include "db/bulk_inner.h"

bool bulk_postgres_open(struct ctx *cx, const struct bulk_options *options, struct bulk **out)
{
    (void)options;
    *out = NULL;
    return fail_detail(cx, ERR_UNAVAILABLE, "error.db_open",
                       "This program was built without PostgreSQL.");
}
