//! What is refused before anything is sealed: too much at once, values that are none of their field, times that cannot be.

use domain::fact::{Source, SubjectKind};
use domain::field::{Field, FieldValue};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{Addition, NewFact};
use crate::bounds::{check_code, check_versioned_code};
use crate::failure::Refusal;

/// What one request may add: bounds what one transaction does.
const PERSONS_MAX: usize = 200;
const FACTS_MAX: usize = 2_000;

pub(super) fn check_size(addition: &Addition) -> Result<(), Refusal> {
    let facts = addition.facts.len()
        + addition.persons.iter().map(|person| person.facts.len()).sum::<usize>()
        + addition.person_facts.iter().map(|(_, facts)| facts.len()).sum::<usize>();
    if addition.persons.len() > PERSONS_MAX {
        let detail = format!("more than {PERSONS_MAX} persons in one request");
        return Err(Refusal::invalid("too-many-persons", detail).at("/persons"));
    }
    if facts + addition.ownership.len() + addition.withdraw.len() > FACTS_MAX {
        return Err(Refusal::invalid(
            "too-many-facts",
            format!("more than {FACTS_MAX} facts in one request"),
        ));
    }
    Ok(())
}

/// Refuses a value that is not one of its field, with a pointer to it.
pub(super) fn check(new: &NewFact, kind: SubjectKind, at: &str, now: Timestamp) -> Result<(), Refusal> {
    new.value
        .check(new.field, kind == SubjectKind::Individual)
        .map_err(|refused| Refusal::invalid("value-refused", refused).at(format!("{at}/value")))?;
    // Both stand in clear beside the sealed value.
    if !new.item.is_empty() {
        check_code(&new.item, &format!("{at}/item"))?;
    }
    check_evidence(new, format!("{at}/evidence"))?;
    check_times(new, now, at)
}

/// What nothing is named for is declared and no more: it must not count as shown.
fn check_evidence(new: &NewFact, at: String) -> Result<(), Refusal> {
    let evidence = new.evidence.as_deref().unwrap_or_default();
    if new.source == Source::Documented && evidence.trim().is_empty() {
        let detail =
            "what is `documented` names its `evidence`: the id or reference of the document or register";
        return Err(Refusal::invalid("evidence-missing", detail).at(at));
    }
    new.evidence.as_deref().map_or(Ok(()), |evidence| check_versioned_code(evidence, &at))
}

/// Nobody is known to have grown older.
const AGE_MAX_YEARS: i64 = 130;

/// How far ahead of our clock a day may be that has begun somewhere on earth.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

fn check_times(new: &NewFact, now: Timestamp, at: &str) -> Result<(), Refusal> {
    let latest = now.saturating_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
    if new.true_from.is_some_and(|true_from| true_from > latest) {
        let detail = "`true_from` lies in the future: state it when it is so";
        return Err(Refusal::invalid("time-ahead", detail).at(format!("{at}/true_from")));
    }
    let FieldValue::Date(born) = &new.value else { return Ok(()) };
    if new.field != Field::BirthDate {
        return Ok(());
    }
    let today = domain::clock::Zone::utc().date_of(latest);
    if *born > today || *born < today.saturating_sub(AGE_MAX_YEARS.years()) {
        let detail = format!("a birth date is not in the future and at most {AGE_MAX_YEARS} years ago");
        return Err(Refusal::invalid("birth-date-refused", detail).at(format!("{at}/value")));
    }
    Ok(())
}
