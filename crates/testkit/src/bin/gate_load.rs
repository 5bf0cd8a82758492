//! Asks a running server what accounts may do, over HTTP: as fast as it answers, and at a fixed rate.
//!
//! At a fixed rate the clock of a request starts when it was due, not when a connection came free, so a stall
//! counts against every request behind it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const USAGE: &str = "usage: gate_load ADDRESS TOKEN PREFIX ACCOUNTS CONNECTIONS SECONDS [RATE [QUESTIONS]]
  RATE       requests a second over all connections; 0 for as many as are answered (0)
  QUESTIONS  in each request (1)";

/// Threads that keep all connections busy. More only take turns on the processors that the server needs.
const THREADS: usize = 2;

struct Options {
    address: String,
    token: String,
    /// Accounts are asked for by external id: `prefix` and a number of six digits below `accounts`.
    prefix: String,
    accounts: u64,
    connections: usize,
    seconds: u64,
    rate: Option<u64>,
    questions: u64,
}

fn main() {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            std::process::exit(2);
        }
    };
    let sent = AtomicU64::new(0);
    let begin = Instant::now() + Duration::from_millis(50);
    let (options, sent) = (&options, &sent);
    let results: Vec<std::io::Result<Vec<u32>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = match options.rate {
            Some(rate) => (0..options.connections)
                .map(|_| scope.spawn(move || at_rate(options, rate, sent, begin)))
                .collect(),
            None => (0..THREADS.min(options.connections))
                .map(|thread| {
                    let own =
                        options.connections / THREADS + usize::from(thread < options.connections % THREADS);
                    scope.spawn(move || saturate(options, own, sent, begin))
                })
                .collect(),
        };
        workers.into_iter().map(|worker| worker.join().expect("no worker panics")).collect()
    });
    let elapsed = begin.elapsed();
    let mut latencies_us = Vec::new();
    let mut failures = 0;
    for result in results {
        match result {
            Ok(mut measured) => latencies_us.append(&mut measured),
            Err(error) => {
                eprintln!("a connection ended: {error}");
                failures += 1;
            }
        }
    }
    report(options, &mut latencies_us, elapsed);
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
        connections: number(next("the count of connections")?)?.max(1) as usize,
        seconds: number(next("the seconds")?)?.max(1),
        rate: next("the rate").ok().map(number).transpose()?.filter(|rate| *rate > 0),
        questions: next("the questions").ok().map(number).transpose()?.unwrap_or(1).max(1),
    })
}

