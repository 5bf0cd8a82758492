//! Bodies of requests.

use domain::field::Field;
use domain::staff::{Role, Scope};
use serde_json::{Value, json};

use super::{
    ACCOUNT_KINDS, CASE_KINDS, answer, day, external_id, flag, id, instant, list_of, maybe, reason_code,
    reference, request, text, words, words_of,
};

fn account_members() -> Vec<(&'static str, Value)> {
    vec![
        ("external_id", external_id()),
        ("kind", words_of(ACCOUNT_KINDS)),
        ("product", json!({ "type": "string", "description": "Code of a product of the catalogue." })),
        ("reseller", id("cus")),
        ("opened_remotely", json!({ "type": "boolean", "default": true })),
        ("context", reference("RequestContext")),
    ]
}

pub fn all() -> Value {
    let mut new_account = account_members();
    new_account.push(("customer", id("cus")));
    json!({
        "Enrolment": request(&[
            ("external_id", external_id()),
            ("provider", id("prov")),
            ("kind", words(&["individual", "entity"])),
            ("reseller", id("cus")),
            ("notice", json!({ "type": "string", "description": "The notice shown before collection, as `id@version`." })),
            ("facts", list_of(reference("NewFact"))),
            ("persons", list_of(reference("NewPerson"))),
            ("ownership", list_of(reference("NewOwnership"))),
            ("account", request(&account_members(), &["kind", "product"])),
        ], &["kind"]),
        "Addition": request(&[
            ("facts", list_of(reference("NewFact"))),
            ("person_facts", list_of(json!({ "type": "array", "prefixItems": [id("per"), list_of(reference("NewFact"))], "minItems": 2, "maxItems": 2 }))),
            ("persons", list_of(reference("NewPerson"))),
            ("ownership", list_of(reference("NewOwnership"))),
            ("withdraw", list_of(id("fact"))),
        ], &[]),
        "NewFact": request(&[
            ("field", words_of(Field::ALL)),
            ("item", json!({ "type": "string", "description": "Tells several values of one field apart: a code of letters, digits and `-_.:/+=#`." })),
            ("value", reference("FactValue")),
            ("source", words(&["declared", "documented", "observed"])),
            ("true_from", instant()),
            ("evidence", text()),
        ], &["field", "value"]),
        "NewPerson": request(&[
            ("reference", json!({ "type": "string", "description": "The caller's code for it, never a name." })),
            ("kind", words(&["individual", "entity"])),
            ("facts", list_of(reference("NewFact"))),
        ], &["reference", "kind", "facts"]),
        "NewOwnership": request(&[
            ("owner", json!({ "type": "string", "description": "A reference of the same request, or `per_…`." })),
            ("owned", json!({ "type": "string", "description": "A person; the customer itself unless given." })),
            ("kind", words(&["equity", "control"])),
            ("share_ppm", json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000, "description": "Parts per million of the whole." })),
        ], &["owner", "kind", "share_ppm"]),
        "NewAccount": request(&new_account, &["customer", "kind", "product"]),
        "NewVerification": request(&[
            ("subject", json!({ "type": "string", "description": "`cus_…` or `per_…`." })),
            ("method", text()),
            ("adapter", text()),
            ("checks", list_of(request(&[
                ("check", text()),
                ("result", words(&["pass", "warn", "fail", "unknown", "not_applicable"])),
                ("reason", text()),
            ], &["check", "result", "reason"]))),
            ("adapter_answered", json!({ "type": "boolean", "default": true })),
            ("evidence", list_of(text())),
        ], &["subject", "method", "adapter", "checks"]),
        "SendCode": request(&[
            ("channel", words(&["email", "telephone"])),
            ("subject", json!({ "type": "string", "description": "The customer itself unless given." })),
        ], &["channel"]),
        "ConfirmCode": request(&[("code", text())], &["code"]),
        "Restriction": request(&[("conditions", list_of(reference("Condition"))), ("reason", reason_code())], &["conditions", "reason"]),
        "NewHitOutcome": request(&[
            ("screening", id("scr")), ("list", text()), ("entry", text()), ("outcome", reference("HitOutcome")),
            ("reason", reason()),
        ], &["screening", "list", "entry", "outcome", "reason"]),
        "NewLegalHold": request(&[("reference", text()), ("expires_at", instant())], &["reference"]),
        "Suspension": request(&[("reason", reason_code()), ("special_measure", id("meas"))], &["reason"]),
        "Reason": request(&[("reason", reason_code())], &["reason"]),
        "NewCase": request(&[
            ("customer", id("cus")), ("kind", words_of(CASE_KINDS)), ("account", id("acct")), ("reasons", list_of(reason_code())),
        ], &["customer", "kind", "reasons"]),
        "NewDraft": request(&[
            ("action", reference("DraftAction")),
            ("reason", reason()),
        ], &["action", "reason"]),
        "NewMeasure": request(&[
            ("target", reference("MeasureTarget")),
            ("determination_on", day()),
            ("effective_from", instant()),
            ("expires_at", instant()),
            ("legal_reference", text()),
            ("document_hash", json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{64}$" })),
            ("action", reference("MeasureAction")),
            ("applies_to", reference("MeasureReach")),
        ], &["target", "determination_on", "effective_from", "expires_at", "legal_reference", "document_hash", "action", "applies_to"]),
        "Extension": request(&[("until", instant()), ("reference", text()), ("reason", reason())], &["until", "reference", "reason"]),
        "NewExemption": request(&[
            ("scope", reference("ExemptionScope")),
            ("reference", text()),
            ("expires_at", instant()),
        ], &["scope", "reference"]),
        "NewReseller": request(&[
            ("customer", id("cus")), ("parent", id("cus")), ("agreement", text()), ("programme", text()),
            ("status", words(&["pending", "active", "blocked", "ended"])),
        ], &["customer", "status"]),
        "NewProvider": request(&[
            ("name", text()), ("country", text()), ("offers_in", list_of(text())), ("sells_domains", flag()),
            ("certified_on", day()), ("existed_before_rule", flag()),
        ], &["name", "country"]),
        "Certification": request(&[("certified_on", day())], &["certified_on"]),
        "NewProduct": request(&[
            ("provider", id("prov")), ("code", text()), ("title", text()),
            ("classes", list_of(words_of(domain::product::ProductClass::ALL))), ("site", text()),
        ], &["provider", "code", "title", "classes", "site"]),
        "SignedPack": request(&[("text", text()), ("public_key", text()), ("signature", text())], &["text", "public_key", "signature"]),
        "PackCheck": request(&[("entry", text()), ("gazette", text())], &["entry", "gazette"]),
        "NewWatchlists": list_of(reference("NewWatchlist")),
        "NewWatchlist": answer(&[
            ("id", text()), ("title", text()), ("version", text()),
            ("sha256", json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{64}$", "description": "Of the published files." })),
            ("entries", list_of(reference("NewWatchlistEntry"))),
        ]),
        "NewWatchlistEntry": answer(&[
            ("entry_id", text()), ("schema", words(&["Person", "Organization", "Company", "LegalEntity", "Vessel", "Airplane"])),
            ("names", list_of(answer(&[("text", text()), ("kind", words(&["primary", "alias", "weak_alias", "former"]))]))),
            ("birth_dates", list_of(json!({ "type": "string", "description": "`YYYY[-MM[-DD]]`" }))),
            ("genders", list_of(words(&["female", "male"]))), ("countries", list_of(text())),
            ("identifiers", list_of(answer(&[("country", maybe(text())), ("type", text()), ("value", text())]))),
            ("addresses", list_of(text())),
            ("wallets", list_of(answer(&[("currency", text()), ("address", text())]))),
            ("programs", list_of(text())), ("remarks", text()),
        ]),
        "ScreeningPage": request(&[
            ("after", json!({ "type": ["string", "null"], "description": "`next` of the page before." })),
            ("limit", json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 1_000, "description": "50 unless given." })),
        ], &[]),
        "NewStaff": request(&[("handle", text()), ("roles", list_of(words_of(Role::ALL))), ("branch", id("cus"))], &["handle"]),
        "NewApiKey": request(&[
            ("name", text()), ("scopes", list_of(words_of(Scope::ALL))), ("branch", id("cus")), ("expires_at", instant()),
        ], &["name", "scopes"]),
        "SignIn": request(&[("handle", text()), ("password", text()), ("cookie", flag())], &["handle", "password"]),
        "AcceptLink": request(&[("link_secret", text()), ("password", text()), ("cookie", flag())], &["link_secret", "password"]),
    })
}

/// Why a person drafts something.
fn reason() -> Value {
    json!({ "type": "string", "minLength": 3, "maxLength": 2_000 })
}
