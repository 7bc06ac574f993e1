-- name: node_all
-- scope: system
-- many: node_no, lease_token:i64, lease_until_ms, high_id, first_id, name, started_ms
SELECT node_no, lease_token, lease_until_ms, high_id, first_id, name, started_ms
FROM node ORDER BY node_no;

-- name: node_add
-- The first holder of a number.
-- scope: system
-- in: node_no, lease_token:i64, lease_until_ms, high_id, name, started_ms, first_id
INSERT INTO node (node_no, lease_token, lease_until_ms, high_id, name, started_ms, first_id)
VALUES (:node_no, :lease_token, :lease_until_ms, :high_id, :name, :started_ms, :first_id)
ON CONFLICT DO NOTHING;

-- name: node_take
-- From the holder before, unless another was faster.
-- scope: system
-- in: node_no, old_token:i64, lease_token:i64, lease_until_ms, high_id, name, started_ms, first_id
UPDATE node SET lease_token = :lease_token, lease_until_ms = :lease_until_ms,
    high_id = :high_id, name = :name, started_ms = :started_ms, first_id = :first_id
WHERE node_no = :node_no AND lease_token = :old_token;

-- name: node_renew
-- At the end, too: then until now.
-- scope: system
-- in: node_no, lease_token:i64, lease_until_ms, high_id
UPDATE node SET lease_until_ms = :lease_until_ms, high_id = :high_id
WHERE node_no = :node_no AND lease_token = :lease_token;

-- name: node_holder
-- scope: system
-- in: node_no
-- one: lease_token:i64
SELECT lease_token FROM node WHERE node_no = :node_no;

-- name: receipt_oldest
-- The last of the next so many, and how many they are.
-- in: after_id, until_id, limit
-- one: id, n
SELECT COALESCE(MAX(o.id), 0), COUNT(*) FROM
    (SELECT id FROM receipt WHERE workspace_id = :workspace_id AND id > :after_id AND id < :until_id
     ORDER BY id LIMIT :limit) o;

-- name: receipt_purge
-- in: after_id, until_id
DELETE FROM receipt
WHERE workspace_id = :workspace_id AND id > :after_id AND id <= :until_id;
