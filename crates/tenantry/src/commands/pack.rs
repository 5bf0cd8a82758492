//! Policy packs: signed by the operator, installed, trusted by two persons.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use domain::pack::{Change, ChangeKind, Pack as Parsed, diff};
use serde_json::{Value, json};

use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::reach::{Reach, Request, escaped};
use crate::streams::{self, say};
use crate::wiring::pack_signatures::signature_holds;

/// Longest pack that is read.
const PACK_BYTES_MAX: u64 = 4 << 20;

/// Policy packs: the law as dated, signed data
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Installed packs, with a warning for each entry nobody compared with its source
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Check a pack and its signature, without a data folder
    Verify {
        /// The pack, a TOML file
        pack: PathBuf,
        /// The signature, as `pack sign` wrote it; `PACK.sig` unless given
        #[arg(long, value_name = "FILE")]
        signature: Option<PathBuf>,
        /// The public key it must be by, 64 hexadecimal digits; else the one in the signature's file
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
        /// The findings as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Sign a pack with an Ed25519 key; writes `PACK.sig`
    Sign {
        /// The pack, a TOML file
        pack: PathBuf,
        /// The private key: 32 bytes in hexadecimal; made, mode 0600, if there is no such file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The pack's id, the public key and the signature as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// What changes from one pack to another, entry by entry; exits with 1 when anything does
    Diff {
        /// The pack as it was, a TOML file
        before: PathBuf,
        /// The pack as it is to be, a TOML file
        after: PathBuf,
        /// The changes as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Install a signed pack; it is in force once two persons trusted it
    Install {
        /// The pack, a TOML file
        pack: PathBuf,
        /// The signature, as `pack sign` wrote it; `PACK.sig` unless given
        #[arg(long, value_name = "FILE")]
        signature: Option<PathBuf>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft that a pack comes into force; a second person approves it
    Trust {
        /// `name@date`
        pack: String,
        /// Why, in 3 to 2,000 characters
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Record that you compared an entry with its source; its warning goes
    Check {
        /// `name@date`
        pack: String,
        /// Such as `clocks.reseller_report`
        #[arg(long)]
        entry: String,
        /// The gazette it was compared with: series, number, page
        #[arg(long)]
        gazette: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List { reach } => reach.tell(Request::get("/v1/packs")),
        Command::Verify { pack, signature, key, json } => {
            verify(pack, signature.as_deref(), key.as_deref(), *json)
        }
        Command::Sign { pack, key, json } => sign(pack, key, *json),
        Command::Diff { before, after, json } => tell_diff(before, after, *json),
        Command::Install { pack, signature, reach } => install(pack, signature.as_deref(), reach),
        Command::Trust { pack, reason, reach } => {
            let action = json!({ "action": "trust_pack", "pack": pack });
            reach.tell(Request::post("/v1/drafts", json!({ "action": action, "reason": reason })))
        }
        Command::Check { pack, entry, gazette, reach } => {
            let body = json!({ "entry": entry, "gazette": gazette });
            reach.tell(Request::post(format!("/v1/packs/{}/checks", escaped(pack)), body))
        }
    }
}

fn read(path: &Path) -> Result<(String, Parsed), Stop> {
    let text = streams::read_text(path, PACK_BYTES_MAX)?;
    let parsed = Parsed::parse(&text);
    let parsed = parsed.map_err(|error| {
        Stop::unusable(format!("`{}`: {error}", path.display())).next("docs/packs.md explains the format")
    })?;
    Ok((text, parsed))
}

/// What `pack sign` writes.
struct Signature {
    public_key: String,
    signature: String,
}

fn read_signature(pack: &Path, given: Option<&Path>) -> Result<Signature, Stop> {
    let path = given.map_or_else(|| beside(pack), Path::to_owned);
    let text = streams::read_text(&path, 4_096)?;
    let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    let part = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match (part("public_key"), part("signature")) {
        (Some(public_key), Some(signature)) => Ok(Signature { public_key, signature }),
        _ => Err(Stop::unusable(format!("`{}` holds no signature", path.display()))
            .next("`tenantry pack sign` writes one")),
    }
}

fn beside(pack: &Path) -> PathBuf {
    let mut name = pack.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

fn verify(pack: &Path, signature: Option<&Path>, key: Option<&str>, json: bool) -> Outcome {
    let (text, parsed) = read(pack)?;
    let Signature { public_key, signature } = read_signature(pack, signature)?;
    let by_that_key = key.is_none_or(|key| key.eq_ignore_ascii_case(&public_key));
    let holds = by_that_key && signature_holds(&public_key, &text, &signature);
    let warnings = parsed.warnings();
    if json {
        streams::print_json(&json!({
            "pack": parsed.id.to_string(), "sha256": app::pack::text_hash(&text), "signature_holds": holds,
            "public_key": public_key, "unchecked_entries": warnings.len(),
        }))?;
    } else {
        say!(
            "{} ({}), {} entries not checked against their source",
            parsed.id,
            parsed.status,
            warnings.len()
        );
        say!("signature by {public_key}: {}", if holds { "right" } else { "WRONG" });
    }
    Ok(if holds { Exit::Done } else { Exit::No })
}

fn sign(pack: &Path, key: &Path, json: bool) -> Outcome {
    let (text, parsed) = read(pack)?;
    let pair = read_key(key)?;
    let public_key = hex::encode(pair.public_key().as_ref());
    let signature = hex::encode(pair.sign(text.as_bytes()).as_ref());
    let path = beside(pack);
    let signed = json!({ "pack": parsed.id.to_string(), "public_key": public_key, "signature": signature });
    fs::write(&path, format!("{signed}\n")).doing(format!("writing `{}`", path.display()))?;
    if json {
        streams::print_json(&signed)?;
    } else {
        say!("{} signed, in `{}`", parsed.id, path.display());
        eprintln!("  next: trust the key under `[packs]`: trusted_keys = [\"{public_key}\"]");
    }
    Ok(Exit::Done)
}

fn read_key(path: &Path) -> Result<Ed25519KeyPair, Stop> {
    if !path.exists() {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Stop::unable(format!("no randomness: {error}")))?;
        write_private(path, &format!("{}\n", hex::encode(seed)))
            .doing(format!("writing `{}`", path.display()))?;
    }
    let text = streams::read_text(path, 4_096)?;
    let malformed = || Stop::unusable(format!("`{}` is no key of 64 hexadecimal digits", path.display()));
    let seed = hex::decode(text.trim()).map_err(|_| malformed())?;
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| malformed())
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn tell_diff(before: &Path, after: &Path, json: bool) -> Outcome {
    let (_, before) = read(before)?;
    let (_, after) = read(after)?;
    let changes = diff(&before, &after);
    if json {
        streams::print_json(&changes)?;
    } else {
        say!("{} to {}: {} entries differ", before.id, after.id, changes.len());
        for Change { kind, path, before, after } in &changes {
            let mark = match kind {
                ChangeKind::Added => '+',
                ChangeKind::Removed => '-',
                ChangeKind::Changed => '~',
            };
            say!("{mark} {path}");
            if *kind == ChangeKind::Changed {
                let text =
                    |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
                say!("    was {}\n    is  {}", text(before), text(after));
            }
        }
    }
    Ok(if changes.is_empty() { Exit::Done } else { Exit::No })
}

fn install(pack: &Path, signature: Option<&Path>, reach: &Reach) -> Outcome {
    let (text, _) = read(pack)?;
    let Signature { public_key, signature } = read_signature(pack, signature)?;
    let body = json!({ "text": text, "public_key": public_key, "signature": signature });
    reach.tell(Request::post("/v1/packs", body))
}
