//! Files that nobody should publish: mis-encoded, doubled, shuffled, made to explode.

use std::{
    cell::Cell,
    io::{self, Read},
};

use super::*;

fn why(name: &str, bytes: &[u8]) -> String {
    let lists = read(&[(name, bytes)]);
    assert_eq!(lists.lists, [], "{name}");
    format!("{}: {}", lists.left_out[0].path, lists.left_out[0].why)
}

fn entries(name: &str, bytes: &[u8]) -> Vec<String> {
    let lists = read(&[(name, bytes)]);
    lists.lists.iter().flat_map(|list| &list.entries).map(told).collect()
}

#[test]
fn every_format_is_read_in_every_usual_encoding() {
    for (name, text, format) in SAMPLES {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [&little, &big, &marked] {
            assert_eq!(detect(name, bytes), Some(format), "{name}");
            assert_eq!(entries(name, bytes), entries(name, text.as_bytes()), "{name}");
        }
    }
}

#[test]
fn columns_and_rows_may_stand_in_any_order() {
    let shuffled = "schema,birth_date,aliases,name,countries,id\nPerson,1970-01,Jane Roe;J. Doe,\"Doe, \"\"Jo\"\" Jane\",de;fr,7\n";
    assert_eq!(entries("mine.csv", shuffled.as_bytes()), entries("mine.csv", OWN.as_bytes()));

    let lines: Vec<&str> = OWN_LINES.lines().rev().collect();
    let mut reversed = entries("own.ndjson", lines.join("\n").as_bytes());
    reversed.reverse();
    assert_eq!(reversed, entries("own.ndjson", OWN_LINES.as_bytes()));
}

#[test]
fn an_entry_that_stands_twice_is_one() {
    let doubled = [
        ("mine.csv", OWN, format!("{OWN}{}\n", OWN.lines().nth(1).unwrap())),
        ("own.ndjson", OWN_LINES, format!("{OWN_LINES}{OWN_LINES}")),
        (
            "un.xml",
            UN,
            UN.replace(
                "</INDIVIDUALS>",
                &format!(
                    "{}</INDIVIDUALS>",
                    &UN[UN.find("<INDIVIDUAL>").unwrap()..UN.find("</INDIVIDUALS>").unwrap()]
                ),
            ),
        ),
        ("sdn.csv", SDN, format!("{}{SDN}", SDN.trim_end_matches('\u{1a}'))),
    ];
    for (name, once, twice) in doubled {
        assert_ne!(once.len(), twice.len());
        assert_eq!(entries(name, twice.as_bytes()), entries(name, once.as_bytes()), "{name}");
    }
}

#[test]
fn two_of_one_id_that_share_no_name_hide_neither() {
    let lists = read(&[("mine.csv", b"id,name\n7,Anna Example\n7,Boris Sample\n")]);

    let ids: Vec<&str> = lists.lists[0].entries.iter().map(|entry| entry.entry_id.as_str()).collect();
    assert!(ids[0] == "7" && ids[1].starts_with("7~"), "{ids:?}");
}

#[test]
fn no_entity_of_a_file_is_ever_expanded() {
    for (declared, used) in [
        ("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>", "&b;"),
        ("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>", "&a;"),
        ("<!DOCTYPE x [<!ENTITY % a SYSTEM \"http://example.org/x.dtd\"> %a;]>", "x"),
        ("<!DOCTYPE x SYSTEM \"http://example.org/x.dtd\">", "x"),
    ] {
        let text = UN.replacen("?>", &format!("?>{declared}"), 1).replace("Eagle", used);
        assert_eq!(
            why("un.xml", text.as_bytes()),
            "un.xml: damaged at line 1: a document type, which no list has"
        );
    }
    let undeclared = UN.replace("Eagle", "&b;").replacen("?>", "?>\n\n", 1);
    assert_eq!(
        why("un.xml", undeclared.as_bytes()),
        "un.xml: damaged at line 3: an entity that XML does not define itself"
    );
}

