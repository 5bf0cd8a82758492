//! Accesses and leases: taking them in, and asking who was where (DESIGN 4.4).

use std::io::Write as _;
use std::path::{Path, PathBuf};

use accesslog::{EmbeddedAccessLog, IngestFilesError, answer_questions, ingest_reader};
use app::access::{AccessLog as _, AccessLogError};
use app::clock::Clock as _;
use domain::access::{Asked, IngestReport, Limits, LineError, Question, answer_line, parse_question};
use serde_json::{Map, Value};
use server::ndjson::read_line;

use super::data::Data;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::reach::{Reach, Request, line_error};
use crate::streams;
use crate::wiring::SystemClock;

/// Route of the question who was behind an address.
const WHO: &str = "/v1/who";

/// Bad lines that are named one by one.
const PROBLEMS_NAMED: u64 = 20;

/// Keep accesses and leases, and ask who was behind an address
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Take in events: NDJSON, plain, gzip or zstd, told by content
    ///
    /// A line is `{"account","ip","at","kind"}`, with `port`, `ports`, `resource`, `action`, `actor`, `outcome`,
    /// `source` and `seq` where they are known. `at` is RFC 3339; `kind` is access, admin, signup, lease_start or
    /// lease_end; the `ip` of a lease may be a prefix, its `ports` a range `[from, to]`.
    ///
    /// A bad line is named on standard error and the run goes on. The same `source` and `seq` twice counts once,
    /// so a file can be given again.
    Ingest(Ingest),
    /// Where an account came from, and what it held
    Of(OfAccount),
    /// Which other accounts came from, or held, the addresses of an account
    Shared(OfAccount),
    /// Who was behind an address; the same as `tenantry who`
    Who(Box<Who>),
}

#[derive(Debug, clap::Args)]
pub struct Ingest {
    #[command(flatten)]
    data: Data,
    /// Files of events; `-` is standard input
    #[arg(long = "in", value_name = "FILE", num_args = 1.., required = true)]
    inputs: Vec<PathBuf>,
    /// Seal what came in, so that proofs are there at once
    #[arg(long)]
    seal: bool,
    /// The report as JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Who {
    #[command(flatten)]
    reach: Reach,
    /// An address or a prefix
    #[arg(long, value_name = "IP", required_unless_present = "input")]
    ip: Option<String>,
    /// The port; without it every account behind a shared address is named
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    #[command(flatten)]
    when: When,
    /// Many questions at once: `{"id","ip","port"?,"at","within"?}`, `{"id","ip","from","until"}` or
    /// `{"id","account","from","until"}`, one a line
    #[arg(long = "in", value_name = "FILE", conflicts_with_all = ["ip", "port", "at", "from", "until", "within"])]
    input: Option<PathBuf>,
    #[command(flatten)]
    answer: AnswerForm,
}

#[derive(Debug, clap::Args)]
pub struct OfAccount {
    #[command(flatten)]
    reach: Reach,
    /// The account, by the name it has in the events
    #[arg(long, value_name = "ID")]
    account: String,
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    answer: AnswerForm,
}

#[derive(Debug, Default, clap::Args)]
struct When {
    /// An instant, in RFC 3339 with its offset
    #[arg(long, value_name = "INSTANT", conflicts_with_all = ["from", "until"])]
    at: Option<String>,
    /// To each side of `--at`, such as `5m`; 15 minutes unless given
    #[arg(long, value_name = "DURATION", requires = "at")]
    within: Option<String>,
    /// First instant that counts
    #[arg(long, value_name = "INSTANT", requires = "until")]
    from: Option<String>,
    /// First instant that no longer counts
    #[arg(long, value_name = "INSTANT", requires = "from")]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
struct AnswerForm {
    /// Where answers go; `-` is standard output
    #[arg(long = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Add the events
    #[arg(long)]
    rows: bool,
    /// Add the events, each with the proof that it is in the ledger
    #[arg(long)]
    prove: bool,
}

impl AnswerForm {
    fn limits(&self) -> Limits {
        match (self.prove, self.rows) {
            (true, _) => Limits::default().with_proofs(),
            (false, true) => Limits::default().with_rows(),
            (false, false) => Limits::default(),
        }
    }

