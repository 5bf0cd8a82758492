#![no_main]
//! Watchlists as tables: bytes as they are, packed ones among them, and as rows under each publisher's columns.

use libfuzzer_sys::fuzz_target;
use screening::Collector;

const HEADS: [&str; 9] = [
    "Country,Entity,License Requirement,Federal Register Citation\n",
    "source,entity_number,source_list_url,name,ids,alt_names,addresses,dates_of_birth\n",
    "celex,recordId,programKey,annex,schema,name,alias,birthDate,nationality,passportNumber\n",
    "fileGenerationDate;Entity_LogicalId;NameAlias_WholeName;BirthDate_Day;BirthDate_Month;BirthDate_Year\n",
    "Unique ID,OFSI Group ID,Name,D.O.B,Passport number\n",
    "Name 6,Group ID,Group Type,DOB,Passport Number,Nationality\n",
    "Name\tStreet_Address\tStandard_Order\tFR_Citation\n",
    "id,name,aliases,birth_date,identifiers,wallets\n",
    "1,\"A\",\"individual\",\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,",
];

fuzz_target!(|bytes: &[u8]| {
    let mut collector = Collector::new();
    collector.add("as-it-is.csv", bytes);
    for head in HEADS {
        collector.add("list.csv", &[head.as_bytes(), bytes].concat());
    }
    let _ = collector.finish();
});
