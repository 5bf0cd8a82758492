//! The entries a pack is made of. Each says where it comes from and how sure we are of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::{Country, Place};

use super::when::When;
use crate::clock::{Period, Unit, Zone};
use crate::fact::{Source, SubjectKind};
use crate::field::{AddressKind, Field};
use crate::product::ProductClass;
use crate::screening::{Consequence, HitOutcomeKind};
use crate::special_measure::Condition;
use crate::verification::VerificationLevel;

/// Where an entry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalSource {
    /// Such as `89 FR 5698 (proposed)`.
    pub document: String,
    /// Such as `7.302` or `Art. 28(2)`.
    pub section: String,
    /// Nobody has compared the entry with this section yet, however sure we are of what it says; loads
    /// with a warning.
    #[serde(default, skip_serializing_if = "nothing")]
    pub unchecked: bool,
}

/// How sure we are of an entry. A pack is only as certain as its weakest part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Text of an Executive Order.
    Eo,
    /// As reported by published analyses of the proposed rule.
    Nprm,
    /// Text of adopted law.
    Law,
    /// To be checked against the gazette; loads with a warning until somebody did.
    Unconfirmed,
    /// Taken from a sister regulation.
    Model,
    /// Our decision.
    Design,
}

impl Certainty {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eo => "eo",
            Self::Nprm => "nprm",
            Self::Law => "law",
            Self::Unconfirmed => "unconfirmed",
            Self::Model => "model",
            Self::Design => "design",
        }
    }
}

/// What every entry says of itself.
pub trait Entry {
    /// Tells it from the other entries of its table; stays the same when its content changes.
    fn key(&self) -> String;
    fn when(&self) -> Option<&When>;
    fn requirement(&self) -> Option<&str>;
    fn source(&self) -> &LegalSource;
    fn certainty(&self) -> Certainty;
    fn note(&self) -> Option<&str>;
    /// First day on which it counts; `None` as soon as its pack is in force.
    fn effective_from(&self) -> Option<Date>;
    /// First day on which it no longer counts.
    fn effective_until(&self) -> Option<Date>;
    fn to_json(&self) -> serde_json::Value;

    /// Whether it has to be compared with the gazette before anyone relies on it.
    fn is_unchecked(&self) -> bool {
        self.certainty() == Certainty::Unconfirmed || self.source().unchecked
    }

    fn is_effective_on(&self, on: Date) -> bool {
        self.effective_from().is_none_or(|from| from <= on)
            && self.effective_until().is_none_or(|until| on < until)
    }
}

/// Declares an entry: its own fields, those that every entry has, and its key.
macro_rules! entry {
    (
        $(#[$doc:meta])*
        $name:ident($this:ident) = $key:expr;
        { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$attribute])* pub $field: $type,)*
            /// The entry counts where this applies; always if there is none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub when: Option<When>,
            /// The requirement of ours that it serves, such as `RET-01`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub requirement: Option<String>,
            pub source: LegalSource,
            pub certainty: Certainty,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub effective_from: Option<Date>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub effective_until: Option<Date>,
        }

        impl Entry for $name {
            fn key(&self) -> String {
                let $this = self;
                $key
            }

            fn when(&self) -> Option<&When> {
                self.when.as_ref()
            }

            fn requirement(&self) -> Option<&str> {
                self.requirement.as_deref()
            }

            fn source(&self) -> &LegalSource {
                &self.source
            }

            fn certainty(&self) -> Certainty {
                self.certainty
            }

            fn note(&self) -> Option<&str> {
                self.note.as_deref()
            }

            fn effective_from(&self) -> Option<Date> {
                self.effective_from
            }

            fn effective_until(&self) -> Option<Date> {
                self.effective_until
            }

            fn to_json(&self) -> serde_json::Value {
                serde_json::to_value(self).expect("an entry has text keys only")
            }
        }
    };
}

/// The columns of REQUIREMENTS section 3: whom a field is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// A customer that is an individual.
    Individual,
    /// A customer that is an entity.
    Entity,
    BeneficialOwner,
}

impl Column {
    pub fn of_customer(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Individual => Self::Individual,
            SubjectKind::Entity => Self::Entity,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Entity => "entity",
            Self::BeneficialOwner => "beneficial_owner",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Required,
    /// Never asked for; kept if given.
    Optional,
}

/// How a value must have been shown to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The subject's word is enough.
    #[default]
    Declared,
    /// Control of the contact was proven (CIP-07).
    Controlled,
    /// A check of evidence confirmed the value.
    Validated,
}

/// Where a field's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collected {
    /// The subject or the control plane gives it.
    #[default]
    Given,
    /// Kept in the access and lease ledgers, so never asked for.
    Logged,
}

