//! What packs promise.

use super::*;
use crate::clock::Period;
use crate::fact::SubjectKind;
use crate::field::Field;
use crate::product::ProductClass;
use crate::screening::{Consequence, HitOutcomeKind};
use crate::special_measure::Condition;
use crate::verification::VerificationLevel;
use jiff::civil::date;
use proptest::prelude::*;

const SHIPPED: [&str; 6] =
    ["us-eo13984-nprm", "us-eo13984-strict", "in-certin", "eu-nis2-28", "eu-eevidence", "restricted-lists"];

const SMALL: &str = r#"
id = "xx-test@2024-01-01"
title = "Test"
status = "model"
time_zone = "UTC"

[applies_to]
text = "everyone"
source = { document = "Act", section = "1" }
certainty = "law"
"#;

fn with(more: &str) -> Result<Pack, PackError> {
    Pack::parse(&format!("{SMALL}{more}"))
}

fn loaded(pack: Pack) -> LoadedPack {
    LoadedPack { pack, sha256: "ab".repeat(32), checks: Vec::new() }
}

fn place(code: &str) -> terms::Place {
    code.parse().unwrap()
}

fn in_us() -> KnownFacts {
    KnownFacts::new()
        .places(NamedFact::ProviderCountry, [place("US")])
        .places(NamedFact::ProviderOffersIn, [])
        .flag(NamedFact::CustomerForeign, true)
}

/// PCK-01, PCK-02: each entry names its source and certainty; what is unchecked warns.
#[test]
fn every_shipped_entry_has_a_source_and_unchecked_ones_warn() {
    let packs = shipped(&SHIPPED);

    for loaded in packs.loaded() {
        for (table, _, entry) in loaded.pack.entries() {
            assert!(!entry.source().document.is_empty() && !entry.source().section.is_empty(), "{table}");
        }
    }
    let unconfirmed = |entry: &str| packs.warnings().iter().any(|warning| warning.entry == entry);
    assert!(unconfirmed("clocks.training_report_by_reseller"));
    assert!(unconfirmed("fields.location_of_use.individual+entity+beneficial_owner"));
    assert!(
        unconfirmed("clocks.incident_report"),
        "law too is compared with the gazette before it is relied on"
    );
    assert!(!unconfirmed("fields.ownership_complete.entity"), "our own decisions need no gazette");
}

/// PCK-01: a recorded check takes the warning of one entry away, of this date of the pack only.
#[test]
fn a_check_record_silences_the_warning_of_its_entry() {
    let records = parse_check_records(
        r#"
        [[checked]]
        pack = "xx-test@2024-01-01"
        entry = "clocks.answer"
        checked_by = "A. Lee"
        checked_on = "2026-11-20"
        gazette = "Gazette 7, page 12"
        "#,
    )
    .unwrap();
    let clock = r#"
        [[clocks]]
        name = "answer"
        text = "Answer"
        from = ["request"]
        amount = 10
        unit = "days"
        note = "days not checked"
        source = { document = "Act", section = "2" }
        certainty = "unconfirmed"
    "#;
    let mut one = loaded(with(clock).unwrap());
    let warnings = one.warnings();
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        warnings[0].text,
        "`clocks.answer` is unconfirmed: check it against Act, 2 (days not checked)"
    );

    one.checks = records.clone();
    assert_eq!(one.warnings(), []);
    one.checks[0].entry = "clocks.other".into();
    assert_eq!(one.warnings().len(), 1);
    assert!(parse_check_records("[[checked]]\npack = \"xx-test\"").is_err());
}

