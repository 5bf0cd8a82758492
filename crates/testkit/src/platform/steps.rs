//! Steps that many tests take on the way to what they are about.

use app::actor::Actor;
use app::customer::facts::{self, Added, Addition};
use app::customer::read;
use app::failure::Failure;
use app::store::{CaseFilter, Page};
use app::verification::{self, NewVerification};
use app::{case, contact_proof};
use domain::case::{Case, CaseKind};
use domain::contact_proof::Channel;
use domain::customer::Customer;
use domain::draft::{CaseOutcome, Draft, DraftAction};
use domain::fact::{SubjectId, SubjectKind};
use domain::field::{DocumentMetadata, Field, FieldValue};
use domain::id::{CustomerId, FactId, StaffId};
use domain::verification::{Check, CheckResult, Method, Verification};
use jiff::civil::{Date, date};

use super::Platform;
use crate::fixture;
use crate::mailbox::Mailbox;

impl Platform {
    /// The customer's row as it is now.
    pub fn customer(&self, id: CustomerId) -> Customer {
        self.run(&self.officer(), |env| read::find_customer(env, id)).expect("the customer is there")
    }

    /// Every case of the customer, oldest first.
    pub fn cases_of(&self, id: CustomerId) -> Vec<Case> {
        let filter = CaseFilter { customer: Some(id), ..CaseFilter::default() };
        let page = Page { after: String::new(), limit: 1_000 };
        self.run(&self.officer(), |env| case::list_cases(env, &filter, &page)).expect("the queue is read")
    }

    /// The customer's unresolved case of a kind.
    pub fn open_case(&self, id: CustomerId, kind: CaseKind) -> Case {
        let mut cases = self.cases_of(id).into_iter();
        let found = cases.find(|case| case.kind == kind && !case.is_resolved());
        found.unwrap_or_else(|| panic!("no unresolved case of kind {kind:?}"))
    }

    /// Sends a code to a contact of the customer, reads it in the mailbox, enters it.
    pub fn prove_contact(&self, id: CustomerId, channel: Channel) {
        let mailbox = Mailbox::new();
        self.run(&self.control_plane(), |env| {
            let proof = contact_proof::send(env, &mailbox, id, SubjectId::Customer(id), channel)
                .expect("a code is made");
            contact_proof::deliver(env, &mailbox).expect("the outbox is sent");
            let code = mailbox.latest_code(channel).expect("the code arrived");
            contact_proof::confirm(env, proof.id, &code).expect("the code is right");
        });
    }

    /// Records a pass of a method by a person who looked.
    pub fn record_pass(&self, id: CustomerId, subject: SubjectId, method: Method) -> Verification {
        self.record_looked_at(id, subject, method, &[])
    }

    fn record_looked_at(
        &self,
        id: CustomerId,
        subject: SubjectId,
        method: Method,
        evidence: &[FactId],
    ) -> Verification {
        let checks = vec![Check {
            check: "looked@1".to_owned(),
            result: CheckResult::Pass,
            reason: "fits".to_owned(),
        }];
        let new = NewVerification {
            subject,
            method,
            adapter: "person".to_owned(),
            checks,
            adapter_answered: true,
            evidence: evidence.iter().map(ToString::to_string).collect(),
        };
        self.run(&self.analyst(), |env| verification::record(env, id, &new)).expect("it is recorded")
    }

    /// Adds to the customer's record on the control plane's behalf.
    pub fn add(&self, id: CustomerId, addition: &Addition) -> Added {
        let added = self.run(&self.control_plane(), |env| facts::add(env, id, None, addition));
        self.settle();
        added.expect("the addition is accepted")
    }

    /// Shows a passport good through a day, and records that a person looked at it.
    pub fn show_passport(&self, id: CustomerId, issued_in: &str, expires_on: Date) -> Verification {
        self.show_document(id, "passport", issued_in, expires_on)
    }

    /// Shows a document of a kind that the packs name, and records that a person looked at it.
    pub fn show_document(
        &self,
        id: CustomerId,
        kind: &str,
        issued_in: &str,
        expires_on: Date,
    ) -> Verification {
        let document = FieldValue::Document(DocumentMetadata {
            kind: kind.to_owned(),
            number: format!("P{:07}", self.next_number()),
            issued_in: fixture::country(issued_in),
            issued_on: None,
            expires_on: Some(expires_on),
        });
        let shown = fixture::documented(Field::Document, document);
        let added = self.add(id, &Addition { facts: vec![shown], ..Addition::default() });
        self.record_looked_at(id, SubjectId::Customer(id), Method::Documentary, &added.facts)
    }

    /// All that the shipped packs ask before a customer is verified: contacts proven, documents and another
    /// method passed, for its beneficial owners another method. Then two persons say so.
    pub fn verify(&self, id: CustomerId) -> Result<Draft, Failure> {
        self.prove_contact(id, Channel::Email);
        self.prove_contact(id, Channel::Telephone);
        match self.customer(id).kind {
            SubjectKind::Individual => self.show_passport(id, "DE", date(2031, 5, 31)),
            SubjectKind::Entity => self.show_document(id, "business_licence", "DE", date(2031, 5, 31)),
        };
        self.record_pass(id, SubjectId::Customer(id), Method::NonDocumentary);
        let persons = self.app().store.with_reading_tx(|tx| tx.list_persons(id)).expect("persons are read");
        for person in persons {
            self.record_pass(id, SubjectId::Person(person.id), Method::NonDocumentary);
        }
        self.decide(id, CaseKind::Identification, CaseOutcome::Verify)
    }

    /// Officer and second officer decide the customer's unresolved case of a kind.
    pub fn decide(&self, id: CustomerId, kind: CaseKind, outcome: CaseOutcome) -> Result<Draft, Failure> {
        let case = self.open_case(id, kind).id;
        self.decide_by_two(DraftAction::DecideCase { case, kind: Some(kind), outcome })
    }

    /// Who an actor is.
    pub fn staff_id(&self, actor: &Actor) -> StaffId {
        actor.person().expect("the actor is a member of staff")
    }
}