#[test]
fn nesting_and_numbers_of_elements_have_bounds() {
    let deep = UN.replace("Eagle", &"<a>".repeat(100_000));
    assert_eq!(why("un.xml", deep.as_bytes()), "un.xml: damaged at line 1: elements nested too deep");
    let wide = UN.replace("Eagle", &"<a/>".repeat(300_000));
    assert_eq!(why("un.xml", wide.as_bytes()), "un.xml: damaged at line 1: a record with too many elements");
    let beside = UN.replace("<ENTITIES/>", &"<a/>".repeat(300_000));
    assert_eq!(
        why("un.xml", beside.as_bytes()),
        "un.xml: damaged at line 1: a record with too many elements"
    );
    let attributes: String = (0..200).map(|number| format!(" a{number}=\"\"")).collect();
    let many = UN.replace("<QUALITY>", &format!("<QUALITY{attributes}>"));
    assert_eq!(
        why("un.xml", many.as_bytes()),
        "un.xml: damaged at line 1: an element with too many attributes"
    );
    let json = format!("{{\"id\":\"a\",\"name\":\"b\",\"c\":{}\n", "[".repeat(100_000));
    assert_eq!(why("own.ndjson", json.as_bytes()), "own.ndjson: damaged at line 1: not a JSON object");
    let array = format!("[{{\"id\":\"a\",\"name\":\"b\",\"c\":{}]", "[".repeat(100_000));
    assert_eq!(why("own.json", array.as_bytes()), "own.json: damaged at line 1: not a list of JSON objects");
}

#[test]
fn an_entry_with_more_values_than_any_has_is_a_fault() {
    let aliases: Vec<String> = (0..100_000).map(|number| format!("Alias {number}")).collect();
    let text = format!("id,name,aliases\n7,Anna Example,{}\n", aliases.join(";"));

    assert_eq!(
        why("mine.csv", text.as_bytes()),
        "mine.csv: damaged at entry `7`: more values of one kind than any entry has"
    );
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_plain_data() {
    for cell in ["=HYPERLINK(1)", "+1 Ltd", "-Dash Ltd", "@Home Ltd", "=cmd|' /C calc'!A0"] {
        let lists = read(&[("mine.csv", format!("id,name\n7,\"{cell}\"\n").as_bytes())]);

        assert_eq!(lists.lists[0].entries[0].caption(), cell);
    }
}

#[test]
fn marks_that_turn_writing_around_and_control_characters_are_no_part_of_a_name() {
    for (cell, name) in [
        ("Anna \u{202e}elpmaxE", "Anna elpmaxE"),
        ("\u{2067}Anna\u{2069} Example\u{200f}", "Anna Example"),
        ("Anna\0Example", "Anna Example"),
        ("Anna\u{1b}[31m Example", "Anna [31m Example"),
        ("\u{feff}Anna Example", "Anna Example"),
        // The joiner is a letter of Persian spelling.
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
    ] {
        let lists = read(&[("mine.csv", format!("id,name\n7,\"{cell}\"\n").as_bytes())]);

        assert_eq!(lists.lists[0].entries[0].caption(), name);
    }
    assert_eq!(why("x.csv", &[0; 5000]), "x.csv: not a list in a known format");
}

/// Gives a start and then one letter for ever, and counts what was taken.
struct Endless<'a> {
    start: io::Cursor<&'a [u8]>,
    taken: &'a Cell<u64>,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = self.start.read(buffer)?;
        if read == 0 {
            buffer.fill(b'x');
            read = buffer.len();
        }
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

#[test]
fn a_line_or_file_without_end_is_left_at_a_bound() {
    const LEN_MAX: u64 = 1 << 30;
    for (name, start, said, bound) in [
        ("mine.csv", "id,name\n7,", "line 2 is longer than the limit of 16777216 bytes", 17 << 20),
        (
            "own.ndjson",
            "{\"id\":\"a\",\"name\":\"",
            "line 1 is longer than the limit of 16777216 bytes",
            17 << 20,
        ),
        ("hello.txt", "hello ", "not a list in a known format", 1 << 20),
    ] {
        let taken = Cell::new(0);
        let mut collector = Collector::new();
        let endless = Endless { start: io::Cursor::new(start.as_bytes()), taken: &taken };

        collector.add_from(name, endless, LEN_MAX).unwrap();

        let left_out = collector.finish().left_out.remove(0);
        assert_eq!((left_out.path.as_str(), left_out.why.to_string().as_str()), (name, said));
        assert!(taken.get() < bound, "{} taken of {name}", taken.get());
    }
    let taken = Cell::new(0);
    let endless = Endless { start: io::Cursor::new(UN.as_bytes()), taken: &taken };
    let mut collector = Collector::new();
    collector.add_from("un.xml", endless, 1 << 20).unwrap();
    assert_eq!(collector.finish().left_out[0].why, NotRead::TooLarge { limit: 1 << 20 });
    assert!(taken.get() < 2 << 20);
}

#[test]
fn a_small_packed_file_does_not_become_a_large_line() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"id,name\n7,").unwrap();
    let block = vec![b'x'; 1 << 20];
    (0..20).for_each(|_| packed.write_all(&block).unwrap());

    let why = why("mine.csv.gz", &packed.finish().unwrap());

    assert_eq!(why, "mine.csv.gz: line 2 is longer than the limit of 16777216 bytes");
}

