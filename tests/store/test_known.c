/* Who is known already is not asked twice. */
#include "store/capture_case.h"

#include "base/id.h"
#include "capture/personal.h"
#include "file/file.h"
#include "keys/token.h"
#include "setting/setting.h"

#include <string.h>

#define K    "{\"email\":\"k@firma.example\""
#define NEWS ",\"consent.newsletter.email\":\"yes\""

static const char WHITEPAPER[] =
    "{\"double_opt_in\":true,\"download\":\"%.*s\",\"fields\":[{\"key\":\"email\",\"required\":"
    "true},"
    "{\"key\":\"company\"}],\"consents\":["
    "{\"purpose\":\"newsletter\",\"text\":\"Ja, ich will den Newsletter.\"}]}";

struct known_scene {
    struct scene sc;
    struct form_live whitepaper;
};

static void known_open(struct known_scene *k)
{
    scene_open(&k->sc);
    struct ctx *cx = &k->sc.s.cx;
    int64_t file;
    assert_true(file_add(cx, S("lager.pdf"), S("application/pdf"), S("%PDF-1.7"), &file));
    str json = str_printf(cx->a, WHITEPAPER, STR_ARG(id_text(cx->a, ID_BLOB, file)));
    struct publish p = {"whitepaper", str_cstr(cx->a, json), &k->whitepaper};
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &p));
}

/* Somebody who loaded the whitepaper once and confirmed. */
static int64_t known_person(struct known_scene *k, const char *json)
{
    int64_t lead = submit(&k->sc, &k->whitepaper, json).lead_id;
    assert_int_equal(click(&k->sc, lead), LINK_DONE);
    return lead;
}

static int mails(const struct look *l, const char *template_name)
{
    int n = 0;
    for (ptrdiff_t i = 0; i < l->mails.count; i++)
        n += str_eq(l->mails.row[i].template_name, str_of(template_name));
    return n;
}

static void the_next_download_comes_by_mail_at_once(void **state)
{
    (void)state;
    struct known_scene k;
    known_open(&k);
    int64_t lead = known_person(&k, K ",\"company\":\"Brandt\"}");
    struct submission_done done = submit(&k.sc, &k.whitepaper, K ",\"company\":\"Fremd\"}");
    /* What is answered tells a stranger nothing. */
    assert_true(done.confirm);
    assert_str("email", done.email, S("k@firma.example"));
    struct look l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/doi"), 1);
    assert_int_equal(mails(&l, "mail/download"), 1);
    assert_int_equal(l.mails.row[0].permit_class, PERMIT_TRANSACTIONAL);
    assert_str("to", l.mails.row[0].to, S("k@firma.example"));
    assert_int_equal(touches(&l, TOUCH_DOI_REQUESTED), 1);
    assert_int_equal(touches(&l, TOUCH_TOLD_BY_MAIL), 1);
    assert_int_equal(l.submissions.row[0].state, SUBMISSION_NEW);
    assert_str("nobody overwrites it", l.lead.text[SLOT_COMPANY], S("Brandt"));
    store_close(&k.sc.s);
}

static void a_subscriber_is_told_so(void **state)
{
    (void)state;
    struct known_scene k;
    known_open(&k);
    int64_t lead = submit(&k.sc, &k.sc.newsletter, K NEWS "}").lead_id;
    assert_int_equal(click(&k.sc, lead), LINK_DONE);
    struct look before = look(&k.sc, lead);
    assert_true(submit(&k.sc, &k.sc.newsletter, K NEWS "}").confirm);
    struct look l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/already"), 1);
    assert_int_equal(mails(&l, "mail/doi"), 1);
    assert_int_equal(l.consents.count, 1);
    assert_int_equal(l.consents.row[0].state, CONSENT_CONFIRMED);
    assert_int_equal(l.consents.row[0].confirmed_ms, before.consents.row[0].confirmed_ms);
    assert_int_equal(l.consents.row[0].requested_ms, before.consents.row[0].requested_ms);
    assert_int_equal(l.submissions.count, 2);

    /* With a download on top it is still one mail. */
    submit(&k.sc, &k.whitepaper, K NEWS "}");
    l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/download"), 1);
    assert_int_equal(mails(&l, "mail/already"), 1);
    assert_int_equal(l.mails.count, 3);

    /* Nothing but the address was asked about: a word that it has arrived. */
    submit(&k.sc, &k.sc.contact, K "}");
    l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/received"), 1);
    assert_int_equal(mails(&l, "mail/doi"), 1);
    store_close(&k.sc.s);
}

