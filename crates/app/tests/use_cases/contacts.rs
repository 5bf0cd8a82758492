//! Proof that somebody answers an e-mail address or telephone.

use app::contact_proof;
use app::env::Env;
use app::message::{Content, Messenger, Unsent};
use domain::contact_proof::Channel;
use domain::fact::SubjectId;
use domain::id::{ContactProofId, CustomerId};
use domain::verification::Method;
use jiff::SignedDuration;
use testkit::{Mailbox, Platform, fixture};

use crate::between::between;
use crate::refusal;

fn send(platform: &Platform, customer: CustomerId, mailbox: &Mailbox) -> (ContactProofId, String) {
    platform.run(&platform.control_plane(), |env| {
        let proof =
            contact_proof::send(env, mailbox, customer, SubjectId::Customer(customer), Channel::Email)
                .unwrap();
        contact_proof::deliver(env, mailbox).unwrap();
        (proof.id, mailbox.latest_code(Channel::Email).unwrap())
    })
}

/// CIP-07: the code goes to the address on record, works once, and leaves a verification with its time.
#[test]
fn a_code_works_once() {
    let platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(7, "Ada Karenina", "DE")).customer.id;
    let mailbox = Mailbox::new();
    let (proof, code) = send(&platform, customer, &mailbox);
    let confirm = || platform.run(&platform.control_plane(), |env| contact_proof::confirm(env, proof, &code));

    let proven_at = platform.clock.advance(SignedDuration::from_mins(5));
    confirm().unwrap();

    assert_eq!(mailbox.messages()[0].1.recipient, "contact-7@mail.example");
    assert_eq!(refusal(confirm()).code, "code-spent");
    let verifications = platform.app().store.with_reading_tx(|tx| tx.list_verifications(customer)).unwrap();
    assert_eq!((verifications[0].method, verifications[0].verified_at), (Method::ContactEmail, proven_at));
}

/// CIP-07
#[test]
fn a_code_expires() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let (proof, code) = send(&platform, customer, &Mailbox::new());

    platform.clock.advance(SignedDuration::from_mins(30));

    let confirmed = platform.run(&platform.control_plane(), |env| contact_proof::confirm(env, proof, &code));
    assert_eq!(refusal(confirmed).code, "code-expired");
}

/// CIP-07: guessing ends after five tries, also for the right code.
#[test]
fn a_code_cannot_be_guessed() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let (proof, code) = send(&platform, customer, &Mailbox::new());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let enter =
        |code: &str| platform.run(&platform.control_plane(), |env| contact_proof::confirm(env, proof, code));

    for _ in 0..5 {
        assert_eq!(refusal(enter(wrong)).code, "code-wrong");
    }

    assert_eq!(refusal(enter(&code)).code, "code-spent");
}

/// CIP-07: codes are counted by the day, so that nobody's mailbox is flooded.
#[test]
fn no_more_than_ten_codes_go_out_in_a_day() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let subject = SubjectId::Customer(customer);
    let mailbox = Mailbox::new();
    let ask = || {
        platform.run(&platform.control_plane(), |env| {
            contact_proof::send(env, &mailbox, customer, subject, Channel::Email)
        })
    };
    for _ in 0..10 {
        ask().unwrap();
    }

    assert_eq!(refusal(ask()).code, "too-many-codes");
    platform.clock.advance_days(1);
    platform.clock.advance(SignedDuration::from_secs(1));
    ask().unwrap();
}

/// CIP-07: a telephone number that is not one never gets in.
#[test]
fn telephone_numbers_are_international_or_refused() {
    for wrong in ["0301234567", "+0301234567", "+49 30 abc", "+", "+4930123456789012345"] {
        let parsed =
            serde_json::from_value::<domain::field::FieldValue>(serde_json::json!({ "telephone": wrong }));
        assert!(parsed.is_err(), "{wrong}");
    }
}

/// CIP-07: a mail server that is down delays a code and loses none.
#[test]
fn a_message_waits_for_the_mail_server() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let mailbox = Mailbox::new();
    mailbox.set_down(true);
    platform.run(&platform.control_plane(), |env| {
        contact_proof::send(env, &mailbox, customer, SubjectId::Customer(customer), Channel::Telephone)
            .unwrap();
        assert_eq!(contact_proof::deliver(env, &mailbox).unwrap(), (0, 1));
        mailbox.set_down(false);
        assert_eq!(
            contact_proof::deliver(env, &mailbox).unwrap(),
            (0, 0),
            "not before the next attempt is due"
        );
        platform.clock.advance(SignedDuration::from_mins(1));
        assert_eq!(contact_proof::deliver(env, &mailbox).unwrap(), (1, 0));
    });
    assert_eq!(mailbox.messages().len(), 1);
}

/// CIP-07: codes asked for at the same moment count too.
#[test]
fn the_daily_limit_holds_for_codes_asked_for_meanwhile() {
    let platform = Platform::builder().with_settings(|settings| settings.codes_per_day_max = 1).build();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let send = move |env: &Env<'_>| {
        contact_proof::send(env, &Mailbox::new(), customer, SubjectId::Customer(customer), Channel::Email)
    };
    let meanwhile = between(platform.app(), platform.control_plane(), move |env| drop(send(env).unwrap()));

    let second = meanwhile.run(&platform.control_plane(), send);

    assert_eq!(refusal(second).code, "too-many-codes");
}

/// CIP-07: where nothing carries a channel no code is called sent; what to configure is said.
#[test]
fn a_channel_that_is_not_configured_is_refused() {
    struct MailOnly;
    impl Messenger for MailOnly {
        fn carries(&self, channel: Channel) -> bool {
            channel == Channel::Email
        }

        fn send(&self, _: Channel, _: &Content) -> Result<(), Unsent> {
            Ok(())
        }
    }
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let ask = |channel| {
        let subject = SubjectId::Customer(customer);
        platform.run(&platform.control_plane(), |env| {
            contact_proof::send(env, &MailOnly, customer, subject, channel)
        })
    };

    ask(Channel::Email).unwrap();
    let refused = refusal(ask(Channel::Telephone));
    assert_eq!(refused.code, "channel-not-configured");
    assert!(refused.detail.contains("`[sms]`"), "{}", refused.detail);
}
