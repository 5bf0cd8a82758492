//! `sdn_advanced.xml` and `cons_advanced.xml`: parties, places, documents and measures apart from each other, all
//! speaking in numbers that the file's own sets of reference values explain.

use std::collections::HashMap;

use terms::PartialDate;

use super::{
    super::{
        NotRead, birth,
        draft::{Draft, File},
        number,
        xml::{self, Node},
    },
    CONSOLIDATED, SDN,
};
use crate::entry::{Entry, NameKind, Schema};

/// Of what one party names, and of the parts of one place.
const NAMED_MAX: usize = 5_000;
const PLACE_PARTS_MAX: usize = 20;
const PLACE_LETTERS_MAX: usize = 1_000;

const RECORDS: [&str; 6] = [
    "ReferenceValueSets",
    "Location",
    "IDRegDocument",
    "DistinctParty",
    "ProfileRelationship",
    "SanctionsEntry",
];

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut reading = Reading::default();
    let root = xml::read(file.text, &RECORDS, |node| reading.take(&node))?;
    if !reading.parties.is_empty() && reading.values.sets.is_empty() {
        return Err(NotRead::damaged("ReferenceValueSets", "missing or after the parties that need it"));
    }
    let issued = root.children("DateOfIssue").next().and_then(date).map(|date| date.to_string());
    let (id, title) = if reading.is_sdn { SDN } else { CONSOLIDATED };
    let entries = reading.resolve();
    let order = entries.iter().filter_map(|entry| entry.entry_id.parse().ok()).max().unwrap_or(0);
    Ok(Draft { order, ..Draft::new(file, id, title, issued, entries) })
}

/// Meanings of numbers, by the name of the element that defines them.
#[derive(Default)]
struct Values {
    sets: HashMap<String, HashMap<String, String>>,
    /// What a sub-type is a type of, and the two letters of a country.
    party_types: HashMap<String, String>,
    country_codes: HashMap<String, String>,
}

impl Values {
    fn of(node: &Node) -> Self {
        let mut values = Self::default();
        for value in node.children.iter().flat_map(|set| &set.children) {
            let id = value.attribute("ID").to_owned();
            match value.name.as_str() {
                "PartySubType" => {
                    values.party_types.insert(id.clone(), value.attribute("PartyTypeID").to_owned());
                }
                "Country" => {
                    values.country_codes.insert(id.clone(), value.attribute("ISO2").to_owned());
                }
                _ => {}
            }
            values.sets.entry(value.name.clone()).or_default().insert(id, value.text.trim().to_owned());
        }
        values
    }

    fn get(&self, set: &str, id: &str) -> &str {
        self.sets.get(set).and_then(|values| values.get(id)).map_or("", String::as_str)
    }

    /// The two letters where the file gives them, else the name.
    fn country(&self, id: &str) -> &str {
        let code = self.country_codes.get(id).map_or("", String::as_str);
        if code.is_empty() { self.get("Country", id) } else { code }
    }

    fn schema(&self, sub_type: &str) -> Schema {
        let kind = self.party_types.get(sub_type).map_or("", |kind| self.get("PartyType", kind));
        match (self.get("PartySubType", sub_type), kind) {
            ("Vessel", _) => Schema::Vessel,
            ("Aircraft", _) => Schema::Airplane,
            (_, "Individual") => Schema::Person,
            (_, "Entity") => Schema::Organization,
            _ => Schema::LegalEntity,
        }
    }
}

#[derive(Default)]
struct Reading {
    values: Values,
    locations: HashMap<String, Place>,
    /// By the identity they are of.
    documents: HashMap<String, Vec<Document>>,
    parties: Vec<Party>,
    /// By profile.
    programs: HashMap<String, Vec<String>>,
    /// `Linked to` and its kin: the other profile and the kind, by profile.
    relations: HashMap<String, Vec<(String, String)>>,
    is_sdn: bool,
}

#[derive(Default)]
struct Place {
    parts: Vec<String>,
    country: String,
}

struct Document {
    kind: String,
    number: String,
    country: String,
    details: Vec<String>,
}

