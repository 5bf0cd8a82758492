//! Parts that several bodies share.

use domain::account::AccountKind;
use domain::decision::Action;
use domain::field::Field;
use domain::pack::Attribution;
use domain::screening::{Consequence, HitOutcomeKind};
use domain::staff::Role;
use serde_json::{Value, json};

use super::{
    ACCOUNT_KINDS, CASE_KINDS, answer, day, flag, id, instant, list_of, maybe, object, reference, tagged,
    text, whole, words, words_of,
};

pub const OUTCOMES: &[&str] = &["verify", "refuse", "interim_terms", "close", "reopen", "dismiss"];
const ANSWERS: &[&str] = &["allow", "allow_with_conditions", "review", "deny"];
const SOURCES: &[&str] = &["declared", "documented", "observed"];
const LEVELS: &[&str] = &["none", "contact_proven", "non_documentary", "documentary", "additional"];
const PLACE_BASES: &[&str] =
    &["address", "location_of_use", "place_of_organisation", "present_location", "access_address"];
const PERSON_TESTS: &[&str] = &["citizenship", "permanent_residence", "organisation", "location"];
const PROOFS: &[&str] = &["declared", "controlled", "validated"];
const EVIDENCE_STEPS: &[&str] =
    &["non_documentary", "documentary", "signatories", "resolve_discrepancies", "owner_statement_suffices"];

pub fn sources() -> Value {
    words(SOURCES)
}

pub fn answers() -> Value {
    words(ANSWERS)
}

pub fn subject() -> Value {
    json!({ "type": "string", "pattern": "^(cus|per)_[0-9a-hjkmnp-tv-z]{26}$" })
}

pub fn subject_kind() -> Value {
    words(&["individual", "entity"])
}

pub fn share() -> Value {
    json!({ "type": "integer", "minimum": 0, "description": "Parts per million of the whole." })
}

pub fn basis_points() -> Value {
    json!({ "type": "integer", "description": "1 is 0.01 %." })
}

fn classification() -> Value {
    words(&["presumed_foreign", "us", "foreign", "review"])
}

fn pair(first: Value, second: Value) -> Value {
    json!({ "type": "array", "prefixItems": [first, second], "items": false, "minItems": 2, "maxItems": 2 })
}

