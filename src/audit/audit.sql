-- name: audit_last
-- The end of the chain.
-- one: id, hash:blob
SELECT id, hash FROM audit WHERE workspace_id = :workspace_id ORDER BY id DESC LIMIT 1;

-- name: audit_add
-- No row changes where another entry follows the same one already. On PostgreSQL that of another
-- transaction at the same moment makes this one begin again, as often as it takes.
-- in: id, at_ms, actor_kind, user_id, action, object_type, object_id, lead_id, detail:blob,
--   prev_hash:blob, hash:blob
INSERT INTO audit (workspace_id, id, at_ms, actor_kind, user_id, action, object_type, object_id,
    lead_id, detail, prev_hash, hash)
VALUES (:workspace_id, :id, :at_ms, :actor_kind, :user_id, :action, :object_type, :object_id,
    :lead_id, :detail, :prev_hash, :hash)
ON CONFLICT DO NOTHING;

-- name: audit_page
-- Newest first; action is how the action begins. What was done to a lead beyond reach is not shown
-- (base/reach.h).
-- in: before_id, user_id, action, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- many: id, at_ms, actor_kind, user_id, user_name, action, object_type, object_id, lead_id,
--   detail:blob
SELECT a.id, a.at_ms, a.actor_kind, a.user_id, COALESCE(u.name, ''), a.action, a.object_type,
    a.object_id, a.lead_id, a.detail
FROM audit a LEFT JOIN app_user u ON u.id = a.user_id
WHERE a.workspace_id = :workspace_id AND (:before_id = 0 OR a.id < :before_id)
    AND (:user_id = 0 OR a.user_id = :user_id)
    AND SUBSTR(a.action, 1, LENGTH(:action)) = :action
    AND (:applicants = 1 OR (a.lead_id = 0 AND a.object_type <> 'lead')
        OR NOT EXISTS (SELECT 1 FROM lead l WHERE l.workspace_id = :workspace_id
            AND l.id = CASE WHEN a.lead_id <> 0 THEN a.lead_id ELSE a.object_id END
            AND l.lead_state = 4))
    AND (:any = 1 OR (a.lead_id = 0 AND (a.object_type <> 'lead' OR a.object_id = 0))
        OR EXISTS (SELECT 1 FROM lead l WHERE l.workspace_id = :workspace_id
            AND l.id = CASE WHEN a.lead_id <> 0 THEN a.lead_id ELSE a.object_id END
            AND (l.owner_user_id = :mine OR l.owner_user_id = :mine_too OR l.lead_state = 4)))
ORDER BY a.id DESC LIMIT :limit;

-- name: audit_chain
-- in: after_id, limit
-- many: id, at_ms, actor_kind, user_id, action, object_type, object_id, lead_id, detail:blob,
--   prev_hash:blob, hash:blob
SELECT id, at_ms, actor_kind, user_id, action, object_type, object_id, lead_id, detail, prev_hash,
    hash
FROM audit WHERE workspace_id = :workspace_id AND id > :after_id ORDER BY id LIMIT :limit;
