#include "node/node_rules.h"

#include "base/id.h"

struct node_choice node_choose(const struct node_row *rows, ptrdiff_t count, bool shared,
                               int64_t now_ms)
{
    for (int n = 0; n < (shared ? ID_NODES : 1); n++) {
        const struct node_row *row = NULL;
        for (ptrdiff_t i = 0; i < count && row == NULL; i++)
            if (rows[i].node_no == n) row = &rows[i];
        if (row == NULL) return (struct node_choice){.node_no = n, .is_new = true};
        if (!shared || row->lease_until_ms <= now_ms)
            return (struct node_choice){
                .node_no = n, .old_token = row->lease_token, .high_id = row->high_id};
    }
    return (struct node_choice){.node_no = -1};
}

bool node_is_gone(const struct node_row *rows, ptrdiff_t count, int64_t id, int64_t now_ms)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (rows[i].node_no == id_node(id))
            return id <= rows[i].first_id || rows[i].lease_until_ms + NODE_GONE_MS <= now_ms;
    return false;
}

bool node_lease_good(int64_t sent_ms, int64_t now_ms)
{
    return now_ms - sent_ms < NODE_GIVE_UP_MS;
}

bool node_renewal_due(int64_t sent_ms, int64_t now_ms, bool shared)
{
    return now_ms - sent_ms >= (shared ? NODE_RENEW_MS : NODE_OWN_RENEW_MS);
}

int64_t node_lease_until(int64_t now_ms, bool shared)
{
    return now_ms + (shared ? NODE_LEASE_MS : NODE_OWN_LEASE_MS);
}
