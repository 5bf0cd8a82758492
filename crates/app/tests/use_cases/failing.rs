//! A registry that cannot be read is an error of ours, never an answer that something is not there.

use app::failure::{Failure, Refusal};
use app::store::StoreError;
use app::{account, case, contact_proof, decision, draft, ledger_log, legal_hold};
use domain::case::CaseKind;
use domain::contact_proof::Channel;
use domain::draft::{CaseOutcome, DraftAction};
use domain::fact::SubjectId;
use testkit::{Mailbox, Platform, fixture};

#[test]
fn a_row_that_cannot_be_read_is_never_answered_as_absent() {
    let platform = Platform::new();
    let enrolled = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let customer = enrolled.customer.id;
    let opened = enrolled.account.unwrap();
    let work = platform.open_case(customer, CaseKind::Identification).id;
    let (officer, control_plane) = (platform.officer(), platform.control_plane());
    let proof = platform.run(&control_plane, |env| {
        contact_proof::send(env, &Mailbox::new(), customer, SubjectId::Customer(customer), Channel::Email)
            .unwrap()
            .id
    });
    let hold = platform.run(&officer, |env| legal_hold::place(env, customer, "matter 1", None)).unwrap().id;
    let action = DraftAction::DecideCase {
        case: work,
        kind: Some(CaseKind::Identification),
        outcome: CaseOutcome::Refuse,
    };
    platform.run(&officer, |env| draft::draft(env, action, "as the file shows")).unwrap();

    platform.tamper(&format!("UPDATE customers SET body = '{{' WHERE customer_id = '{customer}'"));

    let release = DraftAction::ReleaseHold { hold };
    let answers: Vec<(&str, Result<(), Failure>)> = vec![
        (
            "account",
            platform
                .run(&officer, |env| account::find_account(env, &opened.account.id.to_string()).map(drop)),
        ),
        ("case", platform.run(&officer, |env| case::find_case(env, work).map(drop))),
        ("proof", platform.run(&control_plane, |env| contact_proof::confirm(env, proof, "000000").map(drop))),
        (
            "decision",
            platform.run(&officer, |env| decision::find_decision(env, opened.decision.id).map(drop)),
        ),
        ("hold", platform.run(&officer, |env| draft::draft(env, release, "as the file shows").map(drop))),
        ("drafts", platform.run(&officer, |env| draft::list_waiting(env).map(drop))),
    ];
    for (name, answer) in answers {
        assert!(matches!(answer, Err(Failure::Store(StoreError::Unreadable { .. }))), "{name}: {answer:?}");
    }
}

/// LOG-02: an export is of the tree under the checkpoint that it holds, though the tree has grown since.
#[test]
fn an_export_goes_as_far_as_its_checkpoint() {
    let platform = Platform::new();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let size = ledger_log::size(platform.app()).unwrap();
    platform.enrol(&fixture::individual(2, "Bela Bartfai", "HU"));
    platform.tamper(&format!("DELETE FROM checkpoints WHERE size > {size}"));
    let mut export = testkit::platform::MemoryExport::default();

    let exported = ledger_log::export(platform.app(), &mut export, &mut |_, _| {}).unwrap();

    assert_eq!(exported, size);
    let key = ledger_log::verifying_key(platform.app()).unwrap();
    let report = ledger::verify::verify(&export, &[key]);
    assert!(report.is_clean(), "{report:?}");
}

/// LOG-02: a salt that is not one is an error, not a record that seems to have been altered.
#[test]
fn a_damaged_salt_stops_the_export() {
    let platform = Platform::builder().on_files().build();
    platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let leaf = platform.app().store.log().list_leaves(0, 1).unwrap().remove(0);
    let owner = app::record::parse_owner(&leaf.salt_owner).unwrap();
    let row = leaf.leaf.to_string();
    let place = app::vault::Place { owner, table: "leaves", column: "salt_sealed", row: &row, version: 1 };
    let short = platform.app().vault.seal(&place, b"short").unwrap();
    let hex = domain::fact::sealed_text::to_hex(&short);
    assert_eq!(
        platform.tamper(&format!("UPDATE leaves SET salt_sealed = x'{hex}' WHERE leaf_id = '{row}'")),
        1
    );

    let exported =
        ledger_log::export_record(platform.app(), &platform.app().store.log().list_leaves(0, 1).unwrap()[0]);

    assert!(matches!(exported, Err(Failure::Store(StoreError::Unreadable { table: "leaves", .. }))));
}

#[test]
fn a_refusal_in_place_of_another_leaves_errors_as_they_are() {
    let refusal = || Refusal::not_found("no-such-case", "no case");
    let damaged = Failure::from(StoreError::DiskFull).refused_as(refusal());
    let refused = Failure::from(Refusal::forbidden("scope-missing", "no")).refused_as(refusal());

    assert!(matches!(damaged, Failure::Store(StoreError::DiskFull)));
    assert!(matches!(refused, Failure::Refused(Refusal { code: "no-such-case", .. })));
}
