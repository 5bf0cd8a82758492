//! The registry and the key store on PostgreSQL, where `TENANTRY_TEST_POSTGRES` names a server.

use std::sync::atomic::{AtomicU32, Ordering};

use app::store::Store;
use app::vault::KeyStore;
use store::{Migrations, PostgresKeyStore, PostgresStore};
use testkit::contract;

/// Makes an empty database and gives its URL; `None` where there is no server to make it on.
fn new_database() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Some(url) = std::env::var("TENANTRY_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        eprintln!("left out: TENANTRY_TEST_POSTGRES names no server");
        return None;
    };
    let name = format!("store_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let (server, settings) = url
        .split_once('?')
        .map_or((url.as_str(), String::new()), |(server, settings)| (server, format!("?{settings}")));
    let (server, _) = server.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}{settings}"))
}

#[test]
fn the_registry_keeps_the_contract() {
    if new_database().is_none() {
        return;
    }
    contract::store::check(&contract::store::Candidate {
        open: &|| {
            let url = new_database().unwrap();
            Box::new(PostgresStore::open(&url, Migrations::Run).unwrap()) as Box<dyn Store>
        },
        writers_overlap: true,
    });
}

#[test]
fn the_key_store_keeps_the_contract() {
    if new_database().is_none() {
        return;
    }
    contract::key_store::check(&|| {
        let url = new_database().unwrap();
        Box::new(PostgresKeyStore::open(&url, Migrations::Run).unwrap()) as Box<dyn KeyStore>
    });
}
