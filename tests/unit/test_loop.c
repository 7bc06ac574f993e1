/* What is posted to the loop, from whichever thread, runs there and in order. */
#include "net/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { POSTERS = 4, POSTS = 2000 };

struct poster {
    struct loop *loop;
    int *left;    /* posters that are not done; loop thread */
    int next;     /* the post that must come next; loop thread */
    bool ordered; /* loop thread */
};

struct post {
    struct poster *poster;
    int number;
};

static void take(void *arg)
{
    struct post *post = arg;
    struct poster *poster = post->poster;
    if (post->number != poster->next) poster->ordered = false;
    poster->next++;
    if (poster->next == POSTS && --*poster->left == 0) loop_stop(poster->loop);
    free(post);
}

static void *post_all(void *arg)
{
    struct poster *poster = arg;
    for (int i = 0; i < POSTS; i++) {
        struct post *post = malloc(sizeof *post);
        *post = (struct post){poster, i};
        loop_post(poster->loop, take, post);
    }
    return NULL;
}

static void every_post_runs_once_in_the_order_of_its_thread(void **state)
{
    (void)state;
    struct loop *loop;
    struct poster poster[POSTERS];
    pthread_t thread[POSTERS];
    int left = POSTERS;
    assert_true(loop_new(&loop));
    for (int i = 0; i < POSTERS; i++) {
        poster[i] = (struct poster){loop, &left, 0, true};
        assert_int_equal(pthread_create(&thread[i], NULL, post_all, &poster[i]), 0);
    }
    loop_run(loop);
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(poster[i].next, POSTS);
        assert_true(poster[i].ordered);
    }
    loop_free(loop);
}

static void count(void *arg)
{
    ++*(int *)arg;
}

static void stopping_lets_run_what_was_posted_before(void **state)
{
    (void)state;
    struct loop *loop;
    int before = 0, after = 0;
    assert_true(loop_new(&loop));
    loop_post(loop, count, &before);
    loop_post(loop, count, &before);
    loop_stop(loop);
    loop_run(loop);
    assert_int_equal(before, 2);
    loop_post(loop, count, &after); /* never runs, and is not leaked */
    loop_free(loop);
    assert_int_equal(after, 0);
}

static void raise_term(void *arg)
{
    (void)arg;
    (void)raise(SIGTERM);
}

static void stop(void *arg)
{
    loop_stop(arg);
}

static void timers_and_signals_arrive(void **state)
{
    (void)state;
    struct loop *loop;
    int ticks = 0;
    assert_true(loop_new(&loop));
    loop_on_signal(loop, stop, loop);
    loop_every(loop, 1, count, &ticks);
    loop_every(loop, 20, raise_term, NULL);
    loop_run(loop);
    assert_true(ticks > 0);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_post_runs_once_in_the_order_of_its_thread),
        cmocka_unit_test(stopping_lets_run_what_was_posted_before),
        cmocka_unit_test(timers_and_signals_arrive),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
