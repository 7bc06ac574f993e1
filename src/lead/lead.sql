-- name: lead_insert
-- append:
-- in: id, canonical_id, phase_kind, lead_state, trashed_ms, version_no, display_name,
--   name_sort, email, email_state, permit_state, permit_purpose, lang, source,
--   first_contact, campaign_id, owner_user_id, created_ms, updated_ms, last_ms,
--   text_01..text_40
INSERT INTO lead (
    workspace_id, id, canonical_id, phase_kind, lead_state, trashed_ms, version_no,
    display_name, name_sort, email, email_state, permit_state, permit_purpose, lang, source,
    first_contact, campaign_id, owner_user_id, created_ms, updated_ms, last_ms,
    text_01, text_02, text_03, text_04, text_05, text_06, text_07, text_08, text_09, text_10,
    text_11, text_12, text_13, text_14, text_15, text_16, text_17, text_18, text_19, text_20,
    text_21, text_22, text_23, text_24, text_25, text_26, text_27, text_28, text_29, text_30,
    text_31, text_32, text_33, text_34, text_35, text_36, text_37, text_38, text_39, text_40)
VALUES (
    :workspace_id, :id, :canonical_id, :phase_kind, :lead_state, :trashed_ms, :version_no,
    :display_name, :name_sort, :email, :email_state, :permit_state, :permit_purpose, :lang,
    :source, :first_contact, :campaign_id, :owner_user_id, :created_ms, :updated_ms, :last_ms,
    :text_01, :text_02, :text_03, :text_04, :text_05, :text_06, :text_07, :text_08, :text_09,
    :text_10, :text_11, :text_12, :text_13, :text_14, :text_15, :text_16, :text_17, :text_18,
    :text_19, :text_20, :text_21, :text_22, :text_23, :text_24, :text_25, :text_26, :text_27,
    :text_28, :text_29, :text_30, :text_31, :text_32, :text_33, :text_34, :text_35, :text_36,
    :text_37, :text_38, :text_39, :text_40);

-- name: lead_get
-- in: id
-- one: id, lead_state, phase_kind, display_name, name_sort, email, email_state, permit_state, permit_purpose,
--   lang, source, first_contact, created_ms, updated_ms, last_ms, trashed_ms, version_no, owner_user_id,
--   owner_name, handling_state, due_ms, rejected_ms, campaign_id, campaign_name, text_01..text_40
SELECT
    id, lead_state, phase_kind, display_name, name_sort, email, email_state, permit_state,
    permit_purpose, lang, source, first_contact, created_ms, updated_ms, last_ms, trashed_ms,
    version_no, owner_user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = owner_user_id), ''), handling_state, due_ms,
    rejected_ms, campaign_id, COALESCE((SELECT c.name FROM campaign c WHERE c.workspace_id = :workspace_id
        AND c.id = lead.campaign_id), ''),
    text_01, text_02, text_03, text_04, text_05, text_06, text_07, text_08,
    text_09, text_10, text_11, text_12, text_13, text_14, text_15, text_16, text_17, text_18,
    text_19, text_20, text_21, text_22, text_23, text_24, text_25, text_26, text_27, text_28,
    text_29, text_30, text_31, text_32, text_33, text_34, text_35, text_36, text_37, text_38,
    text_39, text_40
FROM lead WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_update
-- The fields of a lead; no row changes where the version has moved on.
-- in: id, display_name, name_sort, phase_kind, now_ms, version_no, text_01..text_40
UPDATE lead SET display_name = :display_name, name_sort = :name_sort, phase_kind = :phase_kind,
    updated_ms = :now_ms, version_no = version_no + 1,
    text_01 = :text_01, text_02 = :text_02, text_03 = :text_03, text_04 = :text_04,
    text_05 = :text_05, text_06 = :text_06, text_07 = :text_07, text_08 = :text_08,
    text_09 = :text_09, text_10 = :text_10, text_11 = :text_11, text_12 = :text_12,
    text_13 = :text_13, text_14 = :text_14, text_15 = :text_15, text_16 = :text_16,
    text_17 = :text_17, text_18 = :text_18, text_19 = :text_19, text_20 = :text_20,
    text_21 = :text_21, text_22 = :text_22, text_23 = :text_23, text_24 = :text_24,
    text_25 = :text_25, text_26 = :text_26, text_27 = :text_27, text_28 = :text_28,
    text_29 = :text_29, text_30 = :text_30, text_31 = :text_31, text_32 = :text_32,
    text_33 = :text_33, text_34 = :text_34, text_35 = :text_35, text_36 = :text_36,
    text_37 = :text_37, text_38 = :text_38, text_39 = :text_39, text_40 = :text_40
