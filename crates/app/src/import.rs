//! The bulk way in (CIP-21): one line, one object; a bad line is answered and the run goes on.

use domain::id::CustomerId;
use domain::product::ProductClass;
use domain::staff::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use terms::Country;

use crate::account::{self, NewAccount};
use crate::catalogue::{self, NewProduct};
use crate::customer::enrol::{self, Enrolment};
use crate::customer::facts::{self, Addition, NewFact, NewOwnership, NewPerson};
use crate::customer::read;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::reseller::{self, ResellerEntry};
use crate::special_measure::{self, NewMeasure};
use crate::wording::without_values;

/// One line. A `customer` may be named by our id or by its external id.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Customer(Box<ImportedCustomer>),
    Person {
        customer: String,
        #[serde(flatten)]
        person: NewPerson,
    },
    Ownership {
        customer: String,
        #[serde(flatten)]
        edge: NewOwnership,
    },
    Account {
        customer: String,
        #[serde(flatten)]
        account: ImportedAccount,
    },
    Reseller(ImportedReseller),
    Measure(NewMeasure),
    Product(ImportedProduct),
}

#[derive(Clone, Deserialize)]
struct ImportedCustomer {
    external_id: Option<String>,
    provider: Option<domain::id::ProviderId>,
    kind: domain::fact::SubjectKind,
    /// The reseller, by our id or its external id.
    reseller: Option<String>,
    notice: Option<String>,
    #[serde(default)]
    facts: Vec<NewFact>,
    #[serde(default)]
    persons: Vec<NewPerson>,
    #[serde(default)]
    ownership: Vec<NewOwnership>,
    account: Option<ImportedAccount>,
}

#[derive(Clone, Deserialize)]
struct ImportedAccount {
    external_id: Option<String>,
    kind: domain::account::AccountKind,
    product: String,
    reseller: Option<String>,
}

#[derive(Clone, Deserialize)]
struct ImportedReseller {
    customer: String,
    parent: Option<String>,
    agreement: Option<String>,
    programme: Option<String>,
    status: domain::reseller::ResellerStatus,
}

#[derive(Clone, Deserialize)]
struct ImportedProduct {
    /// `None` where the installation has one provider.
    provider: Option<domain::id::ProviderId>,
    code: String,
    title: String,
    classes: Vec<ProductClass>,
    site: Country,
}

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Imported {
    Added {
        line: u64,
        #[serde(rename = "type")]
        kind: &'static str,
        id: String,
    },
    Refused {
        line: u64,
        error: RowError,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    pub code: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// Longest line that is read.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Imports one line. `Err` only where the work could not be done at all, so that a run stops instead of
/// refusing every line after a full disk.
pub fn import_line(env: &Env<'_>, number: u64, line: impl AsRef<[u8]>) -> Result<Imported, Failure> {
    env.actor.may_everywhere(Scope::CustomersWrite)?;
    let refused = |refusal: Refusal| Imported::Refused {
        line: number,
        error: RowError { code: refusal.code.to_owned(), detail: refusal.detail, pointer: refusal.pointer },
    };
    let line = line.as_ref();
    if line.len() > LINE_BYTES_MAX {
        let detail = format!("the line is longer than {LINE_BYTES_MAX} bytes");
        return Ok(refused(Refusal::invalid("line-too-long", detail)));
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Ok(refused(Refusal::invalid("line-not-text", "the line is not UTF-8")));
    };
    let line = match parse(text) {
        Ok(line) => line,
        Err(refusal) => return Ok(refused(refusal)),
    };
    match import(env, line) {
        Ok((kind, id)) => Ok(Imported::Added { line: number, kind, id }),
        Err(Failure::Refused(refusal)) => Ok(refused(refusal)),
        Err(Failure::Store(error @ crate::store::StoreError::Duplicate { .. })) => {
            Ok(refused(Refusal::conflict("in-use", error)))
        }
        Err(failure) => Err(failure),
    }
}

/// Parse errors name the field and never quote its value.
fn parse(text: &str) -> Result<Line, Refusal> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let detail = format!("not JSON at column {}", error.column());
        Refusal::invalid("not-json", detail)
    })?;
    if !value.is_object() {
        return Err(Refusal::invalid("wrong-shape", "a line is one JSON object"));
    }
    serde_json::from_value(value).map_err(|error| Refusal::invalid("line-refused", without_values(&error)))
}

