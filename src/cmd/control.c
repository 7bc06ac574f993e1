/* The server's end of the control socket. */
#include "cmd/control.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "cmd/control_wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITING_MAX = 8, ARENA_KEPT_BYTES = 1 << 20, SELF_BYTES = 32 << 10, PAUSE_MS = 200 };

struct control {
    struct app *app;
    struct arena_block self, work;
    arena a;   /* holds this struct and the socket's path */
    arena now; /* of the connection under way */
    const char *path;
    int listener, stop;
    pthread_t thread;
};

struct connection {
    int fd;
    arena *a;
};

/* A piece of the output: its length, then its bytes. Nothing of the arena is taken: the bytes may
 * stand in a copy of it (scratch), where this would write over them. */
static bool to_peer(void *to, str bytes)
{
    const struct connection *c = to;
    char head[48];
    int len = snprintf(head, sizeof head, "{\"bytes\":%td}\n", bytes.len);
    return bytes.len == 0 || (control_write(c->fd, (str){head, len}, CONTROL_WRITE_MS) &&
                              control_write(c->fd, bytes, CONTROL_WRITE_MS));
}

static bool peer_is_ours(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

static bool request_read(struct control *control, struct connection *c, str *name,
                         struct value *args)
{
    str text, rest;
    struct value request;
    struct json_err err;
    if (!control_read_line(c->a, c->fd, control->stop, CONTROL_REQUEST_MAX_BYTES,
                           CONTROL_REQUEST_MS, &text))
        return false;
    str line = str_cut(text, '\n', &rest);
    if (rest.len > 0 || !json_parse(c->a, line, &request, &err)) return false;
    *name = value_str(value_get(request, S("command")));
    *args = value_get(request, S("args"));
    return name->len > 0;
}

static void answer(struct control *control, struct connection *c)
{
    str name, error = {0};
    struct value args, last = value_map(c->a);
    struct command_out out = {.write = to_peer, .to = c};
    int code = EXIT_FAILED;
    if (!peer_is_ours(c->fd))
        error = S("Only the user that the server runs as, or root, may command it.");
    else if (!request_read(control, c, &name, &args))
        error = S("The request could not be read; use the zulauf program of the same version.");
    else
        code = command_do(control->app, c->a, name, args, &out, &error);
    log_line(code == EXIT_DONE ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "control.command", "exit=%d",
             code);
    value_set_int(last, "exit", code);
    if (error.ptr != NULL) value_set_text(last, "error", error);
    if (!control_write_line(c->a, c->fd, last, CONTROL_WRITE_MS))
        log_line(LOG_LEVEL_WARN, "control.peer_gone", "exit=%d", code);
}

/* An arena that is full ends the connection only. */
static void serve_one(struct control *control, int fd)
{
    jmp_buf full;
    arena *a = &control->now;
    *a = arena_over(&control->work);
    struct connection c = {fd, a};
    if (setjmp(full) == 0) {
        a->full = &full;
        answer(control, &c);
    } else {
        log_line(LOG_LEVEL_ERROR, "control.memory_full", "bytes=%d", LIMIT_WORKER_ARENA_BYTES);
    }
    close(fd);
    arena_block_trim(&control->work, a, ARENA_KEPT_BYTES);
}

static void *run(void *arg)
{
    struct control *control = arg;
    while (control_wait(control->listener, control->stop, false, -1)) {
        int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            serve_one(control, fd);
        else if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED)
            (void)control_wait(-1, control->stop, false, PAUSE_MS); /* no descriptors */
    }
    return NULL;
}

/* Bound, listening, and nobody else's from its first moment: Linux gives the file the socket's
 * own mode. */
static bool listen_at(struct control *control)
{
    struct sockaddr_un address;
    int folder;
    int fd = control_socket(&control->a, control->app->config.data_dir, &address, &folder);
    if (fd < 0) return false;
    control->path = str_cstr(&control->a, str_printf(&control->a, "%.*s/control.sock",
                                                     STR_ARG(control->app->config.data_dir)));
    control->listener = fd;
    (void)unlink(control->path); /* left over: we hold the folder's lock */
    bool ok = fchmod(fd, 0600) == 0 &&
              bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
              chmod(control->path, 0600) == 0 && listen(fd, WAITING_MAX) == 0;
    int why = errno;
    if (folder >= 0) close(folder);
    errno = why;
    return ok;
}

static bool start(struct control *control)
{
    control->listener = control->stop = -1;
    if (!arena_block_open(&control->work, LIMIT_WORKER_ARENA_BYTES)) return false;
    control->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control->stop < 0 || !listen_at(control)) return false;
    errno = pthread_create(&control->thread, NULL, run, control);
    return errno == 0;
}

static void release(struct control *control)
{
    if (control->listener >= 0) close(control->listener);
    if (control->stop >= 0) close(control->stop);
    if (control->path != NULL) (void)unlink(control->path);
    if (control->work.base != NULL) arena_block_close(&control->work);
    struct arena_block self = control->self;
    arena_block_close(&self);
}

bool control_open(struct app *app, struct control **out)
{
    struct arena_block self;
    if (!arena_block_open(&self, SELF_BYTES)) return false;
    arena a = arena_over(&self);
    struct control *control = NEW(&a, struct control, 1);
    control->app = app;
    control->self = self;
    control->a = a;
    *out = NULL;
    if (!start(control)) {
        log_line(LOG_LEVEL_ERROR, "control.open", "reason=%s",
                 log_str(str_of(strerror(errno))).text);
        release(control);
        return false;
    }
    *out = control;
    return true;
}

void control_close(struct control *control)
{
    if (control == NULL) return;
    uint64_t one = 1;
    if (write(control->stop, &one, sizeof one) == sizeof one) pthread_join(control->thread, NULL);
    release(control);
}
