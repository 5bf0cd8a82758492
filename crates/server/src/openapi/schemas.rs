//! Bodies, as the document shows them.

use domain::account::AccountKind;
use domain::case::CaseKind;
use domain::decision::Action;
use domain::field::Field;
use domain::staff::{Role, Scope};
use serde::Serialize;
use serde_json::{Value, json};

use super::object;

fn text() -> Value {
    json!({ "type": "string" })
}

fn id(prefix: &str) -> Value {
    json!({ "type": "string", "pattern": format!("^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$") })
}

fn external_id() -> Value {
    json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 200, "description": "The control plane's own name for it; unique." })
}

fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn some_object(description: &str) -> Value {
    json!({ "type": "object", "description": description })
}

fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// The words of an enum, as it is serialised.
fn words_of<T: Serialize>(values: &[T]) -> Value {
    let words: Vec<Value> = values.iter().map(|value| json!(value)).collect();
    json!({ "type": "string", "enum": words })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn reason_code() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9-]{2,64}$", "description": "A code, never personal data." })
}

/// Strict: what is not named is refused.
fn request(members: &[(&str, Value)], required: &[&str]) -> Value {
    let mut schema = object(members, required);
    schema["additionalProperties"] = json!(false);
    schema
}

pub fn all() -> Value {
    let mut all = serde_json::Map::new();
    for part in [requests(), questions(), answers()] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

const ACCOUNT_KINDS: &[AccountKind] = &[
    AccountKind::Standard,
    AccountKind::Trial,
    AccountKind::Free,
    AccountKind::Complimentary,
    AccountKind::Reseller,
];

const CASE_KINDS: &[CaseKind] = &[
    CaseKind::Identification,
    CaseKind::ListHit,
    CaseKind::Discrepancy,
    CaseKind::Signatory,
    CaseKind::Redress,
    CaseKind::Closure,
    CaseKind::Reverification,
    CaseKind::Review,
];

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

fn requests() -> Value {
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
            ("item", json!({ "type": "string", "description": "Tells several values of one field apart." })),
            ("value", some_object("One member that names the form: `text`, `address`, `place`, `payment`, `email`, `telephone`, `identifier`, `date`, `ownership`, `flag`, `document`.")),
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
        "RequestContext": object(&[
            ("region", text()), ("resource", text()), ("quantity", whole()), ("payment", text()),
        ], &[]),
        "NewAccount": request(&new_account, &["customer", "kind", "product"]),
        "Verification": request(&[
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
        "Condition": some_object("`condition` names it: `require_verification_level`, `require_approval`, `restrict_product`, `restrict_region`, `cap`, `enhanced_monitoring`, `report_activity`, `deny_new_accounts`, `deny_crypto`, `wind_down`; the rest are its members."),
        "LegalHold": request(&[("reference", text()), ("expires_at", instant())], &["reference"]),
        "Suspension": request(&[("reason", reason_code()), ("special_measure", id("meas"))], &["reason"]),
        "Reason": request(&[("reason", reason_code())], &["reason"]),
        "NewCase": request(&[
            ("customer", id("cus")), ("kind", words_of(CASE_KINDS)), ("account", id("acct")), ("reasons", list_of(reason_code())),
        ], &["customer", "kind", "reasons"]),
        "NewDraft": request(&[
            ("action", some_object("`action` names it: `decide_case`, `judge_hit`, `activate_measure`, `revoke_measure`, `grant_exemption`, `release_hold`, `close_account`, `shred_customer`, `trust_pack`, `give_role`; the rest are its members.")),
            ("reason", json!({ "type": "string", "minLength": 3, "maxLength": 2_000 })),
        ], &["action", "reason"]),
        "NewMeasure": request(&[
            ("target", some_object("`kind`: `jurisdiction` with `places`, or `person` with `customers` and `entries`.")),
            ("determination_on", day()),
            ("effective_from", instant()),
            ("expires_at", instant()),
            ("legal_reference", text()),
            ("document_hash", json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{64}$" })),
            ("action", some_object("`action`: `prohibit` with `opening` and `maintaining`, or `condition` with `conditions`.")),
            ("applies_to", some_object("`account_kinds`, `product_classes` (empty: all) and `reseller_accounts`.")),
        ], &["target", "determination_on", "effective_from", "expires_at", "legal_reference", "document_hash", "action", "applies_to"]),
        "Extension": request(&[("until", instant()), ("reference", text())], &["until", "reference"]),
        "NewExemption": request(&[
            ("scope", some_object("`scope`: `provider`, `account_type`, `lessee_type` or `reseller`, with whom it is for.")),
            ("reference", text()),
            ("expires_at", instant()),
        ], &["scope", "reference"]),
        "Reseller": request(&[
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
        "NewStaff": request(&[("handle", text()), ("roles", list_of(words_of(Role::ALL))), ("branch", id("cus"))], &["handle"]),
        "NewApiKey": request(&[
            ("name", text()), ("scopes", list_of(words_of(Scope::ALL))), ("branch", id("cus")), ("expires_at", instant()),
        ], &["name", "scopes"]),
        "SignIn": request(&[("handle", text()), ("password", text()), ("cookie", flag())], &["handle", "password"]),
        "AcceptLink": request(&[("link_secret", text()), ("password", text()), ("cookie", flag())], &["link_secret", "password"]),
    })
}

fn questions() -> Value {
    let subject = object(&[("type", words(&["account"])), ("id", text())], &["type", "id"]);
    let action = object(&[("name", words_of(Action::ALL))], &["name"]);
    let resource = object(&[("type", text()), ("id", text())], &[]);
    let context = object(
        &[
            ("enforces_conditions", flag()),
            ("region", text()),
            ("resource", text()),
            ("quantity", whole()),
            ("payment", text()),
        ],
        &[],
    );
    let window = [
        ("at", instant()),
        ("within", json!({ "type": "string", "description": "To each side, such as `15m`." })),
        ("from", instant()),
        ("until", instant()),
        ("rows", flag()),
        ("prove", flag()),
    ];
    let with = |more: &[(&'static str, Value)]| {
        let mut members = more.to_vec();
        members.extend(window.iter().cloned());
        members
    };
    json!({
        "Evaluation": object(&[("subject", subject), ("action", action), ("resource", resource), ("context", context)], &["subject", "action"]),
        "Evaluations": object(&[
            ("evaluations", list_of(reference("Evaluation"))),
            ("options", object(&[("evaluations_semantic", words(&["execute_all", "deny_on_first_deny", "permit_on_first_permit"]))], &[])),
        ], &[]),
        "EvaluationAnswer": object(&[
            ("decision", flag()),
            ("context", object(&[
                ("answer", words(&["allow", "allow_with_conditions", "review", "deny"])),
                ("id", id("ans")), ("account", id("acct")), ("action", text()), ("asked", reference("RequestContext")),
                ("reasons", list_of(text())),
                ("conditions", list_of(reference("Condition"))), ("obligations", list_of(reference("Condition"))),
                ("versions", object(&[("engine", text()), ("packs", text()), ("lists", text())], &[])),
                ("position", whole()), ("answered_at", instant()), ("valid_until", instant()),
                ("stale", flag()), ("fictional_lists", flag()), ("livemode", flag()),
                ("signature", json!({ "type": "string", "description": "Compact JWS, EdDSA, over the context without it." })),
            ], &["answer", "reasons"])),
        ], &["decision", "context"]),
        "WhoQuestion": object(&with(&[("ip", json!({ "type": "string", "description": "An address or prefix." })), ("port", whole())]), &["ip"]),
        "AccountQuestion": object(&with(&[("account", text())]), &["account"]),
    })
}

fn answers() -> Value {
    let shown = |members: &[(&'static str, Value)]| {
        let mut all = vec![("object", text()), ("livemode", flag())];
        all.extend(members.iter().cloned());
        object(&all, &["object", "livemode"])
    };
    json!({
        "Problem": object(&[
            ("type", text()), ("title", text()), ("status", whole()), ("code", text()), ("detail", text()),
            ("errors", list_of(object(&[("pointer", text()), ("detail", text())], &["pointer", "detail"]))),
        ], &["type", "title", "status", "code", "detail"]),
        "Any": some_object("A noun with `object` and `livemode`."),
        "List": object(&[
            ("object", text()), ("data", list_of(reference("Any"))),
            ("next", json!({ "type": ["string", "null"], "description": "`after` of the next page; null after the last." })),
            ("livemode", flag()),
        ], &["object", "data", "livemode"]),
        "Customer": shown(&[
            ("id", id("cus")), ("provider", id("prov")), ("external_id", external_id()), ("kind", words(&["individual", "entity"])),
            ("reseller", id("cus")), ("identification", some_object("`state`, and what is known in it.")),
            ("standing", some_object("What the gate needs: classification, level, hits, what is missing.")),
            ("notice", text()), ("created_at", instant()), ("fact_version", whole()), ("version", whole()),
        ]),
        "Account": shown(&[
            ("id", id("acct")), ("customer", id("cus")), ("provider", id("prov")), ("product", id("prod")),
            ("external_id", external_id()), ("kind", words_of(ACCOUNT_KINDS)), ("reseller", id("cus")),
            ("status", some_object("`state`: `pending`, `refused`, `open`, `suspended`, `closed`, and its instants.")),
            ("restrictions", list_of(reference("Condition"))), ("approvals", list_of(id("meas"))),
            ("opened_remotely", flag()), ("created_at", instant()), ("version", whole()),
        ]),
        "Case": shown(&[
            ("id", id("case")), ("customer", id("cus")), ("account", id("acct")), ("subject", text()),
            ("kind", words_of(CASE_KINDS)), ("reasons", list_of(text())), ("status", some_object("`state`: `open`, `claimed`, `resolved`.")),
            ("opened_at", instant()), ("due_at", instant()), ("not_by", id("stf")), ("version", whole()),
        ]),
        "Decision": shown(&[
            ("id", id("dec")), ("customer", id("cus")), ("account", id("acct")), ("case", id("case")),
            ("facts", some_object("What it was made of.")), ("determination", some_object("Who is foreign and who owns.")),
            ("verdict", object(&[("answer", words(&["allow", "allow_with_conditions", "review", "deny"])), ("findings", list_of(some_object("What one gate said.")))], &["answer", "findings"])),
            ("engine_version", text()), ("decided_at", instant()), ("decided_by", text()), ("approved_by", text()), ("outcome", text()),
        ]),
        "Enrolled": object(&[
            ("customer", reference("Customer")),
            ("persons", list_of(object(&[("reference", text()), ("id", id("per"))], &["reference", "id"]))),
            ("account", reference("Account")), ("decision", reference("Decision")), ("livemode", flag()),
        ], &["customer", "persons", "livemode"]),
    })
}
