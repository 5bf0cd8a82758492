//! Every account with what its gates need, by id.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::account::Account;
use domain::customer::{Customer, Identification, PlaceBasis, Standing};
use domain::decision::{Facts, ResellerFacts, Terms};
use domain::exemption::{Exemption, ExemptionScope};
use domain::fact::SubjectKind;
use domain::id::{AccountId, CustomerId, ProductId, ProviderId};
use domain::product::Product;
use domain::provider::Provider;
use domain::reseller::{self, Reseller};
use domain::special_measure::{Affected, MeasureIndex, MeasureMatch, SpecialMeasure};
use jiff::Timestamp;

use super::GateQuestion;
use super::terms::Profile;
use crate::store::{CustomerFilter, Page, StoreError, Transaction};

/// Rows read at once when the table is made.
const PAGE: u32 = 10_000;

/// Measures and exemptions as of one moment.
#[derive(Default)]
pub struct Orders {
    pub measures: MeasureIndex,
    pub exemptions: Vec<Exemption>,
}

impl Orders {
    pub fn read(tx: &mut dyn Transaction) -> Result<Self, StoreError> {
        Ok(Self { measures: MeasureIndex::new(tx.list_measures()?), exemptions: tx.list_exemptions()? })
    }
}

#[derive(Default)]
pub struct Table {
    pub accounts: HashMap<AccountId, Arc<Account>>,
    by_external_id: HashMap<Box<str>, AccountId>,
    customers: HashMap<CustomerId, Holder>,
    /// Many customers stand alike: each standing is kept once.
    standings: HashSet<Arc<Standing>>,
    reference: Reference,
}

struct Holder {
    kind: SubjectKind,
    identification: Identification,
    standing: Arc<Standing>,
    /// The reseller that it belongs to.
    reseller: Option<CustomerId>,
    accounts: Vec<AccountId>,
}

/// What is about no one customer: few rows, replaced as a whole.
#[derive(Default)]
pub struct Reference {
    resellers: HashMap<CustomerId, Reseller>,
    providers: HashMap<ProviderId, Provider>,
    products: HashMap<ProductId, Product>,
    orders: Arc<Orders>,
}

impl Reference {
    pub fn new(
        resellers: impl IntoIterator<Item = Reseller>,
        providers: impl IntoIterator<Item = Provider>,
        products: impl IntoIterator<Item = Product>,
        orders: Arc<Orders>,
    ) -> Self {
        Self {
            resellers: resellers.into_iter().map(|reseller| (reseller.customer, reseller)).collect(),
            providers: providers.into_iter().map(|provider| (provider.id, provider)).collect(),
            products: products.into_iter().map(|product| (product.id, product)).collect(),
            orders,
        }
    }

    pub fn read(tx: &mut dyn Transaction) -> Result<Self, StoreError> {
        let orders = Arc::new(Orders::read(tx)?);
        Ok(Self::new(tx.list_resellers()?, tx.list_providers()?, tx.list_products()?, orders))
    }
}

impl Table {
    /// No customers yet.
    pub fn over(reference: Reference) -> Self {
        Self { reference, ..Self::default() }
    }

    pub fn read(tx: &mut dyn Transaction) -> Result<Self, StoreError> {
        let mut table = Self::over(Reference::read(tx)?);
        let mut page = Page { after: String::new(), limit: PAGE };
        loop {
            let customers = tx.list_customers(&CustomerFilter::default(), &page)?;
            let Some(last) = customers.last() else { break };
            page.after = last.id.to_string();
            for customer in customers {
                table.put_holder(&customer, Vec::new());
            }
        }
        page.after.clear();
        loop {
            let accounts = tx.list_accounts(&page)?;
            let Some(last) = accounts.last() else { break };
            page.after = last.id.to_string();
            for account in accounts {
                table.put_account(account);
            }
        }
        Ok(table)
    }

    /// Returns what was there, for the caller to drop where nobody waits for it.
    pub fn put_reference(&mut self, reference: Reference) -> Reference {
        std::mem::replace(&mut self.reference, reference)
    }

