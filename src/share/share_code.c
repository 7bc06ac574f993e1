/* The codes to copy. What people have written is escaped here; the page that shows a code escapes
 * the whole again. */
#include "share/share_rules.h"

#include "base/buf.h"

enum { CODE_BYTES = 256 << 10 };

static const char *const kinds[SHARE_KIND__COUNT] = {"inline", "popup", "slide", "bar"};

const char *share_kind_name(enum share_kind kind)
{
    return kinds[kind];
}

enum share_kind share_kind_of(str name)
{
    for (int i = 0; i < SHARE_KIND__COUNT; i++)
        if (str_eq(name, str_of(kinds[i]))) return (enum share_kind)i;
    return SHARE_INLINE;
}

str share_escape(arena *a, str text)
{
    struct buf b = buf_new(a, text.len * 6 + 1);
    for (ptrdiff_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '&')
            buf_put(&b, S("&amp;"));
        else if (c == '<')
            buf_put(&b, S("&lt;"));
        else if (c == '>')
            buf_put(&b, S("&gt;"));
        else if (c == '"')
            buf_put(&b, S("&quot;"));
        else if (c == '\'')
            buf_put(&b, S("&#39;"));
        else
            buf_char(&b, c);
    }
    return text.len > 0 ? buf_str(&b) : S("");
}

/* The tree's text under `key`, escaped. */
static str text_of(arena *a, struct value map, const char *key)
{
    str s = value_str(value_get(map, str_of(key)));
    return share_escape(a, s.ptr == NULL ? S("") : s);
}

static bool is_set(struct value map, const char *key)
{
    struct value v = value_get(map, str_of(key));
    return v.type == VALUE_BOOL && v.as.boolean;
}

/* A question under a condition stands here without it. */
static const char *required_of(struct value f)
{
    return is_set(f, "required") && value_get(f, S("when")).type != VALUE_TEXT ? " required" : "";
}

static void put_rules(struct buf *b, arena *a, const struct share_look *look)
{
    if (look->kind == SHARE_INLINE) return;
    buf_printf(b, " data-as=\"%s\"", kinds[look->kind]);
    if (look->after_s >= 0) buf_printf(b, " data-after=\"%d\"", look->after_s);
    if (look->scroll_pct >= 0) buf_printf(b, " data-scroll=\"%d\"", look->scroll_pct);
    if (look->exit) buf_put(b, S(" data-exit"));
    if (look->once) buf_put(b, S(" data-once"));
    if (look->kind != SHARE_BAR) return;
    if (look->colour.len > 0)
        buf_printf(b, " data-colour=\"%.*s\"", STR_ARG(share_escape(a, look->colour)));
    if (look->text.len > 0)
        buf_printf(b, " data-text=\"%.*s\"", STR_ARG(share_escape(a, look->text)));
    if (look->button.len > 0)
        buf_printf(b, " data-button=\"%.*s\"", STR_ARG(share_escape(a, look->button)));
}

str share_code_script(arena *a, struct value form, str url, str base_url,
                      const struct share_look *look)
{
    struct buf b = buf_new(a, CODE_BYTES);
    str address = share_escape(a, url), title = text_of(a, form, "title");
    buf_printf(&b, "<script src=\"%.*s/embed.js\" async></script>\n",
               STR_ARG(share_escape(a, base_url)));
    buf_printf(&b, "<zulauf-form src=\"%.*s\" lang=\"%.*s\" data-title=\"%.*s\"", STR_ARG(address),
               STR_ARG(text_of(a, form, "language")), STR_ARG(title));
    put_rules(&b, a, look);
    /* Where no script runs, a link stands in its place. */
    buf_printf(&b, "><a href=\"%.*s\">%.*s</a></zulauf-form>", STR_ARG(address), STR_ARG(title));
    return buf_str(&b);
}

str share_code_frame(arena *a, struct value form, str url, str base_url)
{
    str query = str_find_char(url, '?') < 0 ? S("?embed=light") : S("&embed=light");
    return str_printf(
        a,
        "<iframe src=\"%.*s\" data-zulauf title=\"%.*s\" width=\"100%%\" height=\"720\" "
        "frameborder=\"0\"></iframe>\n<script src=\"%.*s/embed.js\" async></script>",
        STR_ARG(share_escape(a, str_printf(a, "%.*s%.*s", STR_ARG(url), STR_ARG(query)))),
        STR_ARG(text_of(a, form, "title")), STR_ARG(share_escape(a, base_url)));
}

/* --- plain HTML --- */

static void put_choices(struct buf *b, arena *a, struct value f, str name, str id)
{
    struct value options = value_get(f, S("options"));
    buf_printf(b, "  <fieldset>\n    <legend>%.*s</legend>\n", STR_ARG(text_of(a, f, "label")));
    for (ptrdiff_t i = 0; i < value_count(options); i++) {
        struct value o = options.as.list->item[i];
        buf_printf(b,
                   "    <p><input type=\"checkbox\" id=\"%.*s-%td\" name=\"%.*s\" value=\"%.*s\"> "
                   "<label for=\"%.*s-%td\">%.*s</label></p>\n",
                   STR_ARG(id), i + 1, STR_ARG(name), STR_ARG(text_of(a, o, "value")), STR_ARG(id),
                   i + 1, STR_ARG(text_of(a, o, "label")));
    }
    buf_put(b, S("  </fieldset>\n"));
}

