mod hostile;

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;
use crate::entry::{BirthSpan, Entry, Identifier, NameKind, Schema};

const SDN: &str = "36,\"AEROTEST AIRLINES\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"a.k.a. 'BNC'.\"\r\n\
    2674,\"ZAYDUN, Muhammad\",\"individual\",\"SDGT] [IFSR\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 15 May 1949; alt. DOB \
    1950; nationality Iran; Gender Male; Passport X123456 (Iran) expires 2001; Digital Currency Address - XBT 1abcDEF; lin\"\r\n\
    \u{1a}";
const ALT: &str = "36,12,\"aka\",\"AERO-TEST\",-0- \r\n2674,1795,\"fka\",\"ZAIDUN, M.\",-0- \r\n\u{1a}";
const ADD: &str = "36,25,-0- ,\"Havana\",\"Cuba\",-0- \r\n2674,26,\"1 Road\",\"Qom\",\"Iran\",-0- \r\n\u{1a}";
const COMMENTS: &str = "2674,\"ked To: NOBODY.\"\r\n\u{1a}";
const UN: &str = "<?xml version=\"1.0\"?><CONSOLIDATED_LIST dateGenerated=\"2026-02-27T00:00:09Z\"><INDIVIDUALS><INDIVIDUAL>\
    <DATAID>1</DATAID><FIRST_NAME>ERIK</FIRST_NAME><SECOND_NAME>BADEG &amp; CO</SECOND_NAME>\
    <REFERENCE_NUMBER>CDi.901</REFERENCE_NUMBER><NATIONALITY><VALUE>Rwanda</VALUE></NATIONALITY><INDIVIDUAL_ALIAS>\
    <QUALITY>Low</QUALITY><ALIAS_NAME>Eagle</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_DATE_OF_BIRTH><YEAR>1971</YEAR>\
    </INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>";
const UK: &str =
    "Unique ID,OFSI Group ID,Name,Regime Name,Type\nAFG0001,12703,HAJI EXCHANGE,Afghanistan,Entity\n";
const OWN: &str = "id,name,aliases,schema,countries,birth_date\n7,\"Doe, \"\"Jo\"\" Jane\",Jane Roe;J. Doe,Person,de;fr,1970-01\n";
const FTM: &str = "{\"id\":\"Q1\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Ann Ex\"],\"country\":[\"sa\"]},\
    \"datasets\":[\"x\"]}\n{\"id\":\"Q2\",\"schema\":\"Position\",\"properties\":{\"name\":[\"Chief\"]}}\n";
const BIS: &str = "\"Name\"\t\"Street_Address\"\t\"City\"\t\"Country\"\t\"Effective_Date\"\t\"Standard_Order\"\t\"FR_Citation\"\n\
    \"I. ASH\"\t\"1 ST\"\t\"AUSTIN\"\t\"US\"\t\"06/19/2003\"\t\"Y\"\t\"68 F.R.\"\n";
const OWN_LINES: &str =
    "{\"id\":\"a\",\"name\":\"Ann Ex\",\"wallets\":[\"0xAB\"]}\n{\"id\":\"b\",\"names\":[\"Bo\",\"Beau\"]}\n";
const EU: &str = "<export xmlns=\"http://eu.europa.ec/fpi/fsd/export\" generationDate=\"2020-04-15T15:29:22\"><sanctionEntity \
    euReferenceNumber=\"EU.1.2\" logicalId=\"5\"><subjectType code=\"person\"/><nameAlias wholeName=\"Abid Hamadu\" \
    strong=\"true\"/><birthdate year=\"1965\"/></sanctionEntity></export>";

const SAMPLES: [(&str, &str, Format); 12] = [
    ("sdn.csv", SDN, Format::OfacMain),
    ("alt.csv", ALT, Format::OfacAliases),
    ("add.csv", ADD, Format::OfacAddresses),
    ("sdn_comments.csv", COMMENTS, Format::OfacComments),
    ("un.xml", UN, Format::UnXml),
    ("uk.csv", UK, Format::UkCsv),
    ("mine.csv", OWN, Format::SimpleCsv),
    ("e.json", FTM, Format::FtmJson),
    ("dpl.txt", BIS, Format::BisDeniedTsv),
    ("own.ndjson", OWN_LINES, Format::OwnNdjson),
    ("eu.xml", EU, Format::EuXml),
    (
        "uk2.csv",
        "Report Date: 11-Aug-2025,,\nLast Updated,Unique ID,OFSI Group ID\n01/01/2025,A,1\n",
        Format::UkCsv,
    ),
];

