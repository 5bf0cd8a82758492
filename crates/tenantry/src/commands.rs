//! Commands: each parses its arguments, calls, and says what came of it.

pub mod access;
pub mod account;
pub mod backup;
mod body;
pub mod case;
pub mod compare;
pub mod completions;
pub mod credentials;
pub mod customer;
pub mod data;
pub mod decide;
pub mod demo;
pub mod export;
pub mod import;
pub mod ledger;
pub mod legal_hold;
pub mod lists;
pub mod maintain;
pub mod may;
pub mod pack;
pub mod product;
pub mod provider;
pub mod screen;
pub mod serve;
pub mod special_measure;

use crate::exit::Outcome;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Try it out: invented customers, real rules, served, with questions to ask
    ///
    /// Makes a data folder the first time and uses it again after that. Prints where it is served, one-time links to
    /// sign in with, an API key and five `curl` lines.
    Demo(demo::Arguments),
    /// Serve the API and the console
    Serve(serve::Arguments),
    /// Say what is wrong with a configuration: file, line and key of each fault
    ///
    /// Also says which packs the configuration names and which are in force, where they differ: `packs.active` counts
    /// when a pack is first installed, after that two persons decide.
    CheckConfig(maintain::CheckConfig),
    /// Bring the database's schema up to this release
    Migrate(maintain::Migrate),
    /// Look whether everything is well: files, ledger, accesses, packs, clock
    ///
    /// Exits with 1 when something is wrong. Works beside a server.
    Doctor(maintain::Doctor),
    /// Copy records to one folder and keys to another; works beside a server
    Backup(backup::Backup),
    /// Put a backup's records and keys together into a new data folder
    Restore(backup::Restore),
    /// Take in customers, accounts and more, line by line
    ///
    /// A bad line is answered and the run goes on. Begins an installation where there is none.
    Import(import::Arguments),
    /// Write customers out, line by line; in clear only with `--purpose`
    Export(export::Arguments),
    /// What accounts may do: AuthZEN questions with an `id`, line by line
    ///
    /// A line is an AuthZEN evaluation with an `id`: `{"id","subject":{"type":"account","id"},"action":{"name"},
    /// "resource":{"type","id"},"context"?}`. The account's id is ours or the control plane's; the action is open,
    /// activate, provision, raise_quota, change_region, pay or administer. Each answer has the line's `id`; one that
    /// could not be answered has `error`.
    May(Box<may::Arguments>),
    #[command(subcommand)]
    Customer(customer::Customer),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Case(case::Case),
    #[command(subcommand)]
    Decide(decide::Decide),
    #[command(subcommand)]
    Pack(pack::Command),
    #[command(subcommand)]
    Hold(legal_hold::Hold),
    #[command(subcommand)]
    Measure(special_measure::Measure),
    #[command(subcommand)]
    Provider(provider::Provider),
    #[command(subcommand)]
    Product(product::Product),
    #[command(subcommand)]
    Staff(credentials::Staff),
    #[command(subcommand)]
    Key(credentials::Key),
    /// Compare parties with watchlists, line by line, without a data folder
    ///
    /// A line is `{"id","names":[…]}`, and what else is known: `schema` (Person, Organization, Company, LegalEntity,
    /// Vessel, Airplane), `birth_date` (YYYY, YYYY-MM or YYYY-MM-DD), `countries`, `genders`, `id_numbers`
    /// (`[{"country","type","value"}]`), `addresses`, `wallets`. An answer is `{"id","hits":[…]}`, best first, or
    /// `{"id","error":{"code","detail"}}`.
    Screen(screen::Arguments),
    /// Compare two parties with each other, line by line
    ///
    /// A line is `{"id","a":{…},"b":{…}}`, each party with the fields that `tenantry screen` takes, `names` at least.
    /// An answer is `{"id","score","match","features":[…]}`, or `{"id","error":{"code","detail"}}`.
    Compare(compare::Arguments),
    #[command(subcommand)]
    Access(access::Command),
    /// Who was behind an address at an instant or over an interval
    ///
    /// Without `--purpose` accounts are named and nobody else, from the access ledger alone. With it the answer names
    /// holder, owners and resellers, where identification stood then and stands now, and the proofs; the reading is on
    /// the ledger first.
    Who(Box<access::Who>),
    #[command(subcommand)]
    Ledger(ledger::Command),
    #[command(subcommand)]
    Lists(lists::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

impl Command {
    pub fn run(&self) -> Outcome {
        match self {
            Self::Demo(arguments) => demo::run(arguments),
            Self::Serve(arguments) => serve::run(arguments),
            Self::Backup(arguments) => backup::backup(arguments),
            Self::Restore(arguments) => backup::restore(arguments),
            Self::Export(arguments) => export::run(arguments),
            Self::May(arguments) => may::run(arguments),
            Self::Customer(command) => command.run(),
            Self::Account(command) => command.run(),
            Self::Case(command) => command.run(),
            Self::Decide(command) => command.run(),
            Self::Pack(command) => pack::run(command),
            Self::Hold(command) => command.run(),
            Self::Measure(command) => command.run(),
            Self::Provider(command) => command.run(),
            Self::Product(command) => command.run(),
            Self::Staff(command) => command.run(),
            Self::Key(command) => command.run(),
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
            Self::Completions(arguments) => completions::run(arguments),
        }
    }
}
