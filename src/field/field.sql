-- name: field_def_list
-- many: field_key, slot_no, type, label
SELECT field_key, slot_no, type, label FROM field_def
WHERE workspace_id = :workspace_id ORDER BY slot_no;

-- name: field_def_add
-- in: field_key, slot_no, type, label, now_ms
INSERT INTO field_def (workspace_id, field_key, slot_no, type, label, created_ms)
VALUES (:workspace_id, :field_key, :slot_no, :type, :label, :now_ms);

-- name: field_def_set_label
-- in: field_key, label
UPDATE field_def SET label = :label WHERE workspace_id = :workspace_id AND field_key = :field_key;
