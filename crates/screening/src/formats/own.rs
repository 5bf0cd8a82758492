//! `targets.simple.csv` and the provider's own lists, which take its columns or the fields of a query.

use serde_json::Value;
use terms::Country;

use super::{
    NotRead, PassedOver, birth, date,
    draft::{Draft, File, made_id, several},
    json::{self, Object},
    nationality, number,
    table::{Row, Table},
};
use crate::entry::{Entry, Gender, NameKind, Schema};

const TITLE: &str = "The provider's own list";

/// What is done with a field.
#[derive(Clone, Copy)]
enum Use {
    Id,
    Schema,
    /// Of those that stand first the first is primary.
    Name,
    OtherName(NameKind),
    BirthDate,
    Country,
    Nationality,
    Gender,
    Title,
    Number,
    Address,
    Wallet,
    Program,
    Detail,
    Remarks,
    /// Of the file, not of the party.
    Known,
}

/// Fields and columns in the order in which they are read.
const FIELDS: [(&str, Use); 38] = [
    ("id", Use::Id),
    ("schema", Use::Schema),
    ("name", Use::Name),
    ("names", Use::Name),
    ("aliases", Use::OtherName(NameKind::Alias)),
    ("weak_aliases", Use::OtherName(NameKind::WeakAlias)),
    ("former_names", Use::OtherName(NameKind::Former)),
    ("birth_date", Use::BirthDate),
    ("birth_dates", Use::BirthDate),
    ("countries", Use::Country),
    ("country", Use::Country),
    ("nationalities", Use::Nationality),
    ("genders", Use::Gender),
    ("gender", Use::Gender),
    ("titles", Use::Title),
    ("identifiers", Use::Number),
    ("id_numbers", Use::Number),
    ("addresses", Use::Address),
    ("wallets", Use::Wallet),
    ("program_ids", Use::Program),
    ("programs", Use::Program),
    ("program", Use::Program),
    ("dataset", Use::Program),
    ("phones", Use::Detail),
    ("emails", Use::Detail),
    ("report-date", Use::Detail),
    ("start-date", Use::Detail),
    ("end-date", Use::Detail),
    ("authority", Use::Detail),
    ("topics", Use::Detail),
    ("source_url", Use::Detail),
    ("remarks", Use::Remarks),
    ("notes", Use::Remarks),
    ("reason", Use::Remarks),
    ("sanctions", Use::Remarks),
    ("first_seen", Use::Known),
    ("last_seen", Use::Known),
    ("last_change", Use::Known),
];

fn use_of(field: &str) -> Option<Use> {
    FIELDS.iter().find(|(name, _)| *name == field).map(|(_, what)| *what)
}

pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let head = file.text.lines().next().unwrap_or("");
    let delimiter = [b'\t', b';', b','].into_iter().find(|&mark| head.bytes().any(|byte| byte == mark));
    let table = Table::read(file.text, delimiter.unwrap_or(b','), "name")?;
    let is_own = !(table.has("dataset") && table.has("last_change"));
    let (mut latest, mut reading) = (None, Reading::of(file, is_own));
    reading.note_columns(&table);
    for row in table.rows() {
        reading.take_row(&table, &row);
        latest = latest.max(date::date(row.get("last_change")));
    }
    Ok(reading.draft(file, latest.map(|date| date.to_string())))
}

/// The fields of a query, and `name`, `aliases`, `programs`, `remarks`.
pub fn read_ndjson(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut reading = Reading::of(file, true);
    json::read_placed(file.text, |at, object| reading.take_object(at, &object))?;
    Ok(reading.draft(file, None))
}

/// Entries so far, and what of their file is in none.
struct Reading {
    entries: Vec<Entry>,
    passed_over: PassedOver,
}

impl Reading {
    fn of(file: &File<'_>, is_own: bool) -> Self {
        Self { entries: Vec::new(), passed_over: PassedOver { is_own, ..PassedOver::of(file.path) } }
    }

    fn draft(mut self, file: &File<'_>, date: Option<String>) -> Draft {
        let is_own = self.passed_over.is_own;
        if is_own && self.entries.is_empty() && self.passed_over.count == 0 {
            self.passed_over.note("line 1", "no entry follows it: write one, or remove the file");
        }
        let (prefix, title) = if is_own { ("own", TITLE) } else { ("ftm", "FollowTheMoney targets") };
        let draft = Draft::new(file, &format!("{prefix}-{}", file.stem()), title, date, self.entries);
        Draft { passed_over: self.passed_over, ..draft }
    }

    fn take_row(&mut self, table: &Table, row: &Row<'_>) {
        let mut entry = Entry::default();
        for (column, what) in FIELDS.into_iter().filter(|(column, _)| table.has(column)) {
            let is_one = matches!(what, Use::Id | Use::Schema | Use::Name | Use::Remarks);
            for cell in row.all(column).filter(|cell| !cell.is_empty()) {
                let whole = Some(cell).filter(|_| is_one);
                for text in whole.into_iter().chain(several(cell).filter(|_| !is_one)) {
                    self.note(row.at(), column, take(&mut entry, column, what, text));
                }
            }
        }
        for column in table.columns().filter(|column| use_of(column).is_none()) {
            row.all(column).for_each(|text| entry.add_detail(column, text));
        }
        if entry.entry_id.is_empty() {
            let parts = ["name", "birth_date", "country", "countries"];
            entry.entry_id = made_id(&parts.map(|column| row.get(column)));
        }
        self.push(row.at(), entry);
    }

