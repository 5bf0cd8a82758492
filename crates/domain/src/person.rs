//! Owners and signatories, and who is a person of the home country, in US packs a US person (DEF-03,
//! DEF-04).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use terms::{Country, Place};

use crate::fact::{Source, SubjectKind};
use crate::id::{CustomerId, PersonId};
use crate::pack::{HomePersonTerms, PersonTest};

/// An owner or signatory as known to one customer. What is known of it is in facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    pub customer: CustomerId,
    pub kind: SubjectKind,
    /// The caller's code for it, unique within the customer; never a name.
    #[serde(default)]
    pub external_id: Option<String>,
    pub created_at: Timestamp,
    pub version: u64,
}

/// What a subject, or a customer with its owners, was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    /// Where everyone starts: treated as foreign until shown otherwise.
    #[default]
    PresumedForeign,
    Us,
    Foreign,
    /// The facts do not decide it; a person does. Treated as foreign meanwhile.
    Review,
}

impl Classification {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PresumedForeign => "presumed_foreign",
            Self::Us => "us",
            Self::Foreign => "foreign",
            Self::Review => "review",
        }
    }

    /// Everyone who is not shown to be a US person (DEF-04).
    pub fn is_foreign(self) -> bool {
        self != Self::Us
    }
}

/// A place, and how we know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shown {
    pub place: Place,
    pub source: Source,
}

/// What the test looks at. Places stand in clear, so it holds no sealed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeFacts {
    pub kind: SubjectKind,
    #[serde(default)]
    pub citizenships: Vec<Shown>,
    #[serde(default)]
    pub permanent_residences: Vec<Shown>,
    /// Where an entity is organised.
    #[serde(default)]
    pub organised_in: Vec<Shown>,
    /// Where the entity is organised of which this is a branch.
    #[serde(default)]
    pub branch_of: Vec<Shown>,
    /// Where the subject is at present.
    #[serde(default)]
    pub located_in: Vec<Shown>,
}

/// One line of an explanation: the requirement behind it, what it speaks for, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub rule: String,
    pub says: Classification,
    pub text: String,
}

impl Reason {
    pub fn new(rule: &str, says: Classification, text: String) -> Self {
        Self { rule: rule.to_owned(), says, text }
    }
}

/// What one subject was found to be, and all that it was found from: testing again gives the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeFinding {
    pub classification: Classification,
    pub explanation: Vec<Reason>,
    pub facts: HomeFacts,
    /// `None` if no pack in force tells home persons from foreign ones.
    pub terms: Option<HomePersonTerms>,
}

/// Tests one subject. Any one test that a pack names suffices; what is only claimed shows nothing; facts
/// that contradict each other go to a person.
pub fn test_home_person(facts: HomeFacts, terms: Option<HomePersonTerms>) -> HomeFinding {
    let mut explanation = Vec::new();
    if let Some(terms) = &terms {
        let test = Test { facts: &facts, terms };
        match facts.kind {
            SubjectKind::Individual => test.individual(&mut explanation),
            SubjectKind::Entity => test.entity(&mut explanation),
        }
    }
    if explanation.is_empty() {
        let text = "nothing speaks for or against it, so it is presumed foreign".to_owned();
        explanation.push(Reason::new("DEF-04", Classification::PresumedForeign, text));
    }
    let any = |wanted| explanation.iter().any(|reason| reason.says == wanted);
    let classification = if any(Classification::Review) {
        Classification::Review
    } else if any(Classification::Us) {
        Classification::Us
    } else if any(Classification::PresumedForeign) {
        // A claim that was not shown keeps the door open.
        Classification::PresumedForeign
    } else {
        Classification::Foreign
    };
    HomeFinding { classification, explanation, facts, terms }
}

struct Test<'a> {
    facts: &'a HomeFacts,
    terms: &'a HomePersonTerms,
}

