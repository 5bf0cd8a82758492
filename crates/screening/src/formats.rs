//! Lists read as published: the format is told by content, a file cut short is an error.

mod date;
mod eu;
mod ftm;
mod ofac;
mod other;
mod table;
mod uk;
mod un;
mod unpack;
mod xml;
mod zip;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use terms::PartialDate;
use thiserror::Error;

use crate::entry::{Entry, Watchlist};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// The four files of an OFAC legacy CSV set; SDN and Consolidated have the same form.
    OfacMain,
    OfacAliases,
    OfacAddresses,
    OfacComments,
    OfacXml,
    UnXml,
    /// The UK sanctions list, as a search export or in full.
    UkCsv,
    UkOds,
    OfsiCsv,
    EuCsv,
    EuXml,
    EuJournalCsv,
    CslCsv,
    BisDeniedTsv,
    DodCsv,
    FtmJson,
    /// `targets.simple.csv` and the provider's own lists, which take the same columns.
    SimpleCsv,
    OwnNdjson,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotRead {
    #[error("not a list in a known format")]
    Unknown,
    #[error("cut short at {at}: {what}")]
    Cut { at: String, what: String },
    #[error("damaged at {at}: {what}")]
    Damaged { at: String, what: String },
    #[error("larger than the limit of {limit} bytes")]
    TooLarge { limit: usize },
    #[error("no list in its folder that it belongs to")]
    NoMainFile,
    #[error("an older version of `{list}` ({version}); the newest is used")]
    OlderVersion { list: String, version: String },
    #[error(
        "another version of `{list}`, and neither says which is newer; `{used}` is used: keep the one you mean"
    )]
    OtherVersion { list: String, used: String },
}

impl NotRead {
    fn cut(at: impl ToString, what: &str) -> Self {
        Self::Cut { at: at.to_string(), what: what.to_owned() }
    }

    fn damaged(at: impl ToString, what: &str) -> Self {
        Self::Damaged { at: at.to_string(), what: what.to_owned() }
    }

    /// Whether the file is a list but unsound or one too many, so that a person must look at it.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Cut { .. } | Self::Damaged { .. } | Self::TooLarge { .. } | Self::OtherVersion { .. }
        )
    }
}

/// A file of which nothing came into a list, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub path: String,
    pub why: NotRead,
}

/// What a folder of files came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// In the order of their ids.
    pub lists: Vec<Watchlist>,
    pub left_out: Vec<LeftOut>,
}

/// Files added one by one, joined into lists at the end.
#[derive(Default)]
pub struct Collector {
    drafts: Vec<Draft>,
    ofac: BTreeMap<String, ofac::Folder>,
    left_out: Vec<LeftOut>,
}

/// A list read from one file or set, before the newest version is chosen.
pub(crate) struct Draft {
    path: String,
    id: String,
    title: String,
    date: Option<String>,
    /// Greater for a newer version: the day as a number, or the greatest number given so far.
    order: u64,
    sha256: String,
    entries: Vec<Entry>,
}

/// Tells the format by content; the name only where content leaves it open. Looks through gzip.
pub fn detect(name_hint: &str, bytes: &[u8]) -> Option<Format> {
    let head = unpack::head(bytes);
    if let Some(format) = xml_format(&head) {
        return Some(format);
    }
    if head.starts_with(b"PK") {
        let is_ods = head.windows(11).any(|part| part == b"spreadsheet") || name_hint.ends_with(".ods");
        return is_ods.then_some(Format::UkOds);
    }
    let text = table::lossy(&head);
    if text.trim_start().starts_with(['{', '[']) {
        return ftm::json_format(&text);
    }
    table_format(&text)
}

fn xml_format(head: &[u8]) -> Option<Format> {
    let text = table::lossy(&head[..head.len().min(4096)]);
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return None;
    }
    if text.contains("<sdnList") {
        Some(Format::OfacXml)
    } else if text.contains("<CONSOLIDATED_LIST") {
        Some(Format::UnXml)
    } else if text.contains("/fsd/export") || text.contains("<sanctionEntity") {
        Some(Format::EuXml)
    } else {
        None
    }
}

fn table_format(text: &str) -> Option<Format> {
    let lines: Vec<&str> = text.lines().take(6).collect();
    let has = |line: &str, columns: &[&str]| {
        let names: Vec<String> = table::cells(line).iter().map(|cell| cell.to_lowercase()).collect();
        columns.iter().all(|column| names.iter().any(|name| name == column))
    };
    for line in &lines {
        let format = match () {
            () if has(line, &["celex", "recordid", "programkey"]) => Format::EuJournalCsv,
            () if has(line, &["unique id", "ofsi group id"]) => Format::UkCsv,
            () if has(line, &["name 6", "group id", "group type"]) => Format::OfsiCsv,
            () if has(line, &["source", "entity_number", "source_list_url"]) => Format::CslCsv,
            () if has(line, &["name", "standard_order", "fr_citation"]) => Format::BisDeniedTsv,
            () if has(line, &["name", "clean name", "alias"]) => Format::DodCsv,
            () if line.to_lowercase().contains("entity_logical_id;") => Format::EuCsv,
            () if has(line, &["schema", "name", "aliases"]) || has(line, &["id", "name"]) => {
                Format::SimpleCsv
            }
            () => continue,
        };
        return Some(format);
    }
    ofac::table_format(lines.first()?)
}

