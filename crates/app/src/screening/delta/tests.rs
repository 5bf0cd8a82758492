use std::io;

use domain::fact::SubjectId;
use domain::id::{CustomerId, ScreeningId};
use jiff::Timestamp;
use proptest::prelude::*;
use screening::trial::{Ordinary, Random, vary};
use screening::{Entry, Name, NameKind, Schema};
use uuid::Uuid;

use super::*;

/// Every version that there ever was.
struct Shelf(Vec<Watchlist>);

impl ListKeeper for Shelf {
    fn keep(&self, _: &[Watchlist]) -> io::Result<()> {
        Ok(())
    }

    fn find(&self, version: &ListVersion) -> io::Result<Option<Watchlist>> {
        let fits = |list: &&Watchlist| list.id == version.list && list.sha256 == version.hash_start;
        Ok(self.0.iter().find(fits).cloned())
    }
}

/// Lists that change, and parties whose names are those on the lists, written otherwise.
struct World {
    random: Random,
    ordinary: Ordinary,
    lists: Vec<Watchlist>,
    made: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world =
            Self { random: Random::new(seed), ordinary: Ordinary::new(), lists: Vec::new(), made: 0 };
        for id in ["first", "second"] {
            let entries = (0..12).map(|_| world.entry()).collect();
            let list = Watchlist {
                id: id.to_owned(),
                title: String::new(),
                version: "a version".to_owned(),
                sha256: String::new(),
                entries,
            };
            world.lists.push(list);
        }
        world.number();
        world
    }

    /// One in three has the name of another, written otherwise, so that parties hit several.
    fn entry(&mut self) -> Entry {
        self.made += 1;
        let schema =
            *self.random.pick(&[Schema::Person, Schema::Person, Schema::Company, Schema::LegalEntity]);
        let known: Vec<String> = self.names();
        let name = match known.is_empty() || self.random.permille(666) {
            true if schema == Schema::Person => self.ordinary.anyone(&mut self.random),
            true => self.ordinary.any_company(&mut self.random),
            false => self.random.pick(&known).clone(),
        };
        let names = vec![Name { text: self.varied(name), kind: NameKind::Primary }];
        Entry { entry_id: self.made.to_string(), schema, names, ..Entry::default() }
    }

    fn names(&self) -> Vec<String> {
        let entries = self.lists.iter().flat_map(|list| &list.entries);
        entries.flat_map(|entry| &entry.names).map(|name| name.text.clone()).collect()
    }

    fn varied(&mut self, name: String) -> String {
        match self.random.permille(500) {
            true => vary(&name, true, &mut self.random).map_or(name, |(_, varied)| varied),
            false => name,
        }
    }

    fn query(&mut self) -> Query {
        let names = self.names();
        let name = self.random.pick(&names).clone();
        let schema = self.random.pick(&[Some("Person"), Some("Organization"), None]).map(str::to_owned);
        Query { names: vec![self.varied(name)], schema, ..Query::default() }
    }

    /// Another version of each list: some entries added, changed, removed, under a new number or of another type.
    fn turn(&mut self) {
        for at in 0..self.lists.len() {
            let mut entries = std::mem::take(&mut self.lists[at].entries);
            for _ in 0..self.random.below(4) {
                let one = self.random.below(entries.len());
                match self.random.below(7) {
                    0 | 1 => entries.push(self.entry()),
                    2 if entries.len() > 4 => drop(entries.remove(one)),
                    3 => {
                        let text = self.varied(entries[one].names[0].text.clone());
                        entries[one].names[0].text = text;
                    }
                    4 => entries[one].schema = *self.random.pick(&[Schema::Person, Schema::Organization]),
                    5 => entries[one].entry_id = format!("{}-renumbered", entries[one].entry_id),
                    _ => {
                        let text = "Nikolai Ordinary Petrenko".to_owned();
                        entries[one].names.push(Name { text, kind: NameKind::Alias });
                    }
                }
            }
            self.lists[at].entries = entries;
        }
        // Now and then a list comes or goes.
        match self.random.below(8) {
            0 if self.lists.len() < 3 => {
                let id = format!("more-{}", self.made);
                let entries = vec![self.entry(), self.entry()];
                self.lists.push(Watchlist { id, entries, ..self.lists[0].clone() });
            }
            1 if self.lists.len() > 2 => drop(self.lists.pop()),
            _ => {}
        }
        self.number();
    }

    /// The hash of what a list says now.
    fn number(&mut self) {
        for list in &mut self.lists {
            let text = serde_json::to_vec(&list.entries).expect("entries are plain JSON");
            list.sha256 = ledger::hash::Hash::of_leaf(&text).to_string()[..12].to_owned();
        }
    }
}