struct kept {
    int64_t id;
    struct confirmation confirmation;
};

static bool confirmation_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct kept *kept = arg;
    bool found;
    return confirmation_load(cx, tx, kept->id, &kept->confirmation, &found) && found;
}

static void only_what_is_new_is_asked_for(void **state)
{
    (void)state;
    struct known_scene k;
    known_open(&k);
    int64_t lead = known_person(&k, K "}");
    submit(&k.sc, &k.whitepaper, K NEWS "}");
    struct look l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/download"), 1);
    assert_int_equal(mails(&l, "mail/doi"), 2);
    assert_int_equal(l.consents.row[0].state, CONSENT_REQUESTED);
    assert_int_equal(l.submissions.row[0].state, SUBMISSION_WAITING);
    struct kept kept = {.id = newest_confirmation(&l)};
    assert_true(db_read(&k.sc.s.cx, confirmation_read, &kept));
    assert_true(kept.confirmation.consents_only);
    static struct wording wording;
    wording =
        (struct wording){.purpose = S("newsletter"), .channel = CHANNEL_EMAIL, .text = S("Ja")};
    struct value items =
        confirmation_items(&k.sc.s.cx, LANG_DE, &kept.confirmation, S("lager.pdf"), &wording, 1);
    assert_int_equal(value_count(items), 1);
    assert_int_equal(click(&k.sc, lead), LINK_DONE);
    l = look(&k.sc, lead);
    assert_int_equal(l.consents.row[0].state, CONSENT_CONFIRMED);
    assert_int_equal(l.lead.permit, MAY_YES);
    store_close(&k.sc.s);
}

struct deed {
    int64_t lead_id;
    int what;
};

enum { TRASH, OBJECT, BOUNCE, ASK_ALWAYS, WAIT, OTHER_ADDRESS };

static bool deed_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deed *d = arg;
    struct lead lead;
    if (!lead_load(cx, tx, d->lead_id, &lead)) return false;
    switch (d->what) {
    case TRASH:
        return lead_set_state(cx, tx, d->lead_id, LEAD_TRASHED);
    case OBJECT:
        return consent_suppress(cx, tx, lead.email, CAUSE_OBJECTION);
    case BOUNCE:
        return lead_set_email_state(cx, tx, d->lead_id, lead.email, EMAIL_BOUNCING);
    case ASK_ALWAYS:
        return setting_save(cx, tx, SETTING_PROVED_MONTHS, S("0"));
    case OTHER_ADDRESS:
        return lead_change_email(cx, tx, &lead, S("neu@firma.example")) &&
               lead_load(cx, tx, d->lead_id, &lead) &&
               lead_change_email(cx, tx, &lead, S("k@firma.example"));
    default:
        return true;
    }
}

static void who_is_not_known_any_more_is_asked_like_a_stranger(void **state)
{
    (void)state;
    static const int deeds[] = {TRASH, OBJECT, BOUNCE, ASK_ALWAYS, WAIT, OTHER_ADDRESS};
    for (ptrdiff_t i = 0; i < COUNTOF(deeds); i++) {
        struct known_scene k;
        known_open(&k);
        struct deed d = {known_person(&k, K "}"), deeds[i]};
        if (d.what == WAIT) k.sc.s.cx.now_ms += 366 * (int64_t)DAY_MS;
        assert_true(db_write(&k.sc.s.cx, DB_INTERACTIVE, deed_write, &d));
        submit(&k.sc, &k.whitepaper, K "}");
        struct look l = look(&k.sc, d.lead_id);
        if (mails(&l, "mail/doi") != 2 || mails(&l, "mail/download") != 0)
            fail_msg("deed %d: %d asked, %d sent", d.what, mails(&l, "mail/doi"),
                     mails(&l, "mail/download"));
        store_close(&k.sc.s);
    }
}

static bool withdraw_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct look *l = arg;
    static const struct evidence evidence = {S_INIT("{}"), S_INIT("{}")};
    return consent_withdraw(cx, tx, l->lead_id, l->consents.row[0].purpose_id, CHANNEL_EMAIL,
                            &evidence);
}

struct looked {
    const struct wording *wording;
    struct known known;
};

static bool known_reading(struct ctx *cx, struct tx *tx, void *arg)
{
    struct looked *l = arg;
    return known_look(cx, tx, S("k@firma.example"), l->wording, 1, &l->known);
}

