-- name: lead_stand_get
-- in: id
-- one: campaign_id, created_ms, lead_state, email_state, email, source
SELECT campaign_id, created_ms, lead_state, email_state, email, source FROM lead
WHERE workspace_id = :workspace_id AND id = :id;
