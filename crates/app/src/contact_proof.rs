//! Proof that a customer answers its e-mail address and telephone (CIP-07): a code that works once, for a
//! while, and not too often.

use domain::contact_proof::{Attempt, Channel, ContactProof, ContactProofStatus};
use domain::fact::{AsOf, SubjectId};
use domain::field::{Field, FieldValue};
use domain::id::{ContactProofId, CustomerId};
use domain::purpose::Purpose;
use domain::staff::Scope;
use domain::verification::{Check, CheckResult, Method, Outcome, Verification};
use jiff::SignedDuration;

use crate::customer::{assess, find_visible};
use crate::env::Env;
use crate::failure::{Failure, Refusal, RefusalKind};
use crate::message::{Content, Message, MessageState, Messenger, Unsent, content_of};
use crate::reading::Reading;
use crate::screening::open_fact;
use crate::store::Transaction;
use crate::vault::{IndexPurpose, KeyOwner, Opened, Place};
use crate::verification;

/// Class of the keys of outgoing messages.
pub const MESSAGE_CLASS: &str = "message";

/// Makes a code for a contact on record and puts it into the outbox. The code is kept as a keyed hash only.
/// Refused where nothing carries the channel: nobody would ever get it.
pub fn send(
    env: &Env<'_>,
    messenger: &dyn Messenger,
    id: CustomerId,
    subject: SubjectId,
    channel: Channel,
) -> Result<ContactProof, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    if !messenger.carries(channel) {
        let (what, section) = match channel {
            Channel::Email => ("mail", "mail"),
            Channel::Telephone => ("text messages", "sms"),
        };
        let detail =
            format!("this installation sends no {what}: the operator configures `[{section}]` first");
        return Err(Refusal::precondition("channel-not-configured", detail).at("/channel").into());
    }
    let now = env.now();
    let settings = env.settings();
    let field = match channel {
        Channel::Email => Field::Email,
        Channel::Telephone => Field::Telephone,
    };
    let day = SignedDuration::from_hours(24);
    let check_count = |tx: &mut dyn Transaction| {
        let since = now.saturating_sub(day).unwrap_or(jiff::Timestamp::MIN);
        if tx.count_contact_proofs(id, since)? >= settings.codes_per_day_max {
            let detail = format!("more than {} codes within a day", settings.codes_per_day_max);
            return Err(Refusal::new(RefusalKind::TooMany, "too-many-codes", detail).into());
        }
        Ok::<_, Failure>(())
    };
    let facts = env.store().with_reading_tx(|tx| {
        find_visible(tx, env.actor, id)?;
        check_count(tx)?;
        Ok::<_, Failure>(tx.list_facts(id)?)
    })?;
    let fact = AsOf::current(now, &facts)
        .read(&facts)
        .into_iter()
        .find(|fact| fact.subject == subject && fact.field == field)
        .cloned()
        .ok_or_else(|| Refusal::precondition("contact-missing", format!("no `{field}` on record")))?;
    let system = crate::actor::Actor::system();
    let as_system = Env { actor: &system, ..*env };
    let purpose: Purpose = "prove control of a contact".parse().expect("a good purpose");
    let reading = Reading::record(&as_system, Some(&purpose), "contact-proof", vec![id])?;
    let recipient = match open_fact(env, &reading, &fact)? {
        Some(FieldValue::Email(email)) => email.as_str().to_owned(),
        Some(FieldValue::Telephone(number)) => number.as_str().to_owned(),
        _ => return Err(Refusal::conflict("contact-shredded", "the contact was destroyed").into()),
    };
    let proof_id: ContactProofId = env.new_id();
    let code = six_digits(&env.secret());
    let ttl = SignedDuration::from_mins(settings.code_ttl_minutes.into());
    let proof = ContactProof {
        id: proof_id,
        customer: id,
        subject,
        channel,
        fact: fact.id,
        code_hash: code_hash(env, proof_id, &code)?,
        sent_at: now,
        expires_at: now.saturating_add(ttl).unwrap_or(jiff::Timestamp::MAX),
        attempts: 0,
        status: ContactProofStatus::Sent,
        version: 1,
    };
    let content = Content {
        recipient,
        subject: "Your code".to_owned(),
        text: format!(
            "Your code is {code}. It works once, for {} minutes. If you did not ask for it, ignore this message.",
            settings.code_ttl_minutes
        ),
    };
    let message = seal_message(env, id, channel, &content)?;
    env.store().with_tx(|tx| {
        // Counted where it is written: others may have asked for codes since.
        check_count(tx)?;
        tx.insert_contact_proof(&proof)?;
        tx.insert_message(&message)?;
        Ok::<(), Failure>(())
    })?;
    Ok(proof)
}

fn seal_message(
    env: &Env<'_>,
    customer: CustomerId,
    channel: Channel,
    content: &Content,
) -> Result<Message, Failure> {
    let id = format!("msg_{}", env.new_id::<domain::id::EventId>().to_string().trim_start_matches("evt_"));
    let plain = serde_json::to_vec(content).expect("a message is plain JSON");
    let content_sealed = env.vault().seal(&message_place(customer, &id), &plain)?;
    let now = env.now();
    Ok(Message {
        id,
        customer,
        channel,
        content_sealed,
        created_at: now,
        attempts: 0,
        next_attempt_at: now,
        state: MessageState::Waiting,
        version: 1,
    })
}

/// Where a message's content is sealed.
pub fn message_place(customer: CustomerId, id: &str) -> Place<'_> {
    let owner = KeyOwner::Subject { subject: SubjectId::Customer(customer), class: MESSAGE_CLASS.to_owned() };
    Place { owner, table: "messages", column: "content_sealed", row: id, version: 1 }
}

