//! What customers are told of decisions against them, in the words of the packs, once, and where it may go.

use app::actor::Actor;
use app::case;
use app::contact_proof::deliver;
use app::customer::timers;
use app::message::Content;
use domain::case::CaseKind;
use domain::contact_proof::Channel;
use domain::draft::{CaseOutcome, DraftAction};
use domain::event::Event;
use domain::id::CustomerId;
use domain::screening::JudgementKind;
use testkit::{Mailbox, Platform, fixture};

/// Sends what waits and returns everything that arrived in the mailbox so far.
fn mails(platform: &Platform, mailbox: &Mailbox) -> Vec<Content> {
    platform.run(&Actor::system(), |env| deliver(env, mailbox)).unwrap();
    mailbox.messages().into_iter().map(|(_, content)| content).collect()
}

fn events(platform: &Platform, customer: CustomerId, kind: &str) -> Vec<Event> {
    let mut events = platform.app().store.with_reading_tx(|tx| tx.list_events_of(customer)).unwrap();
    events.retain(|event| event.kind == kind);
    events
}

/// A foreign individual with a proven address and an open account.
fn proven(platform: &Platform) -> CustomerId {
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.prove_contact(customer, Channel::Email);
    customer
}

fn advance(platform: &Platform) {
    platform.run(&Actor::system(), timers::advance).unwrap();
}

/// CIP-14, CIP-15, CIP-16, CIP-17, CIP-22: each answer to an identity that cannot be verified is told in the pack's
/// words, to the proven address, once, and what was told is on record.
#[test]
fn each_decision_is_told_in_the_packs_words() {
    let decide = |outcome: CaseOutcome| {
        move |platform: &Platform, customer: CustomerId| {
            platform.decide(customer, CaseKind::Identification, outcome).unwrap();
        }
    };
    type Step = Box<dyn Fn(&Platform, CustomerId)>;
    let cases: [(&str, Step, &str, &str, &[&str]); 8] = [
        (
            "refused after opening",
            Box::new(decide(CaseOutcome::Refuse)),
            "suspension@1",
            "Your account was suspended",
            &["The account account-1 is suspended.", "We could not verify who you are.", "name acct_"],
        ),
        (
            "interim terms",
            Box::new(decide(CaseOutcome::InterimTerms)),
            "interim@2",
            "Your accounts run with limits",
            // Thirty days from 2 March, the day on which it was decided.
            &["at the latest until 2026-04-0", "name case_"],
        ),
        (
            "closed",
            Box::new(decide(CaseOutcome::Close)),
            "closed@1",
            "Your account was closed",
            &["The account account-1 is closed.", "heard by a reviewer who did not decide"],
        ),
        (
            "closed by two persons",
            Box::new(|platform, customer| {
                let account = platform
                    .app()
                    .store
                    .with_reading_tx(|tx| tx.list_accounts_of(customer))
                    .unwrap()
                    .remove(0)
                    .id;
                platform.decide_by_two(DraftAction::CloseAccount { account }).unwrap();
            }),
            "closed@1",
            "Your account was closed",
            &["The account account-1 is closed.\nWho was refused"],
        ),
        (
            "suspended",
            Box::new(|platform, customer| {
                let account = platform
                    .app()
                    .store
                    .with_reading_tx(|tx| tx.list_accounts_of(customer))
                    .unwrap()
                    .remove(0)
                    .id;
                let suspend = |env: &app::env::Env<'_>| app::account::suspend(env, account, None, "red-flag");
                platform.run(&platform.officer(), suspend).unwrap();
            }),
            "suspension@1",
            "Your account was suspended",
            &["is suspended. Nothing in it is deleted.\nWho was refused"],
        ),
        (
            "warned",
            Box::new(|platform, _| {
                platform.clock.advance_days(21);
                advance(platform);
            }),
            "closure@2",
            "Your account will be closed",
            &["we may close your account after 2026-04-01."],
        ),
        (
            "an appeal",
            Box::new(|platform, customer| {
                let open = |env: &app::env::Env<'_>| {
                    case::open(env, customer, CaseKind::Redress, None, vec!["appeal".into()])
                };
                platform.run(&platform.control_plane(), open).unwrap();
            }),
            "appeal@1",
            "We have your appeal",
            &["Your appeal is case_"],
        ),
        (
            "due again",
            Box::new(|platform, customer| {
                platform.verify(customer).unwrap();
                platform.clock.advance_days(340);
                advance(platform);
            }),
            "reverification@1",
            "Please confirm who you are",
            &["by 2027-03-02."],
        ),
    ];
    for (name, step, notice, subject, holds) in cases {
        let platform = Platform::new();
        let customer = proven(&platform);

        step(&platform, customer);

        let mailbox = Mailbox::new();
        let mails = mails(&platform, &mailbox);
        let told: Vec<&Content> = mails.iter().filter(|mail| mail.subject == subject).collect();
        assert_eq!(told.len(), 1, "{name}: {:?}", mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>());
        assert_eq!(told[0].recipient, "contact-1@mail.example", "{name}");
        for words in holds {
            assert!(told[0].text.contains(words), "{name}: {}", told[0].text);
        }
        assert!(!told[0].text.contains('{'), "{name}: {}", told[0].text);
        let sent = events(&platform, customer, "notice.sent");
        let text = format!("{notice} en us-eo13984-nprm@2024-01-29");
        assert!(sent.iter().any(|event| event.reasons.contains(&text)), "{name}: {sent:?}");
        advance(&platform);
        assert_eq!(super::notices::mails(&platform, &mailbox).len(), mails.len(), "{name}: told once");
    }
}

