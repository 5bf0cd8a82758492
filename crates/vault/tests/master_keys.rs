//! Master keys: their file, their rotation, their recovery (SEC-01).
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::vault::{IndexPurpose, KeyOwner, Opened, Place, Vault as _, VaultError};
use domain::fact::SubjectId;
use domain::id::CustomerId;
use testkit::key_store::MemoryKeyStore;
use uuid::Uuid;
use vault::{KeyVault, MasterKey, MasterKeyFileError, MasterKeys, OpenVaultError, Options, Source};

fn subject(number: u128) -> SubjectId {
    SubjectId::Customer(CustomerId::from(Uuid::from_u128(number)))
}

fn place(number: u128) -> Place<'static> {
    let owner = KeyOwner::Subject { subject: subject(number), class: "identity".to_owned() };
    Place { owner, table: "facts", column: "sealed", row: "fact_1", version: 1 }
}

fn opens(vault: &KeyVault, number: u128, sealed: &[u8]) -> bool {
    match vault.open(&place(number), sealed) {
        Ok(Opened::Plain(plain)) => plain == b"text",
        Ok(Opened::Shredded) | Err(_) => false,
    }
}

/// A folder with a key store in memory and a master key file.
struct Node {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: Arc<MemoryKeyStore>,
}

impl Node {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        Self { path: folder.path().join("master.key"), _folder: folder, store: Arc::default() }
    }

    fn open(&self) -> Result<KeyVault, OpenVaultError> {
        KeyVault::open(self.store.clone(), Source::File(self.path.clone()), Options::default())
    }

    fn write(&self, text: &str, mode: u32) {
        fs::write(&self.path, text).expect("there is room");
        fs::set_permissions(&self.path, fs::Permissions::from_mode(mode)).expect("the file is ours");
    }
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
}

