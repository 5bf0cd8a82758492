//! Sign-ups as a believable customer would send them, complete under the shipped packs.

use app::account::NewAccount;
use app::customer::enrol::Enrolment;
use app::customer::facts::{NewFact, NewOwnership, NewPerson};
use domain::account::AccountKind;
use domain::fact::{Source, SubjectKind};
use domain::field::{Address, AddressKind, Field, FieldValue, OwnershipKind};
use domain::payment::PaymentMeans;
use terms::{Country, Place};

/// The product that every platform of the kit sells.
pub const PRODUCT: &str = "vps-small";

/// The notice that the shipped packs ask to be shown.
pub const NOTICE: &str = "collection@1";

pub fn country(code: &str) -> Country {
    code.parse().expect("a test names countries by their code")
}

pub fn fact(field: Field, value: FieldValue) -> NewFact {
    NewFact { field, item: String::new(), value, source: Source::Declared, true_from: None, evidence: None }
}

/// The same as a document shows it.
pub fn documented(field: Field, value: FieldValue) -> NewFact {
    NewFact { source: Source::Documented, evidence: Some("paper-1".to_owned()), ..fact(field, value) }
}

pub fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

pub fn place(code: &str) -> FieldValue {
    FieldValue::Place(code.parse::<Place>().expect("a test names places by their code"))
}

pub fn address(kind: AddressKind, line: &str, code: &str) -> FieldValue {
    FieldValue::Address(Address {
        kind,
        lines: vec![line.to_owned()],
        locality: "Springfield".to_owned(),
        postal_code: None,
        place: code.parse().expect("a test names places by their code"),
    })
}

pub fn email(text: &str) -> FieldValue {
    FieldValue::Email(text.parse().expect("a test writes good e-mail addresses"))
}

pub fn telephone(text: &str) -> FieldValue {
    FieldValue::Telephone(text.parse().expect("a test writes good telephone numbers"))
}

pub fn card(token: &str) -> FieldValue {
    FieldValue::Payment(PaymentMeans::Card {
        token: token.to_owned(),
        bin: Some("400000".to_owned()),
        last_four: Some("4242".to_owned()),
        issuer_country: None,
        institution: None,
    })
}

/// How to reach somebody, and where: what every subject has, each number with contacts of its own.
fn contacts(number: u64, name: &str, kind: AddressKind, code: &str) -> Vec<NewFact> {
    vec![
        fact(Field::FullName, text(name)),
        fact(Field::Address, address(kind, &format!("{number} Evergreen Terrace"), code)),
        fact(Field::LocationOfUse, place(code)),
        fact(Field::Email, email(&format!("contact-{number}@mail.example"))),
        fact(Field::Telephone, telephone(&format!("+1202{:07}", 5_550_000 + number))),
    ]
}

/// All that an individual is asked for. `number` tells its contacts from those of others.
pub fn individual(number: u64, name: &str, code: &str) -> Enrolment {
    let mut facts = contacts(number, name, AddressKind::Residential, code);
    facts.push(fact(Field::Payment, card(&format!("tok_{number}"))));
    Enrolment {
        external_id: Some(format!("crm-{number}")),
        provider: None,
        kind: SubjectKind::Individual,
        reseller: None,
        notice: Some(NOTICE.to_owned()),
        facts,
        persons: Vec::new(),
        ownership: Vec::new(),
        account: Some(account(number, AccountKind::Standard)),
    }
}

/// An individual that shows papers of a citizen of the United States.
pub fn us_citizen(number: u64, name: &str) -> Enrolment {
    let mut enrolment = individual(number, name, "US");
    enrolment.facts.push(documented(Field::Citizenship, place("US")));
    enrolment.facts.push(fact(Field::PresentLocation, place("US")));
    enrolment
}

/// All that a company is asked for, with individuals that own it directly: name, country, share in parts per
/// million.
pub fn company(number: u64, name: &str, code: &str, owners: &[(&str, &str, u32)]) -> Enrolment {
    let mut facts = contacts(number, name, AddressKind::PrincipalPlaceOfBusiness, code);
    facts.push(fact(Field::Payment, card(&format!("tok_{number}"))));
    facts.push(fact(Field::Jurisdiction, place(code)));
    facts.push(fact(Field::OwnershipComplete, FieldValue::Flag(true)));
    let mut persons = Vec::new();
    let mut ownership = Vec::new();
    for (position, (owner, owner_country, share_ppm)) in owners.iter().enumerate() {
        let reference = format!("owner-{position}");
        ownership.push(owns(&reference, None, *share_ppm));
        persons.push(person(number * 1_000 + position as u64, &reference, owner, owner_country));
    }
    Enrolment {
        external_id: Some(format!("crm-{number}")),
        provider: None,
        kind: SubjectKind::Entity,
        reseller: None,
        notice: Some(NOTICE.to_owned()),
        facts,
        persons,
        ownership,
        account: Some(account(number, AccountKind::Standard)),
    }
}

/// An individual as owner, with all that is asked of one.
pub fn person(number: u64, reference: &str, name: &str, code: &str) -> NewPerson {
    NewPerson {
        reference: reference.to_owned(),
        kind: SubjectKind::Individual,
        facts: contacts(number, name, AddressKind::Residential, code),
    }
}

/// An entity between owners and customer.
pub fn holding(reference: &str, name: &str, code: &str) -> NewPerson {
    NewPerson {
        reference: reference.to_owned(),
        kind: SubjectKind::Entity,
        facts: vec![fact(Field::FullName, text(name)), fact(Field::Jurisdiction, place(code))],
    }
}

/// A share of the customer, or of another of its persons.
pub fn owns(owner: &str, owned: Option<&str>, share_ppm: u32) -> NewOwnership {
    NewOwnership {
        owner: owner.to_owned(),
        owned: owned.map(str::to_owned),
        kind: OwnershipKind::Equity,
        share_ppm,
        true_from: None,
    }
}

pub fn account(number: u64, kind: AccountKind) -> NewAccount {
    NewAccount {
        external_id: Some(format!("account-{number}")),
        kind,
        product: PRODUCT.to_owned(),
        reseller: None,
        opened_remotely: true,
        context: Default::default(),
    }
}
