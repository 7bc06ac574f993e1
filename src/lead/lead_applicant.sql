-- name: lead_make_applicant
-- in: id
UPDATE lead SET lead_state = 4 WHERE workspace_id = :workspace_id AND id = :id;

-- name: applicant_set_rejected
-- in: id, rejected_ms, now_ms
UPDATE lead SET rejected_ms = :rejected_ms, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id AND lead_state = 4;

-- name: applicant_overdue
-- By the index of their state: they are few, and the order of ids is that of all leads.
-- in: before_ms, after_id, limit
-- many: id
SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 4
    AND rejected_ms > 0 AND rejected_ms <= :before_ms AND +id > :after_id
ORDER BY +id LIMIT :limit;
