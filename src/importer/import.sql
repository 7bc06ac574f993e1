-- name: import_add
-- Its file is not there yet.
-- in: id, user_id, actor_kind, permissions_n, lang, file_name, size_bytes, text_bytes, charset_kind, separator, head:blob, mapping, campaign_id, owner_user_id, source, data_key:blob, now_ms
INSERT INTO lead_import (workspace_id, id, import_state, user_id, actor_kind, permissions_n, lang,
    file_name, size_bytes, text_bytes, charset_kind, separator, head, mapping, known_kind, wrong_kind, source,
    campaign_id, owner_user_id, check_rows_n, check_new_n, check_known_n, check_twice_n,
    check_refused_n, check_wrong_n, check_blocked_n, report, fault, fault_line_no, at_bytes, at_line_no,
    created_n, changed_n, same_n, left_n, refused_n, emptied_n, erased_n, data_key, is_kept, created_ms, started_ms, moved_ms, ended_ms)
VALUES (:workspace_id, :id, 0, :user_id, :actor_kind, :permissions_n, :lang,
    :file_name, :size_bytes, :text_bytes, :charset_kind, :separator, :head, :mapping, 0, 0, :source,
    :campaign_id, :owner_user_id, 0, 0, 0, 0, 0, 0, 0, '[]', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, :data_key, 1,
    :now_ms, 0, 0, 0);

-- name: import_part_add
-- in: import_id, chunk_no, bytes:blob
INSERT INTO lead_import_part (workspace_id, import_id, chunk_no, bytes)
VALUES (:workspace_id, :import_id, :chunk_no, :bytes) ON CONFLICT DO NOTHING;

-- name: import_part_get
-- in: import_id, chunk_no
-- one: bytes:blob
SELECT bytes FROM lead_import_part
WHERE workspace_id = :workspace_id AND import_id = :import_id AND chunk_no = :chunk_no;

-- name: import_parts_delete
-- in: import_id
DELETE FROM lead_import_part WHERE workspace_id = :workspace_id AND import_id = :import_id;

-- name: import_taken
-- in: id, text_bytes
UPDATE lead_import SET import_state = 1, text_bytes = :text_bytes
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 0;

-- name: import_get
-- in: id
-- one: id, import_state, user_id, user_name, actor_kind, permissions_n, lang, file_name, size_bytes, text_bytes, charset_kind, separator, head:blob, mapping, known_kind, wrong_kind, source, campaign_id, campaign_name, owner_user_id, owner_name, check_rows_n, check_new_n, check_known_n, check_twice_n, check_refused_n, check_wrong_n, check_blocked_n, report, fault, fault_line_no, at_bytes, at_line_no, created_n, changed_n, same_n, left_n, refused_n, emptied_n, erased_n, data_key:blob, is_kept_n, created_ms, started_ms, moved_ms, ended_ms
SELECT id, import_state, user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = user_id), ''),
    actor_kind, permissions_n, lang, file_name, size_bytes, text_bytes, charset_kind, separator, head,
    mapping, known_kind, wrong_kind, source, campaign_id,
    COALESCE((SELECT c.name FROM campaign c WHERE c.workspace_id = :workspace_id
        AND c.id = lead_import.campaign_id), ''),
    owner_user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = owner_user_id), ''),
    check_rows_n, check_new_n, check_known_n, check_twice_n, check_refused_n, check_wrong_n,
    check_blocked_n, report, fault, fault_line_no, at_bytes, at_line_no, created_n, changed_n, same_n,
    left_n, refused_n, emptied_n, erased_n, data_key, is_kept, created_ms, started_ms, moved_ms, ended_ms
FROM lead_import WHERE workspace_id = :workspace_id AND id = :id AND import_state <> 0;

-- name: import_page
-- Newest first, older than an id.
-- in: before_id, limit
-- many: id
SELECT id FROM lead_import WHERE workspace_id = :workspace_id AND id < :before_id
    AND import_state <> 0 ORDER BY id DESC LIMIT :limit;

-- name: import_map
-- What the columns mean and what is wanted; only while nothing runs.
-- in: id, mapping, known_kind, wrong_kind, source, campaign_id, owner_user_id
UPDATE lead_import SET import_state = 2, mapping = :mapping, known_kind = :known_kind,
    wrong_kind = :wrong_kind, source = :source, campaign_id = :campaign_id, owner_user_id = :owner_user_id,
    check_rows_n = 0, check_new_n = 0, check_known_n = 0, check_twice_n = 0, check_refused_n = 0,
    check_wrong_n = 0, check_blocked_n = 0, report = '[]', fault = '', fault_line_no = 0
