//! What each route needs of a credential, as a table. Use cases check again; the table refuses before a body is
//! read, goes into the OpenAPI document, and a test walks it.

use app::actor::Actor;
use app::failure::Refusal;
use axum::extract::{MatchedPath, Request};
use domain::staff::Scope::{self, *};

use crate::problem::Problem;

/// One line a route.
pub struct Need {
    pub method: &'static str,
    /// The route's template.
    pub path: &'static str,
    /// One of these is enough; none: any good credential.
    pub scopes: &'static [Scope],
    /// Whether a credential of one branch of resellers may use it: it sees its branch only.
    pub branches: Branches,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branches {
    /// Shown what is of its branch, all else is as if it were not there.
    SeeTheirOwn,
    /// Of the installation as a whole.
    Refused,
}
use Branches::{Refused, SeeTheirOwn};

const fn need(
    method: &'static str,
    path: &'static str,
    scopes: &'static [Scope],
    branches: Branches,
) -> Need {
    Need { method, path, scopes, branches }
}

pub const NEEDS: &[Need] = &[
    need("DELETE", "/v1/sessions/current", &[], SeeTheirOwn),
    need("POST", "/v1/customers", &[CustomersWrite], SeeTheirOwn),
    need("GET", "/v1/customers", &[CustomersRead], SeeTheirOwn),
    need("GET", "/v1/customers/{customer}", &[CustomersRead], SeeTheirOwn),
    need("GET", "/v1/customers/{customer}/record", &[IdentityRead], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/facts", &[CustomersWrite], SeeTheirOwn),
    need("GET", "/v1/customers/{customer}/requirements", &[CustomersRead], SeeTheirOwn),
    need("GET", "/v1/customers/{customer}/decisions", &[CustomersRead, LedgerRead], SeeTheirOwn),
    need("GET", "/v1/customers/{customer}/accounts", &[CustomersRead], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/verifications", &[CustomersWrite, CasesDecide], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/contact_proofs", &[CustomersWrite], SeeTheirOwn),
    need("POST", "/v1/contact_proofs/{proof}/confirm", &[CustomersWrite], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/screenings", &[ListsWrite, HitsJudge], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/hit_outcomes", &[HitsJudge], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/restrictions", &[CasesDecide], SeeTheirOwn),
    need("GET", "/v1/customers/{customer}/legal_holds", &[CustomersRead], SeeTheirOwn),
    need("POST", "/v1/customers/{customer}/legal_holds", &[HoldsWrite], SeeTheirOwn),
    need("POST", "/v1/accounts", &[CustomersWrite], SeeTheirOwn),
    need("GET", "/v1/accounts/{account}", &[CustomersRead, Gate], SeeTheirOwn),
    need("POST", "/v1/accounts/{account}/decide", &[CustomersWrite], SeeTheirOwn),
    need("POST", "/v1/accounts/{account}/suspend", &[CasesDecide], SeeTheirOwn),
    need("POST", "/v1/accounts/{account}/resume", &[CasesDecide], SeeTheirOwn),
    need("POST", "/v1/accounts/{account}/close", &[CustomersWrite], SeeTheirOwn),
    need("POST", "/v1/cases", &[CustomersWrite, CasesDecide], SeeTheirOwn),
    need("GET", "/v1/cases", &[CasesRead], SeeTheirOwn),
    need("GET", "/v1/cases/{case}", &[CasesRead], SeeTheirOwn),
    need("POST", "/v1/cases/{case}/claim", &[CasesDecide], SeeTheirOwn),
    need("POST", "/v1/drafts", DRAFTS, SeeTheirOwn),
    need("GET", "/v1/drafts", &[CasesRead, StaffWrite], SeeTheirOwn),
    need("POST", "/v1/drafts/{draft}/approve", DRAFTS, SeeTheirOwn),
    need("POST", "/v1/drafts/{draft}/reject", DRAFTS, SeeTheirOwn),
    need("POST", "/v1/drafts/{draft}/withdraw", DRAFTS, SeeTheirOwn),
    need("GET", "/v1/decisions/{decision}", &[CustomersRead, LedgerRead], SeeTheirOwn),
    need("POST", "/v1/decisions/{decision}/replay", &[CustomersRead, LedgerRead], SeeTheirOwn),
    need("GET", "/v1/gate_answers/{answer}", &[CustomersRead, LedgerRead], SeeTheirOwn),
    need("POST", "/v1/gate_answers/{answer}/replay", &[CustomersRead, LedgerRead], SeeTheirOwn),
    need("POST", "/v1/special_measures", &[MeasuresWrite], Refused),
    need("GET", "/v1/special_measures", &[MeasuresRead], Refused),
    need("GET", "/v1/special_measures/{measure}", &[MeasuresRead], Refused),
    need("GET", "/v1/special_measures/{measure}/preview", &[MeasuresRead], Refused),
    need("POST", "/v1/special_measures/{measure}/extend", &[MeasuresWrite], Refused),
    need("POST", "/v1/exemptions", &[MeasuresWrite], Refused),
    need("GET", "/v1/exemptions", &[MeasuresRead], Refused),
    need("POST", "/v1/exemptions/{exemption}/revoke", &[MeasuresWrite], Refused),
    need("POST", "/v1/resellers", &[CatalogueWrite, CasesDecide], SeeTheirOwn),
    need("GET", "/v1/resellers", &[CustomersRead], SeeTheirOwn),
    need("POST", "/v1/providers", &[CatalogueWrite], Refused),
    need("GET", "/v1/providers", &[CustomersRead], SeeTheirOwn),
    need("POST", "/v1/providers/{provider}/certify", &[CatalogueWrite], Refused),
    need("POST", "/v1/products", &[CatalogueWrite], Refused),
    need("GET", "/v1/products", &[CustomersRead], SeeTheirOwn),
    need("POST", "/v1/packs", &[PacksWrite], Refused),
    need("GET", "/v1/packs", &[CustomersRead, PacksWrite], SeeTheirOwn),
    need("POST", "/v1/packs/{pack}/checks", &[PacksWrite], Refused),
    need("GET", "/v1/lists", &[], SeeTheirOwn),
    need("POST", "/v1/lists", &[ListsWrite], Refused),
    need("POST", "/v1/lists/screen", &[HitsJudge, ListsWrite], Refused),
    need("POST", "/v1/lists/compare", &[HitsJudge, ListsWrite], Refused),
    need("POST", "/match/{dataset}", &[HitsJudge, ListsWrite], Refused),
    need("POST", "/v1/screenings", &[ListsWrite], Refused),
    need("GET", "/v1/screenings/{screening}", &[CasesRead, LedgerRead], SeeTheirOwn),
    need("POST", "/v1/screenings/{screening}/replay", &[CasesRead, LedgerRead], SeeTheirOwn),
    need("POST", "/v1/staff", &[StaffWrite], Refused),
    need("GET", "/v1/staff", &[StaffWrite], Refused),
    need("POST", "/v1/staff/{staff}/reinvite", &[StaffWrite], Refused),
    need("POST", "/v1/staff/{staff}/disable", &[StaffWrite], Refused),
    need("POST", "/v1/api_keys", &[StaffWrite], Refused),
    need("GET", "/v1/api_keys", &[StaffWrite], Refused),
    need("DELETE", "/v1/api_keys/{key}", &[StaffWrite], Refused),
    need("GET", "/v1/events", &[EventsRead], SeeTheirOwn),
    need("POST", "/v1/who", &[AccessRead], SeeTheirOwn),
    need("POST", "/v1/access/events", &[AccessWrite], Refused),
    need("POST", "/v1/access/of", &[AccessRead], SeeTheirOwn),
    need("POST", "/v1/access/shared", &[AccessRead], Refused),
    need("GET", "/v1/ledger/checkpoint", &[LedgerRead], Refused),
    need("GET", "/v1/ledger/tile/{*path}", &[LedgerRead], Refused),
    need("GET", "/v1/ledger/key", &[LedgerRead], Refused),
    need("GET", "/v1/ledger/proofs", &[LedgerRead], Refused),
    need("POST", "/v1/import", &[CustomersWrite], Refused),
    need("POST", "/access/v1/evaluation", &[Gate], SeeTheirOwn),
    need("POST", "/access/v1/evaluations", &[Gate], SeeTheirOwn),
];

/// Which one depends on what is drafted.
const DRAFTS: &[Scope] = &[CasesDecide, HitsJudge, MeasuresWrite, HoldsWrite, PacksWrite, StaffWrite];

impl Need {
    pub fn is_gate(&self) -> bool {
        self.path.starts_with("/access/v1/")
    }

    pub fn check(&self, actor: &Actor) -> Result<(), Problem> {
        if !self.scopes.is_empty() && !self.scopes.iter().any(|scope| actor.scopes.contains(scope)) {
            let names: Vec<String> =
                self.scopes.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
            let detail = format!("this credential lacks the scope {}", names.join(" or "));
            return Err(Refusal::forbidden("scope-missing", detail).into());
        }
        if self.branches == Refused && actor.branch.is_some() {
            let detail = "this is for credentials of the whole installation";
            return Err(Refusal::forbidden("whole-installation-only", detail).into());
        }
        Ok(())
    }
}

/// The line of a method and template.
pub fn find(method: &str, path: &str) -> Option<&'static Need> {
    // The gate is asked far more often than all else.
    let (gate, others) = NEEDS.split_at(NEEDS.len() - 2);
    let of = |need: &&Need| need.method == method && need.path == path;
    gate.iter().find(of).or_else(|| others.iter().find(of))
}

/// The line of a request's route. A route without one lets nobody through.
pub fn of(request: &Request) -> Result<&'static Need, Problem> {
    let method = match request.method().as_str() {
        "HEAD" => "GET",
        method => method,
    };
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    find(method, path).ok_or_else(Problem::not_found)
}
