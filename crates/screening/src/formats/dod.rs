//! Chinese military companies under section 1260H, as the Department of Defense names them.

use super::{
    NotRead, date,
    draft::{Draft, File, made_id, order_of_latest, several},
    table::Table,
};
use crate::entry::{Entry, NameKind, Schema};

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(file.text, b',', "Clean Name")?;
    let mut latest = None;
    let mut entries = Vec::new();
    for row in table.rows() {
        let names = [row.get("clean name"), row.get("name")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or("");
        let mut entry = Entry { entry_id: made_id(&[name]), schema: Schema::Company, ..Entry::default() };
        entry.add_name(name, NameKind::Primary);
        several(row.get("alias")).for_each(|name| entry.add_name(name, NameKind::Alias));
        several(row.get("previous name")).for_each(|name| entry.add_name(name, NameKind::Former));
        entry.add_country("CN");
        entry.add_program("Section 1260H");
        for column in ["parent name", "start date", "end date", "source url"] {
            entry.add_detail(column, row.get(column));
        }
        entry.remarks = row.get("note").to_owned();
        latest = latest.max(date::date(row.get("start date")));
        entries.push(entry);
    }
    let draft =
        Draft::new(file, "us-dod-1260h", "DoD section 1260H, Chinese military companies", None, entries);
    Ok(Draft { order: order_of_latest(latest), ..draft })
}
