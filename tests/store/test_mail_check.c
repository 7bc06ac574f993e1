/* A domain that takes no mail, asked of a name server on this machine: what the job does that runs
 * twice, beside another, or while the mail leaves. */
#include "store/capture_case.h"

#include "app.h"
#include "capture/capture.h"
#include "jobs/jobs.h"
#include "lead/lead_applicant.h"
#include "spam/domain_check.h"
#include "spam/suspect.h"

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char APPLICATION[] =
    "{\"kind\":\"application\",\"double_opt_in\":true,\"fields\":[{\"key\":\"email\","
    "\"required\":true},{\"key\":\"first_name\"}]}";

/* Knows "com", and nothing else; does something else before its first word. */
struct peer {
    int fd;
    pthread_t thread;
    char address[32];
    void (*meanwhile)(void *arg);
    void *arg;
};

static void *peer_run(void *arg)
{
    struct peer *p = arg;
    unsigned char m[512];
    struct sockaddr_in from;
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(p->fd, m, sizeof m, 0, (struct sockaddr *)&from, &len);
        if (n < 12) return NULL; /* the end: one byte */
        if (p->meanwhile != NULL) p->meanwhile(p->arg);
        p->meanwhile = NULL;
        bool com = n == 12 + 5 + 4 && memcmp(m + 12, "\3com\0", 5) == 0;
        m[2] = 0x81;
        m[3] = com ? 0x80 : 0x83;
        m[7] = com;
        if (com) {
            static const unsigned char ns[] = {0xc0, 0x0c, 0,  2, 0, 1,    0,
                                               0,    0,    60, 0, 2, 0xc0, 0x0c};
            memcpy(m + n, ns, sizeof ns);
            n += (ssize_t)sizeof ns;
        }
        (void)!sendto(p->fd, m, (size_t)n, 0, (struct sockaddr *)&from, len);
    }
}

static void peer_start(struct peer *p)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    *p = (struct peer){.fd = socket(AF_INET, SOCK_DGRAM, 0)};
    assert_true(p->fd >= 0 && bind(p->fd, (struct sockaddr *)&here, len) == 0);
    assert_int_equal(getsockname(p->fd, (struct sockaddr *)&here, &len), 0);
    snprintf(p->address, sizeof p->address, "127.0.0.1:%d", ntohs(here.sin_port));
    assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

static void peer_stop(struct peer *p)
{
    struct sockaddr_in here;
    socklen_t len = sizeof here;
    assert_int_equal(getsockname(p->fd, (struct sockaddr *)&here, &len), 0);
    assert_int_equal(sendto(p->fd, "", 1, 0, (struct sockaddr *)&here, len), 1);
    pthread_join(p->thread, NULL);
    close(p->fd);
}

/* An application and what is asked about it; `other` is a node of its own. */
struct desk {
    struct scene sc;
    struct peer peer, other_peer;
    struct app app, other;
    struct form_live jobs;
    struct submission_done done;
    struct ctx beside; /* of another thread */
    struct arena_block block;
    arena a;
    struct job job;
    bool ok;
};

static bool mail_of(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t *id = arg;
    struct mail_rows rows;
    if (!post_list(cx, tx, 0, 1, &rows)) return false;
    *id = rows.row[0].id;
    return true;
}

static void desk_open(struct desk *d, const char *form)
{
    struct ctx *cx = &d->sc.s.cx;
    int64_t mail_id = 0;
    *d = (struct desk){0};
    scene_open(&d->sc);
    peer_start(&d->peer);
    peer_start(&d->other_peer);
    struct publish jobs = {"jobs", APPLICATION, &d->jobs};
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &jobs));
    d->app.domains = domain_check_new(&d->sc.s.schema_arena, str_of(d->peer.address));
    d->other.domains = domain_check_new(&d->sc.s.schema_arena, str_of(d->other_peer.address));
    cx->app = &d->app;
    d->done = submit(&d->sc, strcmp(form, "jobs") == 0 ? &d->jobs : &d->sc.contact,
                     "{\"email\":\"a@gibts-nicht.de\"}");
    assert_true(db_read(cx, mail_of, &mail_id));
    d->job = (struct job){.attempt = 1,
                          .payload = str_printf(cx->a, "%lld %lld %lld", (long long)d->done.lead_id,
                                                (long long)d->done.id, (long long)mail_id)};
    d->beside = store_thread_ctx(&d->sc.s, &d->block, &d->a);
    d->beside.app = &d->other;
}

static void desk_close(struct desk *d)
{
    peer_stop(&d->peer);
    peer_stop(&d->other_peer);
    arena_block_close(&d->block);
    store_close(&d->sc.s);
}

struct standing {
    int64_t lead_id, held;
    struct look look;
    struct mail_attempts attempts;
};

static bool standing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct standing *s = arg;
    s->look.lead_id = s->lead_id;
    return suspect_count(cx, tx, 0, &s->held) && look_read(cx, tx, &s->look) &&
           post_attempts(cx, tx, s->look.mails.row[s->look.mails.count - 1].id, &s->attempts);
}

