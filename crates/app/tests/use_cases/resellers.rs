//! The tree of resellers, and what a branch sees.

use app::actor::Actor;
use app::customer::read;
use app::draft;
use app::reseller::{self, ResellerEntry};
use app::store::Page;
use app::{account, case};
use domain::account::AccountKind;
use domain::case::CaseKind;
use domain::decision::{Action, Answer, RequestContext};
use domain::draft::DraftAction;
use domain::id::CustomerId;
use domain::reseller::{CHAIN_MAX, ResellerStatus};
use domain::staff::Role;
use testkit::{Platform, fixture};

use crate::refusal;

fn register(platform: &Platform, customer: CustomerId, parent: Option<CustomerId>, status: ResellerStatus) {
    try_register(platform, customer, parent, status).unwrap();
    platform.settle();
}

fn try_register(
    platform: &Platform,
    customer: CustomerId,
    parent: Option<CustomerId>,
    status: ResellerStatus,
) -> Result<(), app::failure::Failure> {
    let entry =
        ResellerEntry { customer, parent, agreement: None, programme: Some("cip-2026".into()), status };
    platform.run(&platform.officer(), |env| reseller::register(env, &entry)).map(|_| ())
}

/// A chain of three resellers and an end customer under the last.
fn chain(platform: &Platform) -> ([CustomerId; 3], CustomerId) {
    let owners = [("Bela Bartfai", "HU", 1_000_000)];
    let resellers = [1, 2, 3].map(|number| {
        let mut enrolment = fixture::company(number, &format!("Reseller {number} Kft"), "HU", &owners);
        enrolment.account = Some(fixture::account(number, AccountKind::Reseller));
        platform.enrol(&enrolment).customer.id
    });
    for (position, &customer) in resellers.iter().enumerate() {
        let parent = position.checked_sub(1).map(|above| resellers[above]);
        register(platform, customer, parent, ResellerStatus::Active);
    }
    let mut end = fixture::individual(4, "Ada Karenina", "DE");
    end.reseller = Some(resellers[2]);
    (resellers, platform.enrol(&end).customer.id)
}

/// RSL-01: a chain of three is kept; a cycle is refused.
#[test]
fn a_chain_of_three_is_kept_and_a_cycle_refused() {
    let platform = Platform::new();
    let ([first, second, third], end) = chain(&platform);

    let nearest = platform.customer(end).reseller;
    let above =
        platform.app().store.with_reading_tx(|tx| app::customer::reseller_chain(tx, nearest)).unwrap();
    assert_eq!(above, [third, second, first]);
    for (customer, parent) in [(first, third), (first, second), (second, third), (first, first)] {
        let cycle = try_register(&platform, customer, Some(parent), ResellerStatus::Active);
        assert_eq!(refusal(cycle).code, "reseller-cycle");
    }
}

/// RSL-07: a reseller that is blocked, anywhere above, blocks new orders; what exists may be paid and administered.
#[test]
fn a_blocked_reseller_blocks_new_orders_below_it() {
    let platform = Platform::new();
    let ([first, _, _], _) = chain(&platform);
    let ask = |action| platform.ask("account-4", action).verdict;
    assert_eq!(ask(Action::Provision).answer, Answer::AllowWithConditions);

    register(&platform, first, None, ResellerStatus::Blocked);

    assert_eq!(ask(Action::Provision).answer, Answer::Deny);
    let asked = ask(Action::Provision);
    assert!(asked.reasons().contains(&"reseller-blocked"));
    let finding = asked.findings.iter().find(|finding| finding.gate == "reseller").unwrap();
    assert_eq!(finding.because, [first.to_string()]);
    assert_eq!(ask(Action::Pay).answer, Answer::Allow);
    register(&platform, first, None, ResellerStatus::Active);
    assert_eq!(ask(Action::Provision).answer, Answer::AllowWithConditions);
}

/// RSL-02: without an identification programme on file a reseller is not active.
#[test]
fn an_active_reseller_has_a_programme_on_file() {
    let platform = Platform::new();
    let customer =
        platform.enrol_company("Reseller Kft", "HU", &[("Bela Bartfai", "HU", 1_000_000)]).customer.id;
    let entry = ResellerEntry {
        customer,
        parent: None,
        agreement: None,
        programme: None,
        status: ResellerStatus::Active,
    };

    let refused = platform.run(&platform.officer(), |env| reseller::register(env, &entry).map(|_| ()));

    assert_eq!(refusal(refused).code, "programme-missing");
}

