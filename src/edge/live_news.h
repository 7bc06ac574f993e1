/* edge/live_news.h -- what changes at one node reaches the pages that are open at another.
 *
 * Once a second a node writes which workspaces changed (table `news`: a row a node and workspace,
 * however often it changes), and reads what others wrote, if anybody listens. What is compared
 * are version numbers, which grow with each node, and never times: clocks that differ lose
 * nothing. Where the database is this process's alone, nothing is done at all.
 *
 * Not NOTIFY: docs/adr/0013.
 */
#pragma once

#include "jobs/jobs.h"

struct live;
struct live_news;
struct node;

enum { LIVE_NEWS_MS = 1000, LIVE_NEWS_KEPT_MS = 86400000 };

/* What has been heard from whom; lives in `a`. */
struct live_news *live_news_new(arena *a, struct live *live, const struct node *node);
/* Tell others what changed here since the last call. */
MUST_USE bool live_news_tell(struct ctx *cx, struct live_news *news);
/* Hear what changed at others since the last call. */
MUST_USE bool live_news_hear(struct ctx *cx, struct live_news *news);
/* Job: both; nothing is asked while nobody listens. */
MUST_USE bool live_news_run(struct ctx *cx, const struct job *job);
/* Forget what everybody has heard long ago. */
MUST_USE bool live_news_forget(struct ctx *cx);
/* Job: the same, where the database is shared. */
MUST_USE bool live_news_purge_run(struct ctx *cx, const struct job *job);
