//! Blind indexes under which a customer is found again by a value.

use std::collections::BTreeSet;

use domain::fact::{Fact, SubjectId};
use domain::field::{Field, FieldValue};

use crate::env::Env;
use crate::failure::Failure;
use crate::reading::Reading;
use crate::screening::open_fact;
use crate::vault::IndexPurpose;

/// Normal forms under which a value is found again by blind index.
pub(super) fn look_up_texts(field: Field, value: &FieldValue) -> Vec<(IndexPurpose, String)> {
    match value {
        FieldValue::Email(email) => vec![(IndexPurpose::Email, email.normal())],
        FieldValue::Telephone(number) => vec![(IndexPurpose::Telephone, number.as_str().to_owned())],
        FieldValue::Payment(means) => {
            means.link_key().into_iter().map(|key| (IndexPurpose::Payment, key)).collect()
        }
        FieldValue::Identifier(identifier) => {
            let value: String = identifier
                .value
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_uppercase)
                .collect();
            vec![(IndexPurpose::Identifier, format!("{}:{}:{value}", identifier.country, identifier.scheme))]
        }
        FieldValue::Text(name) if field == Field::FullName => {
            screening::retrieval_keys(std::slice::from_ref(name))
                .into_iter()
                .map(|key| (IndexPurpose::NameKey, key))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A blind index of a value, and the subject that has it.
pub type Reference = (IndexPurpose, [u8; 32], SubjectId);

/// The references that a customer's facts should have: of every value that can still be opened, withdrawn ones too.
pub fn references_of(
    env: &Env<'_>,
    reading: &Reading,
    facts: &[Fact],
) -> Result<BTreeSet<Reference>, Failure> {
    let mut references = BTreeSet::new();
    for fact in facts.iter().filter(|fact| fact.sealed.is_some()) {
        let Some(value) = open_fact(env, reading, fact)? else { continue };
        for (purpose, text) in look_up_texts(fact.field, &value) {
            references.insert((purpose, env.vault().blind_index(purpose, &text)?, fact.subject));
        }
    }
    Ok(references)
}
