#include "audit/audit_value.h"

#include "base/id.h"
#include "base/tz.h"

/* How the ids of an object type are written; a type that is missing here shows no id. */
static const struct {
    const char *name;
    enum id_type type;
} OBJECTS[] = {
    {"lead", ID_LEAD},
    {"form", ID_FORM},
    {"submission", ID_SUBMISSION},
    {"user", ID_USER},
    {"invitation", ID_INVITATION},
    {"session", ID_SESSION},
    {"token", ID_TOKEN},
    {"workspace", ID_WORKSPACE},
    {"mail", ID_MAIL},
    {"import", ID_IMPORT},
    {"consent", ID_CONSENT},
    {"purpose", ID_PURPOSE},
    {"wording", ID_WORDING},
    {"download", ID_DOWNLOAD},
    {"note", ID_NOTE},
    {"job", ID_JOB},
    {"campaign", ID_CAMPAIGN},
    {"kiosk", ID_KIOSK},
};

static str object_text(arena *a, str type, int64_t id)
{
    for (ptrdiff_t i = 0; i < COUNTOF(OBJECTS); i++)
        if (str_eq(type, str_of(OBJECTS[i].name))) return id_text(a, OBJECTS[i].type, id);
    return (str){0};
}

struct value audit_value(struct ctx *cx, const struct audit_row *row)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_AUDIT, row->id));
    value_set(map, "at", instant_value(cx->a, row->at_ms));
    value_set_text(map, "actor", str_of(actor_kind_name(row->actor_kind)));
    value_set_text(map, "user", id_text(cx->a, ID_USER, row->user_id));
    value_set_text(map, "user_name", row->user_name);
    value_set_text(map, "action", row->action);
    value_set_text(map, "object_type", row->object_type);
    value_set_text(map, "object", object_text(cx->a, row->object_type, row->object_id));
    value_set_text(map, "lead", id_text(cx->a, ID_LEAD, row->lead_id));
    value_set(map, "detail", row->detail);
    return map;
}
