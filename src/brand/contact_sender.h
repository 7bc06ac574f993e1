/* brand/contact_sender.h -- the workspace as its public pages and mails show it. */
#pragma once

#include "base/value.h"
#include "brand/brand.h"
#include "db/db.h"

struct contact_sender {
    str workspace_name, legal_name, address_line, imprint_url, privacy_url, sender_name,
        sender_address, reply_to, time_zone, base_url, host;
    str domains_allowed, domains_denied; /* of addresses that send forms in (spam/) */
    struct value brand; /* for mails: what brand_mail_value and brand_mail_logo_value put there */
    struct logo logo;   /* that mails carry; id 0: none */
    struct value look;  /* what pages and mails show, for the proof: brand_own_value's keys */
};

/* The address, links and words of a workspace's public face. */
MUST_USE bool contact_sender_load(struct ctx *cx, str base_url, struct contact_sender *out);
/* The same for a form with a look of its own (NULL: none). */
MUST_USE bool contact_sender_load_as(struct ctx *cx, str base_url, const struct brand_own *own,
                                     struct contact_sender *out);
MUST_USE bool contact_sender_read_as(struct ctx *cx, struct tx *tx, str base_url,
                                     const struct brand_own *own, struct contact_sender *out);
/* The same in a transaction that is open already. */
MUST_USE bool contact_sender_read(struct ctx *cx, struct tx *tx, str base_url,
                                  struct contact_sender *out);
