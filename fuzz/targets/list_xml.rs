#![no_main]
//! Watchlists as XML: bytes as they are, and as records of each publisher.

use libfuzzer_sys::fuzz_target;
use screening::Collector;

const AROUND: [(&str, &str); 6] = [
    ("<sdnList><sdnEntry><uid>1</uid><lastName>A</lastName>", "</sdnEntry></sdnList>"),
    ("<Sanctions><ReferenceValueSets/><DistinctParties>", "</DistinctParties></Sanctions>"),
    ("<sanctionsData><entities><entity id=\"1\">", "</entity></entities></sanctionsData>"),
    ("<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL>", "</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"),
    ("<export><sanctionEntity logicalId=\"1\">", "</sanctionEntity></export>"),
    ("<Designations><Designation><UniqueID>1</UniqueID>", "</Designation></Designations>"),
];

fuzz_target!(|bytes: &[u8]| {
    let mut collector = Collector::new();
    collector.add("as-it-is.xml", bytes);
    for (start, end) in AROUND {
        collector.add("list.xml", &[start.as_bytes(), bytes, end.as_bytes()].concat());
    }
    let _ = collector.finish();
});
