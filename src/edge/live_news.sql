-- name: news_put
-- scope: system
-- in: node_no, of_workspace_id, version_no, changed_ms
INSERT INTO news (node_no, of_workspace_id, version_no, changed_ms)
VALUES (:node_no, :of_workspace_id, :version_no, :changed_ms)
ON CONFLICT (node_no, of_workspace_id) DO UPDATE SET version_no = excluded.version_no,
    changed_ms = excluded.changed_ms;

-- name: news_newest
-- The newest of each node: one seek a number.
-- scope: system
-- many: node_no, version_no
WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 63)
SELECT d.node_no, d.version_no FROM (
    SELECT s.n AS node_no, (SELECT MAX(w.version_no) FROM news w WHERE w.node_no = s.n) AS version_no
    FROM s) d
WHERE d.version_no IS NOT NULL;

-- name: news_since
-- scope: system
-- in: node_no, version_no, limit
-- many: of_workspace_id
SELECT of_workspace_id FROM news WHERE node_no = :node_no AND version_no > :version_no
ORDER BY version_no LIMIT :limit;

-- name: news_purge
-- scope: system
-- in: before_ms
DELETE FROM news WHERE changed_ms < :before_ms;
