//! Something that happens between the reading of a use case and its writing.

use std::sync::{Arc, Mutex};

use app::actor::Actor;
use app::env::{Env, Platform, Ports};
use app::vault::{IndexPurpose, KeyOwner, Opened, Place, Vault, VaultError};
use app::watchlist::ListsInForce;
use domain::fact::SubjectId;
use domain::pack::Packs;

type Happening = Box<dyn FnOnce(&Env<'_>) + Send>;

/// The vault of a platform; the first value that is opened makes it happen. Use cases open values outside of
/// transactions, after they read and before they write.
struct Between {
    of: Arc<Platform>,
    actor: Actor,
    happening: Mutex<Option<Happening>>,
}

/// The same platform, with somebody else doing something in the middle of its next use case.
pub fn between(
    of: &Arc<Platform>,
    actor: Actor,
    happening: impl FnOnce(&Env<'_>) + Send + 'static,
) -> Platform {
    let happening: Happening = Box::new(happening);
    let vault = Between { of: Arc::clone(of), actor, happening: Mutex::new(Some(happening)) };
    let ports = Ports {
        store: Arc::clone(&of.store),
        vault: Arc::new(vault),
        access: Arc::clone(&of.access),
        clock: Arc::clone(&of.clock),
        ids: Arc::clone(&of.ids),
    };
    let (packs, lists) = (Packs::clone(&of.packs()), ListsInForce::clone(&of.lists()));
    Platform::new(ports, packs, lists, of.settings.clone(), true)
}

impl Vault for Between {
    fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Opened, VaultError> {
        let happening = self.happening.lock().unwrap().take();
        if let Some(happening) = happening {
            self.of.run(&self.actor, happening);
        }
        self.of.vault.open(place, sealed)
    }

    fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.of.vault.seal(place, plain)
    }

    fn prepare(&self, owners: &[KeyOwner]) -> Result<(), VaultError> {
        self.of.vault.prepare(owners)
    }

    fn has_key(&self, owner: &KeyOwner) -> Result<bool, VaultError> {
        self.of.vault.has_key(owner)
    }

    fn blind_index(&self, purpose: IndexPurpose, text: &str) -> Result<[u8; 32], VaultError> {
        self.of.vault.blind_index(purpose, text)
    }

    fn shred(&self, subject: SubjectId, class: Option<&str>) -> Result<u64, VaultError> {
        self.of.vault.shred(subject, class)
    }

    fn rotate_master_key(&self) -> Result<u64, VaultError> {
        self.of.vault.rotate_master_key()
    }

    fn sign_checkpoint(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        self.of.vault.sign_checkpoint(message)
    }

    fn sign_answer(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        self.of.vault.sign_answer(message)
    }

    fn checkpoint_public_key(&self) -> Result<[u8; 32], VaultError> {
        self.of.vault.checkpoint_public_key()
    }

    fn answer_public_key(&self) -> Result<[u8; 32], VaultError> {
        self.of.vault.answer_public_key()
    }
}
