//! The port's unit of work: each method goes to the file of its noun.
//!
//! What is written of a customer, and of the catalogue, is locked first: see [`Tx::lock_customer`].

use app::message::Message;
use app::pack::PackRecord;
use app::reading::ReadingRecord;
use app::store::{
    CaseFilter, CurrentTable, CustomerFilter, IdempotencyKey, KeptAnswer, NewLeaf, Page, RowsChecked,
    StoreError, Transaction,
};
use app::vault::IndexPurpose;
use domain::account::Account;
use domain::api_key::ApiKey;
use domain::case::Case;
use domain::contact_proof::{Channel, ContactProof};
use domain::customer::Customer;
use domain::decision::Decision;
use domain::draft::Draft;
use domain::event::Event;
use domain::exemption::Exemption;
use domain::fact::Fact;
use domain::id::{
    AccountId, ApiKeyId, CaseId, ContactProofId, CustomerId, DecisionId, DraftId, ExemptionId, LegalHoldId,
    PersonId, ProductId, ProviderId, ScreeningId, SpecialMeasureId, StaffId,
};
use domain::legal_hold::LegalHold;
use domain::person::Person;
use domain::product::Product;
use domain::provider::Provider;
use domain::reseller::Reseller;
use domain::screening::{Judgement, Screening};
use domain::special_measure::SpecialMeasure;
use domain::staff::{Session, Staff};
use domain::verification::Verification;
use domain::watchlist::Watchlist;
use jiff::Timestamp;

use crate::tx::Tx;
use crate::{
    accounts, api_keys, blind_references, cases, contact_proofs, current_rows, customers, decisions, drafts,
    events, exemptions, facts, gate_answers, idempotent_answers, judgements, leaves, legal_holds, messages,
    packs, persons, products, providers, readings, resellers, screenings, settings, special_measures, staff,
    verifications, watchlists,
};

