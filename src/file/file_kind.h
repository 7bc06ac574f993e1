/* file/file_kind.h -- which files people may send in, told by their first bytes and their names.
 *
 * Both must agree: what calls itself a PDF and begins like a program is refused. Nothing here is
 * ever shown by a browser under our name (it is handed out as an attachment), but colleagues open
 * it: kinds that carry macros or run are none of these. Pure.
 *
 * Sources: ISO 32000-1 7.5.2 (PDF), RFC 2083 3.1 (PNG), ITU T.81 B (JPEG), RFC 9649 (WebP),
 *          ISO 14496-12 4.3 (HEIC), APPNOTE.TXT 4.3.7 (ZIP: Office and OpenDocument).
 */
#pragma once

#include "base/str.h"

/* What a field takes. */
enum file_accept {
    ACCEPT_ANY, /* documents and pictures */
    ACCEPT_DOCUMENT,
    ACCEPT_IMAGE,
    ACCEPT_PDF,
    ACCEPT__COUNT
};

/* "any", "document", "image", "pdf", and back; ACCEPT__COUNT if there is none of that name. */
const char *file_accept_name(enum file_accept accept);
enum file_accept file_accept_of(str name);
/* The endings, as HTML's accept="…" wants them: ".pdf,.docx". */
const char *file_accept_endings(enum file_accept accept);
/* The media type of a file with this name and these bytes; absent if the field does not take it,
 * or if its bytes are not what its name says. */
str file_kind_media_type(enum file_accept accept, str name, str bytes);
