#include "cmd/progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_CHARS = 30, TELL_MS = 100 };

const char *progress_number(int64_t n, char to[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n), at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-') to[at++] = ',';
        to[at++] = digits[i];
    }
    to[at] = 0;
    return to;
}

void progress_begin(struct progress *p, const char *what, int64_t total)
{
    *p = (struct progress){.what = what, .total = total, .terminal = isatty(STDERR_FILENO) == 1};
    p->began_ms = clock_mono_ms();
}

static void bar(const struct progress *p, int64_t done, int pct)
{
    char number[32], line[BAR_CHARS + 1];
    for (int i = 0; i < BAR_CHARS; i++) line[i] = i * 100 < pct * BAR_CHARS ? '#' : '.';
    line[BAR_CHARS] = 0;
    if (p->total > 0)
        fprintf(stderr, "\r\033[K%-16s %s %3d %%  %s", p->what, line, pct,
                progress_number(done, number));
    else
        fprintf(stderr, "\r\033[K%-16s %s", p->what, progress_number(done, number));
}

void progress_at(struct progress *p, int64_t done)
{
    char number[32];
    int64_t now_ms = clock_mono_ms();
    int pct = p->total > 0 ? (int)(done >= p->total ? 100 : done * 100 / p->total) : 0;
    if (p->terminal) {
        if (now_ms - p->told_ms < TELL_MS) return;
        p->told_ms = now_ms;
        p->shown = true;
        bar(p, done, pct);
        return;
    }
    /* Short work needs no lines in a log. */
    if (pct / 10 == p->told_pct / 10 || now_ms - p->began_ms < 2000) return;
    p->told_pct = pct;
    fprintf(stderr, "%s: %d %%, %s\n", p->what, pct, progress_number(done, number));
}

void progress_end(struct progress *p, int64_t done)
{
    char number[32];
    if (p->shown) fputs("\r\033[K", stderr);
    fprintf(stderr, "%-16s %s\n", p->what, progress_number(done, number));
}
