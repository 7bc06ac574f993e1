#include "web/liquid_html.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_one_of(const char *name, const char *const *list, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (strcmp(name, list[i]) == 0) return true;
    return false;
}

/* Elements whose content is text alone: with character references, or without. */
static bool is_rcdata(const char *tag)
{
    return strcmp(tag, "title") == 0 || strcmp(tag, "textarea") == 0;
}

static bool is_rawtext(const char *tag)
{
    static const char *const tags[] = {"script",  "style",    "xmp",      "iframe",
                                       "noembed", "noframes", "plaintext"};
    return is_one_of(tag, tags, COUNTOF(tags));
}

static enum html_attr attr_kind(const char *name)
{
    static const char *const urls[] = {"href",           "src",      "action",     "formaction",
                                       "poster",         "cite",     "hx-get",     "hx-post",
                                       "hx-put",         "hx-patch", "hx-delete",  "hx-push-url",
                                       "background",     "data",     "longdesc",   "manifest",
                                       "hx-replace-url", "ping",     "xlink:href", "codebase"};
    static const char *const code[] = {"style", "srcdoc", "srcset", "imagesrcset", "hx-vars"};
    bool event = strncmp(name, "on", 2) == 0 || strncmp(name, "hx-on", 5) == 0 ||
                 strncmp(name, "data-hx-on", 10) == 0;
    if (event || is_one_of(name, code, COUNTOF(code))) return ATTR_CODE;
    if (strncmp(name, "data-hx-", 8) == 0) name += 5; /* htmx reads both spellings */
    return is_one_of(name, urls, COUNTOF(urls)) ? ATTR_URL : ATTR_PLAIN;
}

static void add(char *text, int size, int *len, char c)
{
    if (*len + 1 < size) {
        text[(*len)++] = lower(c);
        text[*len] = '\0';
    }
}

static void begin_tag(struct html_state *s, bool end, char c)
{
    s->at = AT_TAG_NAME;
    s->end_tag = end;
    s->tag_len = 0;
    add(s->tag, HTML_TAG_BYTES, &s->tag_len, c);
}

static void end_tag(struct html_state *s)
{
    s->at = AT_TEXT;
    if (!s->end_tag && (is_rcdata(s->tag) || is_rawtext(s->tag))) s->at = AT_RAW;
}

static const char *read_text(struct html_state *s, char c)
{
    switch ((int)s->at) {
    case AT_TEXT:
        if (c == '<') s->at = AT_TAG_OPEN;
        break;
    case AT_TAG_OPEN:
        if (c == '!') {
            s->at = AT_DECLARE;
        } else if (c == '/') {
            s->at = AT_END_OPEN;
        } else if (c == '?') {
            s->at = AT_BOGUS;
        } else if (is_letter(c)) {
            begin_tag(s, false, c);
        } else if (c != '<') {
            s->at = AT_TEXT;
        }
        break;
    case AT_END_OPEN:
        if (!is_letter(c)) return "\"</\" without a name";
        begin_tag(s, true, c);
        break;
    case AT_DECLARE:
        s->at = c == '-' ? AT_DECLARE_DASH : c == '>' ? AT_TEXT : AT_BOGUS;
        break;
    case AT_DECLARE_DASH:
        if (c != '-') return "a comment has to begin with \"<!--\"";
        s->at = AT_COMMENT;
        s->dashes = 2;
        break;
    case AT_BOGUS:
        if (c == '>') s->at = AT_TEXT;
        break;
    case AT_COMMENT:
        if (c == '>' && s->dashes >= 2) s->at = AT_TEXT;
        if (c == '!' && s->dashes >= 2) return "\"--!\" within a comment";
        s->dashes = c == '-' ? s->dashes + 1 : 0;
        break;
    default:
        break;
    }
    return NULL;
}

static const char *read_raw(struct html_state *s, char c)
{
    if (s->at == AT_RAW) {
        if (c == '<') s->at = AT_RAW_OPEN;
        return NULL;
    }
    if (s->at == AT_RAW_OPEN) {
        if (c == '!' && strcmp(s->tag, "script") == 0) return "\"<!\" within <script>";
        if (is_letter(c) && is_rcdata(s->tag)) return "a tag within <title> or <textarea>";
        s->at = c == '/' ? AT_RAW_END : c == '<' ? AT_RAW_OPEN : AT_RAW;
        s->matched = 0;
        return NULL;
    }
    if (s->matched < s->tag_len && lower(c) == s->tag[s->matched]) {
        s->matched++;
        return NULL;
    }
    bool whole = s->matched == s->tag_len && (c == '>' || c == '/' || is_space(c));
    if (!whole) {
        s->at = c == '<' ? AT_RAW_OPEN : AT_RAW;
        return NULL;
    }
    s->end_tag = true;
    s->at = c == '>' ? AT_TEXT : AT_BEFORE_NAME;
    return NULL;
}

