//! A process that is killed at any point loses nothing it acknowledged: writers in a child process, checks in the
//! parent after each kill.
//!
//! The child prints a line after each answer it got; a line that arrived is an acknowledgement. Accesses are
//! numbered, so that what counts twice would show.

mod check;
mod child;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub use check::{Checked, check};
pub use child::run as run_child;

/// What the child was told is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// External id of a customer; its account and decision were answered with it.
    Enrolled { customer: String, account: String, decision: String },
    /// A case that two persons resolved.
    Resolved { case: String },
    /// Accesses of one account, numbered from first through last.
    Accessed { account: String, first: u64, last: u64 },
    /// The ledger had this many leaves under a signed checkpoint.
    Sequenced { size: u64 },
}

impl Acknowledged {
    fn to_line(&self) -> String {
        match self {
            Self::Enrolled { customer, account, decision } => {
                format!("enrolled {customer} {account} {decision}")
            }
            Self::Resolved { case } => format!("resolved {case}"),
            Self::Accessed { account, first, last } => format!("accessed {account} {first} {last}"),
            Self::Sequenced { size } => format!("sequenced {size}"),
        }
    }

    /// `None` for a line that the kill cut short.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.strip_suffix('\n')?.split(' ').collect();
        Some(match words[..] {
            ["enrolled", customer, account, decision] => Self::Enrolled {
                customer: customer.to_owned(),
                account: account.to_owned(),
                decision: decision.to_owned(),
            },
            ["resolved", case] => Self::Resolved { case: case.to_owned() },
            ["accessed", account, first, last] => Self::Accessed {
                account: account.to_owned(),
                first: first.parse().ok()?,
                last: last.parse().ok()?,
            },
            ["sequenced", size] => Self::Sequenced { size: size.parse().ok()? },
            _ => return None,
        })
    }
}

/// Starts a child over the folder, kills it once it acknowledged so many sign-ups, and returns all that it
/// acknowledged until it was gone. The child goes on writing while it is killed, so the point is any point.
pub fn run_and_kill(
    program: &Path,
    folder: &Path,
    generation: u32,
    sign_ups: usize,
) -> std::io::Result<Vec<Acknowledged>> {
    let mut child: Child = Command::new(program)
        .arg("child")
        .arg(folder)
        .arg(generation.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut acknowledged = Vec::new();
    let mut output = BufReader::new(child.stdout.take().expect("standard output is piped"));
    let mut line = String::new();
    let mut killed = false;
    let mut enrolled = 0;
    while output.read_line(&mut line)? > 0 {
        let told = Acknowledged::parse(&line);
        enrolled += usize::from(matches!(told, Some(Acknowledged::Enrolled { .. })));
        acknowledged.extend(told);
        line.clear();
        if enrolled >= sign_ups && !killed {
            child.kill()?;
            killed = true;
        }
    }
    let status = child.wait()?;
    if !killed {
        return Err(std::io::Error::other(format!("the child ended by itself: {status}")));
    }
    Ok(acknowledged)
}
