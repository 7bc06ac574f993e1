/* base/arena.h -- memory with one owner and one end of life.
 *
 * An arena is a span of reserved memory that is given back all at once.
 * Pass `arena *` when the result outlives the call, `arena` (a copy) for scratch:
 * whatever is taken from the copy is gone when the callee returns.
 *
 * Running out fails the request and never the server: arena_alloc jumps to `full`, which the
 * edge (a worker, the writer, a command) has set with setjmp. Nothing between may hold
 * a resource that is not released by the edge (ctx_defer, a transaction). Where `full` is NULL
 * the process ends, as at start-up or in a test.
 */
#pragma once

#include "base/base.h"

#include <setjmp.h>

typedef struct {
    char    *beg;  /* next free byte */
    char    *end;  /* one past the last byte */
    jmp_buf *full; /* where to go when nothing is left; NULL: abort */
} arena;

/* A zeroed array of `count` things of `type`. Never NULL. */
#define NEW(a, type, count) ((type *)arena_alloc((a), sizeof(type), _Alignof(type), (count)))

/* `count` zeroed things of `size_bytes` each. Never returns NULL (see above). */
void *arena_alloc(arena *a, ptrdiff_t size_bytes, ptrdiff_t align_bytes, ptrdiff_t count);

/* A block of address space that one arena after another is laid over. Pages are taken from the
 * system when first touched. */
struct arena_block {
    char     *base;
    ptrdiff_t reserved_bytes;
};

/* Reserve `reserve_bytes` of address space; false if the system refuses. */
MUST_USE bool arena_block_open(struct arena_block *block, ptrdiff_t reserve_bytes);

/* A fresh, empty arena over the whole block. */
arena arena_over(const struct arena_block *block);

/* Tell the block that what `used` had taken is no longer needed: pages past the first
 * `keep_bytes` are given back to the system. */
void arena_block_trim(const struct arena_block *block, const arena *used, ptrdiff_t keep_bytes);

/* Give the address space back. */
void arena_block_close(struct arena_block *block);
