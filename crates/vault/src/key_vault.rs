//! The vault: keys from the key store, opened by the master key, kept open for a short time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use app::vault::{IndexPurpose, KeyOwner, KeyStore, Opened, Place, Vault, VaultError, WrappedKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use domain::fact::SubjectId;
use zeroize::Zeroizing;

use crate::cache::Cache;
use crate::cipher::{Cipher, CipherFailed, KEY_LEN, KeyBytes, random_key};
use crate::master_key::{MasterKey, MasterKeyFileError, MasterKeys, Source};
use crate::place::{associated_data, escaped, key_name};
use crate::recovery::RecoveryError;

/// Keys rewrapped in one step of a rotation.
const REWRAP_PAGE: u32 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Subject keys kept open at once.
    pub open_keys_max: usize,
    /// How long a key stays open. It is also how long another node may still read what was shredded here.
    pub open_keys_for: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { open_keys_max: 10_000, open_keys_for: Duration::from_secs(60) }
    }
}

/// Why the vault did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenVaultError {
    #[error(transparent)]
    MasterKeyFile(#[from] MasterKeyFileError),
    #[error(
        "the key store holds keys but the master key file `{0}` is not there: put it back, or take it from the \
         recovery text"
    )]
    MasterKeyMissing(std::path::PathBuf),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// The source of a [`VaultError::Unavailable`]: the master key is the right one, the wrapped key was altered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the wrapped key `{name}` is damaged")]
pub struct KeyDamaged {
    pub name: String,
}

/// The vault over a key store.
pub struct KeyVault {
    store: Arc<dyn KeyStore>,
    source: Source,
    /// As last read, where they come from a file.
    from_file: RwLock<Option<Arc<MasterKeys>>>,
    cache: Cache,
    index_keys: Kept<IndexPurpose, hmac::Key>,
    signing_keys: Kept<&'static str, Ed25519KeyPair>,
    rotating: Mutex<()>,
}

/// Keys that are never destroyed while the vault is open.
type Kept<K, V> = RwLock<HashMap<K, Arc<V>>>;

impl KeyVault {
    /// Opens the vault, and on first start makes the master key. Refuses a master key that does not open what is
    /// in the key store, and never makes a new one for keys that are there already.
    pub fn open(store: Arc<dyn KeyStore>, source: Source, options: Options) -> Result<Self, OpenVaultError> {
        let any = store.list_keys("", 1).map_err(unavailable)?.into_iter().next();
        let vault = Self {
            store,
            source,
            from_file: RwLock::default(),
            cache: Cache::new(options.open_keys_max, options.open_keys_for),
            index_keys: RwLock::default(),
            signing_keys: RwLock::default(),
            rotating: Mutex::default(),
        };
        if let Source::File(path) = &vault.source
            && MasterKeys::read(path)?.is_none()
        {
            if any.is_some() {
                return Err(OpenVaultError::MasterKeyMissing(path.clone()));
            }
            let first = MasterKey::generate().map_err(|CipherFailed| MasterKeyFileError::NoRandomness)?;
            let written = MasterKeys::only(first).write_new(path);
            // Another process may have been first: then its key counts, and is read below.
            if MasterKeys::read(path)?.is_none() {
                written?;
            }
        }
        if let Some(key) = any {
            vault.unwrap(&key)?;
        }
        // So that there is always a key by which a wrong master key is noticed.
        vault.find_or_make("installation")?;
        Ok(vault)
    }

    /// Which master key new keys are wrapped by.
    pub fn master_key_id(&self) -> Result<String, VaultError> {
        Ok(self.master_keys()?.current.id().to_owned())
    }

    /// Whether a rotation was begun and not ended; [`Vault::rotate_master_key`] ends it.
    pub fn is_rotation_open(&self) -> Result<bool, VaultError> {
        Ok(!self.master_keys()?.older.is_empty())
    }

    /// The master keys under a passphrase, for a recovery recipient. To be made anew after each rotation.
    pub fn export_recovery(&self, passphrase: &str) -> Result<String, ExportRecoveryError> {
        Ok(self.master_keys()?.export_recovery(passphrase)?)
    }

