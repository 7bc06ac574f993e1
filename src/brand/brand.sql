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
