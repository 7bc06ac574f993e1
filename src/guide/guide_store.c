#include "guide/guide.h"

#include "guide_sql.h"

bool tour_set(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t step)
{
    (void)cx;
    struct guide_tour_set_in in = {user_id, step, step == TOUR_OVER ? S(ZULAUF_VERSION) : S("")};
    return q_guide_tour_set(tx, &in, NULL);
}

bool keys_set(struct ctx *cx, struct tx *tx, int64_t user_id, bool on)
{
    (void)cx;
    struct guide_keys_set_in in = {user_id, on ? 1 : 0};
    return q_guide_keys_set(tx, &in, NULL);
}

bool news_known(struct ctx *cx, struct tx *tx, int64_t user_id, bool *known)
{
    (void)cx;
    struct guide_news_get_in in = {user_id};
    struct guide_news_get_row row;
    bool found;
    if (!q_guide_news_get(tx, &in, &row, &found)) return false;
    *known = found && str_eq(row.news_seen, S(ZULAUF_VERSION));
    return true;
}

bool news_looked(struct ctx *cx, struct tx *tx, int64_t user_id)
{
    (void)cx;
    struct guide_news_set_in in = {user_id, S(ZULAUF_VERSION)};
    return q_guide_news_set(tx, &in, NULL);
}