impl Test<'_> {
    fn individual(&self, explanation: &mut Vec<Reason>) {
        self.by_status(PersonTest::Citizenship, "citizenship of", &self.facts.citizenships, explanation);
        let residences = &self.facts.permanent_residences;
        self.by_status(PersonTest::PermanentResidence, "permanent residence in", residences, explanation);
        self.by_location(explanation);
    }

    fn entity(&self, explanation: &mut Vec<Reason>) {
        if !self.terms.tests.contains(&PersonTest::Organisation) {
            return;
        }
        let organised_home = self.home(&self.facts.organised_in);
        let organised_abroad = self.abroad(&self.facts.organised_in);
        let branch_of_home = self.home(&self.facts.branch_of);
        let located_home = self.home(&self.facts.located_in);
        let mut say = |says, text: String| explanation.push(Reason::new("DEF-03/organisation", says, text));

        if let Some(shown) = self.shown(&branch_of_home) {
            say(
                Classification::Us,
                format!("a branch of an entity organised in {shown}, so it is of that country"),
            );
        } else if let (Some(home), Some(abroad)) = (organised_home.first(), organised_abroad.first()) {
            say(
                Classification::Review,
                format!("organised in {} by one fact and in {} by another", home.place, abroad.place),
            );
        } else if let Some(abroad) = self.abroad(&self.facts.branch_of).first() {
            let says = if organised_home.is_empty() && located_home.is_empty() {
                Classification::Foreign
            } else {
                Classification::Review
            };
            say(says, format!("a branch of an entity organised in {}", abroad.place));
        } else if let Some(shown) = self.shown(&organised_home) {
            say(Classification::Us, format!("organised in {shown}, its branches abroad included"));
        } else if let Some(claimed) = organised_home.first() {
            say(
                Classification::PresumedForeign,
                format!("organised in {} by its own word only", claimed.place),
            );
        } else if let Some(abroad) = organised_abroad.first() {
            // Who owns it does not matter here: a subsidiary organised abroad is foreign.
            if let Some(claimed) = branch_of_home.first() {
                say(
                    Classification::Review,
                    format!(
                        "organised in {}, yet called a branch of an entity of {}",
                        abroad.place, claimed.place
                    ),
                );
            } else if let Some(office) = located_home.first() {
                say(
                    Classification::Review,
                    format!("organised in {}, with an office in {}", abroad.place, office.place),
                );
            } else {
                say(Classification::Foreign, format!("organised in {}", abroad.place));
            }
        } else if let Some(claimed) = branch_of_home.first() {
            say(
                Classification::PresumedForeign,
                format!("a branch of an entity organised in {} by its own word only", claimed.place),
            );
        }
    }

    fn by_status(&self, test: PersonTest, what: &str, known: &[Shown], explanation: &mut Vec<Reason>) {
        if !self.terms.tests.contains(&test) {
            return;
        }
        let rule = match test {
            PersonTest::Citizenship => "DEF-03/citizenship",
            _ => "DEF-03/permanent_residence",
        };
        let home = self.home(known);
        if let Some(shown) = self.shown(&home) {
            explanation.push(Reason::new(rule, Classification::Us, format!("{what} {shown}")));
        } else if let Some(claimed) = home.first() {
            let text = format!("{what} {} by its own word only", claimed.place);
            explanation.push(Reason::new(rule, Classification::PresumedForeign, text));
        } else if let Some(abroad) = self.abroad(known).first() {
            explanation.push(Reason::new(rule, Classification::Foreign, format!("{what} {}", abroad.place)));
        }
    }

    /// Documented, or declared and observed alike. One of the two alone is not enough: addresses are
    /// rented so that an IP look-up finds them at home.
    fn by_location(&self, explanation: &mut Vec<Reason>) {
        if !self.terms.tests.contains(&PersonTest::Location) {
            return;
        }
        let (home, abroad) = (self.home(&self.facts.located_in), self.abroad(&self.facts.located_in));
        let by = |shown: &[Shown], source| shown.iter().any(|shown| shown.source == source);
        let documented = by(&home, Source::Documented);
        let agreed = by(&home, Source::Declared) && by(&home, Source::Observed);
        let mut say = |says, text: String| explanation.push(Reason::new("DEF-03/location", says, text));
        match (home.first(), abroad.first()) {
            (None, None) => {}
            (None, Some(abroad)) => say(Classification::Foreign, format!("located in {}", abroad.place)),
            (Some(home), Some(abroad)) if documented || agreed => {
                // Somebody who is a citizen anyway need not be looked at for where they travel.
                let shown_otherwise = self.shown(&self.home(&self.facts.citizenships)).is_some()
                    || self.shown(&self.home(&self.facts.permanent_residences)).is_some();
                let says =
                    if shown_otherwise { Classification::PresumedForeign } else { Classification::Review };
                say(
                    says,
                    format!("located in {} by one fact and in {} by another", home.place, abroad.place),
                );
            }
            (Some(home), None) if documented || agreed => {
                say(Classification::Us, format!("located in {}", home.place));
            }
            (Some(home), _) => {
                let text =
                    format!("located in {} by {} alone, which is not enough", home.place, word(home.source));
                say(Classification::PresumedForeign, text);
            }
        }
    }

    fn home(&self, known: &[Shown]) -> Vec<Shown> {
        sorted(known.iter().filter(|shown| self.terms.home.contains(&shown.place.country())))
    }

    fn abroad(&self, known: &[Shown]) -> Vec<Shown> {
        sorted(known.iter().filter(|shown| !self.terms.home.contains(&shown.place.country())))
    }

    /// The first country that a source at least as strong as the pack asks for names.
    fn shown(&self, known: &[Shown]) -> Option<Country> {
        // An observation, such as where accesses came from, shows no status.
        let counts = |shown: &&Shown| match self.terms.shown_by {
            Source::Declared => shown.source != Source::Observed,
            Source::Documented | Source::Observed => shown.source == Source::Documented,
        };
        known.iter().find(counts).map(|shown| shown.place.country())
    }
}

/// In one order whatever order they came in, so that explanations replay.
fn sorted<'a>(known: impl Iterator<Item = &'a Shown>) -> Vec<Shown> {
    known.copied().collect::<BTreeSet<_>>().into_iter().collect()
}

fn word(source: Source) -> &'static str {
    match source {
        Source::Declared => "its own word",
        Source::Documented => "a document",
        Source::Observed => "observation",
    }
}

#[cfg(test)]
mod tests;
