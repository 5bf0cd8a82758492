//! The registry and the key store on the embedded engine.

use app::store::Store;
use app::vault::KeyStore;
use store::{SqliteKeyStore, SqliteStore};
use testkit::contract;

/// Keeps its folder for as long as the store lives.
struct InFolder<S> {
    store: S,
    _folder: tempfile::TempDir,
}

impl Store for InFolder<SqliteStore> {
    fn run(&self, work: app::store::Work<'_>) -> Result<(), app::store::StoreError> {
        self.store.run(work)
    }

    fn run_reading(&self, work: app::store::Work<'_>) -> Result<(), app::store::StoreError> {
        self.store.run_reading(work)
    }

    fn log(&self) -> &dyn app::store::Log {
        self.store.log()
    }
}

#[test]
fn the_registry_in_a_folder_keeps_the_contract() {
    contract::store::check(&contract::store::Candidate {
        open: &|| {
            let folder = tempfile::tempdir().unwrap();
            Box::new(InFolder { store: SqliteStore::open(folder.path()).unwrap(), _folder: folder })
        },
        writers_overlap: false,
    });
}

#[test]
fn the_registry_in_memory_keeps_the_contract() {
    contract::store::check(&contract::store::Candidate {
        open: &|| Box::new(SqliteStore::in_memory().unwrap()),
        writers_overlap: false,
    });
}

#[test]
fn the_key_store_keeps_the_contract() {
    let folders = std::sync::Mutex::new(Vec::new());
    contract::key_store::check(&|| {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteKeyStore::open(folder.path()).unwrap();
        folders.lock().unwrap().push(folder);
        Box::new(store) as Box<dyn KeyStore>
    });
}