fn import(env: &Env<'_>, line: Line) -> Result<(&'static str, String), Failure> {
    match line {
        Line::Customer(customer) => import_customer(env, *customer),
        Line::Person { customer, person } => {
            let id = find_customer(env, &customer, "/customer")?;
            let addition = Addition { persons: vec![person], ..Addition::default() };
            let added = facts::add(env, id, None, &addition)?;
            let person = added.persons.first().map(|(_, id)| id.to_string()).unwrap_or_default();
            Ok(("person", person))
        }
        Line::Ownership { customer, edge } => {
            let id = find_customer(env, &customer, "/customer")?;
            let addition = Addition { ownership: vec![edge], ..Addition::default() };
            let added = facts::add(env, id, None, &addition)?;
            Ok(("ownership", added.facts.first().map(ToString::to_string).unwrap_or_default()))
        }
        Line::Account { customer, account } => {
            let id = find_customer(env, &customer, "/customer")?;
            let opened = account::open(env, id, &new_account(env, account)?)?;
            Ok(("account", opened.account.id.to_string()))
        }
        Line::Reseller(imported) => {
            let customer = find_customer(env, &imported.customer, "/customer")?;
            let parent = find_optional(env, imported.parent.as_deref(), "/parent")?;
            let entry = ResellerEntry {
                customer,
                parent,
                agreement: imported.agreement,
                programme: imported.programme,
                status: imported.status,
            };
            reseller::register(env, &entry)?;
            Ok(("reseller", customer.to_string()))
        }
        Line::Measure(measure) => {
            Ok(("measure", special_measure::draft(env, &measure)?.measure.id.to_string()))
        }
        Line::Product(product) => {
            let provider = match product.provider {
                Some(provider) => provider,
                None => only_provider(env)?,
            };
            let new = NewProduct {
                provider,
                code: product.code,
                title: product.title,
                classes: product.classes,
                site: product.site,
            };
            Ok(("product", catalogue::add_product(env, &new)?.id.to_string()))
        }
    }
}

fn import_customer(env: &Env<'_>, new: ImportedCustomer) -> Result<(&'static str, String), Failure> {
    let enrolment = Enrolment {
        external_id: new.external_id,
        provider: new.provider,
        kind: new.kind,
        reseller: find_optional(env, new.reseller.as_deref(), "/reseller")?,
        notice: new.notice,
        facts: new.facts,
        persons: new.persons,
        ownership: new.ownership,
        account: match new.account {
            Some(account) => Some(new_account(env, account)?),
            None => None,
        },
    };
    Ok(("customer", enrol::enrol(env, &enrolment)?.customer.id.to_string()))
}

fn new_account(env: &Env<'_>, account: ImportedAccount) -> Result<NewAccount, Failure> {
    Ok(NewAccount {
        external_id: account.external_id,
        kind: account.kind,
        product: account.product,
        reseller: find_optional(env, account.reseller.as_deref(), "/reseller")?,
        opened_remotely: true,
        context: Default::default(),
    })
}

fn find_optional(
    env: &Env<'_>,
    reference: Option<&str>,
    pointer: &str,
) -> Result<Option<CustomerId>, Failure> {
    reference.map(|reference| find_customer(env, reference, pointer)).transpose()
}

fn find_customer(env: &Env<'_>, reference: &str, pointer: &str) -> Result<CustomerId, Failure> {
    if let Ok(id) = reference.parse() {
        return Ok(id);
    }
    let found = read::find_customer_by_external_id(env, reference)?;
    let absent =
        || Refusal::not_found("no-such-customer", "no customer of that id or external id").at(pointer);
    Ok(found.ok_or_else(absent)?.id)
}

