-- The end of a workspace.

-- name: clearing_due
-- How long cx->workspace_id has been going; nothing found: it is gone.
-- scope: system
-- in: id
-- one: archived_ms
SELECT archived_ms FROM workspace WHERE id = :id;

-- name: erase_rows
-- A few rows of one table.
-- each: workspace
-- in: limit
DELETE FROM {table} WHERE {workspace} = :workspace_id AND ({key}) IN
    (SELECT {key} FROM {table} WHERE {workspace} = :workspace_id LIMIT :limit);

-- name: clearing_members
-- Who works in the workspace and in no other.
-- scope: system
-- many: user_id
SELECT m.user_id FROM membership m WHERE m.workspace_id = :workspace_id AND NOT EXISTS
    (SELECT 1 FROM membership o WHERE o.user_id = m.user_id AND o.workspace_id <> m.workspace_id)
LIMIT 1000;

-- name: clearing_user
-- scope: system
-- in: user_id
DELETE FROM app_user WHERE id = :user_id;

-- name: clearing_sessions
-- scope: system
-- in: user_id
DELETE FROM session WHERE user_id = :user_id;

-- name: clearing_totp
-- scope: system
-- in: user_id
DELETE FROM user_totp WHERE user_id = :user_id;

-- name: clearing_codes
-- scope: system
-- in: user_id
DELETE FROM recovery_code WHERE user_id = :user_id;
