-- Campaigns. What they have won is kept as it changes (tally/tally.h).

-- name: campaign_all
-- All, or all archived ones, with their numbers; sorting is the caller's.
-- in: archived:i64, limit
-- many: id, code, name, channel, from_day, to_day, currency, budget_cents:i64, goal_leads_n,
--   goal_cost_cents:i64, owner_user_id, owner_name, note, archived_ms, created_ms, updated_ms,
--   version_no, cost_cents:i64
SELECT c.id, c.code, c.name, c.channel, c.from_day, c.to_day, c.currency, c.budget_cents,
    c.goal_leads_n, c.goal_cost_cents, c.owner_user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = c.owner_user_id), ''), c.note,
    c.archived_ms, c.created_ms, c.updated_ms, c.version_no,
    (SELECT CAST(COALESCE(SUM(k.amount_cents), 0) AS BIGINT) FROM campaign_cost k
        WHERE k.workspace_id = :workspace_id AND k.campaign_id = c.id)
FROM campaign c
WHERE c.workspace_id = :workspace_id AND (c.archived_ms <> 0) = (:archived <> 0)
LIMIT :limit;

-- name: campaign_one
-- The same of one.
-- in: id
-- one: id, code, name, channel, from_day, to_day, currency, budget_cents:i64, goal_leads_n,
--   goal_cost_cents:i64, owner_user_id, owner_name, note, archived_ms, created_ms, updated_ms,
--   version_no, cost_cents:i64
SELECT c.id, c.code, c.name, c.channel, c.from_day, c.to_day, c.currency, c.budget_cents,
    c.goal_leads_n, c.goal_cost_cents, c.owner_user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = c.owner_user_id), ''), c.note,
    c.archived_ms, c.created_ms, c.updated_ms, c.version_no,
    (SELECT CAST(COALESCE(SUM(k.amount_cents), 0) AS BIGINT) FROM campaign_cost k
        WHERE k.workspace_id = :workspace_id AND k.campaign_id = c.id)
FROM campaign c WHERE c.workspace_id = :workspace_id AND c.id = :id;

-- name: campaign_names
-- What a choice offers: those that are not archived.
-- in: limit
-- many: id, code, name
SELECT id, code, name FROM campaign WHERE workspace_id = :workspace_id AND archived_ms = 0
ORDER BY from_day DESC, id DESC LIMIT :limit;

-- name: campaign_name
-- in: id
-- one: name
SELECT name FROM campaign WHERE workspace_id = :workspace_id AND id = :id;

-- name: campaign_count
-- one: n
SELECT COUNT(*) FROM campaign WHERE workspace_id = :workspace_id;

-- name: campaign_last_currency
-- one: currency
SELECT currency FROM campaign WHERE workspace_id = :workspace_id ORDER BY id DESC LIMIT 1;

-- name: campaign_by_code
-- in: code
-- one: id, name
SELECT id, name FROM campaign WHERE workspace_id = :workspace_id AND code = :code;

-- name: campaign_of_form
-- in: form_id
-- one: id, name
SELECT c.id, c.name FROM campaign_form f JOIN campaign c ON c.workspace_id = f.workspace_id
    AND c.id = f.campaign_id
WHERE f.workspace_id = :workspace_id AND c.workspace_id = :workspace_id AND f.form_id = :form_id;

-- name: campaign_add
-- in: id, code, name, channel, from_day, to_day, currency, budget_cents:i64, goal_leads_n,
--   goal_cost_cents:i64, owner_user_id, note, now_ms
INSERT INTO campaign (workspace_id, id, code, name, channel, from_day, to_day, currency,
    budget_cents, goal_leads_n, goal_cost_cents, owner_user_id, note, archived_ms, created_ms,
    updated_ms, version_no)
VALUES (:workspace_id, :id, :code, :name, :channel, :from_day, :to_day, :currency, :budget_cents,
    :goal_leads_n, :goal_cost_cents, :owner_user_id, :note, 0, :now_ms, :now_ms, 1);

