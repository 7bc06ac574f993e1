-- name: mail_insert
-- in: id, lead_id, permit_class:i64, consent_id, confirmation_id, template, message_id:text, mail_state,
--   envelope:blob, mime:blob, mime_sha256:blob, now_ms, next_ms
INSERT INTO mail (workspace_id, id, lead_id, permit_class, consent_id, confirmation_id, template,
    message_id, mail_state, envelope, mime, mime_sha256, created_ms, next_ms, attempts_n,
    lease_until_ms, lease_token, done_ms)
VALUES (:workspace_id, :id, :lead_id, :permit_class, :consent_id, :confirmation_id, :template,
    :message_id, :mail_state, :envelope, :mime, :mime_sha256, :now_ms, :next_ms, 0, 0, 0, 0);

-- name: mail_page
-- Not those about leads beyond reach (base/reach.h).
-- in: before_id, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- many: id, lead_id, permit_class:i64, consent_id, confirmation_id, template, message_id:text, mail_state,
--   envelope:blob, created_ms, next_ms, done_ms, attempts_n
SELECT id, lead_id, permit_class, consent_id, confirmation_id, template, message_id, mail_state,
    envelope, created_ms, next_ms, done_ms, attempts_n
FROM mail WHERE workspace_id = :workspace_id AND (:before_id = 0 OR id < :before_id)
    AND (:applicants = 1 OR NOT EXISTS (SELECT 1 FROM lead l WHERE l.workspace_id = :workspace_id
        AND l.id = mail.lead_id AND l.lead_state = 4))
    AND (:any = 1 OR lead_id = 0 OR EXISTS (SELECT 1 FROM lead l
        WHERE l.workspace_id = :workspace_id AND l.id = mail.lead_id
        AND (l.owner_user_id = :mine OR l.owner_user_id = :mine_too OR l.lead_state = 4)))
ORDER BY id DESC LIMIT :limit;

-- name: mail_get
-- in: id, any:i64, mine:i64, mine_too:i64, applicants:i64
-- one: id, lead_id, permit_class:i64, consent_id, confirmation_id, template, message_id:text, mail_state,
--   envelope:blob, created_ms, next_ms, done_ms, attempts_n, mime:blob
SELECT id, lead_id, permit_class, consent_id, confirmation_id, template, message_id, mail_state,
    envelope, created_ms, next_ms, done_ms, attempts_n, mime
FROM mail WHERE workspace_id = :workspace_id AND id = :id
    AND (:applicants = 1 OR NOT EXISTS (SELECT 1 FROM lead l WHERE l.workspace_id = :workspace_id
        AND l.id = mail.lead_id AND l.lead_state = 4))
    AND (:any = 1 OR lead_id = 0 OR EXISTS (SELECT 1 FROM lead l
        WHERE l.workspace_id = :workspace_id AND l.id = mail.lead_id
        AND (l.owner_user_id = :mine OR l.owner_user_id = :mine_too OR l.lead_state = 4)));

-- name: mail_requeue
-- in: id, now_ms
UPDATE mail SET mail_state = 0, next_ms = :now_ms, attempts_n = 0, done_ms = 0, lease_until_ms = 0
WHERE workspace_id = :workspace_id AND id = :id AND mail_state IN (3, 4, 5);

-- name: mail_withdraw
-- One that has not left yet is not to go.
-- in: id, now_ms
UPDATE mail SET mail_state = 6, done_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND mail_state IN (0, 4);

-- name: mail_let_go
-- One that was withdrawn goes after all.
-- in: id, now_ms
UPDATE mail SET mail_state = 0, next_ms = :now_ms, attempts_n = 0, done_ms = 0, lease_until_ms = 0
WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 6;

-- name: mail_hurry
-- One that waits for a moment goes now.
-- in: id, now_ms
UPDATE mail SET next_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 0 AND attempts_n = 0
    AND next_ms > :now_ms;

-- name: mail_held_count
-- Those held since a moment, up to a limit; through the index of what is due.
-- in: since_ms, limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM mail WHERE mail_state = 4 AND next_ms >= :since_ms
    AND workspace_id = :workspace_id LIMIT :limit) h;