/// Asks at a fixed rate on one connection, whenever the next request of all is due. Latencies in microseconds.
fn at_rate(options: &Options, rate: u64, sent: &AtomicU64, begin: Instant) -> std::io::Result<Vec<u32>> {
    let mut connection = Connection::open(options)?;
    let end = begin + Duration::from_secs(options.seconds);
    let mut latencies_us = Vec::new();
    loop {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let due = begin + Duration::from_nanos(number * (1_000_000_000 / rate));
        if due >= end || Instant::now() >= end {
            return Ok(latencies_us);
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        connection.send(options, number)?;
        connection.receive()?;
        latencies_us.push(microseconds(due.elapsed()));
    }
}

/// Keeps a request under way on each of several connections.
fn saturate(
    options: &Options,
    connections: usize,
    sent: &AtomicU64,
    begin: Instant,
) -> std::io::Result<Vec<u32>> {
    let mut open: Vec<_> = (0..connections).map(|_| Connection::open(options)).collect::<Result<_, _>>()?;
    let end = begin + Duration::from_secs(options.seconds);
    let mut latencies_us = Vec::new();
    std::thread::sleep(begin.saturating_duration_since(Instant::now()));
    let next = |connection: &mut Connection| {
        connection.send(options, sent.fetch_add(1, Ordering::Relaxed))?;
        Ok::<_, std::io::Error>(Instant::now())
    };
    let mut under_way = Vec::new();
    for connection in &mut open {
        under_way.push(next(connection)?);
    }
    while Instant::now() < end {
        for (connection, since) in open.iter_mut().zip(&mut under_way) {
            connection.receive()?;
            latencies_us.push(microseconds(since.elapsed()));
            *since = next(connection)?;
        }
    }
    Ok(latencies_us)
}

fn microseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

struct Connection {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
    body: String,
    request: String,
    line: String,
    answer: Vec<u8>,
}

impl Connection {
    fn open(options: &Options) -> std::io::Result<Self> {
        let writer = TcpStream::connect(&options.address)?;
        writer.set_nodelay(true)?;
        let reader = BufReader::with_capacity(64 << 10, writer.try_clone()?);
        let (body, request, line) = (String::new(), String::new(), String::new());
        Ok(Self { writer, reader, body, request, line, answer: Vec::new() })
    }

    fn send(&mut self, options: &Options, number: u64) -> std::io::Result<()> {
        let (body, request) = (&mut self.body, &mut self.request);
        body.clear();
        request.clear();
        let path = if options.questions == 1 {
            write_question(body, options, number);
            "evaluation"
        } else {
            body.push_str(r#"{"evaluations":["#);
            for question in 0..options.questions {
                if question > 0 {
                    body.push(',');
                }
                write_question(body, options, number * options.questions + question);
            }
            body.push_str("]}");
            "evaluations"
        };
        let (address, token, length) = (&options.address, &options.token, body.len());
        let _ = write!(
            request,
            "POST /access/v1/{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.writer.write_all(request.as_bytes())
    }

    /// Reads one answer; one that is none of the gate, such as that its log is full, is a failure.
    fn receive(&mut self) -> std::io::Result<()> {
        let failed = |why: &str| Err(std::io::Error::other(format!("answered {}", why.trim())));
        let line = &mut self.line;
        line.clear();
        self.reader.read_line(line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return failed(line);
        }
        let mut length = 0;
        loop {
            line.clear();
            self.reader.read_line(line)?;
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
        self.answer.resize(length, 0);
        self.reader.read_exact(&mut self.answer)?;
        let is_signed = self.answer.ends_with(br#""}}"#) || self.answer.ends_with(br#""}}]}"#);
        if is_signed { Ok(()) } else { failed(&String::from_utf8_lossy(&self.answer)) }
    }
}

fn write_question(body: &mut String, options: &Options, number: u64) {
    // A stride prime to most counts walks over all accounts without order.
    let account = number.wrapping_mul(7_919_993) % options.accounts;
    let _ = write!(
        body,
        r#"{{"subject":{{"type":"account","id":"{}{account:06}"}},"action":{{"name":"provision"}},"resource":{{"type":"product","id":"any"}},"context":{{"enforces_conditions":true}}}}"#,
        options.prefix
    );
}

/// A line for people on standard error, one for programs on standard output.
fn report(options: &Options, latencies_us: &mut [u32], elapsed: Duration) {
    latencies_us.sort_unstable();
    let at = |permille: usize| {
        let last = latencies_us.len().saturating_sub(1);
        latencies_us.get(last * permille / 1_000).copied().unwrap_or_default()
    };
    let questions = latencies_us.len() as u128 * u128::from(options.questions);
    let per_second = questions * 1_000_000 / elapsed.as_micros().max(1);
    let mode = options.rate.map_or("saturated".to_owned(), |rate| format!("open loop at {rate}/s"));
    eprintln!(
        "{mode}, {} connections, {} s, {} a request: {per_second} answers/s; requests p50 {} us, p99 {} us, p99.9 {} us, max {} us",
        options.connections,
        options.seconds,
        options.questions,
        at(500),
        at(990),
        at(999),
        at(1_000),
    );
    println!(
        r#"{{"per_second":{per_second},"p50_us":{},"p99_us":{},"p999_us":{},"max_us":{}}}"#,
        at(500),
        at(990),
        at(999),
        at(1_000)
    );
}
