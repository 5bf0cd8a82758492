//! The vault as its callers see it, over a key store in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::vault::{IndexPurpose, KeyOwner, KeyStore as _, Opened, Place, Vault as _, VaultError};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use domain::fact::SubjectId;
use domain::id::{CustomerId, PersonId};
use proptest::prelude::*;
use testkit::key_store::MemoryKeyStore;
use uuid::Uuid;
use vault::{KeyVault, MasterKey, MasterKeys, OpenVaultError, Options, Source};

fn given(bytes: [u8; 32]) -> Source {
    Source::Given(MasterKeys::only(MasterKey::from_bytes(&bytes)))
}

fn over(store: &Arc<MemoryKeyStore>) -> KeyVault {
    KeyVault::open(store.clone(), given([1; 32]), Options::default()).expect("the store answers")
}

fn new_vault() -> KeyVault {
    over(&Arc::new(MemoryKeyStore::new()))
}

fn subject(number: u128) -> SubjectId {
    SubjectId::Customer(CustomerId::from(Uuid::from_u128(number)))
}

fn place(number: u128, class: &str) -> Place<'static> {
    let owner = KeyOwner::Subject { subject: subject(number), class: class.to_owned() };
    Place { owner, table: "facts", column: "sealed", row: "fact_1", version: 1 }
}

fn plain(opened: Result<Opened, VaultError>) -> Vec<u8> {
    match opened.expect("it opens") {
        Opened::Plain(plain) => plain,
        Opened::Shredded => panic!("shredded"),
    }
}

fn is_shredded(opened: Result<Opened, VaultError>) -> bool {
    matches!(opened, Ok(Opened::Shredded))
}

fn is_altered(opened: Result<Opened, VaultError>) -> bool {
    matches!(opened, Err(VaultError::Altered { .. }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// SEC-01
    #[test]
    fn what_is_sealed_opens_as_it_was(text in proptest::collection::vec(any::<u8>(), 0..300), class in ".{0,12}") {
        let vault = new_vault();
        let place = place(1, &class);

        let sealed = vault.seal(&place, &text).unwrap();

        prop_assert_eq!(sealed.len(), text.len() + 29);
        prop_assert_eq!(plain(vault.open(&place, &sealed)), text);
    }

    /// SEC-01: a database dump shows no plain name.
    #[test]
    fn a_sealed_value_never_contains_the_plain_one(text in "[a-zA-Z ]{4,60}") {
        let sealed = new_vault().seal(&place(1, "identity"), text.as_bytes()).unwrap();

        prop_assert!(!sealed.windows(4).any(|part| text.as_bytes().windows(4).any(|other| other == part)));
    }

    /// SEC-01
    #[test]
    fn a_value_never_opens_with_any_bit_flipped(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        let vault = new_vault();
        let sealed = vault.seal(&place(1, "identity"), &text).unwrap();

        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(is_altered(vault.open(&place(1, "identity"), &flipped)), "bit {}", bit);
        }
    }

    #[test]
    fn any_bytes_are_altered_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let vault = new_vault();
        vault.seal(&place(1, "identity"), b"").unwrap();

        prop_assert!(is_altered(vault.open(&place(1, "identity"), &bytes)));
    }
}

/// SEC-01
#[test]
fn a_value_never_opens_in_another_place() {
    let vault = new_vault();
    let here = place(1, "identity");
    let person = SubjectId::Person(PersonId::from(Uuid::from_u128(1)));
    let sealed = vault.seal(&here, b"Ivan Petrov").unwrap();

    let elsewhere = [
        ("another subject", place(2, "identity")),
        ("another class", place(1, "contact")),
        (
            "a person with the customer's number",
            Place { owner: KeyOwner::Subject { subject: person, class: "identity".into() }, ..here.clone() },
        ),
        ("the installation", Place { owner: KeyOwner::Installation, ..here.clone() }),
        ("another table", Place { table: "persons", ..here.clone() }),
        ("another column", Place { column: "sealed2", ..here.clone() }),
        ("another row", Place { row: "fact_2", ..here.clone() }),
        ("another version", Place { version: 2, ..here.clone() }),
    ];
    for (name, other) in elsewhere {
        // So that the other owner has a key, and the answer is not that it is shredded.
        vault.seal(&other, b"").unwrap();
        assert!(is_altered(vault.open(&other, &sealed)), "{name}");
    }
    assert_eq!(plain(vault.open(&here, &sealed)), b"Ivan Petrov");
}

/// SEC-01
#[test]
fn two_seals_of_the_same_text_differ() {
    let vault = new_vault();

    let one = vault.seal(&place(1, "identity"), b"Ivan Petrov").unwrap();
    let other = vault.seal(&place(1, "identity"), b"Ivan Petrov").unwrap();

    assert_ne!(one[1..13], other[1..13], "nonces");
    assert_ne!(one[13..], other[13..], "ciphertexts");
}

