//! Records to put into a store: every optional field is once there and once not.

use std::sync::atomic::{AtomicU64, Ordering};

use app::message::{Message, MessageState};
use app::reading::ReadingRecord;
use app::store::{NewLeaf, Store, StoreError, Transaction};
use domain::account::{Account, AccountKind, AccountStatus};
use domain::case::{Case, CaseKind, CaseStatus};
use domain::contact_proof::{Channel, ContactProof, ContactProofStatus};
use domain::customer::{Customer, Identification, Standing};
use domain::decision::{Action, Answer, Decision, Facts, RequestContext, Terms, Verdict};
use domain::event::Event;
use domain::fact::{Fact, Source, SubjectId, SubjectKind};
use domain::field::Field;
use domain::id::CustomerId;
use domain::ownership::{DeterminationInputs, determine};
use domain::person::{HomeFacts, Person, test_home_person};
use domain::product::{Product, ProductClass};
use domain::provider::Provider;
use domain::reseller::{Reseller, ResellerStatus};
use domain::screening::{ByDelta, ClosedBecause, ClosedHit, Hit, HitFeature, Screening};
use jiff::Timestamp;
use uuid::Uuid;

/// A new id, later than all before it.
pub fn id<T: From<Uuid>>() -> T {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(number)).into()
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).expect("in range")
}

/// Runs work that must succeed.
pub fn with<T: Send>(
    store: &dyn Store,
    work: impl FnMut(&mut dyn Transaction) -> Result<T, StoreError> + Send,
) -> T {
    store.with_tx(work).expect("the unit of work succeeds")
}

pub fn provider() -> Provider {
    Provider {
        id: id(),
        name: "Acme Cloud".to_owned(),
        country: "US".parse().expect("a country"),
        offers_in: Vec::new(),
        sells_domains: false,
        certified_on: None,
        existed_before_rule: true,
        created_at: at(0),
        version: 1,
    }
}

/// A register entry right under the provider.
pub fn reseller(customer: CustomerId) -> Reseller {
    Reseller {
        customer,
        parent: None,
        agreement: None,
        programme: None,
        status: ResellerStatus::Pending,
        since: at(0),
        version: 1,
    }
}

pub fn product(code: &str) -> Product {
    Product {
        id: id(),
        provider: id(),
        code: code.to_owned(),
        title: "Small server".to_owned(),
        classes: vec![ProductClass::Virtualised],
        site: "DE".parse().expect("a country"),
        version: 1,
    }
}

pub fn customer() -> Customer {
    Customer {
        id: id(),
        provider: id(),
        external_id: None,
        kind: SubjectKind::Individual,
        reseller: None,
        identification: Identification::Draft,
        standing: Standing::unknown(),
        notice: "notice@1".to_owned(),
        created_at: at(0),
        fact_version: 0,
        version: 1,
    }
}

/// A customer that is in the store.
pub fn stored_customer(store: &dyn Store) -> Customer {
    let customer = customer();
    with(store, |tx| tx.insert_customer(&customer));
    customer
}

pub fn person(customer: CustomerId) -> Person {
    Person { id: id(), customer, external_id: None, kind: SubjectKind::Entity, created_at: at(0), version: 1 }
}

pub fn account(customer: CustomerId) -> Account {
    Account {
        id: id(),
        customer,
        provider: id(),
        product: id(),
        external_id: None,
        kind: AccountKind::Trial,
        reseller: None,
        status: AccountStatus::Pending,
        restrictions: Vec::new(),
        approvals: Vec::new(),
        opened_remotely: true,
        created_at: at(0),
        version: 1,
    }
}

pub fn fact(customer: CustomerId, version: u64) -> Fact {
    Fact {
        id: id(),
        customer,
        subject: SubjectId::Customer(customer),
        field: Field::FullName,
        item: String::new(),
        clear: None,
        sealed: Some(vec![0, 1, 2, 255]),
        retention_class: "identity".to_owned(),
        source: Source::Declared,
        evidence: None,
        true_from: at(0),
        recorded_at: at(0),
        recorded_by: "system".to_owned(),
        version,
        withdraws: None,
    }
}

pub fn proof(customer: CustomerId, sent_at: Timestamp) -> ContactProof {
    ContactProof {
        id: id(),
        customer,
        subject: SubjectId::Customer(customer),
        channel: Channel::Email,
        fact: id(),
        code_hash: "00ff".to_owned(),
        sent_at,
        expires_at: at(900),
        attempts: 0,
        status: ContactProofStatus::Sent,
        version: 1,
    }
}