fn joined<T: Copy>(items: &BTreeSet<T>, text: impl Fn(T) -> &'static str) -> String {
    items.iter().map(|&item| text(item)).collect::<Vec<_>>().join("+")
}

fn english() -> String {
    "en".to_owned()
}

fn is_english(language: &str) -> bool {
    language == "en"
}

fn nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

entry! {
    /// Whom the pack applies to, by its `when`.
    AppliesTo(_this) = String::new();
    {
        /// The same in words, for a person.
        text: String,
    }
}

entry! {
    /// A field of the record (CIP-03 to CIP-09).
    FieldRule(this) = format!("{}.{}", this.name, joined(&this.subjects, Column::as_str));
    {
        name: Field,
        subjects: BTreeSet<Column>,
        need: Need,
        #[serde(default, skip_serializing_if = "nothing")]
        proof: Proof,
        #[serde(default, skip_serializing_if = "nothing")]
        collected: Collected,
        /// Of the required fields of one group a single one is enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        any_of: Option<String>,
        /// Address kinds that count; any if empty (CIP-04).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<AddressKind>,
        /// Time after opening; `None`: before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_within: Option<Period>,
    }
}

/// How ownership and control make a beneficial owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipRuleSet {
    /// Each individual with the share, or with control at any share.
    ShareOrControl,
    /// Each individual with the share, and exactly one with control (the bank model).
    ShareAndOneControlPerson,
}

entry! {
    /// When an individual is a beneficial owner (DEF-06).
    OwnershipRule(this) = this.name.clone();
    {
        name: String,
        /// Parts per million; a share at or above it counts.
        threshold_ppm: u32,
        rule_set: OwnershipRuleSet,
        /// Control passes through an entity to who owns more than this of it; `None`: only along control.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control_passes_above_ppm: Option<u32>,
    }
}

/// A way to be shown to be a person of the home country (DEF-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonTest {
    Citizenship,
    PermanentResidence,
    /// An entity's place of organisation; its branches abroad share it.
    Organisation,
    Location,
}

entry! {
    /// Who is a person of the home country, in US packs a US person (DEF-03).
    HomePersonRule(this) = this.name.clone();
    {
        name: String,
        /// The home country and its territories.
        home: BTreeSet<Country>,
        /// Any one of these suffices.
        tests: BTreeSet<PersonTest>,
        /// The weakest source that shows citizenship, residence or organisation.
        shown_by: Source,
    }
}

entry! {
    /// The verification level asked for.
    VerificationRule(this) = this.name.clone();
    {
        name: String,
        subjects: BTreeSet<Column>,
        level: VerificationLevel,
        /// What the instrument calls it, such as `validated`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Time after opening; `None`: before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_within: Option<Period>,
    }
}

entry! {
    /// Documents that count as documentary evidence (CIP-11); the rest goes the non-documentary way.
    AcceptedDocuments(this) = {
        let issuer = this.issued_in.map_or_else(|| "any".to_owned(), |country| country.code().to_owned());
        format!("{issuer}.{}", joined(&this.subjects, Column::as_str))
    };
    {
        /// Issuing country; `None`: any country that has no entry of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issued_in: Option<Country>,
        subjects: BTreeSet<Column>,
        kinds: BTreeSet<String>,
    }
}

/// What an evidence rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceStep {
    /// A non-documentary method beside documents.
    NonDocumentary,
    Documentary,
    /// Data on people with authority over the account (CIP-13).
    Signatories,
    /// An open substantive discrepancy blocks `verified` (CIP-18).
    ResolveDiscrepancies,
    /// The entity's own statement of its owners may be relied on unless known facts speak against it.
    OwnerStatementSuffices,
}

entry! {
    /// A rule on evidence; the remote-opening rule is one (CIP-12).
    EvidenceRule(this) = this.name.clone();
    {
        name: String,
        step: EvidenceStep,
        text: String,
    }
}

entry! {
    /// When an account is not opened (A1, CIP-14).
    RefusalRule(this) = this.name.clone();
    {
        name: String,
        text: String,
        /// The notice that tells the applicant.
        notice: String,
    }
}

entry! {
    /// On what terms an account may be used while its holder is not verified (A2, CIP-15).
    InterimRule(this) = this.name.clone();
    {
        name: String,
        conditions: Vec<Condition>,
        /// How long after opening the terms may last; `None`: until closure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Period>,
    }
}

entry! {
    /// When, after failed attempts, an account is closed (A3, CIP-16). Periods count from opening.
    ClosureRule(this) = this.name.clone();
    {
        name: String,
        warn_after: Period,
        close_after: Period,
        attempts_max: u32,
        notice: String,
    }
}

