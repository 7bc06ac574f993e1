-- name: lead_make_test
-- in: id
UPDATE lead SET lead_state = 3 WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_test_list
-- in: limit
-- many: id
SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 3
ORDER BY created_ms DESC, id DESC LIMIT :limit;
