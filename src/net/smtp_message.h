/* net/smtp_message.h -- a message as it waits for a connection and goes over the wire. */
#pragma once

#include "net/smtp_client.h"

/* One block of memory, its texts behind it. */
struct smtp_pending {
    struct smtp_pending *next;
    struct smtp_client *client;
    int64_t id;
    char *from, *to;    /* NUL-terminated */
    str wire;           /* CR LF, dots doubled, with the final dot */
    int64_t size_bytes; /* as RFC 1870 counts: without doubled dots and the final one */
    bool eight_bit;
    const char *fault; /* why it must not be sent, or NULL; static */
    int tries;         /* connections that were lost before it had begun */
    bool has_verdict;
    struct smtp_result verdict; /* of an envelope that was refused, until its last reply */
};

/* A copy of what is needed; NULL if memory is short. The caller frees it with free(). */
struct smtp_pending *smtp_pending_new(const struct smtp_message *message);