pub fn screening(customer: CustomerId, screened_at: Timestamp) -> Screening {
    Screening {
        id: id(),
        customer,
        subject: SubjectId::Customer(customer),
        screened_at,
        lists_version: "us-ofac-sdn@2026-11-01".to_owned(),
        engine_version: "match-1".to_owned(),
        compared: "ab".to_owned(),
        threshold_bp: Some(300),
        fact_version: Some(7),
        by_delta: Some(ByDelta { screening: id(), lists_version: "us-ofac-sdn@2026-10-01".to_owned() }),
        closed: vec![ClosedHit {
            list: "us-ofac-sdn".to_owned(),
            entry: "6".to_owned(),
            because: ClosedBecause::EntryRemoved,
        }],
        hits: vec![Hit {
            list: "us-ofac-sdn".to_owned(),
            entry: "7".to_owned(),
            entry_hash: "cd".to_owned(),
            listed_name: "Иван \"Петров\"\n".to_owned(),
            score_bp: 9_100,
            features: vec![HitFeature { name: "name".to_owned(), score_bp: -40, weight_bp: 1 }],
        }],
    }
}

pub fn case(customer: CustomerId, kind: CaseKind) -> Case {
    Case {
        id: id(),
        customer,
        account: None,
        subject: Some(SubjectId::Customer(customer)),
        kind,
        reasons: vec!["owner-added".to_owned()],
        status: CaseStatus::Open,
        opened_at: at(0),
        due_at: None,
        not_by: Vec::new(),
        version: 1,
    }
}

pub fn decision(customer: &Customer, decided_at: Timestamp) -> Decision {
    Decision {
        id: id(),
        customer: customer.id,
        account: None,
        case: None,
        facts: Facts {
            action: Action::Open,
            context: RequestContext::default(),
            at: decided_at,
            account: account(customer.id).into(),
            identification: customer.identification.clone(),
            standing: customer.standing.clone().into(),
            resellers: Vec::new(),
            measures: Vec::new(),
            exempt_under: vec!["exm".to_owned()],
            provider_certified: false,
            terms: Terms {
                packs_version: "p".to_owned(),
                interim_terms: None,
                certification_first: None,
                screening_on: true,
                lists_version: "l".to_owned(),
                lists: Vec::new(),
            }
            .into(),
        },
        determination: determine(DeterminationInputs {
            customer: test_home_person(
                HomeFacts {
                    kind: customer.kind,
                    citizenships: Vec::new(),
                    permanent_residences: Vec::new(),
                    organised_in: Vec::new(),
                    branch_of: Vec::new(),
                    located_in: Vec::new(),
                },
                None,
            ),
            ownership: None,
            owners: Default::default(),
            ownership_complete: true,
        }),
        verdict: Verdict { answer: Answer::Review, findings: Vec::new() },
        engine_version: "gates-2".to_owned(),
        decided_at,
        decided_by: "gates".to_owned(),
        approved_by: None,
        outcome: None,
    }
}

pub fn event(customer: Option<CustomerId>) -> Event {
    Event {
        id: id(),
        kind: "account.opened".to_owned(),
        at: at(0),
        customer,
        account: None,
        object: "acct".to_owned(),
        version: 1,
        state: Some("open".to_owned()),
        reasons: Vec::new(),
        actor: "system".to_owned(),
        livemode: true,
    }
}

pub fn leaf(kind: &'static str, object: impl ToString, version: u64) -> NewLeaf {
    NewLeaf {
        id: id(),
        kind,
        object: object.to_string(),
        version,
        customer: None,
        body: b"{\"v\":1}\0\xff".to_vec(),
        salt_sealed: vec![7; 40],
        salt_owner: "installation".to_owned(),
    }
}

pub fn reading(customer: Option<CustomerId>) -> ReadingRecord {
    ReadingRecord {
        id: id(),
        purpose: "audit of a sample".parse().expect("a purpose"),
        query: "customer".to_owned(),
        customer,
        scope_hash: "00".to_owned(),
        count: 1,
        actor: "system".to_owned(),
        read_at: at(0),
    }
}

pub fn message(customer: CustomerId, created_at: Timestamp) -> Message {
    Message {
        id: format!("msg_{}", id::<domain::id::EventId>()),
        customer,
        channel: Channel::Telephone,
        content_sealed: vec![0, 255],
        created_at,
        attempts: 0,
        next_attempt_at: created_at,
        state: MessageState::Waiting,
        version: 1,
    }
}
