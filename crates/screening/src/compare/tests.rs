use proptest::prelude::*;

use super::*;
use crate::query::IdNumber;

fn score(a: &str, b: &str, schema: &str) -> f64 {
    let query = |name: &str| Query { schema: Some(schema.to_owned()), ..Query::for_name(name) };
    compare(&query(a), &query(b)).score
}

#[test]
fn names_that_must_match_do() {
    for (a, b, schema) in [
        ("Vladimir Putin", "PUTIN, Vladimir Vladimirovich", "Person"),
        ("Владимир Путин", "Vladimir Poutine", "Person"),
        ("V. V. Putin", "Vladimir Vladimirovich Putin", "Person"),
        ("Aiman Muhammed Rabi Zawahri", "AIMAN MUHAMMED RABI AL-ZAWAHIRI", "Person"),
        ("Xi Jinping", "习近平", "Person"),
        ("Kim Jong Un", "김정은", "Person"),
        ("Kim Jong-un", "KIM, Jongun", "Person"),
        ("سالم حمدان", "Salim Hamdan", "Person"),
        ("Bill Smith", "William Smith", "Person"),
        ("Jürgen Müller", "Juergen Mueller", "Person"),
        ("Muhammad Abdul Rahman", "Mohammed Abdulrahman", "Person"),
        ("Rosneft", "ROSNEFT OAO", "Company"),
        ("Banco Nacional de Cuba", "National Bank of Cuba", "Company"),
        ("S.A. Cimex", "CIMEX, SA", "Company"),
        ("Cubacancun Cigars & Gift Shops", "CUBACANCUN CIGARS AND GIFT SHOPS", "Company"),
        ("DARYA NAVGAN 7", "Darya-Navgan 7", "Vessel"),
    ] {
        assert!(score(a, b, schema) >= DEFAULT_THRESHOLD, "{a} | {b}: {}", score(a, b, schema));
    }
}

#[test]
fn names_that_must_not_match_do_not() {
    for (a, b, schema) in [
        ("John Smith", "John Brown", "Person"),
        ("Maria Garcia", "Mario Gomez", "Person"),
        ("Vladimir Putin", "Vladimir Petrov", "Person"),
        ("Ali", "Ali Hassan al-Majid", "Person"),
        ("Kim Jong Un", "Kim Yo Jong", "Person"),
        ("Hans Schmidt", "Hans Schneider", "Person"),
        ("Blue River Trading Ltd", "Blue Mountain Trading Ltd", "Company"),
        ("General Trading Company", "Kavir Trading Company", "Company"),
        ("Plant No. 12", "Plant No. 14", "Company"),
        ("Bank of China", "Bank of Cuba", "Company"),
        ("DARYA NAVGAN 7", "DARYA NAVGAN 8", "Vessel"),
        ("Müller GmbH", "Meier GmbH", "Company"),
    ] {
        assert!(score(a, b, schema) < DEFAULT_THRESHOLD, "{a} | {b}: {}", score(a, b, schema));
    }
}

/// A slip makes a word that nobody has; another name is one that people have.
#[test]
fn a_slip_of_a_name_counts_more_than_another_name_that_is_as_near() {
    let asked = |name: &str| score(name, "KARIMI, Ahmad", "Person");

    assert!(asked("Karini Ahmad") > asked("Karim Ahmad"));
}

#[test]
fn a_score_is_explained_by_its_features() {
    let a = Query {
        schema: Some("Person".to_owned()),
        birth_date: Some("1961-03-14".to_owned()),
        countries: vec!["ru".to_owned()],
        genders: vec!["male".to_owned()],
        ..Query::for_name("Anatoly Jerebkov")
    };
    let b = Query {
        schema: Some("Person".to_owned()),
        birth_date: Some("1961-03".to_owned()),
        countries: vec!["Russian Federation".to_owned()],
        ..Query::for_name("ZHEREBKOV, Anatoli Borisovich")
    };

    insta::assert_json_snapshot!(compare(&a, &b), @r#"
    {
      "score": 0.720156,
      "match": true,
      "features": [
        {
          "name": "name",
          "score": 0.045012,
          "weight": -3.054762,
          "detail": "jerebkov ~ zherebkov (0.98), anatoly ~ anatoli (0.95); only listed: borisovich"
        },
        {
          "name": "birth_date",
          "score": 0.75,
          "weight": 2.8,
          "detail": "agree as far as known"
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
          "detail": "jerebkov ~ zherebkov (0.98)"
        },
        {
          "name": "word",
          "score": 0.95,
          "weight": 2.222579,
          "detail": "anatoly ~ anatoli (0.95)"
        },
        {
          "name": "left_over",
          "score": 0.0,
          "weight": -3.014832,
          "detail": "only listed: borisovich"
        }
      ]
    }
    "#);
}

#[test]
fn dates_and_numbers_move_the_score_the_right_way() {
    let with = |date: &str| Query { birth_date: Some(date.to_owned()), ..Query::for_name("Ivan Petrov") };
    let other = Query { birth_date: Some("1970-05-02".to_owned()), ..Query::for_name("Ivan Petrow") };
    let scores = ["1970-05-02", "1970-02-05", "1970", "1970-09-09", "1971", "1975", "1990"];
    let scores = scores.map(|date| compare(&with(date), &other).score);
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]), "{scores:?}");
    assert!(scores[0] > scores[6] + 0.2);

    let number = |name: &str, country: &str, value: &str| Query {
        id_numbers: vec![IdNumber { country: Some(country.to_owned()), kind: None, value: value.to_owned() }],
        ..Query::for_name(name)
    };
    let same = compare(&number("A Name", "ir", "X 123-456"), &number("Wholly Different", "Iran", "x123456"));
    assert!(same.is_match && same.score >= 0.97);
    let abroad = compare(&number("A Name", "ir", "X123456"), &number("Wholly Different", "de", "X123456"));
    assert!(!abroad.is_match);
    let wallet =
        |name: &str, wallet: &str| Query { wallets: vec![wallet.to_owned()], ..Query::for_name(name) };
    assert!(compare(&wallet("A", "0xABcd"), &wallet("B", "0xabCD")).is_match);
}