impl Collector {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one file. The path is a hint for joining sets within a folder and for naming the
    /// file in messages; it is never opened.
    pub fn add(&mut self, path: &str, bytes: &[u8]) {
        if let Err(why) = self.read(path, bytes) {
            self.left_out.push(LeftOut { path: path.to_owned(), why });
        }
    }

    fn read(&mut self, path: &str, bytes: &[u8]) -> Result<(), NotRead> {
        let format = detect(path, bytes).ok_or(NotRead::Unknown)?;
        let content = unpack::unpack(bytes)?;
        let file = File { path, sha256: hex(&Sha256::digest(bytes)), content: &content };
        let drafts = match format {
            Format::OfacMain | Format::OfacAliases | Format::OfacAddresses | Format::OfacComments => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                return self.ofac.entry(folder.to_owned()).or_default().add(format, &file);
            }
            Format::OfacXml => vec![ofac::read_xml(&file)?],
            Format::UnXml => vec![un::read(&file)?],
            Format::UkCsv => vec![uk::read_csv(&file)?],
            Format::UkOds => vec![uk::read_ods(&file)?],
            Format::OfsiCsv => vec![uk::read_ofsi(&file)?],
            Format::EuCsv => vec![eu::read_csv(&file)?],
            Format::EuXml => vec![eu::read_xml(&file)?],
            Format::EuJournalCsv => vec![eu::read_journal(&file)?],
            Format::CslCsv => other::read_csl(&file)?,
            Format::BisDeniedTsv => vec![other::read_bis_denied(&file)?],
            Format::DodCsv => vec![other::read_dod(&file)?],
            Format::FtmJson => vec![ftm::read_json(&file)?],
            Format::SimpleCsv => vec![ftm::read_simple_csv(&file)?],
            Format::OwnNdjson => vec![ftm::read_own_ndjson(&file)?],
        };
        self.drafts.extend(drafts);
        Ok(())
    }

    /// Joins the sets, keeps the newest version of each list and names what was left out.
    pub fn finish(mut self) -> Lists {
        for (folder, files) in std::mem::take(&mut self.ofac) {
            self.drafts.extend(files.join(&folder, &mut self.left_out));
        }
        let mut by_list: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
        for draft in self.drafts {
            by_list.entry(draft.id.clone()).or_default().push(draft);
        }
        let mut lists = Vec::new();
        for (id, mut drafts) in by_list {
            if id == eu::JOURNAL_ID {
                lists.push(eu::join_journal(drafts));
                continue;
            }
            drafts.sort_by(|a, b| (a.order, &a.date, &a.path).cmp(&(b.order, &b.date, &b.path)));
            let Some(newest) = drafts.pop() else { continue };
            for older in drafts {
                let is_told = older.order < newest.order || older.sha256 == newest.sha256;
                let why = if is_told {
                    NotRead::OlderVersion { list: id.clone(), version: older.version() }
                } else {
                    NotRead::OtherVersion { list: id.clone(), used: newest.path.clone() }
                };
                self.left_out.push(LeftOut { path: older.path, why });
            }
            lists.push(newest.into_watchlist());
        }
        self.left_out.sort_by(|a, b| a.path.cmp(&b.path));
        Lists { lists, left_out: self.left_out }
    }
}

impl Draft {
    fn new(file: &File<'_>, id: &str, title: &str, date: Option<String>, entries: Vec<Entry>) -> Self {
        let (path, sha256) = (file.path.to_owned(), file.sha256.clone());
        let order = date.as_deref().map_or(0, order_of);
        Self { path, id: id.to_owned(), title: title.to_owned(), date, order, sha256, entries }
    }

    fn version(&self) -> String {
        self.date.clone().unwrap_or_else(|| format!("content-{}", &self.sha256[..12]))
    }

    fn into_watchlist(self) -> Watchlist {
        let version = self.version();
        let entries = self.entries.into_iter().filter(|entry| !entry.names.is_empty()).collect();
        Watchlist { id: self.id, title: self.title, version, sha256: self.sha256, entries }
    }
}

/// A file's content once unpacked; the hash is of the bytes as they came.
pub(crate) struct File<'a> {
    path: &'a str,
    sha256: String,
    content: &'a [u8],
}

impl File<'_> {
    /// The file's name up to the first full stop.
    fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        name.split('.').next().unwrap_or(name)
    }
}

/// The digits of a date as one number.
fn order_of(date: &str) -> u64 {
    date.chars().filter(char::is_ascii_digit).take(8).collect::<String>().parse().unwrap_or(0)
}

/// The same for the latest day that lines of a list carry, which is not its day of publication.
fn order_of_latest(latest: Option<PartialDate>) -> u64 {
    latest.map_or(0, |date| order_of(&date.to_string()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id for a line that its publisher gives none: the same line keeps the same id.
fn made_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize()[..8])
}

/// Parts of a cell that holds several values.
fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests;