WHERE workspace_id = :workspace_id AND id = :id AND version_no = :version_no;

-- name: lead_set_email
-- in: id, email, email_state, display_name, name_sort, now_ms
UPDATE lead SET email = :email, email_state = :email_state, display_name = :display_name,
    name_sort = :name_sort, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_set_email_state
-- Only where the lead still has that address: a link to an earlier one proves nothing of this one.
-- in: id, email, email_state, now_ms
UPDATE lead SET email_state = :email_state, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id AND email = :email;

-- name: lead_set_permit
-- in: id, permit_state, permit_purpose
UPDATE lead SET permit_state = :permit_state, permit_purpose = :permit_purpose
WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_set_owner
-- in: id, owner_user_id
UPDATE lead SET owner_user_id = :owner_user_id WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_set_state
-- in: id, lead_state, trashed_ms, now_ms
UPDATE lead SET lead_state = :lead_state, trashed_ms = :trashed_ms, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_touch
-- in: id, at_ms
UPDATE lead SET last_ms = :at_ms WHERE workspace_id = :workspace_id AND id = :id AND last_ms < :at_ms;

-- name: lead_touch
-- The row is written in any case: whoever adds something to a lead must meet whoever erases it.
-- only: postgres
UPDATE lead SET last_ms = GREATEST(last_ms, :at_ms) WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_turn
-- Nothing changes but the row's version: of two transactions at once the second begins again.
-- in: id
UPDATE lead SET trashed_ms = trashed_ms WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_delete
-- in: id
DELETE FROM lead WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_trash_due
-- Trashed before a moment, any workspace: what the retention job erases. Of a workspace whose time
-- is over nothing is written any more: its rows go table by table.
-- in: before_ms, gone_ms, limit
-- many: of_workspace_id, id
-- scope: system
SELECT l.workspace_id, l.id FROM workspace w CROSS JOIN lead l -- a seek a workspace, not all leads
WHERE l.workspace_id = w.id AND l.lead_state = 2 AND l.trashed_ms <= :before_ms
    AND (w.archived_ms = 0 OR w.archived_ms > :gone_ms) LIMIT :limit;

-- name: lead_page_created_desc
-- One page by created_ms; an empty source and a phase of -1 do not filter. The first page
-- begins beyond every key: a plain comparison is a seek in the index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (created_ms, id) < (:after_key, :after_id)
ORDER BY created_ms DESC, id DESC LIMIT :limit;

-- name: lead_page_created_asc
-- One page by created_ms; an empty source and a phase of -1 do not filter. The first page
-- begins beyond every key: a plain comparison is a seek in the index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (created_ms, id) > (:after_key, :after_id)
ORDER BY created_ms ASC, id ASC LIMIT :limit;

-- name: lead_page_last_desc
-- One page by last_ms; an empty source and a phase of -1 do not filter. The first page
-- begins beyond every key: a plain comparison is a seek in the index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (last_ms, id) < (:after_key, :after_id)
ORDER BY last_ms DESC, id DESC LIMIT :limit;

-- name: lead_page_last_asc
-- One page by last_ms; an empty source and a phase of -1 do not filter. The first page
-- begins beyond every key: a plain comparison is a seek in the index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (last_ms, id) > (:after_key, :after_id)
ORDER BY last_ms ASC, id ASC LIMIT :limit;

-- name: lead_page_name_desc
-- One page by name_sort; an empty source and a phase of -1 do not filter. The first page
-- begins beyond every key: a plain comparison is a seek in the index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (name_sort, id) < (:after_key, :after_id)
ORDER BY name_sort DESC, id DESC LIMIT :limit;

-- name: lead_page_name_asc
-- One page by name_sort; an empty source and a phase of -1 do not filter. The first page
-- begins beyond every key: a plain comparison is a seek in the index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (name_sort, id) > (:after_key, :after_id)
ORDER BY name_sort ASC, id ASC LIMIT :limit;

-- name: lead_search
-- Leads that have a word between word_from and word_to (a prefix), newest first.
-- only: sqlite
-- in: word_from, word_to, lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (:after_id = 0 OR id < :after_id)
    AND id IN (SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
               AND word >= :word_from AND word < :word_to)
ORDER BY id DESC LIMIT :limit;