#[test]
fn what_cannot_be_one_thing_does_not_match() {
    let query = |schema: &str| Query { schema: Some(schema.to_owned()), ..Query::for_name("Severny Vektor") };

    assert!(!compare(&query("Person"), &query("Vessel")).is_match);
    assert!(!compare(&query("Person"), &query("Company")).is_match);
    assert!(compare(&query("Person"), &query("LegalEntity")).is_match);
    assert!(compare(&query("Company"), &query("Organization")).is_match);
    assert!(compare(&query("Company"), &Query::for_name("Severny Vektor")).is_match);
}

#[test]
fn queries_keep_their_form_and_unknown_fields_are_ignored() {
    let text = r#"{"id":"q","names":["A B"],"genders":["f"],"id_numbers":[{"type":"tax","value":"1"}],"surprise":[1]}"#;
    let query: Query = serde_json::from_str(text).unwrap();

    let id_number = IdNumber { country: None, kind: Some("tax".to_owned()), value: "1".to_owned() };
    assert_eq!((query.id.as_str(), query.id_numbers[0] == id_number), ("q", true));
    assert!(serde_json::to_string(&compare(&query, &query)).unwrap().contains("\"match\":true"));
    assert!(!format!("{query:?}").contains("A B"));
}

#[test]
fn long_and_many_names_are_compared_within_limits() {
    let long = Query::for_name(&"ab cd ".repeat(2000));
    let many = Query { names: (0..500).map(|n| format!("Name Number{n}")).collect(), ..Query::default() };

    assert!(compare(&long, &long).is_match);
    assert!(compare(&many, &Query::for_name("Name Number7")).is_match);
}

proptest! {
    #[test]
    fn a_name_always_matches_itself(name in "\\PC{1,60}", schema in prop::option::of("Person|Company|Vessel")) {
        prop_assume!(!name.trim().is_empty());
        let query = Query { schema, ..Query::for_name(&name) };
        prop_assert!(compare(&query, &query).is_match);
    }

    #[test]
    fn no_text_makes_comparing_panic(a in ".{0,80}", b in ".{0,80}", date in ".{0,12}", number in ".{0,12}") {
        let query = |name: &str| Query {
            birth_date: Some(date.clone()),
            countries: vec![number.clone()],
            id_numbers: vec![IdNumber { value: number.clone(), ..IdNumber::default() }],
            ..Query::for_name(name)
        };
        let there = compare(&query(&a), &query(&b));
        prop_assert!((0.0..=1.0).contains(&there.score));
        crate::retrieval_keys(&[a, b]);
    }

    #[test]
    fn the_order_of_words_never_changes_the_score(
        words in prop::collection::vec("[A-Za-zé]{1,7}|al|ltd|12|Владимир|习近平", 1..6),
        others in prop::collection::vec("[a-e]{1,6}|al|vladimir|xi", 1..6),
        person in any::<bool>(),
    ) {
        let schema = if person { "Person" } else { "Company" };
        let mut turned = words.clone();
        turned.reverse();
        let (other, words, turned) = (others.join(" "), words.join(" "), turned.join(" "));
        // Whether a word is a legal form depends on where it stands.
        let forms = |name: &str| crate::legal::read(&crate::text::words(name)).len();
        prop_assume!(person || forms(&words) == forms(&turned));
        let compared = |a: &str, b: &str| {
            let query = |name: &str| Query { schema: Some(schema.to_owned()), ..Query::for_name(name) };
            compare(&query(a), &query(b))
        };
        for (a, b) in [(compared(&words, &other), compared(&turned, &other)), (compared(&other, &words), compared(&other, &turned))] {
            // What is written together, and what is short for more, depends on what stands beside what.
            let several = |answer: &Comparison| answer.features[0].detail.contains(['+']);
            prop_assume!(!several(&a) && !several(&b));
            prop_assert!((a.score - b.score).abs() < 1e-5, "{} {}", a.score, b.score);
        }
    }
}
