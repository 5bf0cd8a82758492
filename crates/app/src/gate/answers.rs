//! The answer log: every answer of the gate, kept so that it can be made again (CIP-24).
//!
//! What an answer was made of and what it said is written in full once. Later answers that differ in nothing but
//! the instant name that row: at most three days older, so that rows can be destroyed by age. Every row is bound to
//! its contents by a key that is not in the database.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::decision::{self, Facts, Verdict};
use domain::fact::sealed_text;
use domain::id::AnswerId;
use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::GateAnswer;
use crate::customer::find_visible;
use crate::env::{Env, Platform};
use crate::failure::{Failure, Refusal};
use crate::store::Transaction;
use crate::vault::{IndexPurpose, Vault, VaultError};

/// Answers that may wait for the log. Above it the gate refuses: an answer that leaves no trace is none.
const WAITING_MAX: usize = 50_000;

/// Answers that wait from which on who asks is slowed down: half a second's worth at the rate aimed for.
const WAITING_MANY: usize = 10_000;

/// Rows of one unit of work: few, so that neither the writers of the store nor the threads that answer wait long.
const ROWS: usize = 256;

/// Contents remembered in one generation; there are two.
const CONTENTS_MAX: usize = 1 << 18;

/// How long a generation lasts.
const GENERATION: SignedDuration = SignedDuration::from_hours(24);

/// Answers on their way to the log.
#[derive(Default)]
pub struct AnswerLog {
    waiting: Mutex<VecDeque<Arc<GateAnswer>>>,
    /// Held while rows are written: there is one writer, and no row names one that is not there.
    written: Mutex<Written>,
}

impl AnswerLog {
    pub fn is_full(&self) -> bool {
        self.waiting().len() >= WAITING_MAX
    }

    pub fn is_behind(&self) -> bool {
        self.waiting().len() >= WAITING_MANY
    }

    pub fn push(&self, answer: Arc<GateAnswer>) {
        self.waiting().push_back(answer);
    }

    /// Writes what waits now, in small steps. Returns how many there were. What could not be written stays.
    pub fn flush(&self, platform: &Platform) -> Result<usize, Failure> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let due = self.waiting().len();
        let mut done = 0;
        while done < due {
            let batch: Vec<_> = self.waiting().iter().take(ROWS.min(due - done)).cloned().collect();
            written.grow_older(platform.clock.now());
            let (rows, fresh) = written.rows(&*platform.vault, &batch)?;
            platform.store.with_tx(|tx| tx.insert_gate_answers(&rows))?;
            written.now.extend(fresh);
            self.waiting().drain(..batch.len());
            done += batch.len();
        }
        Ok(done)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arc<GateAnswer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which row has which contents in full: those of the last day and of the day before.
#[derive(Default)]
struct Written {
    now: HashMap<u128, AnswerId>,
    before: HashMap<u128, AnswerId>,
    since: Timestamp,
    hashers: [RandomState; 2],
}

type AnswerRow = (String, Timestamp, String);

impl Written {
    /// Rows of a batch, and the contents that are new with it.
    fn rows(
        &self,
        vault: &dyn Vault,
        batch: &[Arc<GateAnswer>],
    ) -> Result<(Vec<AnswerRow>, HashMap<u128, AnswerId>), VaultError> {
        let mut fresh = HashMap::new();
        let mut rows = Vec::with_capacity(batch.len());
        for answer in batch {
            let contents = self.contents_of(answer);
            let known = [&fresh, &self.now, &self.before].into_iter().find_map(|held| held.get(&contents));
            let row = Row::of(answer, known.copied());
            if known.is_none() {
                fresh.insert(contents, answer.id);
            }
            rows.push((answer.id.to_string(), answer.facts.at, row.to_text(vault)?));
        }
        Ok((rows, fresh))
    }

    /// Begins a new generation when this one is a day old or full, and forgets the one before it.
    fn grow_older(&mut self, now: Timestamp) {
        let age = now.duration_since(self.since);
        if age >= GENERATION * 2 {
            self.now.clear();
        }
        if age >= GENERATION || self.now.len() >= CONTENTS_MAX {
            self.before = std::mem::take(&mut self.now);
            self.since = now;
        }
    }

    /// 128 bits under keys of this process: two contents have the same about never, and nobody can make them so.
    fn contents_of(&self, answer: &GateAnswer) -> u128 {
        let [high, low] = self.hashers.each_ref().map(|hasher| u128::from(hasher.hash_one(Contents(answer))));
        high << 64 | low
    }
}

/// An answer but for its id, its instant, and where the table stood.
struct Contents<'a>(&'a GateAnswer);

impl Hash for Contents<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let GateAnswer {
            id: _,
            facts,
            verdict,
            valid_until: _,
            position: _,
            engine_version,
            stale: _,
            fictional_lists,
        } = self.0;
        let Facts {
            action,
            context,
            at: _,
            account,
            identification,
            standing,
            resellers,
            measures,
            exempt_under,
            provider_certified,
            terms,
        } = facts;
        (action, context, account, identification, standing, resellers).hash(state);
        (measures, exempt_under, provider_certified, terms).hash(state);
        (verdict, engine_version, fictional_lists).hash(state);
    }
}

