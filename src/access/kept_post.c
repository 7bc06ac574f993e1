#include "access/kept_post.h"

#include "access/access.h"
#include "access/access_rules.h"
#include "base/crypto.h"
#include "base/json.h"
#include "keys/seal.h"

enum { KEPT_BYTES = 1500, KEPT_TEXT_BYTES = 2100 };

static str ad_of(struct ctx *cx)
{
    return seal_ad(cx->a, "session.kept", cx->workspace_id, cx->actor.user_id);
}

/* A secret is typed again: it does not go into an address, not even sealed. */
static bool is_secret(str name)
{
    return str_find(name, S("password")) >= 0 || str_find(name, S("secret")) >= 0;
}

static bool is_plain(struct value v)
{
    if (v.type != VALUE_LIST) return v.type == VALUE_TEXT;
    for (ptrdiff_t i = 0; i < value_count(v); i++)
        if (v.as.list->item[i].type != VALUE_TEXT) return false;
    return true;
}

str kept_post_seal(struct ctx *cx, str target, struct value body)
{
    struct value map = value_map(cx->a), fields = value_map(cx->a);
    if (body.type != VALUE_MAP || cx->actor.kind != ACTOR_USER || !path_is_local(target))
        return S("");
    for (ptrdiff_t i = 0; i < body.as.map->count; i++) {
        const struct value_entry *e = &body.as.map->entry[i];
        if (str_eq(e->key, S("csrf"))) continue;
        if (is_secret(e->key) || !is_plain(e->value)) return S("");
        value_set_str(fields, e->key, e->value);
    }
    value_set_text(map, "target", target);
    value_set_int(map, "at_ms", cx->now_ms);
    value_set(map, "fields", fields);
    str plain = json_text(cx->a, map);
    if (plain.len > KEPT_BYTES) return S("");
    str sealed = secret_seal(cx->a, cx->keys, plain, ad_of(cx));
    return base64url_encode(cx->a, (const uint8_t *)sealed.ptr, sealed.len);
}

bool kept_post_open(struct ctx *cx, str text, str *target, struct value *body)
{
    struct value map;
    struct json_err err;
    str plain;
    if (text.len <= 0 || text.len > KEPT_TEXT_BYTES || cx->actor.kind != ACTOR_USER) return false;
    ptrdiff_t len = text.len / 4 * 3 + (text.len % 4 == 0 ? 0 : text.len % 4 - 1);
    uint8_t *bytes = NEW(cx->a, uint8_t, len + 1);
    if (!base64url_decode(text, bytes, len) ||
        !secret_open(cx->a, cx->keys, (str){(const char *)bytes, len}, ad_of(cx), &plain) ||
        !json_parse(cx->a, plain, &map, &err))
        return false;
    struct value at = value_get(map, S("at_ms"));
    *target = value_str(value_get(map, S("target")));
    *body = value_get(map, S("fields"));
    return at.type == VALUE_INT && cx->now_ms - at.as.integer < PROOF_MS &&
           path_is_local(*target) && body->type == VALUE_MAP;
}
