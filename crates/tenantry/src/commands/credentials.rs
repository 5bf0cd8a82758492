//! Staff and API keys: what is shown once, is shown here.

use app::clock::Clock as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::data::Data;
use crate::exit::{Exit, Outcome, Stop};
use crate::reach::{Reach, Request, escaped};
use crate::streams::{self, say};
use crate::wiring::SystemClock;
use crate::wiring::lists::ListsNeeded;
use crate::wiring::stores::Access;

/// Staff: invite by a one-time link
#[derive(Debug, clap::Subcommand)]
pub enum Staff {
    /// Invite a person; prints the one-time link, which is kept nowhere
    Invite {
        /// What colleagues call the person
        handle: String,
        /// Such as `compliance-officer`, `analyst`, `administrator`; several may be given
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// A reseller, whose branch alone the person sees
        #[arg(long, value_name = "CUSTOMER")]
        branch: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Everybody, with roles and whether they are active
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Make a new one-time link for who lost the password; sessions end
    Reinvite {
        /// Id of the person, `stf_…`
        staff: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Disable a person; sessions end at once
    Disable {
        /// Id of the person, `stf_…`
        staff: String,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Staff {
    pub fn run(&self) -> Outcome {
        match self {
            Self::Invite { handle, roles, branch, reach } => {
                let roles: Vec<String> = roles.iter().map(|role| role.replace('-', "_")).collect();
                let body = json!({ "handle": handle, "roles": roles, "branch": branch });
                tell_link(reach, Request::post("/v1/staff", body))
            }
            Self::List { reach } => reach.tell(Request::get("/v1/staff")),
            Self::Reinvite { staff, reach } => {
                tell_link(reach, Request::post(format!("/v1/staff/{}/reinvite", escaped(staff)), json!({})))
            }
            Self::Disable { staff, reach } => {
                reach.tell(Request::post(format!("/v1/staff/{}/disable", escaped(staff)), json!({})))
            }
        }
    }
}

/// The secret goes into the fragment, which browsers send to nobody.
pub fn sign_in_link(base: &str, secret: &str) -> String {
    format!("{}/sign-in#{secret}", base.trim_end_matches('/'))
}

fn tell_link(reach: &Reach, request: Request) -> Outcome {
    let base = match &reach.server {
        Some(server) => server.clone(),
        None => {
            let config = reach.data.config()?;
            config.base_url(config.listen)
        }
    };
    let mut invited = reach.ask_json(request)?;
    let secret = invited["link_secret"].as_str().ok_or_else(|| Stop::unable("the answer holds no link"))?;
    let link = sign_in_link(&base, secret);
    if reach.json {
        invited["link"] = Value::from(link);
        reach.print(&invited)?;
    } else {
        say!("{link}");
        eprintln!(
            "It works once, until {}.",
            invited["staff"]["link_expires_at"].as_str().unwrap_or("it expires")
        );
    }
    Ok(Exit::Done)
}

/// API keys: prefixed, scoped, expiring
#[derive(Debug, clap::Subcommand)]
pub enum Key {
    /// Make a key; prints the secret, which is kept nowhere
    Make {
        /// What it is for: letters, digits, dots, dashes
        name: String,
        /// Such as `gate` or `customers:write`; several may be given
        #[arg(long = "scope", required = true, value_delimiter = ',')]
        scopes: Vec<String>,
        /// A reseller, whose branch alone the key sees
        #[arg(long, value_name = "CUSTOMER")]
        branch: Option<String>,
        /// When it ends, in RFC 3339
        #[arg(long, value_name = "INSTANT", conflicts_with = "days")]
        expires_at: Option<Timestamp>,
        /// How long it is good for
        #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
        #[command(flatten)]
        reach: Reach,
    },
    /// All of them, with scopes and when they end; never the keys themselves
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Revoke a key; it ends within a second
    Revoke {
        /// Id of the key, `key_…`
        key: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Put every wrapped key under a new master key; sealed values stay as they are
    ///
    /// One that was cut short goes on where it stopped. Make a new recovery text afterwards.
    RotateMaster {
        #[command(flatten)]
        data: Data,
        /// How many keys are under which master key now, as JSON
        #[arg(long)]
        json: bool,
    },
}

fn rotate_master(data: &Data, json: bool) -> Outcome {
    let wired = data.open(Access::Writing, ListsNeeded::No)?;
    let rewrapped = wired.platform.vault.rotate_master_key()?;
    let master_key = wired.vault.master_key_id()?;
    if json {
        streams::print_json(&json!({ "rewrapped": rewrapped, "master_key": master_key }))?;
    } else {
        say!("{rewrapped} keys are under the new master key `{master_key}`");
        eprintln!("  next: back up the key store, and make a new recovery text with `backup --recovery`");
    }
    Ok(Exit::Done)
}

fn in_days(days: u32) -> Timestamp {
    let now = SystemClock::default().now();
    now.saturating_add(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MAX)
}

impl Key {
    pub fn run(&self) -> Outcome {
        match self {
            Self::Make { name, scopes, branch, expires_at, days, reach } => {
                let expires_at = expires_at.unwrap_or_else(|| in_days(*days));
                let body =
                    json!({ "name": name, "scopes": scopes, "branch": branch, "expires_at": expires_at });
                let made = reach.ask_json(Request::post("/v1/api_keys", body))?;
                if reach.json {
                    reach.print(&made)?;
                } else {
                    let secret = made["secret"].as_str();
                    say!("{}", secret.ok_or_else(|| Stop::unable("the answer holds no secret"))?);
                    eprintln!(
                        "`{}`: keep it now, it is shown once. It ends at {expires_at:.0}.",
                        made["api_key"]["id"].as_str().unwrap_or("key")
                    );
                }
                Ok(Exit::Done)
            }
            Self::List { reach } => reach.tell(Request::get("/v1/api_keys")),
            Self::Revoke { key, reach } => {
                reach.tell(Request::delete(format!("/v1/api_keys/{}", escaped(key))))
            }
            Self::RotateMaster { data, json } => rotate_master(data, *json),
        }
    }
}
