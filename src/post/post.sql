-- name: mail_insert
-- in: id, lead_id, permit_class:i64, consent_id, confirmation_id, template, message_id:text, mail_state,
--   envelope:blob, mime:blob, mime_sha256:blob, now_ms
INSERT INTO mail (workspace_id, id, lead_id, permit_class, consent_id, confirmation_id, template,
    message_id, mail_state, envelope, mime, mime_sha256, created_ms, next_ms, attempts_n,
    lease_until_ms, lease_token, done_ms)
VALUES (:workspace_id, :id, :lead_id, :permit_class, :consent_id, :confirmation_id, :template,
    :message_id, :mail_state, :envelope, :mime, :mime_sha256, :now_ms, :now_ms, 0, 0, 0, 0);

-- name: mail_page
-- in: before_id, limit
-- many: id, lead_id, permit_class:i64, consent_id, confirmation_id, template, message_id:text, mail_state,
--   envelope:blob, created_ms, next_ms, done_ms, attempts_n
SELECT id, lead_id, permit_class, consent_id, confirmation_id, template, message_id, mail_state,
    envelope, created_ms, next_ms, done_ms, attempts_n
FROM mail WHERE workspace_id = :workspace_id AND (:before_id = 0 OR id < :before_id)
ORDER BY id DESC LIMIT :limit;

-- name: mail_get
-- in: id
-- one: id, lead_id, permit_class:i64, consent_id, confirmation_id, template, message_id:text, mail_state,
--   envelope:blob, created_ms, next_ms, done_ms, attempts_n, mime:blob
SELECT id, lead_id, permit_class, consent_id, confirmation_id, template, message_id, mail_state,
    envelope, created_ms, next_ms, done_ms, attempts_n, mime
FROM mail WHERE workspace_id = :workspace_id AND id = :id;

-- name: mail_requeue
-- in: id, now_ms
UPDATE mail SET mail_state = 0, next_ms = :now_ms, attempts_n = 0, done_ms = 0, lease_until_ms = 0
WHERE workspace_id = :workspace_id AND id = :id AND mail_state IN (3, 4, 5);

-- name: mail_of_confirmation
-- The newest mail that asked for a confirmation, with the reply to its last attempt.
-- in: lead_id, confirmation_id
-- one: id, message_id:text, mail_state, created_ms, done_ms, mime_sha256:blob, reply
SELECT m.id, m.message_id, m.mail_state, m.created_ms, m.done_ms, m.mime_sha256,
    COALESCE((SELECT t.reply FROM mail_attempt t WHERE t.workspace_id = :workspace_id
              AND t.mail_id = m.id ORDER BY t.attempt_no DESC LIMIT 1), '')
FROM mail m WHERE m.workspace_id = :workspace_id AND m.lead_id = :lead_id
    AND m.confirmation_id = :confirmation_id
ORDER BY m.id DESC LIMIT 1;

-- name: mail_attempt_list
-- in: mail_id
-- many: attempt_no, at_ms, outcome_kind, reply
SELECT attempt_no, at_ms, outcome_kind, reply FROM mail_attempt
WHERE workspace_id = :workspace_id AND mail_id = :mail_id ORDER BY attempt_no LIMIT 100;

-- name: mail_attempt_add
-- in: mail_id, attempt_no, at_ms, outcome_kind, reply
INSERT INTO mail_attempt (workspace_id, mail_id, attempt_no, at_ms, outcome_kind, reply)
VALUES (:workspace_id, :mail_id, :attempt_no, :at_ms, :outcome_kind, :reply)
ON CONFLICT DO NOTHING;

-- name: mail_attempts_delete_of_lead
-- in: lead_id
DELETE FROM mail_attempt WHERE workspace_id = :workspace_id AND mail_id IN
    (SELECT id FROM mail WHERE workspace_id = :workspace_id AND lead_id = :lead_id);

-- name: mail_delete_of_lead
-- in: lead_id
DELETE FROM mail WHERE workspace_id = :workspace_id AND lead_id = :lead_id;
