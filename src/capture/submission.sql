-- name: submission_page_of_tries
-- What colleagues tried; there are few.
-- in: form_id, before_id, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- many: id, at_ms, state, lead_id, display_name, email, company, version_no, is_test:i64, answers:blob
SELECT s.id, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND +c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.lead_id, l.display_name, l.email, l.text_11, v.version_no, s.is_test, s.answers
FROM submission s
JOIN lead l ON l.workspace_id = s.workspace_id AND l.id = s.lead_id
JOIN form_version v ON v.workspace_id = s.workspace_id AND v.id = s.form_version_id
WHERE s.workspace_id = :workspace_id AND s.form_id = :form_id AND s.is_test = 1
    AND s.id < :before_id AND l.lead_state <> 2
    AND ((l.lead_state <> 4 AND (:any = 1 OR l.owner_user_id = :mine OR l.owner_user_id = :mine_too))
        OR (l.lead_state = 4 AND :applicants = 1))
ORDER BY s.id DESC LIMIT :limit;

-- name: submission_page_of_state
-- A form's submissions, newest first, of leads that are not in the trash.
-- in: form_id, state, before_id, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- many: id, at_ms, state, lead_id, display_name, email, company, version_no, is_test:i64, answers:blob
SELECT s.id, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND +c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.lead_id, l.display_name, l.email, l.text_11, v.version_no, s.is_test, s.answers
FROM submission s
JOIN lead l ON l.workspace_id = s.workspace_id AND l.id = s.lead_id
JOIN form_version v ON v.workspace_id = s.workspace_id AND v.id = s.form_version_id
WHERE s.workspace_id = :workspace_id AND s.form_id = :form_id AND s.submission_state = :state
    AND s.is_test = 0 AND s.id < :before_id AND l.lead_state <> 2
    AND ((l.lead_state <> 4 AND (:any = 1 OR l.owner_user_id = :mine OR l.owner_user_id = :mine_too))
        OR (l.lead_state = 4 AND :applicants = 1))
ORDER BY s.id DESC LIMIT :limit;

-- name: submission_one
-- in: form_id, id, any:i64, mine:i64, mine_too:i64, applicants:i64
-- one: id, at_ms, state, lead_id, display_name, email, company, version_no, is_test:i64, answers:blob
SELECT s.id, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND +c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.lead_id, l.display_name, l.email, l.text_11, v.version_no, s.is_test, s.answers
FROM submission s
JOIN lead l ON l.workspace_id = s.workspace_id AND l.id = s.lead_id
JOIN form_version v ON v.workspace_id = s.workspace_id AND v.id = s.form_version_id
WHERE s.workspace_id = :workspace_id AND s.id = :id AND s.form_id = :form_id AND l.lead_state <> 2
    AND ((l.lead_state <> 4 AND (:any = 1 OR l.owner_user_id = :mine OR l.owner_user_id = :mine_too))
        OR (l.lead_state = 4 AND :applicants = 1));

-- name: submission_definitions
-- What a form has asked, newest first.
-- in: form_id, limit
-- many: definition
SELECT definition FROM form_version
WHERE workspace_id = :workspace_id AND form_id = :form_id ORDER BY version_no DESC LIMIT :limit;