pub fn read(files: &[(&str, &[u8])]) -> Lists {
    let mut collector = Collector::new();
    files.iter().for_each(|(path, bytes)| collector.add(path, bytes));
    collector.finish()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

/// All that an entry says, a line for each kind of value.
pub fn told(entry: &Entry) -> String {
    let kind = |kind| match kind {
        NameKind::Primary => "",
        NameKind::Alias => "a:",
        NameKind::WeakAlias => "w:",
        NameKind::Former => "f:",
    };
    let number = |number: &Identifier| {
        let country = number.country.map_or(String::new(), |country| format!(" {country}"));
        format!("{} {}{country}", number.kind, number.value)
    };
    let span =
        |span: &BirthSpan| format!("{}{}{}", span.from, if span.circa { "~" } else { ".." }, span.through);
    let lines = [
        ("names", entry.names.iter().map(|name| format!("{}{}", kind(name.kind), name.text)).collect()),
        ("titles", entry.titles.clone()),
        ("born", entry.birth_dates.iter().map(ToString::to_string).collect()),
        ("spans", entry.birth_spans.iter().map(span).collect()),
        ("at", entry.birth_places.clone()),
        ("genders", entry.genders.iter().map(|gender| format!("{gender:?}")).collect()),
        ("countries", entry.countries.iter().map(ToString::to_string).collect()),
        ("nationalities", entry.nationalities.iter().map(ToString::to_string).collect()),
        ("numbers", entry.identifiers.iter().map(number).collect()),
        ("addresses", entry.addresses.clone()),
        (
            "wallets",
            entry.wallets.iter().map(|wallet| format!("{} {}", wallet.currency, wallet.address)).collect(),
        ),
        ("programs", entry.programs.clone()),
        ("details", entry.details.iter().map(|detail| format!("{}={}", detail.field, detail.text)).collect()),
        ("remarks", vec![entry.remarks.clone()]),
    ];
    let lines = lines.iter().filter(|(_, values): &&(&str, Vec<String>)| !values.concat().is_empty());
    let lines: Vec<String> =
        lines.map(|(name, values)| format!("  {name}: {}", values.join(" | "))).collect();
    format!("{} {:?}\n{}", entry.entry_id, entry.schema, lines.join("\n"))
}

#[test]
fn formats_are_told_by_content_packed_or_not() {
    for (name, text, format) in SAMPLES {
        assert_eq!(detect("nothing", text.as_bytes()), Some(format), "{name}");
        assert_eq!(detect("nothing", &gzip(text)), Some(format), "{name} packed");
    }
    for text in ["", "hello", "a,b\n1,2\n", "{}", "[1]", "<html/>", "\u{1a}", "PK\u{3}\u{4}"] {
        assert_eq!(detect("sdn.csv", text.as_bytes()), None, "{text}");
    }
}

/// CIP-23
#[test]
fn an_ofac_set_is_joined_within_its_folder() {
    let files =
        [("f/sdn.csv", SDN), ("f/alt.csv", ALT), ("f/add.csv", ADD), ("f/sdn_comments.csv", COMMENTS)];
    let files = files.map(|(path, text)| (path, text.as_bytes()));

    let lists = read(&files);

    assert_eq!(lists.left_out, []);
    let [list] = lists.lists.as_slice() else { panic!("{:?}", lists.lists) };
    assert_eq!((list.id.as_str(), list.entries.len()), ("us-ofac-sdn", 2));
    let [airline, person] = list.entries.as_slice() else { unreachable!() };
    let names: Vec<_> = airline.names.iter().map(|name| (name.text.as_str(), name.kind)).collect();
    let expected = [
        ("AEROTEST AIRLINES", NameKind::Primary),
        ("AERO-TEST", NameKind::Alias),
        ("BNC", NameKind::WeakAlias),
    ];
    assert_eq!(names, expected);
    assert_eq!((person.schema, person.entry_id.as_str()), (Schema::Person, "2674"));
    assert_eq!(
        person.birth_dates.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["1949-05-15", "1950"]
    );
    assert_eq!(person.countries.iter().map(ToString::to_string).collect::<Vec<_>>(), ["IR"]);
    assert_eq!(person.identifiers[0].value, "X123456");
    assert_eq!((person.wallets[0].currency.as_str(), person.wallets[0].address.as_str()), ("XBT", "1abcDEF"));
    assert_eq!(
        (person.programs.as_slice(), person.genders.len()),
        (&["SDGT".to_owned(), "IFSR".to_owned()][..], 1)
    );
    assert!(person.remarks.ends_with("linked To: NOBODY."), "{}", person.remarks);
}

#[test]
fn other_lists_keep_the_publishers_ids_dates_and_kinds_of_names() {
    let lists = read(&[("un.xml", UN.as_bytes()), ("mine.csv", OWN.as_bytes()), ("e.json", FTM.as_bytes())]);

    let ids: Vec<_> = lists.lists.iter().map(|list| list.id.as_str()).collect();
    assert_eq!(ids, ["ftm-x", "own-mine", "un-sc"]);
    let un = &lists.lists[2];
    assert_eq!((un.version.as_str(), un.entries[0].entry_id.as_str()), ("2026-02-27", "CDi.901"));
    assert_eq!(un.entries[0].caption(), "ERIK BADEG & CO");
    assert_eq!(un.entries[0].names[1].kind, NameKind::WeakAlias);
    let own = &lists.lists[1].entries[0];
    assert_eq!((own.caption(), own.names.len(), own.countries.len()), ("Doe, \"Jo\" Jane", 3, 2));
    assert_eq!(lists.lists[0].entries.len(), 1, "a position is not listed");
}

#[test]
fn of_one_list_in_two_versions_the_newest_is_used_and_the_other_named() {
    let older = UN.replace("2026-02-27", "2018-10-29");

    for files in [[("a.xml", UN), ("b.xml", &older)], [("b.xml", &older), ("a.xml", UN)]] {
        let lists = read(&files.map(|(path, text)| (path, text.as_bytes())));

        assert_eq!(lists.lists[0].version, "2026-02-27");
        let why = NotRead::OlderVersion { list: "un-sc".to_owned(), version: "2018-10-29".to_owned() };
        assert_eq!(lists.left_out, [LeftOut { path: "b.xml".to_owned(), why }]);
    }
}

/// A consolidated file dates few entries and is published as one, so its newest entry speaks for all its lists.
#[test]
fn of_undated_versions_the_one_with_the_newest_entry_is_used_else_the_choice_is_told() {
    let head = "source,entity_number,type,programs,name,start_date,source_list_url\n";
    let of = |name: &str, year: &str| {
        format!(
            "{head}Unverified List (UVL) - BIS,,,,{name},,http://x\nDenied Persons List (DPL) - BIS,,,,B,{year}-01-02,http://x\n"
        )
    };
    let (older, newer, undated) = (of("Old Ltd", "2019"), of("New Ltd", "2023"), of("None Ltd", ""));

    let dated = read(&[("z.csv", older.as_bytes()), ("a.csv", newer.as_bytes())]);
    let undated =
        read(&[("a.csv", undated.as_bytes()), ("b.csv", undated.replace("None", "Nil").as_bytes())]);

    let uvl = dated.lists.iter().find(|list| list.id.ends_with("uvl")).unwrap();
    assert_eq!(uvl.entries[0].caption(), "New Ltd");
    assert!(dated.left_out.iter().all(|left_out| left_out.path == "z.csv" && !left_out.why.is_fault()));
    let [same, other] = undated.left_out.as_slice() else { panic!("{:?}", undated.left_out) };
    assert!(!same.why.is_fault() && same.why.to_string().contains("`us-csl-dpl`"), "{same:?}");
    assert!(other.why.is_fault() && other.why.to_string().contains("`b.csv` is used"), "{other:?}");
}

#[test]
fn a_file_cut_in_the_middle_never_makes_a_shorter_list() {
    for (name, text, _) in SAMPLES {
        let whole = read(&[(name, text.as_bytes())]);
        let whole_names = count_names(&whole);
        for cut in 1..text.trim_end_matches(['\u{1a}', '\n', '\r']).len() {
            let lists = read(&[(name, &text.as_bytes()[..cut])]);
            // A table may end after any of its lines; nothing in it tells how many there should be.
            let before = &text.as_bytes()[..cut];
            let after_a_line =
                before.ends_with(b"\n") || before.ends_with(b"\r") || text.as_bytes()[cut] == b'\r';
            let line_format = !text.contains("</");
            if line_format && (after_a_line || text.as_bytes()[cut] == b'\n') {
                continue;
            }
            let shorter = count_names(&lists) < whole_names && !lists.lists.is_empty();
            let without_last_column = name == "uk.csv" || name == "uk2.csv" || name == "mine.csv";
            assert!(!shorter || without_last_column, "{name} cut at {cut}");
        }
        let packed = gzip(text);
        for cut in (packed.len() / 2)..packed.len() {
            let lists = read(&[(name, &packed[..cut])]);
            assert_eq!(count_names(&lists), 0, "{name} packed, cut at {cut}");
        }
    }
}

fn count_names(lists: &Lists) -> usize {
    lists.lists.iter().flat_map(|list| &list.entries).map(|entry| entry.names.len()).sum()
}

#[test]
fn what_is_wrong_is_said_with_the_place() {
    let why = |name: &str, text: &str| read(&[(name, text.as_bytes())]).left_out.remove(0).why.to_string();

    insta::assert_snapshot!(
        [
            why("un.xml", &UN[..300]),
            why("un.xml", &UN.replace("</INDIVIDUALS>", "</ENTITIES>")),
            why("un.xml", &UN.replacen("?>", "?><!DOCTYPE x [<!ENTITY a \"aaaa\">]>", 1)),
            why("sdn.csv", &SDN[..240]),
            why("mine.csv", "id,name,schema\n1,A,Person\n2,\"B"),
            why("mine.csv", "id,name,schema\n1,A\n2,B,Person\n"),
            why("e.json", &FTM[..150]),
            why("alt.csv", ALT),
            why("x", "who knows"),
        ]
        .join("\n"),
        @r"
    cut short at line 1: the root element has no end
    damaged at line 1: not well-formed
    damaged at line 1: a document type, which no list has
    cut short at line 2: a quoted cell has no end
    cut short at line 3: a quoted cell has no end
    damaged at line 2: 2 columns where the header has 3
    cut short at line 2: the last line is not whole
    no list in its folder that it belongs to
    not a list in a known format
    "
    );
}

#[test]
fn an_older_code_page_is_read_by_its_letters() {
    let text = OWN.replace("Roe", "Roé").chars().map(|letter| letter as u8).collect::<Vec<u8>>();

    assert_eq!(read(&[("mine.csv", &text)]).lists[0].entries[0].names[1].text, "Jane Roé");
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read(&[("f/sdn.csv", &bytes)]);
    }

    #[test]
    fn no_damage_makes_a_parser_panic(
        sample in 0..SAMPLES.len(),
        at in any::<prop::sample::Index>(),
        put in prop::collection::vec(any::<u8>(), 0..6),
        drop in 0usize..40,
    ) {
        let (name, text, _) = SAMPLES[sample];
        let at = at.index(text.len());
        let mut bytes = text.as_bytes()[..at].to_vec();
        bytes.extend(put);
        bytes.extend(&text.as_bytes()[(at + drop).min(text.len())..]);
        let lists = read(&[(name, &bytes)]);
        crate::Index::new(lists.lists);
    }

    #[test]
    fn no_archive_makes_the_unpacker_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = zip::extract(&bytes, "content.xml");
        bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\0\0\0\0\0\0");
        let _ = zip::extract(&bytes, "content.xml");
    }
}
