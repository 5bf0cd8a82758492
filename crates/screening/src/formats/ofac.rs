//! OFAC: the legacy CSV sets of the SDN and the Consolidated list, and both lists as XML.

mod advanced;
mod enhanced;
mod remarks;
mod xml;

use std::collections::{HashMap, HashSet};

use super::{
    Format, LeftOut, NotRead, PassedOver,
    draft::{Draft, File, joint_hash},
    table,
};
use crate::entry::{Entry, NameKind, Schema};
pub use advanced::read as read_advanced_xml;
pub use enhanced::read as read_enhanced_xml;
pub use xml::read as read_xml;

const SDN: (&str, &str) = ("us-ofac-sdn", "OFAC Specially Designated Nationals List");
const CONSOLIDATED: (&str, &str) = ("us-ofac-cons", "OFAC Consolidated List (not SDN)");
/// How these files write an empty cell.
const NULL: &str = "-0-";

/// These files have no header: they are told by the shape of their first line.
pub fn table_format(line: &str) -> Option<Format> {
    let cells = table::cells_by(line.trim_end_matches('\u{1a}'), b',');
    let number = |index: usize| cells.get(index).is_some_and(|cell| cell.parse::<u64>().is_ok());
    if !number(0) {
        return None;
    }
    let is_alias = |cell: &String| matches!(cell.as_str(), "aka" | "fka" | "nka");
    match cells.len() {
        12 => Some(Format::OfacMain),
        5 if number(1) && cells.get(2).is_some_and(is_alias) => Some(Format::OfacAliases),
        6 if number(1) => Some(Format::OfacAddresses),
        2 => Some(Format::OfacComments),
        _ => None,
    }
}

/// The files of one folder, which may hold several sets and versions.
#[derive(Default)]
pub struct Folder {
    mains: Vec<Main>,
    parts: Vec<Part>,
}

struct Main {
    path: String,
    sha256: String,
    rows: Vec<csv::StringRecord>,
}

struct Part {
    path: String,
    sha256: String,
    format: Format,
    /// By the entry's number.
    rows: HashMap<String, Vec<csv::StringRecord>>,
    newest: u64,
}

impl Folder {
    pub fn add(&mut self, format: Format, file: &File<'_>) -> Result<(), NotRead> {
        let rows = sound_rows(file, width(format))?;
        let (path, sha256) = (file.path.to_owned(), file.sha256.clone());
        if format == Format::OfacMain {
            self.mains.push(Main { path, sha256, rows });
            return Ok(());
        }
        let newest =
            rows.iter().filter_map(|row| row.get(1)?.parse().ok()).max().unwrap_or(rows.len() as u64);
        let mut by_entry: HashMap<String, Vec<csv::StringRecord>> = HashMap::new();
        for row in rows {
            by_entry.entry(cell(&row, 0).to_owned()).or_default().push(row);
        }
        self.parts.push(Part { path, sha256, format, rows: by_entry, newest });
        Ok(())
    }

    /// One list for every main file, each with the newest part of each kind that speaks of it.
    pub fn join(self, folder: &str, left_out: &mut Vec<LeftOut>) -> Vec<Draft> {
        let numbers: Vec<HashSet<&str>> =
            self.mains.iter().map(|main| main.rows.iter().map(|row| cell(row, 0)).collect()).collect();
        let mut joined: Vec<HashMap<Format, &Part>> = vec![HashMap::new(); self.mains.len()];
        for part in &self.parts {
            let mut used = false;
            for (parts, numbers) in joined.iter_mut().zip(&numbers) {
                let shared = part.rows.keys().filter(|number| numbers.contains(number.as_str())).count();
                // Both lists share one series of numbers, so that strays are few but not none.
                if shared * 2 < part.rows.len() {
                    continue;
                }
                used = true;
                let best = parts.entry(part.format).or_insert(part);
                if part.newest > best.newest {
                    *best = part;
                }
            }
            if !used {
                left_out.push(LeftOut { path: part.path.clone(), why: NotRead::NoMainFile });
            }
        }
        let drafts = self.mains.iter().zip(&joined).map(|(main, parts)| draft(main, parts, folder));
        drafts.collect()
    }
}

