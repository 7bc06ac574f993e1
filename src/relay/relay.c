#include "relay/relay.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/utf8.h"
#include "keys/seal.h"
#include "relay_sql.h"

enum { PORT_DEFAULT = 587, PORT_TLS = 465 };

#define NOTE S("relay")

static const char *const security_names[] = {
    [SMTP_TLS_NONE] = "none", [SMTP_TLS_STARTTLS] = "starttls", [SMTP_TLS_IMPLICIT] = "tls"};

const char *relay_security_name(enum smtp_tls tls)
{
    return security_names[tls];
}

static bool security_of(str name, enum smtp_tls *out)
{
    for (int i = 0; i < COUNTOF(security_names); i++)
        if (str_eq(name, str_of(security_names[i]))) {
            *out = (enum smtp_tls)i;
            return true;
        }
    return false;
}

static str sealed_as(struct ctx *cx)
{
    return seal_ad(cx->a, "installation.relay", 0, 0);
}

static int64_t number_at(struct value map, const char *name)
{
    struct value v = value_get(map, str_of(name));
    return v.type == VALUE_INT ? v.as.integer : 0;
}

static str text_at(struct value map, const char *name)
{
    str text = value_str(value_get(map, str_of(name)));
    return text.ptr == NULL ? S("") : text;
}

static bool sealed_at(struct ctx *cx, struct value map, str *out)
{
    str text = text_at(map, "password");
    ptrdiff_t len = text.len * 3 / 4;
    uint8_t *bytes = NEW(cx->a, uint8_t, len + 1);
    *out = (str){(const char *)bytes, len};
    return base64url_decode(text, bytes, len);
}

bool relay_load(struct ctx *cx, struct tx *tx, struct relay *out)
{
    struct relay_get_in in = {NOTE};
    struct relay_get_row row;
    struct value map;
    struct json_err err;
    bool found;
    *out = (struct relay){.host = S(""), .user = S(""), .sealed = S(""), .tls = SMTP_TLS_STARTTLS};
    if (!q_relay_get(tx, &in, &row, &found)) return false;
    if (!found) return true;
    if (!json_parse(cx->a, row.value, &map, &err) ||
        !security_of(text_at(map, "security"), &out->tls) || !sealed_at(cx, map, &out->sealed))
        return fail_detail(cx, ERR_STORAGE, "relay.sealed", "the relay's row cannot be read");
    out->version = number_at(map, "version");
    out->changed_ms = number_at(map, "changed_ms");
    out->host = text_at(map, "host");
    out->port = (int)number_at(map, "port");
    out->user = text_at(map, "user");
    return true;
}

static bool put(struct ctx *cx, struct tx *tx, const struct relay *r)
{
    struct value map = value_map(cx->a);
    value_set_int(map, "version", r->version);
    value_set_int(map, "changed_ms", r->changed_ms);
    value_set_text(map, "host", r->host);
    value_set_int(map, "port", r->port);
    value_set_text(map, "security", str_of(relay_security_name(r->tls)));
    value_set_text(map, "user", r->user);
    value_set_text(map, "password",
                   base64url_encode(cx->a, (const uint8_t *)r->sealed.ptr, r->sealed.len));
    struct relay_put_in in = {NOTE, json_text(cx->a, map)};
    return q_relay_put(tx, &in, NULL);
}

/* Only what can be a name or an address; an IPv6 address with or without brackets. */
static bool host_read(arena *a, str text, str *out)
{
    str host = utf8_clean_line(a, text);
    if (str_starts(host, S("[")) && str_ends(host, S("]"))) host = str_slice(host, 1, host.len - 1);
    if (host.len == 0 || host.len > SMTP_HOST_BYTES) return false;
    for (ptrdiff_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && str_find_char(S("-._:"), c) < 0) return false;
    }
    /* "mail.example.com:587" has its port in a field of its own. */
    ptrdiff_t colon = str_find_char(host, ':');
    bool address = colon >= 0 && str_find_char(str_slice(host, colon + 1, host.len), ':') >= 0;
    *out = host;
    return colon < 0 || address;
}

