//! OFAC: the legacy CSV sets of the SDN and the Consolidated list, and `sdn.xml`.

use std::collections::{HashMap, HashSet};

use super::{
    Draft, File, Format, LeftOut, NotRead, date, table,
    xml::{self, Node},
};
use crate::entry::{Entry, Gender, NameKind, Schema, Wallet};

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
        }
        for address in rows_of(Format::OfacAddresses, number) {
            entry.add_address((2..5).map(|index| cell(address, index)));
            entry.add_country(cell(address, 4));
        }
        read_remarks(&mut entry, &remarks);
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
    Draft { path, id, title, date: None, order, sha256, entries }
}

pub(super) fn joint_hash(hashes: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    super::hex(&Sha256::digest(hashes.join("\n").as_bytes()))
}

/// No entry of the Consolidated list is on the SDN list for its non-SDN programme alone.
fn is_consolidated(main: &Main, folder: &str) -> bool {
    let name = main.path.strip_prefix(folder).unwrap_or(&main.path).to_lowercase();
    let non_sdn = ["NS-PLC", "561", "CMIC", "UKRAINE-EO13662", "CAPTA", "MBS", "RUSSIA-EO14024] [CAPTA"];
    let rows = main.rows.iter().filter(|row| non_sdn.iter().any(|program| cell(row, 3).contains(program)));
    name.contains("cons_") || rows.count() * 2 > main.rows.len()
}

fn main_entry(row: &csv::StringRecord) -> Entry {
    let schema = match cell(row, 2).to_ascii_lowercase().as_str() {
        "individual" => Schema::Person,
        "vessel" => Schema::Vessel,
        "aircraft" => Schema::Airplane,
        _ => Schema::Organization,
    };
    let mut entry = Entry { entry_id: cell(row, 0).to_owned(), schema, ..Entry::default() };
    entry.add_name(cell(row, 1), NameKind::Primary);
    for program in cell(row, 3).split("] [") {
        entry.add_program(program);
    }
    entry.add_identifier("Call sign", cell(row, 5), "");
    entry.add_country(cell(row, 9));
    entry
}

/// Reads what OFAC packs into remarks: `DOB 15 May 1949; nationality Iran; Passport X1 (Iran)`.
fn read_remarks(entry: &mut Entry, remarks: &str) {
    for part in remarks.trim_end_matches('.').split("; ") {
        let part = part.trim().trim_start_matches("alt. ").trim_end_matches('.');
        let after = |prefix: &str| part.strip_prefix(prefix).map(str::trim);
        if let Some(text) = after("DOB ") {
            date::dates(text).into_iter().for_each(|date| entry.add_birth_date(date));
        } else if let Some(country) = after("nationality ").or(after("citizen ")) {
            entry.add_country(country);
        } else if let Some(gender) = after("Gender ").and_then(Gender::named) {
            entry.genders.push(gender);
        } else if let Some(text) = after("Digital Currency Address - ") {
            let (currency, address) = text.split_once(' ').unwrap_or(("", text));
            entry.wallets.push(Wallet { currency: currency.to_owned(), address: address.trim().to_owned() });
        } else if let Some(name) = after("a.k.a. ").or(after("n.k.a. ")) {
            entry.add_name(name.trim_matches(['\'', '"']), NameKind::WeakAlias);
        } else if let Some(name) = after("f.k.a. ") {
            entry.add_name(name.trim_matches(['\'', '"']), NameKind::Former);
        } else if let Some((kind, value, country)) = identifier(part) {
            entry.add_identifier(kind, value, country);
        }
    }
}

