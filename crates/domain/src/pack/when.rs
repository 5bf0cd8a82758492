//! Conditions of packs: `all`, `any`, `not` over a closed list of named facts.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use terms::Place;

/// What a named fact may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactForm {
    /// True or false; named alone it asks for true.
    Flag,
    /// A country or subdivision; `US` covers `US-CA`.
    Place,
    /// One word of a closed list.
    Word(&'static [&'static str]),
}

macro_rules! named_facts {
    ($($(#[$doc:meta])* $variant:ident $name:literal $form:expr,)*) => {
        /// The facts that conditions may ask for. The list is closed: a pack that names another is refused.
        /// `docs/packs.md` documents each; a fact with several values meets a condition if one of them does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum NamedFact { $($(#[$doc])* $variant,)* }

        impl NamedFact {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub fn form(self) -> FactForm {
                match self { $(Self::$variant => $form,)* }
            }
        }
    };
}

const PRODUCT_CLASSES: FactForm = FactForm::Word(&[
    "managed",
    "unmanaged",
    "virtualised",
    "dedicated",
    "cdn",
    "proxy",
    "dns",
    "domain_registration",
]);

named_facts! {
    /// Whom an entry is about.
    SubjectKind "subject.kind" FactForm::Word(&["individual", "entity"]),
    SubjectRole "subject.role" FactForm::Word(&["customer", "beneficial_owner", "signatory"]),
    /// Not shown to be a US person, so also while nothing is known (DEF-04).
    SubjectForeign "subject.foreign" FactForm::Flag,
    /// The subject asks to be treated as a US person.
    SubjectClaimsUs "subject.claims_us" FactForm::Flag,
    /// There is doubt about who the subject is or who acts for it.
    SubjectDoubtful "subject.doubtful" FactForm::Flag,
    /// The subject itself uses the service.
    SubjectAccesses "subject.accesses" FactForm::Flag,
    /// The subject has an unexpired document with a photo or similar safeguard.
    SubjectPhotoId "subject.has_photo_id" FactForm::Flag,
    /// A document shown is of a kind the provider does not know.
    SubjectUnfamiliarDocument "subject.unfamiliar_document" FactForm::Flag,
    CustomerKind "customer.kind" FactForm::Word(&["individual", "entity"]),
    /// The customer or one of its beneficial owners is not shown to be a US person.
    CustomerForeign "customer.foreign" FactForm::Flag,
    CustomerCountry "customer.country" FactForm::Place,
    CustomerRisk "customer.risk" FactForm::Word(&["low", "medium", "high"]),
    CustomerReseller "customer.reseller" FactForm::Flag,
    /// Identity could not be verified, or not within the time given.
    CustomerUnverified "customer.unverified" FactForm::Flag,
    /// A person confirmed that the customer is the one a list names.
    CustomerListed "customer.listed" FactForm::Flag,
    AccountKind "account.kind" FactForm::Word(&["standard", "trial", "free", "complimentary", "reseller"]),
    AccountProductClass "account.product_class" PRODUCT_CLASSES,
    /// The account was open before the pack came into force.
    AccountExisting "account.existing" FactForm::Flag,
    /// The account was asked for without meeting the customer.
    OpeningRemote "opening.remote" FactForm::Flag,
    OpeningWithDocuments "opening.with_documents" FactForm::Flag,
    ProductSite "product.site" FactForm::Place,
    ProviderCountry "provider.country" FactForm::Place,
    /// Where the provider offers its services.
    ProviderOffersIn "provider.offers_in" FactForm::Place,
    ProviderSellsDomains "provider.sells_domains" FactForm::Flag,
    PaymentKind "payment.kind" FactForm::Word(&["card", "bank_account", "processor", "wallet", "none"]),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fact `{0}`; docs/packs.md lists those that conditions may name")]
pub struct NoSuchFact(String);

impl FromStr for NamedFact {
    type Err = NoSuchFact;

    fn from_str(text: &str) -> Result<Self, NoSuchFact> {
        let found = Self::ALL.iter().copied().find(|fact| fact.as_str() == text);
        found.ok_or_else(|| NoSuchFact(text.to_owned()))
    }
}

impl TryFrom<String> for NamedFact {
    type Error = NoSuchFact;

    fn try_from(text: String) -> Result<Self, NoSuchFact> {
        text.parse()
    }
}

impl From<NamedFact> for &'static str {
    fn from(fact: NamedFact) -> Self {
        fact.as_str()
    }
}

/// One value of a named fact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactValue {
    Flag(bool),
    Word(String),
}

impl NamedFact {
    /// Flags that somebody raises: while nobody did they are false. Every other fact that was not told is
    /// unknown.
    fn is_raised(self) -> bool {
        matches!(
            self,
            Self::SubjectClaimsUs
                | Self::SubjectDoubtful
                | Self::SubjectAccesses
                | Self::SubjectUnfamiliarDocument
                | Self::CustomerReseller
                | Self::CustomerUnverified
                | Self::CustomerListed
                | Self::AccountExisting
        )
    }
}

/// What is known when a condition is asked: values by fact. A fact that is not here is unknown (or false,
/// where it is a flag that somebody raises), one with no values is known to have none. Holds no personal data, so it is stored with decisions as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KnownFacts(BTreeMap<NamedFact, BTreeSet<FactValue>>);

impl KnownFacts {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn flag(self, fact: NamedFact, value: bool) -> Self {
        self.with(fact, [FactValue::Flag(value)])
    }

    pub fn word(self, fact: NamedFact, value: &str) -> Self {
        self.with(fact, [FactValue::Word(value.to_owned())])
    }

    pub fn words<'a>(self, fact: NamedFact, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.with(fact, values.into_iter().map(|value| FactValue::Word(value.to_owned())))
    }

    pub fn places(self, fact: NamedFact, values: impl IntoIterator<Item = Place>) -> Self {
        self.with(fact, values.into_iter().map(|value| FactValue::Word(value.to_string())))
    }

    /// The words known for a fact; `None` if it is unknown.
    pub fn words_of(&self, fact: NamedFact) -> Option<Vec<&str>> {
        let values = self.0.get(&fact)?;
        let word = |value| match value {
            &FactValue::Flag(_) => None,
            FactValue::Word(word) => Some(word.as_str()),
        };
        Some(values.iter().filter_map(word).collect())
    }

    /// What is known here, and where both know a fact, as `other` has it.
    pub fn and(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().map(|(fact, values)| (*fact, values.clone())));
        self
    }

    fn with(mut self, fact: NamedFact, values: impl IntoIterator<Item = FactValue>) -> Self {
        self.0.insert(fact, values.into_iter().collect());
        self
    }
}

