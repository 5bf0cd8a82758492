//! Completions for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::exit::{Doing as _, Exit, Outcome};
use crate::streams::{self, say};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Whose completions are printed, to put where it looks for them
    #[arg(value_enum)]
    shell: Shell,
    /// As JSON: the shell and the script
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "tenantry", &mut script);
    let script = String::from_utf8(script).doing("writing completions")?;
    if arguments.json {
        let shell = arguments.shell.to_string();
        streams::print_json(&serde_json::json!({ "shell": shell, "script": script }))?;
    } else {
        say!("{}", script.trim_end());
    }
    Ok(Exit::Done)
}
