//! EU financial sanctions files (CSV 1.0 and 1.1, XML 1.1) and structured copies of the regulations.

mod journal;

use std::borrow::Cow;

use super::{
    NotRead, birth, date,
    draft::{Draft, File},
    number,
    table::{Row, Table},
    xml::{self, Node},
};
use crate::entry::{Entry, NameKind, Schema};
pub use journal::{ID as JOURNAL_ID, TITLE as JOURNAL_TITLE, read as read_journal};

const FSF: (&str, &str) = ("eu-fsf", "EU Financial Sanctions Files");

/// One row for each name, address, birth date, number or citizenship of an entity.
pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let text = unwrapped(file.text)?;
    let is_old = text.lines().next().unwrap_or("").to_lowercase().contains("entity_logical_id");
    let (key, read): (&str, fn(&Row<'_>, &mut Entry)) =
        if is_old { ("Entity_logical_id", row_1_0) } else { ("Entity_LogicalId", row_1_1) };
    let table = Table::read(&text, b';', key)?;
    let entries = table.gather(&key.to_lowercase(), read);
    let columns = ["date_file", "date_filexxxx", "filegenerationdate"];
    let dated = table.rows().find_map(|row| columns.iter().find_map(|column| date::date(row.get(column))));
    Ok(Draft::new(file, FSF.0, FSF.1, dated.map(|date| date.to_string()), entries))
}

fn row_1_0(row: &Row<'_>, entry: &mut Entry) {
    take_id(entry, row.get("eu_ref_num"));
    entry.schema = schema(row.get("subject_type"));
    add_name(entry, row.get("naal_wholename"), "");
    entry.add_gender(row.get("naal_gender"));
    entry.add_title(row.get("naal_title"));
    entry.add_detail("function", row.get("naal_function"));
    entry.add_program(row.get("programme"));
    entry.add_country(row.get("addr_country"));
    entry.add_nationality(row.get("citi_country"));
    let address = ["addr_number", "addr_street", "addr_zipcode", "addr_city", "addr_country", "addr_other"];
    entry.add_address(address.map(|column| row.get(column)));
    birth::add(entry, row.get("birt_date"));
    entry.add_birth_place(["birt_place", "birt_country"].map(|column| row.get(column)));
    number::add(entry, "Identification", row.get("iden_number"), row.get("iden_country"));
    add_remark(entry, row.get("entity_remark"));
}

fn row_1_1(row: &Row<'_>, entry: &mut Entry) {
    take_id(entry, row.get("entity_eu_referencenumber"));
    let class = row.get("entity_subjecttype_classificationcode");
    entry.schema = schema(if class.is_empty() { row.get("entity_subjecttype") } else { class });
    let parts = ["namealias_firstname", "namealias_middlename", "namealias_lastname"];
    let parts = parts.map(|column| row.get(column)).join(" ");
    let whole = row.get("namealias_wholename");
    add_name(entry, if whole.is_empty() { &parts } else { whole }, row.get("namealias_strong"));
    entry.add_gender(row.get("namealias_gender"));
    entry.add_title(row.get("namealias_title"));
    entry.add_detail("function", row.get("namealias_function"));
    entry.add_program(row.get("entity_regulation_programme"));
    let address = ["street", "pobox", "zipcode", "city", "place", "region", "countrydescription"];
    entry.add_address(address.map(|part| known(row.get(&format!("address_{part}")))));
    entry.add_country(row.get("address_countryiso2code"));
    entry.add_nationality(row.get("citizenship_countryiso2code"));
    let of_birth = |part: &str| row.get(&format!("birthdate_{part}"));
    let birth = Birth {
        date: of_birth("birthdate"),
        day: of_birth("day"),
        month: of_birth("month"),
        year: of_birth("year"),
        from: of_birth("yearrangefrom"),
        to: of_birth("yearrangeto"),
        circa: of_birth("circa").eq_ignore_ascii_case("true"),
    };
    birth.add_to(entry);
    entry
        .add_birth_place(["city", "place", "region", "countrydescription"].map(|part| known(of_birth(part))));
    let of_id = |part: &str| row.get(&format!("identification_{part}"));
    number::add(entry, of_id("typedescription"), of_id("number"), of_id("countryiso2code"));
    add_remark(entry, row.get("entity_remark"));
    entry.add_detail("UN id", row.get("entity_unitednationid"));
    entry.add_detail("designated on", row.get("entity_designationdate"));
}

fn take_id(entry: &mut Entry, reference: &str) {
    if !reference.is_empty() {
        entry.entry_id = reference.to_owned();
    }
}

fn add_name(entry: &mut Entry, text: &str, strong: &str) {
    let kind = match (entry.names.is_empty(), strong) {
        (true, _) => NameKind::Primary,
        (_, "false") => NameKind::WeakAlias,
        _ => NameKind::Alias,
    };
    entry.add_name(text, kind);
}

fn add_remark(entry: &mut Entry, remark: &str) {
    if entry.remarks.is_empty() {
        entry.remarks = remark.to_owned();
    }
}

/// Unknown cities are dashes, unknown countries `UNKNOWN`.
fn known(text: &str) -> &str {
    if matches!(text, "-" | "UNKNOWN") { "" } else { text }
}

/// A birth as these files write it, field by field.
struct Birth<'a> {
    date: &'a str,
    day: &'a str,
    month: &'a str,
    year: &'a str,
    from: &'a str,
    to: &'a str,
    circa: bool,
}

