//! What is printed once the demo is served: where to look, how to sign in, five questions to ask.

use std::fmt;
use std::path::PathBuf;

use app::actor::Actor;
use app::api_key::{self, NewApiKey};
use app::env::Env;
use app::failure::Failure;
use app::staff;
use domain::api_key::ApiKey;
use domain::redacted::Redacted;
use domain::staff::{Role, Scope, StaffStatus};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Demo;
use crate::commands::credentials::sign_in_link;
use crate::exit::Stop;

/// Two, so that one can approve what the other drafted.
const OFFICERS: [&str; 2] = ["demo-officer", "demo-second-officer"];
const KEY: &str = "demo-control-plane";

/// A key for trying out ends by itself.
const KEY_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What there is to try out.
#[derive(Debug, Serialize)]
pub struct Made {
    pub data: PathBuf,
    pub customers: u32,
    pub events: u32,
    /// Ids of the lists that customers were compared with.
    pub lists: Vec<String>,
    /// An invented list stands in for real ones.
    pub fictional_lists: bool,
    /// It was there before.
    pub reused: bool,
}

impl Made {
    pub fn of(demo: &Demo) -> Self {
        let lists = demo.wired.platform.lists();
        Self {
            data: demo.wired.folder.path().to_owned(),
            customers: demo.size.customers,
            events: demo.size.events,
            lists: lists.watchlists.iter().map(|list| list.list.clone()).collect(),
            fictional_lists: lists.fictional(),
            reused: demo.reused,
        }
    }
}

/// How one officer gets in.
#[derive(Debug, Serialize)]
struct SignIn {
    handle: &'static str,
    /// Works once; `None` for who has a password already.
    link: Option<Redacted<String>>,
}

#[derive(Debug, Serialize)]
struct Asked {
    question: String,
    curl: String,
}

/// All that is printed once it is served: for people as text, for programs as JSON.
#[derive(Debug, Serialize)]
pub struct Announcement {
    url: String,
    #[serde(flatten)]
    made: Made,
    sign_in: Vec<SignIn>,
    key: Redacted<String>,
    /// Keys of earlier starts that ended with this one.
    keys_ended: usize,
    questions: Vec<Asked>,
}

impl Announcement {
    /// Makes one-time links and a key. A key of an earlier start ends.
    pub fn make(demo: &Demo, base: &str) -> Result<Self, Stop> {
        let (secrets, (key, keys_ended)) = demo.wired.platform.run(&Actor::command(), |env| {
            let secrets: Result<Vec<_>, _> = OFFICERS.iter().map(|handle| invite(env, handle)).collect();
            Ok::<_, Failure>((secrets?, make_key(env)?))
        })?;
        let link = |secret: Redacted<String>| Redacted::new(sign_in_link(base, secret.expose()));
        let sign_in = OFFICERS.into_iter().zip(secrets);
        let sign_in = sign_in.map(|(handle, secret)| SignIn { handle, link: secret.map(link) }).collect();
        let questions = questions(demo, base).map(|(question, curl)| Asked { question, curl });
        Ok(Self {
            url: base.to_owned(),
            made: Made::of(demo),
            sign_in,
            key,
            keys_ended,
            questions: questions.into(),
        })
    }
}

/// The secret of a one-time link; `None` for who used one before.
fn invite(env: &Env<'_>, handle: &str) -> Result<Option<Redacted<String>>, Failure> {
    let roles = [Role::ComplianceOfficer, Role::Administrator];
    let invited = match staff::list(env)?.iter().find(|one| one.handle == handle) {
        None => staff::invite(env, handle, &roles, None)?,
        Some(one) if matches!(one.status, StaffStatus::Invited { .. }) => staff::reinvite(env, one.id)?,
        Some(_) => return Ok(None),
    };
    Ok(Some(invited.link_secret))
}

