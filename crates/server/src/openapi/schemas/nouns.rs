//! Nouns as they are shown, and lists of them.

use domain::screening::{Consequence, HitOutcomeKind};
use domain::staff::{Role, Scope};
use serde_json::{Map, Value, json};

use super::values::{OUTCOMES, basis_points, subject, subject_kind};
use super::{
    ACCOUNT_KINDS, CASE_KINDS, answer, day, external_id, flag, id, instant, list_of, list_shown, maybe,
    reference, shown, text, whole, words, words_of,
};

type Members = Vec<(&'static str, Value)>;

/// Each noun: its schema's name, the word in `object`, its members.
fn nouns() -> Vec<(&'static str, &'static str, Members)> {
    let mut nouns = of_customers();
    nouns.extend(of_work());
    nouns.extend(of_reference());
    nouns.extend(of_credentials());
    nouns
}

/// Nouns that come in lists.
const LISTED: &[&str] = &[
    "Account",
    "ApiKey",
    "Case",
    "Customer",
    "Decision",
    "Draft",
    "Exemption",
    "LegalHold",
    "Pack",
    "Product",
    "Provider",
    "Reseller",
    "Screening",
    "SpecialMeasure",
    "Staff",
    "TouchedAccount",
];

pub fn all() -> Value {
    let mut all = Map::new();
    for (name, noun, members) in nouns() {
        all.insert(name.to_owned(), shown(noun, &members));
    }
    for name in LISTED {
        all.insert(format!("{name}List"), list_shown(name));
    }
    // As they stand inside of others, without `object` and `livemode`.
    all.insert("AccountRecord".to_owned(), answer(&account()));
    all.insert("ResellerRecord".to_owned(), answer(&reseller()));
    all.insert("MeasureRecord".to_owned(), answer(&special_measure()));
    Value::Object(all)
}

/// A hit with what its list means.
pub fn plain_hit() -> Members {
    let feature = answer(&[("name", text()), ("score_bp", basis_points()), ("weight_bp", basis_points())]);
    vec![
        ("list", text()),
        ("entry", text()),
        ("entry_hash", text()),
        ("listed_name", text()),
        ("score_bp", basis_points()),
        ("features", list_of(feature)),
    ]
}

/// The same with what its list means.
fn hit() -> Members {
    let mut members = plain_hit();
    members.extend([("consequence", maybe(words_of(&Consequence::ALL))), ("sources", list_of(text()))]);
    members
}

/// The same where a case shows it.
fn case_hit() -> Members {
    let mut members = hit();
    members.extend([
        ("screening", id("scr")),
        ("subject", subject()),
        ("status", words(&["clear", "open", "confirmed"])),
        ("judgement", maybe(answer(&judgement()))),
        ("path", list_of(id("per"))),
    ]);
    members
}

fn judgement() -> Members {
    vec![
        ("id", id("jdg")),
        ("kind", words(&["false_positive", "true_match"])),
        ("outcome", maybe(reference("HitOutcome"))),
        ("judged_at", instant()),
        ("judged_by", text()),
        ("approved_by", maybe(text())),
    ]
}

fn account() -> Members {
    vec![
        ("id", id("acct")),
        ("customer", id("cus")),
        ("provider", id("prov")),
        ("product", id("prod")),
        ("external_id", external_id()),
        ("kind", words_of(ACCOUNT_KINDS)),
        ("reseller", maybe(id("cus"))),
        ("status", reference("AccountStatus")),
        ("restrictions", list_of(reference("Condition"))),
        ("approvals", list_of(id("meas"))),
        ("opened_remotely", flag()),
        ("created_at", instant()),
        ("version", whole()),
    ]
}

fn reseller() -> Members {
    vec![
        ("customer", id("cus")),
        ("parent", maybe(id("cus"))),
        ("agreement", maybe(text())),
        ("programme", maybe(text())),
        ("status", words(&["pending", "active", "blocked", "ended"])),
        ("since", instant()),
        ("version", whole()),
    ]
}

fn special_measure() -> Members {
    vec![
        ("id", id("meas")),
        ("target", reference("MeasureTarget")),
        ("determination_on", day()),
        ("effective_from", instant()),
        ("expires_at", instant()),
        ("extended_by", list_of(answer(&[("until", instant()), ("reference", text())]))),
        ("legal_reference", text()),
        ("document_hash", text()),
        ("action", reference("MeasureAction")),
        ("applies_to", reference("MeasureReach")),
        ("status", reference("MeasureStatus")),
        ("version", whole()),
    ]
}

fn of_customers() -> Vec<(&'static str, &'static str, Members)> {
    vec![
        (
            "Customer",
            "customer",
            vec![
                ("id", id("cus")),
                ("provider", id("prov")),
                ("external_id", external_id()),
                ("kind", subject_kind()),
                ("reseller", maybe(id("cus"))),
                ("identification", reference("Identification")),
                ("standing", reference("Standing")),
                ("notice", text()),
                ("created_at", instant()),
                ("fact_version", whole()),
                ("version", whole()),
            ],
        ),
        ("Account", "account", account()),
        (
            "Verification",
            "verification",
            vec![
                ("id", id("ver")),
                ("customer", id("cus")),
                ("subject", subject()),
                (
                    "method",
                    words(&[
                        "contact_email",
                        "contact_telephone",
                        "documentary",
                        "non_documentary",
                        "additional",
                        "vouching",
                    ]),
                ),
                ("adapter", text()),
                ("checks", list_of(reference("Check"))),
                ("outcome", words(&["pass", "fail", "inconclusive", "unavailable"])),
                ("evidence", list_of(text())),
                ("verified_at", instant()),
                ("verified_by", text()),
            ],
        ),
        (
            "ContactProof",
            "contact_proof",
            vec![
                ("id", id("prf")),
                ("customer", id("cus")),
                ("subject", subject()),
                ("channel", words(&["email", "telephone"])),
                ("fact", id("fact")),
                ("sent_at", instant()),
                ("expires_at", instant()),
                ("attempts", whole()),
                ("status", reference("ContactProofStatus")),
                ("version", whole()),
            ],
        ),
        (
            "Screening",
            "screening",
            vec![
                ("id", id("scr")),
                ("customer", id("cus")),
                ("subject", subject()),
                ("screened_at", instant()),
                ("lists_version", text()),
                ("engine_version", text()),
                ("compared", text()),
                ("threshold_bp", maybe(whole())),
                ("fact_version", maybe(whole())),
                ("by_delta", maybe(answer(&[("screening", id("scr")), ("lists_version", text())]))),
                (
                    "closed",
                    list_of(answer(&[
                        ("list", text()),
                        ("entry", text()),
                        ("because", words(&["entry_removed", "entry_changed"])),
                    ])),
                ),
                ("hits", list_of(answer(&hit()))),
            ],
        ),
        ("Judgement", "judgement", judgement()),
        (
            "LegalHold",
            "legal_hold",
            vec![
                ("id", id("hold")),
                ("customer", id("cus")),
                ("reference", text()),
                ("placed_at", instant()),
                ("placed_by", text()),
                ("expires_at", maybe(instant())),
                ("renewals", whole()),
                ("released_at", maybe(instant())),
                ("version", whole()),
            ],
        ),
        (
            "Requirements",
            "requirements",
            vec![
                ("requirements", list_of(reference("Requirement"))),
                ("packs_version", text()),
                ("packs", list_of(text())),
            ],
        ),
    ]
}

fn of_work() -> Vec<(&'static str, &'static str, Members)> {
    vec![
        (
            "Case",
            "case",
            vec![
                ("id", id("case")),
                ("customer", id("cus")),
                ("account", maybe(id("acct"))),
                ("subject", maybe(subject())),
                ("kind", words_of(CASE_KINDS)),
                ("reasons", list_of(text())),
                ("status", reference("CaseStatus")),
                ("opened_at", instant()),
                ("due_at", maybe(instant())),
                ("not_by", list_of(id("stf"))),
                ("version", whole()),
                ("hits?", list_of(answer(&case_hit()))),
            ],
        ),
        (
            "Draft",
            "draft",
            vec![
                ("id", id("dft")),
                ("action", reference("DraftAction")),
                ("customer", maybe(id("cus"))),
                ("reason", maybe(text())),
                ("drafted_by", id("stf")),
                ("drafted_at", instant()),
                ("status", reference("DraftStatus")),
                ("version", whole()),
            ],
        ),
        (
            "Decision",
            "decision",
            vec![
                ("id", id("dec")),
                ("customer", id("cus")),
                ("account", maybe(id("acct"))),
                ("case", maybe(id("case"))),
                ("facts", reference("DecisionFacts")),
                ("determination", reference("Determination")),
                ("verdict", reference("Verdict")),
                ("engine_version", text()),
                ("decided_at", instant()),
                ("decided_by", text()),
                ("approved_by", maybe(text())),
                ("outcome", maybe(words(OUTCOMES))),
            ],
        ),
        (
            "GateAnswer",
            "gate_answer",
            vec![
                ("id", id("ans")),
                ("facts", reference("DecisionFacts")),
                ("verdict", reference("Verdict")),
                ("valid_until", instant()),
                ("position", whole()),
                ("engine_version", text()),
                ("stale", flag()),
                ("fictional_lists", flag()),
            ],
        ),
        ("SpecialMeasure", "special_measure", special_measure()),
        (
            "TouchedAccount",
            "touched_account",
            vec![("account", id("acct")), ("customer", id("cus")), ("match", reference("MeasureMatch"))],
        ),
        (
            "Exemption",
            "exemption",
            vec![
                ("id", id("exm")),
                ("scope", reference("ExemptionScope")),
                ("reference", text()),
                ("granted_at", instant()),
                ("expires_at", maybe(instant())),
                ("revoked_at", maybe(instant())),
                ("approved", flag()),
                ("version", whole()),
            ],
        ),
    ]
}

fn of_reference() -> Vec<(&'static str, &'static str, Members)> {
    vec![
        ("Reseller", "reseller", reseller()),
        (
            "Provider",
            "provider",
            vec![
                ("id", id("prov")),
                ("name", text()),
                ("country", text()),
                ("offers_in", list_of(text())),
                ("sells_domains", flag()),
                ("certified_on", maybe(day())),
                ("existed_before_rule", flag()),
                ("created_at", instant()),
                ("version", whole()),
            ],
        ),
        (
            "Product",
            "product",
            vec![
                ("id", id("prod")),
                ("provider", id("prov")),
                ("code", text()),
                ("title", text()),
                ("classes", list_of(words_of(domain::product::ProductClass::ALL))),
                ("site", text()),
                ("version", whole()),
            ],
        ),
        (
            "Pack",
            "pack",
            vec![
                ("id", json!({ "type": "string", "description": "`name@date`." })),
                ("sha256", text()),
                ("trust", reference("PackTrust")),
                ("active", flag()),
                (
                    "checks",
                    list_of(answer(&[
                        ("pack", text()),
                        ("entry", text()),
                        ("checked_by", text()),
                        ("checked_on", day()),
                        ("gazette", text()),
                    ])),
                ),
                ("installed_at", instant()),
                ("installed_by", text()),
                ("warnings?", list_of(answer(&[("entry", text()), ("text", text())]))),
            ],
        ),
        (
            "Watchlist",
            "list",
            vec![
                ("list", text()),
                ("title", text()),
                ("version", text()),
                ("sha256", text()),
                ("entry_count", whole()),
                ("name_count", whole()),
                ("loaded_at", instant()),
                ("fictional", flag()),
                ("consequence", maybe(words_of(&Consequence::ALL))),
                ("outcomes", list_of(words_of(&HitOutcomeKind::ALL))),
                ("sources", list_of(text())),
                ("stale", flag()),
            ],
        ),
    ]
}

fn of_credentials() -> Vec<(&'static str, &'static str, Members)> {
    vec![
        (
            "Staff",
            "staff",
            vec![
                ("id", id("stf")),
                ("handle", text()),
                ("roles", list_of(words_of(Role::ALL))),
                ("branch", maybe(id("cus"))),
                ("status", words(&["invited", "active", "disabled"])),
                ("link_expires_at?", instant()),
                ("created_at", instant()),
                ("version", whole()),
            ],
        ),
        (
            "ApiKey",
            "api_key",
            vec![
                ("id", id("key")),
                ("name", text()),
                ("scopes", list_of(words_of(Scope::ALL))),
                ("branch", maybe(id("cus"))),
                ("created_at", instant()),
                ("expires_at", maybe(instant())),
                ("revoked_at", maybe(instant())),
                ("version", whole()),
            ],
        ),
    ]
}