    pub fn put_customer(&mut self, customer: Customer, accounts: Vec<Account>) {
        let old = self.customers.remove(&customer.id);
        for account in old.into_iter().flat_map(|holder| holder.accounts) {
            if let Some(gone) = self.accounts.remove(&account)
                && let Some(external_id) = &gone.external_id
            {
                self.by_external_id.remove(external_id.as_str());
            }
        }
        self.put_holder(&customer, Vec::new());
        for account in accounts {
            self.put_account(account);
        }
    }

    pub fn put_holder(&mut self, customer: &Customer, accounts: Vec<AccountId>) {
        let standing = match self.standings.get(&customer.standing) {
            Some(known) => Arc::clone(known),
            None => {
                if self.standings.len() == self.standings.capacity() {
                    // Before it grows: what nobody has any more goes.
                    self.standings.retain(|standing| Arc::strong_count(standing) > 1);
                }
                let standing = Arc::new(customer.standing.clone());
                self.standings.insert(Arc::clone(&standing));
                standing
            }
        };
        let identification = customer.identification.clone();
        let (kind, reseller) = (customer.kind, customer.reseller);
        self.customers.insert(customer.id, Holder { kind, identification, standing, reseller, accounts });
    }

    fn put_account(&mut self, account: Account) {
        if let Some(external_id) = &account.external_id {
            self.by_external_id.insert(external_id.as_str().into(), account.id);
        }
        if let Some(holder) = self.customers.get_mut(&account.customer) {
            holder.accounts.push(account.id);
        }
        self.accounts.insert(account.id, Arc::new(account));
    }

    pub fn find_account(&self, id: &str) -> Option<&Arc<Account>> {
        let ours = id.parse().ok().and_then(|id: AccountId| self.accounts.get(&id));
        ours.or_else(|| self.by_external_id.get(id).and_then(|id| self.accounts.get(id)))
    }

    /// Whether a credential of a branch may see the customer.
    pub fn branch_holds(&self, branch: Option<CustomerId>, customer: CustomerId) -> bool {
        let Some(branch) = branch else { return true };
        let belongs_to = self.customers.get(&customer).and_then(|holder| holder.reseller);
        reseller::branch_holds(branch, customer, belongs_to, |reseller| self.parent_of(reseller))
    }

    fn parent_of(&self, reseller: CustomerId) -> Option<CustomerId> {
        self.reference.resellers.get(&reseller).and_then(|entry| entry.parent)
    }

    /// Resellers above, nearest first.
    fn chain(&self, from: Option<CustomerId>) -> Vec<CustomerId> {
        reseller::chain(from, |reseller| self.parent_of(reseller))
    }

