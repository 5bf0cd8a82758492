//! The port to the registry: one unit of work, in the words of the domain.
//!
//! Rows of the present state are replaced under their version; facts, verifications, screenings, judgements,
//! decisions, readings, events and leaves are only ever added.

use domain::account::Account;
use domain::api_key::ApiKey;
use domain::case::{Case, CaseKind};
use domain::contact_proof::{Channel, ContactProof};
use domain::customer::Customer;
use domain::decision::Decision;
use domain::draft::Draft;
use domain::event::Event;
use domain::exemption::Exemption;
use domain::fact::Fact;
use domain::id::{
    AccountId, ApiKeyId, CaseId, ContactProofId, CustomerId, DecisionId, DraftId, ExemptionId, LeafId,
    LegalHoldId, PersonId, ProductId, ProviderId, ScreeningId, SpecialMeasureId, StaffId,
};
use domain::legal_hold::LegalHold;
use domain::person::Person;
use domain::product::Product;
use domain::provider::Provider;
use domain::reseller::Reseller;
use domain::screening::{Judgement, Screening};
use domain::special_measure::SpecialMeasure;
use domain::staff::{Session, Staff};
use domain::verification::Verification;
use domain::watchlist::Watchlist;
use jiff::Timestamp;

use crate::message::Message;
use crate::pack::PackRecord;
use crate::reading::ReadingRecord;
use crate::vault::IndexPurpose;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row since it was read.
    #[error("`{object}` was changed meanwhile")]
    VersionConflict { object: String },
    /// A unique value is in use, such as an external id.
    #[error("`{what}` is in use already")]
    Duplicate { what: &'static str },
    #[error("the disk is full; nothing of this request was recorded")]
    DiskFull,
    /// A page of the database does not hold what was written.
    #[error("the database is damaged: {detail}")]
    Corrupt { detail: String },
    /// No column holds such a value (a NUL in text, a number beyond 63 bits), or what it points to is not there.
    #[error("the database refuses this: {detail}")]
    Refused { detail: String },
    #[error("a row of `{table}` cannot be read: {detail}")]
    Unreadable { table: &'static str, detail: String },
    #[error("the database does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The closure gave up; why is kept by the caller of [`Store::run`].
#[derive(Debug)]
pub struct Abort;

pub trait Store: Send + Sync {
    /// One unit of work. `work` may run again after a conflict, so it touches nothing outside; when it
    /// aborts, nothing is left of it. Durable when this returns `Ok`.
    fn run(&self, work: Work<'_>) -> Result<(), StoreError>;

    /// The same on a connection of its own that only reads; it never waits for a writer.
    fn run_reading(&self, work: Work<'_>) -> Result<(), StoreError>;

    /// The log of leaves and events.
    fn log(&self) -> &dyn Log;
}

pub type Work<'a> = &'a mut (dyn FnMut(&mut dyn Transaction) -> Result<(), Abort> + Send);

impl dyn Store + '_ {
    /// Runs a use case's closure as one unit of work.
    pub fn with_tx<T, E>(
        &self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<T, E> + Send,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
    {
        collect(|inner| self.run(inner), &mut work)
    }

    /// Runs a closure that only reads.
    pub fn with_reading_tx<T, E>(
        &self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<T, E> + Send,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
    {
        collect(|inner| self.run_reading(inner), &mut work)
    }
}

fn collect<T: Send, E: From<StoreError> + Send>(
    run: impl FnOnce(Work<'_>) -> Result<(), StoreError>,
    work: &mut (impl FnMut(&mut dyn Transaction) -> Result<T, E> + Send),
) -> Result<T, E> {
    let mut result = None;
    let ran = run(&mut |tx| {
        let answer = work(tx);
        let aborted = answer.is_err();
        result = Some(answer);
        if aborted { Err(Abort) } else { Ok(()) }
    });
    match (ran, result) {
        (Ok(()), Some(answer)) => answer,
        (Err(_), Some(Err(error))) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(()), None) => unreachable!("a store runs the work before it answers"),
    }
}

/// One page of a list: what comes after `after` (an id as text; empty for the start), at most `limit`.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub after: String,
    pub limit: u32,
}

/// Which customers a list shows. All given conditions hold.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Text of [`domain::customer::Identification::as_str`].
    pub state: Option<String>,
    /// Customers whose nearest reseller is one of these; `Some(vec![])` shows none.
    pub resellers: Option<Vec<CustomerId>>,
}

#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    pub customer: Option<CustomerId>,
    pub kind: Option<CaseKind>,
    /// `Some(true)` for work still to do.
    pub unresolved: Option<bool>,
    /// Cases of customers whose nearest reseller is one of these; `Some(vec![])` shows none.
    pub resellers: Option<Vec<CustomerId>>,
}

/// Tables of the present state. Their columns repeat what the record in the row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrentTable {
    Customers,
    Accounts,
    Cases,
    Resellers,
}

impl CurrentTable {
    pub const ALL: [Self; 4] = [Self::Customers, Self::Accounts, Self::Cases, Self::Resellers];
}

/// A row that does not say the same everywhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowFault {
    pub table: &'static str,
    pub id: String,
    pub columns: Vec<&'static str>,
    /// False where it was only looked at, or cannot be mended.
    pub mended: bool,
}

