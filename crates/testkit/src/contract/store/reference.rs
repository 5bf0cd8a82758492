//! Reference tables, staff and credentials.

use app::pack::{PackRecord, Trust};
use app::store::{Store, StoreError};
use domain::api_key::ApiKey;
use domain::exemption::{Exemption, ExemptionScope};
use domain::special_measure::{AppliesTo, MeasureAction, MeasureStatus, SpecialMeasure, Target};
use domain::staff::{Role, Scope, Session, Staff, StaffStatus};
use domain::watchlist::Watchlist;

use super::fixtures::{at, id, product, provider, with};

pub fn check(open: &dyn Fn() -> Box<dyn Store>) {
    providers_and_products_are_kept_under_their_versions(&*open());
    packs_and_settings_are_replaced(&*open());
    list_versions_stay_on_record(&*open());
    staff_have_unique_handles_and_sessions(&*open());
    api_keys_are_found_by_hash(&*open());
    measures_and_exemptions_are_kept_under_their_versions(&*open());
}

fn providers_and_products_are_kept_under_their_versions(store: &dyn Store) {
    let first = provider();
    let small = product("small");
    with(store, |tx| {
        assert_eq!(tx.find_provider(first.id)?, None, "a provider never added");
        tx.insert_provider(&first)?;
        tx.insert_product(&small)
    });
    let certified = domain::provider::Provider {
        certified_on: Some(jiff::civil::date(2026, 2, 28)),
        version: 2,
        ..first.clone()
    };
    let renamed = domain::product::Product { code: "tiny".to_owned(), version: 2, ..small.clone() };
    with(store, |tx| {
        tx.update_provider(&certified)?;
        tx.update_product(&renamed)
    });

    let stale = store.with_tx(|tx| tx.update_provider(&certified));
    let same_code = store.with_tx(|tx| {
        tx.insert_product(&domain::product::Product { id: id(), version: 1, ..renamed.clone() })
    });

    assert!(matches!(stale, Err(StoreError::VersionConflict { .. })), "the same version twice: {stale:?}");
    assert!(matches!(same_code, Err(StoreError::Duplicate { what: "code" })), "{same_code:?}");
    with(store, |tx| {
        assert_eq!(tx.find_provider(first.id)?, Some(certified.clone()));
        assert_eq!(tx.list_providers()?, std::slice::from_ref(&certified));
        assert_eq!(tx.find_product(small.id)?, Some(renamed.clone()));
        assert_eq!(tx.find_product_by_code("tiny")?, Some(renamed.clone()));
        assert_eq!(tx.find_product_by_code("small")?, None, "the code before");
        assert_eq!(tx.list_products()?, std::slice::from_ref(&renamed));
        Ok(())
    });
}

fn packs_and_settings_are_replaced(store: &dyn Store) {
    let pack = PackRecord {
        id: "us-eo13984@2024-01-29".to_owned(),
        text: "title = 'x'\n".to_owned(),
        sha256: "00".to_owned(),
        trust: Trust::Shipped,
        active: true,
        checks: Vec::new(),
        installed_at: at(0),
        installed_by: "system".to_owned(),
    };
    let inactive = PackRecord { active: false, ..pack.clone() };
    with(store, |tx| {
        assert_eq!(tx.find_setting("screening.on")?, None, "what the operator never said");
        tx.put_pack(&pack)?;
        tx.put_pack(&inactive)?;
        tx.put_setting("screening.on", "true")?;
        tx.put_setting("screening.on", "")
    });

    with(store, |tx| {
        assert_eq!(tx.list_packs()?, std::slice::from_ref(&inactive));
        assert_eq!(tx.find_setting("screening.on")?.as_deref(), Some(""), "said to be empty");
        Ok(())
    });
}

fn list_versions_stay_on_record(store: &dyn Store) {
    let version = |version: &str, loaded_at| Watchlist {
        list: "eu".to_owned(),
        title: "EU".to_owned(),
        version: version.to_owned(),
        sha256: "11".to_owned(),
        entry_count: 3,
        name_count: 9,
        loaded_at,
        fictional: false,
    };
    let (older, newer) = (version("1", at(1)), version("2", at(2)));
    with(store, |tx| {
        tx.insert_watchlist(&older)?;
        tx.insert_watchlist(&newer)
    });

    let again = store.with_tx(|tx| tx.insert_watchlist(&version("1", at(3))));

    assert!(matches!(again, Err(StoreError::Duplicate { what: "watchlist" })), "{again:?}");
    assert_eq!(with(store, |tx| tx.list_watchlists()), [newer, older], "newest first");
}