-- name: campaign_set
-- in: id, code, name, channel, from_day, to_day, currency, budget_cents:i64, goal_leads_n,
--   goal_cost_cents:i64, owner_user_id, note, now_ms
UPDATE campaign SET code = :code, name = :name, channel = :channel, from_day = :from_day,
    to_day = :to_day, currency = :currency, budget_cents = :budget_cents,
    goal_leads_n = :goal_leads_n, goal_cost_cents = :goal_cost_cents,
    owner_user_id = :owner_user_id, note = :note, updated_ms = :now_ms,
    version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id;

-- name: campaign_set_archived
-- in: id, archived_ms, now_ms
UPDATE campaign SET archived_ms = :archived_ms, updated_ms = :now_ms, version_no = version_no + 1
WHERE workspace_id = :workspace_id AND id = :id;

-- name: campaign_member
-- in: user_id
-- one: n
SELECT COUNT(*) FROM membership m WHERE m.workspace_id = :workspace_id AND m.user_id = :user_id
    AND m.disabled_ms = 0;

-- name: campaign_people
-- Who may look after one: members who are not disabled.
-- in: limit
-- many: user_id, user_name
SELECT u.id, u.name FROM membership m JOIN app_user u ON u.id = m.user_id
WHERE m.workspace_id = :workspace_id AND m.disabled_ms = 0 ORDER BY u.name, u.id LIMIT :limit;

-- name: campaign_cost_list
-- in: campaign_id, limit
-- many: id, cost_kind, label, amount_cents:i64, from_day, to_day
SELECT id, cost_kind, label, amount_cents, from_day, to_day FROM campaign_cost
WHERE workspace_id = :workspace_id AND campaign_id = :campaign_id
ORDER BY from_day, id LIMIT :limit;

-- name: campaign_cost_add
-- in: campaign_id, id, cost_kind, label, amount_cents:i64, from_day, to_day, user_id, now_ms
INSERT INTO campaign_cost (workspace_id, campaign_id, id, cost_kind, label, amount_cents, from_day,
    to_day, user_id, created_ms)
VALUES (:workspace_id, :campaign_id, :id, :cost_kind, :label, :amount_cents, :from_day, :to_day,
    :user_id, :now_ms);

-- name: campaign_cost_set
-- in: campaign_id, id, cost_kind, label, amount_cents:i64, from_day, to_day
UPDATE campaign_cost SET cost_kind = :cost_kind, label = :label, amount_cents = :amount_cents,
    from_day = :from_day, to_day = :to_day
WHERE workspace_id = :workspace_id AND campaign_id = :campaign_id AND id = :id;

-- name: campaign_cost_delete
-- in: campaign_id, id
DELETE FROM campaign_cost
WHERE workspace_id = :workspace_id AND campaign_id = :campaign_id AND id = :id;

-- name: campaign_form_list
-- A campaign's forms.
-- in: campaign_id, limit
-- many: id, name
SELECT f.id, f.name
FROM campaign_form k JOIN form f ON f.workspace_id = k.workspace_id AND f.id = k.form_id
WHERE k.workspace_id = :workspace_id AND f.workspace_id = :workspace_id
    AND k.campaign_id = :campaign_id
ORDER BY f.name, f.id LIMIT :limit;

-- name: campaign_form_all
-- Every form that is not archived, with the campaign that it belongs to: what a choice offers.
-- in: limit
-- many: id, name, campaign_id
SELECT f.id, f.name, COALESCE((SELECT k.campaign_id FROM campaign_form k
        WHERE k.workspace_id = :workspace_id AND k.form_id = f.id), 0)
FROM form f WHERE f.workspace_id = :workspace_id AND f.form_state <> 2
ORDER BY f.name, f.id LIMIT :limit;

-- name: campaign_form_there
-- in: id
-- one: name
SELECT name FROM form WHERE workspace_id = :workspace_id AND id = :id;

-- name: campaign_form_put
-- in: form_id, campaign_id
INSERT INTO campaign_form (workspace_id, form_id, campaign_id)
VALUES (:workspace_id, :form_id, :campaign_id)
ON CONFLICT (workspace_id, form_id) DO UPDATE SET campaign_id = excluded.campaign_id;

