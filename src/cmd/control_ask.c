/* The command's end of the control socket. */
#include "base/json.h"
#include "cmd/control.h"
#include "cmd/control_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 << 10, CONNECT_TRIES = 600, CONNECT_PAUSE_MS = 100 };

/* What has come and is not read yet. */
struct incoming {
    int fd;
    char *bytes; /* PIECE_BYTES */
    ptrdiff_t at, len;
};

static bool more(struct incoming *in)
{
    while (control_wait(in->fd, -1, false, -1)) {
        ssize_t n = read(in->fd, in->bytes, PIECE_BYTES);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        in->at = 0;
        in->len = n > 0 ? n : 0;
        return n > 0;
    }
    return false;
}

/* The next line, parsed. */
static bool next_line(arena *a, struct incoming *in, struct value *out)
{
    struct buf line = buf_new(a, CONTROL_LINE_MAX_BYTES);
    struct json_err err;
    for (;;) {
        if (in->at == in->len && !more(in)) return false;
        char c = in->bytes[in->at++];
        if (c == '\n') break;
        buf_char(&line, c);
    }
    return !line.full && json_parse(a, buf_str(&line), out, &err) && out->type == VALUE_MAP;
}

/* `count` bytes go on to `out`. */
static bool pass_on(struct incoming *in, int64_t count, struct command_out *out, bool *unread)
{
    while (count > 0) {
        if (in->at == in->len && !more(in)) return false;
        ptrdiff_t n = in->len - in->at;
        if (n > count) n = (ptrdiff_t)count;
        if (!out->write(out->to, (str){in->bytes + in->at, n})) {
            *unread = true;
            return false;
        }
        in->at += n;
        count -= n;
    }
    return true;
}

static enum control_reach answer_read(arena *a, struct incoming *in, struct command_out *out,
                                      int *exit_code, str *error)
{
    bool unread = false;
    for (;;) {
        arena scratch = *a;
        struct value line, bytes, code;
        if (!next_line(&scratch, in, &line)) break;
        bytes = value_get(line, S("bytes"));
        code = value_get(line, S("exit"));
        if (code.type == VALUE_INT) {
            *a = scratch;
            *exit_code = code.as.integer == EXIT_DONE ? EXIT_DONE : EXIT_FAILED;
            *error = value_str(value_get(line, S("error")));
            return CONTROL_DONE;
        }
        if (bytes.type != VALUE_INT || !pass_on(in, bytes.as.integer, out, &unread)) break;
    }
    *error = unread ? S("The output could not be written to its end.")
                    : S("The server ended on the way; look whether it was done, and try again.");
    return CONTROL_BROKEN;
}

static bool ask(arena *a, int fd, str command, struct value args)
{
    struct value request = value_map(a);
    value_set_text(request, "command", command);
    value_set(request, "args", args);
    return control_write_line(a, fd, request, CONTROL_WRITE_MS);
}

/* A server that is busy with other commands is waited for, a minute. */
static int reach(arena *a, str data_dir, str *error)
{
    struct sockaddr_un address;
    int folder;
    int fd = control_socket(a, data_dir, &address, &folder);
    if (fd < 0) return -1;
    int rc = connect(fd, (const struct sockaddr *)&address, sizeof address);
    for (int tries = 0; rc != 0 && errno == EAGAIN && tries < CONNECT_TRIES; tries++) {
        (void)control_wait(-1, -1, false, CONNECT_PAUSE_MS); /* its queue is full */
        rc = connect(fd, (const struct sockaddr *)&address, sizeof address);
    }
    int why = errno;
    if (folder >= 0) close(folder);
    if (rc == 0) return fd;
    close(fd);
    if (why == EACCES || why == EPERM)
        *error = S("The server runs as another user; run the command as that user, or as root.");
    if (why == EAGAIN) *error = S("The server is busy with other commands; try again later.");
    return -1;
}

enum control_reach control_ask(arena *a, str data_dir, str command, struct value args,
                               struct command_out *out, int *exit_code, str *error)
{
    *error = (str){0};
    int fd = reach(a, data_dir, error);
    if (fd < 0) return error->ptr == NULL ? CONTROL_NOBODY : CONTROL_BROKEN;
    struct incoming in = {.fd = fd, .bytes = NEW(a, char, PIECE_BYTES)};
    /* A server that refuses us says why before it closes: what it says counts, not the write. */
    (void)ask(a, fd, command, args);
    enum control_reach reached = answer_read(a, &in, out, exit_code, error);
    close(fd);
    return reached;
}
