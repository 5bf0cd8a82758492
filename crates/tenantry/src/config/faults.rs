//! What is wrong with a configuration: file, line and key of each fault.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Config;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigFault {
    /// `None`: the environment.
    pub file: Option<PathBuf>,
    /// From 1; `None` where no line says it.
    pub line: Option<usize>,
    /// With dots between tables, such as `mail.host`.
    pub key: String,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl ConfigFaults {
    pub fn one(file: Option<&Path>, line: Option<usize>, key: &str, what: String) -> Self {
        Self(vec![ConfigFault { file: file.map(Path::to_owned), line, key: key.to_owned(), what }])
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}", file.display())?,
            None => f.write_str("environment")?,
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": `{}`", self.key)?;
        }
        write!(f, ": {}", self.what)
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&faults.join("\n"))
    }
}

/// More faults than anybody mends at once.
const FAULTS_MAX: usize = 100;

/// Faults of a file's text. The parser stops at the first, so what is wrong is blanked out and the rest is read
/// again. Also gives the text without what is wrong, so that the rest of it can be judged.
pub fn of_text(path: &Path, text: &str) -> (Vec<ConfigFault>, String) {
    let mut faults = Vec::new();
    let mut rest = text.to_owned();
    while faults.len() < FAULTS_MAX {
        let Err(error) = toml::from_str::<Config>(&rest) else { break };
        let span = error.span().unwrap_or(0..0);
        let line = line_at(&rest, span.start);
        let (key, what) = (key_at(&rest, line), error.message().to_owned());
        if !is_echo(&faults, &key, &what) {
            faults.push(ConfigFault { file: Some(path.to_owned()), line: Some(line + 1), key, what });
        }
        let blanked = blank(&rest, line, &span);
        if blanked == rest {
            break;
        }
        rest = blanked;
    }
    (faults, rest)
}

/// A key that is missing only because it was blanked out.
fn is_echo(faults: &[ConfigFault], table: &str, what: &str) -> bool {
    let Some(missing) = what.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) else {
        return false;
    };
    faults.iter().any(|fault| fault.key == format!("{table}.{missing}"))
}

pub fn of_environment(error: &figment::Error) -> ConfigFaults {
    let faults = error.clone().into_iter().map(|error| ConfigFault {
        file: None,
        line: None,
        key: error.path.join("."),
        what: error.kind.to_string(),
    });
    ConfigFaults(faults.collect())
}

/// Where a key stands in the text, from 1.
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    (0..text.lines().count()).find(|&line| key_at(text, line) == key).map(|line| line + 1)
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

/// The key of a line with that of its table before it; the table's alone for its heading.
fn key_at(text: &str, line: usize) -> String {
    let mut table = String::new();
    for (number, content) in text.lines().enumerate() {
        let content = content.trim();
        if let Some(heading) = heading(content) {
            table = heading.to_owned();
            if number == line {
                return table;
            }
        } else if number == line {
            let key = content.split('=').next().unwrap_or_default().trim();
            let is_pair = content.contains('=') && !content.starts_with('#');
            return match (is_pair, table.is_empty()) {
                (false, _) => String::new(),
                (true, true) => key.to_owned(),
                (true, false) => format!("{table}.{key}"),
            };
        }
    }
    table
}

fn heading(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?.split(']').next()?;
    Some(inner.trim_matches(['[', ' ']))
}

/// The text without the lines of the fault; without the whole table where its heading is the fault.
fn blank(text: &str, line: usize, span: &Range<usize>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_heading = lines.get(line).is_some_and(|content| heading(content.trim()).is_some());
    let end = if is_heading {
        let next = lines[line + 1..].iter().position(|content| heading(content.trim()).is_some());
        next.map_or(lines.len(), |next| line + 1 + next)
    } else {
        line_at(text, span.end.max(span.start + 1) - 1).max(line) + 1
    };
    let kept = lines.iter().enumerate().map(
        |(number, content)| {
            if (line..end).contains(&number) { "" } else { content }
        },
    );
    let mut blanked = kept.collect::<Vec<_>>().join("\n");
    blanked.push('\n');
    blanked
}