fn only_provider(env: &Env<'_>) -> Result<domain::id::ProviderId, Failure> {
    match &catalogue::list_providers(env)?[..] {
        [only] => Ok(only.id),
        _ => Err(Refusal::invalid("provider-missing", "name the provider").at("/provider").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn lines() -> Vec<Value> {
        let values = [
            json!({"date": "1980-02-03"}),
            json!({"place": "DE"}),
            json!({"email": "a@mail.example"}),
            json!({"telephone": "+4930555010177"}),
            json!({"identifier": {"scheme": "tax_id", "country": "DE", "value": "1"}}),
        ];
        let facts = values.map(|value| {
            json!({"field": "birth_date", "item": "", "value": value, "source": "declared",
                "true_from": "2026-01-01T00:00:00Z", "evidence": "notice-1"})
        });
        let person = json!({"reference": "a", "kind": "individual", "facts": facts});
        let edge = json!({"owner": "a", "owned": null, "kind": "equity", "share_ppm": 1_000_000});
        let account = json!({"external_id": "e", "kind": "standard", "product": "vps", "reseller": null});
        let mut of_person = person.clone();
        of_person["type"] = "person".into();
        of_person["customer"] = "crm-1".into();
        vec![
            json!({"type": "customer", "external_id": "crm-1", "provider": null, "kind": "individual",
                "reseller": null, "notice": "n@1", "facts": facts, "persons": [person], "ownership": [edge],
                "account": account}),
            of_person,
            json!({"type": "measure", "target": {"kind": "jurisdiction", "places": ["ir"]},
                "determination_on": "2026-01-01", "effective_from": "2026-01-01T00:00:00Z",
                "expires_at": "2027-01-01T00:00:00Z", "legal_reference": "r", "document_hash": "h",
                "action": {"action": "prohibit", "opening": true, "maintaining": false},
                "applies_to": {"account_kinds": [], "reseller_accounts": false}}),
            json!({"type": "product", "provider": null, "code": "c", "title": "t", "classes": ["unmanaged"],
                "site": "us"}),
            json!({"type": "reseller", "customer": "c", "parent": null, "agreement": null, "programme": null,
                "status": "active"}),
        ]
    }

    /// Puts something in the place of the value, or of the key, at a number; counts down on the way.
    fn plant(line: &mut Value, at: &mut usize, planted: &Value) {
        if *at == 0 {
            *line = planted.clone();
        }
        *at = at.wrapping_sub(1);
        match line {
            Value::Array(values) => values.iter_mut().for_each(|value| plant(value, at, planted)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|value| plant(value, at, planted));
                if *at == 0 {
                    fields.insert(planted.as_str().unwrap_or("more").to_owned(), planted.clone());
                }
                *at = at.wrapping_sub(1);
            }
            _ => {}
        }
    }

    #[test]
    fn the_lines_that_something_is_planted_in_are_good_ones() {
        for line in lines() {
            assert_eq!(parse(&line.to_string()).err(), None, "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// CIP-21, SEC-02: whatever stands where in a line, the answer quotes none of it.
        #[test]
        fn an_answer_never_quotes_the_line(
            line in 0..5_usize, at in 0..120_usize,
            parts in proptest::collection::vec("[A-Z0-9]{4,12}", 1..4),
            between in prop_oneof![Just("\""), Just("`"), Just("`, expected `"), Just(" "), Just("\n"), Just("' ")],
            number in proptest::option::of(10_000_000_u64..),
        ) {
            let text = parts.join(between);
            let planted = number.map_or_else(|| Value::from(text), Value::from);
            let mut line = lines().swap_remove(line);
            plant(&mut line, &mut { at }, &planted);

            if let Err(refusal) = parse(&line.to_string()) {
                let secrets = number.map_or(parts, |number| vec![number.to_string()]);
                for run in secrets.iter().flat_map(|secret| secret.as_bytes().windows(4)) {
                    let run = std::str::from_utf8(run).expect("the planted values are ASCII");
                    prop_assert!(!refusal.detail.contains(run), "{}", refusal.detail);
                }
            }
        }
    }
}
