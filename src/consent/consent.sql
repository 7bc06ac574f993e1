-- name: purpose_add
-- No row changes where the slug is there already.
-- in: id, slug, label, now_ms
INSERT INTO purpose (workspace_id, id, slug, label, created_ms)
VALUES (:workspace_id, :id, :slug, :label, :now_ms) ON CONFLICT DO NOTHING;

-- name: purpose_by_slug
-- in: slug
-- one: id, label
SELECT id, label FROM purpose WHERE workspace_id = :workspace_id AND slug = :slug;

-- name: wording_newest
-- in: purpose_id, channel_kind, lang
-- one: id, version_no, body
SELECT id, version_no, body FROM wording
WHERE workspace_id = :workspace_id AND purpose_id = :purpose_id AND channel_kind = :channel_kind
    AND lang = :lang ORDER BY version_no DESC LIMIT 1;

-- name: wording_add
-- No row changes where that version is there already.
-- in: id, purpose_id, channel_kind, lang, version_no, body, sha256:blob, user_id, now_ms, approved_ms,
--   approved_user_id
INSERT INTO wording (workspace_id, id, purpose_id, channel_kind, lang, version_no, body, sha256, user_id, created_ms,
    approved_ms, approved_user_id)
VALUES (:workspace_id, :id, :purpose_id, :channel_kind, :lang, :version_no, :body, :sha256, :user_id, :now_ms,
    :approved_ms, :approved_user_id)
ON CONFLICT DO NOTHING;

-- name: wording_approved_before
-- The same text, approved in an earlier version.
-- in: purpose_id, channel_kind, lang, sha256:blob
-- one: approved_ms, approved_user_id
SELECT approved_ms, approved_user_id FROM wording
WHERE workspace_id = :workspace_id AND purpose_id = :purpose_id AND channel_kind = :channel_kind
    AND lang = :lang AND sha256 = :sha256 AND approved_ms > 0 ORDER BY version_no DESC LIMIT 1;

-- name: wording_text_approved
-- Whether a text of that purpose was ever approved, whichever version it stands in.
-- in: slug, channel_kind, lang, sha256:blob
-- one: n
SELECT COUNT(*) FROM purpose p JOIN wording w ON w.workspace_id = p.workspace_id AND w.purpose_id = p.id
WHERE p.workspace_id = :workspace_id AND p.slug = :slug AND w.workspace_id = :workspace_id
    AND w.channel_kind = :channel_kind AND w.lang = :lang AND w.sha256 = :sha256 AND w.approved_ms > 0;

-- name: wording_approve
-- No row changes where somebody was faster.
-- in: id, now_ms, user_id
UPDATE wording SET approved_ms = :now_ms, approved_user_id = :user_id
WHERE workspace_id = :workspace_id AND id = :id AND approved_ms = 0;

-- name: wording_list
-- Newest first.
-- in: limit
-- many: id, purpose_id, version_no, channel_kind, lang, body, slug, label, created_ms, approved_ms,
--   approver, author
SELECT w.id, w.purpose_id, w.version_no, w.channel_kind, w.lang, w.body, p.slug, p.label,
    w.created_ms, w.approved_ms, COALESCE(u.name, ''), COALESCE(b.name, '')
FROM wording w JOIN purpose p ON p.workspace_id = w.workspace_id AND p.id = w.purpose_id
    LEFT JOIN app_user u ON u.id = w.approved_user_id LEFT JOIN app_user b ON b.id = w.user_id
WHERE w.workspace_id = :workspace_id ORDER BY w.id DESC LIMIT :limit;

-- name: wording_get
-- in: id
-- one: id, purpose_id, version_no, channel_kind, lang, body, slug, label, approved_ms
SELECT w.id, w.purpose_id, w.version_no, w.channel_kind, w.lang, w.body, p.slug, p.label,
    w.approved_ms
FROM wording w JOIN purpose p ON p.workspace_id = w.workspace_id AND p.id = w.purpose_id
WHERE w.workspace_id = :workspace_id AND w.id = :id;