-- name: lead_search
-- Leads that have a word between word_from and word_to (a prefix), newest first.
-- Gathered once, then looked at one by one until a page is full: a plan that no missing statistics
-- can spoil. As a join that is free it took seconds where a table had just been filled.
-- only: postgres
-- in: word_from, word_to, lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT l.id, l.display_name, l.email, l.email_state, l.phase_kind, l.lead_state, l.permit_state,
    l.permit_purpose, l.source, l.created_ms, l.last_ms, l.trashed_ms, l.name_sort, l.text_03,
    l.text_11
FROM (
    SELECT DISTINCT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word_from AND word < :word_to
    ORDER BY lead_id DESC OFFSET 0) AS w
CROSS JOIN LATERAL (
    SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
        permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
    FROM lead
    WHERE workspace_id = :workspace_id AND id = w.lead_id AND lead_state = :lead_state
        AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
        AND (:permit = -1 OR permit_state = :permit)
        AND (:campaign = 0 OR campaign_id = :campaign)
        AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
        AND (:after_id = 0 OR id < :after_id)
    OFFSET 0) AS l
ORDER BY w.lead_id DESC LIMIT :limit;

-- name: lead_search_two
-- The same for two words, by intersection.
-- only: sqlite
-- in: word_from, word_to, word2_from, word2_to, lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64,
--   after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (:after_id = 0 OR id < :after_id)
    AND id IN (SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
                   AND word >= :word_from AND word < :word_to
               INTERSECT
               SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
                   AND word >= :word2_from AND word < :word2_to)
ORDER BY id DESC LIMIT :limit;

-- name: lead_search_two
-- The same for two words, by intersection.
-- Gathered once, then looked at one by one until a page is full: a plan that no missing statistics
-- can spoil. As a join that is free it took seconds where a table had just been filled.
-- only: postgres
-- in: word_from, word_to, word2_from, word2_to, lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64,
--   after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT l.id, l.display_name, l.email, l.email_state, l.phase_kind, l.lead_state, l.permit_state,
    l.permit_purpose, l.source, l.created_ms, l.last_ms, l.trashed_ms, l.name_sort, l.text_03,
    l.text_11
FROM (
    SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word_from AND word < :word_to
    INTERSECT
    SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word2_from AND word < :word2_to
    ORDER BY lead_id DESC OFFSET 0) AS w
CROSS JOIN LATERAL (
    SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
        permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
    FROM lead
    WHERE workspace_id = :workspace_id AND id = w.lead_id AND lead_state = :lead_state
        AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
        AND (:permit = -1 OR permit_state = :permit)
        AND (:campaign = 0 OR campaign_id = :campaign)
        AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
        AND (:after_id = 0 OR id < :after_id)
    OFFSET 0) AS l
ORDER BY w.lead_id DESC LIMIT :limit;

-- name: lead_search_words
-- The same for three or four words; the last is repeated where there are three.
-- only: sqlite
-- in: word_from, word_to, word2_from, word2_to, word3_from, word3_to, word4_from, word4_to,
--   lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (:after_id = 0 OR id < :after_id)
    AND id IN (SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
                   AND word >= :word_from AND word < :word_to
               INTERSECT
               SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
                   AND word >= :word2_from AND word < :word2_to
               INTERSECT
               SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
                   AND word >= :word3_from AND word < :word3_to
               INTERSECT
               SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
                   AND word >= :word4_from AND word < :word4_to)
ORDER BY id DESC LIMIT :limit;

-- name: lead_search_words
-- The same for three or four words; the last is repeated where there are three.
-- Gathered once, then looked at one by one until a page is full: a plan that no missing statistics
-- can spoil. As a join that is free it took seconds where a table had just been filled.
-- only: postgres
-- in: word_from, word_to, word2_from, word2_to, word3_from, word3_to, word4_from, word4_to,
--   lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT l.id, l.display_name, l.email, l.email_state, l.phase_kind, l.lead_state, l.permit_state,
    l.permit_purpose, l.source, l.created_ms, l.last_ms, l.trashed_ms, l.name_sort, l.text_03,
    l.text_11
FROM (
    SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word_from AND word < :word_to
    INTERSECT
    SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word2_from AND word < :word2_to
    INTERSECT
    SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word3_from AND word < :word3_to
    INTERSECT
    SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word4_from AND word < :word4_to
    ORDER BY lead_id DESC OFFSET 0) AS w
CROSS JOIN LATERAL (
    SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
        permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
    FROM lead
    WHERE workspace_id = :workspace_id AND id = w.lead_id AND lead_state = :lead_state
        AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
        AND (:permit = -1 OR permit_state = :permit)
        AND (:campaign = 0 OR campaign_id = :campaign)
        AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
        AND (:after_id = 0 OR id < :after_id)
    OFFSET 0) AS l
