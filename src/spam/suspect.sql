-- name: suspect_insert
-- in: id, form_id, form_version_id, at_ms, reasons_n, email_n, body:blob, body_key:blob
INSERT INTO suspect (workspace_id, id, form_id, form_version_id, at_ms, reasons_n, email_n, body, body_key)
VALUES (:workspace_id, :id, :form_id, :form_version_id, :at_ms, :reasons_n, :email_n, :body, :body_key);

-- name: suspect_get
-- in: id
-- one: id, form_id, form_version_id, at_ms, reasons_n, body:blob, body_key:blob
SELECT id, form_id, form_version_id, at_ms, reasons_n, body, body_key FROM suspect
WHERE workspace_id = :workspace_id AND id = :id;

-- name: suspect_delete
-- in: id
DELETE FROM suspect WHERE workspace_id = :workspace_id AND id = :id;

-- name: suspect_of_form
-- in: form_id, before_id, limit
-- many: id, form_id, form_version_id, at_ms, reasons_n, body:blob, body_key:blob
SELECT id, form_id, form_version_id, at_ms, reasons_n, body, body_key FROM suspect
WHERE workspace_id = :workspace_id AND form_id = :form_id AND id < :before_id
ORDER BY id DESC LIMIT :limit;

-- name: suspect_of_all
-- in: before_id, limit
-- many: id, form_id, form_version_id, at_ms, reasons_n, body:blob, body_key:blob
SELECT id, form_id, form_version_id, at_ms, reasons_n, body, body_key FROM suspect
WHERE workspace_id = :workspace_id AND id < :before_id
ORDER BY id DESC LIMIT :limit;

-- name: suspect_count_of_form
-- in: form_id, limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM suspect
    WHERE workspace_id = :workspace_id AND form_id = :form_id LIMIT :limit) t;

-- name: suspect_count_of_all
-- in: limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM suspect WHERE workspace_id = :workspace_id LIMIT :limit) t;

-- name: suspect_erase
-- in: email_n
DELETE FROM suspect WHERE workspace_id = :workspace_id AND email_n = :email_n;

-- name: suspect_old
-- Ids grow with time: those before the first id of a moment came before it.
-- in: first_id, limit
-- many: id
SELECT id FROM suspect WHERE workspace_id = :workspace_id AND id < :first_id ORDER BY id LIMIT :limit;