/* Held back are so many, the (first) mail stands so, and is told of so often. */
static void stands(struct desk *d, int held, enum mail_state state, int told)
{
    struct standing s = {.lead_id = d->done.lead_id};
    err_clear(&d->sc.s.cx);
    assert_true(db_read(&d->sc.s.cx, standing_read, &s));
    assert_int_equal(s.held, held);
    assert_int_equal(s.look.mails.row[s.look.mails.count - 1].state, state);
    assert_int_equal(touches(&s.look, TOUCH_MAIL_FAILED), told);
    assert_int_equal(s.attempts.count, told);
}

static void run(struct desk *d)
{
    if (!mail_check_run(&d->sc.s.cx, &d->job)) fail_msg("%s", d->sc.s.cx.err.key);
}

static void run_twice_it_withdraws_once(void **state)
{
    (void)state;
    static struct desk d;
    desk_open(&d, "contact");
    run(&d);
    stands(&d, 1, MAIL_REFUSED, 1);
    run(&d);
    stands(&d, 1, MAIL_REFUSED, 1);
    assert_true(mail_check_release(&d.sc.s.cx, d.done.id, S("https://zulauf.example")));
    stands(&d, 0, MAIL_QUEUED, 1);
    run(&d);
    stands(&d, 0, MAIL_QUEUED, 1);
    desk_close(&d);
}

static void other_node(void *arg)
{
    struct desk *d = arg;
    d->ok = mail_check_run(&d->beside, &d->job);
}

static void other_node_and_somebody(void *arg)
{
    struct desk *d = arg;
    d->ok = mail_check_run(&d->beside, &d->job) &&
            mail_check_release(&d->beside, d->done.id, S("https://zulauf.example"));
}

static void beside_another_node_it_withdraws_once_and_undoes_no_decision(void **state)
{
    (void)state;
    static const struct {
        void (*meanwhile)(void *arg);
        int held;
        enum mail_state mail;
    } cases[] = {{other_node, 1, MAIL_REFUSED}, {other_node_and_somebody, 0, MAIL_QUEUED}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        static struct desk d;
        desk_open(&d, "contact");
        d.peer.arg = &d;
        d.peer.meanwhile = cases[i].meanwhile;
        run(&d);
        assert_true(d.ok);
        stands(&d, cases[i].held, cases[i].mail, 1);
        desk_close(&d);
    }
}

static bool leaves_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return sql_script(tx, store_sql(cx, "UPDATE mail SET mail_state = 1, lease_until_ms = 1"));
}

static void leaves(void *arg)
{
    struct desk *d = arg;
    d->ok = db_write(&d->beside, DB_INTERACTIVE, leaves_write, NULL);
}

static void a_mail_that_leaves_meanwhile_is_left_alone(void **state)
{
    (void)state;
    static struct desk d;
    desk_open(&d, "contact");
    d.peer.arg = &d;
    d.peer.meanwhile = leaves;
    run(&d);
    assert_true(d.ok);
    stands(&d, 0, MAIL_IN_FLIGHT, 0);
    desk_close(&d);
}

static void an_application_whose_link_is_over_gets_a_new_one_and_no_lead_does(void **state)
{
    (void)state;
    static struct desk d;
    desk_open(&d, "jobs");
    struct ctx *cx = &d.sc.s.cx;
    run(&d);
    cx->app = NULL; /* nobody asks about the other's */
    int64_t lead = submit(&d.sc, &d.sc.contact, "{\"email\":\"a@gibts-nicht.de\"}").lead_id;
    cx->now_ms += 8 * (int64_t)DAY_MS;
    struct look before = look(&d.sc, lead);
    assert_true(mail_check_release(cx, d.done.id, S("https://zulauf.example")));
    struct look applicant = look(&d.sc, d.done.lead_id), after = look(&d.sc, lead);
    assert_int_equal(applicant.lead.state, LEAD_APPLICANT);
    assert_int_equal(touches(&applicant, TOUCH_DOI_REQUESTED), 2);
    assert_int_equal(after.touches.count, before.touches.count);
    assert_int_equal(applicant.mails.row[0].lead_id, d.done.lead_id);
    /* Somebody else was faster. */
    assert_false(mail_check_release(cx, d.done.id, S("https://zulauf.example")));
    assert_int_equal(cx->err.code, ERR_NOT_FOUND);
    assert_int_equal(look(&d.sc, d.done.lead_id).mails.count, applicant.mails.count);
    desk_close(&d);
}

static void an_application_that_is_deleted_is_turned_down(void **state)
{
    (void)state;
    static struct desk d;
    desk_open(&d, "jobs");
    struct ctx *cx = &d.sc.s.cx;
    run(&d);
    stands(&d, 1, MAIL_REFUSED, 1);
    if (!mail_check_drop(cx, d.done.id)) fail_msg("%s", cx->err.key);
    struct look l = look(&d.sc, d.done.lead_id);
    assert_int_equal(l.lead.state, LEAD_APPLICANT);
    assert_int_equal(l.lead.rejected_ms, cx->now_ms);
    assert_int_equal(touches(&l, TOUCH_APPLICATION_REJECTED), 1);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_twice_it_withdraws_once),
        cmocka_unit_test(beside_another_node_it_withdraws_once_and_undoes_no_decision),
        cmocka_unit_test(a_mail_that_leaves_meanwhile_is_left_alone),
        cmocka_unit_test(an_application_whose_link_is_over_gets_a_new_one_and_no_lead_does),
        cmocka_unit_test(an_application_that_is_deleted_is_turned_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
