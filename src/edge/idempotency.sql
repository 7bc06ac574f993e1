-- name: idempotency_begin
-- No row changes where the key was used before.
-- in: key_hash:blob, request_hash:blob, now_ms
INSERT INTO idempotency (workspace_id, key_hash, request_hash, at_ms, status, body)
VALUES (:workspace_id, :key_hash, :request_hash, :now_ms, 0, NULL) ON CONFLICT DO NOTHING;

-- name: idempotency_get
-- in: key_hash:blob
-- one: request_hash:blob, at_ms, status:i64, body:blob
SELECT request_hash, at_ms, status, body FROM idempotency
WHERE workspace_id = :workspace_id AND key_hash = :key_hash;

-- name: idempotency_done
-- Only of who began then: where he was thought gone, the key is another's.
-- in: key_hash:blob, began_ms, status:i64, body:blob
UPDATE idempotency SET status = :status, body = :body
WHERE workspace_id = :workspace_id AND key_hash = :key_hash AND at_ms = :began_ms;

-- name: idempotency_drop
-- in: key_hash:blob, began_ms
DELETE FROM idempotency
WHERE workspace_id = :workspace_id AND key_hash = :key_hash AND at_ms = :began_ms;

-- name: idempotency_oldest
-- Up to which moment the oldest so many go; 0: there are none.
-- scope: system
-- in: before_ms, limit
-- one: at_ms
SELECT COALESCE(MAX(o.at_ms), 0) FROM
    (SELECT at_ms FROM idempotency WHERE at_ms < :before_ms ORDER BY at_ms LIMIT :limit) o;

-- name: idempotency_sweep
-- scope: system
-- in: until_ms
DELETE FROM idempotency WHERE at_ms <= :until_ms;
