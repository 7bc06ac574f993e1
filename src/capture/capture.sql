-- name: submission_add
-- in: id, form_id, form_version_id, lead_id, at_ms, state, answers:blob, is_test:i64
INSERT INTO submission (workspace_id, id, form_id, form_version_id, lead_id, at_ms, submission_state, answers,
    is_test)
VALUES (:workspace_id, :id, :form_id, :form_version_id, :lead_id, :at_ms, :state, :answers, :is_test);

-- name: submission_test_drop
-- What colleagues tried with addresses of leads that are none of theirs.
DELETE FROM submission WHERE workspace_id = :workspace_id AND is_test = 1;

-- name: submission_any
-- Tries too, and those of leads in the trash.
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM submission WHERE workspace_id = :workspace_id LIMIT 1) t;

-- name: submission_any_trashed
-- What submission_last leaves out because its lead lies in the trash, among the newest `look` leads
-- there: a whole import may lie in it.
-- in: any:i64, mine:i64, mine_too:i64, look:i64
-- one: n
SELECT COUNT(*) FROM (SELECT s.id FROM
    (SELECT id, owner_user_id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 2
     ORDER BY last_ms DESC, id DESC LIMIT :look) l CROSS JOIN submission s
    WHERE s.workspace_id = :workspace_id AND s.lead_id = l.id AND s.is_test = 0
        AND (:any = 1 OR l.owner_user_id = :mine OR l.owner_user_id = :mine_too) LIMIT 1) t;

-- name: submission_get
-- in: id
-- one: id, form_id, form_version_id, lead_id, at_ms, state, answers:blob, is_test:i64
SELECT id, form_id, form_version_id, lead_id, at_ms, submission_state, answers, is_test FROM submission
WHERE workspace_id = :workspace_id AND id = :id;

-- name: submission_set_state
-- in: id, state
UPDATE submission SET submission_state = :state WHERE workspace_id = :workspace_id AND id = :id;

-- name: submission_last
-- The newest submissions with their lead and form, for the dashboard.
-- State 3: nobody can confirm it any more (refused, expired, replaced by a newer request).
-- Applicants stand in a list of their own. Whoever sees some leads only has theirs among the newest `look` submissions.
-- in: any:i64, mine:i64, mine_too:i64, look:i64, limit
-- many: id, at_ms, state, lead_id, display_name, email, company, form_id, form_name
SELECT s.id, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND +c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.lead_id, l.display_name, l.email, l.text_11, s.form_id, f.name
FROM (SELECT workspace_id, id, form_id, lead_id, at_ms, submission_state FROM submission
    WHERE workspace_id = :workspace_id AND is_test = 0 ORDER BY id DESC LIMIT :look) s
JOIN lead l ON l.workspace_id = s.workspace_id AND l.id = s.lead_id
JOIN form f ON f.workspace_id = s.workspace_id AND f.id = s.form_id
WHERE s.workspace_id = :workspace_id AND l.workspace_id = :workspace_id
    AND f.workspace_id = :workspace_id AND l.lead_state NOT IN (2, 4)
    AND (:any = 1 OR l.owner_user_id = :mine OR l.owner_user_id = :mine_too)
ORDER BY s.id DESC LIMIT :limit;

-- name: submission_count_since
-- Ids grow with time: those made since a moment stand behind the first id of it.
-- Applications are no part of it: applicants are few.
-- in: first_id
-- one: n
SELECT (SELECT COUNT(*) FROM submission
    WHERE workspace_id = :workspace_id AND id >= :first_id AND is_test = 0)
    - (SELECT COUNT(*) FROM lead l CROSS JOIN submission s
    WHERE l.workspace_id = :workspace_id AND s.workspace_id = :workspace_id AND l.lead_state = 4
        AND s.lead_id = l.id AND s.id >= :first_id AND s.is_test = 0);

-- name: submission_count_reach
-- The same of one owner's leads, and of another's.
-- in: first_id, mine:i64, mine_too:i64
-- one: n
SELECT COUNT(*) FROM submission s JOIN lead l ON l.workspace_id = s.workspace_id AND l.id = s.lead_id
WHERE s.workspace_id = :workspace_id AND l.workspace_id = :workspace_id AND s.id >= :first_id
    AND s.is_test = 0 AND l.lead_state <> 4
    AND (l.owner_user_id = :mine OR l.owner_user_id = :mine_too);

-- name: submission_of_lead
-- in: lead_id, before_id, limit
-- many: id, form_id, form_name, form_version_no, at_ms, state, answers:blob
SELECT s.id, s.form_id, f.name, v.version_no, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND +c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.answers
FROM submission s
JOIN form f ON f.workspace_id = s.workspace_id AND f.id = s.form_id
JOIN form_version v ON v.workspace_id = s.workspace_id AND v.id = s.form_version_id
WHERE s.workspace_id = :workspace_id AND s.lead_id = :lead_id AND s.id < :before_id
ORDER BY s.id DESC LIMIT :limit;

