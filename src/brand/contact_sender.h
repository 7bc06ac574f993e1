/* brand/contact_sender.h -- the workspace as its public pages and mails show it. */
#pragma once

#include "base/value.h"
#include "db/db.h"

struct contact_sender {
    str workspace_name, legal_name, address_line, imprint_url, privacy_url, sender_name,
        sender_address, reply_to, time_zone, base_url, host;
    str domains_allowed, domains_denied; /* of addresses that send forms in (spam/) */
    struct value brand; /* for mails: what brand_mail_value puts there */
};

/* The address, links and words of a workspace's public face. */
MUST_USE bool contact_sender_load(struct ctx *cx, str base_url, struct contact_sender *out);
/* The same in a transaction that is open already. */
MUST_USE bool contact_sender_read(struct ctx *cx, struct tx *tx, str base_url,
                                  struct contact_sender *out);
