-- name: file_add
-- in: id, file_name, media_type, size_bytes, sha256:blob, user_id, now_ms
INSERT INTO file (workspace_id, id, name, media_type, size_bytes, sha256, user_id, created_ms)
VALUES (:workspace_id, :id, :file_name, :media_type, :size_bytes, :sha256, :user_id, :now_ms);

-- name: file_get
-- in: id
-- one: id, file_name, media_type, size_bytes, sha256:blob, created_ms
SELECT id, name, media_type, size_bytes, sha256, created_ms FROM file
WHERE workspace_id = :workspace_id AND id = :id;

-- name: file_list
-- in: limit
-- many: id, file_name, media_type, size_bytes, created_ms
SELECT id, name, media_type, size_bytes, created_ms FROM file
WHERE workspace_id = :workspace_id ORDER BY id DESC LIMIT :limit;

-- name: blob_add
-- in: sha256:blob, chunk_no, bytes:blob
INSERT INTO blob (workspace_id, sha256, chunk_no, bytes)
VALUES (:workspace_id, :sha256, :chunk_no, :bytes) ON CONFLICT DO NOTHING;

-- name: blob_get
-- in: sha256:blob, chunk_no
-- one: bytes:blob
SELECT bytes FROM blob WHERE workspace_id = :workspace_id AND sha256 = :sha256 AND chunk_no = :chunk_no;
