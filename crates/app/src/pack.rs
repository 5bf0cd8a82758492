//! Which packs are in force, and who vouches for them (PCK-01).

use domain::pack::{CheckRecord, LoadedPack, Pack, Packs, Warning};
use domain::staff::Scope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bounds::check_line;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// A pack as installed: its text, who vouches for it, which entries somebody checked against the gazette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRecord {
    /// `name@date`.
    pub id: String,
    pub text: String,
    /// Hash of the text, hexadecimal.
    pub sha256: String,
    pub trust: Trust,
    pub active: bool,
    pub checks: Vec<CheckRecord>,
    pub installed_at: Timestamp,
    pub installed_by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Trust {
    /// Its hash is in the binary.
    Shipped,
    /// An Ed25519 signature by a key of the configuration, both hexadecimal.
    Signed { public_key: String, signature: String },
}

/// Checks a signature of a pack by a key of the configuration: a port, since pure code signs nothing.
pub trait PackSignatures: Send + Sync {
    /// Whether the key is trusted and its Ed25519 signature over the text is right.
    fn verify(&self, public_key: &str, text: &str, signature: &str) -> bool;
}

/// A pack of an operator, as it arrives.
pub struct SignedPack {
    pub text: String,
    pub public_key: String,
    pub signature: String,
}

/// Installs a pack that an operator signed. It is in force once a second person trusts it (SEC-04).
pub fn install(
    env: &Env<'_>,
    signatures: &dyn PackSignatures,
    signed: &SignedPack,
) -> Result<(PackRecord, Vec<Warning>), Failure> {
    env.actor.may_everywhere(Scope::PacksWrite)?;
    if !signatures.verify(&signed.public_key, &signed.text, &signed.signature) {
        let detail = "the signature is not by a trusted key over this text";
        return Err(Refusal::forbidden("bad-signature", detail).at("/signature").into());
    }
    let record = PackRecord {
        id: parse(&signed.text)?.id.to_string(),
        text: signed.text.clone(),
        sha256: text_hash(&signed.text),
        trust: Trust::Signed { public_key: signed.public_key.clone(), signature: signed.signature.clone() },
        active: false,
        checks: Vec::new(),
        installed_at: env.now(),
        installed_by: env.actor.to_string(),
    };
    let warnings = load(&record)?.warnings();
    env.store().with_tx(|tx| {
        if tx.list_packs()?.iter().any(|known| known.id == record.id) {
            let detail = format!("pack `{}` is installed; a change takes a new date", record.id);
            return Err(Refusal::conflict("pack-installed", detail).into());
        }
        tx.put_pack(&record)?;
        tell(env, tx, &record, "pack.installed")
    })?;
    Ok((record, warnings))
}

/// Installs packs whose hash is in the binary and puts those the operator named in force. Run at every start;
/// what is there already stays as it is.
pub fn install_shipped(env: &Env<'_>, shipped: &[&str], active: &[String]) -> Result<u64, Failure> {
    let mut installed = 0;
    for text in shipped {
        let id = parse(text)?.id.to_string();
        installed += env.store().with_tx(|tx| {
            if tx.list_packs()?.iter().any(|known| known.id == id) {
                return Ok::<u64, Failure>(0);
            }
            let record = PackRecord {
                active: active.iter().any(|name| *name == id || id.starts_with(&format!("{name}@"))),
                id: id.clone(),
                text: (*text).to_owned(),
                sha256: text_hash(text),
                trust: Trust::Shipped,
                checks: Vec::new(),
                installed_at: env.now(),
                installed_by: env.actor.to_string(),
            };
            tx.put_pack(&record)?;
            tell(env, tx, &record, "pack.installed")?;
            Ok(1)
        })?;
    }
    Ok(installed)
}

/// The packs in force, from what is installed.
pub fn load_active(env: &Env<'_>) -> Result<Packs, Failure> {
    let records = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.list_packs()?))?;
    let mut loaded = Vec::new();
    for record in records.iter().filter(|record| record.active) {
        loaded.push(load(record)?);
    }
    Packs::merge(loaded).map_err(|refused| Refusal::conflict("packs-refused", refused).into())
}

pub fn list(env: &Env<'_>) -> Result<Vec<(PackRecord, Vec<Warning>)>, Failure> {
    env.actor.may(Scope::CustomersRead).or_else(|_| env.actor.may(Scope::PacksWrite))?;
    let records = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.list_packs()?))?;
    let mut listed = Vec::new();
    for record in records {
        let warnings = load(&record)?.warnings();
        listed.push((record, warnings));
    }
    Ok(listed)
}

/// Records that somebody compared an entry with its source: its warning goes.
pub fn record_check(env: &Env<'_>, pack: &str, entry: &str, gazette: &str) -> Result<PackRecord, Failure> {
    env.actor.may_everywhere(Scope::PacksWrite)?;
    let person = env.actor.person()?;
    check_line(gazette, "/gazette")?;
    let record = env.store().with_tx(|tx| {
        let mut record = find_in_tx(tx, pack)?;
        let known = parse(&record.text)?.warnings().iter().any(|warning| warning.entry == entry);
        if !known {
            let detail = format!("pack `{pack}` has no unchecked entry of this name");
            return Err(Refusal::not_found("no-such-entry", detail).at("/entry").into());
        }
        record.checks.retain(|check| check.entry != entry);
        record.checks.push(CheckRecord {
            pack: parse(&record.text)?.id,
            entry: entry.to_owned(),
            gazette: gazette.to_owned(),
            checked_on: domain::clock::Zone::utc().date_of(env.now()),
            checked_by: person.to_string(),
        });
        tx.put_pack(&record)?;
        tell(env, tx, &record, "pack.checked")?;
        Ok::<_, Failure>(record)
    })?;
    env.platform.put_packs(load_active(env)?);
    Ok(record)
}

fn find_in_tx(tx: &mut dyn Transaction, id: &str) -> Result<PackRecord, Failure> {
    let absent = || Refusal::not_found("no-such-pack", "no such pack is installed");
    Ok(tx.list_packs()?.into_iter().find(|record| record.id == id).ok_or_else(absent)?)
}

/// Called on approval of a draft. The platform loads it anew when it follows the event.
pub(crate) fn activate_in_tx(env: &Env<'_>, tx: &mut dyn Transaction, id: &str) -> Result<(), Failure> {
    let record = PackRecord { active: true, ..find_in_tx(tx, id)? };
    tx.put_pack(&record)?;
    tell(env, tx, &record, "pack.activated")
}

fn parse(text: &str) -> Result<Pack, Refusal> {
    Pack::parse(text).map_err(|error| Refusal::invalid("pack-refused", error))
}

fn load(record: &PackRecord) -> Result<LoadedPack, Failure> {
    let pack = parse(&record.text)?;
    Ok(LoadedPack { pack, sha256: record.sha256.clone(), checks: record.checks.clone() })
}

/// SHA-256 of a pack's text, hexadecimal.
pub fn text_hash(text: &str) -> String {
    domain::fact::sealed_text::to_hex(&ledger::hash::sha256(text.as_bytes()))
}

fn tell(env: &Env<'_>, tx: &mut dyn Transaction, record: &PackRecord, kind: &str) -> Result<(), Failure> {
    append_event(
        env,
        tx,
        Happened::of(kind, record.id.clone(), 1)
            .state(if record.active { "active" } else { "inactive" })
            .because(vec![format!("sha256-{}", record.sha256)]),
    )
}
