//! Accounts: asked for, opened or refused, suspended, closed (DEF-01, CIP-14).

use domain::account::{Account, AccountKind, AccountStatus, NotAllowedFrom};
use domain::case::CaseKind;
use domain::customer::{Customer, Identification};
use domain::decision::{Action, Answer, Decision, RequestContext};
use domain::draft::CaseOutcome;
use domain::event::ReasonCode;
use domain::id::{AccountId, CustomerId, SpecialMeasureId};
use domain::staff::Scope;
use serde::{Deserialize, Serialize};

use crate::bounds::parse_reason;
use crate::case::{self, NewCase};
use crate::customer::enrol::check_external_id;
use crate::customer::{assess, find_visible, reseller_chain};
use crate::decision::{DecidedBy, decide_and_record};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::notice;
use crate::record::{Happened, append_event};
use crate::store::Transaction;
use crate::watchlist::ensure_fresh;

/// An account that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The control plane's own name for it.
    #[serde(default)]
    pub external_id: Option<String>,
    pub kind: AccountKind,
    /// Code of a product of the catalogue.
    pub product: String,
    /// The reseller it hangs under; `None` for the customer's own.
    #[serde(default)]
    pub reseller: Option<CustomerId>,
    /// Asked for without meeting the customer, as almost always.
    #[serde(default = "remotely")]
    pub opened_remotely: bool,
    #[serde(default)]
    pub context: RequestContext,
}

fn remotely() -> bool {
    true
}

/// The account as it stands after the decision.
pub struct Opened {
    pub account: Account,
    pub decision: Decision,
    pub customer: Customer,
}

/// Asks for an account for a customer on record, and decides.
pub fn open(env: &Env<'_>, customer: CustomerId, new: &NewAccount) -> Result<Opened, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    ensure_fresh(env.platform)?;
    env.store().with_tx(|tx| {
        let customer = find_visible(tx, env.actor, customer)?;
        open_in_tx(env, tx, &customer, new, &["account-asked".to_owned()])
    })
}

/// The same within a sign-up's transaction.
pub fn open_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    new: &NewAccount,
    reasons: &[String],
) -> Result<Opened, Failure> {
    check_external_id(new.external_id.as_deref())?;
    if matches!(customer.identification, Identification::Closed { .. }) {
        return Err(Refusal::shredded().into());
    }
    let no_product = || {
        let detail = format!("no product `{}` in the catalogue", short(&new.product));
        Refusal::not_found("no-such-product", detail).at("/product")
    };
    let product = tx.find_product_by_code(&new.product)?.ok_or_else(no_product)?;
    let reseller = new.reseller.or(customer.reseller);
    if let Some(reseller) = reseller {
        check_branch(env, tx, reseller, "/reseller")?;
    }
    let account = Account {
        id: env.new_id(),
        customer: customer.id,
        provider: product.provider,
        product: product.id,
        external_id: new.external_id.clone(),
        kind: new.kind,
        reseller,
        status: AccountStatus::Pending,
        restrictions: Vec::new(),
        approvals: Vec::new(),
        opened_remotely: new.opened_remotely,
        created_at: env.now(),
        version: 1,
    };
    tx.insert_account(&account)?;
    // What is required may depend on the account, so the customer is assessed with it.
    let (customer, assessment) = assess::refresh_with(env, tx, customer.clone(), reasons)?;
    let request = (Action::Open, new.context.clone());
    let by = DecidedBy { determination: Some(assessment.determination), ..DecidedBy::default() };
    let decision = decide_and_record(env, tx, &customer, &account, request, by)?;
    let account = settle(env, tx, account, &decision)?;
    Ok(Opened { account, decision, customer })
}

/// What a decision to open does to the account: opened, refused, or left to a person.
fn settle(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    account: Account,
    decision: &Decision,
) -> Result<Account, Failure> {
    let now = env.now();
    let (changed, kind) = match decision.verdict.answer {
        Answer::Allow | Answer::AllowWithConditions => (account.open(now).map_err(refuse)?, "account.opened"),
        Answer::Deny if waits_for_data(decision) => (account, "account.pending"),
        Answer::Deny => (account.refuse(now).map_err(refuse)?, "account.refused"),
        Answer::Review => {
            let new = NewCase {
                kind: CaseKind::Identification,
                account: Some(account.id),
                subject: None,
                reasons: decision.verdict.reasons().into_iter().map(str::to_owned).collect(),
                due_at: None,
                not_by: Vec::new(),
            };
            case::open_in_tx(env, tx, account.customer, new)?;
            (account, "account.pending")
        }
    };
    put_and_tell(env, tx, changed, kind, decision.verdict.reasons().into_iter().map(str::to_owned).collect())
}

