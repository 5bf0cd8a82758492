//! The OpenAPI document: paths from the handlers, schemas of bodies from a table beside, rights from
//! [`crate::rights`].

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{InfoBuilder, OpenApi, RefOr};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::api;
use crate::rights;
use crate::state::AppState;

mod schemas;

/// Names a schema of [`schemas`]; handlers refer to it.
macro_rules! schemas {
    ($($name:ident)*) => {$(
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().into()
            }
        }

        impl ToSchema for $name {}
    )*

    #[cfg(test)]
    const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

schemas! {
    AcceptLink AccessAnswer Account AccountList AccountQuestion Added Addition ApiKey ApiKeyList Case
    CaseList Certification ConfirmCode ContactProof Customer CustomerList Decision DecisionList Draft
    DraftList DraftedMeasure Enrolled Enrolment Evaluation EvaluationAnswer Evaluations
    EvaluationsAnswer EventList Exemption ExemptionList Extension GateAnswer GateAnswerReplay
    GateConfiguration GateKeys Invited Judgement LedgerProof LegalHold LegalHoldList MadeApiKey MatchAnswer MatchQueries NewAccount
    NewApiKey NewCase NewDraft NewExemption NewHitOutcome NewLegalHold NewMeasure NewProduct NewProvider NewReseller
    NewStaff NewVerification NewWatchlists Opened Pack PackCheck PackList Product ProductList Provider
    ProviderList Reason Record Replay Requirements Reseller ResellerList Restriction ScreenedPage
    Screening ScreeningList ScreeningPage ScreeningReplay SendCode Session SignIn SignedPack SpecialMeasure SpecialMeasureList
    Staff StaffList Suspension TouchedAccountList Verification Watchlists WhoAnswer WhoQuestion
}

/// Every route, with its part of the document.
pub fn documented(router: OpenApiRouter<AppState>) -> (axum::Router<AppState>, OpenApi) {
    router.split_for_parts()
}

/// The document as it is served: OpenAPI 3.1, with a line's end.
pub fn openapi() -> String {
    let routes = api::open().merge(api::guarded()).merge(api::bulk());
    let (_, mut document) = documented(routes);
    document.info = InfoBuilder::new()
        .title("tenantry")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Who holds an account, may it do this now, and who was behind an address. Errors are problem \
             documents (RFC 9457) with a stable `code`. Unknown members of a request are refused. `Idempotency-Key` \
             on a POST that changes something makes a repetition safe.",
        ))
        .build();
    let mut document = serde_json::to_value(&document).expect("a document is plain JSON");
    complete(&mut document);
    let mut text = serde_json::to_string_pretty(&document).expect("a document is plain JSON");
    text.push('\n');
    text
}

/// Adds what all operations share: schemas, credentials, path parameters, problems, the scopes they need.
fn complete(document: &mut Value) {
    document["components"]["schemas"] = schemas::all();
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "A session token (`tns_…`) or an API key (`live_…`, `test_…`)." }
    });
    document["components"]["responses"] = json!({
        "Problem": {
            "description": "Not carried out; `code` says why",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        }
    });
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths.iter_mut() {
        let Some(operations) = item.as_object_mut() else { continue };
        for (method, operation) in operations.iter_mut() {
            complete_operation(path, &method.to_uppercase(), operation);
        }
    }
    // OpenAPI has no parameter that spans slashes.
    if let Some(tile) = paths.remove("/v1/ledger/tile/{*path}") {
        paths.insert("/v1/ledger/tile/{path}".to_owned(), tile);
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let mut parameters: Vec<Value> = path_parameters(path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if let Some(known) = operation["parameters"].as_array() {
        let others = known.iter().filter(|parameter| parameter["in"] != "path");
        parameters.extend(others.cloned());
    }
    let is_kept = !path.starts_with("/v1/sessions") && !crate::idempotency::only_asks(path);
    if method == "POST" && path.starts_with("/v1/") && is_kept {
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 255 } }));
    }
    if matches!(path, "/v1/who" | "/v1/customers/{customer}/record") {
        parameters.push(json!({ "name": "Tenantry-Purpose", "in": "header", "required": true,
            "description": "Why identity data is read, in one line; it goes on the ledger.", "schema": { "type": "string" } }));
    }
    if path == "/v1/customers/{customer}/facts" {
        parameters.push(json!({ "name": "If-Match", "in": "header", "schema": { "type": "string" } }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    operation["responses"]["default"] = json!({ "$ref": "#/components/responses/Problem" });
    // Handlers of several nouns are called `list`; the document needs one name each.
    operation["operationId"] = Value::String(operation_id(method, path));
    match rights::find(method, path) {
        Some(need) => {
            let scopes: Vec<&str> = need.scopes.iter().map(|scope| scope.as_str()).collect();
            operation["security"] = json!([{ "bearer": [] }]);
            operation["x-scopes-any"] = json!(scopes);
            operation["x-branch-credentials"] = json!(need.branches == rights::Branches::SeeTheirOwn);
        }
        None => operation["security"] = json!([]),
    }
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_start_matches('*'))
}

fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(['/', '.', '-']).filter(|word| !word.is_empty() && *word != "v1");
    let words: Vec<&str> = words.map(|word| word.trim_matches(['{', '}', '*'])).collect();
    format!("{}_{}", method.to_lowercase(), words.join("_"))
}

/// A schema's members, from the table.
fn object(members: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_that_handlers_name_is_written_and_every_one_written_is_named() {
        let written = schemas::all();
        let written: Vec<&String> = written.as_object().unwrap().keys().collect();
        for name in NAMES {
            assert!(written.iter().any(|known| known == name), "`{name}` has no schema");
        }
        let text = openapi();
        for name in written {
            assert!(text.contains(&format!("#/components/schemas/{name}\"")), "`{name}` is used nowhere");
        }
    }

    #[test]
    fn every_guarded_route_says_what_it_needs_and_every_need_has_its_route() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let (_, guarded) = documented(api::guarded().merge(api::bulk()));
        let guarded = serde_json::to_value(&guarded).unwrap();
        let mut routes = Vec::new();
        for (path, item) in guarded["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let method = method.to_uppercase();
                assert!(rights::find(&method, path).is_some(), "{method} {path} needs nothing");
                routes.push((method, path.clone()));
            }
        }
        for need in rights::NEEDS {
            let there = routes.iter().any(|(method, path)| method == need.method && path == need.path);
            assert!(there, "{} {} is no route", need.method, need.path);
        }
        assert_eq!(document["openapi"], "3.1.0");
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let mut names = std::collections::BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                assert!(names.insert(name.clone()), "{name} twice");
            }
        }
    }
}
