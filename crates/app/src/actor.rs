//! Who asks, and what they may do (SEC-02).

use std::fmt;

use domain::id::{ApiKeyId, CustomerId, StaffId};
use domain::staff::{Role, Scope};

use crate::failure::Refusal;
use crate::idempotency::Claim;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Staff(StaffId),
    Key(ApiKeyId),
    /// A command on the machine itself, holding the folder's lock.
    Command,
    /// The platform's own clockwork.
    System,
}

/// Who asks. Every use case that changes or shows something takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub credential: Credential,
    pub scopes: Vec<Scope>,
    pub roles: Vec<Role>,
    /// Sees this reseller's branch of the tree only.
    pub branch: Option<CustomerId>,
    /// The idempotency key of this one request, where it came under one.
    pub claim: Option<Claim>,
}

impl Actor {
    pub fn system() -> Self {
        Self {
            credential: Credential::System,
            scopes: Scope::ALL.to_vec(),
            roles: Vec::new(),
            branch: None,
            claim: None,
        }
    }

    /// A local command may do what needs no second person; it approves nothing (DESIGN 3.14).
    pub fn command() -> Self {
        Self { credential: Credential::Command, ..Self::system() }
    }

    pub fn may(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            let detail = format!("this credential lacks the scope `{}`", scope.as_str());
            Err(Refusal::forbidden("scope-missing", detail))
        }
    }

    /// The same of what concerns the installation as a whole: a credential of one branch never may.
    pub fn may_everywhere(&self, scope: Scope) -> Result<(), Refusal> {
        self.may(scope)?;
        if self.branch.is_some() {
            let detail = "this is for credentials of the whole installation";
            return Err(Refusal::forbidden("whole-installation-only", detail));
        }
        Ok(())
    }

    /// The person asking; programs and commands are none.
    pub fn person(&self) -> Result<StaffId, Refusal> {
        match self.credential {
            Credential::Staff(staff) => Ok(staff),
            _ => Err(Refusal::forbidden("person-needed", "this takes a signed-in person, not a program")),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.credential {
            Credential::Staff(staff) => staff.fmt(f),
            Credential::Key(key) => key.fmt(f),
            Credential::Command => f.write_str("command"),
            Credential::System => f.write_str("system"),
        }
    }
}
