//! The leaf of a record, written in the transaction of the change (LOG-02).

use domain::event::Event;
use domain::fact::SubjectId;
use domain::id::{AccountId, CustomerId, LeafId};
use ledger::canonical;
use ledger::hash::Hash;
use ledger::leaf::{LEAF_VERSION, Leaf};
use serde::Serialize;

use crate::env::Env;
use crate::failure::Failure;
use crate::store::{NewLeaf, StoreError, Transaction};
use crate::vault::{KeyOwner, Place, VaultError};

/// Class of the keys that hold salts and free text of a customer's records; it expires with the last of them.
pub const RECORD_CLASS: &str = "record";

/// Which record a leaf is of, and whose.
pub struct Recorded<'a> {
    /// Kind of the record: the table that holds it, such as `fact`.
    pub kind: &'static str,
    pub object: &'a str,
    pub version: u64,
    pub customer: Option<CustomerId>,
    pub subject: Option<SubjectId>,
    /// Under whose key the salt is sealed: the record's own, so that both die together.
    pub owner: KeyOwner,
}

/// Appends the leaf of a record. The record itself is inserted by the caller in the same transaction.
pub fn append_leaf(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    recorded: Recorded<'_>,
    record: &impl Serialize,
) -> Result<(), Failure> {
    let Recorded { kind, object, version, customer, subject, owner } = recorded;
    let salt = env.secret();
    let id: LeafId = env.new_id();
    let unreadable = |detail: String| StoreError::Unreadable { table: "leaves", detail };
    let text = canonical::to_vec(record).map_err(|error| unreadable(error.to_string()))?;
    let leaf = Leaf {
        v: LEAF_VERSION,
        id: id.to_string(),
        at: env.now().to_string(),
        kind: format!("{kind}.recorded"),
        subject: subject.map(|subject| subject.to_string()).or(customer.map(|customer| customer.to_string())),
        actor: env.actor.to_string(),
        object: object.to_owned(),
        version,
        commitment: Hash(ledger::leaf::commitment(&salt, &text)),
    };
    let body = leaf.to_bytes().map_err(|error| unreadable(error.to_string()))?;
    let (salt_owner, salt_sealed) = match seal_salt(env, id, owner, &salt) {
        // What still happens to a customer that was shredded is on the ledger like all else; it has no personal data.
        Err(VaultError::Destroyed) => seal_salt(env, id, KeyOwner::Installation, &salt)?,
        sealed => sealed?,
    };
    let leaf =
        NewLeaf { id, kind, object: object.to_owned(), version, customer, body, salt_sealed, salt_owner };
    tx.insert_leaf(&leaf)?;
    Ok(())
}

/// The owner as text, and the salt sealed under its key.
fn seal_salt(
    env: &Env<'_>,
    leaf: LeafId,
    owner: KeyOwner,
    salt: &[u8; 32],
) -> Result<(String, Vec<u8>), VaultError> {
    let (text, row) = (owner_text(&owner), leaf.to_string());
    let place = Place { owner, table: "leaves", column: "salt_sealed", row: &row, version: 1 };
    Ok((text, env.vault().seal(&place, salt)?))
}

/// `installation`, or `subject/class`.
pub fn owner_text(owner: &KeyOwner) -> String {
    match owner {
        KeyOwner::Installation => "installation".to_owned(),
        KeyOwner::Subject { subject, class } => format!("{subject}/{class}"),
    }
}

/// Reads back what [`owner_text`] wrote.
pub fn parse_owner(text: &str) -> Option<KeyOwner> {
    if text == "installation" {
        return Some(KeyOwner::Installation);
    }
    let (subject, class) = text.split_once('/')?;
    Some(KeyOwner::Subject { subject: subject.parse().ok()?, class: class.to_owned() })
}

/// The key of a customer's records, or the installation's for what concerns nobody.
pub fn owner_of(customer: Option<CustomerId>) -> KeyOwner {
    match customer {
        Some(customer) => {
            KeyOwner::Subject { subject: SubjectId::Customer(customer), class: RECORD_CLASS.to_owned() }
        }
        None => KeyOwner::Installation,
    }
}

/// What happened, before it has an id.
pub struct Happened<'a> {
    /// Past tense with dots, such as `account.opened`.
    pub kind: &'a str,
    pub customer: Option<CustomerId>,
    pub account: Option<AccountId>,
    pub object: String,
    pub version: u64,
    pub state: Option<&'a str>,
    pub reasons: Vec<String>,
}

impl<'a> Happened<'a> {
    /// Something that happened to an object, told of nobody, without state or reasons.
    pub fn of(kind: &'a str, object: impl ToString, version: u64) -> Self {
        let object = object.to_string();
        Self { kind, customer: None, account: None, object, version, state: None, reasons: Vec::new() }
    }

    /// Whom it concerns.
    pub fn to(self, customer: impl Into<Option<CustomerId>>) -> Self {
        Self { customer: customer.into(), ..self }
    }

    pub fn account(self, account: impl Into<Option<AccountId>>) -> Self {
        Self { account: account.into(), ..self }
    }

    pub fn state(self, state: &'a str) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Stable codes.
    pub fn because(self, reasons: Vec<String>) -> Self {
        Self { reasons, ..self }
    }
}

/// Puts an event into the outbox, with its leaf.
pub fn append_event(env: &Env<'_>, tx: &mut dyn Transaction, happened: Happened<'_>) -> Result<(), Failure> {
    let event = Event {
        id: env.new_id(),
        kind: happened.kind.to_owned(),
        at: env.now(),
        customer: happened.customer,
        account: happened.account,
        object: happened.object,
        version: happened.version,
        state: happened.state.map(str::to_owned),
        reasons: happened.reasons,
        actor: env.actor.to_string(),
        livemode: env.platform.livemode,
    };
    tx.insert_event(&event)?;
    if let Some(customer) = event.customer {
        env.touch(customer);
    }
    let object = event.id.to_string();
    let recorded = Recorded {
        kind: "event",
        object: &object,
        version: 1,
        customer: event.customer,
        subject: None,
        owner: owner_of(event.customer),
    };
    append_leaf(env, tx, recorded, &event)
}
