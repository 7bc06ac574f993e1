/* Property: a head that is taken is whole, within its limits, and reads the same once written. */
#include "backup/archive_head.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str bytes = {(const char *)data, (ptrdiff_t)size};
    struct manifest m, again;
    ptrdiff_t need = 0;
    enum archive_fault fault = archive_head_read(&a, bytes, &m, &need);
    if (fault == ARCHIVE_SHORT && need <= bytes.len) abort();
    if (need > ARCHIVE_START_BYTES + ARCHIVE_MANIFEST_BYTES) abort();
    if (fault != ARCHIVE_OK) return 0;
    if (need > bytes.len || m.body_bytes < -1 || m.leads < 0 || m.body >= BODY__COUNT) abort();
    str text = archive_head_text(&a, &m);
    if (archive_head_read(&a, text, &again, &need) != ARCHIVE_OK) abort();
    if (!str_eq(again.key_mark, m.key_mark) || again.schema != m.schema ||
        again.body_bytes != m.body_bytes || again.sealed != m.sealed)
        abort();
    return 0;
}