-- name: confirmation_add
-- in: id, lead_id, submission_id, form_id, email, now_ms, expires_ms, is_test:i64, is_consents:i64
INSERT INTO confirmation (workspace_id, id, lead_id, submission_id, form_id, email,
    confirmation_state, requested_ms, expires_ms, answered_ms, sends_n, sent_ms, is_test, is_consents)
VALUES (:workspace_id, :id, :lead_id, :submission_id, :form_id, :email, 0, :now_ms, :expires_ms, 0, 1, :now_ms,
    :is_test, :is_consents);

-- name: confirmation_open_of
-- Those that give way to a newer one of the same lead and form. "+": by the lead's index, and not
-- through all that are open.
-- in: lead_id, form_id
-- many: id
SELECT id FROM confirmation
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND form_id = :form_id AND +confirmation_state = 0;

-- name: confirmation_get
-- in: id
-- one: id, lead_id, submission_id, form_id, email, state, requested_ms, expires_ms, answered_ms, sends_n, sent_ms,
--   is_consents:i64
SELECT id, lead_id, submission_id, form_id, email, confirmation_state, requested_ms, expires_ms,
    answered_ms, sends_n, sent_ms, is_consents
FROM confirmation WHERE workspace_id = :workspace_id AND id = :id;

-- name: confirmation_answer
-- Only an open one can be answered, and only once.
-- in: id, state, now_ms
UPDATE confirmation SET confirmation_state = :state, answered_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND confirmation_state = 0;

-- name: confirmation_again
-- in: id, sends_max:i64, now_ms
UPDATE confirmation SET sends_n = sends_n + 1, sent_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND confirmation_state = 0 AND sends_n < :sends_max;

-- name: confirmation_asked_since
-- "+": by the lead's index, and not through everything that was asked since.
-- in: lead_id, since_ms
-- one: n
SELECT CAST(COALESCE(SUM(sends_n), 0) AS BIGINT) FROM confirmation
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND +requested_ms >= :since_ms;

-- name: confirmation_asked_address
-- The same for an address that several leads have: it is among their words for the search.
-- in: word, email, since_ms
-- one: n
SELECT CAST(COALESCE(SUM(c.sends_n), 0) AS BIGINT) FROM lead_word w CROSS JOIN confirmation c
WHERE w.workspace_id = :workspace_id AND c.workspace_id = :workspace_id AND w.word = :word
    AND c.lead_id = w.lead_id AND +c.requested_ms >= :since_ms AND c.email = :email;

-- name: confirmation_overdue
-- in: now_ms, limit
-- many: id, lead_id, submission_id, form_id, email
SELECT id, lead_id, submission_id, form_id, email FROM confirmation
WHERE workspace_id = :workspace_id AND confirmation_state = 0 AND expires_ms <= :now_ms
ORDER BY expires_ms LIMIT :limit;

-- name: confirmation_delete_of_lead
-- in: lead_id
DELETE FROM confirmation WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: consent_add
-- No row changes where the lead has one for that purpose and channel.
-- in: id, lead_id, purpose_id, channel_kind, wording_id, state, requested_ms, confirmed_ms
INSERT INTO consent (workspace_id, id, lead_id, purpose_id, channel_kind, wording_id, consent_state,
    requested_ms, confirmed_ms, ended_ms, used_ms)
VALUES (:workspace_id, :id, :lead_id, :purpose_id, :channel_kind, :wording_id, :state,
    :requested_ms, :confirmed_ms, 0, 0) ON CONFLICT DO NOTHING;

-- name: consent_find
-- in: lead_id, purpose_id, channel_kind
-- one: id, wording_id, state, requested_ms, confirmed_ms
SELECT id, wording_id, consent_state, requested_ms, confirmed_ms FROM consent
WHERE workspace_id = :workspace_id AND lead_id = :lead_id AND purpose_id = :purpose_id
    AND channel_kind = :channel_kind;

