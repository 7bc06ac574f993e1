#include "base/html.h"

static str reference(char c)
{
    switch (c) {
    case '&':
        return S("&amp;");
    case '<':
        return S("&lt;");
    case '>':
        return S("&gt;");
    case '"':
        return S("&quot;");
    case '\'':
        return S("&#39;");
    default:
        return (str){0};
    }
}

void html_escape(struct buf *b, str text)
{
    ptrdiff_t from = 0; /* everything before it is written */
    for (ptrdiff_t i = 0; i < text.len; i++) {
        str escaped = reference(text.ptr[i]);
        if (escaped.ptr == NULL) continue;
        buf_put(b, str_slice(text, from, i));
        buf_put(b, escaped);
        from = i + 1;
    }
    buf_put(b, str_slice(text, from, text.len));
}
