-- Who looks after leads. The lead's own row has owner, handling and due time.

-- name: care_get
-- in: id
-- one: owner_user_id, handling_state, due_ms, lead_state
SELECT owner_user_id, handling_state, due_ms, lead_state FROM lead
WHERE workspace_id = :workspace_id AND id = :id;

-- name: care_set
-- in: id, owner_user_id, handling_state, due_ms, now_ms
UPDATE lead SET owner_user_id = :owner_user_id, handling_state = :handling_state, due_ms = :due_ms,
    due_stage_n = 0, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id;

-- name: care_mine
-- Open leads of one person, by due time; those without one at the end.
-- in: owner_user_id, after_due:i64, after_id, limit
-- many: id, display_name, company, phase_kind, handling_state, due_ms, last_ms, created_ms
SELECT id, display_name, COALESCE(text_11, ''), phase_kind, handling_state, due_ms, last_ms, created_ms
FROM lead
WHERE workspace_id = :workspace_id AND owner_user_id = :owner_user_id AND lead_state = 0
    AND owner_user_id <> 0 AND handling_state IN (0, 1)
    AND (COALESCE(NULLIF(due_ms, 0), 9223372036854775807), id) > (:after_due, :after_id)
ORDER BY COALESCE(NULLIF(due_ms, 0), 9223372036854775807), id LIMIT :limit;

-- name: care_overdue_count
-- What somebody should have acted on, counted to a hundred.
-- in: owner_user_id, now_ms
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id
    AND owner_user_id = :owner_user_id AND lead_state = 0 AND owner_user_id <> 0
    AND handling_state IN (0, 1) AND due_ms > 0 AND due_ms <= :now_ms LIMIT 100) AS counted;

-- name: handover_add
-- in: lead_id, id, at_ms, user_id, from_user_id, to_user_id, cause_kind
INSERT INTO handover (workspace_id, lead_id, id, at_ms, user_id, from_user_id, to_user_id, cause_kind)
VALUES (:workspace_id, :lead_id, :id, :at_ms, :user_id, :from_user_id, :to_user_id, :cause_kind);

-- name: handover_list
-- in: lead_id, limit
-- many: id, at_ms, user_name, from_name, to_name, cause_kind
SELECT h.id, h.at_ms, COALESCE(u.name, ''), COALESCE(f.name, ''), COALESCE(t.name, ''), h.cause_kind
FROM handover h LEFT JOIN app_user u ON u.id = h.user_id LEFT JOIN app_user f ON f.id = h.from_user_id
    LEFT JOIN app_user t ON t.id = h.to_user_id
WHERE h.workspace_id = :workspace_id AND h.lead_id = :lead_id ORDER BY h.id DESC LIMIT :limit;

-- name: handover_delete_of_lead
-- in: lead_id
DELETE FROM handover WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: task_add
-- in: lead_id, id, title:blob, due_ms, assignee_user_id, now_ms, user_id
INSERT INTO lead_task (workspace_id, lead_id, id, title, due_ms, assignee_user_id, created_ms,
    user_id, done_ms, done_user_id)
VALUES (:workspace_id, :lead_id, :id, :title, :due_ms, :assignee_user_id, :now_ms, :user_id, 0, 0);

-- name: task_set_done
-- No row changes where it was done (or open) already.
-- in: lead_id, id, done_ms, done_user_id
UPDATE lead_task SET done_ms = :done_ms, done_user_id = :done_user_id
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND id = :id
    AND (done_ms = 0) <> (:done_ms = 0);

-- name: task_get
-- in: lead_id, id
-- one: assignee_user_id, done_ms
SELECT assignee_user_id, done_ms FROM lead_task
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND id = :id;

-- name: task_of_lead
-- Open ones by due time, then those that are done.
-- in: lead_id, limit
-- many: id, title:blob, due_ms, assignee_user_id, assignee_name, created_ms, done_ms
SELECT t.id, t.title, t.due_ms, t.assignee_user_id, COALESCE(u.name, ''), t.created_ms, t.done_ms
FROM lead_task t LEFT JOIN app_user u ON u.id = t.assignee_user_id
WHERE t.workspace_id = :workspace_id AND t.lead_id = :lead_id
ORDER BY t.done_ms, COALESCE(NULLIF(t.due_ms, 0), 9223372036854775807), t.id LIMIT :limit;

-- name: task_mine
-- Open ones of one person with the lead's name and wrapped key.
-- in: assignee_user_id, limit
-- many: id, lead_id, lead_name, title:blob, due_ms, created_ms
SELECT t.id, t.lead_id, l.display_name, t.title, t.due_ms, t.created_ms
FROM lead_task t JOIN lead l ON l.workspace_id = t.workspace_id AND l.id = t.lead_id
WHERE t.workspace_id = :workspace_id AND t.assignee_user_id = :assignee_user_id AND t.done_ms = 0
    AND l.lead_state = 0
ORDER BY COALESCE(NULLIF(t.due_ms, 0), 9223372036854775807), t.id LIMIT :limit;

-- name: task_delete_of_lead
-- in: lead_id
DELETE FROM lead_task WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: sales_member
-- A member who is not disabled.
-- in: user_id
-- one: user_name, email, lang, role_kind
SELECT u.name, u.email, u.lang, m.role_kind FROM membership m JOIN app_user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace_id AND m.user_id = :user_id AND m.disabled_ms = 0;

-- name: notice_mail_attempts_delete
-- in: lead_id
DELETE FROM mail_attempt WHERE workspace_id = :workspace_id AND mail_id IN
    (SELECT mail_id FROM lead_notice WHERE workspace_id = :workspace_id AND lead_id = :lead_id);

-- name: notice_mails_delete
-- in: lead_id
DELETE FROM mail WHERE workspace_id = :workspace_id AND id IN
    (SELECT mail_id FROM lead_notice WHERE workspace_id = :workspace_id AND lead_id = :lead_id);

-- name: notice_delete_of_lead
-- in: lead_id
DELETE FROM lead_notice WHERE workspace_id = :workspace_id AND lead_id = :lead_id;
