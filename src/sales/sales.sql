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
-- many: id, lead_id, lead_name, title:blob, due_ms, created_ms, owner_user_id, lead_state
SELECT t.id, t.lead_id, l.display_name, t.title, t.due_ms, t.created_ms, l.owner_user_id, l.lead_state
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

-- name: care_due
-- Leads whose due time is over, the oldest first, at a stage of what is done about it.
-- in: due_stage_n, before_ms, limit
-- many: id, owner_user_id, due_ms
SELECT id, owner_user_id, due_ms FROM lead
WHERE workspace_id = :workspace_id AND due_stage_n = :due_stage_n AND due_ms <> 0
    AND due_ms <= :before_ms AND lead_state = 0 AND handling_state <> 2
ORDER BY due_ms, id LIMIT :limit;

-- name: care_set_stage
-- No row changes where somebody has acted meanwhile, be it that the lead lies in the trash.
-- in: id, due_ms, from_n, to_n
UPDATE lead SET due_stage_n = :to_n
WHERE workspace_id = :workspace_id AND id = :id AND due_ms = :due_ms AND due_stage_n = :from_n
    AND handling_state <> 2 AND lead_state = 0;

-- name: task_due
-- Open tasks that have become due, of which nobody has been told who wants to be.
-- in: from_ms, now_ms, kind, off:i64, limit
-- many: lead_id, id, assignee_user_id
SELECT t.lead_id, t.id, t.assignee_user_id
FROM lead_task t JOIN lead l ON l.workspace_id = t.workspace_id AND l.id = t.lead_id
    LEFT JOIN bell_choice c ON c.workspace_id = t.workspace_id AND c.user_id = t.assignee_user_id
WHERE t.workspace_id = :workspace_id AND t.done_ms = 0 AND t.due_ms > :from_ms
    AND t.due_ms <= :now_ms AND l.lead_state = 0 AND (COALESCE(c.here_off, 0) & :off) = 0
    AND NOT EXISTS (SELECT 1 FROM bell b WHERE b.workspace_id = :workspace_id
        AND b.user_id = t.assignee_user_id AND b.bell_kind = :kind AND b.lead_id = t.lead_id
        AND b.about_id = t.id)
LIMIT :limit;

-- name: policy_get
-- one: fallback_user_id, due_hours_n, reassign_hours_n, reassign_user_id
SELECT fallback_user_id, due_hours_n, reassign_hours_n, reassign_user_id
FROM sales_policy WHERE workspace_id = :workspace_id;

-- name: policy_put
-- in: fallback_user_id, due_hours_n, reassign_hours_n, reassign_user_id
INSERT INTO sales_policy (workspace_id, fallback_user_id, due_hours_n, reassign_hours_n,
    reassign_user_id)
VALUES (:workspace_id, :fallback_user_id, :due_hours_n, :reassign_hours_n, :reassign_user_id)
ON CONFLICT (workspace_id) DO UPDATE SET fallback_user_id = excluded.fallback_user_id,
    due_hours_n = excluded.due_hours_n, reassign_hours_n = excluded.reassign_hours_n,
    reassign_user_id = excluded.reassign_user_id;

-- name: rule_list
-- many: id, position_no, turn_n, definition
SELECT id, position_no, turn_n, definition FROM owner_rule
WHERE workspace_id = :workspace_id ORDER BY position_no, id LIMIT 100;

-- name: rule_add
-- in: id, position_no, definition
INSERT INTO owner_rule (workspace_id, id, position_no, turn_n, definition)
VALUES (:workspace_id, :id, :position_no, 0, :definition);

-- name: rule_set
-- in: id, definition
UPDATE owner_rule SET definition = :definition WHERE workspace_id = :workspace_id AND id = :id;

-- name: rule_place
-- in: id, position_no
UPDATE owner_rule SET position_no = :position_no WHERE workspace_id = :workspace_id AND id = :id;

-- name: rule_delete
-- in: id
DELETE FROM owner_rule WHERE workspace_id = :workspace_id AND id = :id;

-- name: rule_turn
-- One more turn; two submissions at the same moment get one each.
-- in: id
-- one: turn_n
UPDATE owner_rule SET turn_n = turn_n + 1 WHERE workspace_id = :workspace_id AND id = :id
RETURNING turn_n;

-- name: rule_form_definitions
-- in: after_id, limit
-- many: id, definition
SELECT id, definition FROM form_version
WHERE workspace_id = :workspace_id AND id > :after_id ORDER BY id LIMIT :limit;

-- name: absence_list
-- Those that are not over.
-- in: day:i64
-- many: id, user_id, from_day, to_day, substitute_user_id, user_name, substitute_name
SELECT a.id, a.user_id, a.from_day, a.to_day, a.substitute_user_id, COALESCE(u.name, ''),
    COALESCE(s.name, '')
FROM absence a LEFT JOIN app_user u ON u.id = a.user_id
    LEFT JOIN app_user s ON s.id = a.substitute_user_id
WHERE a.workspace_id = :workspace_id AND a.to_day >= :day ORDER BY a.from_day, a.id LIMIT 500;

-- name: absence_add
-- in: id, user_id, from_day, to_day, substitute_user_id
INSERT INTO absence (workspace_id, id, user_id, from_day, to_day, substitute_user_id)
VALUES (:workspace_id, :id, :user_id, :from_day, :to_day, :substitute_user_id);

-- name: absence_delete
-- in: id
DELETE FROM absence WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_handling_get
-- in: form_id
-- one: definition
SELECT definition FROM form_handling WHERE workspace_id = :workspace_id AND form_id = :form_id;

-- name: form_handling_put
-- in: form_id, definition, now_ms
INSERT INTO form_handling (workspace_id, form_id, definition, changed_ms)
VALUES (:workspace_id, :form_id, :definition, :now_ms)
ON CONFLICT (workspace_id, form_id) DO UPDATE SET definition = excluded.definition,
    changed_ms = excluded.changed_ms;

-- name: sales_form_names
-- The forms there are, for a choice.
-- many: id, form_name
SELECT id, name FROM form WHERE workspace_id = :workspace_id ORDER BY name, id LIMIT 500;

-- name: sales_form_get
-- in: id
-- one: form_name
SELECT name FROM form WHERE workspace_id = :workspace_id AND id = :id;

-- name: sales_answers
-- What was sent in, sealed with the lead's key.
-- in: id
-- one: answers:blob
SELECT answers FROM submission WHERE workspace_id = :workspace_id AND id = :id;

-- name: notice_add
-- in: lead_id, job_id, mail_id
INSERT INTO lead_notice (workspace_id, lead_id, job_id, mail_id)
VALUES (:workspace_id, :lead_id, :job_id, :mail_id)
ON CONFLICT DO NOTHING;

-- name: acknowledged_count
-- How often somebody was told lately that something arrived, whichever leads have his address (each
-- application is one): it is among their words for the search.
-- in: word, from_id
-- one: n
SELECT COUNT(*) FROM lead_word w CROSS JOIN mail m
WHERE w.workspace_id = :workspace_id AND m.workspace_id = :workspace_id AND w.word = :word
    AND m.lead_id = w.lead_id AND m.id >= :from_id AND m.template = 'mail/received';
