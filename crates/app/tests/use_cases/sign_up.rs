//! From a sign-up to an account that is open, refused or waiting.

use app::account::{self, NewAccount};
use app::actor::Actor;
use app::catalogue::{self, NewProduct, NewProvider};
use app::customer::assess;
use app::customer::enrol::Enrolment;
use app::customer::facts::Addition;
use domain::account::{AccountKind, AccountStatus};
use domain::case::CaseKind;
use domain::customer::Identification;
use domain::decision::{Action, Answer, RequestContext};
use domain::field::{AddressKind, Field, FieldValue};
use domain::payment::PaymentMeans;
use domain::person::Classification;
use domain::product::ProductClass;
use jiff::civil::date;
use testkit::Platform;
use testkit::fixture::{self, address, fact, place, text};

use crate::refusal;

/// DEF-01, DEF-04, CIP-15: a trial is an account; its holder is foreign until shown otherwise, has a case, and
/// cannot exceed the limits of interim terms.
#[test]
fn a_trial_gets_a_customer_record_a_case_and_interim_terms() {
    let platform = Platform::new();
    let mut enrolment = fixture::individual(1, "Ada Karenina", "DE");
    enrolment.account = Some(fixture::account(1, AccountKind::Trial));

    let enrolled = platform.enrol(&enrolment);

    let account = enrolled.account.unwrap();
    assert_eq!(enrolled.customer.standing.classification, Classification::Foreign);
    assert!(matches!(account.account.status, AccountStatus::Open { .. }));
    assert_eq!(account.decision.verdict.answer, Answer::AllowWithConditions);
    platform.open_case(enrolled.customer.id, CaseKind::Identification);
    let asks = |resource: &str, quantity| {
        let context = RequestContext {
            resource: Some(resource.to_owned()),
            quantity: Some(quantity),
            ..RequestContext::default()
        };
        platform.ask_with("account-1", Action::RaiseQuota, context).verdict.answer
    };
    assert_eq!(asks("vcpu", 4), Answer::AllowWithConditions);
    assert_eq!(asks("vcpu", 5), Answer::Deny);
    assert_eq!(asks("gpu", 1), Answer::Deny);
}

/// DEF-01: every kind of account has a case.
#[test]
fn every_kind_of_account_gets_a_case() {
    let platform = Platform::new();
    for (number, kind) in [
        (1, AccountKind::Standard),
        (2, AccountKind::Trial),
        (3, AccountKind::Free),
        (4, AccountKind::Complimentary),
        (5, AccountKind::Reseller),
    ] {
        let mut enrolment = fixture::individual(number, "Ada Karenina", "FR");
        enrolment.account = Some(fixture::account(number, kind));

        let enrolled = platform.enrol(&enrolment);

        platform.open_case(enrolled.customer.id, CaseKind::Identification);
    }
}

/// DEF-04: with no data at all a customer is foreign, and its account waits instead of opening.
#[test]
fn who_said_nothing_is_presumed_foreign_and_waits() {
    let platform = Platform::new();
    let complete = fixture::individual(1, "Ada Karenina", "US");
    let enrolment = Enrolment { facts: Vec::new(), ..complete };

    let enrolled = platform.enrol(&enrolment);

    assert_eq!(enrolled.customer.standing.classification, Classification::PresumedForeign);
    assert_eq!(enrolled.customer.identification, Identification::Draft);
    let account = enrolled.account.unwrap();
    assert_eq!(account.account.status, AccountStatus::Pending);
    assert!(account.decision.verdict.reasons().contains(&"identity-data-missing"));
    assert_eq!(platform.ask("account-1", Action::Provision).verdict.answer, Answer::Deny);
}