entry! {
    /// Redress of those not verified or whose information may be compromised (A4, CIP-17).
    RedressRule(this) = this.name.clone();
    {
        name: String,
        second_reviewer: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_within: Option<Period>,
        text: String,
    }
}

/// What happened in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerEvent {
    OwnerAdded,
    OwnerRemoved,
    IdentityChanged,
    ContactChanged,
    PaymentChanged,
    QuotaRaised,
    ContractChanged,
    Reactivated,
    DocumentExpired,
    RiskRaised,
    InformationCompromised,
    TrainingRunPossible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerAction {
    /// The identification is open again until verified.
    ReopenIdentification,
    /// A person looks.
    OpenCase,
    Screen,
}

entry! {
    /// What an event sets off (CIP-19).
    Trigger(this) = this.name.clone();
    {
        name: String,
        event: TriggerEvent,
        action: TriggerAction,
    }
}

/// What a clock counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStart {
    /// Somebody asked for something.
    Request,
    /// We knew or had reason to know.
    Knowledge,
    Transaction,
    /// A decision or determination was made.
    Determination,
    /// An order or certificate was received.
    OrderReceived,
    /// An incident was noticed or reported to us.
    IncidentNoticed,
    /// An error or change was found.
    ErrorFound,
    Opening,
    Closure,
    /// The last certification was filed.
    Certification,
    /// The last review was made.
    Review,
    /// The rule comes into force.
    RuleInForce,
}

/// How days are counted. Working days are not offered: no shipped pack needs a holiday table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    #[default]
    CalendarDays,
}

entry! {
    /// A deadline. Of several clocks with one duty the earliest counts.
    ClockRule(this) = this.name.clone();
    {
        name: String,
        /// What must be done in time.
        text: String,
        /// Each of these gives a date of its own, and the earliest counts (AI-03).
        from: BTreeSet<ClockStart>,
        amount: u32,
        unit: Unit,
        #[serde(default, skip_serializing_if = "nothing")]
        calendar: Calendar,
        /// `None`: the pack's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<Zone>,
        /// Starts again each time it is met.
        #[serde(default, skip_serializing_if = "nothing")]
        recurring: bool,
    }
}

impl ClockRule {
    pub fn period(&self) -> Period {
        Period { amount: self.amount, unit: self.unit }
    }
}

/// What kind of record a retention rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordClass {
    /// Fields of the record.
    #[default]
    Identity,
    /// Document metadata, methods and results of checks, how discrepancies were resolved.
    Verification,
    /// Who accessed from where and when.
    AccessLog,
    /// Which address was given to whom.
    LeaseLog,
}

/// What retention counts from; of several the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionStart {
    Closed,
    LastAccess,
    RecordMade,
}

entry! {
    /// How long records are kept (RET-01).
    RetentionRule(this) = this.name.clone();
    {
        name: String,
        #[serde(default, skip_serializing_if = "nothing")]
        class: RecordClass,
        /// Fields it is about, with class `identity`; all if empty.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        fields: BTreeSet<Field>,
        /// The latest of these.
        from: BTreeSet<RetentionStart>,
        min: Period,
        /// Longer than this is not lawful under the pack.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Period>,
        /// Where the records must lie (RET-05).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stored_in: Option<Place>,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Low,
    Medium,
    High,
}

impl Risk {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

entry! {
    /// How often identity is verified again (CIP-20).
    ReverificationRule(this) = this.risk.as_str().to_owned();
    {
        risk: Risk,
        every: Period,
        /// How long before the due day it is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_before: Option<Period>,
    }
}

entry! {
    /// A report that somebody must get.
    ReportRule(this) = this.name.clone();
    {
        name: String,
        recipient: String,
        text: String,
        /// Names of clocks of the same pack.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clocks: Vec<String>,
        /// What it must hold, in words of the pack.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holds: Vec<String>,
    }
}

/// When a notice is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeMoment {
    BeforeCollection,
    OnRefusal,
    OnInterimTerms,
    OnSuspension,
    BeforeClosure,
    OnClosure,
    /// An appeal came in.
    OnAppeal,
    OnAppealAnswer,
    BeforeReverification,
}

impl NoticeMoment {
    pub const ALL: [Self; 9] = [
        Self::BeforeCollection,
        Self::OnRefusal,
        Self::OnInterimTerms,
        Self::OnSuspension,
        Self::BeforeClosure,
        Self::OnClosure,
        Self::OnAppeal,
        Self::OnAppealAnswer,
        Self::BeforeReverification,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeCollection => "before_collection",
            Self::OnRefusal => "on_refusal",
            Self::OnInterimTerms => "on_interim_terms",
            Self::OnSuspension => "on_suspension",
            Self::BeforeClosure => "before_closure",
            Self::OnClosure => "on_closure",
            Self::OnAppeal => "on_appeal",
            Self::OnAppealAnswer => "on_appeal_answer",
            Self::BeforeReverification => "before_reverification",
        }
    }
}