/// What a page of rows came to, and where the next begins; `None` at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsChecked {
    pub faults: Vec<RowFault>,
    pub next: Option<String>,
}

/// A leaf before it has a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLeaf {
    pub id: LeafId,
    /// Which record it is of, such as `fact`, `decision`, `event`.
    pub kind: &'static str,
    /// Id of the record.
    pub object: String,
    pub version: u64,
    pub customer: Option<CustomerId>,
    /// The leaf's canonical bytes.
    pub body: Vec<u8>,
    /// The salt of its commitment, sealed with the record.
    pub salt_sealed: Vec<u8>,
    /// Owner of the salt's key, as [`crate::record::owner_text`] writes it.
    pub salt_owner: String,
}

/// What is on record under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub request_hash: String,
    /// `None` from the moment that the request's work was committed until its answer is kept, and for good where
    /// none was.
    pub answer: Option<KeptAnswer>,
}

/// The answer that a request got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    pub status: u16,
    /// Sealed under the installation's key.
    pub body_sealed: Vec<u8>,
}

/// The rows of one unit of work.
///
/// `find_` gives `None` for what is not there. `insert_` adds; `update_` replaces the row whose version is one
/// less than the given one, else [`StoreError::VersionConflict`].
pub trait Transaction {
    // Reference tables.
    fn insert_provider(&mut self, provider: &Provider) -> Result<(), StoreError>;
    fn find_provider(&mut self, id: ProviderId) -> Result<Option<Provider>, StoreError>;
    fn update_provider(&mut self, provider: &Provider) -> Result<(), StoreError>;
    fn list_providers(&mut self) -> Result<Vec<Provider>, StoreError>;
    fn insert_product(&mut self, product: &Product) -> Result<(), StoreError>;
    fn find_product(&mut self, id: ProductId) -> Result<Option<Product>, StoreError>;
    fn find_product_by_code(&mut self, code: &str) -> Result<Option<Product>, StoreError>;
    fn update_product(&mut self, product: &Product) -> Result<(), StoreError>;
    fn list_products(&mut self) -> Result<Vec<Product>, StoreError>;
    /// Adds a pack, or replaces the record of the same id (a check recorded, a deactivation).
    fn put_pack(&mut self, pack: &PackRecord) -> Result<(), StoreError>;
    fn list_packs(&mut self) -> Result<Vec<PackRecord>, StoreError>;
    fn insert_watchlist(&mut self, watchlist: &Watchlist) -> Result<(), StoreError>;
    /// Every version ever loaded, newest first.
    fn list_watchlists(&mut self) -> Result<Vec<Watchlist>, StoreError>;
    /// `None` where the operator never said.
    fn find_setting(&mut self, name: &str) -> Result<Option<String>, StoreError>;
    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError>;

