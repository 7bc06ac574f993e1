/* web/web.h -- what a room's routes are written against.
 *
 * A route names a method, a pattern and what it needs; its handler runs a use case and describes
 * the outcome as a tree of values. The same handler answers programs (/api/v1/leads/{id}: JSON
 * of `data` and `next`) and people (/leads/{id}: `page`, the template, sees data and page).
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"

struct http_request;
struct range; /* web/range.h */
struct brand_own; /* brand/brand_own.h */

enum route_face {
    FACE_PUBLIC = 1, /* no login: the pattern as it stands */
    FACE_PAGE = 2,   /* the admin in a browser: session and CSRF token */
    FACE_API = 4,    /* below /api/v1: token or session */
};

enum route_body {
    BODY_NONE,
    BODY_FORM,
    BODY_API,
    BODY_UPLOAD,   /* of colleagues */
    BODY_SENT_FILES, /* of visitors, with a form that asks for files */
};

struct web_request {
    const struct http_request *http;
    enum route_face face; /* how it came in */
    bool json;            /* the client wants JSON */
    str param[4];         /* the pattern's {…}, decoded, in order */
    struct value query;   /* map of text: the first of repeated names counts */
    struct value body;    /* map: JSON body, urlencoded or multipart fields; repeated form
                             names become a list; an uploaded file is a map
                             {filename, type, bytes (text value)} */
    str ip;               /* the client's address: forwarded only by trusted proxies */
    str user_agent, referrer, accept_language; /* cut to 500 bytes; absent if none */
    str host;                                  /* Host header, without port */
    uint32_t seen; /* the workspace's changes that this page can know of (edge/live.h) */
    str base_url;  /* the public URL without trailing slash */
};

/* Writes a body whose length nobody knows beforehand, piece by piece: `write` waits for the reader,
 * so that it is called in no transaction, and is false once nobody takes any more. False with
 * cx->err; of what has gone out by then the connection is cut, so that it does not look whole. */
typedef bool web_body(struct ctx *cx, void *arg, bytes_out *write, void *to);

struct web_reply {
    int status;           /* 200 unless set */
    struct value data;    /* the contract */
    str next;             /* cursor of the next page; absent if none */
    struct value page;    /* what only the page needs: choices, counts, menus */
    const char *template; /* "lead/show" of ui/pages, or "public/form"; NULL: no page */
    str location; /* people are sent here (303) after a POST; programs see status and data */
    str raw;      /* if present: this body as it is, with content_type (files, CSV) */
    web_body *body; /* if set, and GET: this instead of raw, run on the worker (edge/download.h) */
    void *body_arg; /* lives in cx->a */
    str etag; /* names this state of data, for programs: what If-Match is held against */
    bool in_parts;     /* raw is a file, sent as it is, with its etag, whole or a part (206, 416) */
    str content_range; /* which part, or that there is none such */
    str content_type, filename; /* filename: Content-Disposition attachment */
    str cache;                  /* Cache-Control; absent: no-store */
    struct {
        str name, value;
        int max_age_s; /* -1: session cookie; 0: delete */
        bool set;
    } cookie;
    str flash; /* i18n key of a note shown on the next page */
    str allow; /* the methods there are, where this one is not (405) */
    const struct brand_own *look; /* a form's own; NULL: the workspace's */
    bool secret_url; /* the address is a secret of somebody's: it goes to no other page, no index */
    bool framed; /* our own pages may show this one in a frame (a preview) */
    str framed_by; /* origins whose pages may: "https://a.example https://b.example" */
    str allow_origin; /* CORS for this one origin, without credentials */
    bool by_origin;   /* it would differ for another Origin header (Vary) */
    bool preflight;   /* the answer to OPTIONS: what that origin may send */
    bool device; /* runs on a tablet of ours: the camera is allowed, and no link tells where from */
    bool cors; /* Access-Control-Allow-Origin: * (public, credential-free) */
};

typedef bool web_handler(struct ctx *cx, const struct web_request *rq, struct web_reply *rp);

/* One line of a room's route table. A handler that returns false has set cx->err; if it has also
 * set rp->template, people see that page again with `errors` and `input` (what they typed) and the
 * error's status, programs get problem+json. */
struct route {
    const char *method;  /* "GET" */
    const char *pattern; /* "/leads/{id}" */
    unsigned faces;      /* enum route_face bits */
    enum route_body body;
    uint64_t permission; /* bits that are all needed; 0 on public routes */
    web_handler *handler;
    bool any_origin; /* a POST may come from another site: public forms, one-click links */
};

/* The page again after a fault, which stays in cx->err: `get` describes what is there now, and what
 * was typed stands in it. A program is told the fault alone. Always false, as a handler returns. */
bool page_again(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                web_handler *get);
/* The text of a body or query field, trimmed; the absent str if missing. */
str web_field(struct value map, const char *name);
/* `limit` of a list's query, 1 to LIMIT_LIST_PAGE; *rows stays where none is asked for. A fault of
 * the field is in cx->err. */
MUST_USE bool web_limit(struct ctx *cx, const struct web_request *rq, int *rows);
/* Whether the request minds which state it changes: it has If-Match (RFC 9110 13.1.1). */
bool web_minds(const struct web_request *rq);
/* Is `etag` the state, or one of those, that it wants? ERR_PRECONDITION if not. To be asked in the
 * transaction that changes it. */
MUST_USE bool web_if_match(struct ctx *cx, const struct web_request *rq, str etag);
/* What of a file of `size` bytes and this etag is to be sent: rp->etag, status and Content-Range are
 * set (200, 206, 304, 416; web/range.h), *part is what to read, of 0 bytes where there is no body.
 * ERR_PRECONDITION where If-Match wants another. */
MUST_USE bool web_part(struct ctx *cx, const struct web_request *rq, struct web_reply *rp, str etag,
                       int64_t size, struct range *part);
/* A cookie's value as sent; absent if there is none. */
str web_cookie(const struct http_request *http, str name);
