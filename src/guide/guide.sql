-- What is remembered of a person's way about the admin.

-- name: guide_tour_set
-- With the end of the tour whatever is in this version counts as told.
-- scope: system
-- in: user_id, tour_n, news
UPDATE app_user SET tour_n = :tour_n,
    news_seen = CASE WHEN news_seen = '' THEN :news ELSE news_seen END
WHERE id = :user_id;

-- name: guide_keys_set
-- scope: system
-- in: user_id, keys_n
UPDATE app_user SET keys_n = :keys_n WHERE id = :user_id;

-- name: guide_news_get
-- scope: system
-- in: user_id
-- one: news_seen
SELECT news_seen FROM app_user WHERE id = :user_id;

-- name: guide_news_set
-- scope: system
-- in: user_id, news
UPDATE app_user SET news_seen = :news WHERE id = :user_id;
