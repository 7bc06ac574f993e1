-- name: setting_all
-- many: name, value
SELECT name, value FROM setting WHERE workspace_id = :workspace_id;

-- name: setting_put
-- in: name, value, now_ms, user_id
INSERT INTO setting (workspace_id, name, value, changed_ms, user_id)
VALUES (:workspace_id, :name, :value, :now_ms, :user_id)
ON CONFLICT (workspace_id, name) DO UPDATE SET value = excluded.value,
    changed_ms = excluded.changed_ms, user_id = excluded.user_id;
