use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::staff::make_key;
use domain::staff::Scope;
use server::{RateLimits, ServeOptions, clockwork_as, serve};
use testkit::{Mailbox, Platform};

use super::client::{enrolment, state};

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// One request on a connection of its own; waits until the server listens.
fn ask(address: SocketAddr, head: &str, body: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    };
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: t.example\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The whole of it over a socket: a change over HTTP is in the gate within a second, counts name nobody, an
/// address that guesses is slowed down, and stopping loses nothing.
#[test]
fn a_served_platform_answers_counts_and_stops() {
    let platform = Platform::new();
    let scopes = [Scope::CustomersWrite, Scope::Gate];
    let command = app::actor::Actor::command();
    let key = platform.run(&command, |env| make_key(env, "plane", &scopes, None, None)).unwrap();
    let bearer = format!("authorization: Bearer {}", key.secret.expose());
    let (listen, metrics) = (free_address(), free_address());
    let limits = RateLimits { address_per_second: 3, ..RateLimits::default() };
    let options =
        ServeOptions { metrics_listen: Some(metrics), rate_limits: limits, ..ServeOptions::new(listen) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { stopped.await.unwrap_or(()) };
    let served = runtime.spawn(serve(state(&platform), options, shutdown));
    let background = clockwork_as("testkit", platform.app(), Arc::new(Mailbox::new()));

    assert!(ask(listen, "GET /healthz HTTP/1.1", "").starts_with("HTTP/1.1 200"));
    let enrolled = ask(
        listen,
        &format!("POST /v1/customers HTTP/1.1\r\n{bearer}"),
        &enrolment(1, "Ada Lovelace").to_string(),
    );
    assert!(enrolled.starts_with("HTTP/1.1 201"), "{enrolled}");
    let question = r#"{"subject":{"type":"account","id":"account-1"},"action":{"name":"pay"}}"#;
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let answer = ask(listen, &format!("POST /access/v1/evaluation HTTP/1.1\r\n{bearer}"), question);
        if answer.contains("\"id\":\"ans_") {
            break;
        }
        assert!(Instant::now() < deadline, "{answer}");
    }
    let guesses: Vec<String> = (0..20)
        .map(|number| {
            ask(listen, &format!("GET /v1/customers HTTP/1.1\r\nauthorization: Bearer live_{number}"), "")
        })
        .collect();
    assert!(
        guesses.iter().any(|answer| answer.starts_with("HTTP/1.1 429") && answer.contains("retry-after: "))
    );
    let counts = ask(metrics, "GET /metrics HTTP/1.1", "");
    for name in ["tenantry_gate_accounts 1", "route=\"/v1/customers\",status=\"201\"", "tenantry_ledger_size"]
    {
        assert!(counts.contains(name), "{name}: {counts}");
    }
    for planted in ["Lovelace", "account-1", "live_", "mail.example", "127.0.0.1"] {
        assert!(!counts.contains(planted), "{planted}");
    }

    background.stop();
    stop.send(()).unwrap();
    runtime.block_on(served).unwrap().unwrap();
    assert!(TcpStream::connect(listen).is_err());
    assert_eq!(
        platform.app().gate.flush_answers(platform.app()).unwrap(),
        0,
        "answers were written on stopping"
    );
}