    /// The same in a request to the API.
    fn put_into(&self, question: &mut Map<String, Value>) {
        question.insert("rows".to_owned(), self.rows.into());
        question.insert("prove".to_owned(), self.prove.into());
    }
}

pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Ingest(arguments) => ingest(arguments),
        Command::Of(arguments) => ask_of_account(arguments, false),
        Command::Shared(arguments) => ask_of_account(arguments, true),
        Command::Who(arguments) => who(arguments),
    }
}

fn ingest(arguments: &Ingest) -> Outcome {
    let folder = arguments.data.folder()?;
    if !folder.access().is_dir() {
        tracing::warn!("There was no access ledger in `{}`: a new one begins", folder.path().display());
    }
    folder.make()?;
    let log = EmbeddedAccessLog::open(&folder.access(), accesslog::Config::default()).map_err(|error| {
        let locked = matches!(error, AccessLogError::Locked);
        let stop = Stop::from(error);
        if locked {
            stop.next("a server takes events in at `POST /v1/access/events`; else stop it first")
        } else {
            stop
        }
    })?;
    let clock = SystemClock::default();
    let progress = Progress::counting("events");
    let mut report = IngestReport::default();
    let mut named = 0;
    for path in &arguments.inputs {
        let input = streams::open_input(path)?;
        let mut on_problem = |problem: accesslog::LineProblem| {
            named += 1;
            if named <= PROBLEMS_NAMED {
                progress.say(&format!("{}, line {}: {}", path.display(), problem.line, problem.error));
            }
        };
        let counted = progress.reading(input);
        let ran = ingest_reader(&log, counted, &|| clock.now(), &mut report, &mut on_problem);
        progress.set(report.lines);
        ran.map_err(|error| stopped(path, error, &report))?;
    }
    if arguments.seal {
        log.seal()?;
    }
    progress.end();
    if named > PROBLEMS_NAMED {
        eprintln!("and {} more lines that were refused", named - PROBLEMS_NAMED);
    }
    if arguments.json {
        streams::print_json(&serde_json::json!({
            "lines": report.lines, "stored": report.stored, "duplicates": report.duplicates,
            "refused": report.refused, "late": report.late, "future": report.future,
        }))?;
    } else {
        let IngestReport { lines, stored, duplicates, refused, .. } = report;
        eprintln!("{lines} events: {stored} stored, {duplicates} known already, {refused} refused");
    }
    Ok(Exit::Done)
}

fn stopped(path: &std::path::Path, error: IngestFilesError, report: &IngestReport) -> Stop {
    Stop::from(error)
        .doing(format!("taking in `{}`", path.display()))
        .next(format!(
            "{} events are stored; give the file again once it is mended, those with `source` and `seq` count once",
            report.stored
        ))
}

pub fn who(arguments: &Who) -> Outcome {
    match (&arguments.input, arguments.reach.server.is_some() || arguments.reach.purpose.is_some()) {
        (Some(questions), true) => attribute_many(arguments, questions),
        (Some(questions), false) => find_many(arguments, questions),
        (None, attributed) => answer_one(arguments, attributed),
    }
}

fn answer_one(arguments: &Who, attributed: bool) -> Outcome {
    let mut asked = arguments.when.fields();
    asked.extend(arguments.ip.clone().map(|ip| ("ip".to_owned(), ip.into())));
    asked.extend(arguments.port.map(|port| ("port".to_owned(), port.into())));
    let Question { asked: Asked::Who(question), .. } = read_question(&asked)? else {
        return Err(Stop::unusable("name an address with `--ip`"));
    };
    let line = if attributed {
        arguments.answer.put_into(&mut asked);
        arguments.reach.ask_json(Request::post(WHO, asked.into()))?.to_string()
    } else {
        let log = open_reading(&arguments.reach.data)?;
        let answer = log.who(&question, arguments.answer.limits(), SystemClock::default().now())?;
        answer_line(&Value::Null, &answer)
    };
    write_line(&arguments.answer.output, &line)
}