/// What a condition comes to; `Unknown` where it rests on a fact that nobody has told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    False,
    Unknown,
    True,
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

/// A condition over named facts; in a pack `{ all = […] }`, `{ any = […] }`, `{ not = … }` or
/// `{ fact = "subject.kind", is = "entity" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WhenText", into = "WhenText")]
pub enum When {
    All(Vec<When>),
    Any(Vec<When>),
    Not(Box<When>),
    Fact { fact: NamedFact, is_any_of: Vec<FactValue> },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    all: Option<Vec<When>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<Vec<When>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not: Option<Box<When>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<NamedFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<FactValue>,
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    is_in: Option<Vec<FactValue>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotACondition {
    #[error("a condition has exactly one of `all`, `any`, `not`, `fact`")]
    NotOneKind,
    #[error("`is` and `in` go with `fact`, and only one of them")]
    StrayComparison,
    #[error("`{}` takes {expected}", .fact.as_str())]
    WrongValue { fact: NamedFact, expected: String },
}

impl TryFrom<WhenText> for When {
    type Error = NotACondition;

    fn try_from(text: WhenText) -> Result<Self, NotACondition> {
        let compares = text.is.is_some() || text.is_in.is_some();
        match (text.all, text.any, text.not, text.fact) {
            (None, None, None, Some(fact)) => {
                let values = match (text.is, text.is_in) {
                    (Some(_), Some(_)) => return Err(NotACondition::StrayComparison),
                    (Some(value), None) => vec![value],
                    (None, Some(values)) => values,
                    (None, None) => vec![FactValue::Flag(true)],
                };
                check_values(fact, &values)?;
                Ok(Self::Fact { fact, is_any_of: values })
            }
            _ if compares => Err(NotACondition::StrayComparison),
            (Some(all), None, None, None) => Ok(Self::All(all)),
            (None, Some(any), None, None) => Ok(Self::Any(any)),
            (None, None, Some(not), None) => Ok(Self::Not(not)),
            _ => Err(NotACondition::NotOneKind),
        }
    }
}

fn check_values(fact: NamedFact, values: &[FactValue]) -> Result<(), NotACondition> {
    let fits = |value: &FactValue| match (fact.form(), value) {
        (FactForm::Flag, FactValue::Flag(_)) => true,
        (FactForm::Place, FactValue::Word(word)) => word.parse::<Place>().is_ok(),
        (FactForm::Word(words), FactValue::Word(word)) => words.contains(&word.as_str()),
        _ => false,
    };
    if !values.is_empty() && values.iter().all(fits) {
        return Ok(());
    }
    let expected = match fact.form() {
        FactForm::Flag => "`true` or `false`".to_owned(),
        FactForm::Place => "country or subdivision codes".to_owned(),
        FactForm::Word(words) => format!("one of `{}`", words.join("`, `")),
    };
    Err(NotACondition::WrongValue { fact, expected })
}

impl From<When> for WhenText {
    fn from(when: When) -> Self {
        match when {
            When::All(all) => Self { all: Some(all), ..Self::default() },
            When::Any(any) => Self { any: Some(any), ..Self::default() },
            When::Not(not) => Self { not: Some(not), ..Self::default() },
            When::Fact { fact, is_any_of } if is_any_of == [FactValue::Flag(true)] => {
                Self { fact: Some(fact), ..Self::default() }
            }
            When::Fact { fact, is_any_of } => {
                Self { fact: Some(fact), is_in: Some(is_any_of), ..Self::default() }
            }
        }
    }
}

impl When {
    pub fn truth(&self, facts: &KnownFacts) -> Truth {
        match self {
            Self::All(parts) => parts.iter().map(|part| part.truth(facts)).min().unwrap_or(Truth::True),
            Self::Any(parts) => parts.iter().map(|part| part.truth(facts)).max().unwrap_or(Truth::False),
            Self::Not(part) => !part.truth(facts),
            Self::Fact { fact, is_any_of } => match facts.0.get(fact) {
                None if fact.is_raised() && is_any_of.contains(&FactValue::Flag(false)) => Truth::True,
                None if fact.is_raised() => Truth::False,
                None => Truth::Unknown,
                Some(known) if known.iter().any(|value| meets(*fact, value, is_any_of)) => Truth::True,
                Some(_) => Truth::False,
            },
        }
    }