ORDER BY w.lead_id DESC LIMIT :limit;

-- name: lead_word_count
-- How many entries a range of words has, counted to a limit.
-- in: word_from, word_to, limit
-- one: n
SELECT COUNT(*) FROM (SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
    AND word >= :word_from AND word < :word_to LIMIT :limit) AS counted;

-- name: lead_search_mixed
-- Leads with words of four ranges, of which few have the first, and many perhaps the others.
-- only: sqlite
-- in: word_from, word_to, word2_from, word2_to, word3_from, word3_to, word4_from, word4_to,
--   lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT
    id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (:after_id = 0 OR id < :after_id)
    AND id IN (SELECT lead_id FROM lead_word WHERE workspace_id = :workspace_id
               AND word >= :word_from AND word < :word_to)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word2_from AND word < :word2_to)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word3_from AND word < :word3_to)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word4_from AND word < :word4_to)
ORDER BY id DESC LIMIT :limit;

-- name: lead_search_mixed
-- Leads with words of four ranges, of which few have the first, and many perhaps the others.
-- OFFSET keeps it from becoming a join, and the empty text from reading the range of the words:
-- the plan is the same whether the tables were analysed or not.
-- only: postgres
-- in: word_from, word_to, word2_from, word2_to, word3_from, word3_to, word4_from, word4_to,
--   lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT l.id, l.display_name, l.email, l.email_state, l.phase_kind, l.lead_state, l.permit_state,
    l.permit_purpose, l.source, l.created_ms, l.last_ms, l.trashed_ms, l.name_sort, l.text_03,
    l.text_11
FROM (
    SELECT DISTINCT lead_id FROM lead_word WHERE workspace_id = :workspace_id
          AND word >= :word_from AND word < :word_to
    ORDER BY lead_id DESC OFFSET 0) AS w
CROSS JOIN LATERAL (
    SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
        permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
    FROM lead
    WHERE workspace_id = :workspace_id AND id = w.lead_id AND lead_state = :lead_state
        AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
        AND (:permit = -1 OR permit_state = :permit)
        AND (:campaign = 0 OR campaign_id = :campaign)
        AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
        AND (:after_id = 0 OR id < :after_id)
        AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = w.lead_id
                    AND word || '' >= :word2_from AND word || '' < :word2_to OFFSET 0)
        AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = w.lead_id
                    AND word || '' >= :word3_from AND word || '' < :word3_to OFFSET 0)
        AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = w.lead_id
                    AND word || '' >= :word4_from AND word || '' < :word4_to OFFSET 0)
    OFFSET 0) AS l
ORDER BY w.lead_id DESC LIMIT :limit;

-- name: lead_search_frequent
-- The same where many have each of them: newest leads are looked at until a page is full.
-- only: sqlite
-- in: word_from, word_to, word2_from, word2_to, word3_from, word3_to, word4_from, word4_to,
--   lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT
    id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (:after_id = 0 OR id < :after_id)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word_from AND word < :word_to)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word2_from AND word < :word2_to)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word3_from AND word < :word3_to)
    AND EXISTS (SELECT 1 FROM lead_word INDEXED BY lead_word_lead
                WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word >= :word4_from AND word < :word4_to)
ORDER BY id DESC LIMIT :limit;

-- name: lead_search_frequent
-- The same where many have each of them: newest leads are looked at until a page is full.
-- OFFSET keeps it from becoming a join, and the empty text from reading the range of the words:
-- the plan is the same whether the tables were analysed or not.
-- only: postgres
-- in: word_from, word_to, word2_from, word2_to, word3_from, word3_to, word4_from, word4_to,
--   lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT
    id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND (:source = '' OR source = :source) AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (:after_id = 0 OR id < :after_id)
    AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word || '' >= :word_from AND word || '' < :word_to OFFSET 0)
    AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word || '' >= :word2_from AND word || '' < :word2_to OFFSET 0)
    AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word || '' >= :word3_from AND word || '' < :word3_to OFFSET 0)
    AND EXISTS (SELECT 1 FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = lead.id
                AND word || '' >= :word4_from AND word || '' < :word4_to OFFSET 0)
ORDER BY id DESC LIMIT :limit;

-- name: lead_page_source_desc
-- One page of a single source by created_ms: a source that is rare is found by its own index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND source = :source AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (created_ms, id) < (:after_key, :after_id)
ORDER BY created_ms DESC, id DESC LIMIT :limit;