static bool is_this_machine(str host)
{
    return str_eq_nocase(host, S("localhost")) || str_eq(host, S("::1")) ||
           str_eq(host, S("127.0.0.1"));
}

static bool is_plain(str text)
{
    for (ptrdiff_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F) return false;
    return true;
}

static void check(struct ctx *cx, const struct relay_input *in, struct relay *r)
{
    if (!security_of(in->security, &r->tls)) fail_field(cx, S("security"), "error.choice_invalid");
    int64_t port = r->tls == SMTP_TLS_IMPLICIT ? PORT_TLS : PORT_DEFAULT;
    if (!host_read(cx->a, in->host, &r->host)) fail_field(cx, S("host"), "relay.host_invalid");
    str text = str_trim(in->port);
    if (text.len > 0 && (!str_to_i64(text, &port) || port < 1 || port > 65535))
        fail_field(cx, S("port"), "relay.port_invalid");
    r->port = (int)port;
    r->user = str_trim(in->user);
    if (r->user.len > SMTP_CREDENTIAL_BYTES || !is_plain(r->user))
        fail_field(cx, S("user"), "relay.user_invalid");
    if (r->user.len > 0 && r->tls == SMTP_TLS_NONE && !is_this_machine(r->host))
        fail_field(cx, S("security"), "relay.security_needed");
}

/* A password that is kept goes only where it was given for: else whoever may change the host could
 * have it sent to himself. */
static void check_password(struct ctx *cx, const struct relay_input *in, const struct relay *before,
                           struct relay *r)
{
    bool same = before->version != 0 && str_eq_nocase(before->host, r->host) &&
                before->port == r->port && before->tls == r->tls && str_eq(before->user, r->user);
    r->sealed = S("");
    if (r->user.len == 0) {
        if (in->password.len > 0) fail_field(cx, S("user"), "relay.user_missing");
        return;
    }
    if (in->password.len > SMTP_CREDENTIAL_BYTES || !is_plain(in->password))
        fail_field(cx, S("password"), "relay.password_invalid");
    else if (in->password.len > 0)
        r->sealed = secret_seal(cx->a, cx->keys, in->password, sealed_as(cx));
    else if (same && before->sealed.len > 0)
        r->sealed = before->sealed;
    else
        fail_field(cx, S("password"),
                   before->sealed.len > 0 ? "relay.password_again" : "relay.password_missing");
}

bool relay_save(struct ctx *cx, struct tx *tx, const struct relay_input *input, struct relay *out)
{
    struct relay before;
    if (!relay_load(cx, tx, &before)) {
        /* What cannot be read is what a new one mends. */
        if (cx->err.key == NULL || !str_eq(str_of(cx->err.key), S("relay.sealed"))) return false;
        err_clear(cx);
        before = (struct relay){.sealed = S("")};
    }
    *out = (struct relay){.version = ctx_new_id(cx), .changed_ms = cx->now_ms, .host = S("")};
    check(cx, input, out);
    check_password(cx, input, &before, out);
    return cx->err.code == ERR_NONE && put(cx, tx, out);
}

bool relay_remove(struct ctx *cx, struct tx *tx)
{
    struct relay_drop_in in = {NOTE};
    (void)cx;
    return q_relay_drop(tx, &in, NULL);
}

bool relay_open(struct ctx *cx, const struct relay *relay, struct smtp_relay *out)
{
    *out = (struct smtp_relay){
        .host = relay->host, .port = relay->port, .tls = relay->tls, .user = relay->user};
    if (relay->sealed.len == 0) return true;
    return secret_open(cx->a, cx->keys, relay->sealed, sealed_as(cx), &out->password) ||
           fail(cx, ERR_UNAVAILABLE, "relay.sealed");
}
