/* What columns are called, and which fields they hold. */
#include "importer/import_rules.h"

#include "base/limits.h"
#include "base/utf8.h"

/* Folded, without umlauts, letters and digits alone. Of several columns that fit a field the first
 * has it. "name" is a whole name. */
static const struct {
    const char *key, *names;
} known_names[] = {
    {"email",
     " email emailadresse emailaddress mail mailadresse emailgeschaeftlich emaildienstlich email1 "
     "email1value emailvalue workemail primaryemail geschaeftlicheemail kontaktemail businessemail "
     "emailprivat emailarbeit emailaddressvalue emailkontakt "},
    {"first_name", " firstname vorname givenname forename vornamen rufname first "},
    {"last_name", " lastname nachname familienname surname familyname zuname last "},
    {"name", " name fullname vollername vollstaendigername anzeigename displayname kontaktname "
             "contactname ansprechpartner kontakt contact vorundnachname vornamenachname "},
    {"salutation", " anrede salutation "},
    {"title", " titel title akademischertitel academictitle nameprefix "},
    {"phone",
     " telefon tel phone phonenumber telefonnummer businessphone telefongeschaeftlich workphone "
     "telefondienstlich festnetz rufnummer phone1value businesstelephone hauptrufnummer "
     "telefonfirma telefonarbeit primaryphone "},
    {"mobile", " mobil handy mobile mobilephone mobiltelefon mobilnummer mobilephonenumber "
               "handynummer cell cellphone mobilenumber telefonmobil mobilfunk "},
    {"street", " strasse street streetaddress adresse address anschrift strasseundhausnummer "
               "strassehausnummer businessstreet strassegeschaeftlich address1 strassenr "
               "strassehausnr addressline1 address1street "},
    {"postcode", " plz postleitzahl postcode postalcode zip zipcode businesspostalcode "
                 "postleitzahlgeschaeftlich address1postalcode zippostalcode "},
    {"city", " ort stadt city town wohnort businesscity ortgeschaeftlich address1city "},
    {"country", " land country countryregion businesscountryregion landgeschaeftlich landregion "
                "staat landregiongeschaeftlich address1country "},
    {"company", " firma unternehmen company companyname firmenname organisation organization "
                "organizationname organization1name account accountname unternehmensname "
                "associatedcompany primaryassociatedcompany "},
    {"company_size", " mitarbeiterzahl anzahlmitarbeiter unternehmensgroesse companysize "
                     "numberofemployees mitarbeiter employees anzahldermitarbeiter "
                     "firmengroesse mitarbeiteranzahl "},
    {"industry", " branche industry "},
    {"website", " website webseite url homepage websiteurl webseiteurl internet webpage "
                "internetseite website1value "},
    {"job_title", " position jobtitle funktion stelle berufsbezeichnung beruf rolle jobposition "
                  "positionsbezeichnung organization1title stellenbezeichnung "},
    {"department", " abteilung department organization1department "},
    {"budget", " budget "},
    {"message", " nachricht message anfrage kommentar comment "},
};

/* "E-Mail-Adresse (geschäftlich)" becomes "emailadressegeschaeftlich". */
static str plain_name(arena *a, str name)
{
    str s = spelt_key(a, name);
    char *to = NEW(a, char, s.len + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) to[n++] = c;
    }
    return (str){to, n};
}

static bool name_among(arena *a, str name, const char *names)
{
    return str_find(str_of(names), str_printf(a, " %.*s ", STR_ARG(name))) >= 0;
}

/* By our own key (an export that comes back), then by what others call it. */
static str key_of_name(arena *a, str raw, const struct free_fields *own)
{
    str name = str_trim(raw), plain = plain_name(a, name);
    if (plain.len == 0) return S("");
    if (field_find(name) != NULL) return name;
    for (ptrdiff_t i = 0; i < own->count; i++) {
        const struct free_field *f = &own->row[i];
        if (f->type == FIELD_FILE || f->slot < 0) continue;
        if (str_eq(f->key, name) || str_eq(plain_name(a, f->label), plain)) return f->key;
    }
    for (ptrdiff_t i = 0; i < COUNTOF(known_names); i++)
        if (name_among(a, plain, known_names[i].names)) return str_of(known_names[i].key);
    return S("");
}

static bool given(const str *out, ptrdiff_t count, str key)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (str_eq(out[i], key)) return true;
    return false;
}

void import_suggest(arena *a, const str *head, ptrdiff_t count, const struct free_fields *own,
                    str *out)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        str key = key_of_name(a, head[i], own);
        out[i] = key.len > 0 && !given(out, i, key) ? key : S("");
    }
    /* "Vorname; Name": the second is the last name then. */
    if (!given(out, count, S("first_name")) || given(out, count, S("last_name"))) return;
    for (ptrdiff_t i = 0; i < count; i++)
        if (str_eq(out[i], S("name"))) out[i] = S("last_name");
}

bool import_column_of(str key, const struct free_fields *own, struct import_column *out)
{
    *out = (struct import_column){.key = key, .slot = SLOT_NONE};
    if (key.len == 0) return true;
    if (str_eq(key, S("name"))) {
        out->use = COLUMN_NAME;
        out->max_bytes = LIMIT_NAME_BYTES;
        return true;
    }
    const struct field_def *def = field_find(key);
    if (def != NULL) {
        out->use = def->slot == SLOT_NONE ? COLUMN_EMAIL : COLUMN_SLOT;
        out->slot = def->slot;
        out->type = def->type;
        out->max_bytes = def->max_bytes;
        return true;
    }
    const struct free_field *f = free_field_find(own, key);
    if (f == NULL || f->type == FIELD_FILE || f->slot < 0) return false;
    out->use = COLUMN_SLOT;
    out->slot = f->slot;
    out->type = f->type;
    out->max_bytes = FREE_TEXT_MAX;
    return true;
}