-- name: consent_address
-- The address whose owner confirmed a consent last.
-- in: lead_id, consent_id
-- one: email
SELECT c.email FROM consent_event e
JOIN confirmation c ON c.workspace_id = e.workspace_id AND c.id = e.confirmation_id
WHERE e.workspace_id = :workspace_id AND e.lead_id = :lead_id AND e.consent_id = :consent_id
    AND e.event_kind = 2 ORDER BY e.id DESC LIMIT 1;

-- name: consent_get
-- in: id
-- one: id, lead_id, purpose_id, channel_kind, wording_id, state, requested_ms
SELECT id, lead_id, purpose_id, channel_kind, wording_id, consent_state, requested_ms FROM consent
WHERE workspace_id = :workspace_id AND id = :id;

-- name: consent_set
-- in: id, wording_id, state, requested_ms, confirmed_ms, ended_ms
UPDATE consent SET wording_id = :wording_id, consent_state = :state, requested_ms = :requested_ms,
    confirmed_ms = :confirmed_ms, ended_ms = :ended_ms
WHERE workspace_id = :workspace_id AND id = :id;

-- name: consent_of_lead
-- in: lead_id
-- many: id, purpose_id, channel_kind, wording_id, state, requested_ms, confirmed_ms, ended_ms,
--   used_ms, version_no, body, lang, slug, label, approved_ms, approver
SELECT c.id, c.purpose_id, c.channel_kind, c.wording_id, c.consent_state, c.requested_ms,
    c.confirmed_ms, c.ended_ms, c.used_ms, w.version_no, w.body, w.lang, p.slug, p.label,
    w.approved_ms, COALESCE((SELECT u.name FROM app_user u WHERE u.id = w.approved_user_id), '')
FROM consent c
JOIN wording w ON w.workspace_id = c.workspace_id AND w.id = c.wording_id
JOIN purpose p ON p.workspace_id = c.workspace_id AND p.id = c.purpose_id
WHERE c.workspace_id = :workspace_id AND c.lead_id = :lead_id ORDER BY p.slug, c.channel_kind;

-- name: consent_delete_of_lead
-- The states; the events stay, shut, in the chain.
-- in: lead_id
DELETE FROM consent WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: consent_event_add
-- in: id, consent_id, lead_id, wording_id, confirmation_id, kind, at_ms, evidence:blob,
--   evidence_key:blob, network:blob, network_key:blob
INSERT INTO consent_event (workspace_id, id, consent_id, lead_id, wording_id, confirmation_id,
    event_kind, at_ms, evidence, evidence_key, network, network_key)
VALUES (:workspace_id, :id, :consent_id, :lead_id, :wording_id, :confirmation_id, :kind, :at_ms,
    :evidence, :evidence_key, :network, :network_key);

-- name: consent_event_of_confirmation
-- The consents asked for with a confirmation: among the events of its lead.
-- in: confirmation_id
-- many: consent_id, wording_id
SELECT e.consent_id, e.wording_id
FROM confirmation c CROSS JOIN consent_event e
WHERE c.workspace_id = :workspace_id AND c.id = :confirmation_id
    AND e.workspace_id = c.workspace_id AND e.lead_id = c.lead_id AND e.confirmation_id = c.id
    AND e.event_kind = 1
ORDER BY e.id;

-- name: consent_event_of_lead
-- in: lead_id, after_id, limit
-- many: id, consent_id, wording_id, confirmation_id, kind, at_ms, evidence:blob, evidence_key:blob,
--   network:blob, network_key:blob, block_no, block_hash:blob
SELECT e.id, e.consent_id, e.wording_id, e.confirmation_id, e.event_kind, e.at_ms, e.evidence,
    e.evidence_key, e.network, e.network_key, e.block_no, b.hash
FROM consent_event e
LEFT JOIN consent_block b ON b.workspace_id = e.workspace_id AND b.block_no = e.block_no
WHERE e.workspace_id = :workspace_id AND e.lead_id = :lead_id AND e.id > :after_id
ORDER BY e.id LIMIT :limit;