-- name: lead_page_source_asc
-- One page of a single source by created_ms: a source that is rare is found by its own index.
-- in: lead_state, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, after_key:i64, after_id, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = :lead_state
    AND source = :source AND (:phase = -1 OR phase_kind = :phase)
    AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
    AND (created_ms, id) > (:after_key, :after_id)
ORDER BY created_ms ASC, id ASC LIMIT :limit;

-- name: lead_phase_count
-- How many active leads are in a phase other than the first, counted to a limit.
-- in: phase:i64, limit
-- one: n
-- plan: values
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND phase_kind = :phase AND phase_kind <> 0 LIMIT :limit) AS counted;

-- name: lead_permit_count
-- How many active leads there are of a permit other than "no", counted to a limit.
-- in: permit:i64, limit
-- one: n
-- plan: values
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND permit_state = :permit AND permit_state <> 0 LIMIT :limit) AS counted;

-- name: lead_few_in_phase
-- All of a phase that few leads are in; sorting is the caller's.
-- in: source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = 0 AND phase_kind = :phase AND phase_kind <> 0
    AND (:source = '' OR source = :source) AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
LIMIT :limit;

-- name: lead_few_of_permit
-- All of a permit that few leads have; sorting is the caller's.
-- in: source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, campaign:i64, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
-- plan: values
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = 0 AND permit_state = :permit
    AND permit_state <> 0 AND (:source = '' OR source = :source)
    AND (:phase = -1 OR phase_kind = :phase)
    AND (:campaign = 0 OR campaign_id = :campaign)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
LIMIT :limit;

-- name: lead_few_of_owner
-- All leads that somebody looks after; sorting is the caller's.
-- in: owner:i64, source, phase:i64, permit:i64, campaign:i64, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = 0 AND owner_user_id = :owner
    AND owner_user_id <> 0 AND (:source = '' OR source = :source)
    AND (:phase = -1 OR phase_kind = :phase) AND (:permit = -1 OR permit_state = :permit)
    AND (:campaign = 0 OR campaign_id = :campaign)
LIMIT :limit;

-- name: lead_owner_count
-- How many active leads somebody looks after, counted to a limit.
-- in: owner:i64, limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND owner_user_id = :owner AND owner_user_id <> 0 LIMIT :limit) AS counted;

-- name: lead_few_of_campaign
-- All leads of a campaign; sorting is the caller's.
-- in: campaign:i64, source, phase:i64, permit:i64, any:i64, mine:i64, mine_too:i64, limit
-- many: id, display_name, email, email_state, phase_kind, lead_state, permit_state,
--   permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, first_name, company
SELECT id, display_name, email, email_state, phase_kind, lead_state, permit_state,
    permit_purpose, source, created_ms, last_ms, trashed_ms, name_sort, text_03, text_11
FROM lead
WHERE workspace_id = :workspace_id AND lead_state = 0 AND campaign_id = :campaign
    AND campaign_id <> 0 AND (:source = '' OR source = :source)
    AND (:phase = -1 OR phase_kind = :phase) AND (:permit = -1 OR permit_state = :permit)
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
LIMIT :limit;

-- name: lead_campaign_count
-- How many active leads a campaign has, counted to a limit.
-- in: campaign:i64, limit
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND campaign_id = :campaign AND campaign_id <> 0 LIMIT :limit) AS counted;

-- name: lead_set_campaign
-- in: id, campaign_id, now_ms
UPDATE lead SET campaign_id = :campaign_id, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id;

-- name: lead_source_names
-- The sources there are, by name: one step in the index for each, however many leads.
-- many: source
WITH RECURSIVE one(source) AS (
    SELECT MIN(source) FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    UNION ALL
    SELECT (SELECT MIN(source) FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
            AND source > one.source)
    FROM one WHERE one.source IS NOT NULL)
SELECT source FROM one WHERE source IS NOT NULL LIMIT 200;

-- name: lead_owner_names
-- many: user_id, user_name
SELECT u.id, u.name FROM membership m JOIN app_user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace_id AND m.disabled_ms = 0 ORDER BY u.name, u.id LIMIT 1000;

-- name: lead_count_state
-- in: lead_state
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id
    AND lead_state = :lead_state LIMIT 10001) AS counted;

-- name: lead_count_reach
-- The same of one owner's leads, and of another's.
-- in: lead_state, mine:i64, mine_too:i64
-- one: n
-- plan: values
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id
    AND lead_state = :lead_state AND (owner_user_id = :mine OR owner_user_id = :mine_too)
    LIMIT 10001) AS counted;

