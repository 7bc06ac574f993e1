#include "web/embedded.h"

const struct embedded_file *embedded_find(str path)
{
    ptrdiff_t low = 0, high = embedded_count;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        int order = str_cmp(path, str_of(embedded_files[middle].path));
        if (order == 0) return &embedded_files[middle];
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}