fn map_of(values: Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

/// An object with exactly one member, whose name says what it is.
fn one_member(forms: &[(&str, Value)]) -> Value {
    let form = |(name, schema): &(&str, Value)| object(&[(name, schema.clone())], &[name]);
    json!({ "oneOf": forms.iter().map(form).collect::<Vec<_>>() })
}

pub fn all() -> Value {
    let mut all = serde_json::Map::new();
    for part in [
        of_the_record(),
        of_measures(),
        of_states(),
        of_decisions(),
        of_lists(),
        of_ownership(),
        of_requirements(),
    ] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn of_the_record() -> Value {
    json!({
        "RequestContext": object(&[
            ("region", maybe(text())), ("resource", maybe(text())), ("quantity", maybe(whole())), ("payment", maybe(text())),
        ], &[]),
        "FactValue": one_member(&[
            ("text", text()), ("address", reference("Address")), ("place", text()), ("payment", reference("PaymentMeans")),
            ("email", text()), ("telephone", text()), ("identifier", reference("Identifier")), ("date", day()),
            ("ownership", reference("OwnershipEdge")), ("flag", flag()), ("document", reference("DocumentMetadata")),
        ]),
        "Address": answer(&[
            ("kind", words(&["residential", "business", "principal_place_of_business", "mailing"])),
            ("lines", list_of(text())), ("locality", text()), ("postal_code?", maybe(text())), ("place", text()),
        ]),
        "Identifier": answer(&[("scheme", text()), ("country", text()), ("value", text())]),
        "DocumentMetadata": answer(&[
            ("kind", text()), ("number", text()), ("issued_in", text()), ("issued_on?", maybe(day())), ("expires_on?", maybe(day())),
        ]),
        "OwnershipEdge": answer(&[("owner", id("per")), ("kind", words(&["equity", "control"])), ("share_ppm", share())]),
        "PaymentMeans": tagged("kind", &[], &[
            ("card", &[
                ("token", text()), ("bin?", maybe(text())), ("last_four?", maybe(text())), ("issuer_country?", maybe(text())),
                ("institution?", maybe(text())),
            ]),
            ("bank_account", &[("institution", text()), ("account_number", text()), ("country?", maybe(text()))]),
            ("processor", &[("institution", text()), ("customer_identifier", text())]),
            ("wallet", &[("network", text()), ("address", text())]),
            ("none", &[]),
        ]),
        "Person": answer(&[
            ("id", id("per")), ("customer", id("cus")), ("kind", subject_kind()), ("external_id", maybe(text())),
            ("created_at", instant()), ("version", whole()),
        ]),
        "Check": answer(&[
            ("check", json!({ "type": "string", "description": "Id and version of the check, such as `document-expiry@1`." })),
            ("result", words(&["pass", "warn", "fail", "unknown", "not_applicable"])), ("reason", text()),
        ]),
    })
}

fn of_measures() -> Value {
    json!({
        "Condition": tagged("condition", &[], &[
            ("require_verification_level", &[("level", words(LEVELS))]),
            ("require_approval", &[("role", words_of(Role::ALL))]),
            ("restrict_product", &[("resources", list_of(text()))]),
            ("restrict_region", &[("allowed", list_of(text()))]),
            ("cap", &[("resource", text()), ("max", whole())]),
            ("enhanced_monitoring", &[]),
            ("report_activity", &[("every_days", whole())]),
            ("deny_new_accounts", &[]),
            ("deny_crypto", &[]),
            ("wind_down", &[("days", whole())]),
        ]),
        "ListEntry": answer(&[("list", text()), ("entry", text())]),
        "MeasureTarget": tagged("kind", &[], &[
            ("jurisdiction", &[("places", list_of(text()))]),
            ("person", &[("customers?", list_of(id("cus"))), ("entries?", list_of(reference("ListEntry")))]),
        ]),
        "MeasureAction": tagged("action", &[], &[
            ("prohibit", &[("opening", flag()), ("maintaining", flag())]),
            ("condition", &[("conditions", list_of(reference("Condition")))]),
        ]),
        "MeasureReach": answer(&[
            ("account_kinds?", list_of(words_of(ACCOUNT_KINDS))),
            ("product_classes?", list_of(words_of(domain::product::ProductClass::ALL))), ("reseller_accounts", flag()),
        ]),
        "MeasureMatch": answer(&[
            ("measure", id("meas")), ("of", words(&["customer", "beneficial_owner", "reseller"])),
            ("reason", tagged("because", &[], &[
                ("place", &[("place", text()), ("basis", words(PLACE_BASES))]),
                ("named", &[]),
                ("list_entry", &[("entry", reference("ListEntry"))]),
            ])),
            ("strength", sources()),
        ]),
        "ExemptionScope": tagged("scope", &[], &[
            ("provider", &[("provider", id("prov"))]),
            ("account_type", &[("kind", words_of::<AccountKind>(ACCOUNT_KINDS))]),
            ("lessee_type", &[("country", text())]),
            ("reseller", &[("reseller", id("cus"))]),
        ]),
        "DraftAction": tagged("action", &[], &[
            ("decide_case", &[("case", id("case")), ("kind?", words_of(CASE_KINDS)), ("outcome", words(OUTCOMES))]),
            ("judge_hit", &[
                ("customer", id("cus")), ("screening", id("scr")), ("list", text()), ("entry", text()),
                ("kind", words(&["false_positive", "true_match"])), ("outcome?", reference("HitOutcome")),
            ]),
            ("clear_hits", &[
                ("list", text()), ("entry?", text()),
                ("below_bp?", json!({ "type": "integer", "minimum": 0, "maximum": 10_000, "description": "What scored so or more is left out." })),
                ("hits?", json!({
                    "type": "array", "description": "Put in when the draft is made: these are cleared and no others.",
                    "items": answer(&[("customer", id("cus")), ("screening", id("scr")), ("entry", text()), ("score_bp", whole())]),
                })),
                ("more?", flag()),
            ]),
            ("activate_measure", &[("measure", id("meas"))]),
            ("revoke_measure", &[("measure", id("meas"))]),
            ("extend_measure", &[("measure", id("meas")), ("until", instant()), ("reference", text())]),
            ("grant_exemption", &[("exemption", id("exm"))]),
            ("release_hold", &[("hold", id("hold"))]),
            ("close_account", &[("account", id("acct"))]),
            ("shred_customer", &[("customer", id("cus"))]),
            ("shred_class", &[("customer", id("cus")), ("class", text())]),
            ("trust_pack", &[("pack", text())]),
            ("give_role", &[("staff", id("stf")), ("roles", list_of(words_of(Role::ALL)))]),
        ]),
    })
}

fn of_states() -> Value {
    json!({
        "Identification": tagged("state", &[], &[
            ("draft", &[]),
            ("open", &[("since", instant())]),
            ("us_shown", &[("shown_at", instant())]),
            ("verified", &[("verified_at", instant()), ("level", words(LEVELS)), ("reverify_at", maybe(instant()))]),
            ("unable", &[("since", instant()), ("answer", tagged("answer", &[], &[
                ("refuse", &[]),
                ("interim_terms", &[("until", maybe(instant()))]),
                ("close", &[("closes_at", instant())]),
            ]))]),
            ("reverify_due", &[("since", instant())]),
            ("closed", &[("closed_at", instant())]),
        ]),
        "Standing": answer(&[
            ("classification", classification()), ("level", words(LEVELS)), ("hits", words(&["clear", "open", "confirmed"])),
            ("screened_with", maybe(text())),
            ("places", list_of(answer(&[
                ("place", text()), ("basis", words(PLACE_BASES)), ("of_owner", flag()), ("strength", sources()),
            ]))),
            ("confirmed_entries", list_of(reference("ConfirmedEntry"))), ("hit_open?", flag()),
            ("listed_owners?", list_of(reference("ListedHolding"))),
            ("missing", list_of(text())), ("overdue", flag()), ("discrepancy_open", flag()),
            ("restrictions", list_of(reference("Condition"))),
        ]),
        "AccountStatus": tagged("state", &[], &[
            ("pending", &[]),
            ("refused", &[("refused_at", instant())]),
            ("open", &[("opened_at", instant())]),
            ("suspended", &[("opened_at", instant()), ("suspended_at", instant()), ("under", maybe(id("meas")))]),
            ("closed", &[("opened_at", maybe(instant())), ("closed_at", instant())]),
        ]),
        "CaseStatus": tagged("state", &[], &[
            ("open", &[]),
            ("claimed", &[("claimed_by", id("stf")), ("claimed_at", instant())]),
            ("resolved", &[("outcome", text()), ("resolved_by", text()), ("resolved_at", instant())]),
        ]),
        "DraftStatus": tagged("state", &[], &[
            ("waiting", &[]),
            ("approved", &[("by", id("stf")), ("at", instant())]),
            ("rejected", &[("by", id("stf")), ("at", instant())]),
            ("withdrawn", &[("at", instant())]),
        ]),
        "MeasureStatus": tagged("state", &[], &[
            ("draft", &[]),
            ("approved", &[("approved_at", instant())]),
            ("revoked", &[("revoked_at", instant())]),
        ]),
        "ContactProofStatus": tagged("state", &[], &[
            ("sent", &[]), ("proven", &[("proven_at", instant())]), ("spent", &[]),
        ]),
        "PackTrust": tagged("by", &[], &[
            ("shipped", &[]), ("signed", &[("public_key", text()), ("signature", text())]),
        ]),
    })
}

fn of_decisions() -> Value {
    json!({
        "Verdict": answer(&[("answer", answers()), ("findings", list_of(reference("Finding")))]),
        "Finding": answer(&[
            ("gate", text()), ("requirement", text()), ("answer", answers()),
            ("reason", json!({ "type": "string", "description": "A stable code." })),
            ("conditions?", list_of(reference("Condition"))), ("because?", list_of(text())),
        ]),
        "DecisionFacts": answer(&[
            ("action", words_of(Action::ALL)), ("context", reference("RequestContext")), ("at", instant()),
            ("account", reference("AccountRecord")), ("identification", reference("Identification")),
            ("standing", reference("Standing")),
            ("resellers", list_of(answer(&[
                ("reseller", id("cus")), ("status", words(&["pending", "active", "blocked", "ended"])),
                ("on_lists?", answer(&[
                    ("hits", words(&["clear", "open", "confirmed"])), ("hit_open", flag()),
                    ("confirmed_entries", list_of(reference("ConfirmedEntry"))),
                    ("listed_owners", list_of(reference("ListedHolding"))),
                ])),
            ]))),
            ("measures", list_of(pair(reference("MeasureRecord"), reference("MeasureMatch")))),
            ("exempt_under", list_of(text())), ("provider_certified", flag()), ("terms", reference("DecisionTerms")),
        ]),
        "DecisionTerms": answer(&[
            ("packs_version", text()), ("interim_terms", maybe(list_of(reference("Condition")))),
            ("certification_first", maybe(text())), ("screening_on", flag()), ("lists_version", text()),
            ("lists?", list_of(reference("ListTerms"))),
        ]),
    })
}

fn of_lists() -> Value {
    let holding = answer(&[
        ("share_ppm", share()),
        ("share_ppm_up", share()),
        ("passed_ppm", share()),
        ("controlled_ppm", share()),
    ]);
    let ownership = answer(&[
        ("threshold_ppm", share()),
        ("comparison", words(&[">", ">="])),
        ("attribution", words_of(&[Attribution::Product, Attribution::PassedOn])),
        ("aggregated", flag()),
        ("control", flag()),
    ]);
    json!({
        "ConfirmedEntry": answer(&[
            ("entry", reference("ListEntry")), ("of_owner", flag()),
            ("path?", json!({ "type": "array", "items": id("per"), "description": "From the customer up to who is listed." })),
            ("outcome?", reference("HitOutcome")),
        ]),
        "HitOutcome": tagged("kind", &[], &[
            ("licensed", &[("licence", text()), ("until", instant())]), ("not_licensed", &[]), ("resolved", &[]),
            ("not_resolved", &[]),
        ]),
        "ListedHolding": answer(&[("list", text()), ("together", holding.clone()), ("largest", holding)]),
        "ListTerms": answer(&[
            ("list", text()), ("consequence", maybe(words_of(&Consequence::ALL))), ("ownership?", list_of(ownership)),
            ("outcomes?", list_of(words_of(&HitOutcomeKind::ALL))), ("sources", list_of(text())),
        ]),
    })
}

fn of_ownership() -> Value {
    json!({
        "Determination": answer(&[
            ("classification", classification()), ("explanation", list_of(reference("DeterminationReason"))),
            ("inputs", answer(&[
                ("customer", reference("HomeFinding")), ("ownership", maybe(reference("OwnershipFinding"))),
                ("owners", map_of(reference("HomeFinding"))), ("ownership_complete", flag()),
            ])),
        ]),
        "DeterminationReason": answer(&[("rule", text()), ("says", classification()), ("text", text())]),
        "HomeFinding": answer(&[
            ("classification", classification()), ("explanation", list_of(reference("DeterminationReason"))),
            ("facts", answer(&[
                ("kind", subject_kind()), ("citizenships", list_of(reference("ShownPlace"))),
                ("permanent_residences", list_of(reference("ShownPlace"))), ("organised_in", list_of(reference("ShownPlace"))),
                ("branch_of", list_of(reference("ShownPlace"))), ("located_in", list_of(reference("ShownPlace"))),
            ])),
            ("terms", maybe(reference("HomePersonTerms"))),
        ]),
        "ShownPlace": answer(&[("place", text()), ("source", sources())]),
        "HomePersonTerms": answer(&[
            ("home", list_of(text())), ("tests", list_of(words(PERSON_TESTS))), ("shown_by", sources()),
            ("citations", list_of(reference("Citation"))),
        ]),
        "OwnershipFinding": answer(&[
            ("owners", list_of(reference("OwnershipHolder"))), ("others", list_of(reference("OwnershipHolder"))),
            ("discrepancies", list_of(reference("OwnershipDiscrepancy"))), ("unknown_ppm", share()), ("may_hide_owner", flag()),
            ("terms", answer(&[
                ("threshold_ppm", share()), ("one_control_person", flag()), ("control_passes_above_ppm", maybe(share())),
                ("citations", list_of(reference("Citation"))),
            ])),
        ]),
        "OwnershipHolder": answer(&[
            ("person", id("per")), ("share_ppm", share()), ("direct_ppm", share()), ("by_share", flag()), ("by_control", flag()),
            ("chains", list_of(answer(&[("links", list_of(reference("OwnershipEdge"))), ("share_ppm", share())]))),
        ]),
        "OwnershipDiscrepancy": tagged("discrepancy", &[], &[
            ("cycle", &[("through", list_of(subject()))]),
            ("more_than_whole", &[("owned", subject()), ("sum_ppm", whole())]),
            ("remainder", &[("owned", subject()), ("missing_ppm", share()), ("reaches_ppm", share())]),
            ("unknown_owner", &[("person", id("per"))]),
            ("owned_individual", &[("person", id("per"))]),
            ("too_deep", &[]),
            ("control_persons", &[("found", whole())]),
            ("chains_not_all_listed", &[]),
        ]),
    })
}

fn of_requirements() -> Value {
    let shared = [
        ("id", json!({ "type": "string", "description": "Stable: `cus_…/field/address`." })),
        ("subject", subject()),
        ("state", words(&["met", "eventually_due", "currently_due", "past_due"])),
        ("due", maybe(reference("Deadline"))),
        ("citations", list_of(reference("Citation"))),
    ];
    json!({
        "Requirement": tagged("what", &shared, &[
            ("notice", &[("notice", text()), ("version", whole())]),
            ("field", &[("field", words_of(Field::ALL))]),
            ("any_of", &[("group", text()), ("fields", list_of(words_of(Field::ALL)))]),
            ("field_proof", &[("field", words_of(Field::ALL)), ("proof", words(PROOFS))]),
            ("owners", &[]),
            ("verification", &[("level", words(LEVELS))]),
            ("evidence_step", &[("step", words(EVIDENCE_STEPS))]),
            ("discrepancy", &[("discrepancy", text())]),
            ("list_check", &[]),
            ("reverification", &[]),
        ]),
        "Deadline": answer(&[("until", instant()), ("due_on", day())]),
        "Citation": answer(&[
            ("pack", text()), ("status", words(&["proposed", "draft", "law", "dead", "model"])), ("entry", text()),
            ("document", text()), ("section", text()),
            ("certainty", words(&["eo", "nprm", "law", "unconfirmed", "model", "design"])), ("checked", flag()),
            ("requirement", maybe(text())),
        ]),
    })
}
