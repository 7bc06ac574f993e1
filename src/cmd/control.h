/* cmd/control.h -- the control socket: commands reach the server that holds the data folder.
 *
 * Two processes must not write one folder. A command that finds a server there asks it to do the
 * work; the same function runs then on the server's control thread as else in the command's own
 * process (cmd/command.h). The socket is DATA/control.sock, mode 0600, and whoever connects must
 * be our own user or root.
 *
 *     client   {"command":"user.add","args":{"email":"…"}}\n
 *     server   {"bytes":1234}\n and as many bytes, any number of times
 *              {"exit":0}\n  or  {"exit":1,"error":"One sentence."}\n
 *
 * An answer without its last line was cut off: the server ended on the way.
 *
 * Terms:   control socket, operator (docs/GLOSSARY.md).
 * Sources: unix(7), SO_PEERCRED.
 */
#pragma once

#include "app.h"
#include "cmd/command.h"

struct control;

enum {
    CONTROL_REQUEST_MAX_BYTES = 64 << 10, /* an import names its columns; else a name, a password */
    CONTROL_LINE_MAX_BYTES = 16 << 10,    /* a line of the answer: a sentence */
    CONTROL_REQUEST_MS = 10000,           /* for the request to arrive */
    CONTROL_WRITE_MS = 60000,             /* for a peer that does not read on */
};

/* Open the socket in the data folder and answer on a thread of its own, one connection at a time.
 * The caller holds the folder's lock: a socket that is left over is removed. False (and logged) if
 * it cannot be opened. */
MUST_USE bool control_open(struct app *app, struct control **out);
/* Finish the command under way, end the thread, remove the socket. NULL is fine. */
void control_close(struct control *control);

enum control_reach {
    CONTROL_NOBODY, /* no server listens there */
    CONTROL_DONE,   /* answered: *exit_code, and *error where it failed */
    CONTROL_BROKEN, /* a server was there and went away, or does not talk to us: *error says so */
};

/* Ask the server that owns data_dir to run a command; what it writes goes to `out` as it comes. */
enum control_reach control_ask(arena *a, str data_dir, str command, struct value args,
                               struct command_out *out, int *exit_code, str *error);
