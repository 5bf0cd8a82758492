//! What an operator is told of a list of the operator's own.

use crate::formats::{
    Lists,
    tests::{read, told},
};

fn said(lists: &Lists) -> String {
    let places = lists.passed_over.iter().flat_map(|file| {
        assert!(file.is_own);
        file.places.iter().map(|place| format!("{}, {}: {}", file.path, place.at, place.what))
    });
    places.collect::<Vec<_>>().join("\n")
}

fn entries(lists: &Lists) -> String {
    lists.lists.iter().flat_map(|list| &list.entries).map(told).collect::<Vec<_>>().join("\n")
}

/// CIP-23: a row that is not compared is told, with the place and what to do.
#[test]
fn nothing_of_a_table_is_passed_over_in_silence() {
    let table = "id,schema,name,birth_date,countries,alises,gender,comment\n\
        1,Person,Anna Example,12.31.1970,DE,Anja,f,\n\
        2,Persn,Bo Example,1970,de; Ruritania,,x,\n\
        3,Company,,,,,,\n\
        4,Company,---,,,,,\n\
        5,Person,Eve Example,circa 1970 perhaps,Germany;FR,,female,\n";

    let lists = read(&[("shop.csv", table.as_bytes())]);

    insta::assert_snapshot!(said(&lists), @"
    shop.csv, line 1, `alises`: no field of a list, so that it is shown and not compared: rename it, or remove it
    shop.csv, line 2, `birth_date`: no date: write `1970-12-31`, `1970-12` or `1970`, or leave it empty
    shop.csv, line 3, `schema`: no known type: write `Person`, `Organization`, `Company`, `LegalEntity`, `Vessel` or `Airplane`
    shop.csv, line 3, `countries`: no country of today: write its code, such as `DE`, or its name in English, several in parts of their own
    shop.csv, line 3, `gender`: neither `female` nor `male`: write one of them, or leave it empty
    shop.csv, line 4, `name`: no name, so that it is left out: write one
    shop.csv, line 5, `name`: no name, so that it is left out: write one
    shop.csv, line 6, `birth_date`: no date: write `1970-12-31`, `1970-12` or `1970`, or leave it empty
    ");
    insta::assert_snapshot!(entries(&lists), @"
    1 Person
      names: Anna Example
      genders: Female
      countries: DE
      details: alises=Anja
    2 LegalEntity
      names: Bo Example
      born: 1970
      countries: DE
    5 Person
      names: Eve Example
      born: 1970
      spans: 1970~1970
      genders: Female
      countries: DE | FR
    ");
}

#[test]
fn nothing_of_an_object_is_passed_over_in_silence() {
    let lines = "{\"id\":\"1\",\"name\":\"Anna Example\",\"birth_date\":\"soon\",\"wallets\":[{\"currency\":\"XBT\"}]}\n\
        {\"id\":\"2\",\"names\":[\"Bo Example\",{\"first\":\"Bo\"}],\"aliasses\":[\"Beau\"],\"genders\":null}\n\
        \n\
        {\"id\":\"3\",\"countries\":[\"DE\"]}\n\
        {\"name\":\"Eve Example\",\"id_numbers\":[{\"type\":\"Passport\",\"value\":\"none\"}],\"nationalities\":[\"?\"]}\n\
        {\"name\":\"Fay Example\",\"id_numbers\":[{\"type\":\"Passport\",\"value\":\"X1\",\"country\":\"Nowhere\"}]}\n";

    let lists = read(&[("own.ndjson", lines.as_bytes())]);

    insta::assert_snapshot!(said(&lists), @"
    own.ndjson, line 1, `birth_date`: no date: write `1970-12-31`, `1970-12` or `1970`, or leave it empty
    own.ndjson, line 1, `wallets`: no `address` in it: write one
    own.ndjson, line 2, `names`: no text: write a text, or several in an array
    own.ndjson, line 2, `aliasses`: no field of a list, so that it is shown and not compared: rename it, or remove it
    own.ndjson, line 4, `name`: no name, so that it is left out: write one
    own.ndjson, line 5, `nationalities`: no country of today: write its code, such as `DE`, or its name in English, several in parts of their own
    own.ndjson, line 5, `id_numbers`: no number in its `value`: write one
    own.ndjson, line 6, `id_numbers`: no country of today: write its code, such as `DE`, or its name in English, several in parts of their own
    ");
    insta::assert_snapshot!(entries(&lists), @"
    1 LegalEntity
      names: Anna Example
    2 LegalEntity
      names: Bo Example
      details: aliasses=Beau
    1f5ac69bffe6e0e5 LegalEntity
      names: Eve Example
    9c83cb49b84e0875 LegalEntity
      names: Fay Example
      numbers: Passport X1
    ");
}

#[test]
fn a_list_without_an_entry_is_told() {
    let lists = read(&[("a.csv", b"id,name\n"), ("b.json", b"[]")]);

    insta::assert_snapshot!(said(&lists), @"a.csv, line 1: no entry follows it: write one, or remove the file");
    assert_eq!((lists.lists.len(), lists.left_out.len()), (1, 1), "an empty array is in no known format");
}

#[test]
fn of_many_faults_the_first_are_named_and_all_are_counted() {
    let mut table = "id,name,birth_date\n".to_owned();
    (0..5_000).for_each(|number| table.push_str(&format!("{number},Anna Example,?\n")));

    let lists = read(&[("a.csv", table.as_bytes())]);

    assert_eq!((lists.passed_over[0].count, lists.passed_over[0].places.len()), (5_000, 100));
    assert_eq!(lists.lists[0].entries.len(), 5_000);
}

/// What publishers write is theirs: it is counted where nobody is found by it, and otherwise taken as it is.
#[test]
fn of_a_published_file_entries_without_a_name_are_counted() {
    let table = "id,schema,name,birth_date,countries,dataset,last_change\n\
        a,Person,Anna Example,soon,suhh,x,2026-01-01\nb,Vehicle,,,,x,2026-01-01\n";

    let lists = read(&[("targets.simple.csv", table.as_bytes())]);

    let [file] = lists.passed_over.as_slice() else { panic!("{:?}", lists.passed_over) };
    assert_eq!((file.is_own, file.count, file.places[0].at.as_str()), (false, 1, "entry `b`"));
    assert_eq!(lists.lists[0].entries.len(), 1);
}

#[test]
fn what_stands_in_two_columns_or_several_remarks_is_all_there() {
    let table = "id,name,aliases,aliases,remarks,reason\n1,Anna Example,Anja,Anni,one,two\n";

    insta::assert_snapshot!(entries(&read(&[("a.csv", table.as_bytes())])), @"
    1 LegalEntity
      names: Anna Example | a:Anja | a:Anni
      remarks: one
    two
    ");
}