/// PCK-01: what is not in the documented format is refused, with table and line.
#[test]
fn a_pack_that_is_wrong_says_what_and_where() {
    let source = "source = { document = \"Act\", section = \"2\" }\ncertainty = \"law\"\n";
    let field = format!(
        "[[fields]]\nname = \"full_name\"\nsubjects = [\"individual\"]\nneed = \"required\"\n{source}"
    );
    let cases = [
        ("x = 1\n".to_owned(), "line 11", "unknown field"),
        ("[[fields]]\nname = \"full_name\"\n".to_owned(), "`fields[0]`", "missing field"),
        (field.replace("full_name", "shoe_size"), "line 12: `fields[0]`", "unknown variant"),
        (format!("{field}{}", field.replace("required", "perhaps")), "`fields[1]`", "unknown variant"),
        (
            format!("{field}when = {{ fact = \"subject.shoe_size\" }}\n"),
            "line 17: `fields[0]`",
            "no fact `subject.shoe_size`",
        ),
        (
            format!("{field}when = {{ all = [{{ fact = \"subject.kind\", is = 7 }}] }}\n"),
            "line 17",
            "FactValue",
        ),
        (format!("{field}{field}"), "line 17: `fields[1]`", "a second entry `full_name.individual`"),
        (format!("{field}colour = \"red\"\n"), "line 17: `fields[0]`", "unknown field `colour`"),
        (field.replace("\"individual\"", ""), "`fields[0]`", "`subjects` is empty"),
        (field.replace("section = \"2\"", "section = \" \""), "`fields[0]`", "names no document"),
        (format!("{field}proof = \"controlled\"\n"), "`fields[0]`", "e-mail and telephone only"),
        (format!("{field}effective_from = \"2025-02-30\"\n"), "`fields[0]`", ""),
        (
            format!("{field}effective_from = \"2025-02-01\"\neffective_until = \"2025-02-01\"\n"),
            "`fields[0]`",
            "is not after",
        ),
        (
            format!(
                "[[retention]]\nname = \"a\"\nfrom = [\"closed\"]\nmin = {{ years = 5 }}\nmax = {{ months = 59 }}\n{source}"
            ),
            "`retention[0]`",
            "shorter than",
        ),
        (
            format!(
                "[[retention]]\nname = \"a\"\nfrom = [\"closed\"]\nmin = {{ years = 5, days = 1 }}\n{source}"
            ),
            "line 14: `retention[0]`",
            "exactly one of",
        ),
        (
            format!(
                "[[reports]]\nname = \"a\"\nrecipient = \"b\"\ntext = \"c\"\nclocks = [\"nine\"]\n{source}"
            ),
            "`reports[0]`",
            "no clock `nine`",
        ),
        (
            format!(
                "[[ownership]]\nname = \"a\"\nthreshold_ppm = 2000000\nrule_set = \"share_or_control\"\n{source}"
            ),
            "`ownership[0]`",
            "between 1 and 1000000",
        ),
        (
            format!("[[refusal]]\nname = \"a\"\ntext = \"b\"\nnotice = \"none\"\n{source}"),
            "`refusal[0]`",
            "no notice `none`",
        ),
        ("[[fields]\n".to_owned(), "line 11", ""),
    ];
    for (more, place, what) in cases {
        let error = with(&more).unwrap_err().to_string();
        assert!(error.contains(place) && error.contains(what), "{more}\ngave: {error}");
    }
    for (from, to, what) in [
        ("xx-test@2024-01-01", "xx-test", "not a pack id"),
        ("xx-test@2024-01-01", "XX@2024-01-01", "not a pack id"),
        ("\"UTC\"", "\"Mars/Olympus\"", "no time zone `Mars/Olympus`"),
        ("\"model\"", "\"hoped\"", "unknown variant `hoped`"),
    ] {
        let error = Pack::parse(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(what), "{to} gave: {error}");
    }
}

/// PCK-01: packs are told apart by id and hash; one that only adds to another needs it.
#[test]
fn packs_load_together_or_say_why_not() {
    let (one, other) = (loaded(with("").unwrap()), loaded(with("").unwrap()));
    let id = one.pack.id.clone();
    assert_eq!(Packs::merge(vec![one.clone(), other]), Err(PacksRefused::Twice(id.clone())));
    let unhashed = LoadedPack { sha256: "é".repeat(32), ..one.clone() };
    assert_eq!(Packs::merge(vec![unhashed]), Err(PacksRefused::NotAHash(id)));

    let strict =
        shipped(&SHIPPED).loaded().iter().find(|one| one.pack.id.name() == "us-eo13984-strict").cloned();
    let refused = Packs::merge(vec![strict.unwrap()]).unwrap_err().to_string();
    assert_eq!(
        refused,
        "pack `us-eo13984-strict@2024-01-29` only adds to `us-eo13984-nprm`, which is not loaded"
    );
    assert_eq!(Packs::merge(vec![one]).unwrap().version(), "xx-test@2024-01-01#abababababab");
}

