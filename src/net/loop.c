#include "net/loop_uv.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct loop_task {
    struct loop_task *next;
    void (*fn)(void *arg);
    void *arg;
};

/* A timer or signal of ours; freed when its handle has closed. */
struct loop_watch {
    union {
        uv_handle_t handle;
        uv_timer_t timer;
        uv_signal_t signal;
    } as;
    void (*fn)(void *arg);
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_async_t wake;
    pthread_mutex_t lock;
    struct loop_task *first, **last; /* guarded by lock */
    bool stopping;                   /* loop thread only */
    _Atomic bool running;
    pthread_t thread; /* of loop_run, once `running` */
    char sentence[256];
};

/* A start-up or bookkeeping allocation of a few bytes: without it nothing can go on. */
static void *must_calloc(size_t size_bytes)
{
    void *p = calloc(1, size_bytes);
    if (p == NULL) abort();
    return p;
}

static void run_tasks(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    pthread_mutex_lock(&loop->lock);
    struct loop_task *task = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    pthread_mutex_unlock(&loop->lock);
    /* One wake-up may stand for many posts: take them all. */
    while (task != NULL) {
        struct loop_task *next = task->next;
        task->fn(task->arg);
        free(task);
        task = next;
    }
}

bool loop_new(struct loop **out)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) return false;
    if (uv_loop_init(&loop->uv) != 0) {
        free(loop);
        return false;
    }
    if (uv_async_init(&loop->uv, &loop->wake, run_tasks) != 0) {
        (void)uv_loop_close(&loop->uv);
        free(loop);
        return false;
    }
    /* A client that went away is an error of one write, not a signal to the process. */
    (void)signal(SIGPIPE, SIG_IGN);
    loop->wake.data = loop;
    loop->uv.data = loop;
    loop->last = &loop->first;
    pthread_mutex_init(&loop->lock, NULL);
    *out = loop;
    return true;
}

void loop_run(struct loop *loop)
{
    loop->thread = pthread_self();
    atomic_store(&loop->running, true);
    /* uv_run comes back early where a nested uv_stop was meant for somebody else. */
    while (!loop->stopping) (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop->stopping = false;
    atomic_store(&loop->running, false);
}

static void stop_now(void *arg)
{
    struct loop *loop = arg;
    loop->stopping = true;
    uv_stop(&loop->uv);
}

void loop_stop(struct loop *loop)
{
    loop_post(loop, stop_now, loop);
}

void loop_post(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    struct loop_task *task = must_calloc(sizeof *task);
    task->fn = fn;
    task->arg = arg;
    pthread_mutex_lock(&loop->lock);
    *loop->last = task;
    loop->last = &task->next;
    pthread_mutex_unlock(&loop->lock);
    (void)uv_async_send(&loop->wake);
}

static void on_watch_timer(uv_timer_t *timer)
{
    struct loop_watch *watch = timer->data;
    watch->fn(watch->arg);
}

void loop_every(struct loop *loop, int64_t period_ms, void (*fn)(void *arg), void *arg)
{
    assert(period_ms > 0);
    struct loop_watch *watch = must_calloc(sizeof *watch);
    watch->fn = fn;
    watch->arg = arg;
    (void)uv_timer_init(&loop->uv, &watch->as.timer);
    watch->as.timer.data = watch;
    (void)uv_timer_start(&watch->as.timer, on_watch_timer, (uint64_t)period_ms,
                         (uint64_t)period_ms);
}

static void on_watch_signal(uv_signal_t *handle, int number)
{
    (void)number;
    struct loop_watch *watch = handle->data;
    watch->fn(watch->arg);
}

void loop_on_signal(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    for (ptrdiff_t i = 0; i < COUNTOF(numbers); i++) {
        struct loop_watch *watch = must_calloc(sizeof *watch);
        watch->fn = fn;
        watch->arg = arg;
        (void)uv_signal_init(&loop->uv, &watch->as.signal);
        watch->as.signal.data = watch;
        (void)uv_signal_start(&watch->as.signal, on_watch_signal, numbers[i]);
    }
}

static void free_watch(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (uv_is_closing(handle)) return;
    /* Ours point at themselves; the rest is what some other file forgot to close. */
    uv_close(handle, handle->data == handle ? free_watch : NULL);
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) return;
    uv_walk(&loop->uv, close_handle, NULL);
    while (uv_loop_close(&loop->uv) == UV_EBUSY) (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    while (loop->first != NULL) {
        struct loop_task *next = loop->first->next;
        free(loop->first);
        loop->first = next;
    }
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

bool loop_is_here(const struct loop *loop)
{
    return atomic_load(&loop->running) && pthread_equal(loop->thread, pthread_self());
}

str loop_sentence(struct loop *loop, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(loop->sentence, sizeof loop->sentence, format, args);
    va_end(args);
    if (len < 0) len = 0;
    if (len >= (int)sizeof loop->sentence) len = (int)sizeof loop->sentence - 1;
    return (str){loop->sentence, len};
}