-- name: mail_held_queue
-- The oldest of them go.
-- in: since_ms, limit, now_ms
UPDATE mail SET mail_state = 0, next_ms = :now_ms, attempts_n = 0, done_ms = 0, lease_until_ms = 0
WHERE workspace_id = :workspace_id AND mail_state = 4 AND id IN (SELECT id FROM mail
    WHERE workspace_id = :workspace_id AND mail_state = 4 AND next_ms >= :since_ms
    ORDER BY next_ms LIMIT :limit);

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

-- name: mail_requested_since
-- Those that deliver what was requested (PERMIT_TRANSACTIONAL). Ids grow with time: made since a
-- moment are those behind the first id of it.
-- in: lead_id, first_id
-- one: n
SELECT COUNT(*) FROM mail
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND id >= :first_id AND permit_class = 3;

-- name: mail_attempt_list
-- in: mail_id
-- many: attempt_no, at_ms, outcome_kind, reply
SELECT attempt_no, at_ms, outcome_kind, reply FROM mail_attempt
WHERE workspace_id = :workspace_id AND mail_id = :mail_id ORDER BY attempt_no LIMIT 100;

-- name: mail_attempt_add
-- Numbers go on when a mail is sent again by hand.
-- in: mail_id, at_ms, outcome_kind, reply
INSERT INTO mail_attempt (workspace_id, mail_id, attempt_no, at_ms, outcome_kind, reply)
SELECT :workspace_id, :mail_id, COALESCE(MAX(attempt_no), 0) + 1, :at_ms, :outcome_kind, :reply
FROM mail_attempt WHERE workspace_id = :workspace_id AND mail_id = :mail_id;

-- name: mail_attempts_delete_of_lead
-- in: lead_id
DELETE FROM mail_attempt WHERE workspace_id = :workspace_id AND mail_id IN
    (SELECT id FROM mail WHERE workspace_id = :workspace_id AND lead_id = :lead_id);

-- name: mail_delete_of_lead
-- in: lead_id
DELETE FROM mail WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: mail_due
-- Not of a workspace that is going: it sends nothing any more.
-- scope: system
-- in: now_ms, limit
-- many: of_workspace_id, id
SELECT workspace_id, id FROM mail WHERE mail_state = 0 AND next_ms <= :now_ms
    AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = mail.workspace_id AND w.archived_ms <> 0)
ORDER BY next_ms LIMIT :limit;

-- name: mail_claim
-- in: id, now_ms, lease_until_ms, lease_token:i64
UPDATE mail SET mail_state = 1, lease_until_ms = :lease_until_ms, lease_token = :lease_token
WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 0 AND next_ms <= :now_ms;

-- name: mail_claim
-- One that another node is just taking is passed over, and nobody waits.
-- only: postgres
UPDATE mail SET mail_state = 1, lease_until_ms = :lease_until_ms, lease_token = :lease_token
WHERE workspace_id = :workspace_id AND id = (
    SELECT id FROM mail WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 0
        AND next_ms <= :now_ms FOR UPDATE SKIP LOCKED);

-- name: mail_hold
-- Delivery is not set up: it stays in the outbox.
-- in: id
UPDATE mail SET mail_state = 4 WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 0;

-- name: mail_postpone
-- in: id, next_ms
UPDATE mail SET next_ms = :next_ms
WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 0;

-- name: mail_settle
-- What became of a mail in flight; unless somebody else has it meanwhile.
-- in: id, lease_token:i64, state, next_ms, attempts_n, done_ms
UPDATE mail SET mail_state = :state, next_ms = :next_ms, attempts_n = :attempts_n,
    done_ms = :done_ms, lease_until_ms = 0
WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 1 AND lease_token = :lease_token;

-- name: mail_in_flight
-- Of all nodes: who is gone is not the mail's to know.
-- scope: system
-- in: limit
-- many: of_workspace_id, id, lease_token:i64, lease_until_ms
SELECT workspace_id, id, lease_token, lease_until_ms FROM mail WHERE mail_state = 1 LIMIT :limit;

-- name: mail_flight
-- One of them, if it still is.
-- in: id, lease_token:i64
-- one: lead_id, permit_class:i64, template, attempts_n
SELECT lead_id, permit_class, template, attempts_n FROM mail
WHERE workspace_id = :workspace_id AND id = :id AND mail_state = 1 AND lease_token = :lease_token;

-- name: mail_waiting
-- Any next_ms: named so that the index of what is due serves, and not all mails are read.
-- in: limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM mail WHERE workspace_id = :workspace_id
                      AND mail_state IN (0, 1) AND next_ms >= 0 LIMIT :limit) w;
