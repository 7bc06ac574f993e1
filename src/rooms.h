/* rooms.h -- the one table of rooms: which routes, jobs and hooks the product has. */
#pragma once

#include "jobs/jobs.h"
#include "web/web.h"

struct route_table {
    const struct route *route;
    const ptrdiff_t *count;
};

extern const struct route_table room_routes[];
extern const int room_route_tables;

/* Write the job kinds of every room to out[0..JOB_KINDS_MAX); how many there are. */
int room_jobs(struct job_kind *out);
