#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *arena_alloc(arena *a, ptrdiff_t size_bytes, ptrdiff_t align_bytes, ptrdiff_t count)
{
    assert(size_bytes > 0 && count >= 0);
    ptrdiff_t pad = (ptrdiff_t)(-(uintptr_t)a->beg & (uintptr_t)(align_bytes - 1));
    if (pad > a->end - a->beg || count > (a->end - a->beg - pad) / size_bytes) {
        if (a->full == NULL) abort();
        longjmp(*a->full, 1);
    }
    char *p = a->beg + pad;
    a->beg = p + count * size_bytes;
    return memset(p, 0, (size_t)(count * size_bytes));
}

bool arena_block_open(struct arena_block *block, ptrdiff_t reserve_bytes)
{
    void *p = mmap(NULL, (size_t)reserve_bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return false;
    *block = (struct arena_block){p, reserve_bytes};
    return true;
}

arena arena_over(const struct arena_block *block)
{
    return (arena){block->base, block->base + block->reserved_bytes, NULL};
}

void arena_block_trim(const struct arena_block *block, const arena *used, ptrdiff_t keep_bytes)
{
    if (used->beg - block->base <= keep_bytes) return;
    char *from = block->base + keep_bytes;
    madvise(from, (size_t)(block->reserved_bytes - keep_bytes), MADV_DONTNEED);
}

void arena_block_close(struct arena_block *block)
{
    if (block->base != NULL) munmap(block->base, (size_t)block->reserved_bytes);
    *block = (struct arena_block){0};
}