/// DEF-07: thresholds and sections are dated data: a past day gives the past answer, and a rule that moves
/// from section 7.302 to 791.302 needs a new pack and no new code.
#[test]
fn a_past_day_gives_the_past_answer_and_sections_are_data() {
    let text = include_str!("../../../../packs/us-eo13984-nprm.toml");
    let old = Pack::parse(text).unwrap();
    let new = Pack::parse(
        &text
            .replace("us-eo13984-nprm@2024-01-29", "us-eo13984-nprm@2027-03-01")
            .replace("\"7.302\"", "\"791.302\"")
            .replace("threshold_ppm = 250_000", "threshold_ppm = 100_000")
            .replace("status    = \"proposed\"", "status    = \"law\""),
    )
    .unwrap();
    let packs = Packs::merge(vec![loaded(old.clone()), loaded(new.clone())]).unwrap();
    let answer = |on| {
        let in_force = packs.at(on);
        let rules = in_force.select("fields", |pack| &pack.fields, &in_us());
        let section = rules.first().map(|rule| rule.citation.section.clone());
        (in_force.ownership(&in_us()).map(|terms| terms.threshold_ppm), section)
    };

    assert_eq!(answer(date(2024, 1, 28)), (None, None));
    assert_eq!(answer(date(2024, 1, 29)), (Some(250_000), Some("7.302".to_owned())));
    assert_eq!(answer(date(2027, 2, 28)), (Some(250_000), Some("7.302".to_owned())));
    assert_eq!(answer(date(2027, 3, 1)), (Some(100_000), Some("791.302".to_owned())));
    assert_eq!(packs.next_change_after(date(2026, 11, 21)), Some(date(2027, 3, 1)));
    assert_eq!(packs.at(date(2027, 3, 1)).statuses(), ["us-eo13984-nprm@2027-03-01 (law)"]);

    let changes = diff(&old, &new);
    let threshold = changes.iter().find(|change| change.path == "ownership.beneficial_owner").unwrap();
    assert_eq!(threshold.kind, ChangeKind::Changed);
    assert_eq!(threshold.after.as_ref().unwrap()["threshold_ppm"], 100_000);
    assert!(changes.iter().any(|change| change.path == "status"));
    assert_eq!(diff(&old, &old), []);
}

/// DEF-07: an entry may be dated within a pack, and two of one key follow each other.
#[test]
fn entries_of_one_key_follow_each_other() {
    let clock = |amount: u32, dates: &str| {
        format!(
            "[[clocks]]\nname = \"answer\"\ntext = \"Answer\"\nfrom = [\"request\"]\namount = {amount}\nunit = \"days\"\n\
             source = {{ document = \"Act\", section = \"2\" }}\ncertainty = \"law\"\n{dates}\n"
        )
    };
    let pack = with(&format!(
        "{}{}",
        clock(10, "effective_until = \"2025-06-01\""),
        clock(5, "effective_from = \"2025-06-01\"")
    ))
    .unwrap();
    let packs = Packs::merge(vec![loaded(pack)]).unwrap();
    let amount = |on| packs.at(on).clocks("answer", &KnownFacts::new())[0].entry.amount;

    assert_eq!((amount(date(2025, 5, 31)), amount(date(2025, 6, 1))), (10, 5));
}