#[test]
fn an_error_names_the_place_and_not_the_value() {
    let vault = new_vault();
    vault.seal(&place(1, "identity"), b"Ivan Petrov").unwrap();

    let error = vault.open(&place(1, "identity"), b"Ivan Petrov").err().unwrap();

    let expected = "a sealed value of `facts.sealed`, row `fact_1`, was altered or belongs elsewhere";
    assert_eq!(error.to_string(), expected);
}

/// RET-03: what is left after a shred opens nothing, on this node or from an old copy of the data.
#[test]
fn shredding_a_class_leaves_the_others() {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = over(&store);
    let classes = ["identity", "identity_long", "contact"];
    let sealed = classes.map(|class| vault.seal(&place(1, class), class.as_bytes()).unwrap());
    let others = vault.seal(&place(2, "identity"), b"other").unwrap();

    assert_eq!(vault.shred(subject(1), Some("identity")).unwrap(), 1);

    for vault in [&vault, &over(&store)] {
        assert!(is_shredded(vault.open(&place(1, "identity"), &sealed[0])));
        assert_eq!(plain(vault.open(&place(1, "identity_long"), &sealed[1])), b"identity_long");
        assert_eq!(plain(vault.open(&place(1, "contact"), &sealed[2])), b"contact");
        assert_eq!(plain(vault.open(&place(2, "identity"), &others)), b"other");
    }
    assert_eq!(vault.shred(subject(1), Some("identity")).unwrap(), 0, "there is nothing left to destroy");
}

/// RET-03
#[test]
fn shredding_a_subject_leaves_nothing_of_it_and_all_of_others() {
    let vault = new_vault();
    let classes = ["identity", "contact"];
    let sealed = classes.map(|class| vault.seal(&place(1, class), b"text").unwrap());
    let others = vault.seal(&place(2, "identity"), b"other").unwrap();
    let own = Place { owner: KeyOwner::Installation, ..place(1, "") };
    let installation = vault.seal(&own, b"own").unwrap();
    let index = vault.blind_index(IndexPurpose::Email, "ann@example.com").unwrap();

    assert_eq!(vault.shred(subject(1), None).unwrap(), 2);

    for (class, sealed) in classes.iter().zip(&sealed) {
        assert!(is_shredded(vault.open(&place(1, class), sealed)), "{class}");
    }
    assert_eq!(plain(vault.open(&place(2, "identity"), &others)), b"other");
    assert_eq!(plain(vault.open(&own, &installation)), b"own");
    assert_eq!(vault.blind_index(IndexPurpose::Email, "ann@example.com").unwrap(), index);
}

/// RET-03
#[test]
fn nothing_is_sealed_under_a_destroyed_key() {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = over(&store);
    vault.seal(&place(1, "identity"), b"text").unwrap();
    vault.shred(subject(1), None).unwrap();

    for vault in [&vault, &over(&store)] {
        let refused = vault.seal(&place(1, "identity"), b"text");
        assert!(matches!(refused, Err(VaultError::Destroyed)));
        let refused = vault.prepare(&[place(1, "identity").owner]);
        assert!(matches!(refused, Err(VaultError::Destroyed)));
    }
}

/// RET-03: with several nodes, what one shreds the other reads no longer than its keys stay open.
#[test]
fn what_another_node_shreds_is_shredded_here_once_keys_are_asked_for_again() {
    let store = Arc::new(MemoryKeyStore::new());
    let here = Options { open_keys_for: Duration::ZERO, ..Options::default() };
    let here = KeyVault::open(store.clone(), given([1; 32]), here).unwrap();
    let sealed = here.seal(&place(1, "identity"), b"text").unwrap();
    assert_eq!(plain(here.open(&place(1, "identity"), &sealed)), b"text");

    over(&store).shred(subject(1), None).unwrap();

    assert!(is_shredded(here.open(&place(1, "identity"), &sealed)));
}

/// RET-03
#[test]
fn a_shred_that_the_store_did_not_answer_closes_the_key_here() {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = over(&store);
    let sealed = vault.seal(&place(1, "identity"), b"text").unwrap();

    store.set_down(true);

    assert!(matches!(vault.shred(subject(1), None), Err(VaultError::Unavailable(_))));
    assert!(matches!(vault.open(&place(1, "identity"), &sealed), Err(VaultError::Unavailable(_))));
}

#[test]
fn first_seals_at_once_agree_on_one_key() {
    let store = Arc::new(MemoryKeyStore::new());
    let vaults: Vec<KeyVault> = (0..8).map(|_| over(&store)).collect();

    let sealed: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let sealers: Vec<_> = vaults
            .iter()
            .map(|vault| scope.spawn(|| vault.seal(&place(1, "identity"), b"text").unwrap()))
            .collect();
        sealers.into_iter().map(|sealer| sealer.join().unwrap()).collect()
    });

    for sealed in sealed {
        assert_eq!(plain(over(&store).open(&place(1, "identity"), &sealed)), b"text");
    }
}

