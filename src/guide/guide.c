#include "guide/guide.h"

#include "base/permission.h"

static const struct {
    const char *name, *path;
    uint64_t permission; /* 0: everybody */
} steps[TOUR__COUNT] = {
    [TOUR_TODAY] = {"today", "/", MAY_READ_LEADS},
    [TOUR_FORMS] = {"forms", "/forms", MAY_READ_FORMS},
    [TOUR_LEADS] = {"leads", "/leads", MAY_READ_LEADS},
    [TOUR_PERMIT] = {"permit", "/leads", MAY_READ_LEADS},
    [TOUR_MINE] = {"mine", "/leads/mine", MAY_READ_LEADS},
    [TOUR_HELP] = {"help", "/help", 0},
};

static bool is_step(int64_t step)
{
    return step >= 0 && step < TOUR__COUNT;
}

const char *tour_name(int64_t step)
{
    return is_step(step) ? steps[step].name : "";
}

static bool may_see(uint64_t permissions, int64_t step)
{
    return (permissions & steps[step].permission) == steps[step].permission;
}

int64_t tour_beside(uint64_t permissions, int64_t step, int way)
{
    int64_t to = step + way;
    while (is_step(to) && !may_see(permissions, to)) to += way;
    return is_step(to) ? to : TOUR_OVER;
}

void tour_place(uint64_t permissions, int64_t step, int *number, int *count)
{
    *number = *count = 0;
    for (int64_t i = 0; i < TOUR__COUNT; i++) {
        if (!may_see(permissions, i)) continue;
        ++*count;
        if (i <= step) ++*number;
    }
}

str tour_path(int64_t step)
{
    return str_of(is_step(step) ? steps[step].path : "/");
}

bool tour_is_at(int64_t step, str path)
{
    if (!is_step(step)) return false;
    /* A lead's own page: "/leads/ld_…", and nothing below it. */
    str id = str_slice(path, 7, path.len);
    if (step == TOUR_PERMIT && str_starts(path, S("/leads/ld_")) && str_find(id, S("/")) < 0)
        return true;
    return str_eq(path, tour_path(step));
}

bool news_are_new(str seen)
{
    return seen.len > 0 && !str_eq(seen, S(ZULAUF_VERSION));
}