/// Shipped figures are those of REQUIREMENTS section 16, through the clocks they drive (CRT-09, LE-05).
#[test]
fn shipped_clocks_fall_due_as_the_law_says() {
    let packs = shipped(&SHIPPED);
    let known = KnownFacts::new()
        .places(NamedFact::ProviderCountry, [place("US")])
        .places(NamedFact::ProviderOffersIn, [place("IN"), place("DE")])
        .flag(NamedFact::ProviderSellsDomains, true);
    let in_force = packs.at(date(2026, 11, 21));
    let from = "2026-11-21T12:00:00Z".parse().unwrap();
    let cases = [
        ("cip_hand_over", "2026-12-02T05:00:00Z"),
        ("reseller_end", "2026-12-22T05:00:00Z"),
        ("training_report", "2026-12-07T05:00:00Z"),
        ("training_report_onward", "2026-12-22T05:00:00Z"),
        ("certification", "2027-11-22T05:00:00Z"),
        ("incident_report", "2026-11-21T18:00:00Z"),
        ("access_request", "2026-11-24T12:00:00Z"),
        ("production", "2026-12-01T23:00:00Z"),
        ("production_emergency", "2026-11-21T20:00:00Z"),
        ("preservation", "2027-01-20T23:00:00Z"),
    ];
    for (name, until) in cases {
        let rules = in_force.clocks(name, &known);
        assert_eq!(rules.len(), 1, "{name}");
        assert_eq!(rules[0].due(from).until, until.parse().unwrap(), "{name}");
    }
    let measure = &in_force.measure_clocks(&known)[0];
    assert_eq!((measure.entry.not_before, measure.entry.lasts), (Period::days(180), Period::days(365)));
    assert!(
        packs.at(date(2026, 8, 17)).clocks("production", &known).is_empty(),
        "applies from 18 August 2026"
    );
}

/// CRT-09: interim terms last to the end of the pack's own day, however late it is in UTC by then.
#[test]
fn interim_terms_end_with_the_day_of_their_pack() {
    let text = format!(
        "{}[[interim_terms]]\nname = \"i\"\nconditions = []\nat_most = {{ days = 2 }}\n\
         source = {{ document = \"Act\", section = \"2\" }}\ncertainty = \"law\"\n",
        SMALL.replace("\"UTC\"", "\"America/New_York\"")
    );
    let packs = Packs::merge(vec![loaded(Pack::parse(&text).unwrap())]).unwrap();
    let terms = packs.at(date(2026, 3, 2)).interim_terms(&KnownFacts::new()).unwrap();

    // Late in the evening of 2 March in New York; 3 March in UTC already.
    let ends_at = terms.ends_at("2026-03-03T03:00:00Z".parse().unwrap());

    assert_eq!(ends_at, Some("2026-03-05T05:00:00Z".parse().unwrap()), "midnight after 4 March in New York");
}

/// PCK-01, PRV-04: figures of several packs merge to the stricter, and conflicts go to a person.
#[test]
fn the_stricter_of_two_packs_counts_and_conflicts_are_listed() {
    let interim = |conditions: &str, days: u32| {
        format!(
            "[[interim_terms]]\nname = \"i\"\nconditions = [{conditions}]\nat_most = {{ days = {days} }}\n\
             source = {{ document = \"Act\", section = \"2\" }}\ncertainty = \"law\"\n"
        )
    };
    let retention = |rule: &str| {
        format!(
            "[[retention]]\nname = \"all\"\nfrom = [\"closed\"]\n{rule}\nsource = {{ document = \"Act\", section = \"3\" }}\ncertainty = \"law\"\n"
        )
    };
    let one = with(&format!(
        "{}{}",
        interim(
            r#"{ condition = "cap", resource = "vcpu", max = 8 }, { condition = "restrict_region", allowed = ["eu", "us"] }"#,
            60
        ),
        retention("min = { years = 5 }")
    ))
    .unwrap();
    let text = format!(
        "{SMALL}{}{}{}",
        interim(
            r#"{ condition = "cap", resource = "vcpu", max = 2 }, { condition = "restrict_region", allowed = ["eu"] }, { condition = "deny_crypto" }"#,
            30
        ),
        retention("min = { months = 6 }\nmax = { years = 1 }"),
        "[[conflicts_with]]\npack = \"*\"\nabout = \"disclosure\"\ntext = \"Needs approval\"\nsource = { document = \"Act\", section = \"4\" }\ncertainty = \"law\"\n"
    );
    let other = Pack::parse(&text.replace("xx-test", "yy-test")).unwrap();
    let packs = Packs::merge(vec![loaded(one), loaded(other)]).unwrap();
    let in_force = packs.at(date(2026, 1, 1));

    let terms = in_force.interim_terms(&KnownFacts::new()).unwrap();
    assert_eq!(
        terms.conditions,
        [
            Condition::Cap { resource: "vcpu".into(), max: 2 },
            Condition::RestrictRegion { allowed: vec!["eu".into()] },
            Condition::DenyCrypto,
        ]
    );
    assert_eq!(terms.citations.len(), 2);
    let from = "2026-01-01T12:00:00Z".parse().unwrap();
    assert_eq!(terms.ends_at(from), Some("2026-02-01T00:00:00Z".parse().unwrap()), "the shorter of the two");
    let conflicts: Vec<String> = in_force
        .conflicts(&KnownFacts::new())
        .into_iter()
        .map(|conflict| format!("{}: {}", conflict.about, conflict.text))
        .collect();
    assert_eq!(
        conflicts,
        [
            "disclosure: Needs approval",
            "retention: `xx-test@2024-01-01` asks for 5 years, `yy-test@2024-01-01` allows 1 year",
        ]
    );
}

