//! Input and output named on the command line: `-` is standard input or output.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};

use crate::exit::{Doing as _, Exit, Stop};

const BUFFER: usize = 1 << 16;

pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens an input before any other work is done, so that a wrong name is told at once.
pub fn open_input(path: &Path) -> Result<Box<dyn BufRead + Send>, Stop> {
    if is_standard(path) {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, io::stdin())));
    }
    let opened = File::open(path).map_err(|error| unusable(path, &error))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, opened)))
}

pub fn open_output(path: &Path) -> Result<Box<dyn Write + Send>, Stop> {
    if is_standard(path) {
        return Ok(Box::new(BufWriter::with_capacity(BUFFER, StandardOutput)));
    }
    let opened = File::create(path).map_err(|error| unusable(path, &error))?;
    Ok(Box::new(BufWriter::with_capacity(BUFFER, opened)))
}

/// Whoever reads no further, as `head` does, has what was wanted: the work goes on without.
struct StandardOutput;

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match io::stdout().write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match io::stdout().flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Stop {
    Stop::new(Exit::Unusable, format!("`{}` cannot be opened: {error}", path.display()))
        .next("name a file, or `-` for standard input or output")
}

/// The whole of a small file or of standard input.
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, Stop> {
    let mut text = String::new();
    let read = open_input(path)?.take(bytes_max + 1).read_to_string(&mut text);
    read.doing(format!("reading `{}`", path.display()))?;
    if text.len() as u64 > bytes_max {
        return Err(Stop::unusable(format!("`{}` is larger than {bytes_max} bytes", path.display())));
    }
    Ok(text)
}

/// A line on standard output, under the same rule.
macro_rules! say {
    ($($text:tt)*) => { $crate::streams::write_line(format_args!($($text)*)) };
}
pub(crate) use say;

pub fn write_line(text: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(StandardOutput, "{text}") {
        Stop::unable(format!("standard output cannot be written: {error}")).tell(false);
        std::process::exit(Exit::Unable as i32);
    }
}

/// Writes one JSON value on one line of standard output.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Stop> {
    say!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// A person looks on, so bars may move.
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// `--in` and `--out` of commands that answer line by line.
#[derive(Debug, Clone, clap::Args)]
pub struct Lines {
    /// Questions, one JSON object a line; `-` is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    pub input: PathBuf,
    /// Answers, one for each line, in order; `-` is standard output
    #[arg(long = "out", value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
}
