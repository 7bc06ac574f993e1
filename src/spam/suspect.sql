-- name: suspect_insert
-- in: id, form_id, form_version_id, at_ms, reasons_n, email_n, body:blob, body_key:blob, mail_id,
--   is_applicant:i64
INSERT INTO suspect (workspace_id, id, form_id, form_version_id, at_ms, reasons_n, email_n, body, body_key,
    mail_id, is_applicant)
VALUES (:workspace_id, :id, :form_id, :form_version_id, :at_ms, :reasons_n, :email_n, :body, :body_key,
    :mail_id, :is_applicant);

-- name: suspect_note
-- Once, however often it is found.
-- in: id, form_id, form_version_id, at_ms, reasons_n, email_n, body:blob, body_key:blob, mail_id,
--   is_applicant:i64
INSERT INTO suspect (workspace_id, id, form_id, form_version_id, at_ms, reasons_n, email_n, body, body_key,
    mail_id, is_applicant)
VALUES (:workspace_id, :id, :form_id, :form_version_id, :at_ms, :reasons_n, :email_n, :body, :body_key,
    :mail_id, :is_applicant) ON CONFLICT DO NOTHING;

-- name: suspect_get
-- in: id, applicants:i64
-- one: id, form_id, form_version_id, at_ms, reasons_n, body:blob, body_key:blob, mail_id
SELECT id, form_id, form_version_id, at_ms, reasons_n, body, body_key, mail_id FROM suspect
WHERE workspace_id = :workspace_id AND id = :id
    AND (:applicants = 1 OR is_applicant = 0);

-- name: suspect_delete
-- in: id
DELETE FROM suspect WHERE workspace_id = :workspace_id AND id = :id;

-- name: suspect_of_form
-- in: form_id, before_id, applicants:i64, limit
-- many: id, form_id, form_version_id, at_ms, reasons_n, body:blob, body_key:blob, mail_id
SELECT id, form_id, form_version_id, at_ms, reasons_n, body, body_key, mail_id FROM suspect
WHERE workspace_id = :workspace_id AND form_id = :form_id AND id < :before_id
    AND (:applicants = 1 OR is_applicant = 0)
ORDER BY id DESC LIMIT :limit;

-- name: suspect_of_all
-- in: before_id, applicants:i64, limit
-- many: id, form_id, form_version_id, at_ms, reasons_n, body:blob, body_key:blob, mail_id
SELECT id, form_id, form_version_id, at_ms, reasons_n, body, body_key, mail_id FROM suspect
WHERE workspace_id = :workspace_id AND id < :before_id
    AND (:applicants = 1 OR is_applicant = 0)
ORDER BY id DESC LIMIT :limit;

-- name: suspect_count_of_form
-- in: form_id, applicants:i64, limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM suspect
    WHERE workspace_id = :workspace_id AND form_id = :form_id
        AND (:applicants = 1 OR is_applicant = 0) LIMIT :limit) t;

-- name: suspect_count_of_all
-- in: applicants:i64, limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM suspect WHERE workspace_id = :workspace_id
    AND (:applicants = 1 OR is_applicant = 0) LIMIT :limit) t;

-- name: suspect_erase
-- in: email_n, is_applicant:i64
DELETE FROM suspect WHERE workspace_id = :workspace_id AND email_n = :email_n
    AND is_applicant = :is_applicant;

-- name: suspect_old
-- Ids grow with time: those before the first id of a moment came before it.
-- in: first_id, limit
-- many: id
SELECT id FROM suspect WHERE workspace_id = :workspace_id AND id < :first_id ORDER BY id LIMIT :limit;

-- name: suspect_over
-- Somebody confirmed after all: the domain takes mail.
DELETE FROM suspect WHERE workspace_id = :workspace_id AND mail_id <> 0 AND id IN (SELECT s.id
    FROM submission s WHERE s.workspace_id = :workspace_id AND s.id = suspect.id
        AND s.submission_state = 2);
