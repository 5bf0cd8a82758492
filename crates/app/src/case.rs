//! Work that waits for a person: opened, claimed, decided by two (CIP-14 to CIP-18, SEC-04).

use domain::case::{Case, CaseKind, CaseStatus};
use domain::customer::{Customer, Identification, UnableAnswer};
use domain::decision::{Action, RequestContext};
use domain::draft::CaseOutcome;
use domain::fact::SubjectId;
use domain::id::{AccountId, CaseId, CustomerId, StaffId};
use domain::staff::Scope;
use jiff::Timestamp;

use crate::account;
use crate::bounds::{check_count, parse_reason};
use crate::customer::read::branch_resellers;
use crate::customer::{assess, find_visible};
use crate::decision::{DecidedBy, decide_and_record};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::notice;
use crate::record::{Happened, append_event};
use crate::store::{CaseFilter, Page, Transaction};

/// Work before it is on record.
pub struct NewCase {
    pub kind: CaseKind,
    pub account: Option<AccountId>,
    pub subject: Option<SubjectId>,
    /// Stable codes.
    pub reasons: Vec<String>,
    pub due_at: Option<Timestamp>,
    pub not_by: Vec<StaffId>,
}

/// Opens a case, unless the customer has an unresolved one of the kind, which then gets the reasons too.
pub fn open_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    new: NewCase,
) -> Result<Case, Failure> {
    let filter = CaseFilter {
        customer: Some(customer),
        kind: Some(new.kind),
        unresolved: Some(true),
        ..CaseFilter::default()
    };
    let page = Page { after: String::new(), limit: 1 };
    if let Some(mut open) = tx.list_cases(&filter, &page)?.into_iter().next() {
        let fresh: Vec<String> =
            new.reasons.into_iter().filter(|reason| !open.reasons.contains(reason)).collect();
        if fresh.is_empty() {
            return Ok(open);
        }
        open.reasons.extend(fresh.clone());
        return put(env, tx, open, "case.extended", fresh);
    }
    let case = Case {
        id: env.new_id(),
        customer,
        account: new.account,
        subject: new.subject,
        kind: new.kind,
        reasons: new.reasons,
        status: CaseStatus::Open,
        opened_at: env.now(),
        due_at: new.due_at,
        not_by: new.not_by,
        version: 1,
    };
    tx.insert_case(&case)?;
    tell(env, tx, &case, "case.opened", case.reasons.clone())?;
    Ok(case)
}

/// Opens a case at a person's or program's request: a discrepancy, doubt about signatories, an appeal.
pub fn open(
    env: &Env<'_>,
    customer: CustomerId,
    kind: CaseKind,
    account: Option<AccountId>,
    reasons: Vec<String>,
) -> Result<Case, Failure> {
    env.actor.may(Scope::CustomersWrite).or_else(|_| env.actor.may(Scope::CasesDecide))?;
    check_count(reasons.len(), "/reasons")?;
    let parse = |(number, reason): (usize, &String)| {
        parse_reason(reason, &format!("/reasons/{number}")).map(String::from)
    };
    let reasons: Vec<String> = reasons.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
    env.store().with_tx(|tx| {
        let holder = find_visible(tx, env.actor, customer)?;
        if let Some(account) = account {
            let (of, _) = account::find_account_visible(tx, env, account)?;
            if of.id != customer {
                let detail = format!("account `{account}` is not the customer's");
                return Err(Refusal::invalid("not-its-account", detail).at("/account").into());
            }
        }
        let not_by = if kind == CaseKind::Redress { last_deciders(tx, customer)? } else { Vec::new() };
        let new = NewCase { kind, account, subject: None, reasons: reasons.clone(), due_at: None, not_by };
        let case = open_in_tx(env, tx, customer, new)?;
        if kind == CaseKind::Discrepancy {
            assess::refresh(env, tx, holder, &["discrepancy-open".to_owned()])?;
        } else if kind == CaseKind::Redress {
            notice::tell_of_appeal(env, tx, &holder, &case)?;
        }
        Ok(case)
    })
}

/// The two who decided the customer's last case: an appeal goes to somebody else (CIP-17).
fn last_deciders(tx: &mut dyn Transaction, customer: CustomerId) -> Result<Vec<StaffId>, Failure> {
    let decisions = tx.list_decisions(customer)?;
    let by_persons = decisions.iter().rev().find_map(|decision| {
        let drafted_by = decision.decided_by.parse().ok()?;
        let approved_by = decision.approved_by.as_ref().and_then(|person| person.parse().ok());
        Some([drafted_by].into_iter().chain(approved_by).collect())
    });
    Ok(by_persons.unwrap_or_default())
}

