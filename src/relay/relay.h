/* relay/relay.h -- the mail server that takes this installation's mail, as it was set up in the
 * admin.
 *
 * One for all workspaces, hence for whoever administers the default one. The password is sealed
 * with the ring's key and shown to nobody again; it goes to the server it was given for and to no
 * other. A relay in a private network is normal and allowed: what comes back to the screen are the
 * words of an SMTP dialogue. With --mail nothing of this is looked at.
 *
 * Terms: relay (docs/GLOSSARY.md).
 */
#pragma once

#include "db/db.h"
#include "net/smtp_client.h"

struct relay {
    int64_t version; /* another number with each change; 0: none is set up */
    int64_t changed_ms;
    str host;
    int port;
    enum smtp_tls tls;
    str user;
    str sealed; /* the password; "" if there is none */
};

/* What somebody typed. */
struct relay_input {
    str host;
    str port;     /* "" for the usual one */
    str security; /* "starttls", "tls", "none" */
    str user;
    str password; /* "" for the one that is kept, if it still goes to the same server */
};

/* As it was set up; version 0 if it was not. */
MUST_USE bool relay_load(struct ctx *cx, struct tx *tx, struct relay *out);
/* Check and write; faults of the fields "host", "port", "security", "user", "password". */
MUST_USE bool relay_save(struct ctx *cx, struct tx *tx, const struct relay_input *input,
                         struct relay *out);
/* None any more: mail stays in the outbox. */
MUST_USE bool relay_remove(struct ctx *cx, struct tx *tx);
/* With the password opened, for the SMTP client; relay->version must not be 0. False:
 * relay.sealed, if keys.json is not the one it was sealed with. */
MUST_USE bool relay_open(struct ctx *cx, const struct relay *relay, struct smtp_relay *out);

/* "starttls", "tls", "none". */
const char *relay_security_name(enum smtp_tls tls);
