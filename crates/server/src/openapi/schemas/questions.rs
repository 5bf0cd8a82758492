//! Questions to the gate and the access ledger.

use domain::decision::Action;
use serde_json::{Value, json};

use super::{flag, instant, list_of, maybe, object, reference, text, whole, words, words_of};

pub fn all() -> Value {
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
    let texts = json!({ "type": ["array", "string"], "items": text(), "description": "By FollowTheMoney's name of the property." });
    let properties = json!({ "type": "object", "additionalProperties": texts });
    let party = object(
        &[("id", maybe(text())), ("schema", text()), ("properties", properties)],
        &["schema", "properties"],
    );
    json!({
        "MatchQueries": object(&[("queries", json!({ "type": "object", "minProperties": 1, "maxProperties": 100, "additionalProperties": maybe(party) }))], &["queries"]),
        "Evaluation": object(&[("subject", subject), ("action", action), ("resource", resource), ("context", context)], &["subject", "action"]),
        "Evaluations": object(&[
            ("evaluations", list_of(reference("Evaluation"))),
            ("options", object(&[("evaluations_semantic", words(&["execute_all", "deny_on_first_deny", "permit_on_first_permit"]))], &[])),
        ], &[]),
        "WhoQuestion": object(&with(&[("ip", json!({ "type": "string", "description": "An address or prefix." })), ("port", whole())]), &["ip"]),
        "AccountQuestion": object(&with(&[("account", text())]), &["account"]),
    })
}
