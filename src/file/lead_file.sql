-- name: lead_file_take
-- Nobody's yet: lead, name and key come with its submission.
-- in: id, field, media_type, size_bytes, nothing:blob, now_ms
INSERT INTO lead_file (workspace_id, lead_id, id, submission_id, field, name, media_type,
    size_bytes, file_key, created_ms)
VALUES (:workspace_id, 0, :id, 0, :field, :nothing, :media_type, :size_bytes, :nothing, :now_ms);

-- name: lead_file_give
-- No row changes where it has been swept away meanwhile, or waits for another submission.
-- in: id, lead_id, submission_id, file_name:blob, file_key:blob
UPDATE lead_file SET lead_id = :lead_id, submission_id = :submission_id, name = :file_name,
    file_key = :file_key
WHERE workspace_id = :workspace_id AND lead_id = 0 AND id = :id
    AND submission_id IN (0, :submission_id);

-- name: lead_file_hold
-- in: id, submission_id
UPDATE lead_file SET submission_id = :submission_id
WHERE workspace_id = :workspace_id AND lead_id = 0 AND id = :id;

-- name: lead_file_part_add
-- in: file_id, chunk_no, bytes:blob
INSERT INTO lead_file_part (workspace_id, file_id, chunk_no, bytes)
VALUES (:workspace_id, :file_id, :chunk_no, :bytes) ON CONFLICT DO NOTHING;

-- name: lead_file_part_get
-- in: file_id, chunk_no
-- one: bytes:blob
SELECT bytes FROM lead_file_part
WHERE workspace_id = :workspace_id AND file_id = :file_id AND chunk_no = :chunk_no;

-- name: lead_file_of_lead
-- in: lead_id, limit
-- many: id, submission_id, field, file_name:blob, media_type, size_bytes, file_key:blob, created_ms
SELECT id, submission_id, field, name, media_type, size_bytes, file_key, created_ms FROM lead_file
WHERE workspace_id = :workspace_id AND lead_id = :lead_id ORDER BY id DESC LIMIT :limit;

-- name: lead_file_page
-- Every lead's, in the order of the key.
-- in: after_lead_id, after_id, limit
-- many: lead_id, id
SELECT lead_id, id FROM lead_file WHERE workspace_id = :workspace_id AND lead_id > 0
    AND (lead_id, id) > (:after_lead_id, :after_id) ORDER BY lead_id, id LIMIT :limit;

-- name: lead_file_one
-- in: lead_id, id
-- one: id, submission_id, field, file_name:blob, media_type, size_bytes, file_key:blob, created_ms
SELECT id, submission_id, field, name, media_type, size_bytes, file_key, created_ms FROM lead_file
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND id = :id;

-- name: lead_file_all_count
-- one: n
SELECT COUNT(*) FROM lead_file WHERE workspace_id = :workspace_id AND lead_id > 0;

-- name: lead_file_bytes_since
-- How much came in since the first id of a moment.
-- in: first_id
-- one: sum_bytes
SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM lead_file
WHERE workspace_id = :workspace_id AND id >= :first_id;

-- name: lead_file_stale
-- What was taken in, and whose form nobody sent to its end.
-- in: before_id, limit
-- many: id
SELECT id FROM lead_file WHERE workspace_id = :workspace_id AND lead_id = 0 AND submission_id = 0 AND id < :before_id
ORDER BY id LIMIT :limit;

-- name: lead_file_delete
-- in: lead_id, id
DELETE FROM lead_file WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND id = :id;

-- name: lead_file_parts_delete
-- in: file_id
DELETE FROM lead_file_part WHERE workspace_id = :workspace_id AND file_id = :file_id;

-- name: lead_file_delete_of_lead
-- in: lead_id
DELETE FROM lead_file WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: lead_file_parts_delete_of_lead
-- in: lead_id
DELETE FROM lead_file_part WHERE workspace_id = :workspace_id AND file_id IN
    (SELECT id FROM lead_file WHERE workspace_id = :workspace_id AND lead_id = :lead_id);