WHERE workspace_id = :workspace_id AND id = :id AND import_state IN (1, 2, 3);

-- name: import_checked
-- in: id, mapping, known_kind, wrong_kind, check_rows_n, check_new_n, check_known_n, check_twice_n, check_refused_n, check_wrong_n, check_blocked_n, report, fault, fault_line_no
UPDATE lead_import SET import_state = 3, check_rows_n = :check_rows_n, check_new_n = :check_new_n,
    check_known_n = :check_known_n, check_twice_n = :check_twice_n,
    check_refused_n = :check_refused_n, check_wrong_n = :check_wrong_n,
    check_blocked_n = :check_blocked_n, report = :report, fault = :fault,
    fault_line_no = :fault_line_no
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 2 AND mapping = :mapping
    AND known_kind = :known_kind AND wrong_kind = :wrong_kind;

-- name: import_begin
-- in: id, user_id, actor_kind, permissions_n, lang, now_ms
UPDATE lead_import SET import_state = 4, user_id = :user_id, actor_kind = :actor_kind,
    permissions_n = :permissions_n, lang = :lang, started_ms = :now_ms, moved_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 3 AND fault = '';

-- name: import_running
-- one: id
SELECT id FROM lead_import WHERE workspace_id = :workspace_id AND import_state = 4;

-- name: import_open
-- How many wait with their file, or run.
-- one: n
SELECT COUNT(*) FROM lead_import WHERE workspace_id = :workspace_id AND import_state < 5;

-- name: import_advance
-- From one place in the file to the next, once: who comes second changes no row.
-- in: id, from_bytes, at_bytes, at_line_no, now_ms
UPDATE lead_import SET at_bytes = :at_bytes, at_line_no = :at_line_no, moved_ms = :now_ms,
    fault = ''
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 4 AND at_bytes = :from_bytes;

-- name: import_count
-- in: id, created_n, changed_n, same_n, left_n, refused_n, emptied_n, erased_n
UPDATE lead_import SET created_n = created_n + :created_n, changed_n = changed_n + :changed_n,
    same_n = same_n + :same_n, left_n = left_n + :left_n, refused_n = refused_n + :refused_n,
    emptied_n = emptied_n + :emptied_n, erased_n = erased_n + :erased_n
WHERE workspace_id = :workspace_id AND id = :id;

-- name: import_end
-- in: id, from_state, to_state, fault, now_ms
UPDATE lead_import SET import_state = :to_state, fault = :fault, ended_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND import_state = :from_state;

-- name: import_push
-- A run that stands still gets one more job; no row changes where it had one and has not moved since.
-- in: id, fault, now_ms
UPDATE lead_import SET fault = :fault, moved_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 4 AND fault = '';

-- name: import_forget
-- in: id, nothing:blob
UPDATE lead_import SET is_kept = 0, head = :nothing, data_key = :nothing
WHERE workspace_id = :workspace_id AND id = :id;

-- name: import_delete
-- in: id
DELETE FROM lead_import WHERE workspace_id = :workspace_id AND id = :id;

-- name: import_due
-- What its time is over for: files that nobody imported, runs that stand still, refused rows.
-- in: taken_ms, waits_ms, moved_ms, ended_ms, limit
-- many: id, import_state
SELECT id, import_state FROM lead_import WHERE workspace_id = :workspace_id
    AND ((import_state = 0 AND created_ms < :taken_ms)
        OR (import_state IN (1, 2, 3) AND created_ms < :waits_ms)
        OR (import_state = 4 AND moved_ms < :moved_ms)
        OR (import_state > 4 AND is_kept = 1 AND ended_ms < :ended_ms))
ORDER BY id LIMIT :limit;

-- name: import_refused_add
-- append:
-- in: import_id, line_no, value_hash:i64, body:blob
INSERT INTO lead_import_refused (workspace_id, import_id, line_no, value_hash, body)
VALUES (:workspace_id, :import_id, :line_no, :value_hash, :body) ON CONFLICT DO NOTHING;

-- name: import_refused_page
-- in: import_id, after_no, limit
-- many: line_no, body:blob
SELECT line_no, body FROM lead_import_refused
WHERE workspace_id = :workspace_id AND import_id = :import_id AND line_no > :after_no
ORDER BY line_no LIMIT :limit;

