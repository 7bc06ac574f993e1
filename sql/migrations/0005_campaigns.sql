-- Campaigns: what was done to win leads, what it cost, and through which links people came.

CREATE TABLE campaign (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    code TEXT NOT NULL,            -- as utm_campaign has it: 'messe-2026'
    name TEXT NOT NULL,
    channel TEXT NOT NULL,         -- a seed's key ('fair'), or the id of one's own ('ch_…')
    from_day BIGINT NOT NULL,      -- days since 1970, both included
    to_day BIGINT NOT NULL,        -- 0: no end
    currency TEXT NOT NULL,        -- 'EUR', 'CHF'
    budget_cents BIGINT NOT NULL,  -- 0: none
    goal_leads_n BIGINT NOT NULL,  -- 0: none
    goal_cost_cents BIGINT NOT NULL, -- for one lead; 0: none
    owner_user_id BIGINT NOT NULL, -- 0: nobody
    note TEXT NOT NULL,
    archived_ms BIGINT NOT NULL,   -- 0: not archived
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    version_no BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, code)
);

-- Channels of one's own, beside the seeds that every workspace has.
CREATE TABLE campaign_channel (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    label_de TEXT NOT NULL,
    label_en TEXT NOT NULL,
    medium TEXT NOT NULL,          -- its links' utm_medium
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE campaign_cost (
    workspace_id BIGINT NOT NULL,
    campaign_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    cost_kind BIGINT NOT NULL,     -- enum cost_kind
    label TEXT NOT NULL,
    amount_cents BIGINT NOT NULL,  -- in the campaign's currency; below 0: a refund
    from_day BIGINT NOT NULL,      -- what it was spent for, both included
    to_day BIGINT NOT NULL,
    user_id BIGINT NOT NULL,       -- who wrote it down
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, id)
);

-- Which campaign a form's leads belong to, where no link says otherwise.
CREATE TABLE campaign_form (
    workspace_id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    campaign_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, form_id)
);
CREATE INDEX campaign_form_of ON campaign_form (workspace_id, campaign_id);

-- Addresses that are short, counted, and lead where was written down before.
CREATE TABLE campaign_link (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    campaign_id BIGINT NOT NULL,
    code TEXT NOT NULL,            -- of /l/{code}
    name TEXT NOT NULL,
    source TEXT NOT NULL,          -- utm_source
    form_id BIGINT NOT NULL,       -- 0: to the url
    url TEXT NOT NULL,             -- https, outside; empty: to the form
    ended_ms BIGINT NOT NULL,      -- 0: leads on
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, code)
);
CREATE INDEX campaign_link_of ON campaign_link (workspace_id, campaign_id, id);

-- How often, a day; in several rows, so that many clicks at once do not wait for each other.
CREATE TABLE campaign_click (
    workspace_id BIGINT NOT NULL,
    link_id BIGINT NOT NULL,
    day BIGINT NOT NULL,           -- days since 1970 on the workspace's clock
    part_no BIGINT NOT NULL,
    clicks_n BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, link_id, day, part_no)
);