/// DEF-02: a class that is switched off takes products of that class alone out of the pack.
#[test]
fn a_product_class_can_be_out_of_scope() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let in_force = packs.at(date(2026, 11, 21));
    let asks = |classes: &[&str]| {
        let known = in_us().words(NamedFact::AccountProductClass, classes.iter().copied());
        !in_force.select("fields", |pack| &pack.fields, &known).is_empty()
    };

    assert!(asks(&["cdn"]) && asks(&["dedicated", "unmanaged"]) && asks(&[]));
    assert!(!asks(&["domain_registration"]));
    assert!(asks(&["domain_registration", "dns"]));
    assert!(
        in_force.scope_of(ProductClass::Dns)[0].1
            && !in_force.scope_of(ProductClass::DomainRegistration)[0].1
    );
}

/// CIP-11: an unlisted document does not count as documentary evidence.
#[test]
fn documents_count_where_they_are_listed() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let in_force = packs.at(date(2026, 11, 21));
    let accepts = |kind, column| in_force.accepts_document(kind, "DE".parse().unwrap(), column, &in_us());

    assert!(accepts("passport", Column::Individual) && accepts("business_licence", Column::Entity));
    assert!(!accepts("library_card", Column::Individual) && !accepts("passport", Column::Entity));
}

/// CIP-12, CIP-14, CIP-15, CRT-08: the order's answers are there for foreign customers and not for US ones.
#[test]
fn gates_and_terms_come_from_the_pack() {
    let packs = shipped(&["us-eo13984-nprm"]);
    let in_force = packs.at(date(2026, 11, 21));
    let us = in_us().flag(NamedFact::CustomerForeign, false);

    assert_eq!(in_force.new_entrant_gates(&in_us()).len(), 1);
    assert!(in_force.new_entrant_gates(&us).is_empty());
    assert!(in_force.interim_terms(&in_us()).is_some() && in_force.interim_terms(&us).is_none());
    assert_eq!(in_force.closures(&in_us())[0].entry.attempts_max, 3);
    assert!(in_force.refusals(&in_us()).is_empty(), "nobody said that identity could not be verified");
    let hopeless = in_us().flag(NamedFact::CustomerUnverified, true).word(NamedFact::CustomerRisk, "high");
    assert_eq!(in_force.refusals(&hopeless).len(), 1);
    let (level, _) = in_force.verification(Column::of_customer(SubjectKind::Individual), &in_us());
    assert_eq!(level, VerificationLevel::Documentary);
    assert!(in_force.list_checks(&in_us()).is_empty(), "bank practice is off");
    assert_eq!(
        in_force.triggers(TriggerEvent::OwnerAdded, &in_us())[0].entry.action,
        TriggerAction::ReopenIdentification
    );
}