/// DEF-03, DEF-05: shown to be a US person, no further verification; one foreign owner flips a company.
#[test]
fn a_foreign_owner_flips_the_result() {
    let platform = Platform::new();
    let citizen = platform.enrol(&fixture::us_citizen(1, "Walter Quigley"));
    let home_company = |number: u64, owner_country: &str| {
        let owners = [("Walter Quigley", "US", 600_000), ("Robin Marchetti", owner_country, 400_000)];
        let mut enrolment = fixture::company(number, "Quigley Freight LLC", "US", &owners);
        for fact in enrolment.facts.iter_mut().filter(|fact| fact.field == Field::Jurisdiction) {
            fact.source = domain::fact::Source::Documented;
            fact.evidence = Some("register-extract-1".to_owned());
        }
        for person in &mut enrolment.persons {
            let of = if person.reference == "owner-0" { "US" } else { owner_country };
            person.facts.push(fixture::documented(Field::Citizenship, place(of)));
            person.facts.push(fact(Field::PresentLocation, place(of)));
        }
        platform.enrol(&enrolment).customer
    };

    let all_home = home_company(2, "US");
    let one_foreign = home_company(3, "CA");

    assert_eq!(citizen.customer.standing.classification, Classification::Us);
    assert!(matches!(citizen.customer.identification, Identification::UsShown { .. }));
    assert_eq!(platform.ask("account-1", Action::Provision).verdict.answer, Answer::Allow);
    assert_eq!(all_home.standing.classification, Classification::Us);
    assert_eq!(one_foreign.standing.classification, Classification::Foreign);
    assert_eq!(platform.ask("account-3", Action::Provision).verdict.answer, Answer::AllowWithConditions);
}

/// CIP-03: an empty name is refused; a single name and names in any script are names.
#[test]
fn names_are_required_and_may_be_in_any_script() {
    let platform = Platform::new();
    for (number, name) in [
        (1, "Suharto"),
        (2, "Анатолий Жеребков"),
        (3, "欧阳振烈"),
        (4, "خليل برغشي"),
        (5, "Ó Súilleabháin, Máire"),
    ] {
        platform.enrol(&fixture::individual(number, name, "DE"));
    }

    for empty in ["", "   ", "\u{200b}"] {
        let mut enrolment = fixture::individual(9, "x", "DE");
        enrolment.facts[0] = fact(Field::FullName, text(empty));
        let refused = refusal(platform.try_enrol(&enrolment));
        assert_eq!(
            (refused.code, refused.pointer.as_deref()),
            ("value-refused", Some("/facts/0/value")),
            "{empty:?}"
        );
    }
    let mut nameless = fixture::individual(9, "x", "DE");
    nameless.facts.retain(|fact| fact.field != Field::FullName);
    let customer = platform.enrol(&nameless).customer;
    assert_eq!(customer.identification, Identification::Draft);
    assert!(customer.standing.missing.iter().any(|id| id.ends_with("field/full_name")));
}

/// CIP-04: an individual gives a street address; an entity its principal place of business.
#[test]
fn a_post_office_box_is_no_address_of_an_individual() {
    let platform = Platform::new();
    let mut boxed = fixture::individual(1, "Ada Karenina", "DE");
    boxed.facts[1] = fact(Field::Address, address(AddressKind::Residential, "P.O. Box 1234", "DE"));
    let mut mailing = fixture::company(2, "Karenina GmbH", "DE", &[("Ada Karenina", "DE", 1_000_000)]);
    mailing.facts[1] = fact(Field::Address, address(AddressKind::Mailing, "Hauptstrasse 1", "DE"));

    assert_eq!(refusal(platform.try_enrol(&boxed)).code, "value-refused");
    let company = platform.enrol(&mailing).customer;
    assert_eq!(company.identification, Identification::Draft);
    assert!(company.standing.missing.iter().any(|id| id.ends_with("field/address")));
}