-- name: lead_source_reach
-- The sources of one owner's leads, and of another's, as far as the newest of them go.
-- in: mine:i64, mine_too:i64
-- many: source
-- plan: values
SELECT DISTINCT source FROM (SELECT source FROM lead WHERE workspace_id = :workspace_id
    AND lead_state = 0 AND (owner_user_id = :mine OR owner_user_id = :mine_too)
    ORDER BY id DESC LIMIT 10000) AS newest
ORDER BY source LIMIT 200;

-- name: lead_count_since
-- in: from_ms, to_ms, any:i64, mine:i64, mine_too:i64
-- one: n
SELECT COUNT(*) FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND created_ms >= :from_ms AND created_ms < :to_ms
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too);

-- name: lead_any_before
-- in: before_ms
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND created_ms < :before_ms LIMIT 1) t;

-- name: lead_own_before
-- The same of one owner's leads.
-- in: before_ms, mine:i64
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0
    AND owner_user_id = :mine AND owner_user_id <> 0 AND created_ms < :before_ms LIMIT 1) t;

-- name: lead_export_page
-- Every active lead within reach in order of id, for exports.
-- in: after_id, any:i64, mine:i64, mine_too:i64, limit
-- many: id, lead_state, phase_kind, display_name, name_sort, email, email_state, permit_state, permit_purpose,
--   lang, source, first_contact, created_ms, updated_ms, last_ms, trashed_ms, version_no, owner_user_id,
--   owner_name, handling_state, due_ms, rejected_ms, campaign_id, campaign_name, text_01..text_40
SELECT
    id, lead_state, phase_kind, display_name, name_sort, email, email_state, permit_state,
    permit_purpose, lang, source, first_contact, created_ms, updated_ms, last_ms, trashed_ms,
    version_no, owner_user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = owner_user_id), ''), handling_state, due_ms,
    rejected_ms, campaign_id, COALESCE((SELECT c.name FROM campaign c WHERE c.workspace_id = :workspace_id
        AND c.id = lead.campaign_id), ''),
    text_01, text_02, text_03, text_04, text_05, text_06, text_07, text_08,
    text_09, text_10, text_11, text_12, text_13, text_14, text_15, text_16, text_17, text_18,
    text_19, text_20, text_21, text_22, text_23, text_24, text_25, text_26, text_27, text_28,
    text_29, text_30, text_31, text_32, text_33, text_34, text_35, text_36, text_37, text_38,
    text_39, text_40