static void what_was_withdrawn_is_asked_for_again(void **state)
{
    (void)state;
    struct known_scene k;
    known_open(&k);
    int64_t lead = known_person(&k, K NEWS "}");
    struct look l = look(&k.sc, lead);
    struct wording w = {.purpose_id = l.consents.row[0].purpose_id, .channel = CHANNEL_EMAIL};
    static struct looked before, after;
    before = after = (struct looked){.wording = &w};
    assert_true(db_read(&k.sc.s.cx, known_reading, &before));
    assert_true(before.known.is && before.known.held[0] && before.known.fresh == 0);
    assert_true(db_write(&k.sc.s.cx, DB_INTERACTIVE, withdraw_write, &l));
    assert_true(db_read(&k.sc.s.cx, known_reading, &after));
    assert_true(after.known.is && !after.known.held[0]);
    assert_false(known_same(&before.known, &after.known, 1));

    submit(&k.sc, &k.whitepaper, K NEWS "}");
    l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/doi"), 2);
    assert_int_equal(mails(&l, "mail/download"), 1);
    assert_int_equal(l.lead.permit, MAY_WAITING);
    store_close(&k.sc.s);
}

static void nobody_is_flooded(void **state)
{
    (void)state;
    struct known_scene k;
    known_open(&k);
    int64_t lead = known_person(&k, K "}");
    for (int i = 1; i <= KNOWN_MAILS_A_DAY + 2; i++) {
        assert_true(submit(&k.sc, &k.whitepaper, K "}").confirm);
        struct look l = look(&k.sc, lead);
        assert_int_equal(mails(&l, "mail/download"), i < KNOWN_MAILS_A_DAY ? i : KNOWN_MAILS_A_DAY);
        assert_int_equal(l.submissions.count, i + 1);
    }
    k.sc.s.cx.now_ms += DAY_MS;
    submit(&k.sc, &k.whitepaper, K "}");
    struct look l = look(&k.sc, lead);
    assert_int_equal(mails(&l, "mail/download"), KNOWN_MAILS_A_DAY + 1);
    store_close(&k.sc.s);
}

/* --- personal links --- */

static const char PROFILE[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},"
    "{\"key\":\"company\"},{\"key\":\"city\",\"reserve\":true},"
    "{\"key\":\"department\",\"reserve\":true}]}";

struct linked {
    struct known_scene k;
    struct form_live profile;
    int64_t lead_id;
    str token;
};

static void linked_open(struct linked *l)
{
    known_open(&l->k);
    struct publish p = {"profil", PROFILE, &l->profile};
    struct ctx *cx = &l->k.sc.s.cx;
    struct value link;
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &p));
    l->lead_id = known_person(&l->k, K ",\"company\":\"Brandt\"}");
    assert_true(
        personal_link(cx, S("https://zulauf.example"), l->lead_id, l->profile.form.id, &link));
    str url = value_str(value_get(link, S("url"))), start = S("https://zulauf.example/f/profil/p/");
    assert_true(str_starts(url, start));
    l->token = str_slice(url, start.len, url.len);
}

/* The lead whose link it is, 0 for nobody's; *form is as he is asked. */
static int64_t open_link(struct linked *l, str token, const struct form_live *of,
                         struct form_live *form)
{
    struct lead *lead;
    *form = *of;
    err_clear(&l->k.sc.s.cx);
    assert_true(personal_open(&l->k.sc.s.cx, token, form, &lead));
    return lead == NULL ? 0 : lead->id;
}

static struct submission_done submit_linked(struct linked *l, const char *json)
{
    struct ctx *cx = &l->k.sc.s.cx;
    static struct form_live form;
    struct lead *lead;
    struct submission_done done;
    form = l->profile;
    assert_true(personal_open(cx, l->token, &form, &lead));
    struct submission_new in = {.form = &form,
                                .body = tree(cx->a, str_of(json)),
                                .context = {.source = S("direct"), .utm = value_map(cx->a)},
                                .sender = &l->k.sc.sender,
                                .personal = lead};
    cx->now_ms += MINUTE_MS;
    form_def_ask_only(&form.def, in.body);
    if (!capture_submit(cx, &in, &done)) fail_msg("%s: %s", json, cx->err.key);
    return done;
}

