-- name: refused_forget
-- in: form_id, before_ms
DELETE FROM form_refused WHERE workspace_id = :workspace_id AND form_id = :form_id AND at_ms < :before_ms;

-- name: refused_forget_all
-- in: before_ms
DELETE FROM form_refused WHERE workspace_id = :workspace_id AND at_ms < :before_ms;

-- name: refused_again
-- in: form_id, origin, at_ms
UPDATE form_refused SET at_ms = :at_ms
WHERE workspace_id = :workspace_id AND form_id = :form_id AND origin = :origin;

-- name: refused_count
-- in: form_id
-- one: n
SELECT COUNT(*) FROM form_refused WHERE workspace_id = :workspace_id AND form_id = :form_id;

-- name: refused_add
-- in: form_id, origin, at_ms
INSERT INTO form_refused (workspace_id, form_id, origin, at_ms)
VALUES (:workspace_id, :form_id, :origin, :at_ms)
ON CONFLICT (workspace_id, form_id, origin) DO NOTHING;

-- name: refused_list
-- in: form_id, since_ms
-- many: origin, at_ms
SELECT origin, at_ms FROM form_refused
WHERE workspace_id = :workspace_id AND form_id = :form_id AND at_ms >= :since_ms
ORDER BY at_ms DESC, origin LIMIT 100;
