//! The port to keys: sealing, blind indexes, shredding, signing (SEC-01, RET-03).

use domain::fact::SubjectId;

/// Whose key a value is under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// A subject's key of one retention class; destroyed with the class.
    Subject { subject: SubjectId, class: String },
    /// The installation's own key, for what is about no subject.
    Installation,
}

/// Where a sealed value stands. It is the associated data, so that ciphertexts cannot be swapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    pub owner: KeyOwner,
    pub table: &'static str,
    pub column: &'static str,
    /// Id of the row.
    pub row: &'a str,
    pub version: u64,
}

/// What opening a sealed value came to. A shredded value is an answer, not an error.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened {
    Plain(Vec<u8>),
    Shredded,
}

/// What a blind index is over: each purpose has a key of its own, so that indexes cannot be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexPurpose {
    /// Retrieval keys of names.
    NameKey,
    Email,
    Telephone,
    Payment,
    Identifier,
    /// What was screened, so that clearances stick.
    Compared,
    ContactCode,
    /// Rows of the answer log: that they are as they were written.
    GateAnswer,
}

impl IndexPurpose {
    pub const ALL: [Self; 8] = [
        Self::NameKey,
        Self::Email,
        Self::Telephone,
        Self::Payment,
        Self::Identifier,
        Self::Compared,
        Self::ContactCode,
        Self::GateAnswer,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NameKey => "name_key",
            Self::Email => "email",
            Self::Telephone => "telephone",
            Self::Payment => "payment",
            Self::Identifier => "identifier",
            Self::Compared => "compared",
            Self::ContactCode => "contact_code",
            Self::GateAnswer => "gate_answer",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key store does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("a sealed value of `{table}.{column}`, row `{row}`, was altered or belongs elsewhere")]
    Altered { table: &'static str, column: &'static str, row: String },
    #[error("the master key does not open this key store")]
    WrongMasterKey,
    /// What was shredded stays so: nothing more is sealed under its key.
    #[error("the key was destroyed")]
    Destroyed,
}

pub trait Vault: Send + Sync {
    /// Seals under the owner's key, making it when it is the first value. Refuses an owner whose key was
    /// destroyed: what was shredded stays so.
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError>;

    fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Opened, VaultError>;

    /// Makes the keys that are missing, all at once, so that a sign-up waits for one disk write and a transaction
    /// for none.
    fn prepare(&self, owners: &[KeyOwner]) -> Result<(), VaultError>;

    /// Whether values under the owner's key can still be opened. Asks the key store, so that what was destroyed
    /// elsewhere counts too.
    fn has_key(&self, owner: &KeyOwner) -> Result<bool, VaultError>;

    /// HMAC-SHA-256 under the purpose's key.
    fn blind_index(&self, purpose: IndexPurpose, text: &str) -> Result<[u8; 32], VaultError>;

    /// Destroys the keys of a subject: of one class, or of all. Returns how many there were. Takes effect
    /// for every copy of the data, backups included.
    fn shred(&self, subject: SubjectId, class: Option<&str>) -> Result<u64, VaultError>;

    /// Puts every wrapped key under a new master key; sealed values stay as they are.
    fn rotate_master_key(&self) -> Result<u64, VaultError>;

    /// Ed25519 over the bytes, by the ledger's key.
    fn sign_checkpoint(&self, message: &[u8]) -> Result<[u8; 64], VaultError>;

    /// Ed25519 over the bytes, by the gate's key.
    fn sign_answer(&self, message: &[u8]) -> Result<[u8; 64], VaultError>;

    fn checkpoint_public_key(&self) -> Result<[u8; 32], VaultError>;

    fn answer_public_key(&self) -> Result<[u8; 32], VaultError>;
}

/// One wrapped key as the key store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Such as `subject/cus_…/identity`, `index/email`, `sign/ledger`.
    pub name: String,
    pub wrapped: Vec<u8>,
    /// Which master key wraps it.
    pub master_key: String,
}

/// Where wrapped keys lie: a store apart from the data, with a backup of its own (DESIGN 3.6).
pub trait KeyStore: Send + Sync {
    fn find_key(&self, name: &str) -> Result<Option<WrappedKey>, KeyStoreError>;

    /// Adds a key durably unless the name has one or had one; returns what is there now, `None` when it was
    /// destroyed.
    fn add_key(&self, key: &WrappedKey) -> Result<Option<WrappedKey>, KeyStoreError>;

    /// The same for several keys, durable together; one answer for each, in order.
    fn add_keys(&self, keys: &[WrappedKey]) -> Result<Vec<Option<WrappedKey>>, KeyStoreError> {
        keys.iter().map(|key| self.add_key(key)).collect()
    }

    /// Destroys keys whose name begins so, overwriting them and keeping a tombstone, durably. Returns their names.
    fn destroy_keys(&self, name_prefix: &str) -> Result<Vec<String>, KeyStoreError>;

    /// Keys in order of name, after `after`.
    fn list_keys(&self, after: &str, limit: u32) -> Result<Vec<WrappedKey>, KeyStoreError>;

    /// Replaces wrapped forms, all or none.
    fn rewrap(&self, keys: &[WrappedKey]) -> Result<(), KeyStoreError>;
}

#[derive(Debug, thiserror::Error)]
#[error("the key store does not answer")]
pub struct KeyStoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