static void over_a_personal_link_answers_fill_gaps_and_nothing_else(void **state)
{
    (void)state;
    static struct linked l;
    linked_open(&l);
    struct submission_done done =
        submit_linked(&l, "{\"city\":\"Kiel\",\"company\":\"Fremd\",\"email\":\"x@y.example\"}");
    assert_int_equal(done.lead_id, l.lead_id);
    struct look seen = look(&l.k.sc, l.lead_id);
    assert_str("filled", seen.lead.text[SLOT_CITY], S("Kiel"));
    assert_str("stays", seen.lead.text[SLOT_COMPANY], S("Brandt"));
    assert_str("stays", seen.lead.email, S("k@firma.example"));
    /* What follows goes to the lead's own address. */
    assert_str("to", seen.mails.row[0].to, S("k@firma.example"));
    assert_int_equal(seen.submissions.count, 2);
    /* Asked next time: what is left. */
    static struct form_live form;
    assert_int_equal(open_link(&l, l.token, &l.profile, &form), l.lead_id);
    for (int i = 0; i < form.def.field_count; i++)
        assert_true(form.def.field[i].reserve || form.def.field[i].def->slot == SLOT_DEPARTMENT);
    submit_linked(&l, "{\"city\":\"Bremen\",\"department\":\"Lager\"}");
    seen = look(&l.k.sc, l.lead_id);
    assert_str("stays", seen.lead.text[SLOT_CITY], S("Kiel"));
    assert_str("filled", seen.lead.text[SLOT_DEPARTMENT], S("Lager"));
    store_close(&l.k.sc.s);
}

static bool off_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return setting_save(cx, tx, SETTING_PERSONAL_DAYS, *(const str *)arg);
}

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_erase(cx, tx, *(const int64_t *)arg);
}

static void a_link_that_does_not_hold_is_nobodys(void **state)
{
    (void)state;
    static struct linked l;
    static struct form_live form;
    linked_open(&l);
    struct ctx *cx = &l.k.sc.s.cx;
    assert_int_equal(open_link(&l, l.token, &l.profile, &form), l.lead_id);
    assert_int_equal(open_link(&l, l.token, &l.k.whitepaper, &form), 0); /* of another form */
    assert_int_equal(open_link(&l, S("unsinn"), &l.profile, &form), 0);
    struct token confirm = {TOKEN_CONFIRM, cx->workspace_id, l.lead_id, l.profile.form.id, 0};
    assert_int_equal(open_link(&l, token_sign(cx->a, cx->keys, confirm), &l.profile, &form), 0);
    struct token foreign = {TOKEN_PERSONAL, 99, l.lead_id, l.profile.form.id, 0};
    assert_int_equal(open_link(&l, token_sign(cx->a, cx->keys, foreign), &l.profile, &form), 0);
    /* As for everybody then. */
    for (int i = 0; i < form.def.field_count; i++)
        assert_true(form.def.field[i].reserve == l.profile.def.field[i].reserve);

    str none = S("0"), some = S("90");
    assert_true(db_write(cx, DB_INTERACTIVE, off_write, &none));
    assert_int_equal(open_link(&l, l.token, &l.profile, &form), 0);
    struct value link;
    assert_false(personal_link(cx, S("https://x.example"), l.lead_id, l.profile.form.id, &link));
    assert_int_equal(cx->err.code, ERR_FORBIDDEN);
    err_clear(cx);
    assert_true(db_write(cx, DB_INTERACTIVE, off_write, &some));
    struct deed trash = {l.lead_id, TRASH};
    assert_true(db_write(cx, DB_INTERACTIVE, deed_write, &trash));
    assert_int_equal(open_link(&l, l.token, &l.profile, &form), 0);
    assert_true(db_write(cx, DB_INTERACTIVE, erase_write, &l.lead_id));
    assert_int_equal(open_link(&l, l.token, &l.profile, &form), 0);
    cx->now_ms += 91 * (int64_t)DAY_MS;
    assert_int_equal(open_link(&l, l.token, &l.profile, &form), 0);
    store_close(&l.k.sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_download_comes_by_mail_at_once),
        cmocka_unit_test(a_subscriber_is_told_so),
        cmocka_unit_test(only_what_is_new_is_asked_for),
        cmocka_unit_test(who_is_not_known_any_more_is_asked_like_a_stranger),
        cmocka_unit_test(what_was_withdrawn_is_asked_for_again),
        cmocka_unit_test(nobody_is_flooded),
        cmocka_unit_test(over_a_personal_link_answers_fill_gaps_and_nothing_else),
        cmocka_unit_test(a_link_that_does_not_hold_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
