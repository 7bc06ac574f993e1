/* post/packed.h -- the bytes of a mail as they are stored: made small before they are sealed.
 *
 * Sealed bytes cannot be made smaller any more, and a mail is mostly what all mails of its kind
 * have in common. The first byte says how the rest is to be read:
 *
 *     1           a zstd frame over the dictionary share/mail/dictionary_1.txt
 *     a letter    the MIME text itself, which begins with the name of a header
 *
 * A dictionary is never changed and never taken away (a test holds its hash): it belongs to every
 * mail that was stored with it. Better ones get a number of their own.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/zip.h"

/* What mail_pack needs, made ready once. NULL if there is no memory. */
struct zip_dictionary *mail_dictionary_new(void);
/* The MIME text as it is to be sealed; itself where that is no smaller, or without a dictionary. */
str mail_pack(arena *a, str mime, struct zip_dictionary *dictionary);
/* The MIME text again; the absent str if it cannot be read. */
str mail_unpack(arena *a, str stored);