/// PCK-01: the format expresses the bank programme, which does not ship (REQUIREMENTS section 16).
#[test]
fn the_bank_programme_can_be_expressed() {
    let source = "source = { document = \"31 CFR\", section = \"1020.220\" }\ncertainty = \"model\"\n";
    let field = |name: &str| {
        format!("[[fields]]\nname = \"{name}\"\nsubjects = [\"individual\"]\nneed = \"required\"\n{source}")
    };
    let text = [
        SMALL.replace("xx-test@2024-01-01", "us-bank-cip@2003-06-09"),
        field("full_name"),
        field("birth_date"),
        field("address"),
        field("national_id"),
        format!("[[ownership]]\nname = \"owner\"\nthreshold_ppm = 250000\nrule_set = \"share_and_one_control_person\"\n{source}"),
        format!("[[retention]]\nname = \"identity\"\nfrom = [\"closed\"]\nmin = {{ years = 5 }}\n{source}"),
        format!("[[retention]]\nname = \"rest\"\nclass = \"verification\"\nfrom = [\"record_made\"]\nmin = {{ years = 5 }}\n{source}"),
        format!("[[list_check]]\nname = \"lists\"\nrequired = true\ndue_within = {{ days = 30 }}\ntext = \"Compare\"\n{source}"),
        format!("[[notices]]\nid = \"bank\"\nversion = 1\nmoment = \"before_collection\"\ntext = \"We ask who you are.\"\n{source}"),
    ]
    .concat();
    let packs = Packs::merge(vec![loaded(Pack::parse(&text).unwrap())]).unwrap();
    let in_force = packs.at(date(2026, 11, 21));
    let anyone = KnownFacts::new();

    assert!(in_force.ownership(&anyone).unwrap().one_control_person);
    assert_eq!(in_force.list_checks(&anyone).len(), 1);
    assert_eq!(in_force.select("fields", |pack| &pack.fields, &anyone).len(), 4);
    assert_eq!(in_force.statuses(), ["us-bank-cip@2003-06-09 (model)"]);
}

/// PCK-01: the other templates of REQUIREMENTS section 16 fit the format too; a dead one asks for nothing.
#[test]
fn drafts_and_dead_bills_can_be_expressed_and_the_dead_ask_for_nothing() {
    let source = "source = { document = \"SB 1047 (not enacted)\", section = \"22604\" }\ncertainty = \"unconfirmed\"\n";
    let dead = SMALL.replace("xx-test@2024-01-01", "us-sb1047@2024-09-03").replace("\"model\"", "\"dead\"")
        + &format!(
            "[[fields]]\nname = \"purpose\"\nsubjects = [\"individual\", \"entity\"]\nneed = \"required\"\n{source}\
             [[retention]]\nname = \"all\"\nfrom = [\"record_made\"]\nmin = {{ years = 7 }}\n{source}\
             [[triggers]]\nname = \"large_use\"\nevent = \"training_run_possible\"\naction = \"reopen_identification\"\n{source}"
        );
    let draft = SMALL
        .replace("xx-test@2024-01-01", "cn-realname@2016-11-07")
        .replace("\"model\"", "\"draft\"")
        + "[[retention]]\nname = \"logs\"\nclass = \"access_log\"\nfrom = [\"record_made\"]\nmin = { months = 6 }\nstored_in = \"CN\"\n\
           source = { document = \"Cybersecurity Law\", section = \"21\" }\ncertainty = \"unconfirmed\"\n";
    let packs = Packs::merge(vec![
        loaded(Pack::parse(&dead).unwrap()),
        loaded(Pack::parse(&draft).unwrap()),
        loaded(shipped(&["us-eo13984-nprm"]).loaded()[0].pack.clone()),
    ])
    .unwrap();
    let in_force = packs.at(date(2026, 11, 21));

    assert_eq!(
        in_force.statuses(),
        ["cn-realname@2016-11-07 (draft)", "us-eo13984-nprm@2024-01-29 (proposed)"]
    );
    let purpose = in_force.select("fields", |pack| &pack.fields, &in_us());
    assert!(
        !purpose.iter().any(|rule| rule.entry.name == Field::Purpose && rule.entry.need == Need::Required)
    );
    let conflict = &in_force.conflicts(&in_us())[0];
    assert_eq!((conflict.about.as_str(), conflict.between.len()), ("disclosure", 2));
}

/// Every table and named fact is documented.
#[test]
fn the_documented_format_names_every_table_and_fact() {
    let page = include_str!("../../../../docs/packs.md");
    for fact in NamedFact::ALL {
        assert!(page.contains(&format!("`{}`", fact.as_str())), "{}", fact.as_str());
    }
    let tables = [
        "fields",
        "ownership",
        "home_person",
        "verification",
        "accepted_documents",
        "evidence_rules",
        "refusal",
        "interim_terms",
        "closure",
        "redress",
        "triggers",
        "clocks",
        "retention",
        "reverification",
        "reports",
        "notices",
        "new_entrant_gate",
        "special_measures",
        "product_scope",
        "duties",
        "orders",
        "list_check",
        "list_consequence",
        "list_ownership",
        "thresholds",
        "conflicts_with",
    ];
    for table in tables {
        assert!(page.contains(&format!("`[[{table}]]`")), "{table}");
    }
}

