#include "demo/maker.h"

#include "keys/keys.h"
#include "lead/lead.h"

#include <stdlib.h>

enum { WORDS_MAX = 24, TAKE_ROWS = 20000 };

bool demo_late_open(struct late *late)
{
    if (!arena_block_open(&late->block, LATE_BYTES)) return false;
    demo_late_clear(late);
    return true;
}

void demo_late_close(struct late *late)
{
    arena_block_close(&late->block);
}

void demo_late_clear(struct late *late)
{
    late->a = arena_over(&late->block);
    late->word = NEW(&late->a, struct late_word, LATE_WORDS);
    late->identity = NEW(&late->a, struct late_identity, LATE_LEADS);
    late->words = late->identities = 0;
}

void demo_late_add(struct making *k, enum email_state state, int64_t verified_ms)
{
    struct ctx *cx = k->m->cx;
    struct late *late = &k->m->late;
    str word[WORDS_MAX];
    int count = lead_words(cx->a, k->text, k->email, word, WORDS_MAX);
    for (int i = 0; i < count; i++)
        late->word[late->words++] = (struct late_word){str_dup(&late->a, word[i]), k->id};
    if (k->email.len == 0) return;
    late->identity[late->identities++] = (struct late_identity){
        .hash = key_hash_id(
            cx->keys, KEY_IDENTITY,
            str_printf(cx->a, "%lld %.*s", (long long)cx->workspace_id, STR_ARG(k->email))),
        .lead_id = k->id,
        .state = state,
        .verified_ms = verified_ms,
        .created_ms = k->life.created_ms,
        .value = str_dup(&late->a, k->email),
    };
}

bool demo_late_full(const struct late *late)
{
    return late->words > LATE_WORDS - BATCH_LEADS * WORDS_MAX ||
           late->identities > LATE_LEADS - BATCH_LEADS ||
           late->a.end - late->a.beg < LATE_BYTES / 16;
}

static int by_word(const void *left, const void *right)
{
    const struct late_word *a = left, *b = right;
    int by = str_cmp(a->word, b->word);
    return by != 0 ? by : (a->lead_id > b->lead_id) - (a->lead_id < b->lead_id);
}

static int by_hash(const void *left, const void *right)
{
    const struct late_identity *a = left, *b = right;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

void demo_late_sort(struct late *late)
{
    qsort(late->word, (size_t)late->words, sizeof *late->word, by_word);
    qsort(late->identity, (size_t)late->identities, sizeof *late->identity, by_hash);
}

bool demo_late_take(struct maker *m, struct demo_batch *b, ptrdiff_t *word, ptrdiff_t *identity)
{
    const struct late *late = &m->late;
    int64_t workspace_id = m->cx->workspace_id;
    if (*word == late->words && *identity == late->identities) return false;
    for (int i = 0; i < TAKE_ROWS && *word < late->words; i++, ++*word)
        SHEET_ADD(&b->a, &b->sheet[SHEET_WORD], CELL_I64(workspace_id),
                  CELL_TEXT(late->word[*word].word), CELL_I64(late->word[*word].lead_id));
    for (int i = 0; i < TAKE_ROWS && *identity < late->identities; i++, ++*identity) {
        const struct late_identity *one = &late->identity[*identity];
        SHEET_ADD(&b->a, &b->sheet[SHEET_IDENTITY], CELL_I64(workspace_id),
                  CELL_I64(IDENTITY_EMAIL), CELL_I64(one->hash), CELL_TEXT(one->value),
                  CELL_I64(one->lead_id), CELL_I64(one->state), CELL_I64(one->verified_ms),
                  CELL_I64(one->created_ms));
    }
    return true;
}