pub fn find_case(env: &Env<'_>, id: CaseId) -> Result<Case, Failure> {
    env.actor.may(Scope::CasesRead)?;
    env.store().with_reading_tx(|tx| find_visible_case(tx, env, id))
}

fn find_visible_case(tx: &mut dyn Transaction, env: &Env<'_>, id: CaseId) -> Result<Case, Failure> {
    let absent = || Refusal::not_found("no-such-case", format!("no case `{id}`"));
    let case = tx.find_case(id)?.ok_or_else(absent)?;
    find_visible(tx, env.actor, case.customer).map_err(|failure| failure.refused_as(absent()))?;
    Ok(case)
}

/// The queue: cases in order of id, so oldest first. A page is full unless it is the last.
pub fn list_cases(env: &Env<'_>, filter: &CaseFilter, page: &Page) -> Result<Vec<Case>, Failure> {
    env.actor.may(Scope::CasesRead)?;
    env.store().with_reading_tx(|tx| match (env.actor.branch, filter.customer) {
        (None, _) => Ok(tx.list_cases(filter, page)?),
        (Some(_), Some(customer)) => match find_visible(tx, env.actor, customer) {
            Ok(_) => Ok(tx.list_cases(filter, page)?),
            Err(Failure::Refused(_)) => Ok(Vec::new()),
            Err(failure) => Err(failure),
        },
        (Some(branch), None) => list_cases_of_branch(tx, branch, filter, page),
    })
}

/// Those of the customers under the branch's resellers, and of the branch's own record.
fn list_cases_of_branch(
    tx: &mut dyn Transaction,
    branch: CustomerId,
    filter: &CaseFilter,
    page: &Page,
) -> Result<Vec<Case>, Failure> {
    let under = CaseFilter { resellers: Some(branch_resellers(tx, branch)?), ..filter.clone() };
    let own = CaseFilter { customer: Some(branch), ..filter.clone() };
    let mut cases = tx.list_cases(&under, page)?;
    cases.extend(tx.list_cases(&own, page)?);
    cases.sort_by_key(|case| case.id);
    cases.dedup_by_key(|case| case.id);
    cases.truncate(page.limit as usize);
    Ok(cases)
}

/// Takes a case. Claiming one's own again changes nothing; another's is refused.
pub fn claim(env: &Env<'_>, id: CaseId) -> Result<Case, Failure> {
    env.actor.may(Scope::CasesDecide)?;
    let person = env.actor.person()?;
    env.store().with_tx(|tx| {
        let mut case = find_visible_case(tx, env, id)?;
        check_reviewer(&case, person)?;
        match &case.status {
            CaseStatus::Open => {}
            CaseStatus::Claimed { claimed_by, .. } if *claimed_by == person => return Ok(case),
            CaseStatus::Claimed { claimed_by, .. } => {
                let detail = format!("case `{id}` is claimed by `{claimed_by}`");
                return Err(Refusal::conflict("case-claimed", detail).into());
            }
            CaseStatus::Resolved { .. } => return Err(resolved(id).into()),
        }
        case.status = CaseStatus::Claimed { claimed_by: person, claimed_at: env.now() };
        put(env, tx, case, "case.claimed", Vec::new())
    })
}

fn resolved(id: CaseId) -> Refusal {
    Refusal::conflict("case-resolved", format!("case `{id}` is resolved already"))
}

/// The persons whose decision an appeal is against do not decide it.
pub fn check_reviewer(case: &Case, person: StaffId) -> Result<(), Refusal> {
    if case.not_by.contains(&person) {
        let detail = "an appeal is decided by somebody other than who decided before";
        return Err(Refusal::forbidden("same-reviewer", detail));
    }
    Ok(())
}

/// What may be answered to a case of a kind.
pub fn check_outcome(kind: CaseKind, outcome: CaseOutcome) -> Result<(), Refusal> {
    use CaseOutcome::{Close, Dismiss, InterimTerms, Refuse, Reopen, Verify};
    let allowed: &[CaseOutcome] = match kind {
        CaseKind::Identification | CaseKind::Reverification => &[Verify, Refuse, InterimTerms, Close],
        CaseKind::Redress => &[Reopen, Dismiss],
        CaseKind::Closure => &[Close, InterimTerms, Dismiss],
        CaseKind::ListHit | CaseKind::Discrepancy | CaseKind::Signatory | CaseKind::Review => {
            &[Dismiss, Refuse, InterimTerms, Close]
        }
    };
    if allowed.contains(&outcome) {
        Ok(())
    } else {
        let words: Vec<&str> = allowed.iter().map(|outcome| outcome.as_str()).collect();
        let detail = format!("this case is answered by one of: {}", words.join(", "));
        Err(Refusal::invalid("outcome-refused", detail).at("/outcome"))
    }
}

