//! The gate over HTTP: `tenantry serve` over a filled folder, asked by another process on the same machine.

use std::io::{Error, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use app::store::StoreError;
use domain::id::{ProductId, ProviderId};
use domain::product::{Product, ProductClass};
use jiff::Timestamp;
use serde_json::Value;
use store::SqliteStore;
use uuid::Uuid;

use super::{gate, machine};
use crate::fixture::{PRODUCT, country};

const CONNECTIONS: &str = "16";

/// Requests a second where the rate is fixed.
const RATE: &str = "5000";

/// Longest that a server may take until it answers.
const START_WITHIN: Duration = Duration::from_secs(120);

/// What the folder's installation is: one provider, and an invented list, since nobody is compared here.
const CONFIGURATION: &str = r#"
[provider]
name = "Example Cloud"
country = "US"
offers_in = ["US", "DE"]
existed_before_rule = true

[lists]
download = false
fictional = true
"#;

/// Loads of one run: name, connections, requests a second (0 for as many as are answered), questions in a request.
const LOADS: [(&str, &str, &str, &str); 3] = [
    ("one question a request, saturated", CONNECTIONS, "0", "1"),
    ("one question a request, 5,000 a second", CONNECTIONS, RATE, "1"),
    ("20 questions a request, saturated", CONNECTIONS, "0", "20"),
];

/// Fills a folder, serves it, and prints a table of what several runs gave.
pub fn measure(accounts: u64, measures: u64, runs: usize, seconds: u64) -> Result<(), Error> {
    let programs = build()?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("tenantry.toml"), CONFIGURATION)?;
    begin_installation(&programs, folder.path())?;
    let token = make_key(&programs, folder.path())?;
    let filling = Instant::now();
    let fill = Command::new(std::env::current_exe()?)
        .arg("fill-served")
        .arg(folder.path())
        .args([accounts.to_string(), measures.to_string()])
        .status()?;
    if !fill.success() {
        return Err(Error::other("the store could not be filled"));
    }
    let filled_in = filling.elapsed();
    let server = Server::start(&programs, folder.path())?;
    let (started_in, before_mib) = (server.started_in, server.resident_mib());
    println!("\ngate over HTTP, {accounts} accounts, {measures} measures, load and server on the same cores");
    println!("| load | questions per second | p50 ms | p99 ms | p99.9 ms | of runs | load average |");
    println!("|---|---|---|---|---|---|---|");
    for (name, connections, rate, batch) in LOADS {
        let mut measured = Vec::new();
        for _ in 0..runs {
            let arguments = [connections, &seconds.to_string(), rate, batch];
            measured.push(load(&programs, server.address, &token, accounts, &arguments)?);
        }
        let median = |field: &str| {
            let mut all: Vec<u64> =
                measured.iter().map(|one| one[field].as_u64().unwrap_or_default()).collect();
            all.sort_unstable();
            (all[all.len() / 2], all[0], all[all.len() - 1])
        };
        let in_ms = |field: &str| super::in_ms(Duration::from_micros(median(field).0));
        let (rate, slowest, fastest) = median("per_second");
        println!(
            "| {name} | {rate} ({slowest} to {fastest}) | {} | {} | {} | {runs} | {} |",
            in_ms("p50_us"),
            in_ms("p99_us"),
            in_ms("p999_us"),
            machine::load_average(),
        );
    }
    println!(
        "start-up to the first answer {:.2} s; memory {before_mib} MiB after it, {} MiB after the loads",
        started_in.as_secs_f64(),
        server.resident_mib(),
    );
    println!("the store was filled in {:.1} s, directly and not by sign-ups", filled_in.as_secs_f64());
    Ok(())
}

/// Fills a folder that `tenantry` made.
#[expect(clippy::disallowed_methods, reason = "the rows are for a server that runs on the real clock")]
pub fn fill(folder: &Path, accounts: u64, measures: u64) {
    let store: std::sync::Arc<dyn app::store::Store> =
        std::sync::Arc::new(SqliteStore::open(folder).expect("the registry opens"));
    let now = Timestamp::try_from(SystemTime::now()).expect("the clock shows a time that can be written");
    let ids = store.with_tx(|tx| {
        let provider: ProviderId = tx.list_providers()?.first().expect("there is a provider").id;
        let product = Product {
            id: ProductId::from(Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0001)),
            provider,
            code: PRODUCT.to_owned(),
            title: "Virtual server, small".to_owned(),
            classes: vec![ProductClass::Unmanaged, ProductClass::Virtualised],
            site: country("US"),
            version: 1,
        };
        tx.insert_product(&product)?;
        Ok::<_, StoreError>((provider, product.id))
    });
    gate::fill_store(&*store, ids.expect("the product goes in"), now, accounts, measures);
}

/// The programs that are measured, built as operators build them.
struct Programs {
    tenantry: PathBuf,
    gate_load: PathBuf,
}

fn build() -> Result<Programs, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "-p", "tenantry", "-p", "testkit", "--bins"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if !built.success() {
        return Err(Error::other("the programs could not be built"));
    }
    let this = std::env::current_exe()?;
    let beside = |name: &str| this.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Ok(Programs { tenantry: beside("tenantry"), gate_load: beside("gate_load") })
}

fn begin_installation(programs: &Programs, folder: &Path) -> Result<(), Error> {
    let begun = Command::new(&programs.tenantry)
        .args(["migrate", "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status()?;
    if begun.success() { Ok(()) } else { Err(Error::other("the installation could not be begun")) }
}

fn make_key(programs: &Programs, folder: &Path) -> Result<String, Error> {
    let made = Command::new(&programs.tenantry)
        .args(["key", "make", "bench", "--scope", "gate", "--json", "--data"])
        .arg(folder)
        .stderr(Stdio::inherit())
        .output()?;
    let answer: Value = serde_json::from_slice(&made.stdout)?;
    let secret = answer["secret"].as_str().ok_or_else(|| Error::other("no key was made"))?;
    Ok(secret.to_owned())
}

fn load(
    programs: &Programs,
    server: SocketAddr,
    token: &str,
    accounts: u64,
    arguments: &[&str],
) -> Result<Value, Error> {
    let ran = Command::new(&programs.gate_load)
        .args([&server.to_string(), token, "bench-", &accounts.to_string()])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    if !ran.status.success() {
        return Err(Error::other("the load was not answered"));
    }
    Ok(serde_json::from_slice(&ran.stdout)?)
}

/// A server of its own process; ends with this.
struct Server {
    process: Child,
    address: SocketAddr,
    started_in: Duration,
}

impl Server {
    fn start(programs: &Programs, folder: &Path) -> Result<Self, Error> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let starting = Instant::now();
        let process = Command::new(&programs.tenantry)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self { process, address, started_in: Duration::ZERO };
        while !server.is_ready() {
            if server.process.try_wait()?.is_some() || starting.elapsed() > START_WITHIN {
                return Err(Error::other("the server did not start"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        server.started_in = starting.elapsed();
        Ok(server)
    }

    fn is_ready(&self) -> bool {
        let ask = || {
            let mut stream = TcpStream::connect(self.address)?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, Error>(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    fn resident_mib(&self) -> u64 {
        machine::resident_mib_of(&self.process.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
