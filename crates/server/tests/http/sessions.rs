use super::client::{Client, everything, request};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;
use server::LocalActor;

const PASSWORD: &str = "correct horse battery";

async fn invited(client: &Client) -> String {
    let body = json!({ "handle": "ada", "roles": ["administrator"] });
    let answer = client.post(&app::actor::Actor::command(), "/v1/staff", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["link_secret"].as_str().unwrap().to_owned()
}

/// No default password: a one-time link, then a password of one's own.
#[tokio::test]
async fn a_link_works_once_then_the_password_does() {
    let client = Client::new();
    let secret = invited(&client).await;
    let send = async |path: &str, body: &serde_json::Value| {
        client.send(request("POST", path).body(Body::from(body.to_string())).unwrap()).await
    };
    let link = json!({ "link_secret": secret, "password": PASSWORD });

    let first = send("/v1/sessions/from_link", &link).await;
    let second = send("/v1/sessions/from_link", &link).await;
    let wrong = send("/v1/sessions", &json!({ "handle": "ada", "password": "wrong" })).await;
    let unknown = send("/v1/sessions", &json!({ "handle": "eve", "password": "wrong" })).await;
    let right = send("/v1/sessions", &json!({ "handle": "ada", "password": PASSWORD })).await;

    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_eq!(second.status, StatusCode::UNAUTHORIZED);
    assert_eq!((wrong.status, &wrong.bytes), (StatusCode::UNAUTHORIZED, &unknown.bytes));
    assert_eq!(right.status, StatusCode::CREATED);
    let bearer = format!("Bearer {}", right.json()["token"].as_str().unwrap());
    let current = |method: &str, path: &str| {
        request(method, path).header("authorization", &bearer).body(Body::empty()).unwrap()
    };
    assert_eq!(client.send(current("GET", "/v1/staff")).await.status, StatusCode::OK);
    assert_eq!(client.send(current("DELETE", "/v1/sessions/current")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.send(current("GET", "/v1/staff")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_browsers_session_is_a_cookie_that_no_other_site_can_use() {
    let client = Client::new();
    let secret = invited(&client).await;
    let body = json!({ "link_secret": secret, "password": PASSWORD, "cookie": true });
    let signed_in = client
        .send(request("POST", "/v1/sessions/from_link").body(Body::from(body.to_string())).unwrap())
        .await;
    let cookie = signed_in.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!signed_in.text().contains("tns_"), "the token is in the cookie alone");
    let pair = cookie.split(';').next().unwrap();

    let reading = request("GET", "/v1/staff").header("cookie", pair);
    let own = request("POST", "/v1/staff").header("cookie", pair).header("sec-fetch-site", "same-origin");
    let foreign = request("POST", "/v1/staff").header("cookie", pair).header("sec-fetch-site", "cross-site");
    let body = || Body::from(json!({ "handle": "bob" }).to_string());

    assert_eq!(client.send(reading.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    let refused = client.send(foreign.body(body()).unwrap()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "other-origin"));
    assert_eq!(client.send(own.body(body()).unwrap()).await.status, StatusCode::CREATED);
    let home = client.send(request("GET", "/").header("cookie", pair).body(Body::empty()).unwrap()).await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.text().contains("Customers by state"));
}

#[tokio::test]
async fn pages_run_nothing_but_their_own_script() {
    let client = Client::new();
    let page = client.send(request("GET", "/sign-in").body(Body::empty()).unwrap()).await;
    let home = client.send(request("GET", "/").body(Body::empty()).unwrap()).await;

    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    assert_eq!((home.status, home.header("location")), (StatusCode::SEE_OTHER, Some("/sign-in")));
}

#[tokio::test]
async fn no_answer_holds_a_hash_of_a_secret() {
    let client = Client::new();
    invited(&client).await;
    let list = client
        .send(request("GET", "/v1/staff").extension(LocalActor(everything())).body(Body::empty()).unwrap());
    let text = list.await.text();
    assert!(text.contains("\"status\":\"invited\"") && !text.contains("hash"), "{text}");
}

/// One form as a browser sends it, from this site unless told otherwise.
async fn submit(client: &Client, form: &str, more: &[(&str, &str)]) -> super::client::Answer {
    let mut asked = axum::http::Request::post("/sign-in");
    asked = asked.header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in more {
        asked = asked.header(*name, *value);
    }
    client.send(asked.body(Body::from(form.to_owned())).unwrap()).await
}

/// No script is needed: a form goes in, a cookie and a way on come back, or the page with what is wrong.
#[tokio::test]
async fn the_sign_in_page_works_as_a_plain_form() {
    let client = Client::new();
    let secret = invited(&client).await;

    let short = submit(&client, &format!("link_secret={secret}&password=short"), &[]).await;
    let link =
        format!("link_secret=https%3A%2F%2Ft.example%2Fsign-in%23{secret}&password=correct+horse+battery");
    let first = submit(&client, &link, &[("sec-fetch-site", "same-origin")]).await;
    let again = submit(&client, &link, &[]).await;
    let wrong = submit(&client, "handle=%3Cb%3E%22ada&password=wrong", &[]).await;
    let right = submit(&client, "handle=ada&password=correct+horse+battery&link_secret=", &[]).await;

    assert_eq!(short.status, StatusCode::BAD_REQUEST, "{}", short.text());
    assert!(short.text().contains(&format!("value=\"{secret}\"")), "the link need not be typed again");
    for entered in [&first, &right] {
        assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, Some("/")));
        let cookie = entered.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    }
    assert_eq!((again.status, wrong.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    let page = wrong.text();
    assert!(
        page.contains("<p id=\"problem\" role=\"alert\">") && !page.contains("role=\"alert\"></p>"),
        "{page}"
    );
    assert!(page.contains("value=\"&lt;b&gt;&quot;ada\"") && !page.contains("<b>"), "{page}");
    assert_eq!(wrong.header("set-cookie"), None);
    assert!(wrong.header("content-security-policy").unwrap().contains("form-action 'self'"));
}

#[tokio::test]
async fn another_site_signs_nobody_in() {
    let client = Client::new();
    let secret = invited(&client).await;
    let form = format!("link_secret={secret}&password=correct+horse+battery");
    let cases: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example"), ("host", "t.example")],
        &[("origin", "null"), ("host", "t.example")],
    ];
    for headers in cases {
        let refused = submit(&client, &form, headers).await;
        assert_eq!(
            (refused.status, refused.header("set-cookie")),
            (StatusCode::FORBIDDEN, None),
            "{headers:?}"
        );
    }
    let garbled = submit(&client, "password=%FF%FE&password=2", &[]).await;
    assert_eq!(garbled.status, StatusCode::BAD_REQUEST);
    let own = submit(&client, &form, &[("origin", "https://t.example"), ("host", "t.example")]).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER, "{}", own.text());
}