fn staff_have_unique_handles_and_sessions(store: &dyn Store) {
    let ada = Staff {
        id: id(),
        handle: "ada".to_owned(),
        roles: vec![Role::Auditor],
        branch: None,
        status: StaffStatus::Active,
        password_hash: None,
        failures: 0,
        locked_until: None,
        created_at: at(0),
        version: 1,
    };
    let session = |hash: &str| Session {
        token_hash: hash.to_owned(),
        staff: ada.id,
        created_at: at(0),
        expires_at: at(60),
    };
    with(store, |tx| {
        tx.insert_staff(&ada)?;
        ["s1", "s2", "s3"].iter().try_for_each(|hash| tx.insert_session(&session(hash)))
    });

    let namesake = store.with_tx(|tx| tx.insert_staff(&Staff { id: id(), ..ada.clone() }));
    assert!(matches!(namesake, Err(StoreError::Duplicate { what: "handle" })), "{namesake:?}");

    let locked = Staff { failures: 3, locked_until: Some(at(9)), version: 2, ..ada.clone() };
    with(store, |tx| {
        tx.update_staff(&locked)?;
        assert_eq!(tx.find_staff(ada.id)?, Some(locked.clone()));
        assert_eq!(tx.find_staff_by_handle("ada")?, Some(locked.clone()));
        assert_eq!(tx.find_staff_by_handle("ADA")?, None, "handles tell case apart");
        assert_eq!(tx.list_staff()?, std::slice::from_ref(&locked));
        tx.delete_session("s1")?;
        tx.delete_session("s1")?;
        assert_eq!(tx.find_session("s1")?, None, "signed out");
        assert_eq!(tx.find_session("s2")?, Some(session("s2")));
        tx.delete_sessions_of(ada.id)?;
        assert_eq!(tx.find_session("s3")?, None, "signed out everywhere");
        tx.insert_session(&session("s4"))?;
        assert_eq!((tx.delete_sessions_over(at(59))?, tx.delete_sessions_over(at(60))?), (0, 1));
        assert_eq!(tx.find_session("s4")?, None, "over");
        Ok(())
    });
}

fn api_keys_are_found_by_hash(store: &dyn Store) {
    let key = ApiKey {
        id: id(),
        name: "control plane".to_owned(),
        secret_hash: "aa".to_owned(),
        scopes: vec![Scope::Gate],
        branch: Some(id()),
        created_at: at(0),
        expires_at: None,
        revoked_at: None,
        version: 1,
    };
    let revoked = ApiKey { revoked_at: Some(at(5)), version: 2, ..key.clone() };
    with(store, |tx| {
        tx.insert_api_key(&key)?;
        assert_eq!(tx.find_api_key_by_hash("aa")?, Some(key.clone()));
        tx.update_api_key(&revoked)
    });

    with(store, |tx| {
        assert_eq!(tx.find_api_key(key.id)?, Some(revoked.clone()));
        assert_eq!(tx.find_api_key_by_hash("ab")?, None);
        assert_eq!(tx.list_api_keys()?, std::slice::from_ref(&revoked));
        Ok(())
    });
}

fn measures_and_exemptions_are_kept_under_their_versions(store: &dyn Store) {
    let measure = SpecialMeasure {
        id: id(),
        target: Target::Person { customers: vec![id()], entries: Vec::new() },
        determination_on: jiff::civil::date(2026, 1, 1),
        effective_from: at(0),
        expires_at: at(1_000),
        extended_by: Vec::new(),
        legal_reference: "EO".to_owned(),
        document_hash: "00".to_owned(),
        action: MeasureAction::Prohibit { opening: true, maintaining: false },
        applies_to: AppliesTo {
            account_kinds: Vec::new(),
            product_classes: Vec::new(),
            reseller_accounts: true,
        },
        status: MeasureStatus::Draft,
        version: 1,
    };
    let approved = SpecialMeasure {
        status: MeasureStatus::Approved { approved_at: at(1) },
        version: 2,
        ..measure.clone()
    };
    let revoked = SpecialMeasure {
        status: MeasureStatus::Revoked { revoked_at: at(1) },
        version: 3,
        ..measure.clone()
    };
    let exemption = Exemption {
        id: id(),
        scope: ExemptionScope::Provider { provider: id() },
        reference: "Notice 1".to_owned(),
        granted_at: at(0),
        expires_at: None,
        revoked_at: None,
        approved: false,
        version: 1,
    };
    let granted = Exemption { approved: true, version: 2, ..exemption.clone() };
    with(store, |tx| {
        tx.insert_measure(&measure)?;
        tx.update_measure(&approved)?;
        tx.update_measure(&revoked)?;
        tx.insert_exemption(&exemption)?;
        tx.update_exemption(&granted)
    });

    let stale = store.with_tx(|tx| tx.update_measure(&approved));

    assert!(matches!(stale, Err(StoreError::VersionConflict { .. })), "{stale:?}");
    with(store, |tx| {
        assert_eq!(tx.find_measure(measure.id)?, Some(revoked.clone()));
        assert_eq!(tx.list_measures()?, std::slice::from_ref(&revoked));
        assert_eq!(tx.find_exemption(exemption.id)?, Some(granted.clone()));
        assert_eq!(tx.list_exemptions()?, std::slice::from_ref(&granted));
        Ok(())
    });
}
