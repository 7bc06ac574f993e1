/* web/liquid_ast.h -- what the parts of the Liquid engine share; nobody else includes it.
 *
 * lex cuts a source into pieces and expressions into tokens; parse makes nodes of them; context
 * walks the nodes as a browser would and notes at each output how it must be escaped; eval,
 * filters and render run them. Nodes are immutable once a set is compiled.
 */
#pragma once

#include "web/format.h"
#include "web/liquid.h"

enum {
    LIQUID_NESTING = 48,         /* tags within tags, and expressions within expressions */
    LIQUID_NODES = 200000,       /* of one set */
    LIQUID_ARGS = 8,             /* of one filter; a render tag may have twice as many */
    LIQUID_LAYOUTS = 4,          /* a layout within a layout within … */
    LIQUID_RENDER_DEPTH = 32,    /* partials within partials, when rendering */
    LIQUID_ROUNDS = 200000,      /* loop rounds and partials of one rendering */
    LIQUID_MADE_BYTES = 8 << 20, /* texts that filters and captures of one rendering make */
};

/* ---- values ---- */

/* A value, and whether its text is markup already (made by capture, escape or newline_to_br). */
struct lv {
    struct value v;
    bool markup;
};

/* ---- expressions ---- */

enum expr_kind {
    EXPR_LITERAL,
    EXPR_BLANK,
    EXPR_EMPTY,
    EXPR_PATH,
    EXPR_RANGE, /* only what `for` walks over */
    EXPR_COMPARE,
    EXPR_AND,
    EXPR_OR,
    EXPR_FILTERED,
};

enum compare_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_CONTAINS };

/* One step of a path: ".name", or "[index]" where name is absent. */
struct step {
    struct step *next;
    str name;
    struct expr *index;
};

struct arg {
    str name; /* absent: by position */
    struct expr *value;
};

struct filter {
    struct filter *next;
    const struct filter_def *def;
    int line;
    int count, named_count;
    struct arg arg[LIQUID_ARGS];
    struct arg named[LIQUID_ARGS];
};

enum head { HEAD_NAME, HEAD_SHELL, HEAD_FORLOOP };

struct expr {
    enum expr_kind kind;
    union {
        struct value literal;
        struct {
            str name;
            enum head head;
            struct step *steps;
        } path;
        struct {
            struct expr *left, *right; /* also from and to of a range */
            enum compare_op op;
        } pair;
        struct {
            struct expr *input;
            struct filter *filters;
        } filtered;
    } as;
};

/* ---- nodes ---- */

enum node_kind {
    NODE_TEXT,
    NODE_OUTPUT,
    NODE_IF,
    NODE_CASE,
    NODE_FOR,
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_ASSIGN,
    NODE_CAPTURE,
    NODE_RENDER,
    NODE_BLOCK,
};

/* How a value is written where it stands. */
enum out_context {
    OUT_PLAIN,    /* text mode: as it is */
    OUT_TEXT,     /* between tags */
    OUT_QUOTED,   /* in a quoted attribute, <title> or <textarea>: markup has no effect there */
    OUT_URL,      /* the beginning of a URL attribute: the scheme is checked */
    OUT_URL_MORE, /* behind another value, the scheme still open: it may not hold one */
};

struct branch {
    struct branch *next;
    struct expr *cond; /* if: NULL is else */
    bool negate;       /* unless */
    struct expr *when[LIQUID_ARGS];
    int when_count; /* case: 0 is else */
    struct node *body;
};

struct node {
    struct node *next;
    enum node_kind kind;
    int line;
    const str *file;
    union {
        str text;
        struct {
            struct expr *value;
            enum out_context context;
        } output;
        struct {
            struct expr *subject; /* case only */
            struct branch *branches;
        } choice;
        struct {
            str name;
            struct expr *over, *limit, *offset;
            bool reversed;
            struct node *body, *otherwise;
        } loop;
        struct {
            str name;
            struct expr *value;
            struct node *body; /* capture */
        } assign;
        struct {
            const struct liquid_template *part;
            struct arg *args;
            int count;
        } render;
        struct {
            str name;
            struct node *body;
            bool placed;
        } block;
    } as;
};

struct liquid_template {
    struct liquid_template *next;
    str name, source;
    enum liquid_mode mode;
    struct node *body;
};

struct liquid_set {
    struct liquid_template *first;
};

/* ---- compiling ---- */

struct compiler {
    arena *a;
    const struct liquid_source *source;
    const struct liquid_env *env; /* may be NULL */
    struct liquid_set *set;
    struct liquid_template **tail;
    struct liquid_err *err;
    bool failed;
    int nodes;
};