impl Transaction for Tx<'_> {
    fn insert_provider(&mut self, provider: &Provider) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        providers::insert(self, provider)
    }

    fn find_provider(&mut self, id: ProviderId) -> Result<Option<Provider>, StoreError> {
        providers::find(self, id)
    }

    fn update_provider(&mut self, provider: &Provider) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        providers::update(self, provider)
    }

    fn list_providers(&mut self) -> Result<Vec<Provider>, StoreError> {
        providers::list(self)
    }

    fn insert_product(&mut self, product: &Product) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        products::insert(self, product)
    }

    fn find_product(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        products::find(self, id)
    }

    fn find_product_by_code(&mut self, code: &str) -> Result<Option<Product>, StoreError> {
        products::find_by_code(self, code)
    }

    fn update_product(&mut self, product: &Product) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        products::update(self, product)
    }

    fn list_products(&mut self) -> Result<Vec<Product>, StoreError> {
        products::list(self)
    }

    fn put_pack(&mut self, pack: &PackRecord) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        packs::put(self, pack)
    }

    fn list_packs(&mut self) -> Result<Vec<PackRecord>, StoreError> {
        packs::list(self)
    }

    fn insert_watchlist(&mut self, watchlist: &Watchlist) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        watchlists::insert(self, watchlist)
    }

    fn list_watchlists(&mut self) -> Result<Vec<Watchlist>, StoreError> {
        watchlists::list(self)
    }

    fn find_setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        settings::find(self, name)
    }

    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        settings::put(self, name, value)
    }

    fn insert_staff(&mut self, staff: &Staff) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        staff::insert(self, staff)
    }

    fn find_staff(&mut self, id: StaffId) -> Result<Option<Staff>, StoreError> {
        staff::find(self, id)
    }

    fn find_staff_by_handle(&mut self, handle: &str) -> Result<Option<Staff>, StoreError> {
        staff::find_by_handle(self, handle)
    }

    fn update_staff(&mut self, staff: &Staff) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        staff::update(self, staff)
    }

    fn list_staff(&mut self) -> Result<Vec<Staff>, StoreError> {
        staff::list(self)
    }

    fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        staff::insert_session(self, session)
    }

    fn find_session(&mut self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        staff::find_session(self, token_hash)
    }

    fn delete_session(&mut self, token_hash: &str) -> Result<(), StoreError> {
        staff::delete_session(self, token_hash)
    }

    fn delete_sessions_of(&mut self, staff: StaffId) -> Result<(), StoreError> {
        staff::delete_sessions_of(self, staff)
    }

    fn delete_sessions_over(&mut self, at: Timestamp) -> Result<u64, StoreError> {
        staff::delete_sessions_over(self, at)
    }

    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        api_keys::insert(self, key)
    }

    fn find_api_key(&mut self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        api_keys::find(self, id)
    }

    fn find_api_key_by_hash(&mut self, secret_hash: &str) -> Result<Option<ApiKey>, StoreError> {
        api_keys::find_by_hash(self, secret_hash)
    }

    fn update_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        api_keys::update(self, key)
    }

    fn list_api_keys(&mut self) -> Result<Vec<ApiKey>, StoreError> {
        api_keys::list(self)
    }

    fn lock_customer(&mut self, id: CustomerId) -> Result<(), StoreError> {
        Tx::lock_customer(self, id)
    }

    fn insert_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
        customers::insert(self, customer)?;
        self.has_locked(customer.id);
        Ok(())
    }

    fn find_customer(&mut self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        customers::find(self, id)
    }

    fn find_customer_by_external_id(&mut self, external_id: &str) -> Result<Option<Customer>, StoreError> {
        customers::find_by_external_id(self, external_id)
    }

    fn update_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
        customers::update(self, customer)?;
        self.has_locked(customer.id);
        Ok(())
    }

    fn list_customers(&mut self, filter: &CustomerFilter, page: &Page) -> Result<Vec<Customer>, StoreError> {
        customers::list(self, filter, page)
    }

    fn count_customers_by_state(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        customers::count_by_state(self)
    }

    fn insert_person(&mut self, person: &Person) -> Result<(), StoreError> {
        self.lock_customer(person.customer)?;
        persons::insert(self, person)
    }

    fn find_person(&mut self, id: PersonId) -> Result<Option<Person>, StoreError> {
        persons::find(self, id)
    }

    fn update_person(&mut self, person: &Person) -> Result<(), StoreError> {
        self.lock_customer(person.customer)?;
        persons::update(self, person)
    }

    fn list_persons(&mut self, customer: CustomerId) -> Result<Vec<Person>, StoreError> {
        persons::list_of(self, customer)
    }

    fn insert_fact(&mut self, fact: &Fact) -> Result<(), StoreError> {
        self.lock_customer(fact.customer)?;
        facts::insert(self, fact)
    }

    fn list_facts(&mut self, customer: CustomerId) -> Result<Vec<Fact>, StoreError> {
        facts::list_of(self, customer)
    }

    fn insert_verification(&mut self, verification: &Verification) -> Result<(), StoreError> {
        self.lock_customer(verification.customer)?;
        verifications::insert(self, verification)
    }

    fn list_verifications(&mut self, customer: CustomerId) -> Result<Vec<Verification>, StoreError> {
        verifications::list_of(self, customer)
    }

    fn insert_contact_proof(&mut self, proof: &ContactProof) -> Result<(), StoreError> {
        self.lock_customer(proof.customer)?;
        contact_proofs::insert(self, proof)
    }

    fn find_contact_proof(&mut self, id: ContactProofId) -> Result<Option<ContactProof>, StoreError> {
        contact_proofs::find(self, id)
    }

    fn update_contact_proof(&mut self, proof: &ContactProof) -> Result<(), StoreError> {
        self.lock_customer(proof.customer)?;
        contact_proofs::update(self, proof)
    }

    fn count_contact_proofs(&mut self, customer: CustomerId, since: Timestamp) -> Result<u64, StoreError> {
        contact_proofs::count_since(self, customer, since)
    }

    fn insert_screening(&mut self, screening: &Screening) -> Result<(), StoreError> {
        self.lock_customer(screening.customer)?;
        screenings::insert(self, screening)
    }

    fn find_screening(&mut self, id: ScreeningId) -> Result<Option<Screening>, StoreError> {
        screenings::find(self, id)
    }

    fn list_screenings(&mut self, customer: CustomerId) -> Result<Vec<Screening>, StoreError> {
        screenings::list_of(self, customer)
    }

    fn insert_judgement(&mut self, judgement: &Judgement) -> Result<(), StoreError> {
        self.lock_customer(judgement.customer)?;
        judgements::insert(self, judgement)
    }

    fn list_judgements(&mut self, customer: CustomerId) -> Result<Vec<Judgement>, StoreError> {
        judgements::list_of(self, customer)
    }

    fn insert_account(&mut self, account: &Account) -> Result<(), StoreError> {
        self.lock_customer(account.customer)?;
        accounts::insert(self, account)
    }

    fn find_account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        accounts::find(self, id)
    }

    fn find_account_by_external_id(&mut self, external_id: &str) -> Result<Option<Account>, StoreError> {
        accounts::find_by_external_id(self, external_id)
    }

    fn update_account(&mut self, account: &Account) -> Result<(), StoreError> {
        self.lock_customer(account.customer)?;
        accounts::update(self, account)
    }

    fn list_accounts_of(&mut self, customer: CustomerId) -> Result<Vec<Account>, StoreError> {
        accounts::list_of(self, customer)
    }

    fn list_accounts(&mut self, page: &Page) -> Result<Vec<Account>, StoreError> {
        accounts::list(self, page)
    }

    fn put_reseller(&mut self, reseller: &Reseller) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        resellers::put(self, reseller)
    }

    fn find_reseller(&mut self, customer: CustomerId) -> Result<Option<Reseller>, StoreError> {
        resellers::find(self, customer)
    }

    fn list_resellers(&mut self) -> Result<Vec<Reseller>, StoreError> {
        resellers::list(self)
    }

    fn insert_legal_hold(&mut self, hold: &LegalHold) -> Result<(), StoreError> {
        self.lock_customer(hold.customer)?;
        legal_holds::insert(self, hold)
    }

    fn find_legal_hold(&mut self, id: LegalHoldId) -> Result<Option<LegalHold>, StoreError> {
        legal_holds::find(self, id)
    }

    fn update_legal_hold(&mut self, hold: &LegalHold) -> Result<(), StoreError> {
        self.lock_customer(hold.customer)?;
        legal_holds::update(self, hold)
    }

    fn list_legal_holds(&mut self, customer: CustomerId) -> Result<Vec<LegalHold>, StoreError> {
        legal_holds::list_of(self, customer)
    }

    fn insert_reference(
        &mut self,
        purpose: IndexPurpose,
        blind: &[u8; 32],
        customer: CustomerId,
        subject: &str,
    ) -> Result<(), StoreError> {
        self.lock_customer(customer)?;
        blind_references::insert(self, purpose, blind, customer, subject)
    }

    fn find_references(
        &mut self,
        purpose: IndexPurpose,
        blind: &[u8; 32],
        limit: u32,
    ) -> Result<Vec<(CustomerId, String)>, StoreError> {
        blind_references::find(self, purpose, blind, limit)
    }

    fn delete_references(&mut self, customer: CustomerId) -> Result<u64, StoreError> {
        self.lock_customer(customer)?;
        blind_references::delete_of(self, customer)
    }

    fn list_references(
        &mut self,
        customer: CustomerId,
    ) -> Result<Vec<(IndexPurpose, [u8; 32], String)>, StoreError> {
        blind_references::list_of(self, customer)
    }

    fn check_rows(
        &mut self,
        table: CurrentTable,
        page: &Page,
        mend: bool,
    ) -> Result<RowsChecked, StoreError> {
        current_rows::check(self, table, page, mend)
    }

    fn check_external_ids(&mut self, page: &Page, mend: bool) -> Result<RowsChecked, StoreError> {
        current_rows::check_external_ids(self, page, mend)
    }

    fn check_log_heads(&mut self, mend: bool) -> Result<RowsChecked, StoreError> {
        current_rows::check_log_heads(self, mend)
    }

    fn insert_case(&mut self, case: &Case) -> Result<(), StoreError> {
        self.lock_customer(case.customer)?;
        cases::insert(self, case)
    }

    fn find_case(&mut self, id: CaseId) -> Result<Option<Case>, StoreError> {
        cases::find(self, id)
    }

    fn update_case(&mut self, case: &Case) -> Result<(), StoreError> {
        self.lock_customer(case.customer)?;
        cases::update(self, case)
    }

    fn list_cases(&mut self, filter: &CaseFilter, page: &Page) -> Result<Vec<Case>, StoreError> {
        cases::list(self, filter, page)
    }

    fn insert_decision(&mut self, decision: &Decision) -> Result<(), StoreError> {
        self.lock_customer(decision.customer)?;
        decisions::insert(self, decision)
    }

    fn find_decision(&mut self, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        decisions::find(self, id)
    }

    fn list_decisions(&mut self, customer: CustomerId) -> Result<Vec<Decision>, StoreError> {
        decisions::list_of(self, customer)
    }

    fn insert_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        match draft.customer {
            Some(customer) => self.lock_customer(customer)?,
            None => self.lock_catalogue()?,
        }
        drafts::insert(self, draft)
    }

    fn find_draft(&mut self, id: DraftId) -> Result<Option<Draft>, StoreError> {
        drafts::find(self, id)
    }

    fn update_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        drafts::update(self, draft)
    }

    fn list_waiting_drafts(&mut self) -> Result<Vec<Draft>, StoreError> {
        drafts::list_waiting(self)
    }

    fn insert_measure(&mut self, measure: &SpecialMeasure) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        special_measures::insert(self, measure)
    }

    fn find_measure(&mut self, id: SpecialMeasureId) -> Result<Option<SpecialMeasure>, StoreError> {
        special_measures::find(self, id)
    }

    fn update_measure(&mut self, measure: &SpecialMeasure) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        special_measures::update(self, measure)
    }

    fn list_measures(&mut self) -> Result<Vec<SpecialMeasure>, StoreError> {
        special_measures::list(self)
    }

    fn insert_exemption(&mut self, exemption: &Exemption) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        exemptions::insert(self, exemption)
    }

    fn find_exemption(&mut self, id: ExemptionId) -> Result<Option<Exemption>, StoreError> {
        exemptions::find(self, id)
    }

    fn update_exemption(&mut self, exemption: &Exemption) -> Result<(), StoreError> {
        self.lock_catalogue()?;
        exemptions::update(self, exemption)
    }

    fn list_exemptions(&mut self) -> Result<Vec<Exemption>, StoreError> {
        exemptions::list(self)
    }

    fn insert_reading(&mut self, reading: &ReadingRecord) -> Result<(), StoreError> {
        readings::insert(self, reading)
    }

    fn insert_event(&mut self, event: &Event) -> Result<(), StoreError> {
        events::insert(self, event)
    }

    fn list_events_of(&mut self, customer: CustomerId) -> Result<Vec<Event>, StoreError> {
        events::list_of(self, customer)
    }

    fn insert_leaf(&mut self, leaf: &NewLeaf) -> Result<(), StoreError> {
        leaves::insert(self, leaf)
    }

    fn insert_message(&mut self, message: &Message) -> Result<(), StoreError> {
        self.lock_customer(message.customer)?;
        messages::insert(self, message)
    }

    fn list_unsent_messages(
        &mut self,
        channel: Channel,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        messages::list_unsent(self, channel, now, limit)
    }

    fn update_message(&mut self, message: &Message) -> Result<(), StoreError> {
        messages::update(self, message)
    }

    fn insert_gate_answers(&mut self, answers: &[(String, Timestamp, String)]) -> Result<(), StoreError> {
        gate_answers::insert(self, answers)
    }

    fn find_gate_answer(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        gate_answers::find(self, id)
    }

    fn find_idempotency_key(
        &mut self,
        principal: &str,
        key: &str,
    ) -> Result<Option<IdempotencyKey>, StoreError> {
        idempotent_answers::find(self, principal, key)
    }

    fn take_idempotency_key(
        &mut self,
        principal: &str,
        key: &str,
        request_hash: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        idempotent_answers::take(self, principal, key, request_hash, at)
    }

    fn keep_idempotent_answer(
        &mut self,
        principal: &str,
        key: &str,
        request_hash: &str,
        answer: &KeptAnswer,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        idempotent_answers::keep(self, principal, key, request_hash, answer, at)
    }

    fn delete_idempotency_keys(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        idempotent_answers::delete_before(self, before)
    }
}
