/* base/log.h -- one line a happening, logfmt, on stderr.
 *
 *     ts=2026-03-12T10:41:08.123Z level=info event=http.request route=/f/{form} status=303
 *
 * Ids and route patterns only: no address, name or token belongs into a line.
 */
#pragma once

#include "base/str.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

enum { LOG_VALUE_BYTES = 400, LOG_LINE_BYTES = 2048 };

/* A value that fits a line: quoted where needed, cut where too long. */
struct log_text {
    char text[LOG_VALUE_BYTES];
};

/* Write one line with one write(2), so that lines of threads do not mix. `format` (printf) gives
 * pairs: log_line(LOG_LEVEL_WARN, "mail.refused", "relay=%s", log_str(host).text). What does not
 * fit in LOG_LINE_BYTES is cut. `format` may be "". */
void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of a pair: as it is, or in quotes if it is empty or holds a space, quote, "=",
 * control character or a byte that is not UTF-8 (escaped). Use `.text` in the same expression. */
struct log_text log_str(str value);
