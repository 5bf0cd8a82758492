//! Asks a running server what accounts may do, over HTTP: as fast as it answers, and at a fixed rate.
//!
//! At a fixed rate the clock of a request starts when it was due, not when a connection came free, so a stall
//! counts against every request behind it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

struct Options {
    address: String,
    token: String,
    /// Accounts are asked for by external id: `prefix` and a number of six digits below `accounts`.
    prefix: String,
    accounts: u64,
    connections: u64,
    seconds: u64,
    /// Requests a second over all connections; `None` for as many as are answered.
    rate: Option<u64>,
}

fn main() {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => Arc::new(options),
        Err(problem) => {
            eprintln!("{problem}\nusage: gate_load ADDRESS TOKEN PREFIX ACCOUNTS CONNECTIONS SECONDS [RATE]");
            std::process::exit(2);
        }
    };
    let sent = Arc::new(AtomicU64::new(0));
    let begin = Instant::now() + Duration::from_millis(50);
    let workers: Vec<_> = (0..options.connections)
        .map(|_| {
            let (options, sent) = (Arc::clone(&options), Arc::clone(&sent));
            std::thread::spawn(move || work(&options, &sent, begin))
        })
        .collect();
    let mut latencies_us = Vec::new();
    let mut failures = 0;
    for worker in workers {
        match worker.join() {
            Ok(Ok(mut measured)) => latencies_us.append(&mut measured),
            Ok(Err(error)) => {
                eprintln!("a connection ended: {error}");
                failures += 1;
            }
            Err(_) => failures += 1,
        }
    }
    report(&options, &mut latencies_us, begin.elapsed(), failures);
    if failures > 0 || latencies_us.is_empty() {
        std::process::exit(1);
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing"));
    let number = |text: String| text.parse::<u64>().map_err(|_| format!("`{text}` is not a number"));
    Ok(Options {
        address: next("the address")?,
        token: next("the token")?,
        prefix: next("the prefix")?,
        accounts: number(next("the count of accounts")?)?.max(1),
        connections: number(next("the count of connections")?)?.max(1),
        seconds: number(next("the seconds")?)?.max(1),
        rate: next("the rate").ok().map(number).transpose()?,
    })
}

/// One connection: asks and waits for the answer, until the time is over. Latencies in microseconds.
fn work(options: &Options, sent: &AtomicU64, begin: Instant) -> std::io::Result<Vec<u32>> {
    let stream = TcpStream::connect(&options.address)?;
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let end = begin + Duration::from_secs(options.seconds);
    let mut latencies_us = Vec::new();
    std::thread::sleep(begin.saturating_duration_since(Instant::now()));
    loop {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let due = match options.rate {
            Some(rate) => begin + Duration::from_nanos(number * (1_000_000_000 / rate.max(1))),
            None => Instant::now(),
        };
        if due >= end || Instant::now() >= end {
            return Ok(latencies_us);
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        ask(options, number, &mut writer, &mut reader)?;
        latencies_us.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}

fn ask(
    options: &Options,
    number: u64,
    writer: &mut TcpStream,
    reader: &mut BufReader<TcpStream>,
) -> std::io::Result<()> {
    // A stride prime to most counts walks over all accounts without order.
    let account = number.wrapping_mul(7_919_993) % options.accounts;
    let body = format!(
        r#"{{"subject":{{"type":"account","id":"{}{account:06}"}},"action":{{"name":"provision"}},"resource":{{"type":"product","id":"any"}},"context":{{"enforces_conditions":true}}}}"#,
        options.prefix
    );
    let request = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        options.address,
        options.token,
        body.len()
    );
    writer.write_all(request.as_bytes())?;
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 200") {
        return Err(std::io::Error::other(format!("answered {}", line.trim())));
    }
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)
}

fn report(options: &Options, latencies_us: &mut [u32], elapsed: Duration, failures: u64) {
    latencies_us.sort_unstable();
    let at = |share: f64| {
        let place = (latencies_us.len() as f64 * share) as usize;
        latencies_us.get(place.min(latencies_us.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let rate = latencies_us.len() as f64 / elapsed.as_secs_f64().min(options.seconds as f64);
    let mode = match options.rate {
        Some(rate) => format!("open loop at {rate}/s"),
        None => "saturated".to_owned(),
    };
    println!(
        "{mode}, {} connections, {} s: {rate:.0} answers/s, p50 {} us, p99 {} us, p99.9 {} us, max {} us, {failures} failures",
        options.connections,
        options.seconds,
        at(0.50),
        at(0.99),
        at(0.999),
        at(1.0),
    );
}
