//! Answers that are more than one noun.

use domain::decision::Action;
use domain::field::Field;
use serde_json::{Value, json};

use super::nouns::plain_hit;
use super::values::{answers, share, sources, subject, subject_kind};
use super::{
    answer, flag, id, instant, list_of, maybe, object, reference, shown, text, whole, words, words_of,
};

pub fn all() -> Value {
    let mut all = serde_json::Map::new();
    for part in [of_customers(), of_staff(), of_the_gate(), of_accesses(), of_the_platform()] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn of_customers() -> Value {
    let named = answer(&[("reference", text()), ("id", id("per"))]);
    json!({
        "Enrolled": answer(&[
            ("customer", reference("Customer")), ("persons", list_of(named.clone())), ("account", maybe(reference("Account"))),
            ("decision", maybe(reference("Decision"))), ("livemode", flag()),
        ]),
        "Added": answer(&[
            ("customer", reference("Customer")), ("persons", list_of(named)), ("facts", list_of(id("fact"))),
            ("accounts", list_of(reference("Account"))), ("livemode", flag()),
        ]),
        "Opened": answer(&[("account", reference("Account")), ("decision", reference("Decision")), ("livemode", flag())]),
        "Record": shown("record", &[
            ("customer", reference("Customer")), ("persons", list_of(reference("Person"))), ("facts", list_of(reference("Fact"))),
            ("valid", instant()), ("known", instant()),
        ]),
        "Fact": answer(&[
            ("id", id("fact")), ("subject", subject()), ("field", words_of(Field::ALL)), ("item", text()),
            ("value", maybe(reference("FactValue"))), ("source", sources()), ("evidence", maybe(text())),
            ("true_from", instant()), ("recorded_at", instant()), ("recorded_by", text()), ("version", whole()),
            ("retention_class", text()),
        ]),
        "Replay": shown("replay", &[
            ("decision", reference("Decision")), ("verdict", reference("Verdict")), ("same", flag()), ("same_engine", flag()),
            ("differing_gates", list_of(text())),
        ]),
        "GateAnswerReplay": shown("replay", &[
            ("answer", reference("GateAnswer")), ("verdict", reference("Verdict")), ("same", flag()), ("same_engine", flag()),
            ("differing_gates", list_of(text())),
        ]),
        "ScreeningReplay": shown("replay", &[
            ("screening", reference("Screening")),
            ("outcome", words(&["same", "differs", "lists_not_kept", "facts_not_kept"])), ("same", flag()), ("same_engine", flag()),
            ("engine_version", text()), ("hits", list_of(answer(&plain_hit()))),
            ("differing_hits", list_of(answer(&[
                ("list", text()), ("entry", text()), ("score_bp", maybe(whole())), ("score_bp_now", maybe(whole())),
                ("features", list_of(text())),
            ]))),
            ("missing_lists", list_of(text())),
        ]),
        "DraftedMeasure": answer(&[
            ("special_measure", reference("SpecialMeasure")), ("warnings", list_of(text())), ("livemode", flag()),
        ]),
    })
}

fn of_staff() -> Value {
    json!({
        "Session": shown("session", &[("staff", reference("Staff")), ("token?", text()), ("expires_at", instant())]),
        "Invited": answer(&[
            ("staff", reference("Staff")),
            ("link_secret", json!({ "type": "string", "description": "Shown once; goes into the fragment of `/sign-in#…`." })),
            ("livemode", flag()),
        ]),
        "MadeApiKey": answer(&[
            ("api_key", reference("ApiKey")), ("secret", json!({ "type": "string", "description": "Shown once." })),
            ("livemode", flag()),
        ]),
    })
}

fn of_the_gate() -> Value {
    json!({
        "EvaluationAnswer": answer(&[
            ("decision", flag()),
            ("context", answer(&[
                ("answer", answers()), ("id?", id("ans")), ("account?", id("acct")), ("action", words_of(Action::ALL)),
                ("asked", reference("RequestContext")), ("reasons", list_of(text())),
                ("conditions", list_of(reference("Condition"))), ("obligations", list_of(reference("Condition"))),
                ("versions?", answer(&[("engine", text()), ("packs", text()), ("lists", text())])),
                ("position?", whole()), ("answered_at?", instant()), ("valid_until?", instant()), ("stale", flag()),
                ("fictional_lists", flag()), ("livemode", flag()),
                ("signature?", json!({ "type": "string", "description": "Compact JWS, EdDSA, over the context without it." })),
            ])),
        ]),
        "EvaluationRefused": answer(&[
            ("decision", json!({ "type": "boolean", "const": false })),
            ("context", answer(&[("error", answer(&[("status", whole()), ("code", text()), ("message", text()), ("pointer", maybe(text()))]))])),
        ]),
        "EvaluationsAnswer": {
            "description": "Answers in the order of the questions; without a list of questions, the one answer.",
            "anyOf": [
                answer(&[("evaluations", list_of(json!({ "anyOf": [reference("EvaluationAnswer"), reference("EvaluationRefused")] })))]),
                reference("EvaluationAnswer"),
            ],
        },
        "GateConfiguration": answer(&[
            ("policy_decision_point", text()), ("access_evaluation_endpoint", text()), ("access_evaluations_endpoint", text()),
            ("jwks_uri", text()),
        ]),
        "GateKeys": answer(&[("keys", list_of(answer(&[
            ("kty", text()), ("crv", text()), ("alg", text()), ("use", text()), ("kid", text()), ("x", text()),
        ])))]),
    })
}

fn of_accesses() -> Value {
    let line = vec![
        ("account", text()),
        ("because", words(&["access", "lease"])),
        ("events", whole()),
        ("first_at", instant()),
        ("last_at", instant()),
        ("ips", list_of(text())),
        ("rows?", list_of(reference("AccessEvent"))),
        ("proofs?", list_of(maybe(reference("RowProof")))),
    ];
    let mut with_holder = line.clone();
    with_holder.push(("holder", maybe(reference("Holder"))));
    let owners = list_of(answer(&[
        ("person", id("per")),
        ("names", list_of(text())),
        ("recorded_later", flag()),
        ("share_ppm", share()),
        ("controls", flag()),
    ]));
    json!({
        "WhoAnswer": shown("who", &[
            ("accounts", list_of(answer(&with_holder))), ("truncated", flag()),
            ("versions", answer(&[("packs", text()), ("lists", text()), ("position", whole())])), ("fictional_lists", flag()),
        ]),
        "AccessAnswer": shown("accesses", &[("accounts", list_of(answer(&line))), ("truncated", flag())]),
        "AccessEvent": answer(&[
            ("account", text()), ("action?", text()), ("actor?", text()), ("at", instant()), ("ip", text()),
            ("kind", words(&["access", "admin", "signup", "lease_start", "lease_end"])), ("outcome?", text()), ("port?", whole()),
            ("ports?", json!({ "type": "array", "items": whole(), "minItems": 2, "maxItems": 2 })), ("resource?", text()),
            ("seq?", whole()), ("source?", text()),
        ]),
        "RowProof": answer(&[
            ("segment_id", whole()), ("index", whole()), ("size", whole()), ("root", text()), ("path", list_of(text())), ("row", text()),
        ]),
        "Holder": answer(&[
            ("account", reference("AccountRecord")), ("customer", id("cus")), ("customer_external_id", maybe(text())),
            ("kind", subject_kind()), ("names", list_of(text())), ("recorded_later", flag()), ("owners", owners.clone()),
            ("known_then", answer(&[("names", list_of(text())), ("recorded_later", flag()), ("owners", owners)])),
            ("resellers", list_of(reference("ResellerRecord"))), ("identification_then", maybe(text())),
            ("identification_now", text()),
            ("proofs", list_of(answer(&[("kind", text()), ("object", text()), ("position", maybe(whole()))]))),
        ]),
    })
}

fn of_the_platform() -> Value {
    json!({
        "Problem": object(&[
            ("type", text()), ("title", text()), ("status", whole()), ("code", text()), ("detail", text()),
            ("errors", list_of(answer(&[("pointer", text()), ("detail", text())]))),
        ], &["type", "title", "status", "code", "detail"]),
        "Watchlists": shown("lists", &[
            ("data", list_of(reference("Watchlist"))), ("version", text()), ("fictional_lists", flag()),
            ("new_versions?", whole()),
        ]),
        "MatchAnswer": match_answer(),
        "ScreenedPage": shown("screened_page", &[
            ("customers", whole()), ("by_delta", whole()), ("hits", whole()), ("passed_over", whole()),
            ("next", maybe(id("cus"))),
        ]),
        "EventList": shown("list", &[
            ("data", list_of(reference("Event"))),
            ("next", json!({ "type": "integer", "minimum": 0, "description": "Ask again after this position." })),
        ]),
        "Event": shown("event", &[
            ("position", whole()), ("id", id("evt")), ("type", text()), ("at", instant()), ("customer", maybe(id("cus"))),
            ("account", maybe(id("acct"))), ("subject", json!({ "type": "string", "description": "What changed: an id of any noun." })),
            ("version", whole()), ("state", maybe(text())), ("reasons", list_of(text())), ("actor", text()),
        ]),
        "LedgerProof": shown("ledger_proof", &[
            ("leaf", text()), ("index", whole()), ("size", whole()), ("path", list_of(text())), ("checkpoint", text()),
        ]),
    })
}

/// In the form that other services gave it, so without `object` and `livemode`.
fn match_answer() -> Value {
    let number = || json!({ "type": "number" });
    let by_name = |schema: Value| json!({ "type": "object", "additionalProperties": schema });
    let properties = || by_name(list_of(text()));
    let explanation = answer(&[("detail", text()), ("score", number()), ("weight", number())]);
    let matched = answer(&[
        ("id", text()),
        ("caption", text()),
        ("schema", text()),
        ("properties", properties()),
        ("datasets", list_of(text())),
        ("referents", list_of(text())),
        ("target", flag()),
        ("first_seen", maybe(instant())),
        ("last_seen", maybe(instant())),
        ("last_change", maybe(instant())),
        ("score", number()),
        ("features", by_name(number())),
        ("explanations", by_name(explanation)),
        ("match", flag()),
    ]);
    let query = answer(&[("id", maybe(text())), ("schema", text()), ("properties", properties())]);
    let party = answer(&[
        ("status", whole()),
        ("results", list_of(matched)),
        ("total", answer(&[("value", whole()), ("relation", words(&["eq", "gte"]))])),
        ("query", query),
    ]);
    let note = answer(&[("description", text()), ("coefficient", number()), ("url", text())]);
    answer(&[("responses", by_name(party)), ("matcher", by_name(note)), ("limit", whole())])
}
