/* cmd/control_wire.h -- what both ends of the control socket share. */
#pragma once

#include "base/str.h"
#include "base/value.h"

struct sockaddr_un;

/* A socket for the control socket of data_dir and its address; -1 if there cannot be one. A path
 * too long for an address goes through the folder's descriptor, which is then in *folder_fd (else
 * -1) and must stay open until after bind or connect. */
int control_socket(arena *a, str data_dir, struct sockaddr_un *address, int *folder_fd);
/* Wait until fd (or, if it is not -1, `stop`) can be read or, with `writing`, fd be written; false
 * after timeout_ms (-1: never), or once `stop` can be read. */
bool control_wait(int fd, int stop, bool writing, int timeout_ms);
/* Read up to the first line's end (and maybe further), at most `max` bytes; false if none comes in
 * time, or the peer ends before it. *text is all that came. */
bool control_read_line(arena *a, int fd, int stop, ptrdiff_t max, int timeout_ms, str *text);
/* Write all of it; false if the peer is gone or does not read on in time. */
bool control_write(int fd, str bytes, int timeout_ms);
/* A value and "\n". */
bool control_write_line(arena *a, int fd, struct value v, int timeout_ms);