/// What a person's outcome does to an account: closed or refused where they said so, else by the decision.
pub(crate) fn settle_after_case(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    account: Account,
    decision: &Decision,
    outcome: CaseOutcome,
) -> Result<Account, Failure> {
    let now = env.now();
    let reasons = vec![outcome.as_str().to_owned()];
    match (outcome, &account.status) {
        (CaseOutcome::Close, _) => {
            put_and_tell(env, tx, account.close(now).map_err(refuse)?, "account.closed", reasons)
        }
        (CaseOutcome::Refuse, AccountStatus::Pending) => {
            put_and_tell(env, tx, account.refuse(now).map_err(refuse)?, "account.refused", reasons)
        }
        // Refused after opening: suspended, which is reversible, until the appeal is over.
        (CaseOutcome::Refuse, AccountStatus::Open { .. }) => {
            put_and_tell(env, tx, account.suspend(now, None).map_err(refuse)?, "account.suspended", reasons)
        }
        (CaseOutcome::Reopen, AccountStatus::Refused { .. }) => {
            let waiting = Account { status: AccountStatus::Pending, ..account };
            put(env, tx, waiting, "account.pending", reasons)
        }
        (_, AccountStatus::Pending) => settle(env, tx, account, decision),
        _ => Ok(account),
    }
}

/// Data that is still missing is no refusal: the account waits until it is there.
fn waits_for_data(decision: &Decision) -> bool {
    let denying: Vec<&str> = decision
        .verdict
        .findings
        .iter()
        .filter(|finding| finding.answer == Answer::Deny)
        .map(|finding| &*finding.reason)
        .collect();
    denying == ["identity-data-missing"]
}

/// Decides on accounts that waited for nothing but data, once it is complete. What waits for a person goes on
/// waiting.
pub(crate) fn decide_complete(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
) -> Result<Vec<Account>, Failure> {
    if !customer.standing.missing.is_empty() {
        return Ok(Vec::new());
    }
    let mut waiting = tx.list_accounts_of(customer.id)?;
    waiting.retain(|account| matches!(account.status, AccountStatus::Pending));
    if waiting.is_empty() {
        return Ok(waiting);
    }
    let decisions = tx.list_decisions(customer.id)?;
    let mut decided = Vec::new();
    for account in waiting {
        let last = decisions.iter().rev().find(|decision| decision.account == Some(account.id));
        if !last.is_some_and(waits_for_data) {
            continue;
        }
        let request = (Action::Open, last.map(|last| last.facts.context.clone()).unwrap_or_default());
        let decision = decide_and_record(env, tx, customer, &account, request, DecidedBy::default())?;
        decided.push(settle(env, tx, account, &decision)?);
    }
    Ok(decided)
}

/// Decides again on an account that waits, after its holder changed. Returns what it came to.
pub fn decide_again(env: &Env<'_>, id: AccountId) -> Result<Opened, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    env.store().with_tx(|tx| {
        let (customer, account) = find_account_visible(tx, env, id)?;
        if !matches!(account.status, AccountStatus::Pending) {
            let detail =
                format!("account `{id}` is {}, so nothing waits to be decided", account.status.as_str());
            return Err(Refusal::conflict("account-not-pending", detail).into());
        }
        let request = (Action::Open, RequestContext::default());
        let decision = decide_and_record(env, tx, &customer, &account, request, DecidedBy::default())?;
        let account = settle(env, tx, account, &decision)?;
        Ok(Opened { account, decision, customer })
    })
}

/// An account that the actor may see, with its holder.
pub fn find_account_visible(
    tx: &mut dyn Transaction,
    env: &Env<'_>,
    id: AccountId,
) -> Result<(Customer, Account), Failure> {
    let absent = || Refusal::not_found("no-such-account", format!("no account `{id}`"));
    let account = tx.find_account(id)?.ok_or_else(absent)?;
    let customer =
        find_visible(tx, env.actor, account.customer).map_err(|failure| failure.refused_as(absent()))?;
    Ok((customer, account))
}

/// An account by our id or the control plane's own.
pub fn find_account(env: &Env<'_>, id: &str) -> Result<Account, Failure> {
    env.actor.may(Scope::CustomersRead).or_else(|_| env.actor.may(Scope::Gate))?;
    env.store().with_reading_tx(|tx| {
        let absent = || Refusal::not_found("no-such-account", "no such account");
        let found = match id.parse() {
            Ok(id) => tx.find_account(id)?,
            Err(_) => tx.find_account_by_external_id(id)?,
        };
        let account = found.ok_or_else(absent)?;
        Ok(find_account_visible(tx, env, account.id)?.1)
    })
}