/// An entry, and what it names that may stand anywhere else in the file.
#[derive(Default)]
struct Party {
    entry: Entry,
    profiles: Vec<String>,
    identities: Vec<String>,
    /// Kind of a feature and the place it names.
    places: Vec<(String, String)>,
}

impl Reading {
    fn take(&mut self, node: &Node) {
        match node.name.as_str() {
            "ReferenceValueSets" => self.values = Values::of(node),
            "Location" => {
                self.locations.insert(node.attribute("ID").to_owned(), place(node, &self.values));
            }
            "IDRegDocument" => {
                let of = self.documents.entry(node.attribute("IdentityID").to_owned()).or_default();
                of.push(document(node, &self.values));
            }
            "DistinctParty" => self.parties.push(party(node, &self.values)),
            "ProfileRelationship" => {
                let kind = self.values.get("RelationType", node.attribute("RelationTypeID"));
                let of = self.relations.entry(node.attribute("From-ProfileID").to_owned()).or_default();
                of.push((kind.to_owned(), node.attribute("To-ProfileID").to_owned()));
            }
            _ => self.take_measures(node),
        }
    }

    fn take_measures(&mut self, node: &Node) {
        self.is_sdn |= self.values.get("List", node.attribute("ListID")).eq_ignore_ascii_case("SDN List");
        let programs = self.programs.entry(node.attribute("ProfileID").to_owned()).or_default();
        for measure in node.children("SanctionsMeasure") {
            let kind = self.values.get("SanctionsType", measure.attribute("SanctionsTypeID"));
            let program = measure.child_text("Comment");
            if kind.eq_ignore_ascii_case("Program") || kind.is_empty() {
                programs.push(program.to_owned());
            }
        }
    }

    fn resolve(self) -> Vec<Entry> {
        let Self { locations, documents, parties, programs, relations, .. } = self;
        let captions: HashMap<String, String> = parties
            .iter()
            .flat_map(|party| party.profiles.iter().map(|id| (id.clone(), party.entry.caption().to_owned())))
            .collect();
        let entries = parties.into_iter().map(|party| {
            let Party { mut entry, profiles, identities, places } = party;
            for (kind, id) in places.into_iter().take(NAMED_MAX) {
                let Some(place) = locations.get(&id) else { continue };
                put_place(&mut entry, &kind, place);
            }
            for document in
                identities.iter().take(NAMED_MAX).filter_map(|id| documents.get(id)).flatten().take(NAMED_MAX)
            {
                number::add_stated(&mut entry, &document.kind, &document.number, &document.country);
                document.details.iter().for_each(|text| entry.add_detail(&document.kind, text));
            }
            for id in &profiles {
                programs.get(id).into_iter().flatten().for_each(|program| entry.add_program(program));
                for (kind, other) in relations.get(id).into_iter().flatten().take(NAMED_MAX) {
                    entry.add_detail(kind, captions.get(other).map_or("", String::as_str));
                }
            }
            entry
        });
        entries.collect()
    }
}

/// A place speaks of where someone is from, was born or lives by the feature that names it.
fn put_place(entry: &mut Entry, kind: &str, place: &Place) {
    let country = place.country.as_str();
    let parts = place.parts.iter().map(String::as_str);
    if kind.starts_with("Nationality") || kind.starts_with("Citizenship") {
        // Some places are a country by their words alone.
        parts.chain([country]).for_each(|name| entry.add_nationality(name));
    } else if kind == "Place of Birth" {
        entry.add_birth_place(parts.chain([country]));
    } else if kind.contains("Flag") {
        entry.add_country(country);
        entry.add_detail(kind, country);
    } else {
        entry.add_address(parts.chain([country]));
        entry.add_country(country);
    }
}

