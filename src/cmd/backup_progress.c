#include "cmd/backup_progress.h"

#include <stdio.h>

enum { BAR_WIDTH = 30, LINE_PCT = 20 };

/* Out of a buffer of its own: where the output goes may lay its own words over our arena. */
static bool write_it(struct backup_progress *p, int pct)
{
    static const char full[] = "##############################";
    static const char none[] = "..............................";
    char line[100];
    int n = pct * BAR_WIDTH / 100;
    int len = p->bar ? snprintf(line, sizeof line, "\r%s [%.*s%.*s] %3d %%", p->what, n, full,
                                BAR_WIDTH - n, none, pct)
                     : snprintf(line, sizeof line, "%s: %d %%\n", p->what, pct);
    return p->out->write(p->out->to, (str){line, len});
}

bool backup_progress_step(void *to, int64_t done, int64_t all)
{
    struct backup_progress *p = to;
    if (p->cx->app != NULL && atomic_load(&p->cx->app->draining)) return false;
    int pct = done >= all ? 100 : (int)(done / (all / 100 + 1));
    int step = p->bar ? 1 : LINE_PCT;
    pct = pct / step * step;
    if (pct <= p->shown_pct) return true;
    p->shown_pct = pct;
    return write_it(p, pct);
}

void backup_progress_end(struct backup_progress *p)
{
    if (p->bar && p->shown_pct >= 0) (void)p->out->write(p->out->to, S("\n"));
}