/// A row as it is written.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    id: AnswerId,
    at: Timestamp,
    valid_until: Timestamp,
    position: u64,
    stale: bool,
    /// The row that has the rest in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_as: Option<AnswerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    full: Option<Full<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Full<'a> {
    facts: Cow<'a, Facts>,
    verdict: Cow<'a, Verdict>,
    engine_version: Cow<'a, str>,
    fictional_lists: bool,
}

/// Stands between a row and the proof that it is as it was written.
const MAC: &str = r#","mac":""#;

impl<'a> Row<'a> {
    fn of(answer: &'a GateAnswer, same_as: Option<AnswerId>) -> Self {
        let full = same_as.is_none().then(|| Full {
            facts: Cow::Borrowed(&answer.facts),
            verdict: Cow::Borrowed(&answer.verdict),
            engine_version: Cow::Borrowed(&answer.engine_version),
            fictional_lists: answer.fictional_lists,
        });
        Self {
            id: answer.id,
            at: answer.facts.at,
            valid_until: answer.valid_until,
            position: answer.position,
            stale: answer.stale,
            same_as,
            full,
        }
    }

    fn to_text(&self, vault: &dyn Vault) -> Result<String, VaultError> {
        let mut text = serde_json::to_string(self).expect("an answer is plain JSON");
        let mac = vault.blind_index(IndexPurpose::GateAnswer, &text)?;
        text.pop();
        text.push_str(MAC);
        text.push_str(&sealed_text::to_hex(&mac));
        text.push_str(r#""}"#);
        Ok(text)
    }

    /// `None` for a text that is not as it was written.
    fn from_text(vault: &dyn Vault, text: &str) -> Result<Option<Row<'static>>, VaultError> {
        let Some((body, mac)) = text.rsplit_once(MAC) else { return Ok(None) };
        let body = format!("{body}}}");
        let expected = sealed_text::to_hex(&vault.blind_index(IndexPurpose::GateAnswer, &body)?);
        let same = mac.strip_suffix(r#""}"#) == Some(&expected);
        Ok(same.then(|| serde_json::from_str(&body).ok()).flatten())
    }
}

/// An answer on record; holds no personal data. It is there a second after it was given.
pub fn find_answer(env: &Env<'_>, id: AnswerId) -> Result<GateAnswer, Failure> {
    env.actor.may(Scope::CustomersRead).or_else(|_| env.actor.may(Scope::LedgerRead))?;
    env.store().with_reading_tx(|tx| {
        let absent = || Refusal::not_found("no-such-answer", format!("no answer `{id}`"));
        let row = find_row(env, tx, id)?.ok_or_else(absent)?;
        let full = match row.same_as {
            None => row.full,
            Some(first) => find_row(env, tx, first)?.and_then(|first| first.full),
        };
        let full = full.ok_or_else(|| altered(id))?;
        let facts = Facts { at: row.at, ..full.facts.into_owned() };
        find_visible(tx, env.actor, facts.account.customer).map_err(|_| absent())?;
        Ok(GateAnswer {
            id,
            facts,
            verdict: full.verdict.into_owned(),
            valid_until: row.valid_until,
            position: row.position,
            engine_version: full.engine_version.into_owned(),
            stale: row.stale,
            fictional_lists: full.fictional_lists,
        })
    })
}

fn find_row(env: &Env<'_>, tx: &mut dyn Transaction, id: AnswerId) -> Result<Option<Row<'static>>, Failure> {
    let Some(text) = tx.find_gate_answer(&id.to_string())? else { return Ok(None) };
    let row = Row::from_text(env.vault(), &text)?.filter(|row| row.id == id);
    row.map(Some).ok_or_else(|| altered(id))
}

/// Somebody changed the record behind our back: whoever asks is told, and so is the operator.
fn altered(id: AnswerId) -> Failure {
    tracing::error!(%id, "The answer `{id}` of the gate is not as it was written.");
    let detail = format!("the record of answer `{id}` is not as it was written, and proves nothing");
    Refusal::conflict("answer-altered", detail).into()
}

/// An answer made again from what it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerReplay {
    pub answer: GateAnswer,
    pub verdict: Verdict,
    /// Same verdict, finding by finding.
    pub same: bool,
    /// The rules of that time are the rules of this binary.
    pub same_engine: bool,
    /// Gates that speak otherwise now.
    pub differing_gates: Vec<String>,
}

/// Replays an answer on record (DESIGN 3.12): with another engine version it reports what differs.
pub fn replay_answer(env: &Env<'_>, id: AnswerId) -> Result<AnswerReplay, Failure> {
    let answer = find_answer(env, id)?;
    let verdict = decision::decide(&answer.facts);
    Ok(AnswerReplay {
        same: verdict == answer.verdict,
        same_engine: answer.engine_version == decision::ENGINE_VERSION,
        differing_gates: verdict.differing_gates(&answer.verdict),
        verdict,
        answer,
    })
}
