#include "base/reach.h"

#include "base/permission.h"

struct reach reach_of(const struct actor *actor)
{
    bool person = actor->kind == ACTOR_USER || actor->kind == ACTOR_TOKEN;
    bool all = !person || (actor->permissions & MAY_READ_ALL_LEADS) != 0;
    bool free = (actor->permissions & MAY_READ_FREE_LEADS) != 0;
    /* Nobody's id is -1: somebody without one owns nothing. */
    int64_t user_id = actor->user_id > 0 ? actor->user_id : -1;
    return (struct reach){
        .any = all,
        .mine = user_id,
        .mine_too = free ? 0 : user_id,
        .applicants = !person || (actor->permissions & MAY_SEE_APPLICANTS) != 0,
    };
}

bool reach_holds(const struct reach *reach, int64_t owner_id)
{
    return reach->any != 0 || owner_id == reach->mine || owner_id == reach->mine_too;
}
