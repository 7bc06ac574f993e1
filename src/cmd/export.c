/* zulauf export leads, export workspace: to standard output, page by page. */
#include "audit/audit.h"
#include "backup/quarantine.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "lead/lead_export.h"
#include "takeout/takeout.h"

#include <unistd.h>

enum { HEAD_BYTES = 64 << 10 };

static const char usage[] = "zulauf export leads --data DIR --format csv|jsonl";

static bool begin_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_export_begin(cx, tx, arg);
}

static bool audit_export(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct lead_export *e = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "format", e->format == EXPORT_CSV ? S("csv") : S("jsonl"));
    value_set_int(detail, "rows", e->rows);
    return audit_write(cx, tx, "lead.export", "lead", 0, 0, detail);
}

static bool to_out(void *to, str bytes)
{
    struct command_out *out = to;
    return out->write(out->to, bytes);
}

bool run_export_leads(struct ctx *cx, struct value args, struct command_out *out)
{
    struct lead_export e = {.separator = ','};
    if (!export_format_of(value_str(value_get(args, S("format"))), &e.format))
        return fail_detail(cx, ERR_INVALID, "error.choice_invalid", "--format takes csv or jsonl.");
    if (!quarantine_allows_export(cx) || !db_read(cx, begin_read, &e)) return false;
    struct buf head = buf_new(cx->a, HEAD_BYTES);
    lead_export_head(&e, &head);
    bool ok = export_pages(cx, buf_str(&head), lead_export_page, &e, to_out, out);
    return export_end(cx, ok, e.rows, audit_export, &e);
}

bool run_export_workspace(struct ctx *cx, struct value args, struct command_out *out)
{
    (void)args;
    return takeout_run(cx, to_out, out);
}

static int export_workspace(const struct options *o)
{
    arena a;
    if (isatty(STDOUT_FILENO))
        return command_refuse(EXIT_USAGE, S("The archive goes to standard output; send it into a "
                                            "file: zulauf export workspace > archive.zip"));
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("export.workspace"), args, false);
}

int cmd_export(const struct options *o)
{
    enum export_format format;
    if (o->positional_count == 1 && str_eq(o->positional[0], S("workspace")))
        return export_workspace(o);
    if (!command_word(o, "leads", usage)) return EXIT_USAGE;
    if (!export_format_of(o->format, &format))
        return command_refuse(EXIT_USAGE, S("--format takes csv or jsonl."));
    arena a;
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a);
    value_set_text(args, "format", o->format);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("export.leads"), args, false);
}