static const char *begin_name(struct html_state *s, char c)
{
    if (c == '"' || c == '\'' || c == '<' || c == '=')
        return "a tag is malformed: a quote, \"<\" or \"=\" where an attribute should begin";
    s->at = AT_NAME;
    s->name_len = 0;
    add(s->name, HTML_NAME_BYTES, &s->name_len, c);
    return NULL;
}

/* Between names and values; c is neither white space nor the end of the tag where that matters. */
static const char *read_tag(struct html_state *s, char c)
{
    bool value = s->at == AT_BEFORE_VALUE;
    if (value && is_space(c)) return NULL;
    if (value && (c == '>' || c == '<' || c == '=' || c == '`')) return "an attribute has no value";
    if (value) {
        bool quoted = c == '"' || c == '\'';
        s->at = quoted ? AT_QUOTED : AT_UNQUOTED;
        s->quote = c;
        s->attr = attr_kind(s->name);
        s->url = URL_START;
        s->ampersand = false;
        s->name_len = 0;
        s->name[0] = '\0';
        return NULL;
    }
    if (c == '>') {
        end_tag(s);
        return NULL;
    }
    if (is_space(c) || (c == '/' && s->at != AT_UNQUOTED)) {
        bool name = (s->at == AT_NAME || s->at == AT_AFTER_NAME) && c != '/';
        s->at = name ? AT_AFTER_NAME : AT_BEFORE_NAME;
        return NULL;
    }
    switch ((int)s->at) {
    case AT_TAG_NAME:
        add(s->tag, HTML_TAG_BYTES, &s->tag_len, c);
        return NULL;
    case AT_NAME:
        if (c == '=') {
            s->at = AT_BEFORE_VALUE;
            return NULL;
        }
        if (c == '"' || c == '\'' || c == '<') return "a quote or \"<\" in an attribute's name";
        add(s->name, HTML_NAME_BYTES, &s->name_len, c);
        return NULL;
    case AT_AFTER_NAME:
        if (c != '=') return begin_name(s, c);
        s->at = AT_BEFORE_VALUE;
        return NULL;
    case AT_UNQUOTED:
        return c == '"' || c == '\'' || c == '<' || c == '=' || c == '`'
                   ? "a quote, \"<\" or \"=\" in an unquoted value"
                   : NULL;
    case AT_AFTER_VALUE:
        return "white space is missing before an attribute";
    default:
        return begin_name(s, c);
    }
}

static bool good_scheme(const char *scheme)
{
    static const char *const schemes[] = {"http", "https", "mailto", "tel"};
    return is_one_of(scheme, schemes, COUNTOF(schemes));
}

/* Text in a URL attribute: does it settle the scheme? "&" does not, it may hide a ":". */
static const char *read_url(struct html_state *s, char c)
{
    if (s->url == URL_DECIDED || s->url == URL_BAD) return NULL;
    bool reference = s->ampersand && c == '#'; /* "&#58;" is a ":", not a fragment */
    s->ampersand = c == '&';
    if (c == ':') {
        if (s->url == URL_OPEN) return "the scheme of an address may not come from a value";
        s->url = good_scheme(s->name) ? URL_DECIDED : URL_BAD;
        return NULL;
    }
    bool part = is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-' ||
                c == '&' || c == ';' || (unsigned char)c <= ' ';
    if (!part && !reference) {
        s->url = URL_DECIDED;
        return NULL;
    }
    if (s->url == URL_START) s->url = URL_LITERAL;
    add(s->name, HTML_NAME_BYTES, &s->name_len, c);
    return NULL;
}

static const char *read_char(struct html_state *s, char c)
{
    switch (s->at) {
    case AT_QUOTED:
        if (c == s->quote) {
            s->at = AT_AFTER_VALUE;
            return NULL;
        }
        return s->attr == ATTR_URL ? read_url(s, c) : NULL;
    case AT_RAW:
    case AT_RAW_OPEN:
    case AT_RAW_END:
        return read_raw(s, c);
    case AT_TAG_NAME:
    case AT_BEFORE_NAME:
    case AT_NAME:
    case AT_AFTER_NAME:
    case AT_BEFORE_VALUE:
    case AT_UNQUOTED:
    case AT_AFTER_VALUE:
        return read_tag(s, c);
    case AT_TEXT:
    case AT_TAG_OPEN:
    case AT_END_OPEN:
    case AT_DECLARE:
    case AT_DECLARE_DASH:
    case AT_BOGUS:
    case AT_COMMENT:
        return read_text(s, c);
    }
    return NULL;
}

const char *html_read(struct html_state *s, str text, int *line)
{
    for (ptrdiff_t i = 0; i < text.len; i++) {
        const char *wrong = read_char(s, text.ptr[i]);
        if (wrong != NULL) return wrong;
        if (text.ptr[i] == '\n') (*line)++;
    }
    return NULL;
}

