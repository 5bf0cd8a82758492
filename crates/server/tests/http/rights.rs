use super::client::{Client, everything, request};
use app::actor::Actor;
use axum::body::Body;
use axum::http::StatusCode;
use domain::id::CustomerId;
use serde_json::Value;
use server::LocalActor;

struct Route {
    method: String,
    path: String,
    operation: Value,
}

/// Every route of the document, with something in the place of each parameter.
fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(&server::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let path = path
                .split('/')
                .map(|part| if part.starts_with('{') { "cus_00000000000000000000000000" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            routes.push(Route { method: method.to_uppercase(), path, operation: operation.clone() });
        }
    }
    assert!(routes.len() > 60, "{} routes", routes.len());
    routes
}

fn is_guarded(route: &Route) -> bool {
    route.operation["security"].as_array().is_some_and(|security| !security.is_empty())
}

/// SEC-02: without a credential, or with a wrong one, nothing is shown.
#[tokio::test]
async fn every_endpoint_refuses_who_shows_no_credential() {
    let client = Client::new();
    for route in routes().iter().filter(|route| is_guarded(route)) {
        for token in
            [None, Some("Bearer live_0000"), Some("Bearer tns_0000"), Some("Basic eDp5"), Some("Bearer")]
        {
            let mut request = request(&route.method, &route.path);
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let answer = client.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {} {token:?}", route.method, route.path);
            assert_eq!(answer.code(), "not-signed-in", "{} {}", route.method, route.path);
        }
    }
}

/// SEC-02: a credential without the scope is refused before its body is read.
#[tokio::test]
async fn every_endpoint_refuses_a_credential_without_its_scope() {
    let client = Client::new();
    let nobody = Actor { scopes: Vec::new(), ..Actor::command() };
    for route in routes().iter().filter(|route| is_guarded(route)) {
        if route.operation["x-scopes-any"].as_array().unwrap().is_empty() {
            continue;
        }
        let request = request(&route.method, &route.path).extension(LocalActor(nobody.clone()));
        let answer = client.send(request.body(Body::from("{")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
        assert_eq!(answer.code(), "scope-missing", "{} {}", route.method, route.path);
    }
}

/// RSL-01: what is of the installation as a whole is not for one branch of it.
#[tokio::test]
async fn endpoints_of_the_whole_installation_refuse_a_credential_of_one_branch() {
    let client = Client::new();
    let branch: CustomerId = "cus_00000000000000000000000001".parse().unwrap();
    let of_branch = Actor { branch: Some(branch), ..everything() };
    let mut refused = 0;
    for route in routes().iter().filter(|route| route.operation["x-branch-credentials"] == false) {
        let request = request(&route.method, &route.path).extension(LocalActor(of_branch.clone()));
        let answer = client.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
        refused += 1;
    }
    assert!(refused > 20, "{refused}");
}

#[tokio::test]
async fn an_unknown_path_and_an_unknown_method_are_problems_too() {
    let client = Client::new();
    let lost = client.get(&everything(), "/v1/nothing/here").await;
    let wrong = client.send(request("PATCH", "/v1/customers").body(Body::empty()).unwrap()).await;

    assert_eq!((lost.status, lost.code().as_str()), (StatusCode::NOT_FOUND, "no-such-resource"));
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
}