#[test]
fn the_first_start_makes_a_master_key_that_only_its_owner_reads() {
    let node = Node::new();
    let sealed = node.open().unwrap().seal(&place(1), b"text").unwrap();

    assert_eq!(mode_of(&node.path), 0o600);
    assert!(opens(&node.open().unwrap(), 1, &sealed));
    assert_eq!(fs::read_dir(node.path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn first_starts_at_once_agree_on_one_master_key() {
    let node = Node::new();

    let ids: Vec<String> = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..6).map(|_| scope.spawn(|| node.open().unwrap().master_key_id().unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });

    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn keys_that_are_there_already_never_get_a_new_master_key() {
    let node = Node::new();
    node.open().unwrap();
    fs::remove_file(&node.path).unwrap();

    assert!(matches!(node.open().err(), Some(OpenVaultError::MasterKeyMissing(_))));
    assert!(!node.path.exists());
}

#[test]
fn a_master_key_file_is_read_in_each_of_its_forms() {
    let (hex, base64) = ("0a".repeat(32), "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo");
    let expected = MasterKey::from_bytes(&[10; 32]).id().to_owned();
    let texts = [
        hex.clone(),
        hex.to_uppercase(),
        base64.to_owned(),
        format!("{base64}=\n"),
        format!("# a remark\r\n\r\n  {hex}  \r\n{}\n", "0b".repeat(32)),
    ];
    for text in texts {
        for mode in [0o600, 0o400] {
            let node = Node::new();
            node.write(&text, mode);

            assert_eq!(node.open().unwrap().master_key_id().unwrap(), expected, "{text}");
        }
    }
}

#[test]
fn a_master_key_file_that_is_not_safe_or_not_sound_is_refused() {
    let good = "0a".repeat(32);
    let zeros = "0".repeat(63);
    type IsExpected = fn(&MasterKeyFileError) -> bool;
    let cases: [(&str, u32, IsExpected); 8] = [
        (&good, 0o640, |error| matches!(error, MasterKeyFileError::TooOpen { mode: 0o640, .. })),
        (&good, 0o604, |error| matches!(error, MasterKeyFileError::TooOpen { mode: 0o604, .. })),
        (&good, 0o620, |error| matches!(error, MasterKeyFileError::TooOpen { .. })),
        ("", 0o600, |error| matches!(error, MasterKeyFileError::Empty { .. })),
        ("# only a remark\n", 0o600, |error| matches!(error, MasterKeyFileError::Empty { .. })),
        (&zeros, 0o600, |error| matches!(error, MasterKeyFileError::Malformed { line: 1, .. })),
        ("CgoK", 0o600, |error| matches!(error, MasterKeyFileError::Malformed { line: 1, .. })),
        ("# a\nnot a key", 0o600, |error| matches!(error, MasterKeyFileError::Malformed { line: 2, .. })),
    ];
    for (text, mode, is_expected) in cases {
        let node = Node::new();
        node.write(text, mode);

        let Some(OpenVaultError::MasterKeyFile(error)) = node.open().err() else {
            panic!("{text:?} with mode {mode:o} was taken");
        };

        assert!(is_expected(&error), "{text:?} {mode:o}: {error}");
        assert!(text.is_empty() || !error.to_string().contains(text), "the key is not in the message");
    }
}

#[test]
fn rotation_keeps_everything_readable_and_the_old_master_key_opens_nothing() {
    let node = Node::new();
    let vault = node.open().unwrap();
    let sealed: Vec<Vec<u8>> =
        (0..1_200).map(|number| vault.seal(&place(number), b"text").unwrap()).collect();
    let index = vault.blind_index(IndexPurpose::Email, "ann@example.com").unwrap();
    let signer = vault.checkpoint_public_key().unwrap();
    let (old_file, old_id) = (fs::read_to_string(&node.path).unwrap(), vault.master_key_id().unwrap());

    assert_eq!(vault.rotate_master_key().unwrap(), 1_203, "subjects, installation, index and ledger");

    for vault in [vault, node.open().unwrap()] {
        assert!(sealed.iter().zip(0..).all(|(sealed, number)| opens(&vault, number, sealed)));
        assert_eq!(vault.blind_index(IndexPurpose::Email, "ann@example.com").unwrap(), index);
        assert_eq!(vault.checkpoint_public_key().unwrap(), signer);
        assert_ne!(vault.master_key_id().unwrap(), old_id);
        assert!(!vault.is_rotation_open().unwrap());
    }
    assert_eq!(mode_of(&node.path), 0o600);
    node.write(&old_file, 0o600);
    assert!(matches!(node.open().err(), Some(OpenVaultError::Vault(VaultError::WrongMasterKey))));
}

#[test]
fn a_rotation_that_died_reads_everything_and_goes_on_where_it_was() {
    let node = Node::new();
    let vault = node.open().unwrap();
    let sealed: Vec<Vec<u8>> =
        (0..1_200).map(|number| vault.seal(&place(number), b"text").unwrap()).collect();
    node.store.fail_rewraps_after(Some(1));
    assert!(matches!(vault.rotate_master_key(), Err(VaultError::Unavailable(_))));
    drop(vault);
    node.store.fail_rewraps_after(None);

    let vault = node.open().unwrap();
    assert!(vault.is_rotation_open().unwrap());
    assert!(
        sealed.iter().zip(0..).all(|(sealed, number)| opens(&vault, number, sealed)),
        "half under each key"
    );
    let next = vault.master_key_id().unwrap();

    assert_eq!(vault.rotate_master_key().unwrap(), 1_201 - 500, "the first page was done");

    assert_eq!(vault.master_key_id().unwrap(), next, "no third key was made");
    let vault = node.open().unwrap();
    assert!(sealed.iter().zip(0..).all(|(sealed, number)| opens(&vault, number, sealed)));
    assert!(node.store.all_keys().iter().all(|key| key.master_key == next));
}

#[test]
fn another_process_goes_on_while_and_after_one_rotates() {
    let node = Node::new();
    let (here, there) = (node.open().unwrap(), node.open().unwrap());
    let before = there.seal(&place(1), b"text").unwrap();

    here.rotate_master_key().unwrap();
    let after = there.seal(&place(2), b"text").unwrap();

    let fresh = node.open().unwrap();
    for vault in [&here, &there, &fresh] {
        assert!(opens(vault, 1, &before) && opens(vault, 2, &after));
    }
}

#[test]
fn keys_given_by_configuration_rotate_to_the_current_one() {
    let store = Arc::new(MemoryKeyStore::new());
    let key = |byte| MasterKey::from_bytes(&[byte; 32]);
    let open = |current, older: Vec<MasterKey>| {
        KeyVault::open(store.clone(), Source::Given(MasterKeys { current, older }), Options::default())
    };
    let sealed = open(key(1), vec![]).unwrap().seal(&place(1), b"text").unwrap();

    let both = open(key(2), vec![key(1)]).unwrap();
    assert!(opens(&both, 1, &sealed), "the older key reads until rotation is done");
    assert_eq!(both.rotate_master_key().unwrap(), 2);
    assert_eq!(both.rotate_master_key().unwrap(), 0);

    assert!(opens(&open(key(2), vec![]).unwrap(), 1, &sealed));
    assert!(matches!(open(key(1), vec![]).err(), Some(OpenVaultError::Vault(VaultError::WrongMasterKey))));
}

/// RET-03
#[test]
fn rotation_brings_no_shredded_key_back() {
    let node = Node::new();
    let vault = node.open().unwrap();
    let sealed = vault.seal(&place(1), b"text").unwrap();
    vault.shred(subject(1), None).unwrap();

    vault.rotate_master_key().unwrap();

    assert!(matches!(vault.open(&place(1), &sealed), Ok(Opened::Shredded)));
}

#[test]
fn a_lost_master_key_comes_back_from_the_recovery_text() {
    let node = Node::new();
    let vault = node.open().unwrap();
    let sealed = vault.seal(&place(1), b"text").unwrap();
    let text = vault.export_recovery("correct horse battery").unwrap();
    fs::remove_file(&node.path).unwrap();

    let keys = MasterKeys::import_recovery(&text, "correct horse battery").unwrap();
    keys.write_new(&node.path).unwrap();

    assert!(opens(&node.open().unwrap(), 1, &sealed));
    assert!(keys.write_new(&node.path).is_err(), "a key file that is there is never overwritten");
}
