/* base/zip.h -- bytes made smaller, as a zstd frame: short texts at once, long ones as a stream.
 *
 * A dictionary is a text like those that are to come: what both have in common then costs nothing.
 * What was packed with one can only be read with the very same bytes: a dictionary never changes
 * and is never taken away.
 *
 * Source: RFC 8878 (zstd).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* A dictionary made ready for any number of texts, by any thread: making it ready takes longer than
 * packing a mail. NULL if there is no memory. Free it with zip_dictionary_free (NULL is fine). */
struct zip_dictionary;
struct zip_dictionary *zip_dictionary_new(str text);
void zip_dictionary_free(struct zip_dictionary *dictionary);

/* Pack `plain`; dictionary NULL: with none. The absent str if there is no memory for it.
 * The same input gives the same bytes with the same version of zstd only. */
str zip_pack(arena *a, str plain, struct zip_dictionary *dictionary);
/* The text again, with the dictionary's text ("" for none). False if `packed` is not one frame, is of another dictionary, or would be larger
 * than max_bytes, whatever it says of itself. */
MUST_USE bool zip_unpack(arena *a, str packed, str dictionary, ptrdiff_t max_bytes, str *plain);

/* --- streams --- */

struct zip_packer;
struct zip_unpacker;

/* A frame to be written; NULL if there is no memory. Free it with zip_packer_free (NULL is fine).
 */
struct zip_packer *zip_packer_new(void);
void zip_packer_free(struct zip_packer *packer);
/* Take from *in (which becomes what is left of it) and write behind to[0..*len), up to to[room);
 * *done once all of *in is taken and, with `end`, the frame is at its end. Not done: make room. */
MUST_USE bool zip_packer_step(struct zip_packer *packer, str *in, bool end, uint8_t *to,
                              ptrdiff_t room, ptrdiff_t *len, bool *done);

/* A frame to be read. One that wants more memory than ours do (8 MB) is refused. */
struct zip_unpacker *zip_unpacker_new(void);
void zip_unpacker_free(struct zip_unpacker *unpacker);
/* Take from *in and write to to[0..room); *len is how much. *ended: that was the whole frame.
 * False: it is none, or damaged. */
MUST_USE bool zip_unpacker_step(struct zip_unpacker *unpacker, str *in, uint8_t *to, ptrdiff_t room,
                                ptrdiff_t *len, bool *ended);
