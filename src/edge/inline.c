#include "edge/inline.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "web/embedded.h"

/* What people write stands in a page escaped, and Liquid takes no comments with values: nobody can
 * put the mark there but the layout. */
#define MARK S("<!--look-->")

static str file(const char *path)
{
    const struct embedded_file *f = embedded_find(str_of(path));
    return f == NULL ? S("") : (str){(const char *)f->bytes, f->len};
}

static str hash_source(arena *a, str text)
{
    uint8_t hash[32];
    crypto_sha256(text, hash);
    return str_printf(a, "'sha256-%.*s'",
                      STR_ARG(base64_encode(a, (str){(const char *)hash, sizeof hash})));
}

struct inlined *inlined_new(arena *a)
{
    struct inlined *inlined = NEW(a, struct inlined, 1);
    str style = file("ui/dist/public.css"), script = file("ui/dist/public.js");
    /* A module runs when the page is there, as `defer` does for files. */
    str text = str_printf(a, "<style>%.*s</style><script type=\"module\">%.*s</script>",
                          STR_ARG(style), STR_ARG(script));
    assert(str_find(script, S("</script")) < 0 && str_find(style, S("</style")) < 0);
    inlined->part = gzip_part_make(a, text);
    inlined->style = hash_source(a, style);
    inlined->script = hash_source(a, script);
    return inlined;
}

/* A value may not stand behind "data:" in a template; the bytes are ours. */
static str logo_put(arena *a, str html, struct value shell)
{
    str url = value_str(value_at(shell, S("workspace.logo_url")));
    str data = value_str(value_at(shell, S("workspace.logo_data")));
    if (data.len == 0) return html;
    str image = str_printf(a, "<img class=\"logo\" src=\"%.*s\"", STR_ARG(url));
    return str_replace(a, html, image,
                       str_printf(a, "<img class=\"logo\" src=\"data:%.*s\"", STR_ARG(data)));
}

void inlined_put(arena *a, const struct inlined *inlined, str html, struct value shell,
                 struct inlined_page *out)
{
    str own = value_str(value_get(shell, S("brand_css")));
    ptrdiff_t at = inlined == NULL ? -1 : str_find(html, MARK);
    *out = (struct inlined_page){.after = html};
    if (at < 0) return;
    *out =
        (struct inlined_page){.before = str_slice(html, 0, at),
                              .after = logo_put(a, str_slice(html, at + MARK.len, html.len), shell),
                              .part = &inlined->part,
                              .script = inlined->script,
                              .style = inlined->style};
    /* What could end the element early would be our own mistake; then it goes without. */
    if (own.len == 0 || str_find(own, S("</")) >= 0) return;
    struct buf b = buf_new(a, own.len + out->after.len + 100);
    buf_put(&b, S("<style>"));
    buf_put(&b, own);
    buf_put(&b, S("</style>"));
    buf_put(&b, out->after);
    out->after = buf_str(&b);
    out->style = str_printf(a, "%.*s %.*s", STR_ARG(inlined->style), STR_ARG(hash_source(a, own)));
}