/* Note the first fault; false. */
bool liquid_fault(struct compiler *c, str file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The part `name`, made and queued if it is new; NULL if the source has none. */
struct liquid_template *liquid_part(struct compiler *c, str name, enum liquid_mode mode);

/* ---- lex ---- */

enum piece_kind { PIECE_TEXT, PIECE_OUTPUT, PIECE_TAG, PIECE_END, PIECE_FAULT };

struct piece {
    enum piece_kind kind;
    str text; /* literal text, or what stands between the marks */
    int line;
    const char *fault;
};

struct reader {
    str src;
    ptrdiff_t at;
    int line;
    bool strip; /* the last mark closed with "-" */
};

/* The next piece of a source. */
struct piece liquid_next_piece(struct reader *r);
/* Behind {% raw %} or {% comment %}: what stands before {% endX %}; false if that is missing.
 * Comments nest. */
bool liquid_skip_to_end(struct reader *r, str tag, str *body);

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_MARK, TOKEN_FAULT };

struct token {
    enum token_kind kind;
    str text; /* without quotes */
};

/* The token at *at, which moves behind it. */
struct token liquid_next_token(str src, ptrdiff_t *at);

/* ---- parse ---- */

struct parse {
    struct compiler *c;
    const str *file;
    enum liquid_mode mode;
    struct reader reader;
    str src; /* of the tag at hand */
    ptrdiff_t at;
    struct token token;
    int line;
    int depth, loops;
    bool begun; /* something other than white space and layout came */
    str layout;
    int layout_line;
    str stop; /* the tag that ended a list: "else", "endif" … */
};

/* All nodes of a source; NULL is an empty one too: see c->failed. */
struct node *liquid_parse(struct parse *p, str src);
/* Inside a tag (liquid_parse_expr.c). NULL after a fault. */
bool liquid_parse_fault(struct parse *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void liquid_parse_begin(struct parse *p, str src, int line);
void liquid_parse_advance(struct parse *p);
bool liquid_parse_take(struct parse *p, const char *text);
bool liquid_parse_done(struct parse *p);
bool liquid_parse_name(struct parse *p, const char *what, str *out);
struct expr *liquid_parse_value(struct parse *p, bool range);
struct expr *liquid_parse_filtered(struct parse *p);
struct expr *liquid_parse_condition(struct parse *p);

/* ---- context ---- */

/* A block that a template defines for its layout. */
struct block_def {
    struct block_def *next;
    str name;
    struct node *node;
    bool placed;
};

/* Put the blocks into their places below `body` and note at each output how it is escaped. */
bool liquid_track(struct compiler *c, struct liquid_template *t, struct block_def *blocks);

/* ---- filters ---- */

struct run;

struct filter_def {
    const char *name;
    struct lv (*apply)(struct run *r, const struct filter *f, struct lv in, const struct lv *arg);
    int min, max; /* arguments by position */
    bool named;   /* takes named ones */
};

/* The filter of that name, or NULL. */
const struct filter_def *liquid_filter(str name);
/* "t" with its named arguments. */
struct lv liquid_translate(struct run *r, const struct filter *f, struct lv in);
/* Is there a sentence for `key`? */
bool liquid_knows_key(const struct liquid_env *env, str key);

/* ---- eval and render ---- */

struct loop_run {
    struct loop_run *outer;
    str name;
    struct lv item;
    int64_t index, count;
};

struct variable {
    str name;
    struct lv value;
};

struct frame {
    struct variable *variable;
    int count, cap;
    struct loop_run *loop;
    bool isolated; /* a partial: the root's keys are not seen, but for `shell` */
};

struct run {
    struct buf *out;
    arena *a;
    const struct liquid_env *env;
    struct value root;
    enum liquid_mode mode;
    struct frame *frame;
    struct liquid_err *err;
    const struct node *node; /* at work, for messages */
    bool failed;
    int depth;
    int64_t rounds;
    ptrdiff_t made;
    struct tz *zone;
    bool zone_tried;
};

/* Note a passed limit; false. */
bool liquid_stop(struct run *r, const char *what);
struct lv liquid_eval(struct run *r, const struct expr *e);
bool liquid_true(struct run *r, const struct expr *e);
bool liquid_equal(struct value a, struct value b);
/* Set a variable of the present frame. */
void liquid_set(struct run *r, str name, struct lv value);
/* The zone of env->time_zone, or NULL. */
const struct tz *liquid_zone(struct run *r);

/* A buf for a text that a filter makes, within what is left; and its end. */
struct buf liquid_make(struct run *r);
str liquid_made(struct run *r, struct buf *b);
/* Count memory taken for values; false if it is too much. */
bool liquid_took(struct run *r, ptrdiff_t bytes);
/* A value as text: lists one after the other, maps and null as nothing. */
void liquid_write(struct buf *b, struct value v);
str liquid_text(struct run *r, struct value v);
/* May this text begin a URL attribute? */
bool liquid_url_ok(str url);
/* Has it no scheme in front? */
bool liquid_url_part_ok(str url);

/* A plain value, not markup. */
static inline struct lv lv_of(struct value v)
{
    return (struct lv){v, false};
}
