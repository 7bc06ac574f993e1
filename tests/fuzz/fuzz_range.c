/* Properties: a range lies within the file, has at least a byte, and means the same when it is
 * written down and read again; anything else is the whole file. */
#include "base/arena.h"
#include "web/range.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[1 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    int64_t bytes = 0;
    struct range r, again;
    if (size < sizeof bytes) return 0;
    memcpy(&bytes, data, sizeof bytes);
    bytes &= INT64_MAX;
    str header = {(const char *)data + sizeof bytes, (ptrdiff_t)(size - sizeof bytes)};
    enum range_kind kind = range_read(header, bytes, &r);
    if (kind != RANGE_PART) return r.from == 0 && r.bytes == bytes ? 0 : (abort(), 0);
    if (r.from < 0 || r.bytes < 1 || r.from > bytes - r.bytes) abort();
    str same =
        str_printf(&a, "bytes=%lld-%lld", (long long)r.from, (long long)(r.from + r.bytes - 1));
    if (range_read(same, bytes, &again) != RANGE_PART) abort();
    if (again.from != r.from || again.bytes != r.bytes) abort();
    return 0;
}