-- name: consent_event_unsealed
-- in: limit
-- many: id, consent_id, lead_id, wording_id, confirmation_id, kind, at_ms, evidence:blob, network:blob
SELECT id, consent_id, lead_id, wording_id, confirmation_id, event_kind, at_ms, evidence, network
FROM consent_event WHERE workspace_id = :workspace_id AND block_no = 0 ORDER BY id LIMIT :limit;

-- name: consent_event_of_block
-- in: block_no
-- many: id, consent_id, lead_id, wording_id, confirmation_id, kind, at_ms, evidence:blob, network:blob
SELECT id, consent_id, lead_id, wording_id, confirmation_id, event_kind, at_ms, evidence, network
FROM consent_event WHERE workspace_id = :workspace_id AND block_no = :block_no ORDER BY id;

-- name: consent_event_seal
-- in: id, block_no
UPDATE consent_event SET block_no = :block_no
WHERE workspace_id = :workspace_id AND id = :id AND block_no = 0;

-- name: consent_event_forget
-- Erase: without its keys the evidence stays shut; the chain still holds.
-- in: lead_id
UPDATE consent_event SET evidence_key = NULL, network_key = NULL
WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: consent_network_oldest
-- The next so many events of before: the last of them, and how many still have a network key.
-- in: after_id, until_id, before_ms, limit
-- one: id, n, open_count
SELECT COALESCE(MAX(o.id), 0), COUNT(*), COUNT(o.network_key) FROM
    (SELECT id, network_key FROM consent_event WHERE workspace_id = :workspace_id
        AND id > :after_id AND id < :until_id AND at_ms < :before_ms ORDER BY id LIMIT :limit) o;

-- name: consent_network_forget
-- Without its key the network data stays shut; the chain covers what is sealed, and still holds.
-- in: after_id, until_id, before_ms
UPDATE consent_event SET network_key = NULL
WHERE workspace_id = :workspace_id AND id > :after_id AND id <= :until_id AND at_ms < :before_ms
    AND network_key IS NOT NULL;

-- name: consent_block_last
-- one: block_no, hash:blob
SELECT block_no, hash FROM consent_block WHERE workspace_id = :workspace_id
ORDER BY block_no DESC LIMIT 1;

-- name: consent_block_add
-- No row changes where the block is there already.
-- in: block_no, now_ms, event_count, prev_hash:blob, hash:blob
INSERT INTO consent_block (workspace_id, block_no, sealed_ms, event_count, prev_hash, hash)
VALUES (:workspace_id, :block_no, :now_ms, :event_count, :prev_hash, :hash) ON CONFLICT DO NOTHING;

-- name: consent_block_get
-- in: block_no
-- one: sealed_ms, event_count, prev_hash:blob, hash:blob
SELECT sealed_ms, event_count, prev_hash, hash FROM consent_block
WHERE workspace_id = :workspace_id AND block_no = :block_no;

-- name: consent_unsealed_workspaces
-- One seek a workspace: it is asked twice a second.
-- scope: system
-- many: of_workspace_id
SELECT w.id FROM workspace w WHERE EXISTS
    (SELECT 1 FROM consent_event e WHERE e.workspace_id = w.id AND e.block_no = 0);

-- name: consent_unsealed_workspaces
-- The same seek; a cluster does not plan the correlated form.
-- only: postgres
-- scope: system
SELECT w.id FROM workspace w WHERE w.id IN
    (SELECT e.workspace_id FROM consent_event e WHERE e.block_no = 0);

-- name: confirmation_overdue_workspaces
-- scope: system
-- in: now_ms
-- many: of_workspace_id
SELECT w.id FROM workspace w WHERE EXISTS
    (SELECT 1 FROM confirmation c WHERE c.workspace_id = w.id AND c.confirmation_state = 0
        AND c.expires_ms <= :now_ms);

-- name: confirmation_overdue_workspaces
-- only: postgres
-- scope: system
SELECT w.id FROM workspace w WHERE w.id IN
    (SELECT c.workspace_id FROM confirmation c WHERE c.confirmation_state = 0
        AND c.expires_ms <= :now_ms);

