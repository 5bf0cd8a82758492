//! Writes a believable population as lines of `tenantry import`, with bad lines among them, on standard output; what
//! each bad line must be answered with on standard error. `population CUSTOMERS [BAD_EVERY [SEED]]`.

use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use testkit::population::{Shape, generate, spoil};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let (Ok(customers), Ok(every), Ok(seed)) = (number(0, 2_000), number(1, 300), number(2, 1)) else {
        eprintln!("usage: population CUSTOMERS [BAD_EVERY [SEED]]");
        return ExitCode::from(2);
    };
    let until = "2026-11-01T00:00:00Z".parse().expect("an instant is written");
    let customers = u32::try_from(customers).unwrap_or(u32::MAX);
    let shape = Shape { customers, events: customers, ..Shape::new(seed, until) };
    let (lines, spoiled) = spoil(&generate(&shape).import, usize::try_from(every).unwrap_or(1), seed);
    let mut output = BufWriter::new(std::io::stdout().lock());
    let written = lines.iter().try_for_each(|line| writeln!(output, "{line}")).and_then(|()| output.flush());
    if written.is_err() {
        return ExitCode::FAILURE;
    }
    for bad in spoiled {
        eprintln!("{} {}", bad.line, bad.code);
    }
    ExitCode::SUCCESS
}
