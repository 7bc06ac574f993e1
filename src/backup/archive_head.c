#include "backup/archive_head.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/tz.h"

#include <string.h>

#define MAGIC S("ZULAUFBK")

enum { AT_VERSION = 8, AT_LENGTH = 12, TEXT_MAX_BYTES = 100 };

static const char *const body_names[BODY__COUNT] = {"sqlite", "rows"};

const char *archive_body_name(enum archive_body body)
{
    return body >= 0 && body < BODY__COUNT ? body_names[body] : "";
}

static struct value manifest_value(arena *a, const struct manifest *m)
{
    struct value v = value_map(a);
    value_set_text(v, "program", m->program);
    value_set_int(v, "schema", m->schema);
    value_set_text(v, "engine", m->engine);
    value_set_text(v, "body", str_of(archive_body_name(m->body)));
    value_set_text(v, "compression", S("zstd"));
    value_set_bool(v, "sealed", m->sealed);
    value_set_text(v, "seal_to", m->sealed ? m->seal_to : (str){0});
    value_set_text(v, "key_ring", m->key_mark);
    value_set_text(v, "made_at", rfc3339(a, m->made_ms));
    value_set_bool(v, "scheduled", m->scheduled);
    value_set(v, "body_bytes", m->body_bytes < 0 ? value_null() : value_int(m->body_bytes));
    value_set_int(v, "leads", m->leads);
    value_set_int(v, "workspaces", m->workspaces);
    return v;
}

str archive_head_text(arena *a, const struct manifest *m)
{
    str json = json_text(a, manifest_value(a, m));
    assert(json.len <= ARCHIVE_MANIFEST_BYTES);
    char *to = NEW(a, char, ARCHIVE_START_BYTES + json.len);
    memcpy(to, MAGIC.ptr, (size_t)MAGIC.len);
    put_be32((uint8_t *)to + AT_VERSION, ARCHIVE_VERSION);
    put_be32((uint8_t *)to + AT_LENGTH, (uint32_t)json.len);
    memcpy(to + ARCHIVE_START_BYTES, json.ptr, (size_t)json.len);
    return (str){to, ARCHIVE_START_BYTES + json.len};
}

/* --- reading --- */

static bool read_text(struct value map, const char *name, str *out)
{
    *out = value_str(value_get(map, str_of(name)));
    return out->ptr != NULL && out->len <= TEXT_MAX_BYTES;
}

static bool read_count(struct value map, const char *name, int64_t *out)
{
    struct value v = value_get(map, str_of(name));
    *out = v.type == VALUE_INT ? v.as.integer : -1;
    return *out >= 0;
}

static bool read_flag(struct value map, const char *name, bool *out)
{
    struct value v = value_get(map, str_of(name));
    *out = v.type == VALUE_BOOL && v.as.boolean;
    return v.type == VALUE_BOOL;
}

static bool read_body(struct value map, enum archive_body *out)
{
    str name;
    if (!read_text(map, "body", &name)) return false;
    for (int i = 0; i < BODY__COUNT; i++) {
        if (!str_eq(name, str_of(body_names[i]))) continue;
        *out = (enum archive_body)i;
        return true;
    }
    return false;
}

/* What a later program writes beside this is passed over; what is missing is a fault. */
static bool manifest_read(arena *a, str json, struct manifest *m)
{
    struct json_err err;
    struct value v, bytes;
    str made, compression;
    *m = (struct manifest){.seal_to = S("")};
    if (!json_parse(a, json, &v, &err) || v.type != VALUE_MAP) return false;
    bytes = value_get(v, S("body_bytes"));
    m->body_bytes = -1;
    if (bytes.type != VALUE_NULL && !read_count(v, "body_bytes", &m->body_bytes)) return false;
    return read_text(v, "program", &m->program) && read_count(v, "schema", &m->schema) &&
           read_text(v, "engine", &m->engine) && read_body(v, &m->body) &&
           read_text(v, "compression", &compression) && str_eq(compression, S("zstd")) &&
           read_flag(v, "sealed", &m->sealed) &&
           (!m->sealed || read_text(v, "seal_to", &m->seal_to)) &&
           read_text(v, "key_ring", &m->key_mark) && read_text(v, "made_at", &made) &&
           rfc3339_parse(made, &m->made_ms) && read_flag(v, "scheduled", &m->scheduled) &&
           read_count(v, "leads", &m->leads) && read_count(v, "workspaces", &m->workspaces);
}

enum archive_fault archive_head_read(arena *a, str bytes, struct manifest *out, ptrdiff_t *need)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr;
    *need = ARCHIVE_START_BYTES;
    if (!str_starts(MAGIC, str_slice(bytes, 0, MAGIC.len))) return ARCHIVE_STRANGE;
    if (bytes.len < ARCHIVE_START_BYTES) return ARCHIVE_SHORT;
    if (get_be32(at + AT_VERSION) != ARCHIVE_VERSION) return ARCHIVE_NEWER;
    uint32_t len = get_be32(at + AT_LENGTH);
    if (len == 0 || len > ARCHIVE_MANIFEST_BYTES) return ARCHIVE_DAMAGED;
    *need = ARCHIVE_START_BYTES + (ptrdiff_t)len;
    if (bytes.len < *need) return ARCHIVE_SHORT;
    return manifest_read(a, str_slice(bytes, ARCHIVE_START_BYTES, *need), out) ? ARCHIVE_OK
                                                                               : ARCHIVE_DAMAGED;
}
