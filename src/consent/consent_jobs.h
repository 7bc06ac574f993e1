/* consent/consent_jobs.h -- the room's background work: sealing the chain, expiring requests.
 *
 *     consent.seal    each 500 ms; a read of one seek a workspace unless there are new events
 *     consent.expire  each minute
 *     consent.network each day: the key of network data (IP address, user agent) goes when the
 *                     workspace's network_keep_days are over; the rest of the proof stays
 */
#pragma once

#include "jobs/jobs.h"

extern const struct job_kind consent_jobs[];
extern const int consent_job_count;