-- name: submission_counted
-- Those that count, in order.
-- in: lead_id, after_id, limit
-- many: id, form_id, at_ms, state
SELECT id, form_id, at_ms, submission_state FROM submission WHERE workspace_id = :workspace_id
    AND lead_id = :lead_id AND id > :after_id AND is_test = 0 ORDER BY id LIMIT :limit;

-- name: submission_newer_confirmed
-- Whether what the lead sent later has been confirmed; ids grow with time.
-- in: lead_id, id
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM submission WHERE workspace_id = :workspace_id
    AND lead_id = :lead_id AND id > :id AND submission_state = 2 AND is_test = 0 LIMIT 1) t;

-- name: submission_delete_of_lead
-- in: lead_id
DELETE FROM submission WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: confirmation_newest_of_lead
-- in: lead_id
-- one: id
SELECT id FROM confirmation WHERE workspace_id = :workspace_id AND lead_id = :lead_id
ORDER BY id DESC LIMIT 1;

-- name: confirmation_newer
-- The newest that followed one of the same submission.
-- in: lead_id, submission_id, id
-- one: id
SELECT id FROM confirmation WHERE workspace_id = :workspace_id AND lead_id = :lead_id
    AND id > :id AND submission_id = :submission_id ORDER BY id DESC LIMIT 1;

-- name: file_of_test
-- What colleagues tried with addresses of leads that are none of theirs.
-- many: lead_id, id
SELECT f.lead_id, f.id FROM submission s CROSS JOIN lead_file f
WHERE s.workspace_id = :workspace_id AND f.workspace_id = :workspace_id AND s.is_test = 1
    AND f.lead_id = s.lead_id AND f.submission_id = s.id
LIMIT 10000;

-- name: file_unconfirmed
-- The next files of leads, and which of them came with a request that nobody can confirm any more.
-- in: after_id, before_id, limit
-- many: lead_id, id, is_over:i64
SELECT f.lead_id, f.id, CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1
        FROM confirmation c WHERE c.workspace_id = :workspace_id AND c.lead_id = f.lead_id
        AND c.submission_id = f.submission_id AND +c.confirmation_state = 0) THEN 1 ELSE 0 END
FROM (SELECT lead_id, id, submission_id FROM lead_file WHERE workspace_id = :workspace_id
    AND id > :after_id AND id < :before_id AND lead_id > 0 ORDER BY id LIMIT :limit) f
LEFT JOIN submission s ON s.workspace_id = :workspace_id AND s.id = f.submission_id
ORDER BY f.id;

-- name: file_is_over
-- The same of one of them.
-- in: lead_id, id
-- one: n
SELECT COUNT(*) FROM lead_file f
JOIN submission s ON s.workspace_id = f.workspace_id AND s.id = f.submission_id
WHERE f.workspace_id = :workspace_id AND s.workspace_id = :workspace_id
    AND f.lead_id = :lead_id AND f.id = :id AND s.submission_state = 1
    AND NOT EXISTS (SELECT 1 FROM confirmation c WHERE c.workspace_id = :workspace_id
        AND c.lead_id = f.lead_id AND c.submission_id = f.submission_id
        AND +c.confirmation_state = 0);

-- name: file_let_go
-- Files of submissions that were held back and are no more: deleted, erased, over.
-- in: limit
-- many: id
SELECT f.id FROM lead_file f WHERE f.workspace_id = :workspace_id AND f.lead_id = 0
    AND f.submission_id > 0 AND NOT EXISTS (SELECT 1 FROM suspect s
        WHERE s.workspace_id = :workspace_id AND s.id = f.submission_id)
ORDER BY f.id LIMIT :limit;

-- name: correction_get
-- in: submission_id
-- one: at_ms
SELECT at_ms FROM correction WHERE workspace_id = :workspace_id AND submission_id = :submission_id;

-- name: correction_add
-- in: submission_id, at_ms
INSERT INTO correction (workspace_id, submission_id, at_ms, email_n, mails_n)
VALUES (:workspace_id, :submission_id, :at_ms, 0, 0)
ON CONFLICT (workspace_id, submission_id) DO NOTHING;

-- name: correction_set
-- in: submission_id, email_n, mails_n
UPDATE correction SET email_n = :email_n, mails_n = :mails_n
WHERE workspace_id = :workspace_id AND submission_id = :submission_id;

-- name: correction_mails
-- in: email_n, since_ms
-- one: n
SELECT CAST(COALESCE(SUM(mails_n), 0) AS BIGINT) FROM correction
WHERE workspace_id = :workspace_id AND email_n = :email_n AND at_ms >= :since_ms;

-- name: correction_forget
-- Tokens are over long before; so are the days that mails count for.
-- in: before_ms
DELETE FROM correction WHERE workspace_id = :workspace_id AND at_ms < :before_ms;
