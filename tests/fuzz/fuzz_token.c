/* Property: bytes that nobody signed are never accepted, for no use, and none of them crash. */
#include "keys/token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct key_ring ring;
    static bool ready;
    if (!ready) {
        key_ring_new(&ring, 0); /* random: not even the fuzzer's memory of earlier runs can sign */
        ready = true;
    }
    str text = {(const char *)data, (ptrdiff_t)size};
    for (int use = TOKEN_CONFIRM; use <= TOKEN_STAMP; use++) {
        struct token out = {.subject_id = -1};
        enum token_err got = token_verify(text, &ring, (enum token_use)use, 0, &out);
        if (got != TOKEN_MALFORMED && got != TOKEN_FORGED) abort();
        if (out.subject_id != -1) abort();
    }
    return 0;
}