/// The id of the account that the control plane calls so, for who may see it. Shows nothing else, so it takes no
/// scope: what is done with the id does.
pub fn resolve_account(env: &Env<'_>, external_id: &str) -> Result<AccountId, Failure> {
    env.store().with_reading_tx(|tx| {
        let absent = || Refusal::not_found("no-such-account", "no account of that id or external id");
        let account = tx.find_account_by_external_id(external_id)?.ok_or_else(absent)?;
        match find_visible(tx, env.actor, account.customer) {
            Ok(_) => Ok(account.id),
            Err(Failure::Refused(_)) => Err(absent().into()),
            Err(failure) => Err(failure),
        }
    })
}

pub fn list_accounts_of(env: &Env<'_>, customer: CustomerId) -> Result<Vec<Account>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        find_visible(tx, env.actor, customer)?;
        Ok(tx.list_accounts_of(customer)?)
    })
}

/// Suspends an open account; it can be opened again.
pub fn suspend(
    env: &Env<'_>,
    id: AccountId,
    under: Option<SpecialMeasureId>,
    reason_code: &str,
) -> Result<Account, Failure> {
    env.actor.may(Scope::CasesDecide)?;
    let reason = parse_reason(reason_code, "/reason")?;
    env.store().with_tx(|tx| {
        let (_, account) = find_account_visible(tx, env, id)?;
        let suspended = account.suspend(env.now(), under).map_err(refuse)?;
        put_and_tell(env, tx, suspended, "account.suspended", vec![reason.clone().into()])
    })
}

/// Lifts a suspension.
pub fn resume(env: &Env<'_>, id: AccountId, reason_code: &str) -> Result<Account, Failure> {
    env.actor.may(Scope::CasesDecide)?;
    let reason = parse_reason(reason_code, "/reason")?;
    change(env, id, "account.resumed", reason, |account, now| match account.status {
        AccountStatus::Suspended { .. } => account.open(now),
        ref status => Err(NotAllowedFrom { from: status.as_str(), to: "resumed" }),
    })
}

/// Closes an account because its holder asked the provider to. A closure against the holder takes two
/// persons and goes through a draft.
pub fn close(env: &Env<'_>, id: AccountId, reason_code: &str) -> Result<Account, Failure> {
    env.actor.may(Scope::CustomersWrite)?;
    let reason = parse_reason(reason_code, "/reason")?;
    change(env, id, "account.closed", reason, Account::close)
}

fn change(
    env: &Env<'_>,
    id: AccountId,
    kind: &str,
    reason: ReasonCode,
    transition: impl Fn(Account, jiff::Timestamp) -> Result<Account, NotAllowedFrom> + Send + Sync,
) -> Result<Account, Failure> {
    env.store().with_tx(|tx| {
        let (_, account) = find_account_visible(tx, env, id)?;
        let changed = transition(account, env.now()).map_err(refuse)?;
        put(env, tx, changed, kind, vec![reason.clone().into()])
    })
}

/// Replaces an account's row and tells of it.
pub fn put(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    account: Account,
    kind: &str,
    reasons: Vec<String>,
) -> Result<Account, Failure> {
    let account = Account { version: account.version + 1, ..account };
    tx.update_account(&account)?;
    append_event(
        env,
        tx,
        Happened::of(kind, account.id, account.version)
            .to(account.customer)
            .account(account.id)
            .state(account.status.as_str())
            .because(reasons),
    )?;
    Ok(account)
}

/// The same, and the holder is told where it was done against it.
pub(crate) fn put_and_tell(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    account: Account,
    kind: &str,
    reasons: Vec<String>,
) -> Result<Account, Failure> {
    let account = put(env, tx, account, kind, reasons.clone())?;
    notice::tell_of_account(env, tx, &account, reasons)?;
    Ok(account)
}

pub(crate) fn refuse(not_allowed: NotAllowedFrom) -> Refusal {
    Refusal::conflict("account-state", not_allowed)
}

/// A reseller that the actor may sell under: it is on the register, and in the actor's branch.
pub(crate) fn check_branch(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    reseller: CustomerId,
    pointer: &str,
) -> Result<(), Failure> {
    let absent = || Refusal::not_found("no-such-reseller", format!("no reseller `{reseller}`")).at(pointer);
    tx.find_reseller(reseller)?.ok_or_else(absent)?;
    if let Some(branch) = env.actor.branch
        && !reseller_chain(tx, Some(reseller))?.contains(&branch)
    {
        return Err(absent().into());
    }
    Ok(())
}

/// A caller's text, cut for a message.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
