/* demo/people.h -- people and firms that do not exist, as one meets them in Germany.
 *
 * Names stand in share/demo in the order in which they are frequent. Addresses lie below .example
 * or at example.com, .org and .net, telephone numbers in the ranges that belong to nobody: whatever
 * is done with demo data, no real person is written to or called.
 *
 * Sources: RFC 2606, RFC 6761 (reserved domains); Bundesnetzagentur, Mitteilung Nr. 148/2021
 *          (Rufnummern für Medienproduktionen).
 */
#pragma once

#include "base/ctx.h"
#include "demo/dice.h"

/* A list to draw from: item i in upto[i] - upto[i-1] of upto[count-1] cases. */
struct demo_list {
    str *item;
    uint32_t *upto;
    int count;
};

struct demo_lists {
    struct demo_list last_names, women, men, towns, streets, industries, jobs;
};

struct demo_firm {
    str name, industry, size, street, postcode, town, domain;
};

struct demo_person {
    bool woman;
    str title, first_name, last_name;
    str address;         /* what stands before the @, without a number */
    str job, department; /* absent: none known */
    str phone, mobile;   /* absent: none known */
};

/* Read the lists inside the program. */
MUST_USE bool demo_lists_load(struct ctx *cx, struct demo_lists *out);
/* The firm with that number; the same for the same seed. */
void demo_firm_of(arena *a, const struct demo_lists *lists, int64_t seed, int64_t number,
                  struct demo_firm *out);
/* Somebody. */
void demo_person_of(arena *a, const struct demo_lists *lists, struct dice *dice,
                    struct demo_person *out);
/* Letters and digits as addresses have them: "Jörg Groß" is "joerg-gross". */
str demo_slug(arena *a, str text);
