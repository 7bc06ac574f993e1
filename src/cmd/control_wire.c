#include "cmd/control_wire.h"

#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int control_socket(arena *a, str data_dir, struct sockaddr_un *address, int *folder_fd)
{
    str path = str_printf(a, "%.*s/control.sock", STR_ARG(data_dir));
    *folder_fd = -1;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path.len >= (ptrdiff_t)sizeof address->sun_path) {
        *folder_fd = open(str_cstr(a, data_dir), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (*folder_fd < 0) return -1;
        path = str_printf(a, "/proc/self/fd/%d/control.sock", *folder_fd);
    }
    memcpy(address->sun_path, path.ptr, (size_t)path.len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 && *folder_fd >= 0) {
        close(*folder_fd);
        *folder_fd = -1;
    }
    return fd;
}

bool control_wait(int fd, int stop, bool writing, int timeout_ms)
{
    struct pollfd p[2] = {{.fd = fd, .events = writing ? POLLOUT : POLLIN},
                          {.fd = stop, .events = POLLIN}};
    int64_t end_ms = clock_mono_ms() + timeout_ms;
    for (;;) {
        int64_t left_ms = timeout_ms < 0 ? -1 : end_ms - clock_mono_ms();
        if (timeout_ms >= 0 && left_ms < 0) left_ms = 0;
        int n = poll(p, 2, (int)left_ms); /* a negative descriptor is passed over */
        if (n < 0 && errno == EINTR) continue;
        return n > 0 && p[1].revents == 0;
    }
}

bool control_read_line(arena *a, int fd, int stop, ptrdiff_t max, int timeout_ms, str *text)
{
    char *to = NEW(a, char, max);
    int64_t end_ms = clock_mono_ms() + timeout_ms;
    ptrdiff_t len = 0;
    while (len < max) {
        int64_t left_ms = timeout_ms < 0 ? -1 : end_ms - clock_mono_ms();
        if (timeout_ms >= 0 && left_ms <= 0) return false;
        if (!control_wait(fd, stop, false, (int)left_ms)) return false;
        ssize_t n = read(fd, to + len, (size_t)(max - len));
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) return false;
        len += n;
        *text = (str){to, len};
        if (str_find_char(*text, '\n') >= 0) return true;
    }
    return false;
}

bool control_write(int fd, str bytes, int timeout_ms)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, (size_t)bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno != EAGAIN) return false;
        if (n < 0 && !control_wait(fd, -1, true, timeout_ms)) return false;
        if (n > 0) bytes = str_slice(bytes, n, bytes.len);
    }
    return true;
}

bool control_write_line(arena *a, int fd, struct value v, int timeout_ms)
{
    return control_write(fd, str_printf(a, "%.*s\n", STR_ARG(json_text(a, v))), timeout_ms);
}
