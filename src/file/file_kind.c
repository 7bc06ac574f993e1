#include "file/file_kind.h"

#include "base/base.h"
#include "base/utf8.h"

enum content {
    CONTENT_PDF,
    CONTENT_ZIP,
    CONTENT_PNG,
    CONTENT_JPEG,
    CONTENT_WEBP,
    CONTENT_HEIC,
    CONTENT_PLAIN
};

static const struct {
    const char *ending, *media_type;
    enum content content;
    bool image;
} kinds[] = {
    {".pdf", "application/pdf", CONTENT_PDF, false},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     CONTENT_ZIP, false},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", CONTENT_ZIP,
     false},
    {".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
     CONTENT_ZIP, false},
    {".odt", "application/vnd.oasis.opendocument.text", CONTENT_ZIP, false},
    {".ods", "application/vnd.oasis.opendocument.spreadsheet", CONTENT_ZIP, false},
    {".txt", "text/plain; charset=utf-8", CONTENT_PLAIN, false},
    {".png", "image/png", CONTENT_PNG, true},
    {".jpg", "image/jpeg", CONTENT_JPEG, true},
    {".jpeg", "image/jpeg", CONTENT_JPEG, true},
    {".webp", "image/webp", CONTENT_WEBP, true},
    {".heic", "image/heic", CONTENT_HEIC, true},
};

static const char *const names[ACCEPT__COUNT] = {"any", "document", "image", "pdf"};
static const char *const endings[ACCEPT__COUNT] = {
    ".pdf,.docx,.xlsx,.pptx,.odt,.ods,.txt,.png,.jpg,.jpeg,.webp,.heic",
    ".pdf,.docx,.xlsx,.pptx,.odt,.ods,.txt", ".png,.jpg,.jpeg,.webp,.heic", ".pdf"};

const char *file_accept_name(enum file_accept accept)
{
    return names[accept];
}

enum file_accept file_accept_of(str name)
{
    for (int i = 0; i < ACCEPT__COUNT; i++)
        if (str_eq(name, str_of(names[i]))) return (enum file_accept)i;
    return ACCEPT__COUNT;
}

const char *file_accept_endings(enum file_accept accept)
{
    return endings[accept];
}

static bool begins(str bytes, ptrdiff_t at, str with)
{
    return bytes.len >= at + with.len && str_eq(str_slice(bytes, at, at + with.len), with);
}

static bool is_plain(str bytes)
{
    return utf8_valid(bytes) && str_find_char(bytes, '\0') < 0;
}

static bool content_is(enum content content, str bytes)
{
    switch (content) {
    case CONTENT_PDF:
        return begins(bytes, 0, S("%PDF-"));
    case CONTENT_ZIP:
        return begins(bytes, 0, S("PK\x03\x04"));
    case CONTENT_PNG:
        return begins(bytes, 0, S("\x89PNG\r\n\x1a\n"));
    case CONTENT_JPEG:
        return begins(bytes, 0, S("\xff\xd8\xff"));
    case CONTENT_WEBP:
        return begins(bytes, 0, S("RIFF")) && begins(bytes, 8, S("WEBP"));
    case CONTENT_HEIC:
        return begins(bytes, 4, S("ftyphei")) || begins(bytes, 4, S("ftypmif1"));
    case CONTENT_PLAIN:
        return is_plain(bytes);
    }
    return false;
}

static bool takes(enum file_accept accept, const char *ending, bool image)
{
    switch (accept) {
    case ACCEPT_DOCUMENT:
        return !image;
    case ACCEPT_IMAGE:
        return image;
    case ACCEPT_PDF:
        return str_eq(str_of(ending), S(".pdf"));
    case ACCEPT_ANY:
    case ACCEPT__COUNT:
        break;
    }
    return true;
}

str file_kind_media_type(enum file_accept accept, str name, str bytes)
{
    for (ptrdiff_t i = 0; i < COUNTOF(kinds); i++) {
        str ending = str_of(kinds[i].ending);
        if (name.len <= ending.len ||
            !str_eq_nocase(str_slice(name, name.len - ending.len, name.len), ending))
            continue;
        if (takes(accept, kinds[i].ending, kinds[i].image) && content_is(kinds[i].content, bytes))
            return str_of(kinds[i].media_type);
    }
    return (str){0};
}
