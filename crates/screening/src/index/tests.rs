use proptest::prelude::*;

use super::*;
use crate::{
    Name, NameKind, fictional,
    query::{Hit, IdNumber},
};

fn index() -> Index {
    Index::new(vec![fictional()])
}

fn best(index: &Index, name: &str) -> Option<Hit> {
    screen(index, &Query::for_name(name), None, 10).into_iter().next()
}

/// CIP-23: a known alias is found, with the list and its version.
#[test]
fn every_name_and_alias_finds_its_entry_first() {
    let index = index();
    for entry in fictional().entries {
        for name in &entry.names {
            let hit = best(&index, &name.text).unwrap_or_else(|| panic!("{} is not found", name.text));
            assert_eq!((hit.entry_id, hit.is_match), (entry.entry_id.clone(), true), "{}", name.text);
        }
    }
    assert!(index.version().starts_with("fictional@content-"), "{}", index.version());
}

#[test]
fn misspelt_turned_and_transliterated_names_are_found() {
    let index = index();
    for (name, entry_id) in [
        ("Anatoliy Zherebkow", "fic-001"),
        ("Жеребков Анатолий Бориславович", "fic-001"),
        ("Tarkhutina, Ludmila", "fic-002"),
        ("Khaleel Abdel Nasser Bargashi", "fic-006"),
        ("Jamshed Golabchi Torkmanfar", "fic-010"),
        ("Tao Guang Huai", "fic-015"),
        ("Nguyễn Thành Quốc Trường", "fic-017"),
        ("OOO Severnyi Vektor Avtomatika", "fic-041"),
        ("Ryonghwa Kumgang Trading Corp", "fic-048"),
    ] {
        assert_eq!(best(&index, name).map(|hit| hit.entry_id).as_deref(), Some(entry_id), "{name}");
    }
}

/// A word that is unlike another by itself takes nothing from what it is part of.
#[test]
fn a_name_with_words_written_together_is_found_at_just_its_score() {
    let organization =
        |name: &str| Query { schema: Some("Organization".to_owned()), ..Query::for_name(name) };
    for (listed, asked) in
        [("al-Djihad al-Islmai", "adjihad alislami"), ("Feniks Elektro Niks", "FENKS ELEKTRNOKIS")]
    {
        let mut list = fictional();
        list.entries.truncate(1);
        list.entries[0].schema = crate::Schema::Organization;
        list.entries[0].names = vec![crate::Name { text: listed.to_owned(), kind: NameKind::Primary }];
        let (listed, asked) = (organization(listed), organization(asked));
        let score = crate::compare(&asked, &listed).score;
        let hits = screen(&Index::new(vec![list]), &asked, Some(score), 10);
        assert!(score > 0.0);
        assert_eq!(hits.first().map(|hit| hit.score), Some(score), "{}", listed.names[0]);
    }
}

#[test]
fn what_did_not_change_is_not_made_again() {
    let before = Index::new(vec![fictional()]);
    let mut list = fictional();
    list.entries[3].names[0].text = "Entirely Other".to_owned();
    list.sha256 = "other".to_owned();

    let now = before.changed_to(vec![list.clone()]);
    let same = now.changed_to(vec![list]);
    let none = now.changed_to(Vec::new());

    assert_eq!((now.parts.len(), same.parts.len(), none.parts.len()), (2, 2, 1));
    assert!(Arc::ptr_eq(&now.parts[0].segment, &before.parts[0].segment));
    assert_eq!((now.parts[1].segment.entries.len(), none.entry_count()), (1, 0));
    assert_eq!(best(&now, "Entirely Other").map(|hit| hit.entry_id).as_deref(), Some("fic-004"));
}

#[test]
fn ordinary_names_are_not_hits() {
    let index = index();
    for name in [
        "Anna Schmidt",
        "John Taylor",
        "Maria Garcia Lopez",
        "Blue River Trading Ltd",
        "Nguyen Van Minh",
        "Ali Rezaei",
        "",
        "  ",
        "!",
    ] {
        assert!(best(&index, name).is_none(), "{name}");
    }
}

#[test]
fn a_number_or_a_wallet_decides_without_a_name() {
    let index = index();
    let number = IdNumber { value: "RU F-700101".to_owned(), ..IdNumber::default() };
    let by_number = Query { id_numbers: vec![number], ..Query::for_name("Nobody Known") };
    let by_wallet =
        Query { wallets: vec!["0xF1C710000000000000000000000000000000BEEF".to_owned()], ..Query::default() };

    assert_eq!(screen(&index, &by_number, None, 5)[0].entry_id, "fic-001");
    assert_eq!(screen(&index, &by_wallet, None, 5)[0].entry_id, "fic-010");
}

