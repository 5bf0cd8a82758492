//! Commands: each parses its arguments, calls, and says what came of it.

pub mod access;
pub mod compare;
pub mod data;
pub mod import;
pub mod ledger;
pub mod lists;
pub mod maintain;
pub mod screen;

use crate::exit::Outcome;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say what is wrong with a configuration: file, line and key of each fault
    CheckConfig(maintain::CheckConfig),
    /// Bring the database's schema up to this release
    Migrate(maintain::Migrate),
    /// Look whether everything is well: files, ledger, accesses, packs, clock
    ///
    /// Exits with 1 when something is wrong. Works beside a server.
    Doctor(maintain::Doctor),
    /// Take in customers, accounts and more, line by line
    ///
    /// A bad line is answered and the run goes on; then the exit code is 1.
    Import(import::Arguments),
    /// Compare parties with watchlists, line by line, without a data folder
    Screen(screen::Arguments),
    /// Compare two parties with each other, line by line
    Compare(compare::Arguments),
    #[command(subcommand)]
    Access(access::Command),
    /// Who was behind an address at an instant or over an interval
    Who(Box<access::Who>),
    #[command(subcommand)]
    Ledger(ledger::Command),
    #[command(subcommand)]
    Lists(lists::Command),
}

impl Command {
    pub fn run(&self) -> Outcome {
        match self {
            Self::CheckConfig(arguments) => maintain::check_config(arguments),
            Self::Migrate(arguments) => maintain::migrate(arguments),
            Self::Doctor(arguments) => maintain::doctor(arguments),
            Self::Import(arguments) => import::run(arguments),
            Self::Screen(arguments) => screen::run(arguments),
            Self::Compare(arguments) => compare::run(arguments),
            Self::Access(command) => access::run(command),
            Self::Who(arguments) => access::who(arguments),
            Self::Ledger(command) => ledger::run(command),
            Self::Lists(command) => lists::run(command),
        }
    }
}
