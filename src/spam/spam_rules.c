#include "spam/spam_rules.h"

#include "base/crypto.h"

static const struct {
    const char *name;
    int weight;
} suspicions[SUSPICION__COUNT] = {
    [SUSPECT_HONEYPOT] = {"honeypot", 100},
    [SUSPECT_STAMP_MISSING] = {"stamp_missing", 100},
    [SUSPECT_STAMP_FORGED] = {"stamp_forged", 100},
    /* A page left open over night is no crime; neither is a very quick hand. Both are. */
    [SUSPECT_STAMP_OLD] = {"stamp_old", 50},
    [SUSPECT_STAMP_REUSED] = {"stamp_reused", 100},
    [SUSPECT_TOO_FAST] = {"too_fast", 50},
    [SUSPECT_ADDRESS_OFTEN] = {"address_often", 100},
    [SUSPECT_NETWORK_OFTEN] = {"network_often", 100},
    [SUSPECT_DOMAIN_THROWN] = {"domain_thrown", 100},
    [SUSPECT_DOMAIN_DENIED] = {"domain_denied", 100},
    [SUSPECT_PROOF_MISSING] = {"proof_missing", 100},
    [SUSPECT_DOMAIN_NO_MAIL] = {"domain_no_mail", 100},
};

const char *suspicion_name(enum suspicion suspicion)
{
    return suspicions[suspicion].name;
}

uint32_t spam_judge(const struct spam_signals *s)
{
    const bool found[SUSPICION__COUNT] = {
        [SUSPECT_HONEYPOT] = s->honeypot,
        [SUSPECT_STAMP_MISSING] = s->stamp == STAMP_NONE && s->browser,
        [SUSPECT_STAMP_FORGED] = s->stamp == STAMP_FORGED,
        [SUSPECT_STAMP_OLD] = s->stamp == STAMP_OLD || s->stamp == STAMP_STALE,
        [SUSPECT_STAMP_REUSED] = s->stamp_often,
        [SUSPECT_TOO_FAST] = s->stamp == STAMP_GOOD && s->fill_ms >= 0 && s->fill_ms < SPAM_FAST_MS,
        [SUSPECT_ADDRESS_OFTEN] = s->address_often,
        [SUSPECT_NETWORK_OFTEN] = s->network_often,
        [SUSPECT_DOMAIN_THROWN] = s->domain == DOMAIN_THROWN,
        [SUSPECT_DOMAIN_DENIED] = s->domain == DOMAIN_DENIED,
        [SUSPECT_PROOF_MISSING] = s->proof_wanted && !s->proof_given,
    };
    uint32_t bits = 0;
    /* A page that was kept, to be sent a few times each day, for ever. */
    int weight = s->stamp == STAMP_STALE ? SPAM_HELD : 0;
    for (int i = 0; i < SUSPICION__COUNT; i++) {
        if (!found[i]) continue;
        bits |= (uint32_t)1 << i;
        weight += suspicions[i].weight;
    }
    return s->trusted || weight < SPAM_HELD ? 0 : bits;
}

/* --- domains --- */

