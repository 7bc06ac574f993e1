/* Properties: an address that was taken is plain ASCII within the limits, stays itself when it is
 * normalised again, and its mask holds no more than the domain and three characters. */
#include "base/email.h"
#include "base/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str text = {(const char *)data, (ptrdiff_t)size};
    str once = {0}, twice = {0};
    str mask = email_mask(&a, text);
    if (mask.len > text.len + 15) abort();
    if (email_normalise(&a, text, &once) != EMAIL_OK) return once.ptr == NULL ? 0 : (abort(), 0);
    if (once.len > LIMIT_EMAIL_BYTES) abort();
    for (ptrdiff_t i = 0; i < once.len; i++)
        if (once.ptr[i] <= ' ' || once.ptr[i] > '~' || (once.ptr[i] >= 'A' && once.ptr[i] <= 'Z'))
            abort();
    if (str_find_char(email_domain(once), '.') < 1) abort();
    if (email_normalise(&a, once, &twice) != EMAIL_OK || !str_eq(once, twice)) abort();
    return 0;
}