#[test]
fn a_failing_reader_is_the_readers_fault() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }

    assert!(Collector::new().add_from("x", Broken, 10).is_err());
}

/// Heads of the formats that rows or records are read after, so that damage reaches each parser.
const HEADS: [(&str, &str); 16] = [
    ("Country,Entity,License Requirement,Federal Register Citation\n", ""),
    ("source,entity_number,source_list_url,name,ids,alt_names,addresses,dates_of_birth\nX (EL),1,", "\n"),
    (
        "celex,recordId,programKey,annex,schema,name,alias,birthDate,nationality,passportNumber\n1,1,1,1,Person,",
        "\n",
    ),
    (
        "fileGenerationDate;Entity_LogicalId;NameAlias_WholeName;BirthDate_Day;BirthDate_Month;BirthDate_Year\n",
        "",
    ),
    ("Unique ID,OFSI Group ID,Name,D.O.B,Passport number\n1,1,", "\n"),
    ("id,name,aliases,birth_date,identifiers,wallets\n1,", "\n"),
    ("Name 6,Group ID,Group Type,DOB,Passport Number,Nationality\n", "\n"),
    ("1,\"A\",\"individual\",\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"", "\"\n"),
    ("{\"id\":\"a\",\"name\":\"", "\"}"),
    ("{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{\"name\":[\"", "\"]}}"),
    ("{\"results\":[{\"source\":\"X (EL)\",\"name\":\"A\",\"ids\":[", "]}]}"),
    ("<sdnList><sdnEntry><uid>1</uid><lastName>A</lastName>", "</sdnEntry></sdnList>"),
    (
        "<Sanctions><ReferenceValueSets></ReferenceValueSets><DistinctParties><DistinctParty FixedRef=\"1\">",
        "</DistinctParty></DistinctParties></Sanctions>",
    ),
    ("<CONSOLIDATED_LIST><INDIVIDUAL><FIRST_NAME>A</FIRST_NAME>", "</INDIVIDUAL></CONSOLIDATED_LIST>"),
    ("<export><sanctionEntity logicalId=\"1\">", "</sanctionEntity></export>"),
    ("<Designations><Designation><UniqueID>1</UniqueID>", "</Designation></Designations>"),
];

const PROSE: &str =
    r"\PC{0,60}|[(): ;,/a-c.1-9–]{0,60}|(\([a-d]\) ?|(a\.k\.a\. )|[A-Z][a-z]* |[0-9]{1,4}[./ ]){0,12}";
const CHANGES: &str = r#"(\{"op":"(ADD|MOD|DEL)","entity":\{"id":"[ab]","schema":"(Person|CryptoWallet)","properties":\{"(name|holder|publicKey)":\["[ab]"\]\}\}\}\n){0,6}"#;

proptest! {
    /// CIP-23
    #[test]
    fn no_text_behind_a_head_makes_a_parser_panic(
        head in 0..HEADS.len(),
        text in "[\\PC\n,;\"'()<>/&:–a-z0-9 ]{0,200}",
    ) {
        let (start, end) = HEADS[head];
        let lists = read(&[("f/list", format!("{start}{text}{end}").as_bytes())]);
        for entry in lists.lists.iter().flat_map(|list| &list.entries) {
            assert!(!entry.caption().is_empty() && !entry.caption().contains(['\0', '\n', '\u{202e}']));
        }
    }

    #[test]
    fn no_bytes_behind_a_head_make_a_parser_panic(
        head in 0..HEADS.len(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (start, end) = HEADS[head];
        read(&[("f/list", &[start.as_bytes(), &bytes, end.as_bytes()].concat())]);
    }

    #[test]
    fn no_prose_makes_the_cleaning_panic(text in PROSE) {
        for schema in [Schema::Person, Schema::Company] {
            let mut entry = Entry { schema, ..Entry::default() };
            name::add_all(&mut entry, &text, NameKind::Primary);
            number::add_all(&mut entry, "X", &text);
            birth::add(&mut entry, &text);
            entry.add_nationality(&text);
            name::split_titles(&mut entry);
        }
    }

    #[test]
    fn no_changes_make_a_delta_panic(text in CHANGES) {
        let list = read(&[("own.ndjson", OWN_LINES.as_bytes())]).lists.remove(0);
        let _ = apply_delta(list, "v", text.as_bytes());
    }
}