/// A case that two persons decided.
pub struct Resolution {
    pub case: CaseId,
    pub outcome: CaseOutcome,
    pub decided_by: StaffId,
    pub approved_by: StaffId,
}

/// Carries out what two persons decided on a case. Called on approval of a draft.
pub fn resolve_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    resolution: &Resolution,
) -> Result<Case, Failure> {
    let case = find_visible_case(tx, env, resolution.case)?;
    if case.is_resolved() {
        return Err(resolved(case.id).into());
    }
    check_reviewer(&case, resolution.decided_by)?;
    check_reviewer(&case, resolution.approved_by)?;
    check_outcome(case.kind, resolution.outcome)?;
    let customer = find_visible(tx, env.actor, case.customer)?;
    let mut closed = case.clone();
    closed.status = CaseStatus::Resolved {
        outcome: resolution.outcome.as_str().to_owned(),
        resolved_by: resolution.decided_by.to_string(),
        resolved_at: env.now(),
    };
    let closed = put(env, tx, closed, "case.resolved", vec![resolution.outcome.as_str().to_owned()])?;
    let customer = apply(env, tx, customer, resolution.outcome)?;
    let by = DecidedBy {
        person: Some(resolution.decided_by.to_string()),
        approved_by: Some(resolution.approved_by.to_string()),
        case: Some(closed.clone()),
        outcome: Some(resolution.outcome),
        determination: None,
    };
    settle_accounts(env, tx, &customer, &closed, resolution.outcome, by)?;
    notice::tell_of_resolution(env, tx, &customer, &closed, resolution.outcome)?;
    Ok(closed)
}

/// What an outcome does to the customer's identification.
fn apply(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: Customer,
    outcome: CaseOutcome,
) -> Result<Customer, Failure> {
    let now = env.now();
    let mut changed = customer;
    match outcome {
        CaseOutcome::Verify => {
            assess::check_verifiable(env, tx, &changed)?;
            changed.identification = assess::verified(env, &changed, now);
        }
        CaseOutcome::Refuse => {
            changed.identification = Identification::Unable { since: now, answer: UnableAnswer::Refuse };
        }
        CaseOutcome::InterimTerms => {
            let until = assess::interim_until(env, &changed, now);
            changed.identification =
                Identification::Unable { since: now, answer: UnableAnswer::InterimTerms { until } };
        }
        CaseOutcome::Close => {
            let answer = UnableAnswer::Close { closes_at: now };
            changed.identification = Identification::Unable { since: now, answer };
        }
        CaseOutcome::Reopen => changed.identification = Identification::Open { since: now },
        CaseOutcome::Dismiss => {}
    }
    assess::refresh(env, tx, changed, &[format!("case-{}", outcome.as_str())])
}

/// Decides on the customer's accounts again, and records each decision under the case.
fn settle_accounts(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    case: &Case,
    outcome: CaseOutcome,
    by: DecidedBy,
) -> Result<(), Failure> {
    let accounts = tx.list_accounts_of(customer.id)?;
    let concerned = accounts.into_iter().filter(|account| case.account.is_none_or(|only| only == account.id));
    for account in concerned {
        if account.status.closed_at().is_some() {
            continue;
        }
        let request = (Action::Open, RequestContext::default());
        let decision = decide_and_record(env, tx, customer, &account, request, by.clone())?;
        account::settle_after_case(env, tx, account, &decision, outcome)?;
    }
    Ok(())
}

/// Replaces a case's row and tells of it.
pub(crate) fn put(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    case: Case,
    kind: &str,
    reasons: Vec<String>,
) -> Result<Case, Failure> {
    let case = Case { version: case.version + 1, ..case };
    tx.update_case(&case)?;
    tell(env, tx, &case, kind, reasons)?;
    Ok(case)
}

fn tell(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    case: &Case,
    kind: &str,
    reasons: Vec<String>,
) -> Result<(), Failure> {
    let happened = Happened::of(kind, case.id, case.version)
        .to(case.customer)
        .account(case.account)
        .state(case.status.as_str())
        .because(reasons);
    append_event(env, tx, happened)
}