-- name: import_refused_clear
-- in: import_id, up_to_no
DELETE FROM lead_import_refused
WHERE workspace_id = :workspace_id AND import_id = :import_id AND line_no <= :up_to_no;

-- name: import_refused_erase
-- in: value_hash:i64
DELETE FROM lead_import_refused WHERE workspace_id = :workspace_id AND value_hash = :value_hash;

-- name: import_erased_add
-- For every file that is there and not yet written to its end.
-- in: value_hash:i64
INSERT INTO lead_import_erased (workspace_id, import_id, value_hash)
SELECT :workspace_id, id, :value_hash FROM lead_import
WHERE workspace_id = :workspace_id AND import_state < 5
ON CONFLICT DO NOTHING;

-- name: import_turn
-- A batch that is being written meets whoever erases: of the two the second begins again.
UPDATE lead_import SET moved_ms = moved_ms WHERE workspace_id = :workspace_id AND import_state = 4;

-- name: import_erased_any
-- in: import_id
-- one: n
SELECT COUNT(*) FROM (SELECT 1 AS x FROM lead_import_erased WHERE workspace_id = :workspace_id
    AND import_id = :import_id LIMIT 1) AS counted;

-- name: import_erased_of
-- Which of up to 80 addresses.
-- in: import_id, hash_01:i64, hash_02:i64, hash_03:i64, hash_04:i64, hash_05:i64,
--   hash_06:i64, hash_07:i64, hash_08:i64, hash_09:i64, hash_10:i64, hash_11:i64,
--   hash_12:i64, hash_13:i64, hash_14:i64, hash_15:i64, hash_16:i64, hash_17:i64,
--   hash_18:i64, hash_19:i64, hash_20:i64, hash_21:i64, hash_22:i64, hash_23:i64,
--   hash_24:i64, hash_25:i64, hash_26:i64, hash_27:i64, hash_28:i64, hash_29:i64,
--   hash_30:i64, hash_31:i64, hash_32:i64, hash_33:i64, hash_34:i64, hash_35:i64,
--   hash_36:i64, hash_37:i64, hash_38:i64, hash_39:i64, hash_40:i64, hash_41:i64,
--   hash_42:i64, hash_43:i64, hash_44:i64, hash_45:i64, hash_46:i64, hash_47:i64,
--   hash_48:i64, hash_49:i64, hash_50:i64, hash_51:i64, hash_52:i64, hash_53:i64,
--   hash_54:i64, hash_55:i64, hash_56:i64, hash_57:i64, hash_58:i64, hash_59:i64,
--   hash_60:i64, hash_61:i64, hash_62:i64, hash_63:i64, hash_64:i64, hash_65:i64,
--   hash_66:i64, hash_67:i64, hash_68:i64, hash_69:i64, hash_70:i64, hash_71:i64,
--   hash_72:i64, hash_73:i64, hash_74:i64, hash_75:i64, hash_76:i64, hash_77:i64,
--   hash_78:i64, hash_79:i64, hash_80:i64
-- many: value_hash:i64
SELECT value_hash FROM lead_import_erased
WHERE workspace_id = :workspace_id AND import_id = :import_id AND value_hash IN (
    :hash_01, :hash_02, :hash_03, :hash_04, :hash_05, :hash_06, :hash_07, :hash_08,
    :hash_09, :hash_10, :hash_11, :hash_12, :hash_13, :hash_14, :hash_15, :hash_16,
    :hash_17, :hash_18, :hash_19, :hash_20, :hash_21, :hash_22, :hash_23, :hash_24,
    :hash_25, :hash_26, :hash_27, :hash_28, :hash_29, :hash_30, :hash_31, :hash_32,
    :hash_33, :hash_34, :hash_35, :hash_36, :hash_37, :hash_38, :hash_39, :hash_40,
    :hash_41, :hash_42, :hash_43, :hash_44, :hash_45, :hash_46, :hash_47, :hash_48,
    :hash_49, :hash_50, :hash_51, :hash_52, :hash_53, :hash_54, :hash_55, :hash_56,
    :hash_57, :hash_58, :hash_59, :hash_60, :hash_61, :hash_62, :hash_63, :hash_64,
    :hash_65, :hash_66, :hash_67, :hash_68, :hash_69, :hash_70, :hash_71, :hash_72,
    :hash_73, :hash_74, :hash_75, :hash_76, :hash_77, :hash_78, :hash_79, :hash_80);

-- name: import_erased_delete
-- in: import_id
DELETE FROM lead_import_erased WHERE workspace_id = :workspace_id AND import_id = :import_id;