-- name: suppression_add
-- in: value_hash:blob, channel_kind, purpose_id, cause_kind, now_ms
INSERT INTO suppression (workspace_id, value_hash, channel_kind, purpose_id, cause_kind, at_ms, lifted_ms)
VALUES (:workspace_id, :value_hash, :channel_kind, :purpose_id, :cause_kind, :now_ms, 0)
ON CONFLICT (workspace_id, value_hash, channel_kind, purpose_id, cause_kind)
DO UPDATE SET at_ms = excluded.at_ms, lifted_ms = 0;

-- name: suppression_find
-- Entries in force that forbid a purpose over a channel.
-- in: value_hash:blob, channel_kind, purpose_id
-- many: cause_kind, purpose_id, at_ms
SELECT cause_kind, purpose_id, at_ms FROM suppression
WHERE workspace_id = :workspace_id AND value_hash = :value_hash AND channel_kind = :channel_kind
    AND (purpose_id = 0 OR purpose_id = :purpose_id) AND lifted_ms = 0;

-- name: suppression_erased
-- Which of up to 40 hashes stand there because a lead was erased; those that are NULL are none.
-- in: channel_kind, hash_01..hash_40:blob
-- many: value_hash:blob
SELECT value_hash FROM suppression
WHERE workspace_id = :workspace_id AND channel_kind = :channel_kind AND purpose_id = 0
    AND cause_kind = 6 AND lifted_ms = 0 AND value_hash IN (:hash_01..hash_40);

-- name: suppression_lift
-- A person's own confirmed request lifts withdrawal, objection and erasure for that purpose.
-- in: value_hash:blob, channel_kind, purpose_id, now_ms
UPDATE suppression SET lifted_ms = :now_ms
WHERE workspace_id = :workspace_id AND value_hash = :value_hash AND channel_kind = :channel_kind
    AND purpose_id = :purpose_id AND cause_kind IN (1, 2, 6) AND lifted_ms = 0;

-- name: consent_counts
-- What the dashboard counts: confirmations by state since a moment. All states, and expiry that
-- comes after the request, lead through the index alone.
-- in: since_ms
-- many: state, n
SELECT confirmation_state, COUNT(*) FROM confirmation
WHERE workspace_id = :workspace_id AND confirmation_state IN (0, 1, 2, 3, 4)
    AND expires_ms >= :since_ms AND requested_ms >= :since_ms AND is_test = 0 GROUP BY confirmation_state;

-- name: confirmation_waiting
-- in: now_ms
-- one: n, oldest_ms
SELECT COUNT(*), COALESCE(MIN(requested_ms), 0) FROM confirmation
WHERE workspace_id = :workspace_id AND confirmation_state = 0 AND expires_ms > :now_ms
    AND is_test = 0;

-- name: confirmation_waiting_own
-- The same of one owner's active leads.
-- in: now_ms, mine:i64
-- one: n, oldest_ms
SELECT COUNT(*), COALESCE(MIN(c.requested_ms), 0) FROM lead l CROSS JOIN confirmation c
WHERE l.workspace_id = :workspace_id AND c.workspace_id = :workspace_id AND l.lead_state = 0
    AND l.owner_user_id = :mine AND l.owner_user_id <> 0 AND c.lead_id = l.id
    AND +c.confirmation_state = 0 AND c.expires_ms > :now_ms AND c.is_test = 0;

-- name: confirmation_waiting_free
-- The same of active leads that nobody looks after.
-- in: now_ms
-- one: n, oldest_ms
SELECT COUNT(*), COALESCE(MIN(c.requested_ms), 0) FROM confirmation c CROSS JOIN lead l
WHERE c.workspace_id = :workspace_id AND l.workspace_id = :workspace_id
    AND c.confirmation_state = 0 AND c.expires_ms > :now_ms AND c.is_test = 0
    AND l.id = c.lead_id AND l.lead_state = 0 AND l.owner_user_id = 0;
