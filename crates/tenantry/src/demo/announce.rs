//! What is printed once the demo is served: where to look, how to sign in, five questions to ask.

use std::fmt::Write as _;

use app::actor::Actor;
use app::failure::Failure;
use app::staff::{self, Invited, NewKey};
use domain::redacted::Redacted;
use domain::staff::{Role, Scope, StaffStatus};
use jiff::{SignedDuration, Timestamp};

use super::Demo;
use crate::commands::credentials::sign_in_link;
use crate::exit::Stop;

/// Two, so that one can approve what the other drafted.
const OFFICERS: [&str; 2] = ["demo-officer", "demo-second-officer"];
const KEY: &str = "demo-control-plane";

/// A key for trying out ends by itself.
const KEY_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How somebody gets in.
pub struct Welcome {
    /// A link each; `None` for who has a password already.
    links: Vec<(&'static str, Option<Redacted<String>>)>,
    key: Redacted<String>,
}

impl Welcome {
    /// Makes one-time links and a key. A key of an earlier start ends.
    pub fn make(demo: &Demo) -> Result<Self, Stop> {
        let made = demo.wired.platform.run(&Actor::command(), |env| {
            let known = staff::list(env)?;
            let mut links = Vec::new();
            for handle in OFFICERS {
                let link = match known.iter().find(|one| one.handle == handle) {
                    None => Some(staff::invite(
                        env,
                        handle,
                        &[Role::ComplianceOfficer, Role::Administrator],
                        None,
                    )?),
                    Some(one) if matches!(one.status, StaffStatus::Invited { .. }) => {
                        Some(staff::reinvite(env, one.id)?)
                    }
                    Some(_) => None,
                };
                links.push((handle, link.map(|Invited { link_secret, .. }| link_secret)));
            }
            for old in staff::list_keys(env)?.iter().filter(|key| key.name == KEY && key.revoked_at.is_none())
            {
                staff::revoke_key(env, old.id)?;
            }
            let expires_at = env.now().saturating_add(KEY_LASTS).unwrap_or(Timestamp::MAX);
            let NewKey { secret, .. } = staff::make_key(env, KEY, &scopes(), None, Some(expires_at))?;
            Ok::<_, Failure>(Self { links, key: secret })
        })?;
        Ok(made)
    }
}

/// Those of the control plane, and what the five questions take beside.
fn scopes() -> Vec<Scope> {
    let beside = [Scope::AccessRead, Scope::IdentityRead, Scope::LedgerRead];
    Role::ControlPlane.scopes().iter().copied().chain(beside).collect()
}

/// The whole announcement, for standard output.
pub fn announce(demo: &Demo, welcome: &Welcome, base: &str) -> String {
    let mut text = String::new();
    let mut line = |part: &str| {
        let _ = writeln!(text, "{part}");
    };
    let lists = demo.wired.platform.lists();
    line("");
    line(&format!("tenantry runs at {base}"));
    line(&format!(
        "  {} invented customers and {} accesses in `{}`{}",
        demo.size.customers,
        demo.size.events,
        demo.wired.folder.path().display(),
        if demo.reused { ", as they were left" } else { "" },
    ));
    let names: Vec<&str> = lists.watchlists.iter().map(|list| list.list.as_str()).collect();
    line(&match (lists.fictional(), names.len()) {
        (true, _) => {
            "  compared with a FICTIONAL list: no publisher was reached; name a folder with `--lists DIR`"
                .to_owned()
        }
        (false, count) if count > 6 => {
            format!("  compared with {count} lists, {} and more", names[..6].join(", "))
        }
        (false, _) => format!("  compared with {}", names.join(", ")),
    });
    line("");
    for (handle, link) in &welcome.links {
        line(&match link {
            Some(secret) => {
                format!("sign in as {handle}, once, with {}", sign_in_link(base, secret.expose()))
            }
            None => format!("sign in as {handle} at {base}/sign-in with the password you chose"),
        });
    }
    line("");
    line("Ask it, with a key that ends in 30 days:");
    line("");
    line(&format!("export KEY={}", welcome.key.expose()));
    for (question, curl) in questions(demo, base) {
        line("");
        line(&format!("# {question}"));
        line(&curl);
    }
    line("");
    line("Ctrl-C stops it; the same command starts it again.");
    text
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