/// CIP-05: declared in one country, observed in another: a person looks.
#[test]
fn use_from_elsewhere_than_declared_is_flagged() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;
    let observed = |code: &str| {
        let seen = fixture::fact(Field::LocationOfUse, place(code));
        let seen = app::customer::facts::NewFact {
            source: domain::fact::Source::Observed,
            item: format!("observed-{code}"),
            ..seen
        };
        platform.add(customer, &Addition { facts: vec![seen], ..Addition::default() });
    };

    observed("DE");
    assert!(!platform.cases_of(customer).iter().any(|case| case.kind == CaseKind::Review));
    observed("NG");

    let case = platform.open_case(customer, CaseKind::Review);
    assert_eq!(case.reasons, ["location-differs"]);
}

/// CIP-06: card tokens, bank accounts and wallets are kept; a full card number is refused wherever it stands.
#[test]
fn a_full_card_number_is_refused_wherever_it_stands() {
    let platform = Platform::new();
    let number = "4242 4242 4242 4242";
    let wallet = |address: &str| PaymentMeans::Wallet { network: "btc".into(), address: address.into() };
    let bank = |account_number: &str| PaymentMeans::BankAccount {
        institution: "Sparkasse".into(),
        account_number: account_number.into(),
        country: None,
    };
    let token = |token: &str| PaymentMeans::Card {
        token: token.into(),
        bin: None,
        last_four: None,
        issuer_country: None,
        institution: None,
    };
    let pays_by = |number: u64, means: PaymentMeans| {
        let mut enrolment = fixture::individual(number, "Ada Karenina", "DE");
        enrolment.facts.retain(|fact| fact.field != Field::Payment);
        enrolment.facts.push(fact(Field::Payment, FieldValue::Payment(means)));
        enrolment
    };

    for (at, good) in [
        (1, token("tok_1N3T00LkdIwHu7ix")),
        (2, bank("DE02120300000000202051")),
        (3, wallet("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")),
        (4, PaymentMeans::None),
    ] {
        let enrolled = platform.enrol(&pays_by(at, good));
        assert!(enrolled.customer.standing.missing.is_empty(), "{:?}", enrolled.customer.standing.missing);
    }
    for refused in [token(number), bank(number), wallet(&number.replace(' ', "-"))] {
        assert_eq!(refusal(platform.try_enrol(&pays_by(9, refused))).code, "value-refused");
    }
    let mut in_text = fixture::individual(9, "Ada Karenina", "DE");
    in_text.facts.push(fact(Field::Purpose, text(&format!("pay with {number}"))));
    assert_eq!(refusal(platform.try_enrol(&in_text)).code, "value-refused");
}

/// CIP-08: no owner, or an owner without address, blocks completion.
#[test]
fn an_entity_is_complete_with_all_its_owners_and_their_data() {
    let platform = Platform::new();
    let owners = [("Ada Karenina", "DE", 500_000), ("Bela Bartfai", "HU", 500_000)];
    let complete = fixture::company(1, "Karenina GmbH", "DE", &owners);
    let mut ownerless = fixture::company(2, "Karenina GmbH", "DE", &owners);
    ownerless.persons.clear();
    ownerless.ownership.clear();
    ownerless.facts.retain(|fact| fact.field != Field::OwnershipComplete);
    let mut homeless = fixture::company(3, "Karenina GmbH", "DE", &owners);
    homeless.persons[1].facts.retain(|fact| fact.field != Field::Address);
    let mut half = fixture::company(4, "Karenina GmbH", "DE", &owners);
    half.facts.retain(|fact| fact.field != Field::OwnershipComplete);

    let state = |enrolment| platform.enrol(enrolment).customer.identification;

    assert!(matches!(state(&complete), Identification::Open { .. }));
    assert_eq!(state(&ownerless), Identification::Draft);
    assert_eq!(state(&homeless), Identification::Draft);
    assert_eq!(state(&half), Identification::Draft);
}

