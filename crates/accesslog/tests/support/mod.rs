//! What the tests share: events in short form, a log in a folder that goes away.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::PathBuf;

use accesslog::{Config, EmbeddedAccessLog};
use app::access::AccessLog;
use domain::access::{
    AccessEvent, AccountLine, AccountQuestion, Answer, Asked, Cause, IngestOutcome, Limits, WhoQuestion,
    parse_event, parse_question,
};
use jiff::Timestamp;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Noon of the day all tests are about; nothing is asked about later times.
pub fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

/// `kind account ip[:ports or ~port] hh:mm[:ss.fraction] [source/seq]` on the day.
pub fn event(text: &str) -> AccessEvent {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kind = match words[0] {
        "+" => "lease_start",
        "-" => "lease_end",
        other => other,
    };
    let (ip, port) = words[2].split_once('~').map_or((words[2], None), |(ip, port)| (ip, Some(port)));
    let (ip, ports) = ip.split_once('#').map_or((ip, None), |(ip, ports)| (ip, Some(ports)));
    let mut line = serde_json::json!({
        "account": words[1], "kind": kind, "ip": ip, "at": format!("2026-03-01T{}Z", words[3]),
    });
    if let Some(port) = port {
        line["port"] = port.parse::<u16>().unwrap().into();
    }
    if let Some((first, last)) = ports.and_then(|ports| ports.split_once('-')) {
        line["ports"] = vec![first.parse::<u16>().unwrap(), last.parse().unwrap()].into();
    }
    if let Some((source, seq)) = words.get(4).and_then(|word| word.split_once('/')) {
        line["source"] = source.into();
        line["seq"] = seq.parse::<u64>().unwrap().into();
    }
    parse_event(&line.to_string()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn events(texts: &[&str]) -> Vec<AccessEvent> {
    texts.iter().map(|text| event(text)).collect()
}

/// `ip[~port] at hh:mm [within]`, `ip[~port] from hh:mm until hh:mm`.
pub fn question(text: &str) -> WhoQuestion {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (ip, port) = words[0].split_once('~').map_or((words[0], None), |(ip, port)| (ip, Some(port)));
    let mut line = serde_json::json!({ "ip": ip });
    if let Some(port) = port {
        line["port"] = port.parse::<u16>().unwrap().into();
    }
    for pair in words[1..].chunks(2) {
        let value = if pair[0] == "within" { pair[1].to_owned() } else { format!("2026-03-01T{}Z", pair[1]) };
        line[pair[0]] = value.into();
    }
    match parse_question(&line.to_string()).unwrap_or_else(|(_, error)| panic!("{text}: {error}")).asked {
        Asked::Who(question) => question,
        Asked::Account(_) => panic!("{text}: about an account"),
    }
}

pub fn about(account: &str) -> AccountQuestion {
    AccountQuestion { account: account.to_owned(), when: domain::access::When::Ever }
}

/// `account access|lease count`, in the answer's order.
pub fn shown(answer: &Answer) -> String {
    let line = |line: &AccountLine| {
        let because = match line.because {
            Cause::Access => "access",
            Cause::Lease => "lease",
        };
        format!("{} {because} {}", line.account, line.events)
    };
    answer.accounts.iter().map(line).collect::<Vec<_>>().join(", ")
}

/// A log in a folder of its own.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub config: Config,
    pub log: Option<EmbeddedAccessLog>,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// Seals after every few events.
    pub fn small() -> Self {
        Self::with(Config { wal_events_max: 3, ..Config::default() })
    }

    pub fn with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = EmbeddedAccessLog::open(folder.path(), config.clone()).unwrap();
        Self { folder, config, log: Some(log) }
    }

    pub fn reopen(&mut self) {
        self.log = None;
        self.log = Some(EmbeddedAccessLog::open(self.folder.path(), self.config.clone()).unwrap());
    }

    pub fn log(&self) -> &EmbeddedAccessLog {
        self.log.as_ref().unwrap()
    }

    pub fn ingest(&self, texts: &[&str]) -> Vec<IngestOutcome> {
        self.log().ingest(&events(texts), now()).unwrap()
    }

    pub fn ask(&self, text: &str) -> Answer {
        self.log().who(&question(text), Limits::default(), now()).unwrap()
    }

    pub fn who(&self, text: &str) -> String {
        shown(&self.ask(text))
    }

    /// Names of files in the folder, but the lock.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "lock")
            .collect();
        names.sort();
        names
    }

    pub fn path(&self, suffix: &str) -> PathBuf {
        let name = self.files().into_iter().find(|name| name.ends_with(suffix)).unwrap();
        self.folder.path().join(name)
    }
}

/// Every state a log can be in with the same events: in the log, sealed, and opened anew.
pub fn in_every_state(texts: &[&str], check: impl Fn(&Bench, &str)) {
    let unsealed = Bench::new();
    unsealed.ingest(texts);
    check(&unsealed, "in the log");

    let mut sealed = Bench::small();
    for text in texts {
        sealed.ingest(&[text]);
    }
    check(&sealed, "in segments of three");
    sealed.reopen();
    check(&sealed, "opened anew");
    sealed.log().seal().unwrap();
    sealed.reopen();
    check(&sealed, "all sealed and opened anew");

    let reader = Bench {
        log: Some(EmbeddedAccessLog::open_read_only(sealed.folder.path()).unwrap()),
        folder: tempfile::tempdir().unwrap(),
        config: Config::default(),
    };
    check(&reader, "read beside the writer");
}
