//! Lists of the Bureau of Industry and Security: Denied Persons as published, and the supplements to part 744 of the
//! Export Administration Regulations as tables (Entity List, Unverified List, Military End User List).

use super::{
    NotRead, date,
    draft::{Draft, File, made_id, order_of_latest},
    table::Table,
};
use crate::entry::{Entry, NameKind, Schema};

pub fn read_denied(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(file.text, b'\t', "Standard_Order")?;
    let mut latest = None;
    let mut entries = Vec::new();
    for row in table.rows() {
        let made_of = ["name", "street_address", "city", "effective_date"].map(|column| row.get(column));
        let mut entry =
            Entry { entry_id: made_id(&made_of), schema: Schema::LegalEntity, ..Entry::default() };
        add_names(&mut entry, row.get("name"));
        let address = ["street_address", "city", "state", "postal_code", "country"];
        entry.add_address(address.map(|column| row.get(column)));
        entry.add_country(row.get("country"));
        entry.add_program("Denied Persons List");
        for column in ["effective_date", "expiration_date", "standard_order", "last_update", "fr_citation"] {
            entry.add_detail(column, row.get(column));
        }
        entry.remarks = row.get("action").to_owned();
        latest = latest.max(date::date(row.get("last_update")));
        entries.push(entry);
    }
    let draft = Draft::new(file, "us-bis-dpl", "BIS Denied Persons List", None, entries);
    Ok(Draft { order: order_of_latest(latest), ..draft })
}

/// `FUYI SUN A/K/A FRANK SUN`, `PEARL (A.K.A. NEI-CHIEN CHU) LI`.
fn add_names(entry: &mut Entry, text: &str) {
    let upper = text.to_ascii_uppercase();
    let mark = [" A/K/A ", " AKA ", " A.K.A. "].iter().find_map(|mark| Some((upper.find(mark)?, mark.len())));
    match mark {
        Some((at, len)) if !text.contains('(') => {
            entry.add_name(&text[..at], NameKind::Primary);
            entry.add_name(&text[at + len..], NameKind::Alias);
        }
        _ => super::name::add(entry, text, NameKind::Primary),
    }
}

pub fn read_supplement(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(file.text, b',', "Country")?;
    let (id, title, named) = match () {
        () if table.has("listed person and address") => {
            ("us-bis-uvl", "BIS Unverified List", "listed person and address")
        }
        () if table.has("license requirement") => ("us-bis-el", "BIS Entity List", "entity"),
        () => ("us-bis-meu", "BIS Military End User List", "entity"),
    };
    let mut country = String::new();
    let mut latest = None;
    let mut entries = Vec::new();
    for row in table.rows() {
        // An empty cell of the first column repeats the one above.
        if !row.get("country").is_empty() {
            country = row.get("country").to_owned();
        }
        let text = row.get(named);
        let mut entry =
            Entry { entry_id: made_id(&[&country, text]), schema: Schema::LegalEntity, ..Entry::default() };
        read_prose(&mut entry, text);
        entry.add_country(&country);
        entry.add_program(title);
        for column in [
            "license requirement",
            "license review policy",
            "federal register citation",
            "federal register citation and date of publication",
        ] {
            entry.add_detail(column, row.get(column));
            latest = latest.max(date::date(row.get(column)));
        }
        entries.push(entry);
    }
    Ok(Draft { order: order_of_latest(latest), ..Draft::new(file, id, title, None, entries) })
}

/// `Name, a.k.a., the following two aliases: —A; and —B. 1 Road, City.` Aliases stand after dashes; without any,
/// what follows the first comma that does not end a legal form is the address.
fn read_prose(entry: &mut Entry, text: &str) {
    let Some((name, rest)) = text.split_once(", a.k.a.").or_else(|| text.split_once(" a.k.a.")) else {
        let (name, address) = name_and_address(text);
        entry.add_name(name, NameKind::Primary);
        return entry.add_address([address]);
    };
    entry.add_name(name, NameKind::Primary);
    let rest = rest.trim_start_matches([',', ' ']);
    let dashes = ['—', '–', '•'];
    if !rest.contains(dashes) {
        let (alias, address) = name_and_address(rest);
        entry.add_name(alias, NameKind::Alias);
        return entry.add_address([address]);
    }
    let items: Vec<&str> = rest.split(dashes).skip(1).collect();
    for (index, item) in items.iter().enumerate() {
        let is_last = index + 1 == items.len();
        let (alias, address) = match item.split_once(". ").or_else(|| item.split_once(".\n")) {
            Some((alias, address)) if is_last => (alias, address),
            _ => (*item, ""),
        };
        let alias = alias.trim().trim_end_matches("and").trim().trim_end_matches([';', '.']);
        entry.add_name(alias, NameKind::Alias);
        entry.add_address([address.trim_end_matches('.')]);
    }
}

fn name_and_address(text: &str) -> (&str, &str) {
    const FORMS: [&str; 14] = [
        "ltd", "ltd.", "inc", "inc.", "llc", "l.l.c.", "co.", "corp.", "s.a.", "limited", "fze", "fzc",
        "gmbh", "jsc",
    ];
    for (at, _) in text.match_indices(", ") {
        let next = text[at + 2..].split([',', ' ']).next().unwrap_or("").to_lowercase();
        if !FORMS.contains(&next.as_str()) {
            return (&text[..at], text[at + 2..].trim_end_matches('.'));
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests;