/// CIP-22: without the notice that is in force nothing is taken.
#[test]
fn a_submission_without_the_notice_is_refused() {
    let platform = Platform::new();
    for notice in [None, Some(""), Some("collection@0"), Some("refusal@1")] {
        let mut enrolment = fixture::individual(1, "Ada Karenina", "DE");
        enrolment.notice = notice.map(str::to_owned);

        let refused = refusal(platform.try_enrol(&enrolment));

        assert_eq!(
            (refused.code, refused.pointer.as_deref()),
            ("notice-missing", Some("/notice")),
            "{notice:?}"
        );
    }
    let enrolled = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    assert_eq!(enrolled.customer.notice, fixture::NOTICE);
}

/// CRT-08: a provider that starts under the rule activates no foreign customer before it has certified.
#[test]
fn a_new_entrant_certifies_before_its_first_foreign_account() {
    let platform = Platform::builder().with_new_entrant().build();
    let foreign = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let home = platform.enrol(&fixture::us_citizen(2, "Walter Quigley"));

    let refused = foreign.account.unwrap();
    assert!(matches!(refused.account.status, AccountStatus::Refused { .. }));
    assert!(refused.decision.verdict.reasons().contains(&"certificate-missing"));
    let finding =
        refused.decision.verdict.findings.iter().find(|finding| finding.gate == "new-entrant").unwrap();
    assert!(finding.because[0].contains("7.304"), "{:?}", finding.because);
    assert!(matches!(home.account.unwrap().account.status, AccountStatus::Open { .. }));

    platform.run(&app::actor::Actor::command(), |env| {
        app::catalogue::certify_provider(env, platform.provider(), date(2026, 3, 2)).unwrap();
    });
    platform.settle();

    let later = platform.enrol(&fixture::individual(3, "Bela Bartfai", "HU"));
    assert!(matches!(later.account.unwrap().account.status, AccountStatus::Open { .. }));
}

/// CRT-09: what is due is told with citation and date, in the pack's calendar: thirty days from opening end with
/// the local day in New York, summer time or not.
#[test]
fn what_is_due_comes_with_citation_and_date() {
    let platform = Platform::new();
    let customer = platform.enrol_individual("Ada Karenina", "DE").customer.id;

    let requirements = platform
        .run(&platform.officer(), |env| app::customer::requirements::requirements_of(env, customer))
        .unwrap();

    let verification =
        requirements.requirements.iter().find(|one| one.id.ends_with("/verification")).unwrap();
    let due = verification.due.as_ref().unwrap();
    // Opened on 2 March 2026; the clocks go forward on 8 March, so the day ends at 04:00 in UTC and not at 05:00.
    assert_eq!(due.due_on, date(2026, 4, 1));
    assert_eq!(due.until, "2026-04-02T04:00:00Z".parse().unwrap());
    assert!(verification.citations.iter().any(|citation| citation.section == "7.302"));
}

/// CIP-09: a national number is asked for when a pack says so, and not before.
#[test]
fn a_national_number_is_asked_for_by_the_strict_pack_alone() {
    let missing = |packs: &[&str]| {
        let platform = Platform::builder().with_packs(packs).build();
        let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer;
        customer.standing.missing.iter().any(|id| id.ends_with("field/national_id"))
    };

    assert!(!missing(&["us-eo13984-nprm"]));
    assert!(missing(&["us-eo13984-nprm", "us-eo13984-strict"]));
}

/// PCK-02: a sample customer meets what each shipped pack asks before an account is opened, or is told what is missing.
#[test]
fn each_shipped_pack_decides_on_a_sample_customer() {
    for pack in ["in-certin", "eu-nis2-28", "eu-eevidence"] {
        let platform = Platform::builder().with_packs(&[pack]).build();
        let mut enrolment = fixture::individual(1, "Ada Karenina", "DE");
        enrolment.notice = platform.run(&platform.officer(), |env| env.notices_before_collection().pop());

        let enrolled = platform.enrol(&enrolment);

        let account = enrolled.account.unwrap();
        let opens = matches!(account.account.status, AccountStatus::Open { .. });
        assert_eq!(opens, account.decision.verdict.answer < Answer::Review, "{pack}");
        assert!(!opens || enrolled.customer.standing.missing.is_empty(), "{pack}: nothing opens incomplete");
        assert!(account.decision.facts.terms.packs_version.contains(pack), "{pack}");
    }
}

