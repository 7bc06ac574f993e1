/* base/utf8.h -- text of people: validity, cleaning, folding, sorting. The door to libunistring.
 *
 * Sources: Unicode 15 (UAX #15 normalisation, UAX #9 bidi), DIN 5007-1 (sorting).
 * All but utf8_valid and utf8_decode expect valid UTF-8. An invalid byte comes out of cleaning as
 * U+FFFD; elsewhere it is kept, and read as U+FFFD where characters count.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* Text as every engine stores it. Well-formed UTF-8: no surrogates, no overlong forms, nothing
 * beyond U+10FFFF; and no U+0000, which PostgreSQL refuses. */
bool utf8_valid(str s);
/* How many bytes the character at s[at] takes, and which it is; 1 and U+FFFD for a bad byte.
 * `at` < s.len. */
ptrdiff_t utf8_decode(str s, ptrdiff_t at, uint32_t *character);
/* How many characters (code points). */
ptrdiff_t utf8_length(str s);
/* The longest beginning of at most max_bytes that ends at a character's border. */
str utf8_cut(str s, ptrdiff_t max_bytes);

/* One line as it is stored: NFC; without control, bidi and invisible format characters; white
 * space of any kind and line ends become single spaces; trimmed. */
str utf8_clean_line(arena *a, str s);
/* The same for text of several lines: line ends are kept as LF, tabs become spaces, runs of
 * spaces stay, the ends are trimmed. */
str utf8_clean_text(arena *a, str s);
/* For search and comparison: NFKC and case-folded ("STRASSE" = "straße"). */
str utf8_fold(arena *a, str s);
/* A key whose byte order is the order of names: base letters without accents, case-folded, ä=a,
 * ß=ss, ł=l, ø=o. Equal keys need another column to decide. */
str sort_key(arena *a, str s);
/* The same as Germans write it without umlauts: "Müller" is "mueller"; other accents go. */
str spelt_key(arena *a, str s);
