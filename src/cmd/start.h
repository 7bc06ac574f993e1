/* cmd/start.h -- the data folder, its lock, keys and database: what every command stands on. */
#pragma once

#include "cmd/options.h"

/* Open everything but sockets: folder (made if missing), lock, key ring, database (migrated),
 * templates and sentences, the first workspace. Memory from `a`, which outlives the app. False:
 * *why says what is wrong and what to do. */
MUST_USE bool app_open(struct app *app, arena *a, const struct options *options, str *why);
/* Close the database and let go of the folder. */
void app_close(struct app *app);
/* Is a server running on the folder? (Its lock is held by another process.) */
bool app_folder_busy(const struct options *options);
/* What cx->err says, for an operator: the detail if there is one, else the English sentence. */
str operator_sentence(struct ctx *cx);
