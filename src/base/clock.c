#include "base/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t); /* cannot fail for these clocks */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}
int64_t clock_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}
int64_t clock_boot_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}
void clock_sleep_ms(int64_t ms)
{
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    while (ms > 0 && nanosleep(&rest, &rest) != 0) {
    }
}
