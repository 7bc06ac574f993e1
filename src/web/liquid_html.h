/* web/liquid_html.h -- where in a page a byte of a template stands: HTML's tokenizer, strict.
 *
 * The state is carried over literal text; what a browser would forgive (a quote in an attribute
 * name, an unquoted "=") is a fault here, so that page and tracker cannot disagree.
 * Source: WHATWG HTML, section 13.2.5 (tokenization).
 */
#pragma once

#include "web/liquid_ast.h"

enum html_at {
    AT_TEXT,
    AT_TAG_OPEN, /* behind "<" */
    AT_END_OPEN, /* behind "</" */
    AT_DECLARE,  /* behind "<!" */
    AT_DECLARE_DASH,
    AT_BOGUS, /* a declaration, up to ">" */
    AT_COMMENT,
    AT_TAG_NAME,
    AT_BEFORE_NAME, /* in a tag, between attributes */
    AT_NAME,        /* in an attribute's name */
    AT_AFTER_NAME,
    AT_BEFORE_VALUE,
    AT_QUOTED,
    AT_UNQUOTED,
    AT_AFTER_VALUE, /* white space, "/" or ">" has to follow; also where branches met */
    AT_RAW,         /* in <script>, <style>, <title>, <textarea> … */
    AT_RAW_OPEN,    /* there behind "<" */
    AT_RAW_END,     /* there behind "</", in the name */
};

enum html_attr { ATTR_PLAIN, ATTR_URL, ATTR_CODE };

/* How much of a URL attribute's scheme is known. */
enum html_url {
    URL_START,   /* nothing stands yet */
    URL_LITERAL, /* literal text that may become a scheme */
    URL_OPEN,    /* a value stands there, alone or with text */
    URL_DECIDED, /* a good scheme, or none */
    URL_BAD,     /* a scheme that may not be followed by values */
};

enum { HTML_TAG_BYTES = 12, HTML_NAME_BYTES = 24 };

struct html_state {
    enum html_at at;
    enum html_attr attr;
    enum html_url url;
    char quote;
    bool end_tag;
    bool ampersand;             /* the last byte of a URL */
    char tag[HTML_TAG_BYTES];   /* lower case, NUL-terminated; longer ones are cut */
    char name[HTML_NAME_BYTES]; /* of the attribute; later a URL's scheme */
    int tag_len, name_len, matched, dashes;
};

/* Read text. NULL, or what is wrong; *line grows with the lines read. */
const char *html_read(struct html_state *s, str text, int *line);
/* A value is written here. NULL and *context, or what is wrong. */
const char *html_output(struct html_state *s, enum out_context *context);
/* Make ready for a branch or its end. NULL, or what is wrong. */
const char *html_branch(struct html_state *s);
/* Two branches meet; false if they stand in different places. Both went through html_branch. */
bool html_merge(struct html_state *s, const struct html_state *other);
bool html_same(const struct html_state *a, const struct html_state *b);
/* "between tags", "inside of a tag" … */
const char *html_place(const struct html_state *s);