/// CIP-17: upheld or not, the answer to an appeal is told.
#[test]
fn the_answer_to_an_appeal_is_told() {
    for (outcome, words) in
        [(CaseOutcome::Reopen, "It is upheld"), (CaseOutcome::Dismiss, "It is not upheld.")]
    {
        let platform = Platform::new();
        let customer = proven(&platform);
        let open = |env: &app::env::Env<'_>| {
            case::open(env, customer, CaseKind::Redress, None, vec!["appeal".into()])
        };
        let appeal = platform.run(&platform.control_plane(), open).unwrap();

        platform.decide(customer, CaseKind::Redress, outcome).unwrap();

        let mails = mails(&platform, &Mailbox::new());
        let answer = mails.iter().find(|mail| mail.subject == "The answer to your appeal").unwrap();
        assert!(
            answer.text.contains(words) && answer.text.contains(&appeal.id.to_string()),
            "{}",
            answer.text
        );
    }
}

/// CIP-14, CIP-22: nothing goes to an address that nobody proved to answer; once it is proven, what still holds is
/// told; where the pack says so, it goes at once.
#[test]
fn an_address_is_proven_before_it_is_written_to() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
    let mailbox = Mailbox::new();
    assert!(mails(&platform, &mailbox).is_empty());
    let withheld = events(&platform, customer, "notice.withheld");
    assert_eq!(withheld.len(), 1);
    assert!(withheld[0].reasons.iter().any(|reason| reason == "address-not-proven"), "{withheld:?}");

    platform.prove_contact(customer, Channel::Email);

    let told = mails(&platform, &mailbox);
    assert_eq!(
        told.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(),
        ["Your account was suspended"]
    );

    let platform = Platform::builder().with_changed_pack("us-eo13984-nprm", |text| {
        text.replace("moment      = \"on_suspension\"", "moment      = \"on_suspension\"\nto_unproven = true")
    });
    let platform = platform.build();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
    assert_eq!(mails(&platform, &Mailbox::new())[0].recipient, "contact-1@mail.example");
}