/// `Tax ID No. 7744001497 (Russia)` in its parts; the value is the last word of those before the
/// country and the dates of issue.
fn identifier(part: &str) -> Option<(&str, &str, &str)> {
    const KINDS: [&str; 26] = [
        "Passport",
        "National ID",
        "Tax ID",
        "Registration",
        "Identification",
        "Cedula",
        "C.U.R.P.",
        "R.F.C.",
        "D.N.I.",
        "N.I.E.",
        "SSN",
        "Driver",
        "NIT",
        "RUC",
        "RTN",
        "Company Number",
        "Legal Entity Number",
        "D-U-N-S",
        "SWIFT",
        "MMSI",
        "V.A.T.",
        "Business",
        "Unified Social",
        "Citizen's Card",
        "Aircraft Tail",
        "UK Company",
    ];
    let (text, country) = match part.split_once(" (") {
        Some((text, rest)) => (text, rest.split(')').next().unwrap_or("")),
        None => (part, ""),
    };
    let text = text.split(" issued ").next()?.split(" expires ").next()?.trim();
    let named = KINDS.iter().any(|kind| text.starts_with(kind))
        || ["Registration", "ID No.", "Number", "Identificat", "Identidad"]
            .iter()
            .any(|word| text.contains(word));
    let (kind, value) = text.rsplit_once(' ')?;
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit()) || kind.starts_with("SWIFT");
    (named && has_digit && value.len() >= 4).then_some((kind, value, country))
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
    let text = table::lossy(file.content);
    let rows = table::rows(&text, b',')?;
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

pub fn read_xml(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let root = xml::read(file.content, &["sdnEntry"], |node| entries.push(xml_entry(&node)))?;
    let published = root.texts("publshInformation", "Publish_Date").next().and_then(date::american);
    let stated =
        root.texts("publshInformation", "Record_Count").next().and_then(|text| text.parse::<usize>().ok());
    // Excerpts keep the count of the whole list, so a smaller number is no proof of a cut.
    if stated.is_some_and(|count| count < entries.len()) {
        return Err(NotRead::damaged("Record_Count", "more entries than it states"));
    }
    let order = entries.iter().filter_map(|entry| entry.entry_id.parse().ok()).max().unwrap_or(0);
    Ok(Draft { order, ..Draft::new(file, SDN.0, SDN.1, published, entries) })
}

fn xml_entry(node: &Node) -> Entry {
    let schema = match node.child_text("sdnType").to_ascii_lowercase().as_str() {
        "individual" => Schema::Person,
        "vessel" => Schema::Vessel,
        "aircraft" => Schema::Airplane,
        _ => Schema::Organization,
    };
    let mut entry = Entry { entry_id: node.child_text("uid").to_owned(), schema, ..Entry::default() };
    let name_of = |node: &Node| format!("{} {}", node.child_text("firstName"), node.child_text("lastName"));
    entry.add_name(&name_of(node), NameKind::Primary);
    for aka in node.children("akaList").flat_map(|list| list.children("aka")) {
        let kind = match (aka.child_text("category"), aka.child_text("type")) {
            ("weak", _) => NameKind::WeakAlias,
            (_, "f.k.a.") => NameKind::Former,
            _ => NameKind::Alias,
        };
        entry.add_name(&name_of(aka), kind);
    }
    for id in node.children("idList").flat_map(|list| list.children("id")) {
        let (kind, value) = (id.child_text("idType"), id.child_text("idNumber"));
        if let Some(currency) = kind.strip_prefix("Digital Currency Address - ") {
            entry.wallets.push(Wallet { currency: currency.to_owned(), address: value.to_owned() });
        } else if kind == "Gender" {
            entry.genders.extend(Gender::named(value));
        } else {
            entry.add_identifier(kind, value, id.child_text("idCountry"));
        }
    }
    for address in node.children("addressList").flat_map(|list| list.children("address")) {
        let parts = ["address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country"];
        entry.add_address(parts.map(|part| address.child_text(part)));
        entry.add_country(address.child_text("country"));
    }
    for (list, item) in [("nationalityList", "nationality"), ("citizenshipList", "citizenship")] {
        for item in node.children(list).flat_map(|list| list.children(item)) {
            entry.add_country(item.child_text("country"));
        }
    }
    for item in node.children("dateOfBirthList").flat_map(|list| list.children("dateOfBirthItem")) {
        date::dates(item.child_text("dateOfBirth")).into_iter().for_each(|date| entry.add_birth_date(date));
    }
    node.texts("programList", "program").for_each(|program| entry.add_program(program));
    entry.remarks = node.child_text("remarks").to_owned();
    entry
}