fn draft(main: &Main, parts: &HashMap<Format, &Part>, folder: &str) -> Draft {
    let rows_of = |format: Format, number: &str| {
        parts.get(&format).and_then(|part| part.rows.get(number)).map_or(&[][..], Vec::as_slice)
    };
    let entries = main.rows.iter().map(|row| {
        let number = cell(row, 0);
        let mut entry = main_entry(row);
        let spill: String = rows_of(Format::OfacComments, number).iter().map(|row| cell(row, 1)).collect();
        let remarks = format!("{}{spill}", cell(row, 11));
        for alias in rows_of(Format::OfacAliases, number) {
            let kind = if cell(alias, 2) == "fka" { NameKind::Former } else { NameKind::Alias };
            entry.add_name(cell(alias, 3), kind);
            entry.add_detail("alias remarks", cell(alias, 4));
        }
        for address in rows_of(Format::OfacAddresses, number) {
            entry.add_address((2..5).map(|index| cell(address, index)));
            entry.add_country(cell(address, 4));
            entry.add_detail("address remarks", cell(address, 5));
        }
        remarks::read(&mut entry, &remarks);
        entry.remarks = remarks;
        entry
    });
    let entries: Vec<Entry> = entries.collect();
    let mut hashes: Vec<&str> = parts.values().map(|part| part.sha256.as_str()).collect();
    hashes.sort_unstable();
    hashes.insert(0, &main.sha256);
    let sha256 = if hashes.len() == 1 { main.sha256.clone() } else { joint_hash(&hashes) };
    let (id, title) = if is_consolidated(main, folder) { CONSOLIDATED } else { SDN };
    // Numbers are given in order, so the greatest tells which of two snapshots is newer.
    let order = main.rows.iter().filter_map(|row| cell(row, 0).parse().ok()).max().unwrap_or(0);
    let (id, title, path) = (id.to_owned(), title.to_owned(), main.path.clone());
    let passed_over = PassedOver::of(&path);
    Draft { path, id, title, date: None, order, sha256, entries, passed_over }
}

/// No entry of the Consolidated list is on the SDN list for its non-SDN programme alone.
fn is_consolidated(main: &Main, folder: &str) -> bool {
    let name = main.path.strip_prefix(folder).unwrap_or(&main.path).to_lowercase();
    let rows = main.rows.iter().filter(|row| is_non_sdn(cell(row, 3)));
    name.contains("cons_") || rows.count() * 2 > main.rows.len()
}

/// Whether a programme is one of those whose targets are on the Consolidated list and not on the SDN list.
fn is_non_sdn(programs: &str) -> bool {
    const NON_SDN: [&str; 6] = ["NS-PLC", "561", "CMIC", "UKRAINE-EO13662", "CAPTA", "MBS"];
    NON_SDN.iter().any(|program| programs.contains(program))
}

fn schema(kind: &str) -> Schema {
    match kind.to_ascii_lowercase().as_str() {
        "individual" => Schema::Person,
        "vessel" => Schema::Vessel,
        "aircraft" => Schema::Airplane,
        _ => Schema::Organization,
    }
}

fn main_entry(row: &csv::StringRecord) -> Entry {
    let mut entry =
        Entry { entry_id: cell(row, 0).to_owned(), schema: schema(cell(row, 2)), ..Entry::default() };
    entry.add_name(cell(row, 1), NameKind::Primary);
    for program in cell(row, 3).split("] [") {
        entry.add_program(program);
    }
    entry.add_identifier("Call sign", cell(row, 5), "");
    entry.add_country(cell(row, 9));
    let details = [
        ("title", 4),
        ("vessel type", 6),
        ("tonnage", 7),
        ("gross registered tonnage", 8),
        ("vessel flag", 9),
        ("vessel owner", 10),
    ];
    details.iter().for_each(|(field, index)| entry.add_detail(field, cell(row, *index)));
    entry
}

fn width(format: Format) -> usize {
    match format {
        Format::OfacMain => 12,
        Format::OfacAliases => 5,
        Format::OfacAddresses => 6,
        _ => 2,
    }
}

fn sound_rows(file: &File<'_>, width: usize) -> Result<Vec<csv::StringRecord>, NotRead> {
    let text = file.text;
    let rows = table::rows(text, b',')?;
    // A line break or the publisher's end mark proves the last row; without one, an unquoted cell
    // that has begun to say `-0- ` may be the rest of something longer.
    let ended = text.ends_with(['\n', '\u{1a}', '"']) || text.ends_with("-0- ") || text.ends_with(NULL);
    for (index, (line, row)) in rows.iter().enumerate() {
        let is_last = index + 1 == rows.len();
        if is_last && (row.len() < width || !ended) {
            return Err(NotRead::cut(format!("line {line}"), "the last row is not whole"));
        }
        if row.len() != width {
            return Err(NotRead::damaged(
                format!("line {line}"),
                &format!("{} columns instead of {width}", row.len()),
            ));
        }
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn cell(row: &csv::StringRecord, index: usize) -> &str {
    let text = row.get(index).unwrap_or("").trim();
    if text == NULL { "" } else { text }
}