/// CIP-14, CIP-23: of a list hit no reason is told, and where a pack forbids to tip off, nothing at all.
#[test]
fn a_list_hit_is_not_told() {
    let refuse_listed = |platform: &Platform| {
        let customer = platform.enrol(&fixture::individual(1, "Ivan Petrov", "DE")).customer.id;
        platform.prove_contact(customer, Channel::Email);
        let screening =
            platform.app().store.with_reading_tx(|tx| tx.list_screenings(customer)).unwrap().remove(0);
        let hit = screening.hits.iter().find(|hit| hit.list == "test-list").unwrap().clone();
        let judged = DraftAction::JudgeHit {
            customer,
            screening: screening.id,
            list: hit.list,
            entry: hit.entry,
            kind: JudgementKind::TrueMatch,
            outcome: None,
        };
        platform.decide_by_two(judged).unwrap();
        platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
        customer
    };

    let platform = Platform::builder().with_watchlist(&["Ivan Petrov"]).build();
    refuse_listed(&platform);
    let told = mails(&platform, &Mailbox::new());
    assert_eq!(told.len(), 1);
    for word in ["list", "match", "hit", "sanction", "Petrov"] {
        assert!(!told[0].text.contains(word), "{}", told[0].text);
    }

    let silent =
        Platform::builder().with_watchlist(&["Ivan Petrov"]).with_changed_pack("us-eo13984-nprm", |text| {
            let silent = "moment      = \"on_refusal\"\nsilent_on = [\"hit-confirmed\", \"hit-open\"]";
            text.replace("moment      = \"on_refusal\"", silent)
        });
    let silent = silent.build();
    let customer = refuse_listed(&silent);
    assert!(mails(&silent, &Mailbox::new()).is_empty());
    let withheld = events(&silent, customer, "notice.withheld");
    assert!(
        withheld.iter().any(|event| event.reasons.iter().any(|reason| reason == "tipping-off")),
        "{withheld:?}"
    );
}

/// CIP-14: a holder that asked for the closure is told nothing.
#[test]
fn a_closure_on_request_is_no_notice() {
    let platform = Platform::new();
    let customer = proven(&platform);
    let account =
        platform.app().store.with_reading_tx(|tx| tx.list_accounts_of(customer)).unwrap().remove(0).id;

    platform.run(&platform.control_plane(), |env| app::account::close(env, account, "asked-to")).unwrap();

    assert!(mails(&platform, &Mailbox::new()).is_empty());
}

/// CIP-14, CIP-22: a process that stops between the decision and the mail sends it after its start, and once.
#[test]
fn a_restart_loses_no_notice_and_doubles_none() {
    let mut platform = Platform::new();
    let customer = proven(&platform);
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
    assert_eq!(events(&platform, customer, "notice.queued").len(), 1);

    platform.reopen();
    let mailbox = Mailbox::new();
    assert_eq!(mails(&platform, &mailbox).len(), 1);
    platform.reopen();

    assert_eq!(mails(&platform, &mailbox).len(), 1, "sent once");
    assert_eq!(events(&platform, customer, "notice.sent").len(), 1);
    assert!(platform.verify_ledger().is_clean());
}

/// SEC-02: the address is read when the mail goes, under a reading of its own; the queue and the events hold none.
#[test]
fn the_address_is_opened_only_to_send() {
    let platform = Platform::builder().on_files().build();
    let customer = proven(&platform);
    let readings = || {
        platform.settle();
        let leaves = platform.app().store.log().list_leaves(0, 10_000).unwrap();
        leaves.iter().filter(|leaf| leaf.kind == "reading").count()
    };
    let before = readings();
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).unwrap();
    assert_eq!(readings(), before);

    mails(&platform, &Mailbox::new());

    assert_eq!(readings(), before + 1);
    let found = testkit::platform::find_in_files(
        platform.folder(),
        &["contact-1@mail.example", "The account account-1 is"],
    );
    assert!(found.is_empty(), "{found:?}");
}