fn place(node: &Node, values: &Values) -> Place {
    const ORDER: [&str; 7] =
        ["ADDRESS1", "ADDRESS2", "ADDRESS3", "CITY", "STATE/PROVINCE", "POSTAL CODE", "REGION"];
    let mut parts: Vec<(usize, String)> = Vec::new();
    for part in node.children("LocationPart").take(PLACE_PARTS_MAX) {
        let kind = values.get("LocPartType", part.attribute("LocPartTypeID"));
        let rank = ORDER.iter().position(|known| *known == kind).unwrap_or(0);
        let values: Vec<&Node> = part.children("LocationPartValue").collect();
        let primary = values.iter().find(|value| value.attribute("Primary") == "true").or(values.first());
        parts.extend(
            primary.map(|value| (rank, value.child_text("Value").chars().take(PLACE_LETTERS_MAX).collect())),
        );
    }
    parts.sort_by_key(|(rank, _)| *rank);
    let id = node.children("LocationCountry").next().map_or("", |country| country.attribute("CountryID"));
    Place { parts: parts.into_iter().map(|(_, text)| text).collect(), country: values.country(id).to_owned() }
}

fn document(node: &Node, values: &Values) -> Document {
    let dates = node.children("DocumentDate").filter_map(|dated| {
        let kind = values.get("IDRegDocDateType", dated.attribute("IDRegDocDateTypeID"));
        let (from, _) = dated.children("DatePeriod").next().and_then(period)?;
        Some(format!("{} {kind} {from}", node.child_text("IDRegistrationNo")))
    });
    let validity = values.get("Validity", node.attribute("ValidityID"));
    let flawed = validity.eq_ignore_ascii_case("Fraudulent");
    Document {
        kind: values.get("IDRegDocType", node.attribute("IDRegDocTypeID")).to_owned(),
        number: node.child_text("IDRegistrationNo").to_owned(),
        country: values.country(node.attribute("IssuedBy-CountryID")).to_owned(),
        details: dates
            .chain(flawed.then(|| format!("{} {validity}", node.child_text("IDRegistrationNo"))))
            .collect(),
    }
}

fn party(node: &Node, values: &Values) -> Party {
    let mut party = Party::default();
    party.entry.entry_id = node.attribute("FixedRef").to_owned();
    party.entry.remarks = node.child_text("Comment").to_owned();
    for profile in node.children("Profile").take(NAMED_MAX) {
        party.profiles.push(profile.attribute("ID").to_owned());
        party.entry.schema = values.schema(profile.attribute("PartySubTypeID"));
        for identity in profile.children("Identity") {
            party.identities.push(identity.attribute("ID").to_owned());
            add_names(&mut party.entry, identity, values);
        }
        for feature in profile.children("Feature") {
            add_feature(&mut party, feature, values);
        }
    }
    party
}

/// The primary name first, whatever the order in the file.
fn add_names(entry: &mut Entry, identity: &Node, values: &Values) {
    let groups: HashMap<&str, &str> = identity
        .at(&["NamePartGroups", "MasterNamePartGroup", "NamePartGroup"])
        .into_iter()
        .map(|group| (group.attribute("ID"), values.get("NamePartType", group.attribute("NamePartTypeID"))))
        .collect();
    let mut aliases: Vec<&Node> = identity.children("Alias").collect();
    aliases.sort_by_key(|alias| alias.attribute("Primary") != "true");
    for alias in aliases {
        let kind = match (alias.attribute("Primary"), alias.attribute("LowQuality")) {
            (_, "true") => NameKind::WeakAlias,
            ("true", _) => NameKind::Primary,
            _ if values.get("AliasType", alias.attribute("AliasTypeID")) == "F.K.A." => NameKind::Former,
            _ => NameKind::Alias,
        };
        // The same name in several scripts: the first is the one that the alias is about.
        for (index, name) in alias.children("DocumentedName").enumerate() {
            let kind = if index > 0 && kind == NameKind::Primary { NameKind::Alias } else { kind };
            entry.add_name(&documented_name(name, &groups), kind);
        }
    }
}

/// Given names before family names, as the other files of this publisher have them.
fn documented_name(name: &Node, groups: &HashMap<&str, &str>) -> String {
    let rank = |part: &Node| match groups.get(part.attribute("NamePartGroupID")).copied().unwrap_or("") {
        "First Name" => 0,
        "Middle Name" => 1,
        "Patronymic" => 2,
        "Nickname" => 3,
        "Maiden Name" => 4,
        _ => 5,
    };
    let mut parts: Vec<&Node> = name.at(&["DocumentedNamePart", "NamePartValue"]);
    // Scripts without blanks keep the family name first.
    if parts.iter().all(|part| part.text.chars().all(|letter| letter < '\u{2e80}')) {
        parts.sort_by_key(|part| rank(part));
    }
    parts.iter().map(|part| part.text.trim()).collect::<Vec<_>>().join(" ")
}