entry! {
    /// A text that customers are shown or sent (CIP-22).
    NoticeRule(this) = this.id.clone();
    {
        id: String,
        version: u32,
        /// BCP 47 tag of the text.
        #[serde(default = "english", skip_serializing_if = "is_english")]
        language: String,
        moment: NoticeMoment,
        /// Of the mail; `None` where it is shown only, never mailed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// May hold the placeholders of [`Placeholder`](super::Placeholder).
        text: String,
        /// What is said of a reason code; of a code without words nothing is said.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        reasons: BTreeMap<String, String>,
        /// Reason codes under which nothing at all is sent, since telling would tip off.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        silent_on: BTreeSet<String>,
        /// Goes also to an address that nobody proved to answer.
        #[serde(default, skip_serializing_if = "nothing")]
        to_unproven: bool,
    }
}

entry! {
    /// No foreign account before the provider's certification is filed (CRT-08).
    NewEntrantGate(this) = this.name.clone();
    {
        name: String,
        text: String,
    }
}

entry! {
    /// The time frame of special measures (SM-04); dates themselves come from the instrument.
    MeasureClock(this) = this.name.clone();
    {
        name: String,
        /// No duty to apply a measure earlier than this after its determination.
        not_before: Period,
        lasts: Period,
    }
}

entry! {
    /// Whether products of a class are in scope (DEF-02).
    ProductScope(this) = {
        let class = serde_json::to_value(this.class).expect("a class is a word");
        class.as_str().unwrap_or_default().to_owned()
    };
    {
        class: ProductClass,
        in_scope: bool,
    }
}

entry! {
    /// A duty of the provider itself, which no customer's record shows.
    DutyRule(this) = this.name.clone();
    {
        name: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clocks: Vec<String>,
    }
}

entry! {
    /// A kind of order that authorities may serve, and what may be given out under it.
    OrderRule(this) = this.name.clone();
    {
        name: String,
        text: String,
        /// Such as `subscriber`, `identification`, `traffic`, `content`.
        categories: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clocks: Vec<String>,
    }
}

entry! {
    /// Whether subjects are compared with watchlists, and until when (CIP-23).
    ListCheck(this) = this.name.clone();
    {
        name: String,
        required: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_within: Option<Period>,
        text: String,
    }
}

entry! {
    /// What an entry of a list means for a provider, once a person confirmed it (CIP-23).
    ListConsequence(this) = this.name.clone();
    {
        name: String,
        /// Fixed ids of lists, such as `us-ofac-sdn`.
        lists: BTreeSet<String>,
        consequence: Consequence,
        /// What looking into a confirmed hit may come to.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        outcomes: BTreeSet<HitOutcomeKind>,
        text: String,
    }
}

/// How ownership through entities counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// Shares are multiplied along each chain and added up.
    Product,
    /// An entity of which they hold enough counts as one of them, with all that it owns.
    PassedOn,
}

entry! {
    /// From which share on what listed parties own is treated as they are (the 50 per cent rules).
    ListOwnership(this) = this.name.clone();
    {
        name: String,
        lists: BTreeSet<String>,
        threshold_ppm: u32,
        comparison: Comparison,
        attribution: Attribution,
        /// Shares of several parties of the list count together.
        #[serde(default, skip_serializing_if = "nothing")]
        aggregated: bool,
        /// Control counts as a share that is large enough.
        #[serde(default, skip_serializing_if = "nothing")]
        control: bool,
        text: String,
    }
}

/// On which side of a threshold a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    #[serde(rename = ">")]
    Above,
    #[serde(rename = ">=")]
    AtLeast,
}

entry! {
    /// A number that a rule elsewhere refers to, such as operations of a training run (AI-07).
    Threshold(this) = this.name.clone();
    {
        name: String,
        comparison: Comparison,
        /// A whole number as text, since it may pass what TOML numbers hold.
        #[serde(with = "number_text")]
        value: u128,
        unit: String,
    }
}

mod number_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.replace('_', "").parse().map_err(|_| serde::de::Error::custom("not a whole number as text"))
    }
}

entry! {
    /// Another pack that may ask for the opposite. Shown to a person, never decided here.
    ConflictRule(this) = format!("{}.{}", this.pack, this.about);
    {
        /// Name of the other pack without its date, or `*`.
        pack: String,
        about: String,
        text: String,
    }
}