static bool is_gap(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_or_belongs_to(str domain, str to)
{
    if (to.len == 0 || domain.len < to.len) return false;
    if (!str_eq(str_slice(domain, domain.len - to.len, domain.len), to)) return false;
    return domain.len == to.len || domain.ptr[domain.len - to.len - 1] == '.';
}

bool domain_among(str domain, str list)
{
    for (ptrdiff_t i = 0; i < list.len;) {
        ptrdiff_t from = i;
        while (i < list.len && !is_gap(list.ptr[i])) i++;
        if (is_or_belongs_to(domain, str_slice(list, from, i))) return true;
        i++;
    }
    return false;
}

/* By halves over the text: the line that begins at or before the middle. */
static bool line_in(str text, str line)
{
    ptrdiff_t low = 0, high = text.len; /* both at the begin of a line */
    while (low < high) {
        ptrdiff_t begin = low + (high - low) / 2, end;
        while (begin > low && text.ptr[begin - 1] != '\n') begin--;
        for (end = begin; end < text.len && text.ptr[end] != '\n';) end++;
        str here = str_slice(text, begin, end);
        int order = str_cmp(here, line);
        if (order == 0) return true;
        if (order < 0)
            low = end + 1;
        else
            high = begin;
    }
    return false;
}

static bool domain_listed(str domain, str text)
{
    for (str rest = domain; rest.len > 0;) {
        ptrdiff_t dot = str_find_char(rest, '.');
        if (dot < 0) return false; /* a top-level domain is not listed */
        if (line_in(text, rest)) return true;
        rest = str_slice(rest, dot + 1, rest.len);
    }
    return false;
}

enum domain_kind domain_judge(str email, str allowed, str denied, str thrown)
{
    ptrdiff_t at = str_find_char(email, '@');
    if (at < 0) return DOMAIN_PLAIN;
    str domain = str_slice(email, at + 1, email.len);
    if (domain_among(domain, allowed)) return DOMAIN_ALLOWED;
    if (domain_among(domain, denied)) return DOMAIN_DENIED;
    /* The remarks at the head begin with '#', which sorts before all names. */
    return domain_listed(domain, thrown) ? DOMAIN_THROWN : DOMAIN_PLAIN;
}

/* --- networks --- */

static bool ipv4_parse(str text, int part[4])
{
    for (int i = 0; i < 4; i++) {
        int64_t n;
        str digits = i < 3 ? str_cut(text, '.', &text) : text;
        if (!str_to_i64(digits, &n) || n < 0 || n > 255) return false;
        part[i] = (int)n;
    }
    return true;
}

static bool ipv4_is_own(const int part[4])
{
    return part[0] == 0 || part[0] == 10 || part[0] == 127 ||
           (part[0] == 100 && part[1] >= 64 && part[1] < 128) ||
           (part[0] == 169 && part[1] == 254) || (part[0] == 172 && part[1] / 16 == 1) ||
           (part[0] == 192 && part[1] == 168);
}

/* The first 16 bits decide: fe80::/10 and fc00::/7 are of one's own net, as is ::1. */
static bool ipv6_is_own(str ip)
{
    if (str_starts(ip, S("::"))) return true;
    ptrdiff_t colon = str_find_char(ip, ':');
    char c = ip.ptr[0], d = ip.len > 1 ? ip.ptr[1] : '0', e = ip.len > 2 ? ip.ptr[2] : '0';
    if (colon != 4 || (c != 'f' && c != 'F')) return false;
    bool local = (d == 'e' || d == 'E') &&
                 (e == '8' || e == '9' || e == 'a' || e == 'b' || e == 'A' || e == 'B');
    return local || d == 'c' || d == 'd' || d == 'C' || d == 'D';
}

str spam_network(arena *a, str ip)
{
    int part[4];
    if (str_find_char(ip, '.') >= 0) { /* IPv4, or IPv4 written as IPv6 */
        str rest = ip;
        while (str_find_char(rest, ':') >= 0) (void)str_cut(rest, ':', &rest);
        if (!ipv4_parse(rest, part) || ipv4_is_own(part)) return (str){0};
        return str_printf(a, "%d.%d.%d.0/24", part[0], part[1], part[2]);
    }
    if (ip.len == 0 || str_find_char(ip, ':') < 0 || ipv6_is_own(ip)) return (str){0};
    /* As the kernel writes it: no group is padded, "::" stands where zeros are. */
    ptrdiff_t end = 0;
    for (int groups = 0; groups < 4 && end < ip.len; end++) {
        if (ip.ptr[end] == ':' && ++groups == 4) break;
        if (ip.ptr[end] == ':' && end + 1 < ip.len && ip.ptr[end + 1] == ':') break;
    }
    return str_printf(a, "%.*s::/64", STR_ARG(str_slice(ip, 0, end)));
}

/* --- proof of work --- */

static int64_t proof_number(str salt, const uint8_t secret[32])
{
    struct mac_key key;
    uint8_t mac[MAC_BYTES];
    crypto_kdf(secret, S("proof"), key.bytes);
    crypto_mac(&key, (const uint8_t *)salt.ptr, salt.len, mac);
    uint64_t n = 0;
    for (int i = 0; i < 8; i++) n = n << 8 | mac[i];
    return (int64_t)(n % SPAM_PROOF_NUMBERS);
}

str proof_challenge(arena *a, str salt, const uint8_t secret[32])
{
    str text = str_printf(a, "%.*s%lld", STR_ARG(salt), (long long)proof_number(salt, secret));
    return crypto_sha256_hex(a, text);
}

bool proof_holds(str salt, const uint8_t secret[32], str number)
{
    int64_t n;
    return str_to_i64(number, &n) && n == proof_number(salt, secret);
}
