//! Customers as NDJSON: states and accounts, and under a purpose the record in clear.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::reach::{Reach, Request, Session, escaped};
use crate::streams;

/// Customers asked for at once.
const PAGE: &str = "200";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reach: Reach,
    /// Where the lines go; `-` is standard output
    #[arg(long = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Only this customer; several may be given
    #[arg(long = "customer", value_name = "ID")]
    customers: Vec<String>,
}

/// One line a customer: `{"customer","accounts"}`, with `record` where `--purpose` says why it is read.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut output = streams::open_output(&arguments.output)?;
    let session = arguments.reach.open(&Request::get("/v1/customers"))?;
    let in_clear = arguments.reach.purpose.is_some();
    let progress = Progress::counting("customers");
    let mut count = 0_u64;
    let mut write = |customer: Value| -> Result<(), Stop> {
        let line = line_of(&session, customer, in_clear)?;
        serde_json::to_writer(&mut output, &line)?;
        output.write_all(b"\n")?;
        count += 1;
        progress.add(1);
        Ok(())
    };
    if arguments.customers.is_empty() {
        let mut after = None;
        loop {
            let parameters = [("limit", Some(PAGE.to_owned())), ("after", after)];
            let page = ask(&session, Request::get("/v1/customers").query(&parameters))?;
            for customer in page["data"].as_array().into_iter().flatten() {
                write(customer.clone())?;
            }
            after = page["next"].as_str().map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
    }
    for customer in &arguments.customers {
        write(ask(&session, Request::get(format!("/v1/customers/{}", escaped(customer))))?)?;
    }
    progress.end();
    output.flush().doing("writing the export")?;
    session.end()?;
    eprintln!("{count} customers");
    Ok(Exit::Done)
}

fn ask(session: &Session, request: Request) -> Result<Value, Stop> {
    let answer = session.ask(&request)?.or_refusal()?;
    serde_json::from_slice(&answer.body).doing("reading the answer")
}

fn line_of(session: &Session, customer: Value, in_clear: bool) -> Result<Value, Stop> {
    let id = customer["id"].as_str().unwrap_or_default().to_owned();
    let of = |rest: &str| Request::get(format!("/v1/customers/{}/{rest}", escaped(&id)));
    let accounts = ask(session, of("accounts"))?;
    let mut line = json!({ "customer": customer, "accounts": accounts["data"] });
    if in_clear {
        line["record"] = ask(session, of("record"))?;
    }
    Ok(line)
}