    fn take_object(&mut self, at: json::At, object: &Object) {
        let mut entry = Entry::default();
        for (field, what) in FIELDS {
            let items = match object.get(field) {
                Some(Value::Array(items)) => items,
                Some(item) => std::slice::from_ref(item),
                None => &[],
            };
            for item in items {
                self.note(at, field, take_value(&mut entry, field, what, item));
            }
        }
        for (field, value) in object.iter().filter(|(field, _)| use_of(field).is_none()) {
            self.note(at, field, Err(UNKNOWN));
            json::values(Some(value)).iter().for_each(|text| entry.add_detail(field, text));
        }
        if entry.entry_id.is_empty() {
            entry.entry_id = made_id(&[&Value::Object(object.clone()).to_string()]);
        }
        self.push(at, entry);
    }

    fn push(&mut self, at: impl std::fmt::Display, entry: Entry) {
        if entry.names.is_empty() && self.passed_over.is_own {
            return self.note(at, "name", Err("no name, so that it is left out: write one"));
        }
        self.entries.push(entry);
    }

    /// Columns that nobody reads. What stands in them is shown with the entry.
    fn note_columns(&mut self, table: &Table) {
        let at = format!("line {}", table.header_line());
        for column in table.columns() {
            let is_used = || table.rows().any(|row| row.all(column).any(|cell| !cell.is_empty()));
            if use_of(column).is_none() && is_used() {
                self.note(&at, column, Err(UNKNOWN));
            }
        }
    }

    fn note(&mut self, at: impl std::fmt::Display, field: &str, taken: Result<(), &'static str>) {
        if let Err(what) = taken
            && self.passed_over.is_own
        {
            let field: String = field.chars().filter(|letter| !letter.is_control()).take(60).collect();
            self.passed_over.note(format_args!("{at}, `{field}`"), what);
        }
    }
}

const UNKNOWN: &str = "no field of a list, so that it is shown and not compared: rename it, or remove it";
const NO_TEXT: &str = "no text: write a text, or several in an array";

/// Takes one value in. The error says what to do about it: nothing of it was taken, but for dates beside other words.
fn take(entry: &mut Entry, field: &str, what: Use, text: &str) -> Result<(), &'static str> {
    match what {
        Use::Id if entry.entry_id.is_empty() => entry.entry_id = text.to_owned(),
        Use::Id => entry.entry_id = format!("{} {text}", entry.entry_id),
        Use::Schema => {
            entry.schema = Schema::known(text).ok_or(
                "no known type: write `Person`, `Organization`, `Company`, `LegalEntity`, `Vessel` or `Airplane`",
            )?;
        }
        Use::Name if entry.names.is_empty() => entry.add_name(text, NameKind::Primary),
        Use::Name => entry.add_name(text, NameKind::Alias),
        Use::OtherName(kind) => entry.add_name(text, kind),
        Use::BirthDate => {
            let said = birth::is_whole(text)
                .then_some(())
                .ok_or("no date: write `1970-12-31`, `1970-12` or `1970`, or leave it empty");
            birth::add(entry, text);
            return said;
        }
        Use::Country => {
            let country = Country::named(text).ok_or(NO_COUNTRY)?;
            entry.add_country(country.code());
        }
        Use::Nationality if nationality::countries(text).is_empty() => return Err(NO_COUNTRY),
        Use::Nationality => entry.add_nationality(text),
        Use::Gender => {
            Gender::named(text).ok_or("neither `female` nor `male`: write one of them, or leave it empty")?;
            entry.add_gender(text);
        }
        Use::Title => entry.add_title(text),
        Use::Number => add_number(entry, text),
        Use::Address => entry.add_address([text]),
        Use::Wallet => entry.add_wallet("", text),
        Use::Program => entry.add_program(text),
        Use::Detail => entry.add_detail(field, text),
        Use::Remarks if entry.remarks.is_empty() => entry.remarks = text.to_owned(),
        Use::Remarks => entry.remarks = format!("{}\n{text}", entry.remarks),
        Use::Known => {}
    }
    Ok(())
}

const NO_COUNTRY: &str = "no country of today: write its code, such as `DE`, or its name in English, several in parts of their own";

/// The same for a value of JSON; numbers and wallets may be objects.
fn take_value(entry: &mut Entry, field: &str, what: Use, value: &Value) -> Result<(), &'static str> {
    match (what, value) {
        (_, Value::Null) => Ok(()),
        (_, Value::String(text)) if text.trim().is_empty() => Ok(()),
        (_, Value::String(text)) => take(entry, field, what, text),
        (_, Value::Number(number)) => take(entry, field, what, &number.to_string()),
        (Use::Wallet, Value::Object(wallet)) => {
            let [currency, address] = ["currency", "address"].map(|field| json::text(wallet, field));
            entry.add_wallet(currency, address);
            if address.is_empty() { Err("no `address` in it: write one") } else { Ok(()) }
        }
        (Use::Number, Value::Object(number)) => {
            let [kind, value, country] = ["type", "value", "country"].map(|field| json::text(number, field));
            number::add(entry, kind, value, country);
            let is_known = country.is_empty() || nationality::country(country).is_some();
            match () {
                () if !value.bytes().any(|byte| byte.is_ascii_digit()) => {
                    Err("no number in its `value`: write one")
                }
                () if !is_known => Err(NO_COUNTRY),
                () => Ok(()),
            }
        }
        _ => Err(NO_TEXT),
    }
}

/// `IMO9253325` says itself what it is, other numbers do not.
fn add_number(entry: &mut Entry, value: &str) {
    match value.strip_prefix("IMO").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(number) => entry.add_identifier("IMO", number, ""),
        None => entry.add_identifier("", value, ""),
    }
}

#[cfg(test)]
mod tests;