/// Six digits without bias worth speaking of: 2^64 is far more than a million.
fn six_digits(secret: &[u8; 32]) -> String {
    let mut number = [0; 8];
    number.copy_from_slice(&secret[..8]);
    format!("{:06}", u64::from_be_bytes(number) % 1_000_000)
}

fn code_hash(env: &Env<'_>, id: ContactProofId, code: &str) -> Result<String, Failure> {
    let blind = env.vault().blind_index(IndexPurpose::ContactCode, &format!("{id}:{code}"))?;
    Ok(domain::fact::sealed_text::to_hex(&blind))
}

/// Takes one try at a code. A right one is recorded as a verification, with its time.
pub fn confirm(env: &Env<'_>, id: ContactProofId, code: &str) -> Result<ContactProof, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    let hash = code_hash(env, id, code.trim())?;
    let attempts_max = env.settings().code_attempts_max;
    let (proof, attempt) = env.store().with_tx(|tx| {
        let absent = || Refusal::not_found("no-such-proof", format!("no contact proof `{id}`"));
        let sent = tx.find_contact_proof(id)?.ok_or_else(absent)?;
        let customer =
            find_visible(tx, env.actor, sent.customer).map_err(|failure| failure.refused_as(absent()))?;
        // Both sides are keyed hashes, so the time of the comparison tells nothing of the code.
        let matches = sent.code_hash == hash;
        let (mut proof, attempt) = sent.attempt(matches, env.now(), attempts_max);
        if matches!(attempt, Attempt::Proven | Attempt::Wrong { .. }) {
            proof.version += 1;
            tx.update_contact_proof(&proof)?;
        }
        if attempt == Attempt::Proven {
            let verification = proven(env, &proof);
            verification::insert(env, tx, &verification)?;
            let customer = assess::refresh(env, tx, customer, &["contact-proven".to_owned()])?;
            crate::notice::tell_withheld(env, tx, &customer)?;
        }
        Ok::<_, Failure>((proof, attempt))
    })?;
    match attempt {
        Attempt::Proven => Ok(proof),
        Attempt::Wrong { attempts_left } => {
            let detail = format!("wrong code; {attempts_left} tries left");
            Err(Refusal::invalid("code-wrong", detail).at("/code").into())
        }
        Attempt::Expired => {
            Err(Refusal::conflict("code-expired", "the code expired; ask for another").into())
        }
        Attempt::Spent => Err(Refusal::conflict("code-spent", "the code was used or given up").into()),
    }
}

fn proven(env: &Env<'_>, proof: &ContactProof) -> Verification {
    Verification {
        id: env.new_id(),
        customer: proof.customer,
        subject: proof.subject,
        method: match proof.channel {
            Channel::Email => Method::ContactEmail,
            Channel::Telephone => Method::ContactTelephone,
        },
        adapter: "code".to_owned(),
        checks: vec![Check {
            check: "contact-code@1".to_owned(),
            result: CheckResult::Pass,
            reason: "code-entered".to_owned(),
        }],
        outcome: Outcome::Pass,
        evidence: vec![proof.id.to_string(), proof.fact.to_string()],
        verified_at: env.now(),
        verified_by: env.actor.to_string(),
    }
}

/// Times that a message is tried.
const ATTEMPTS_MAX: u32 = 12;

/// Messages tried in one round, by each channel.
const ROUND: u32 = 100;

/// Sends what is due by the channels that are carried. Returns how many went and how many are to be tried again.
pub fn deliver(env: &Env<'_>, messenger: &dyn Messenger) -> Result<(usize, usize), Failure> {
    let now = env.now();
    let (mut sent, mut left) = (0, 0);
    for channel in [Channel::Email, Channel::Telephone] {
        if !messenger.carries(channel) {
            continue;
        }
        let due = env
            .store()
            .with_reading_tx(|tx| Ok::<_, Failure>(tx.list_unsent_messages(channel, now, ROUND)?))?;
        for mut message in due {
            message.attempts += 1;
            message.version += 1;
            message.state = attempt(env, messenger, &message)?;
            if message.state == MessageState::Waiting {
                let wait = SignedDuration::from_secs(15 << message.attempts.min(10));
                message.next_attempt_at = now.saturating_add(wait).unwrap_or(jiff::Timestamp::MAX);
            }
            sent += usize::from(message.state == MessageState::Sent);
            left += usize::from(message.state == MessageState::Waiting);
            env.store().with_tx(|tx| {
                tx.update_message(&message)?;
                crate::notice::record_delivery(env, tx, &message)
            })?;
        }
    }
    Ok((sent, left))
}

/// Sends one message. What was shredded, is refused for good or was tried often enough is given up.
fn attempt(env: &Env<'_>, messenger: &dyn Messenger, message: &Message) -> Result<MessageState, Failure> {
    let place = message_place(message.customer, &message.id);
    let Opened::Plain(plain) = env.vault().open(&place, &message.content_sealed)? else {
        return Ok(MessageState::GivenUp);
    };
    let Some(content) = content_of(env, message.customer, &plain)? else { return Ok(MessageState::GivenUp) };
    Ok(match messenger.send(message.channel, &content) {
        Ok(()) => MessageState::Sent,
        Err(Unsent::ForNow(_)) if message.attempts < ATTEMPTS_MAX => MessageState::Waiting,
        Err(Unsent::ForNow(_) | Unsent::ForGood(_)) => MessageState::GivenUp,
    })
}