fn add_feature(party: &mut Party, feature: &Node, values: &Values) {
    let kind = values.get("FeatureType", feature.attribute("FeatureTypeID"));
    for version in feature.children("FeatureVersion") {
        for place in version.children("VersionLocation") {
            party.places.push((kind.to_owned(), place.attribute("LocationID").to_owned()));
        }
        for dated in version.children("DatePeriod") {
            let Some((from, through)) = period(dated) else { continue };
            match kind {
                "Birthdate" => add_birth(&mut party.entry, dated, from, through),
                _ => party.entry.add_detail(kind, &from.to_string()),
            }
        }
        for detail in version.children("VersionDetail") {
            let reference = values.get("DetailReference", detail.attribute("DetailReferenceID"));
            let text = [detail.text.trim(), reference].into_iter().find(|text| !text.is_empty());
            add_text(&mut party.entry, kind, text.unwrap_or(""));
        }
    }
}

pub(super) fn add_text(entry: &mut Entry, kind: &str, text: &str) {
    match kind {
        "Gender" => entry.add_gender(text),
        _ if kind.starts_with("Nationality") || kind.starts_with("Citizenship") => {
            entry.add_nationality(text);
        }
        "Vessel Call Sign" => entry.add_identifier("Call sign", text, ""),
        "Vessel Flag" => {
            entry.add_country(text);
            entry.add_detail(kind, text);
        }
        "Title" => entry.add_detail("title", text),
        _ if kind.starts_with("Digital Currency") => number::add_stated(entry, kind, text, ""),
        _ if kind.contains("MMSI")
            || kind.contains("IMO")
            || kind.contains("Serial Number")
            || kind.contains("Tail") =>
        {
            entry.add_identifier(kind, text, "");
        }
        _ if kind.contains("BIC") || kind.contains("D-U-N-S") => entry.add_identifier(kind, text, ""),
        _ => entry.add_detail(kind, text),
    }
}

fn add_birth(entry: &mut Entry, period: &Node, from: PartialDate, through: PartialDate) {
    let circa = period.children.iter().any(|edge| edge.attribute("Approximate") == "true");
    if from == through && !circa {
        entry.add_birth_date(from);
    } else {
        entry.add_birth_span(birth::span(from, through, circa));
    }
}

/// The days or years a period begins and ends with. A whole year is written as its first and last day.
fn period(node: &Node) -> Option<(PartialDate, PartialDate)> {
    let edge = |name: &str, side: &str| node.at(&[name, side]).into_iter().find_map(date);
    let from = edge("Start", "From").or_else(|| edge("Start", "To"))?;
    let through = edge("End", "To").or_else(|| edge("End", "From")).unwrap_or(from);
    let year = |date: PartialDate| PartialDate::new(date.year(), None, None).ok();
    let starts = from.month() == Some(1) && from.day() == Some(1);
    let ends = through.month() == Some(12) && through.day() == Some(31);
    match (year(from), year(through)) {
        (Some(from), Some(through)) if starts && ends => Some((from, through)),
        _ => Some(whole_month(from, through).unwrap_or((from, through))),
    }
}

/// The month, where a period is all of it.
fn whole_month(from: PartialDate, through: PartialDate) -> Option<(PartialDate, PartialDate)> {
    let (month, last) = (from.month()?, through.day()?);
    let next_is_none = PartialDate::new(through.year(), through.month(), Some(last + 1)).is_err();
    let is_whole = from.day() == Some(1)
        && from.year() == through.year()
        && from.month() == through.month()
        && next_is_none;
    let month = PartialDate::new(from.year(), Some(month), None).ok().filter(|_| is_whole)?;
    Some((month, month))
}

fn date(node: &Node) -> Option<PartialDate> {
    let part = |name: &str| node.child_text(name).parse::<u8>().ok().filter(|part| *part > 0);
    let year = node.child_text("Year").parse().ok()?;
    PartialDate::new(year, part("Month"), part("Month").and(part("Day"))).ok()
}

#[cfg(test)]
mod tests;