/// RSL-01, SEC-02: a reseller's staff see its branch, and of the rest not even that it is there.
#[test]
fn a_branch_sees_itself_and_nothing_else() {
    let platform = Platform::new();
    let ([first, second, third], end) = chain(&platform);
    let other = platform.enrol(&fixture::individual(9, "Walter Quigley", "CA"));
    let staff = platform.reseller_staff(second);
    let page = Page { after: String::new(), limit: 100 };

    let sees = platform.run(&staff, |env| read::list_customers(env, None, &page)).unwrap();
    let sees: Vec<CustomerId> = sees.iter().map(|customer| customer.id).collect();
    assert!(sees.contains(&end));
    assert!(!sees.contains(&first) && !sees.contains(&other.customer.id), "{sees:?}");
    for (visible, id) in [(true, second), (true, end), (false, first), (false, other.customer.id)] {
        let found = platform.run(&staff, |env| read::find_customer(env, id));
        assert_eq!(found.is_ok(), visible, "{id}");
    }
    let others_account = other.account.unwrap().account.id.to_string();
    let hidden = platform.run(&staff, |env| account::find_account(env, &others_account));
    assert_eq!(refusal(hidden).code, "no-such-account");
    let by_external = platform.run(&staff, |env| read::find_customer_by_external_id(env, "crm-9")).unwrap();
    assert!(by_external.is_none());
    let listed = platform.run(&staff, reseller::list).unwrap();
    let listed: Vec<CustomerId> = listed.iter().map(|reseller| reseller.customer).collect();
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&second) && listed.contains(&third));
}

/// RSL-01, SEC-02: linking calls take nothing from outside the branch: not a reseller, not an account, not a case.
#[test]
fn a_branch_links_to_nothing_outside_itself() {
    let platform = Platform::new();
    let ([first, second, third], _) = chain(&platform);
    let staff = platform.reseller_staff(second);
    let enrol_under = |reseller: Option<CustomerId>, number: u64| {
        let mut enrolment = fixture::individual(number, "Carla Bianchi", "IT");
        enrolment.reseller = reseller;
        platform.run(&staff, |env| app::customer::enrol::enrol(env, &enrolment))
    };

    assert_eq!(refusal(enrol_under(Some(first), 20)).code, "no-such-reseller");
    let own = enrol_under(None, 21).unwrap().customer;
    assert_eq!(own.reseller, Some(second), "a branch enrols into itself");
    assert_eq!(enrol_under(Some(third), 22).unwrap().customer.reseller, Some(third));
    let mut under_first = fixture::account(23, AccountKind::Standard);
    under_first.reseller = Some(first);
    let opened = platform.run(&staff, |env| account::open(env, own.id, &under_first).map(|_| ()));
    assert_eq!(refusal(opened).code, "no-such-reseller");
    let foreign_case =
        platform.run(&staff, |env| case::open(env, first, CaseKind::Discrepancy, None, vec![]));
    assert_eq!(refusal(foreign_case).code, "no-such-customer");
    let foreign_account =
        platform.run(&platform.officer(), |env| account::find_account(env, "account-1")).unwrap();
    let with_foreign = platform
        .run(&staff, |env| case::open(env, own.id, CaseKind::Review, Some(foreign_account.id), vec![]));
    assert_eq!(refusal(with_foreign).code, "no-such-account");
    let taken = platform.run(&staff, |env| {
        app::customer::facts::add(
            env,
            first,
            None,
            &app::customer::facts::Addition {
                facts: vec![fixture::fact(domain::field::Field::Purpose, fixture::text("web shop"))],
                ..Default::default()
            },
        )
    });
    assert_eq!(refusal(taken).code, "no-such-customer");
}

/// RSL-01: the gate answers a branch about its own accounts only.
#[test]
fn the_gate_knows_branches() {
    let platform = Platform::new();
    let ([_, second, _], _) = chain(&platform);
    platform.enrol(&fixture::individual(9, "Walter Quigley", "CA"));
    platform.settle();
    let staff = platform.reseller_staff(second);
    let ask = |account: &str| {
        let question = app::gate::GateQuestion {
            account: account.to_owned(),
            action: Action::Pay,
            context: RequestContext::default(),
        };
        platform.app().gate.ask(platform.app(), &staff, &question)
    };

    assert!(ask("account-4").is_ok() && ask("account-3").is_ok() && ask("account-2").is_ok());
    assert_eq!(ask("account-9").unwrap_err().code, "no-such-account");
    assert_eq!(ask("account-1").unwrap_err().code, "no-such-account");
}