fn screening(lists_version: String, hits: Vec<Hit>) -> Screening {
    let customer = CustomerId::from(Uuid::from_u128(1));
    Screening {
        id: ScreeningId::from(Uuid::from_u128(2)),
        customer,
        subject: SubjectId::Customer(customer),
        screened_at: Timestamp::UNIX_EPOCH,
        lists_version,
        engine_version: screening::ENGINE_VERSION.to_owned(),
        compared: String::new(),
        threshold_bp: None,
        fact_version: None,
        by_delta: None,
        closed: Vec::new(),
        hits,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// CIP-23: whatever changed on the lists since, also several versions ago, what a delta comes to is what comparing
    /// with every entry comes to, in every hit, score, hash and in their order.
    #[test]
    fn a_delta_never_comes_to_anything_else_than_every_entry(seed in any::<u64>()) {
        let mut world = World::new(seed);
        let parties: Vec<Query> = (0..20).map(|_| world.query()).collect();
        let first = Index::new(world.lists.clone());
        let mut shelf = Shelf(world.lists.clone());
        let mut stand: Vec<Screening> =
            parties.iter().map(|party| screening(first.version(), find_hits(&first, party, None))).collect();
        let mut told = 0;
        for _ in 0..6 {
            world.turn();
            shelf.0.extend(world.lists.iter().cloned());
            let index = Index::new(world.lists.clone());
            for (party, before) in parties.iter().zip(&mut stand) {
                // Some are compared later, and then over several versions.
                if world.random.permille(300) {
                    continue;
                }
                let delta = Delta::between(&shelf, &before.lists_version, &index.version());
                let delta = delta.expect("memory is read").expect("all is kept");
                let all = find_hits(&index, party, None);
                if let Some(hits) = delta.hits_now(party, before) {
                    prop_assert_eq!(&hits, &all);
                    told += 1;
                }
                *before = screening(index.version(), all);
            }
        }
        prop_assert!(told > 40, "{} of about 84", told);
    }
}

#[test]
fn a_list_that_is_not_kept_leaves_no_delta() {
    let mut world = World::new(7);
    let (old, first) = (world.lists.clone(), Index::new(world.lists.clone()).version());
    world.lists[0].entries.pop();
    world.number();
    let now = Index::new(world.lists.clone()).version();
    let all: Vec<Watchlist> = old.iter().chain(&world.lists[..1]).cloned().collect();
    let is_found = |kept: &[Watchlist]| {
        Delta::between(&Shelf(kept.to_vec()), &first, &now).is_ok_and(|delta| delta.is_some())
    };

    assert!(is_found(&all));
    assert!(is_found(&[old[0].clone(), world.lists[0].clone()]), "the other list is the same as before");
    assert!(!is_found(&all[1..]), "the old version");
    assert!(!is_found(&old), "the new version");
}

/// Of a common name more entries are like the subject than are kept.
#[test]
fn hits_that_had_no_place_are_looked_for_again_once_one_leaves() {
    let entry = |number: usize| Entry {
        entry_id: number.to_string(),
        schema: Schema::Person,
        names: vec![Name { text: "Zelimkhan Wiktorowicz".to_owned(), kind: NameKind::Primary }],
        ..Entry::default()
    };
    let list = |sha256: &str, entries: Vec<Entry>| Watchlist {
        id: "list".to_owned(),
        title: String::new(),
        version: "1".to_owned(),
        sha256: sha256.to_owned(),
        entries,
    };
    let old = list("aa", (0..HITS_MAX + 5).map(entry).collect());
    let new = list("bb", (1..HITS_MAX + 5).map(entry).collect());
    let index = Index::new(vec![old.clone()]);
    let query = Query { schema: Some("Person".to_owned()), ..Query::for_name("Zelimkhan Wiktorowicz") };
    let before = screening(index.version(), find_hits(&index, &query, None));
    assert_eq!(before.hits.len(), HITS_MAX);

    let now = Index::new(vec![new.clone()]).version();
    let delta = Delta::between(&Shelf(vec![old, new]), &index.version(), &now).unwrap().unwrap();

    assert_eq!(delta.hits_now(&query, &before), None);
}
