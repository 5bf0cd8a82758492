//! What packs and settings ask of accounts, worked out once for all that are alike.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::account::{Account, AccountKind};
use domain::decision::Terms;
use domain::fact::SubjectKind;
use domain::id::{ProductId, ProviderId};
use domain::pack::Packs;
use domain::person::Classification;
use domain::product::Product;
use domain::provider::Provider;
use jiff::Timestamp;

use crate::decision::known_facts;
use crate::env::Settings;
use crate::watchlist::ListsInForce;

/// What conditions of packs may ask of an account.
pub struct Profile<'a> {
    pub kind: SubjectKind,
    pub classification: Classification,
    pub account: &'a Account,
    pub product: Option<&'a Product>,
    pub provider: Option<&'a Provider>,
}

type Key = (SubjectKind, Classification, AccountKind, bool, Option<ProductId>, Option<ProviderId>);

impl Profile<'_> {
    fn key(&self) -> Key {
        let account = self.account;
        let (product, provider) = (self.product.map(|one| one.id), self.provider.map(|one| one.id));
        (self.kind, self.classification, account.kind, account.opened_remotely, product, provider)
    }

    pub fn terms(&self, packs: &Packs, lists: &ListsInForce, settings: &Settings, now: Timestamp) -> Terms {
        let known =
            known_facts(self.kind, self.classification, Some(self.account), self.product, self.provider);
        crate::decision::terms(packs, lists, settings, &known, now)
    }
}

/// Terms by profile, kept while the same packs, products and providers are in force, for at most a minute.
#[derive(Default)]
pub struct TermsCache(Mutex<Held>);

#[derive(Default)]
struct Held {
    minute: i64,
    packs: Option<Arc<Packs>>,
    lists: Option<Arc<ListsInForce>>,
    by_profile: HashMap<Key, Arc<Terms>>,
}

impl TermsCache {
    pub fn of(
        &self,
        profile: &Profile<'_>,
        packs: &Arc<Packs>,
        lists: &Arc<ListsInForce>,
        settings: &Settings,
        now: Timestamp,
    ) -> Arc<Terms> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second() / 60;
        let same = held.minute == minute
            && held.packs.as_ref().is_some_and(|known| Arc::ptr_eq(known, packs))
            && held.lists.as_ref().is_some_and(|known| Arc::ptr_eq(known, lists));
        if !same {
            let (packs, lists) = (Some(Arc::clone(packs)), Some(Arc::clone(lists)));
            *held = Held { minute, packs, lists, by_profile: HashMap::new() };
        }
        let terms = held
            .by_profile
            .entry(profile.key())
            .or_insert_with(|| Arc::new(profile.terms(packs, lists, settings, now)));
        Arc::clone(terms)
    }

    /// A product or provider changed: what was worked out for it may not hold any more.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_profile.clear();
    }
}