#[test]
fn blind_indexes_are_the_same_each_time_and_differ_by_purpose_and_installation() {
    let store = Arc::new(MemoryKeyStore::new());
    let index = |vault: &KeyVault, purpose| vault.blind_index(purpose, "ann@example.com").unwrap();
    let first = index(&over(&store), IndexPurpose::Email);

    assert_eq!(index(&over(&store), IndexPurpose::Email), first, "after a restart");
    assert_ne!(index(&over(&store), IndexPurpose::Identifier), first, "another purpose");
    assert_ne!(index(&new_vault(), IndexPurpose::Email), first, "another installation");
    let other_text = over(&store).blind_index(IndexPurpose::Email, "ann@example.con").unwrap();
    assert_ne!(other_text, first, "another text");
}

#[test]
fn signatures_hold_under_their_own_key_and_no_other() {
    let store = Arc::new(MemoryKeyStore::new());
    let (checkpoint, answer) =
        (over(&store).sign_checkpoint(b"checkpoint").unwrap(), over(&store).sign_answer(b"answer").unwrap());
    let vault = over(&store);
    let (ledger, gate) = (vault.checkpoint_public_key().unwrap(), vault.answer_public_key().unwrap());
    let holds = |key: [u8; 32], message: &[u8], signature: &[u8]| {
        UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
    };

    assert!(holds(ledger, b"checkpoint", &checkpoint));
    assert!(holds(gate, b"answer", &answer));
    assert!(!holds(gate, b"checkpoint", &checkpoint), "the gate's key signs no checkpoints");
    assert!(!holds(ledger, b"checkpoints", &checkpoint));
}

/// SEC-01
#[test]
fn a_wrong_master_key_is_said_to_be_wrong() {
    let store = Arc::new(MemoryKeyStore::new());
    over(&store);

    let opened = KeyVault::open(store.clone(), given([2; 32]), Options::default());

    assert!(matches!(opened.err(), Some(OpenVaultError::Vault(VaultError::WrongMasterKey))));
}

/// SEC-01
#[test]
fn a_wrapped_key_that_was_altered_or_swapped_is_named() {
    let store = Arc::new(MemoryKeyStore::new());
    let sealed = over(&store).seal(&place(1, "identity"), b"text").unwrap();
    over(&store).seal(&place(2, "identity"), b"text").unwrap();
    let keys = store.all_keys();
    let [one, other] = [1, 2].map(|number| {
        keys.iter().find(|key| key.name.starts_with(&format!("subject/{}/", subject(number)))).unwrap()
    });

    store.tamper(&one.name, |key| key.wrapped = other.wrapped.clone());
    let opened = over(&store).open(&place(1, "identity"), &sealed);

    let Err(VaultError::Unavailable(source)) = opened else { panic!("opened under another subject's key") };
    let expected = format!("the wrapped key `{}` is damaged", one.name);
    assert_eq!(source.downcast_ref::<vault::KeyDamaged>().unwrap().to_string(), expected);
}

#[test]
fn wrapped_keys_stand_under_their_documented_names() {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = over(&store);
    vault.seal(&place(1, "identity"), b"").unwrap();
    vault.blind_index(IndexPurpose::Email, "").unwrap();
    vault.sign_answer(b"").unwrap();
    vault.sign_checkpoint(b"").unwrap();

    let names: Vec<String> = store.list_keys("", 100).unwrap().into_iter().map(|key| key.name).collect();

    let own = format!("subject/{}/identity/", subject(1));
    assert_eq!(names, ["index/email", "installation", "sign/answers", "sign/ledger", &own]);
    for key in store.all_keys() {
        assert_eq!(key.wrapped.len(), 61, "{}", key.name);
        assert_eq!(key.master_key, MasterKey::from_bytes(&[1; 32]).id(), "{}", key.name);
    }
}

/// Not a limit, as machines differ: it is printed, and fails only when something is badly wrong.
#[test]
fn sealing_a_short_value_under_an_open_key_takes_about_a_microsecond() {
    let vault = new_vault();
    let place = place(1, "identity");
    let rounds: u32 = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };
    vault.seal(&place, &[0; 64]).unwrap();

    let start = Instant::now();
    for _ in 0..rounds {
        std::hint::black_box(vault.seal(&place, &[0; 64]).unwrap());
    }
    let each = start.elapsed() / rounds;

    println!("{} ns to seal 64 bytes", each.as_nanos());
    assert!(each < Duration::from_micros(500), "{each:?}");
}