    // Staff and credentials.
    fn insert_staff(&mut self, staff: &Staff) -> Result<(), StoreError>;
    fn find_staff(&mut self, id: StaffId) -> Result<Option<Staff>, StoreError>;
    fn find_staff_by_handle(&mut self, handle: &str) -> Result<Option<Staff>, StoreError>;
    fn update_staff(&mut self, staff: &Staff) -> Result<(), StoreError>;
    fn list_staff(&mut self) -> Result<Vec<Staff>, StoreError>;
    fn insert_session(&mut self, session: &Session) -> Result<(), StoreError>;
    fn find_session(&mut self, token_hash: &str) -> Result<Option<Session>, StoreError>;
    fn delete_session(&mut self, token_hash: &str) -> Result<(), StoreError>;
    /// Sessions of a person: after a change of password or roles.
    fn delete_sessions_of(&mut self, staff: StaffId) -> Result<(), StoreError>;
    /// Forgets the sessions that were over at an instant. Returns how many.
    fn delete_sessions_over(&mut self, at: Timestamp) -> Result<u64, StoreError>;
    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    fn find_api_key(&mut self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;
    fn find_api_key_by_hash(&mut self, secret_hash: &str) -> Result<Option<ApiKey>, StoreError>;
    fn update_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError>;
    fn list_api_keys(&mut self) -> Result<Vec<ApiKey>, StoreError>;

    // Customers.
    /// Until this unit of work ends no other writes rows of the customer. Every write of such a row locks by
    /// itself; this is for what is decided before the first write.
    fn lock_customer(&mut self, id: CustomerId) -> Result<(), StoreError>;
    fn insert_customer(&mut self, customer: &Customer) -> Result<(), StoreError>;
    fn find_customer(&mut self, id: CustomerId) -> Result<Option<Customer>, StoreError>;
    fn find_customer_by_external_id(&mut self, external_id: &str) -> Result<Option<Customer>, StoreError>;
    fn update_customer(&mut self, customer: &Customer) -> Result<(), StoreError>;
    fn list_customers(&mut self, filter: &CustomerFilter, page: &Page) -> Result<Vec<Customer>, StoreError>;
    /// How many customers are in each identification state.
    fn count_customers_by_state(&mut self) -> Result<Vec<(String, u64)>, StoreError>;
    fn insert_person(&mut self, person: &Person) -> Result<(), StoreError>;
    fn find_person(&mut self, id: PersonId) -> Result<Option<Person>, StoreError>;
    fn update_person(&mut self, person: &Person) -> Result<(), StoreError>;
    fn list_persons(&mut self, customer: CustomerId) -> Result<Vec<Person>, StoreError>;
    fn insert_fact(&mut self, fact: &Fact) -> Result<(), StoreError>;
    /// All facts about the customer and its persons, in order of version.
    fn list_facts(&mut self, customer: CustomerId) -> Result<Vec<Fact>, StoreError>;
    fn insert_verification(&mut self, verification: &Verification) -> Result<(), StoreError>;
    fn list_verifications(&mut self, customer: CustomerId) -> Result<Vec<Verification>, StoreError>;
    fn insert_contact_proof(&mut self, proof: &ContactProof) -> Result<(), StoreError>;
    fn find_contact_proof(&mut self, id: ContactProofId) -> Result<Option<ContactProof>, StoreError>;
    fn update_contact_proof(&mut self, proof: &ContactProof) -> Result<(), StoreError>;
    /// How many codes went to the customer's contacts since an instant.
    fn count_contact_proofs(&mut self, customer: CustomerId, since: Timestamp) -> Result<u64, StoreError>;
    fn insert_screening(&mut self, screening: &Screening) -> Result<(), StoreError>;
    fn find_screening(&mut self, id: ScreeningId) -> Result<Option<Screening>, StoreError>;
    /// In order of time.
    fn list_screenings(&mut self, customer: CustomerId) -> Result<Vec<Screening>, StoreError>;
    fn insert_judgement(&mut self, judgement: &Judgement) -> Result<(), StoreError>;
    fn list_judgements(&mut self, customer: CustomerId) -> Result<Vec<Judgement>, StoreError>;
    fn insert_account(&mut self, account: &Account) -> Result<(), StoreError>;
    fn find_account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError>;
    fn find_account_by_external_id(&mut self, external_id: &str) -> Result<Option<Account>, StoreError>;
    fn update_account(&mut self, account: &Account) -> Result<(), StoreError>;
    fn list_accounts_of(&mut self, customer: CustomerId) -> Result<Vec<Account>, StoreError>;
    /// All accounts in order of id, for tables in memory.
    fn list_accounts(&mut self, page: &Page) -> Result<Vec<Account>, StoreError>;
    /// Adds the register entry of a reseller or replaces the version before.
    fn put_reseller(&mut self, reseller: &Reseller) -> Result<(), StoreError>;
    fn find_reseller(&mut self, customer: CustomerId) -> Result<Option<Reseller>, StoreError>;
    fn list_resellers(&mut self) -> Result<Vec<Reseller>, StoreError>;
    fn insert_legal_hold(&mut self, hold: &LegalHold) -> Result<(), StoreError>;
    fn find_legal_hold(&mut self, id: LegalHoldId) -> Result<Option<LegalHold>, StoreError>;
    fn update_legal_hold(&mut self, hold: &LegalHold) -> Result<(), StoreError>;
    fn list_legal_holds(&mut self, customer: CustomerId) -> Result<Vec<LegalHold>, StoreError>;

    // Look-up by what is sealed.
    fn insert_reference(
        &mut self,
        purpose: IndexPurpose,
        blind: &[u8; 32],
        customer: CustomerId,
        subject: &str,
    ) -> Result<(), StoreError>;
    /// Customers whose sealed values gave this blind index, with the subject each.
    fn find_references(
        &mut self,
        purpose: IndexPurpose,
        blind: &[u8; 32],
        limit: u32,
    ) -> Result<Vec<(CustomerId, String)>, StoreError>;
    /// Forgets the blind indexes of a customer, when it is shredded.
    fn delete_references(&mut self, customer: CustomerId) -> Result<u64, StoreError>;

    /// The blind indexes of a customer, with the subject each.
    fn list_references(
        &mut self,
        customer: CustomerId,
    ) -> Result<Vec<(IndexPurpose, [u8; 32], String)>, StoreError>;

    // What is derived inside the store: compared with what it is derived from, and made anew if told to.
    /// Columns of a page of rows, against the records in them; of customers and accounts the index of external ids too.
    fn check_rows(&mut self, table: CurrentTable, page: &Page, mend: bool)
    -> Result<RowsChecked, StoreError>;
    /// External ids that lead nowhere; `page.after` is a kind and an external id as the page before gave it.
    fn check_external_ids(&mut self, page: &Page, mend: bool) -> Result<RowsChecked, StoreError>;
    /// Counts of leaves and events, against the positions given.
    fn check_log_heads(&mut self, mend: bool) -> Result<RowsChecked, StoreError>;

    // Work and decisions.
    fn insert_case(&mut self, case: &Case) -> Result<(), StoreError>;
    fn find_case(&mut self, id: CaseId) -> Result<Option<Case>, StoreError>;
    fn update_case(&mut self, case: &Case) -> Result<(), StoreError>;
    fn list_cases(&mut self, filter: &CaseFilter, page: &Page) -> Result<Vec<Case>, StoreError>;
    fn insert_decision(&mut self, decision: &Decision) -> Result<(), StoreError>;
    fn find_decision(&mut self, id: DecisionId) -> Result<Option<Decision>, StoreError>;
    /// In order of time.
    fn list_decisions(&mut self, customer: CustomerId) -> Result<Vec<Decision>, StoreError>;
    fn insert_draft(&mut self, draft: &Draft) -> Result<(), StoreError>;
    fn find_draft(&mut self, id: DraftId) -> Result<Option<Draft>, StoreError>;
    fn update_draft(&mut self, draft: &Draft) -> Result<(), StoreError>;
    /// Drafts that wait, oldest first.
    fn list_waiting_drafts(&mut self) -> Result<Vec<Draft>, StoreError>;
    fn insert_measure(&mut self, measure: &SpecialMeasure) -> Result<(), StoreError>;
    fn find_measure(&mut self, id: SpecialMeasureId) -> Result<Option<SpecialMeasure>, StoreError>;
    fn update_measure(&mut self, measure: &SpecialMeasure) -> Result<(), StoreError>;
    fn list_measures(&mut self) -> Result<Vec<SpecialMeasure>, StoreError>;
    fn insert_exemption(&mut self, exemption: &Exemption) -> Result<(), StoreError>;
    fn find_exemption(&mut self, id: ExemptionId) -> Result<Option<Exemption>, StoreError>;
    fn update_exemption(&mut self, exemption: &Exemption) -> Result<(), StoreError>;
    fn list_exemptions(&mut self) -> Result<Vec<Exemption>, StoreError>;

    // What leaves a trace.
    fn insert_reading(&mut self, reading: &ReadingRecord) -> Result<(), StoreError>;
    fn insert_event(&mut self, event: &Event) -> Result<(), StoreError>;
    /// Events about one customer, oldest first, whether they have a position yet or not.
    fn list_events_of(&mut self, customer: CustomerId) -> Result<Vec<Event>, StoreError>;
    fn insert_leaf(&mut self, leaf: &NewLeaf) -> Result<(), StoreError>;
    fn insert_message(&mut self, message: &Message) -> Result<(), StoreError>;
    /// Messages of a channel that are due now, longest due first.
    fn list_unsent_messages(
        &mut self,
        channel: Channel,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    fn update_message(&mut self, message: &Message) -> Result<(), StoreError>;
    /// Answers of the gate, as canonical records, in batches.
    fn insert_gate_answers(&mut self, answers: &[(String, Timestamp, String)]) -> Result<(), StoreError>;
    fn find_gate_answer(&mut self, id: &str) -> Result<Option<String>, StoreError>;
    fn find_idempotency_key(
        &mut self,
        principal: &str,
        key: &str,
    ) -> Result<Option<IdempotencyKey>, StoreError>;
    /// [`StoreError::Duplicate`] where the key is taken.
    fn take_idempotency_key(
        &mut self,
        principal: &str,
        key: &str,
        request_hash: &str,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Keeps an answer under a key, taken or not; one that is kept stays.
    fn keep_idempotent_answer(
        &mut self,
        principal: &str,
        key: &str,
        request_hash: &str,
        answer: &KeptAnswer,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Forgets the keys taken before an instant. Returns how many.
    fn delete_idempotency_keys(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}

/// A leaf with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencedLeaf {
    pub position: u64,
    pub leaf: LeafId,
    pub kind: String,
    pub object: String,
    pub body: Vec<u8>,
    pub salt_sealed: Vec<u8>,
    pub salt_owner: String,
}

/// The log by position: what the sequencer writes, and the gate, webhooks and the events endpoint read.
pub trait Log: Send + Sync {
    /// Takes or renews the sequencer's lease; `None` while another node holds it. The number fences:
    /// [`Log::append_tiles`] refuses an older one.
    fn lease_sequencer(
        &self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError>;

    /// Gives positions, without gaps, to leaves and events that have none: at most `limit` of each, in the
    /// order of their ids. Returns how many of each got one.
    fn assign_positions(&self, fence: u64, limit: u32) -> Result<(u64, u64), StoreError>;

    /// Leaves from a position on, in order.
    fn list_leaves(&self, from: u64, limit: u32) -> Result<Vec<SequencedLeaf>, StoreError>;

    /// The leaf of one version of a record.
    fn find_leaf(&self, kind: &str, object: &str, version: u64) -> Result<Option<SequencedLeaf>, StoreError>;

    /// The canonical record that a leaf commits to, as its table holds it now; `None` where the row is gone.
    fn find_record(&self, kind: &str, object: &str, version: u64) -> Result<Option<String>, StoreError>;

    /// State of the tree as last written: size and the serialised right edge.
    fn tree_state(&self) -> Result<Option<(u64, Vec<u8>)>, StoreError>;

    /// Writes tiles (C2SP path, bytes), the tree's new state and its checkpoint, all or none.
    fn append_tiles(
        &self,
        fence: u64,
        tiles: &[(String, Vec<u8>)],
        size: u64,
        state: &[u8],
        checkpoint: &str,
    ) -> Result<(), StoreError>;

    fn find_tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The newest checkpoint, if any.
    fn latest_checkpoint(&self) -> Result<Option<String>, StoreError>;

    /// Every checkpoint, oldest first: size and text.
    fn list_checkpoints(&self) -> Result<Vec<(u64, String)>, StoreError>;

    /// Events after a position (0 for all), in order, with their positions.
    fn list_events(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>, StoreError>;
}
