#include "post/packed.h"

#include "base/limits.h"
#include "web/embedded.h"

#include <string.h>

enum { PACKED_1 = 1, MAIL_BYTES_MAX = 4 * LIMIT_MAIL_BYTES }; /* as mime_write makes it at most */

static str dictionary_1(void)
{
    const struct embedded_file *f = embedded_find(S("share/mail/dictionary_1.txt"));
    return f == NULL ? S("") : (str){(const char *)f->bytes, f->len};
}

struct zip_dictionary *mail_dictionary_new(void)
{
    return zip_dictionary_new(dictionary_1());
}

str mail_pack(arena *a, str mime, struct zip_dictionary *dictionary)
{
    if (dictionary == NULL) return mime;
    str packed = zip_pack(a, mime, dictionary);
    if (packed.ptr == NULL || packed.len + 1 >= mime.len) return mime;
    char *to = NEW(a, char, packed.len + 1);
    to[0] = PACKED_1;
    memcpy(to + 1, packed.ptr, (size_t)packed.len);
    return (str){to, packed.len + 1};
}

str mail_unpack(arena *a, str stored)
{
    str mime;
    if (stored.len == 0 || stored.ptr[0] != PACKED_1) return stored;
    bool good =
        zip_unpack(a, str_slice(stored, 1, stored.len), dictionary_1(), MAIL_BYTES_MAX, &mime);
    return good ? mime : (str){0};
}