#[test]
fn a_hit_is_written_in_its_fixed_form() {
    let query = Query { countries: vec!["ru".to_owned()], ..Query::for_name("Anatoli Zherebkov") };

    insta::assert_json_snapshot!(screen(&index(), &query, None, 5), @r#"
    [
      {
        "list": "fictional",
        "entry_id": "fic-001",
        "name": "Anatoli Jerebkov",
        "score": 0.95186,
        "match": true,
        "features": [
          {
            "name": "name",
            "score": 0.856229,
            "weight": 1.784315,
            "detail": "zherebkov ~ jerebkov (0.98), anatoli = anatoli"
          },
          {
            "name": "country",
            "score": 1.0,
            "weight": 1.2,
            "detail": "both name RU"
          },
          {
            "name": "word",
            "score": 0.98,
            "weight": 5.149261,
            "detail": "zherebkov ~ jerebkov (0.98)"
          },
          {
            "name": "word",
            "score": 1.0,
            "weight": 3.986054,
            "detail": "anatoli = anatoli"
          }
        ]
      }
    ]
    "#);
}

#[test]
fn threshold_and_top_limit_the_answer() {
    let index = index();
    let query = Query::for_name("Zherebkov");

    assert!(screen(&index, &query, Some(0.2), 5).is_empty());
    assert!(!screen(&index, &query, Some(0.001), 5).is_empty());
    assert!(screen(&index, &query, Some(0.0), 1).len() <= 1);
}

#[test]
fn an_index_without_lists_answers_nothing() {
    let index = Index::new(Vec::new());

    assert!(screen(&index, &Query::for_name("Anyone"), Some(0.0), 5).is_empty());
    assert_eq!((index.version().as_str(), index.entry_count()), ("", 0));
}

#[test]
fn an_index_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Index>();
}

/// Letters of the word around that place.
fn caption_word_len(name: &[char], at: usize) -> usize {
    let before = name[..at].iter().rev().take_while(|letter| letter.is_alphabetic()).count();
    before + name[at..].iter().take_while(|letter| letter.is_alphabetic()).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_query_makes_screening_panic(names in prop::collection::vec("\\PC{0,40}", 0..4), number in "\\PC{0,10}") {
        let id_numbers = vec![IdNumber { value: number.clone(), ..IdNumber::default() }];
        let query = Query { names, id_numbers, wallets: vec![number], ..Query::default() };
        for hit in screen(&index(), &query, Some(0.2), 10) {
            prop_assert!((0.2..=1.0).contains(&hit.score));
        }
    }

    #[test]
    fn one_changed_letter_of_a_longer_word_never_hides_an_entry(number in 0usize..40, at in any::<prop::sample::Index>(), letter in "[a-z]") {
        let list = fictional();
        let entry = &list.entries[number];
        let mut name: Vec<char> = entry.caption().chars().collect();
        let at = at.index(name.len());
        let word = caption_word_len(&name, at);
        prop_assume!(name[at].is_ascii_lowercase() && word >= 5);
        name[at] = letter.chars().next().unwrap_or('a');
        let name: String = name.into_iter().collect();
        prop_assert!(screen(&index(), &Query::for_name(&name), None, 10).iter().any(|hit| hit.entry_id == entry.entry_id), "{name}");
    }

    /// Whatever of lists comes, goes and changes, the index that shares with the one before answers as one made anew.
    #[test]
    fn a_changed_index_always_answers_as_a_new_one(
        versions in prop::collection::vec(prop::collection::vec((0usize..50, 0usize..5), 0..9), 1..10),
        again in any::<bool>(),
    ) {
        let mut lists = vec![fictional(), Watchlist { id: "others".to_owned(), ..fictional() }];
        let mut index = Index::new(lists.clone());
        for (number, changes) in versions.into_iter().enumerate() {
            for (at, change) in changes {
                let list = at % 2;
                let entries = &mut lists[list].entries;
                let at = at % entries.len();
                match change {
                    0 if entries.len() > 1 => drop(entries.remove(at)),
                    1 => entries[at].names.push(Name { text: format!("Tao Zherebkov {number}"), kind: NameKind::Alias }),
                    2 => entries.push(Entry { entry_id: format!("new-{number}"), ..entries[at].clone() }),
                    3 => entries.push(entries[at].clone()),
                    _ => entries[at].remarks = format!("told at {number}"),
                }
                // The publisher's file may be the same where a parser reads more of it.
                if at % 3 > 0 {
                    lists[list].sha256 = format!("{number}");
                }
            }
            if number == 4 {
                lists.truncate(1);
                lists.push(Watchlist { id: format!("later-{number}"), ..fictional() });
            }
            index = index.changed_to(lists.clone());
            if again {
                index = Index::from_bytes(&index.to_bytes()).unwrap();
            }
            let new = Index::new(lists.clone());
            prop_assert_eq!((index.version(), index.entry_count()), (new.version(), new.entry_count()));
            for name in ["Zherebkov", "Tao Guang Huai", "Tao Zherebkov", "Жеребков Анатолий", "OOO Vektor"] {
                let ask = |index: &Index| screen(index, &Query::for_name(name), Some(0.001), 8);
                prop_assert_eq!(ask(&index), ask(&new), "{}", name);
            }
            for list in &lists {
                let found = list.entries.iter().all(|entry| {
                    index.find_entry(&list.id, &entry.entry_id) == new.find_entry(&list.id, &entry.entry_id)
                });
                prop_assert!(found && index.find_entry(&list.id, "never").is_none());
            }
        }
    }
}
