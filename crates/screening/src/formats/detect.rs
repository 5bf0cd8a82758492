//! The format of a file told by its content.

use super::{encoding::decode, json, ofac, table, unpack};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// The four files of an OFAC legacy CSV set; SDN and Consolidated have the same form.
    OfacMain,
    OfacAliases,
    OfacAddresses,
    OfacComments,
    OfacXml,
    OfacAdvancedXml,
    OfacEnhancedXml,
    UnXml,
    /// The UK sanctions list, as a search export or in full.
    UkCsv,
    UkOds,
    UkXml,
    OfsiCsv,
    EuCsv,
    EuXml,
    EuJournalCsv,
    CslCsv,
    CslJson,
    BisDeniedTsv,
    /// A supplement to part 744 of the Export Administration Regulations as a table: the Entity List, the
    /// Unverified List, the Military End User List.
    BisTableCsv,
    DodCsv,
    FtmJson,
    /// Changes of FollowTheMoney entities, and the index of such files.
    FtmDelta,
    FtmDeltaIndex,
    /// `targets.simple.csv` and the provider's own lists, which take the same columns.
    SimpleCsv,
    OwnNdjson,
}

impl Format {
    /// Whether a line is a record, so that it has a length that no sound file exceeds.
    pub(super) fn has_lines(self) -> bool {
        use Format::*;
        !matches!(
            self,
            OfacXml
                | OfacAdvancedXml
                | OfacEnhancedXml
                | UnXml
                | UkXml
                | EuXml
                | UkOds
                | CslJson
                | FtmJson
                | FtmDeltaIndex
        )
    }
}

/// Tells the format by content; the name only where content leaves it open. Looks through gzip.
pub fn detect(name_hint: &str, bytes: &[u8]) -> Option<Format> {
    let head = unpack::head(bytes);
    if head.starts_with(b"PK") {
        let is_ods = head.windows(11).any(|part| part == b"spreadsheet") || name_hint.ends_with(".ods");
        return is_ods.then_some(Format::UkOds);
    }
    let text = decode(&head);
    let text = text.trim_start_matches('\u{feff}');
    // One that changes nothing is empty.
    if text.is_empty() && name_hint.ends_with("entities.delta.json") {
        return Some(Format::FtmDelta);
    }
    match text.trim_start().chars().next()? {
        '<' => xml_format(text),
        '{' | '[' => json_format(text.trim_start()),
        _ => table_format(text),
    }
}

fn xml_format(text: &str) -> Option<Format> {
    let text: String = text.chars().take(4096).collect();
    let has = |part: &str| text.contains(part);
    match () {
        () if has("<sdnList") => Some(Format::OfacXml),
        () if has("<Sanctions")
            && (has("ADVANCED_XML") || has("<DateOfIssue") || has("<ReferenceValueSets")) =>
        {
            Some(Format::OfacAdvancedXml)
        }
        () if has("<sanctionsData") => Some(Format::OfacEnhancedXml),
        () if has("<CONSOLIDATED_LIST") => Some(Format::UnXml),
        () if has("/fsd/export") || has("<sanctionEntity") => Some(Format::EuXml),
        () if has("<Designations") => Some(Format::UkXml),
        () => None,
    }
}

/// Told by the first object: FollowTheMoney nests its values under `properties`.
fn json_format(text: &str) -> Option<Format> {
    // One object a line, of which the first may be longer than the head; of an array, whatever is there.
    let first = if text.starts_with('[') || json::is_document(text) { text } else { text.lines().next()? };
    let has = |field: &str| {
        let key = format!("\"{field}\"");
        first.split(&key).skip(1).any(|rest| rest.trim_start().starts_with(':'))
    };
    match () {
        () if has("op") && has("entity") => Some(Format::FtmDelta),
        () if text.trim_start_matches('{').trim_start().starts_with("\"versions\"") => {
            Some(Format::FtmDeltaIndex)
        }
        () if has("schema") && has("properties") => Some(Format::FtmJson),
        () if has("source") && has("source_list_url") => Some(Format::CslJson),
        () if has("results") && (has("source") || has("alt_names")) => Some(Format::CslJson),
        () if has("id") && (has("name") || has("names")) => Some(Format::OwnNdjson),
        () => None,
    }
}

fn table_format(text: &str) -> Option<Format> {
    let lines: Vec<&str> = text.lines().take(6).collect();
    for line in &lines {
        let lower = line.to_lowercase();
        let names = table::cells(&lower);
        let has = |columns: &[&str]| columns.iter().all(|column| names.iter().any(|name| name == column));
        let format = match () {
            () if has(&["celex", "recordid", "programkey"]) => Format::EuJournalCsv,
            () if has(&["unique id", "ofsi group id"]) => Format::UkCsv,
            () if has(&["name 6", "group id", "group type"]) => Format::OfsiCsv,
            () if has(&["source", "entity_number", "source_list_url"]) => Format::CslCsv,
            () if has(&["name", "standard_order", "fr_citation"]) => Format::BisDeniedTsv,
            () if has(&["country", "entity", "federal register citation"])
                || has(&["country", "listed person and address"]) =>
            {
                Format::BisTableCsv
            }
            () if has(&["name", "clean name", "alias"]) => Format::DodCsv,
            () if lower.contains("entity_logical_id;") || lower.contains("entity_logicalid;") => {
                Format::EuCsv
            }
            () if has(&["schema", "name", "aliases"]) || has(&["id", "name"]) => Format::SimpleCsv,
            () => continue,
        };
        return Some(format);
    }
    ofac::table_format(lines.first()?)
}