/// The secret of a new key, and how many it takes the place of.
fn make_key(env: &Env<'_>) -> Result<(Redacted<String>, usize), Failure> {
    let mut ended = 0;
    let is_ours = |key: &&ApiKey| key.name == KEY && key.revoked_at.is_none();
    for old in api_key::list(env)?.iter().filter(is_ours) {
        api_key::revoke(env, old.id)?;
        ended += 1;
    }
    let expires_at = env.now().saturating_add(KEY_LASTS).unwrap_or(Timestamp::MAX);
    let new =
        NewApiKey { name: KEY.to_owned(), scopes: scopes(), branch: None, expires_at: Some(expires_at) };
    Ok((api_key::make(env, new)?.secret, ended))
}

/// Those of the control plane, and what the five questions take beside.
fn scopes() -> Vec<Scope> {
    let beside = [Scope::AccessRead, Scope::IdentityRead, Scope::LedgerRead];
    Role::ControlPlane.scopes().iter().copied().chain(beside).collect()
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, made, .. } = self;
        writeln!(f, "\ntenantry runs at {url}")?;
        let left = if made.reused { ", as they were left" } else { "" };
        let data = made.data.display();
        writeln!(
            f,
            "  {} invented customers and {} accesses in `{data}`{left}",
            made.customers, made.events
        )?;
        writeln!(f, "  compared with {}", compared_with(made))?;
        writeln!(f, "  nothing is mailed: codes and notices lie in `{data}/outbox`\n")?;
        for SignIn { handle, link } in &self.sign_in {
            match link {
                Some(link) => writeln!(f, "sign in as {handle}, once, with {}", link.expose())?,
                None => writeln!(f, "sign in as {handle} at {url}/sign-in with the password you chose")?,
            }
        }
        let ended = if self.keys_ended > 0 { "; the key printed before has ended" } else { "" };
        writeln!(f, "\nAsk it, with a key that ends in 30 days{ended}:\n\nexport KEY={}", self.key.expose())?;
        for Asked { question, curl } in &self.questions {
            writeln!(f, "\n# {question}\n{curl}")?;
        }
        writeln!(f, "\nCtrl-C stops it; the same command starts it again.")
    }
}

fn compared_with(made: &Made) -> String {
    if made.fictional_lists {
        return "a FICTIONAL list: no publisher was reached; name a folder with `--lists DIR`".to_owned();
    }
    match made.lists.get(..6) {
        Some(first) if made.lists.len() > 6 => {
            format!("{} lists, {} and more", made.lists.len(), first.join(", "))
        }
        _ => made.lists.join(", "),
    }
}

/// Five questions and the `curl` lines that ask them.
fn questions(demo: &Demo, base: &str) -> [(String, String); 5] {
    let samples = &demo.samples;
    let get = |path: String| format!("curl -s -H \"Authorization: Bearer $KEY\" '{base}{path}'");
    let post = |path: &str, more: &str, body: serde_json::Value| {
        format!(
            "curl -s -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' {more}-d '{body}' '{base}{path}'"
        )
    };
    [
        (
            format!("Who was behind {} at {}?", samples.ip, samples.at),
            post(
                "/v1/who",
                "-H 'Tenantry-Purpose: trying out the demo' ",
                serde_json::json!({ "ip": samples.ip, "at": samples.at }),
            ),
        ),
        (
            format!("May account {} get a server?", samples.account),
            post(
                "/access/v1/evaluation",
                "",
                serde_json::json!({
                    "subject": { "type": "account", "id": samples.account },
                    "action": { "name": "provision" },
                    "resource": { "type": "product", "id": testkit::fixture::PRODUCT },
                    "context": { "enforces_conditions": true },
                }),
            ),
        ),
        (
            "What is due of its customer, by which rule, until when?".to_owned(),
            get(format!("/v1/customers/{}/requirements", samples.customer)),
        ),
        (
            format!("Which accounts would a measure on {} touch?", samples.measure_country),
            get(format!("/v1/special_measures/{}/preview", samples.measure)),
        ),
        (
            "Prove that the decision on that account stands in the ledger as it was made:".to_owned(),
            get(format!("/v1/ledger/proofs?kind=decision&object={}", samples.decision)),
        ),
    ]
}