-- name: campaign_form_drop
-- in: form_id
DELETE FROM campaign_form WHERE workspace_id = :workspace_id AND form_id = :form_id;

-- name: campaign_link_list
-- in: campaign_id, limit
-- many: id, code, name, source, form_id, form_name, form_slug, url, ended_ms, clicks_n
SELECT l.id, l.code, l.name, l.source, l.form_id,
    COALESCE((SELECT f.name FROM form f WHERE f.workspace_id = :workspace_id AND f.id = l.form_id), ''),
    COALESCE((SELECT f.slug FROM form f WHERE f.workspace_id = :workspace_id AND f.id = l.form_id), ''),
    l.url, l.ended_ms,
    (SELECT CAST(COALESCE(SUM(k.clicks_n), 0) AS BIGINT) FROM campaign_click k
        WHERE k.workspace_id = :workspace_id AND k.link_id = l.id)
FROM campaign_link l WHERE l.workspace_id = :workspace_id AND l.campaign_id = :campaign_id
ORDER BY l.id LIMIT :limit;

-- name: campaign_link_find
-- in: code
-- one: id, campaign_id, campaign_code, campaign_channel, source, form_slug, url, ended_ms
SELECT l.id, l.campaign_id, c.code, c.channel, l.source,
    COALESCE((SELECT f.slug FROM form f WHERE f.workspace_id = :workspace_id AND f.id = l.form_id), ''),
    l.url, l.ended_ms
FROM campaign_link l JOIN campaign c ON c.workspace_id = l.workspace_id AND c.id = l.campaign_id
WHERE l.workspace_id = :workspace_id AND c.workspace_id = :workspace_id AND l.code = :code;

-- name: campaign_link_add
-- in: id, campaign_id, code, name, source, form_id, url, now_ms
INSERT INTO campaign_link (workspace_id, id, campaign_id, code, name, source, form_id, url,
    ended_ms, created_ms)
VALUES (:workspace_id, :id, :campaign_id, :code, :name, :source, :form_id, :url, 0, :now_ms);

-- name: campaign_link_set
-- in: campaign_id, id, name, source, form_id, url
UPDATE campaign_link SET name = :name, source = :source, form_id = :form_id, url = :url
WHERE workspace_id = :workspace_id AND campaign_id = :campaign_id AND id = :id;

-- name: campaign_link_end
-- in: campaign_id, id, ended_ms
UPDATE campaign_link SET ended_ms = :ended_ms
WHERE workspace_id = :workspace_id AND campaign_id = :campaign_id AND id = :id;

-- name: campaign_click_add
-- in: link_id, day:i64, part_no
INSERT INTO campaign_click (workspace_id, link_id, day, part_no, clicks_n)
VALUES (:workspace_id, :link_id, :day, :part_no, 1)
ON CONFLICT (workspace_id, link_id, day, part_no)
DO UPDATE SET clicks_n = campaign_click.clicks_n + 1;

-- name: campaign_channel_list
-- One's own, with how many campaigns use each.
-- in: limit
-- many: id, label_de, label_en, medium
SELECT id, label_de, label_en, medium FROM campaign_channel
WHERE workspace_id = :workspace_id ORDER BY label_de, id LIMIT :limit;

-- name: campaign_channel_uses
-- many: channel, n
SELECT channel, COUNT(*) FROM campaign WHERE workspace_id = :workspace_id GROUP BY channel;

-- name: campaign_channel_add
-- in: id, label_de, label_en, medium, now_ms
INSERT INTO campaign_channel (workspace_id, id, label_de, label_en, medium, created_ms)
VALUES (:workspace_id, :id, :label_de, :label_en, :medium, :now_ms);

-- name: campaign_channel_set
-- in: id, label_de, label_en, medium
UPDATE campaign_channel SET label_de = :label_de, label_en = :label_en, medium = :medium
WHERE workspace_id = :workspace_id AND id = :id;

-- name: campaign_channel_delete
-- in: id
DELETE FROM campaign_channel WHERE workspace_id = :workspace_id AND id = :id;