static const char *output_in_url(struct html_state *s, enum out_context *context)
{
    switch (s->url) {
    case URL_START:
        *context = OUT_URL;
        s->url = URL_OPEN;
        return NULL;
    case URL_LITERAL:
    case URL_OPEN:
        *context = OUT_URL_MORE;
        s->url = URL_OPEN;
        return NULL;
    case URL_DECIDED:
        *context = OUT_QUOTED;
        return NULL;
    case URL_BAD:
        return "a value behind a scheme other than http, https, mailto and tel";
    }
    return NULL;
}

const char *html_output(struct html_state *s, enum out_context *context)
{
    switch (s->at) {
    case AT_TEXT:
        *context = OUT_TEXT;
        return NULL;
    case AT_RAW:
        if (!is_rcdata(s->tag)) return "a value within <script>, <style> or the like";
        *context = OUT_QUOTED;
        return NULL;
    case AT_QUOTED:
        if (s->attr == ATTR_CODE) return "a value in a style, event or srcset attribute";
        if (s->attr == ATTR_URL) return output_in_url(s, context);
        *context = OUT_QUOTED;
        return NULL;
    case AT_BEFORE_VALUE:
    case AT_UNQUOTED:
        return "a value in an attribute without quotes";
    case AT_COMMENT:
    case AT_DECLARE:
    case AT_DECLARE_DASH:
    case AT_BOGUS:
        return "a value within an HTML comment or declaration";
    case AT_TAG_OPEN:
    case AT_END_OPEN:
    case AT_RAW_OPEN:
    case AT_RAW_END:
        return "a value directly behind \"<\"";
    case AT_TAG_NAME:
    case AT_BEFORE_NAME:
    case AT_NAME:
    case AT_AFTER_NAME:
    case AT_AFTER_VALUE:
        return "a value within a tag, outside of a quoted attribute";
    }
    return NULL;
}

const char *html_branch(struct html_state *s)
{
    switch (s->at) {
    case AT_TAG_OPEN:
    case AT_END_OPEN:
    case AT_DECLARE:
    case AT_DECLARE_DASH:
    case AT_RAW_OPEN:
    case AT_RAW_END:
        return "a branch begins or ends directly behind \"<\"";
    case AT_BEFORE_VALUE:
        return "a branch begins or ends between an attribute's name and value";
    case AT_TAG_NAME:
    case AT_NAME:
    case AT_UNQUOTED:
    case AT_AFTER_VALUE:
        s->at = AT_AFTER_VALUE;
        break;
    case AT_AFTER_NAME:
        s->at = AT_BEFORE_NAME;
        break;
    case AT_QUOTED:
        if (s->attr == ATTR_URL && s->url == URL_LITERAL) s->url = URL_OPEN;
        break;
    case AT_TEXT:
    case AT_BOGUS:
    case AT_COMMENT:
    case AT_BEFORE_NAME:
    case AT_RAW:
        break;
    }
    s->dashes = 0;
    s->matched = 0;
    return NULL;
}

static bool in_tag(const struct html_state *s)
{
    return s->at == AT_BEFORE_NAME || s->at == AT_AFTER_VALUE;
}

bool html_same(const struct html_state *a, const struct html_state *b)
{
    if (a->at != b->at) return false;
    if (a->at == AT_TEXT || a->at == AT_COMMENT || a->at == AT_BOGUS) return true;
    if (strcmp(a->tag, b->tag) != 0 || a->end_tag != b->end_tag) return false;
    if (a->at != AT_QUOTED) return true;
    return a->quote == b->quote && a->attr == b->attr && (a->attr != ATTR_URL || a->url == b->url);
}

bool html_merge(struct html_state *s, const struct html_state *other)
{
    struct html_state to = *s, from = *other;
    if (in_tag(&to) && in_tag(&from) && to.at != from.at) to.at = from.at = AT_AFTER_VALUE;
    if (to.at == AT_QUOTED && from.at == AT_QUOTED && to.url != from.url) {
        bool bad = to.url == URL_BAD || from.url == URL_BAD;
        to.url = from.url = bad ? URL_BAD : URL_OPEN;
    }
    if (!html_same(&to, &from)) return false;
    *s = to;
    return true;
}

const char *html_place(const struct html_state *s)
{
    switch (s->at) {
    case AT_TEXT:
        return "between tags";
    case AT_QUOTED:
        return "in an attribute's value";
    case AT_RAW:
    case AT_RAW_OPEN:
    case AT_RAW_END:
        return "in a <script>, <style>, <title> or <textarea>";
    case AT_COMMENT:
    case AT_BOGUS:
        return "in a comment";
    case AT_TAG_OPEN:
    case AT_END_OPEN:
    case AT_DECLARE:
    case AT_DECLARE_DASH:
        return "directly behind \"<\"";
    case AT_TAG_NAME:
    case AT_BEFORE_NAME:
    case AT_NAME:
    case AT_AFTER_NAME:
    case AT_BEFORE_VALUE:
    case AT_UNQUOTED:
    case AT_AFTER_VALUE:
        return "inside of a tag";
    }
    return "";
}