impl Birth<'_> {
    fn add_to(&self, entry: &mut Entry) {
        if !self.from.is_empty() || !self.to.is_empty() {
            return birth::add_span(entry, self.from, self.to, self.circa);
        }
        let or_none = |part: &str| if part.is_empty() { "0".to_owned() } else { part.to_owned() };
        let parts = format!("{}/{}/{}", or_none(self.day), or_none(self.month), self.year);
        birth::add_graded(entry, if self.date.is_empty() { &parts } else { self.date }, self.circa);
    }
}

/// Copies that went through a spreadsheet have each line within one pair of quotes, with tabs
/// after it.
fn unwrapped(text: &str) -> Result<Cow<'_, str>, NotRead> {
    let wrapped =
        |line: &str| line.trim_start_matches('\u{feff}').starts_with('"') && line.trim_end().ends_with('"');
    let first = text.lines().next().unwrap_or("");
    if !wrapped(first) || first.contains("\";\"") {
        return Ok(Cow::Borrowed(text));
    }
    let mut lines = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if !wrapped(line) {
            return Err(NotRead::cut(format!("line {}", index + 1), "a quoted line has no end"));
        }
        let line = line.trim();
        let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        lines.push_str(&inner.trim_end_matches('\t').replace("\"\"", "\""));
        lines.push('\n');
    }
    Ok(Cow::Owned(lines))
}

pub fn read_xml(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let root = xml::read(file.text, &["sanctionEntity"], |node| entries.push(xml_entry(&node)))?;
    let generated = date::date(root.attribute("generationDate")).map(|date| date.to_string());
    Ok(Draft::new(file, FSF.0, FSF.1, generated, entries))
}

fn xml_entry(node: &Node) -> Entry {
    let mut entry = Entry { entry_id: node.attribute("logicalId").to_owned(), ..Entry::default() };
    take_id(&mut entry, node.attribute("euReferenceNumber"));
    entry.schema =
        schema(node.children("subjectType").next().map_or("", |subject| subject.attribute("code")));
    for alias in node.children("nameAlias") {
        let parts = ["firstName", "middleName", "lastName"].map(|part| alias.attribute(part)).join(" ");
        let whole = alias.attribute("wholeName");
        add_name(&mut entry, if whole.is_empty() { &parts } else { whole }, alias.attribute("strong"));
        entry.add_gender(alias.attribute("gender"));
        entry.add_title(alias.attribute("title"));
        entry.add_detail("function", alias.attribute("function"));
        entry.add_detail("name remark", alias.child_text("remark"));
    }
    for birth in node.children("birthdate") {
        let of = |part: &str| birth.attribute(part);
        let (date, day, month) = (of("birthdate"), of("dayOfMonth"), of("monthOfYear"));
        let (from, to, circa) = (of("yearRangeFrom"), of("yearRangeTo"), of("circa") == "true");
        Birth { date, day, month, year: of("year"), from, to, circa }.add_to(&mut entry);
        entry.add_birth_place(["city", "place", "region", "countryDescription"].map(|part| known(of(part))));
    }
    node.children("citizenship")
        .for_each(|country| entry.add_nationality(country.attribute("countryIso2Code")));
    for address in node.children("address") {
        let parts = ["street", "poBox", "zipCode", "city", "place", "region", "countryDescription"];
        entry.add_address(parts.map(|part| known(address.attribute(part))));
        entry.add_country(address.attribute("countryIso2Code"));
    }
    for id in node.children("identification") {
        let kind = id.attribute("identificationTypeDescription");
        number::add(&mut entry, kind, id.attribute("number"), id.attribute("countryIso2Code"));
        number::add(&mut entry, kind, id.attribute("latinNumber"), id.attribute("countryIso2Code"));
        for flaw in ["knownFalse", "reportedLost", "revokedByIssuer"]
            .iter()
            .filter(|flaw| id.attribute(flaw) == "true")
        {
            entry.add_detail(flaw, id.attribute("number"));
        }
    }
    for regulation in node.children("regulation") {
        entry.add_program(regulation.attribute("programme"));
        entry.add_detail("regulation", regulation.attribute("numberTitle"));
    }
    entry.add_detail("UN id", node.attribute("unitedNationId"));
    entry.add_detail("designated on", node.attribute("designationDate"));
    entry.remarks = node.child_text("remark").to_owned();
    entry
}

fn schema(text: &str) -> Schema {
    match text.to_ascii_lowercase().as_str() {
        "p" | "person" => Schema::Person,
        _ => Schema::Organization,
    }
}

#[cfg(test)]
mod tests;