    fn master_keys(&self) -> Result<Keys<'_>, VaultError> {
        let kept = read(&self.from_file).clone();
        kept.map_or_else(|| self.read_master_keys_again(), |keys| Ok(Keys::Read(keys)))
    }

    /// Another process that shares the file may have rotated since it was last read.
    fn read_master_keys_again(&self) -> Result<Keys<'_>, VaultError> {
        match &self.source {
            Source::Given(keys) => Ok(Keys::Given(keys)),
            Source::File(path) => {
                let keys = MasterKeys::read(path).map_err(unavailable)?;
                let keys = Arc::new(keys.ok_or_else(|| unavailable("the master key file is gone"))?);
                self.keep_master_keys(Arc::clone(&keys));
                Ok(Keys::Read(keys))
            }
        }
    }

    fn keep_master_keys(&self, keys: Arc<MasterKeys>) {
        *self.from_file.write().unwrap_or_else(PoisonError::into_inner) = Some(keys);
    }

    fn unwrap(&self, key: &WrappedKey) -> Result<KeyBytes, VaultError> {
        let mut masters = self.master_keys()?;
        if masters.find(&key.master_key).is_none() {
            masters = self.read_master_keys_again()?;
        }
        let master = masters.find(&key.master_key).ok_or(VaultError::WrongMasterKey)?;
        let damaged = || unavailable(KeyDamaged { name: key.name.clone() });
        let opened =
            master.cipher().open(&wrapping_data(&key.name, master), &key.wrapped).ok_or_else(damaged)?;
        let opened = Zeroizing::new(opened);
        let mut bytes = KeyBytes::default();
        if opened.len() != KEY_LEN {
            return Err(damaged());
        }
        bytes.copy_from_slice(&opened);
        Ok(bytes)
    }

    /// `None` when the key is not there: destroyed, as values are sealed under it.
    fn find(&self, name: &str) -> Result<Option<KeyBytes>, VaultError> {
        let key = self.store.find_key(name).map_err(unavailable)?;
        key.map(|key| self.unwrap(&key)).transpose()
    }

    fn find_or_make(&self, name: &str) -> Result<KeyBytes, VaultError> {
        if let Some(bytes) = self.find(name)? {
            return Ok(bytes);
        }
        let bytes = random_key().map_err(unavailable)?;
        let wrapped = wrap(name, &bytes, &self.read_master_keys_again()?.current)?;
        match self.store.add_key(&wrapped).map_err(unavailable)? {
            Some(kept) if kept == wrapped => Ok(bytes),
            // Somebody else was first.
            Some(kept) => self.unwrap(&kept),
            None => Err(VaultError::Destroyed),
        }
    }

    /// The owner's key, from the cache where it is fresh there.
    fn owner_key(
        &self,
        owner: &KeyOwner,
        otherwise: impl FnOnce(&str) -> Result<Option<KeyBytes>, VaultError>,
    ) -> Result<Option<Arc<Cipher>>, VaultError> {
        let now = Instant::now();
        if let Some(cipher) = self.cache.find(owner, now) {
            return Ok(Some(cipher));
        }
        let as_of = self.cache.as_of();
        let Some(bytes) = otherwise(&key_name(owner))? else { return Ok(None) };
        let cipher = Arc::new(Cipher::new(&bytes));
        self.cache.insert(owner, &cipher, now, as_of);
        Ok(Some(cipher))
    }

    fn signing_key(&self, name: &'static str) -> Result<Arc<Ed25519KeyPair>, VaultError> {
        keep(&self.signing_keys, name, || {
            let seed = self.find_or_make(name)?;
            Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(unavailable)
        })
    }

    fn sign(&self, name: &'static str, message: &[u8]) -> Result<[u8; 64], VaultError> {
        let signature = self.signing_key(name)?.try_sign(message).map_err(unavailable)?;
        Ok(signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes"))
    }

    fn public_key(&self, name: &'static str) -> Result<[u8; 32], VaultError> {
        let pair = self.signing_key(name)?;
        Ok(pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes"))
    }

    /// Goes through all keys once and rewraps those that are not under the current master key.
    fn rewrap_all(&self, masters: &MasterKeys) -> Result<u64, VaultError> {
        let (mut rewrapped, mut after) = (0, String::new());
        loop {
            let page = self.store.list_keys(&after, REWRAP_PAGE).map_err(unavailable)?;
            let Some(last) = page.last() else { return Ok(rewrapped) };
            after = last.name.clone();
            let mut changed = Vec::new();
            for key in page.iter().filter(|key| key.master_key != masters.current.id()) {
                changed.push(wrap(&key.name, &self.unwrap(key)?, &masters.current)?);
            }
            if !changed.is_empty() {
                self.store.rewrap(&changed).map_err(unavailable)?;
                rewrapped += changed.len() as u64;
            }
        }
    }
}

/// Why no recovery text was made.
#[derive(Debug, thiserror::Error)]
pub enum ExportRecoveryError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
}

