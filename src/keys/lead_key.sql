-- name: lead_key_add
-- append:
-- in: lead_id, wrapped:blob
INSERT INTO lead_key (workspace_id, lead_id, wrapped) VALUES (:workspace_id, :lead_id, :wrapped);

-- name: lead_key_get
-- in: lead_id
-- one: wrapped:blob
SELECT wrapped FROM lead_key WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: lead_key_delete
-- in: lead_id
DELETE FROM lead_key WHERE workspace_id = :workspace_id AND lead_id = :lead_id;
