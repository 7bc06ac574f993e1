/* Progressive profiling: somebody known is asked the next question in place of one whose answer is
 * known. Which answers those are is told by nothing but their absence. */
#include "form/form_rules.h"

static bool is_known(const struct form_field *f, const bool known[SLOT__COUNT])
{
    enum field_slot slot = f->def->slot;
    if (f->hidden || slot == SLOT_MESSAGE || slot == SLOT_UNSET) return false;
    return slot == SLOT_NONE || known[slot];
}

/* Files come in by a way of their own, which asks for an address. */
static bool is_file(const struct form_field *f)
{
    return f->type == FIELD_FILE;
}

static bool is_asked(const struct form_def *def, const struct form_field *f)
{
    return f->when == 0 || !def->field[f->when - 1].reserve;
}

/* Two fields change places; the conditions of others go with them. */
static void swap(struct form_def *def, int i, int k)
{
    struct form_field one = def->field[i];
    def->field[i] = def->field[k];
    def->field[k] = one;
    for (int n = 0; n < def->field_count; n++) {
        int *when = &def->field[n].when;
        *when = *when == i + 1 ? k + 1 : *when == k + 1 ? i + 1 : *when;
    }
}

/* The next of the reserve that he can be asked at a place; -1: none is left. Conditions look back.
 */
static int next_of(const struct form_def *def, const bool known[SLOT__COUNT],
                   const bool used[FORM_FIELDS_MAX], int place)
{
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        bool fits = is_asked(def, f) && f->when <= place;
        if (f->reserve && !used[i] && !is_known(f, known) && fits) return i;
    }
    return -1;
}

void form_def_know(struct form_def *def, const bool known[SLOT__COUNT])
{
    bool used[FORM_FIELDS_MAX] = {0}; /* known ones, put back to where the reserve was */
    str step = S("");                 /* a step whose first question is gone begins with the next */
    for (int i = 0; i < def->field_count; i++) {
        struct form_field *f = &def->field[i];
        if (f->reserve) continue;
        str begins = f->step.len > 0 ? f->step : step;
        step = S("");
        if (is_asked(def, f) && is_known(f, known)) {
            int next = next_of(def, known, used, i);
            f->reserve = true;
            used[i] = true;
            if (next >= 0) {
                swap(def, i, next);
                used[i] = false;
                used[next] = true;
                f->reserve = false;
                f->half = false;
            }
        } else if (is_file(f) || !is_asked(def, f)) {
            f->reserve = true;
            used[i] = true;
        }
        if (f->reserve && !f->hidden)
            step = begins;
        else
            f->step = begins;
    }
}

void form_def_ask_only(struct form_def *def, struct value sent)
{
    for (int i = 0; i < def->field_count; i++) {
        struct form_field *f = &def->field[i];
        bool boxes = f->type == FIELD_CHECKBOX || f->type == FIELD_CHOICES;
        if (!f->reserve && !f->hidden && !boxes &&
            value_get(sent, str_of(f->def->key)).type == VALUE_NULL)
            f->reserve = true;
    }
}