    /// Whether what depends on it applies. It does unless it is known not to: a duty never falls away
    /// because nobody asked.
    pub fn applies(&self, facts: &KnownFacts) -> bool {
        self.truth(facts) != Truth::False
    }
}

fn meets(fact: NamedFact, known: &FactValue, wanted: &[FactValue]) -> bool {
    match (fact.form(), known) {
        (FactForm::Place, FactValue::Word(known)) => {
            let Ok(known) = known.parse::<Place>() else { return false };
            wanted.iter().any(|value| match value {
                FactValue::Word(word) => word.parse::<Place>().is_ok_and(|place| place.covers(&known)),
                FactValue::Flag(_) => false,
            })
        }
        _ => wanted.contains(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(text: &str) -> When {
        toml::from_str::<BTreeMap<String, When>>(&format!("when = {text}")).unwrap().remove("when").unwrap()
    }

    #[test]
    fn conditions_combine_and_unknown_facts_stay_unknown() {
        use NamedFact::{CustomerForeign, ProductSite, SubjectKind};
        let entity = KnownFacts::new().word(SubjectKind, "entity").flag(CustomerForeign, true);
        let sited = entity.clone().places(ProductSite, ["US-CA".parse().unwrap()]);
        let cases = [
            (r#"{ fact = "subject.kind", is = "entity" }"#, Truth::True),
            (r#"{ fact = "subject.kind", in = ["individual"] }"#, Truth::False),
            (r#"{ fact = "customer.foreign" }"#, Truth::True),
            (r#"{ fact = "customer.foreign", is = false }"#, Truth::False),
            (r#"{ fact = "opening.remote" }"#, Truth::Unknown),
            (r#"{ not = { fact = "opening.remote" } }"#, Truth::Unknown),
            (r#"{ any = [{ fact = "opening.remote" }, { fact = "customer.foreign" }] }"#, Truth::True),
            (
                r#"{ all = [{ fact = "opening.remote" }, { not = { fact = "customer.foreign" } }] }"#,
                Truth::False,
            ),
            (r#"{ fact = "subject.doubtful" }"#, Truth::False),
            (r#"{ fact = "subject.doubtful", is = false }"#, Truth::True),
            ("{ all = [] }", Truth::True),
            ("{ any = [] }", Truth::False),
        ];
        for (text, expected) in cases {
            assert_eq!(when(text).truth(&entity), expected, "{text}");
        }
        assert!(when(r#"{ fact = "opening.remote" }"#).applies(&entity), "unknown applies");
        assert_eq!(when(r#"{ fact = "product.site", in = ["US", "PR"] }"#).truth(&sited), Truth::True);
        assert_eq!(when(r#"{ fact = "product.site", is = "US-NY" }"#).truth(&sited), Truth::False);
    }

    #[test]
    fn malformed_conditions_are_refused() {
        let cases = [
            ("{ }", "exactly one of"),
            ("{ all = [], any = [] }", "exactly one of"),
            (r#"{ fact = "subject.shoe_size" }"#, "no fact `subject.shoe_size`"),
            (r#"{ fact = "subject.kind" }"#, "takes one of `individual`, `entity`"),
            (r#"{ fact = "subject.kind", is = "dog" }"#, "takes one of"),
            (r#"{ fact = "product.site", is = "QQ" }"#, "takes country"),
            (r#"{ fact = "customer.foreign", is = true, in = [true] }"#, "only one of them"),
            (r#"{ all = [], is = true }"#, "go with `fact`"),
            (r#"{ fact = "customer.foreign", equals = true }"#, "unknown field"),
        ];
        for (text, message) in cases {
            let error = toml::from_str::<BTreeMap<String, When>>(&format!("when = {text}")).unwrap_err();
            assert!(error.message().contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn conditions_and_facts_travel() {
        let all = when(
            r#"{ all = [{ fact = "subject.kind", is = "entity" }, { not = { fact = "customer.foreign" } }] }"#,
        );
        let json = serde_json::to_string(&all).unwrap();

        assert_eq!(serde_json::from_str::<When>(&json).unwrap(), all);
        let facts = KnownFacts::new().flag(NamedFact::CustomerForeign, true);
        assert_eq!(serde_json::to_string(&facts).unwrap(), r#"{"customer.foreign":[true]}"#);
    }

    #[test]
    fn every_named_fact_reads_back() {
        for &fact in NamedFact::ALL {
            assert_eq!(fact.as_str().parse(), Ok(fact));
        }
    }
}
