/* base/clock.h -- reading the machine's clocks; only edges do (everything else has cx->now_ms). */
#pragma once

#include "base/base.h"

/* Milliseconds since 1970-01-01T00:00:00Z. May jump. */
int64_t clock_now_ms(void);
/* Milliseconds since some moment of the past; never goes back. For durations. */
int64_t clock_mono_ms(void);
/* The same, but it goes on while the machine is suspended. For how long others have waited. */
int64_t clock_boot_ms(void);
/* Sleep that long, through signals; not at all for 0 and less. */
void clock_sleep_ms(int64_t ms);