impl Vault for KeyVault {
    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = self.owner_key(&place.owner, |name| self.find_or_make(name).map(Some))?;
        let key = key.ok_or(VaultError::Destroyed)?;
        key.seal(&associated_data(place), plain).map_err(unavailable)
    }

    fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Opened, VaultError> {
        let Some(key) = self.owner_key(&place.owner, |name| self.find(name))? else {
            return Ok(Opened::Shredded);
        };
        let Place { table, column, row, .. } = *place;
        let plain = key.open(&associated_data(place), sealed);
        plain.map(Opened::Plain).ok_or_else(|| VaultError::Altered { table, column, row: row.to_owned() })
    }

    fn prepare(&self, owners: &[KeyOwner]) -> Result<(), VaultError> {
        let now = Instant::now();
        let as_of = self.cache.as_of();
        let mut missing: Vec<(&KeyOwner, KeyBytes, WrappedKey)> = Vec::new();
        for owner in owners {
            let waits = missing.iter().any(|(other, _, _)| *other == owner);
            if waits || self.owner_key(owner, |name| self.find(name))?.is_some() {
                continue;
            }
            let bytes = random_key().map_err(unavailable)?;
            let wrapped = wrap(&key_name(owner), &bytes, &self.master_keys()?.current)?;
            missing.push((owner, bytes, wrapped));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<WrappedKey> = missing.iter().map(|(_, _, wrapped)| wrapped.clone()).collect();
        let there = self.store.add_keys(&keys).map_err(unavailable)?;
        for ((owner, bytes, wrapped), kept) in missing.into_iter().zip(there) {
            let bytes = match kept {
                Some(kept) if kept == wrapped => bytes,
                // Somebody else was first.
                Some(kept) => self.unwrap(&kept)?,
                None => return Err(VaultError::Destroyed),
            };
            self.cache.insert(owner, &Arc::new(Cipher::new(&bytes)), now, as_of);
        }
        Ok(())
    }

    fn has_key(&self, owner: &KeyOwner) -> Result<bool, VaultError> {
        Ok(self.store.find_key(&key_name(owner)).map_err(unavailable)?.is_some())
    }

    fn blind_index(&self, purpose: IndexPurpose, text: &str) -> Result<[u8; 32], VaultError> {
        let key = keep(&self.index_keys, purpose, || {
            let bytes = self.find_or_make(&format!("index/{}", purpose.as_str()))?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
        })?;
        let tag = hmac::sign(&key, text.as_bytes());
        Ok(tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes"))
    }

    fn shred(&self, subject: SubjectId, class: Option<&str>) -> Result<u64, VaultError> {
        let prefix = match class {
            Some(class) => format!("subject/{subject}/{}/", escaped(class)),
            None => format!("subject/{subject}/"),
        };
        let destroyed = self.store.destroy_keys(&prefix);
        // Also when the store did not answer: it may have destroyed them all the same.
        self.cache.forget(subject, class);
        Ok(destroyed.map_err(unavailable)?.len() as u64)
    }

    fn rotate_master_key(&self) -> Result<u64, VaultError> {
        let _one_at_a_time = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        let mut masters = self.read_master_keys_again()?;
        if let Source::File(path) = &self.source
            && masters.older.is_empty()
        {
            // Durable before the first key is under it. A rotation that died goes on with the key it had made.
            let next = Arc::new(masters.under(MasterKey::generate().map_err(unavailable)?));
            next.replace(path).map_err(unavailable)?;
            self.keep_master_keys(Arc::clone(&next));
            masters = Keys::Read(next);
        }
        let mut rewrapped = 0;
        // Again until there is nothing left: keys may have been added meanwhile, behind where the pass was.
        loop {
            match self.rewrap_all(&masters)? {
                0 => break,
                some => rewrapped += some,
            }
        }
        if let Source::File(path) = &self.source {
            let only = Arc::new(masters.without_older());
            only.replace(path).map_err(unavailable)?;
            self.keep_master_keys(only);
        }
        Ok(rewrapped)
    }

    fn sign_checkpoint(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        self.sign("sign/ledger", message)
    }

    fn sign_answer(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        self.sign("sign/answers", message)
    }

    fn checkpoint_public_key(&self) -> Result<[u8; 32], VaultError> {
        self.public_key("sign/ledger")
    }

    fn answer_public_key(&self) -> Result<[u8; 32], VaultError> {
        self.public_key("sign/answers")
    }
}

/// Master keys, wherever they come from.
enum Keys<'a> {
    Given(&'a MasterKeys),
    Read(Arc<MasterKeys>),
}

impl std::ops::Deref for Keys<'_> {
    type Target = MasterKeys;

    fn deref(&self) -> &MasterKeys {
        match self {
            Self::Given(keys) => keys,
            Self::Read(keys) => keys,
        }
    }
}

/// What a wrapped key is bound to, so that keys cannot be swapped in the key store.
fn wrapping_data(name: &str, master: &MasterKey) -> Vec<u8> {
    format!("tenantry key 1\n{}\n{name}", master.id()).into_bytes()
}

fn wrap(name: &str, bytes: &KeyBytes, master: &MasterKey) -> Result<WrappedKey, VaultError> {
    let wrapped =
        master.cipher().seal(&wrapping_data(name, master), bytes.as_slice()).map_err(unavailable)?;
    Ok(WrappedKey { name: name.to_owned(), wrapped, master_key: master.id().to_owned() })
}

fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> VaultError {
    VaultError::Unavailable(source.into())
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn keep<K: Copy + Eq + Hash, V>(
    kept: &Kept<K, V>,
    key: K,
    make: impl FnOnce() -> Result<V, VaultError>,
) -> Result<Arc<V>, VaultError> {
    if let Some(found) = read(kept).get(&key) {
        return Ok(Arc::clone(found));
    }
    // Made outside the lock: the key store may be slow. Two that make it at once make the same.
    let made = Arc::new(make()?);
    Ok(Arc::clone(kept.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(made)))
}