/// RSL-02, RSL-07, SEC-04: a reseller's own staff neither lift a block on it nor move it, and put what is theirs
/// under nobody outside.
#[test]
fn a_branch_changes_neither_its_own_entry_nor_leaves_its_place() {
    let platform = Platform::new();
    let ([first, second, third], end) = chain(&platform);
    register(&platform, second, Some(first), ResellerStatus::Blocked);
    let staff = platform.member("deciders", &[Role::ComplianceOfficer], Some(second));
    let try_as_staff = |customer, parent, status| {
        let programme = Some("cip-2026".into());
        let entry = ResellerEntry { customer, parent, agreement: None, programme, status };
        platform.run(&staff, |env| reseller::register(env, &entry))
    };

    let lifted = try_as_staff(second, Some(first), ResellerStatus::Active);
    assert_eq!(refusal(lifted).code, "own-entry");
    let moved = try_as_staff(second, None, ResellerStatus::Blocked);
    assert_eq!(refusal(moved).code, "own-entry");
    let outside = refusal(try_as_staff(third, Some(first), ResellerStatus::Active));
    assert_eq!((outside.code, outside.pointer.as_deref()), ("no-such-reseller", Some("/parent")));
    let own = try_as_staff(end, None, ResellerStatus::Pending).unwrap();
    assert_eq!(own.parent, Some(second), "a branch registers under itself");
}

/// RSL-01: a reseller that moves leaves its old branch with all it brought, and the new one sees it.
#[test]
fn a_reseller_that_moves_changes_branches() {
    let platform = Platform::new();
    let ([first, second, third], end) = chain(&platform);
    let (of_first, of_second) = (platform.reseller_staff(first), platform.reseller_staff(second));
    let sees = |staff: &Actor, id| {
        let page = Page { after: String::new(), limit: 100 };
        let listed = platform.run(staff, |env| read::list_customers(env, None, &page)).unwrap();
        let found = platform.run(staff, |env| read::find_customer(env, id)).is_ok();
        assert_eq!(listed.iter().any(|customer| customer.id == id), found, "{id}: list and look-up agree");
        found
    };
    assert!([third, end].into_iter().all(|id| sees(&of_second, id)));

    register(&platform, third, Some(first), ResellerStatus::Active);

    for id in [third, end] {
        assert!(!sees(&of_second, id), "{id} left");
        assert!(sees(&of_first, id), "{id} is under the first");
    }
    register(&platform, third, None, ResellerStatus::Active);
    assert!(!sees(&of_first, third) && !sees(&of_first, end));
}

/// RSL-01: the tree is no deeper than what is walked, so that nothing above is overlooked.
#[test]
fn resellers_stand_above_one_another_only_so_many() {
    let platform = Platform::new();
    let mut numbers = 1..;
    let mut add = |parent| {
        let number = numbers.next().unwrap();
        let customer =
            platform.try_enrol(&fixture::individual(number, "Ada Karenina", "DE")).unwrap().customer.id;
        try_register(&platform, customer, parent, ResellerStatus::Active).map(|()| customer)
    };
    let top = add(None).unwrap();
    let mut last = top;
    for _ in 1..CHAIN_MAX {
        last = add(Some(last)).unwrap();
    }

    assert_eq!(refusal(add(Some(last))).code, "reseller-chain-too-long");
    let other = add(None).unwrap();
    let moved = try_register(&platform, top, Some(other), ResellerStatus::Active);
    assert_eq!(refusal(moved).code, "reseller-chain-too-long");
}

/// SEC-04: what concerns the whole installation is nothing two persons of one branch do, even by id.
#[test]
fn two_of_one_branch_settle_nothing_of_the_whole_installation() {
    let platform = Platform::new();
    let ([_, second, _], _) = chain(&platform);
    let roles = [Role::ComplianceOfficer, Role::Administrator];
    let of_branch = ["one", "two"].map(|name| platform.member(name, &roles, Some(second)));
    let everywhere = platform.member("everywhere", &roles, None);
    let exemption = platform
        .run(&everywhere, |env| {
            let scope = domain::exemption::ExemptionScope::AccountType { kind: AccountKind::Trial };
            app::exemption::draft(env, scope, "89 FR 1, finding", None)
        })
        .unwrap()
        .id;
    let staff = platform.staff_id(&of_branch[0]);
    let actions = [
        DraftAction::GrantExemption { exemption },
        DraftAction::GiveRole { staff, roles: vec![Role::Investigator] },
    ];
    for action in actions {
        let by_branch = platform.run(&of_branch[0], |env| draft::draft(env, action.clone(), "as agreed"));
        assert_eq!(refusal(by_branch).code, "whole-installation-only", "{action:?}");
        let drafted = platform.run(&everywhere, |env| draft::draft(env, action, "as agreed")).unwrap();

        let approved = platform.run(&of_branch[1], |env| draft::approve(env, drafted.id));
        assert_eq!(refusal(approved).code, "no-such-draft");
        let rejected = platform.run(&of_branch[1], |env| draft::reject(env, drafted.id));
        assert_eq!(refusal(rejected).code, "no-such-draft");
    }
}