static void put_select(struct buf *b, arena *a, struct value f, str name, str id)
{
    struct value options = value_get(f, S("options"));
    buf_printf(b, "<select id=\"%.*s\" name=\"%.*s\"%s>\n      <option value=\"\"></option>\n",
               STR_ARG(id), STR_ARG(name), required_of(f));
    for (ptrdiff_t i = 0; i < value_count(options); i++) {
        struct value o = options.as.list->item[i];
        buf_printf(b, "      <option value=\"%.*s\">%.*s</option>\n",
                   STR_ARG(text_of(a, o, "value")), STR_ARG(text_of(a, o, "label")));
    }
    buf_put(b, S("    </select>"));
}

/* What browsers know as a type of input. */
static str input_type(str type)
{
    static const char *const known[] = {"email", "tel", "date"};
    for (ptrdiff_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(type, str_of(known[i]))) return type;
    return S("text");
}

static void put_field(struct buf *b, arena *a, struct value f)
{
    str name = text_of(a, f, "key"), type = value_str(value_get(f, S("type")));
    str id = str_printf(a, "zulauf-%.*s", STR_ARG(name)), label = text_of(a, f, "label");
    str complete = text_of(a, f, "autocomplete");
    const char *required = required_of(f);
    if (str_eq(type, S("choices"))) {
        put_choices(b, a, f, name, id);
        return;
    }
    if (str_eq(type, S("checkbox"))) {
        buf_printf(
            b,
            "  <p><input type=\"checkbox\" id=\"%.*s\" name=\"%.*s\" value=\"yes\"%s> <label "
            "for=\"%.*s\">%.*s</label></p>\n",
            STR_ARG(id), STR_ARG(name), required, STR_ARG(id), STR_ARG(label));
        return;
    }
    buf_printf(b, "  <p><label for=\"%.*s\">%.*s</label><br>\n    ", STR_ARG(id), STR_ARG(label));
    if (str_eq(type, S("select"))) {
        put_select(b, a, f, name, id);
    } else if (str_eq(type, S("file"))) {
        buf_printf(b, "<input id=\"%.*s\" name=\"%.*s\" type=\"file\" accept=\"%.*s\"%s>",
                   STR_ARG(id), STR_ARG(name), STR_ARG(text_of(a, f, "accept")), required);
    } else if (str_eq(type, S("textarea"))) {
        buf_printf(b, "<textarea id=\"%.*s\" name=\"%.*s\" rows=\"5\"%s></textarea>", STR_ARG(id),
                   STR_ARG(name), required);
    } else {
        buf_printf(b, "<input id=\"%.*s\" name=\"%.*s\" type=\"%.*s\"", STR_ARG(id), STR_ARG(name),
                   STR_ARG(input_type(type)));
        if (complete.len > 0) buf_printf(b, " autocomplete=\"%.*s\"", STR_ARG(complete));
        buf_printf(b, "%s>", required);
    }
    buf_put(b, S("</p>\n"));
}

static void put_consent(struct buf *b, arena *a, struct value c)
{
    str name = text_of(a, c, "name");
    buf_printf(b,
               "  <p><input type=\"checkbox\" id=\"zulauf-%.*s\" name=\"%.*s\" value=\"yes\"%s> "
               "<label for=\"zulauf-%.*s\">%.*s</label></p>\n",
               STR_ARG(name), STR_ARG(name), is_set(c, "required") ? " required" : "",
               STR_ARG(name), STR_ARG(text_of(a, c, "text")));
}

str share_code_html(arena *a, struct value form, str url)
{
    struct buf b = buf_new(a, CODE_BYTES);
    struct value fields = value_get(form, S("fields")), hidden = value_get(form, S("hidden")),
                 consents = value_get(form, S("consents"));
    buf_printf(&b, "<form action=\"%.*s\" method=\"post\"%s accept-charset=\"utf-8\">\n",
               STR_ARG(share_escape(a, url)),
               is_set(form, "has_files") ? " enctype=\"multipart/form-data\"" : "");
    for (ptrdiff_t i = 0; i < value_count(fields); i++) put_field(&b, a, fields.as.list->item[i]);
    for (ptrdiff_t i = 0; i < value_count(hidden); i++) {
        struct value f = hidden.as.list->item[i];
        buf_printf(&b, "  <input type=\"hidden\" name=\"%.*s\" value=\"%.*s\">\n",
                   STR_ARG(text_of(a, f, "key")), STR_ARG(text_of(a, f, "value")));
    }
    for (ptrdiff_t i = 0; i < value_count(consents); i++)
        put_consent(&b, a, consents.as.list->item[i]);
    /* Which texts stand here: they stay as they are while the form goes on. */
    if (value_str(value_get(form, S("version"))).len > 0)
        buf_printf(&b, "  <input type=\"hidden\" name=\"_version\" value=\"%.*s\">\n",
                   STR_ARG(text_of(a, form, "version")));
    /* As on our own page: people do not see it, so that whoever fills it in is none. */
    buf_put(&b, S("  <p hidden><input name=\"your-subject\" tabindex=\"-1\" "
                  "autocomplete=\"off\"></p>\n"));
    buf_printf(&b, "  <p><button type=\"submit\">%.*s</button></p>\n</form>",
               STR_ARG(text_of(a, form, "submit_label")));
    return buf_str(&b);
}
