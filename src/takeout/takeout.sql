-- name: takeout_leads
-- in: after_id, limit
-- many: id
SELECT id FROM lead WHERE workspace_id = :workspace_id AND id > :after_id ORDER BY id LIMIT :limit;