/// A pack writes back to what it reads: what is stored with a decision is the pack that decided.
#[test]
fn packs_travel() {
    for loaded in shipped(&SHIPPED).loaded() {
        let json = serde_json::to_string(&loaded.pack).unwrap();
        assert_eq!(serde_json::from_str::<Pack>(&json).unwrap(), loaded.pack);
    }
}

/// CIP-23: what lists mean is data: the strictest consequence of several packs counts, each rule of ownership stands
/// on its days, and what nobody checked says so.
#[test]
fn lists_mean_what_packs_in_force_say() {
    let source = "source = { document = \"d\", section = \"s\" }\ncertainty = \"law\"\n";
    let own = format!(
        "id = \"own@2026-01-01\"\ntitle = \"t\"\nstatus = \"model\"\ntime_zone = \"UTC\"\n[applies_to]\ntext = \"all\"\n{source}\
         [[list_consequence]]\nname = \"a\"\nlists = [\"us-dod-1260h\"]\nconsequence = \"block\"\ntext = \"t\"\n{source}\
         [[list_consequence]]\nname = \"b\"\nlists = [\"us-bis-uvl\"]\nconsequence = \"red_flag\"\ntext = \"t\"\n{source}\
         [[list_consequence]]\nname = \"c\"\nlists = [\"us-bis-el\"]\nconsequence = \"inquiry\"\ntext = \"t\"\n{source}"
    );
    let own = LoadedPack { pack: Pack::parse(&own).unwrap(), sha256: "0".repeat(64), checks: Vec::new() };
    let mut loaded = shipped(&["restricted-lists"]).loaded().to_vec();
    loaded.push(own);
    let packs = Packs::merge(loaded).unwrap();
    let said = |list: &str, on| {
        let terms = packs.at(on).list_terms(&KnownFacts::new());
        terms.into_iter().find(|terms| terms.list == list)
    };
    let today = date(2026, 11, 22);

    let sdn = said("us-ofac-sdn", today).unwrap();
    assert_eq!(sdn.consequence, Some(Consequence::Block));
    assert!(
        sdn.ownership[0].aggregated && sdn.sources[0].ends_with("31 CFR chapter V, unconfirmed"),
        "{sdn:?}"
    );
    assert!(!said("gb-uksl", today).unwrap().ownership[0].aggregated);
    assert_eq!(said("us-bis-uvl", today).unwrap().consequence, Some(Consequence::RedFlag));
    let outcomes = |list: &str| said(list, today).unwrap().outcomes;
    assert_eq!(outcomes("us-bis-el"), [HitOutcomeKind::Licensed, HitOutcomeKind::NotLicensed]);
    assert_eq!(outcomes("us-bis-uvl"), [], "a pack that holds it back too foresees none");
    assert_eq!(outcomes("us-ofac-cons"), [HitOutcomeKind::Resolved, HitOutcomeKind::NotResolved]);
    let both = said("us-dod-1260h", today).unwrap();
    assert_eq!((both.consequence, both.sources.len()), (Some(Consequence::Block), 2));
    assert_eq!(said("own-list", today), None);
    let entity_list = |on| said("us-bis-el", on).unwrap().ownership.len();
    let days =
        [date(2025, 9, 28), date(2025, 9, 29), date(2025, 11, 10), date(2026, 11, 9), date(2026, 11, 10)];
    assert_eq!(days.map(entity_list), [0, 1, 0, 0, 1], "suspended for a year");
}

proptest! {
    /// No text makes the reader panic.
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*", at in 0..8_000_usize, cut in 0..400_usize) {
        let _ = Pack::parse(&text);
        let mut pack = include_str!("../../../../packs/in-certin.toml").to_owned();
        let end = (at + cut).min(pack.len());
        if at < end {
            pack.replace_range(at..end, &text);
        }
        let _ = Pack::parse(&pack);
    }
}