FROM lead WHERE workspace_id = :workspace_id AND lead_state = 0 AND id > :after_id
    AND (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
ORDER BY id LIMIT :limit;

-- name: lead_words_add
-- Up to eight words; those that are NULL are none. OR IGNORE: what cannot fail halfway needs no
-- journal of its own within the transaction, which would copy every page.
-- in: lead_id, word_01..word_08
-- only: sqlite
INSERT OR IGNORE INTO lead_word (workspace_id, word, lead_id)
SELECT :workspace_id, w.word, :lead_id FROM (
    SELECT :word_01 AS word UNION ALL SELECT :word_02 UNION ALL SELECT :word_03
    UNION ALL SELECT :word_04 UNION ALL SELECT :word_05 UNION ALL SELECT :word_06
    UNION ALL SELECT :word_07 UNION ALL SELECT :word_08) AS w WHERE w.word IS NOT NULL;

-- name: lead_words_add
-- What is NULL repeats the first. Values and no SELECT: on a cluster that is one step.
-- only: postgres
INSERT INTO lead_word (workspace_id, word, lead_id) VALUES
    (:workspace_id, :word_01, :lead_id), (:workspace_id, COALESCE(:word_02, :word_01), :lead_id),
    (:workspace_id, COALESCE(:word_03, :word_01), :lead_id),
    (:workspace_id, COALESCE(:word_04, :word_01), :lead_id),
    (:workspace_id, COALESCE(:word_05, :word_01), :lead_id),
    (:workspace_id, COALESCE(:word_06, :word_01), :lead_id),
    (:workspace_id, COALESCE(:word_07, :word_01), :lead_id),
    (:workspace_id, COALESCE(:word_08, :word_01), :lead_id)
ON CONFLICT DO NOTHING;

-- name: lead_word_add
-- Words of many leads at once; lead_words_add is quicker for those of one.
-- append:
-- in: word, lead_id
INSERT INTO lead_word (workspace_id, word, lead_id) VALUES (:workspace_id, :word, :lead_id)
ON CONFLICT DO NOTHING;

-- name: lead_word_clear
-- in: lead_id
DELETE FROM lead_word WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: identity_add
-- Take an address for a lead; no row changes where somebody has it.
-- append:
-- in: kind, value_hash:i64, value, lead_id, state, verified_ms, now_ms
INSERT INTO identity (workspace_id, identity_kind, value_hash, value, lead_id, identity_state, verified_ms, created_ms)
VALUES (:workspace_id, :kind, :value_hash, :value, :lead_id, :state, :verified_ms, :now_ms)
ON CONFLICT DO NOTHING;

-- name: identity_find
-- in: kind, value_hash:i64, value
-- one: lead_id, state, verified_ms
SELECT lead_id, identity_state, verified_ms FROM identity
WHERE workspace_id = :workspace_id AND identity_kind = :kind AND value_hash = :value_hash AND value = :value;

-- name: identity_set_state
-- in: kind, value_hash:i64, value, lead_id, state, verified_ms
UPDATE identity SET identity_state = :state, verified_ms = :verified_ms
WHERE workspace_id = :workspace_id AND identity_kind = :kind AND value_hash = :value_hash
    AND value = :value AND lead_id = :lead_id;

-- name: identity_of_lead
-- First the keys, by the index of the lead: asked for the rows at once, SQLite reads them all.
-- in: lead_id
-- many: kind, value, state, verified_ms, created_ms
SELECT i.identity_kind, i.value, i.identity_state, i.verified_ms, i.created_ms
FROM (SELECT identity_kind, value_hash, value FROM identity
    WHERE workspace_id = :workspace_id AND lead_id = :lead_id) k
CROSS JOIN identity i
WHERE i.workspace_id = :workspace_id AND i.identity_kind = k.identity_kind
    AND i.value_hash = k.value_hash AND i.value = k.value
ORDER BY i.created_ms, i.value;

-- name: identity_delete_of_lead
-- in: lead_id
DELETE FROM identity WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: identity_delete
-- in: kind, value_hash:i64, value, lead_id
DELETE FROM identity
WHERE workspace_id = :workspace_id AND identity_kind = :kind AND value_hash = :value_hash
    AND value = :value AND lead_id = :lead_id;

-- name: touchpoint_add
-- The same id and time again is the same touchpoint.
-- append:
-- in: lead_id, at_ms, id, kind, object_id, props
INSERT INTO touchpoint (workspace_id, lead_id, at_ms, id, touchpoint_kind, object_id, props)
VALUES (:workspace_id, :lead_id, :at_ms, :id, :kind, :object_id, :props)
ON CONFLICT DO NOTHING;

-- name: touchpoint_page
-- Newest first, older than a touchpoint at before_ms with before_id. The row comparison leads
-- through the key; before_ms by itself passes over the partitions of later months.
-- in: lead_id, before_ms, before_id, limit
-- many: at_ms, id, kind, object_id, props
SELECT at_ms, id, touchpoint_kind, object_id, props FROM touchpoint
WHERE workspace_id = :workspace_id AND lead_id = :lead_id
    AND at_ms <= :before_ms AND (at_ms, id) < (:before_ms, :before_id)
ORDER BY at_ms DESC, id DESC LIMIT :limit;

-- name: touchpoint_old_leads
-- The next leads of the workspace, and which of them have touchpoints from before: one seek each.
-- in: after_id, before_ms, limit
-- many: id, is_old:i64
SELECT l.id, EXISTS (SELECT 1 FROM touchpoint t WHERE t.workspace_id = :workspace_id
        AND t.lead_id = l.id AND t.at_ms < :before_ms)
FROM (SELECT id FROM lead WHERE workspace_id = :workspace_id AND id > :after_id
      ORDER BY id LIMIT :limit) l ORDER BY l.id;

-- name: touchpoint_old_leads
-- The partitions of old months hold nothing else; the others are passed over.
-- only: postgres
SELECT t.lead_id, 1 FROM touchpoint t
WHERE t.workspace_id = :workspace_id AND t.lead_id > :after_id AND t.at_ms < :before_ms
GROUP BY t.lead_id ORDER BY t.lead_id LIMIT :limit;

-- name: touchpoint_delete_old
-- The oldest of a lead's touchpoints from before, so many (and those of the same moment).
-- in: lead_id, before_ms, limit
DELETE FROM touchpoint WHERE workspace_id = :workspace_id AND lead_id = :lead_id
    AND at_ms <= (SELECT MAX(o.at_ms) FROM
        (SELECT at_ms FROM touchpoint WHERE workspace_id = :workspace_id AND lead_id = :lead_id
            AND at_ms < :before_ms ORDER BY at_ms LIMIT :limit) o);

-- name: touchpoint_delete_of_lead
-- in: lead_id
DELETE FROM touchpoint WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: note_add
-- in: lead_id, id, at_ms, user_id, body:blob
INSERT INTO lead_note (workspace_id, lead_id, id, at_ms, user_id, body)
VALUES (:workspace_id, :lead_id, :id, :at_ms, :user_id, :body);

-- name: note_list
-- in: lead_id, before_id, limit
-- many: id, at_ms, user_id, user_name, body:blob
SELECT n.id, n.at_ms, n.user_id, COALESCE(u.name, ''), n.body
FROM lead_note n LEFT JOIN app_user u ON u.id = n.user_id
WHERE n.workspace_id = :workspace_id AND n.lead_id = :lead_id AND n.id < :before_id
ORDER BY n.id DESC LIMIT :limit;

-- name: note_delete_of_lead
-- in: lead_id
DELETE FROM lead_note WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: field_history_add
-- in: lead_id, id, at_ms, actor_kind, user_id, field, old_value:blob
INSERT INTO field_history (workspace_id, lead_id, id, at_ms, actor_kind, user_id, field, old_value)
VALUES (:workspace_id, :lead_id, :id, :at_ms, :actor_kind, :user_id, :field, :old_value);

-- name: field_history_list
-- in: lead_id, before_id, limit
-- many: id, at_ms, user_id, field, old_value:blob
SELECT id, at_ms, user_id, field, old_value FROM field_history
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND id < :before_id
ORDER BY id DESC LIMIT :limit;

-- name: field_history_of
-- One field's, the newest first.
-- in: lead_id, field, before_id, limit
-- many: id, old_value:blob
SELECT id, old_value FROM field_history
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND field = :field AND id < :before_id
ORDER BY id DESC LIMIT :limit;

-- name: field_history_since
-- By others than that kind of actor.
-- in: lead_id, since_ms, actor_kind
-- many: field
SELECT field FROM field_history
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND at_ms > :since_ms
    AND actor_kind <> :actor_kind;

-- name: field_history_delete_of_lead
-- in: lead_id
DELETE FROM field_history WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: lead_set_phase
-- No row changes where the version has moved on.
-- in: id, phase_kind, now_ms, version_no
UPDATE lead SET phase_kind = :phase_kind, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id AND version_no = :version_no;

-- name: lead_follow_phase
-- No row changes where it is so already.
-- in: id, handling_state
UPDATE lead SET handling_state = :handling_state, due_ms = 0, due_stage_n = 0
WHERE workspace_id = :workspace_id AND id = :id AND handling_state <> :handling_state;

-- name: phase_event_add
-- in: lead_id, id, at_ms, actor_kind, user_id, from_kind, to_kind, reason, note:blob
INSERT INTO phase_event (workspace_id, lead_id, id, at_ms, actor_kind, user_id, from_kind, to_kind,
    reason, note)
VALUES (:workspace_id, :lead_id, :id, :at_ms, :actor_kind, :user_id, :from_kind, :to_kind,
    :reason, :note);

-- name: phase_event_list
-- in: lead_id, limit
-- many: id, at_ms, user_id, user_name, from_kind, to_kind, reason, note:blob
SELECT e.id, e.at_ms, e.user_id, COALESCE(u.name, ''), e.from_kind, e.to_kind, e.reason, e.note
FROM phase_event e LEFT JOIN app_user u ON u.id = e.user_id
WHERE e.workspace_id = :workspace_id AND e.lead_id = :lead_id ORDER BY e.id DESC LIMIT :limit;

-- name: phase_event_delete_of_lead
-- in: lead_id
DELETE FROM phase_event WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: identity_known
-- Whose up to 80 addresses are.
-- in: kind, hash_01..hash_80:i64
-- many: value_hash:i64, value, lead_id, lead_state, owner_user_id
SELECT i.value_hash, i.value, i.lead_id, l.lead_state, l.owner_user_id
FROM identity i JOIN lead l ON l.workspace_id = :workspace_id AND l.id = i.lead_id
WHERE i.workspace_id = :workspace_id AND i.identity_kind = :kind AND i.value_hash IN (:hash_01..hash_80);

-- name: identity_owners
-- The same where a lead may not be written yet.
-- in: kind, hash_01..hash_80:i64
-- many: value_hash:i64, value, lead_id
SELECT value_hash, value, lead_id FROM identity
WHERE workspace_id = :workspace_id AND identity_kind = :kind AND value_hash IN (:hash_01..hash_80);
