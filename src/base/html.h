/* base/html.h -- text into HTML. */
#pragma once

#include "base/buf.h"

/* Write `text` with & < > " ' as character references: safe in text and in a quoted attribute. */
void html_escape(struct buf *b, str text);