/// Accounts alone, as fast as the access ledger answers.
fn find_many(arguments: &Who, questions: &Path) -> Outcome {
    let log = open_reading(&arguments.reach.data)?;
    let mut output = streams::open_output(&arguments.answer.output)?;
    let mut input = streams::open_input(questions)?;
    let now = SystemClock::default().now();
    let report = answer_questions(&log, &mut input, &mut output, arguments.answer.limits(), now)?;
    output.flush()?;
    eprintln!("{} questions, {} answered with an error", report.questions, report.errors);
    Ok(Exit::Done)
}

/// Each question is a reading of its own, so each is asked for itself.
fn attribute_many(arguments: &Who, questions: &Path) -> Outcome {
    let mut input = streams::open_input(questions)?;
    let mut output = streams::open_output(&arguments.answer.output)?;
    let session = arguments.reach.open(&Request::post(WHO, Value::Null))?;
    let (mut count, mut errors) = (0_u64, 0_u64);
    while let Some(line) = read_line(&mut input).doing("reading questions")? {
        let (id, answered) = match line.and_then(|line| read_object(&line)) {
            Ok(mut question) => {
                let id = question.remove("id").unwrap_or(Value::Null);
                arguments.answer.put_into(&mut question);
                (id, session.answer_line(&Request::post(WHO, question.into()))?)
            }
            Err(LineError { code, detail }) => (Value::Null, Err(line_error(&code, &detail))),
        };
        count += 1;
        errors += u64::from(answered.is_err());
        let mut answer = answered.unwrap_or_else(|error| error);
        answer["id"] = id;
        writeln!(output, "{answer}")?;
    }
    output.flush()?;
    session.end()?;
    eprintln!("{count} questions, {errors} answered with an error");
    Ok(Exit::Done)
}

fn read_object(line: &str) -> Result<Map<String, Value>, LineError> {
    serde_json::from_str(line)
        .map_err(|error| LineError::new("not_json", format!("no JSON object at column {}", error.column())))
}

fn write_line(path: &Path, line: &str) -> Outcome {
    let mut output = streams::open_output(path)?;
    writeln!(output, "{line}")?;
    output.flush()?;
    Ok(Exit::Done)
}

fn ask_of_account(arguments: &OfAccount, shared: bool) -> Outcome {
    let mut asked = arguments.when.fields();
    asked.insert("account".to_owned(), arguments.account.clone().into());
    let Question { asked: Asked::Account(question), .. } = read_question(&asked)? else {
        return Err(Stop::unusable("name an account with `--account`"));
    };
    if arguments.reach.server.is_some() {
        arguments.answer.put_into(&mut asked);
        let path = if shared { "/v1/access/shared" } else { "/v1/access/of" };
        let answer = arguments.reach.ask_json(Request::post(path, asked.into()))?;
        return write_line(&arguments.answer.output, &answer.to_string());
    }
    let log = open_reading(&arguments.reach.data)?;
    let (limits, now) = (arguments.answer.limits(), SystemClock::default().now());
    let answer = if shared { log.shared(&question, limits, now)? } else { log.of(&question, limits, now)? };
    write_line(&arguments.answer.output, &answer_line(&Value::Null, &answer))
}

impl When {
    fn fields(&self) -> Map<String, Value> {
        let given =
            [("at", &self.at), ("within", &self.within), ("from", &self.from), ("until", &self.until)];
        let given =
            given.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
        given.collect()
    }
}

/// One question from the command line goes the way of those from a file.
fn read_question(fields: &Map<String, Value>) -> Result<Question, Stop> {
    let asked = Value::Object(fields.clone()).to_string();
    parse_question(&asked).map_err(|(_, error)| {
        let stop = Stop::unusable(&error.detail);
        let has_time = fields.contains_key("at") || fields.contains_key("from");
        match error.code.as_str() {
            "bad_ip" => stop.next("an address is IPv4 or IPv6, with `/LENGTH` where a prefix is meant"),
            _ if has_time => {
                stop.next("an instant is RFC 3339 with its offset, such as 2026-01-31T12:00:00Z")
            }
            _ => stop.next("give `--at` with or without `--within`, or `--from` and `--until`"),
        }
    })
}

fn open_reading(data: &Data) -> Result<EmbeddedAccessLog, Stop> {
    let folder = data.folder()?;
    let path = folder.access();
    if !path.is_dir() {
        return Err(folder.absent());
    }
    EmbeddedAccessLog::open_read_only(&path).doing(format!("opening `{}`", path.display()))
}