    fn matching<'a>(
        &self,
        index: &'a MeasureIndex,
        account: &Account,
    ) -> Vec<(&'a Arc<SpecialMeasure>, MeasureMatch)> {
        let Some(holder) = self.customers.get(&account.customer) else { return Vec::new() };
        if index.is_empty() {
            return Vec::new();
        }
        let chain = self.chain(account.reseller);
        let resellers: Vec<(CustomerId, &Standing)> = chain
            .iter()
            .filter_map(|reseller| Some((*reseller, &*self.customers.get(reseller)?.standing)))
            .collect();
        let classes =
            self.reference.products.get(&account.product).map_or(&[][..], |product| &product.classes);
        index.matching(&Affected {
            account,
            product_classes: classes,
            customer: account.customer,
            standing: &holder.standing,
            resellers: &resellers,
        })
    }

    pub fn facts(
        &self,
        account: &Arc<Account>,
        question: &GateQuestion,
        terms: Arc<Terms>,
        now: Timestamp,
    ) -> Facts {
        let holder = self.customers.get(&account.customer);
        let measures = self
            .matching(&self.reference.orders.measures, account)
            .into_iter()
            .filter(|(measure, _)| measure.is_scheduled_or_in_force(now))
            .map(|(measure, found)| (Arc::clone(measure), found))
            .collect();
        let resellers = self
            .chain(account.reseller)
            .into_iter()
            .map(|reseller| ResellerFacts {
                reseller,
                status: self
                    .reference
                    .resellers
                    .get(&reseller)
                    .map_or(domain::reseller::ResellerStatus::Pending, |entry| entry.status),
                on_lists: self
                    .customers
                    .get(&reseller)
                    .map(|holder| holder.standing.on_lists())
                    .unwrap_or_default(),
            })
            .collect();
        let provider = self.reference.providers.get(&account.provider);
        Facts {
            action: question.action,
            context: question.context.clone(),
            at: now,
            account: Arc::clone(account),
            identification: holder.map_or(Identification::Draft, |holder| holder.identification.clone()),
            standing: holder
                .map_or_else(|| Arc::new(Standing::unknown()), |holder| Arc::clone(&holder.standing)),
            resellers,
            measures,
            exempt_under: self.exempt_under(account, holder, now),
            provider_certified: provider
                .is_some_and(|provider| provider.certified_on.is_some() || provider.existed_before_rule),
            terms,
        }
    }

    /// What packs ask for an account depends on these, and on nothing else of it.
    pub fn profile<'a>(&'a self, account: &'a Account) -> Profile<'a> {
        let holder = self.customers.get(&account.customer);
        Profile {
            kind: holder.map_or(SubjectKind::Individual, |holder| holder.kind),
            classification: holder.map(|holder| holder.standing.classification).unwrap_or_default(),
            account,
            product: self.reference.products.get(&account.product),
            provider: self.reference.providers.get(&account.provider),
        }
    }

    /// Accounts a measure would touch, in order of id.
    pub fn touched_by(&self, measure: &SpecialMeasure) -> Vec<(AccountId, CustomerId, MeasureMatch)> {
        let index = MeasureIndex::new([measure.clone()]);
        let mut touched: Vec<_> = self
            .accounts
            .values()
            .filter_map(|account| {
                let (_, found) = self.matching(&index, account).into_iter().next()?;
                Some((account.id, account.customer, found))
            })
            .collect();
        touched.sort_by_key(|(account, _, _)| *account);
        touched
    }

    fn exempt_under(&self, account: &Account, holder: Option<&Holder>, now: Timestamp) -> Vec<String> {
        self.reference
            .orders
            .exemptions
            .iter()
            .filter(|exemption| exemption.is_in_force(now))
            .filter(|exemption| match &exemption.scope {
                ExemptionScope::Provider { provider } => *provider == account.provider,
                ExemptionScope::AccountType { kind } => *kind == account.kind,
                ExemptionScope::LesseeType { country } => {
                    holder.is_some_and(|holder| is_settled_in(&holder.standing, *country))
                }
                ExemptionScope::Reseller { reseller } => self.chain(account.reseller).contains(reseller),
            })
            .map(|exemption| exemption.id.to_string())
            .collect()
    }
}

/// Whether the customer itself is in one country only, by its address, its place of organisation and where it is; not
/// by its owners, nor by where it uses what it rents.
fn is_settled_in(standing: &Standing, country: terms::Country) -> bool {
    let bases = [PlaceBasis::Address, PlaceBasis::PlaceOfOrganisation, PlaceBasis::PresentLocation];
    let mut own =
        standing.places.iter().filter(|place| !place.of_owner && bases.contains(&place.basis)).peekable();
    own.peek().is_some() && own.all(|located| located.place.country() == country)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::customer::Located;
    use domain::fact::Source;

    /// ADP-03: an exemption of a country is of who is there, not of who owns it or where it rents.
    #[test]
    fn a_customer_is_settled_where_it_is_itself_and_nowhere_else() {
        let located = |country: &str, basis, of_owner| Located {
            place: country.parse().expect("a country"),
            basis,
            of_owner,
            strength: Source::Declared,
        };
        let address = located("FR", PlaceBasis::Address, false);
        let cases = [
            ("nothing is known", vec![], false),
            ("its address", vec![address.clone()], true),
            ("an owner elsewhere", vec![located("AE", PlaceBasis::Address, true), address.clone()], true),
            (
                "it rents elsewhere",
                vec![located("BR", PlaceBasis::LocationOfUse, false), address.clone()],
                true,
            ),
            ("an owner there alone", vec![located("FR", PlaceBasis::Address, true)], false),
            ("two countries", vec![located("DE", PlaceBasis::PlaceOfOrganisation, false), address], false),
        ];
        for (name, places, expected) in cases {
            let standing = Standing { places, ..Standing::unknown() };
            assert_eq!(is_settled_in(&standing, "FR".parse().expect("a country")), expected, "{name}");
        }
    }
}