/// CRT-09: once the first account is closed, product and provider are those of the account that is asked about.
#[test]
fn requirements_are_of_the_account_that_is_open() {
    let platform = Platform::new();
    let enrolled = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE"));
    let (customer, first) = (enrolled.customer.id, enrolled.account.unwrap().account);
    let (provider, product) = platform.run(&Actor::command(), |env| {
        let provider = NewProvider {
            name: "Example Cloud Europe".to_owned(),
            country: fixture::country("DE"),
            offers_in: vec![fixture::country("DE")],
            sells_domains: true,
            certified_on: None,
            existed_before_rule: true,
        };
        let provider = catalogue::add_provider(env, &provider).unwrap().id;
        let product = NewProduct {
            provider,
            code: "domains".to_owned(),
            title: "Domain names".to_owned(),
            classes: vec![ProductClass::Unmanaged],
            site: fixture::country("DE"),
        };
        (provider, catalogue::add_product(env, &product).unwrap().id)
    });
    let more = NewAccount { product: "domains".to_owned(), ..fixture::account(2, AccountKind::Standard) };
    platform.run(&platform.control_plane(), |env| account::open(env, customer, &more)).unwrap();
    platform.run(&platform.control_plane(), |env| account::close(env, first.id, "asked-to")).unwrap();
    let customer = platform.customer(customer);

    let record = platform.app().store.with_reading_tx(|tx| assess::read(tx, &customer)).unwrap();

    assert_eq!(record.product.map(|product| product.id), Some(product));
    assert_eq!(record.provider.map(|provider| provider.id), Some(provider));
}

/// DEF-04: what is called documented without naming a document is not shown. Impossible times are refused with a
/// pointer.
#[test]
fn facts_that_cannot_be_or_prove_nothing_are_refused() {
    let platform = Platform::new();
    let born = |text: &str| fact(Field::BirthDate, FieldValue::Date(text.parse().unwrap()));
    let mut unproven = fixture::documented(Field::Citizenship, place("US"));
    unproven.evidence = None;
    let mut blank = unproven.clone();
    blank.evidence = Some("  ".to_owned());
    let mut ahead = fact(Field::Citizenship, place("US"));
    ahead.true_from = Some("2999-01-01T00:00:00Z".parse().unwrap());
    let cases = [
        (unproven, "evidence-missing", "/facts/6/evidence"),
        (blank, "evidence-missing", "/facts/6/evidence"),
        (ahead, "time-ahead", "/facts/6/true_from"),
        (born("2999-01-01"), "birth-date-refused", "/facts/6/value"),
        (born("2026-03-04"), "birth-date-refused", "/facts/6/value"),
        (born("1700-01-01"), "birth-date-refused", "/facts/6/value"),
        (born("1895-12-31"), "birth-date-refused", "/facts/6/value"),
    ];
    for (wrong, code, pointer) in cases {
        let mut enrolment = fixture::individual(1, "Ada Karenina", "DE");
        enrolment.facts.push(wrong);
        let refused = refusal(platform.try_enrol(&enrolment));
        assert_eq!((refused.code, refused.pointer.as_deref()), (code, Some(pointer)));
    }
    for good in ["2026-03-02", "1896-06-01", "1970-02-03"] {
        let number = platform.next_number() + 100;
        let mut enrolment = fixture::individual(number, "Ada Karenina", "DE");
        enrolment.facts.push(born(good));
        assert!(platform.try_enrol(&enrolment).is_ok(), "{good}");
    }
}
