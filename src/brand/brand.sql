-- name: logo_add
-- in: id, media_type, bytes:blob
INSERT INTO logo (workspace_id, id, media_type, bytes)
VALUES (:workspace_id, :id, :media_type, :bytes);

-- name: logo_drop
-- in: id
DELETE FROM logo WHERE workspace_id = :workspace_id AND id = :id;

-- name: logo_get
-- in: id
-- one: media_type, bytes:blob
SELECT media_type, bytes FROM logo WHERE workspace_id = :workspace_id AND id = :id;

-- name: logo_small
-- The same, if it is that small.
-- in: id, most_bytes
-- one: media_type, bytes:blob
SELECT media_type, bytes FROM logo
WHERE workspace_id = :workspace_id AND id = :id AND length(bytes) <= :most_bytes;

-- name: logo_draft_old
-- in: before_ms
DELETE FROM logo_draft WHERE workspace_id = :workspace_id AND created_ms < :before_ms;

-- name: logo_draft_drop
-- in: user_id
DELETE FROM logo_draft WHERE workspace_id = :workspace_id AND user_id = :user_id;

-- name: logo_draft_add
-- in: user_id, id, created_ms, media_type, bytes:blob
INSERT INTO logo_draft (workspace_id, user_id, id, created_ms, media_type, bytes)
VALUES (:workspace_id, :user_id, :id, :created_ms, :media_type, :bytes);

-- name: logo_draft_get
-- in: user_id, id, since_ms
-- one: media_type, bytes:blob
SELECT media_type, bytes FROM logo_draft
WHERE workspace_id = :workspace_id AND user_id = :user_id AND id = :id AND created_ms >= :since_ms;
