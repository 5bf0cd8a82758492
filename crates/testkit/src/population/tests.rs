use std::collections::{HashMap, HashSet};

use app::import::{Imported, import_line};
use app::store::Page;

use super::*;
use crate::Platform;

fn shape(customers: u32, events: u32) -> Shape {
    let until = Timestamp::from_second(crate::platform::START).unwrap();
    let listed = pick_listed(&[screening::fictional()], 12, 7);
    Shape { customers, events, listed, ..Shape::new(7, until) }
}

#[test]
fn the_same_seed_gives_the_same_text() {
    let (once, again) = (generate(&shape(200, 2_000)), generate(&shape(200, 2_000)));
    let other = generate(&Shape { seed: 8, ..shape(200, 2_000) });

    assert!(once.import == again.import && once.events == again.events && once.truth == again.truth);
    assert!(once.import != other.import && once.events != other.events);
}

#[test]
fn a_population_has_all_that_a_demonstration_shows() {
    let shape = shape(2_000, 20_000);
    let population = generate(&shape);
    let truth = &population.truth;

    let countries: HashSet<&str> = truth.iter().map(|one| one.country.as_str()).collect();
    let count = |is: fn(&Truth) -> bool| truth.iter().filter(|one| is(one)).count();
    assert_eq!(truth.len(), 2_000);
    assert!(countries.len() >= 60, "{}", countries.len());
    assert_eq!(count(|one| one.listed.is_some()), shape.listed.len());
    assert!(count(|one| one.same_as.is_some()) > 20);
    assert!(truth.iter().all(|one| one.same_as.is_none() || !one.shares.is_empty()));
    assert!(count(|one| one.ownership_levels == 4) > 20);
    assert!(count(|one| one.resellers.len() == 3) > 20);
    assert!((500..1_000).contains(&count(|one| one.kind == "entity")));
    let question = population.question.unwrap();
    let asked = truth.iter().find(|one| one.account == question.account).unwrap();
    assert!(asked.resellers.len() >= 2 && asked.ownership_levels >= 2);
}

#[test]
fn every_event_is_one_that_the_intake_takes() {
    let shape = shape(300, 5_000);
    let population = generate(&shape);

    let mut kinds: HashMap<&str, usize> = HashMap::new();
    let mut before = Timestamp::MIN;
    for line in &population.events {
        let event = domain::access::parse_event(line).unwrap();
        assert!(event.at >= before && event.at <= shape.until, "{}", event.at);
        before = event.at;
        *kinds.entry(event.kind.as_str()).or_default() += 1;
    }
    assert_eq!(population.events.len(), 5_000);
    for kind in domain::access::Kind::ALL {
        assert!(kinds.get(kind.as_str()).is_some_and(|count| *count > 10), "{}", kind.as_str());
    }
}

/// CIP-21, DEF-01, Q1: the whole population goes in by the import without one refusal, the listed are found, and
/// the first question has its answer.
#[test]
fn a_population_imports_without_a_refusal() {
    let population = generate(&shape(150, 2_000));
    let platform = Platform::builder().without_products().build();
    let command = app::actor::Actor::command();

    for (number, line) in population.import.iter().enumerate() {
        let imported = platform.run(&command, |env| import_line(env, number as u64 + 1, line)).unwrap();
        assert!(matches!(imported, Imported::Added { .. }), "{imported:?}");
    }
    platform.settle();

    let customers = platform.run(&command, |env| {
        app::customer::read::list_customers(env, None, &Page { after: String::new(), limit: 1_000 }).unwrap()
    });
    let hits: HashSet<String> = customers
        .iter()
        .filter(|customer| customer.standing.hits != domain::screening::HitStatus::Clear)
        .filter_map(|customer| customer.external_id.clone())
        .collect();
    let listed: Vec<&Truth> = population.truth.iter().filter(|one| one.listed.is_some()).collect();
    let found = listed.iter().filter(|one| hits.contains(&one.customer)).count();
    assert!(found * 10 >= listed.len() * 8, "{found} of {} listed were found", listed.len());
    assert_eq!(customers.len(), 150);

    let events: Vec<_> =
        population.events.iter().map(|line| domain::access::parse_event(line).unwrap()).collect();
    app::access::AccessLog::ingest(
        &**platform.access_log(),
        &events,
        app::clock::Clock::now(&*platform.clock),
    )
    .unwrap();
    let question = population.question.unwrap();
    let when = domain::access::When::Around { at: question.at, within: jiff::SignedDuration::from_mins(15) };
    let asked = domain::access::WhoQuestion { network: question.ip.parse().unwrap(), port: None, when };
    let purpose = "abuse report".parse().unwrap();
    let answer = platform
        .run(&platform.investigator(), |env| {
            app::who::who(env, &asked, domain::access::Limits::default(), Some(&purpose))
        })
        .unwrap();
    let holder = answer.holders.into_iter().flatten().next().unwrap();
    assert_eq!(holder.customer.external_id.as_deref(), Some(question.customer.as_str()));
    assert!(!holder.known.names.is_empty() && !holder.known.owners.is_empty() && holder.resellers.len() >= 2);
}
