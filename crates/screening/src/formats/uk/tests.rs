use super::super::tests::{read, told};

/// Written by hand after the publisher's format guide.
const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Designations><DateGenerated>20/08/2026</DateGenerated><Designation>\
    <LastUpdated>18/12/2021</LastUpdated><DateDesignated>03/10/2017</DateDesignated><UniqueID>AFG0001</UniqueID>\
    <OFSIGroupID>6909</OFSIGroupID><Names><Name><Name1>Abdul</Name1><Name6>EXAMPLE</Name6><NameType>Primary Name</NameType>\
    </Name><Name><Name6>EXAMPEL</Name6><Name1>Abdul</Name1><NameType>Primary Name Variation</NameType></Name><Name><Name6>AB\
    </Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name></Names><NonLatinNames>\
    <NonLatinName><NameNonLatinScript>عبد</NameNonLatinScript></NonLatinName></NonLatinNames><Titles><Title>Maulavi</Title>\
    </Titles><RegimeName>Afghanistan</RegimeName><IndividualEntityShip>Individual</IndividualEntityShip>\
    <DesignationSource>UN</DesignationSource><SanctionsImposed>Asset freeze</SanctionsImposed><SanctionsImposedIndicators>\
    <AssetFreeze>true</AssetFreeze></SanctionsImposedIndicators><OtherInformation>On record.</OtherInformation><Addresses>\
    <Address><AddressLine1>1 Road</AddressLine1><AddressLine6>Kabul</AddressLine6><AddressCountry>Afghanistan</AddressCountry>\
    </Address></Addresses><IndividualDetails><Individual><DOBs><DOB>dd/mm/1963</DOB><DOB>01/02/1964</DOB></DOBs>\
    <Nationalities><Nationality>Afghanistan</Nationality></Nationalities><Positions><Position>Governor</Position></Positions>\
    <BirthDetails><Location><TownOfBirth>Baghlan</TownOfBirth><CountryOfBirth>Afghanistan</CountryOfBirth></Location>\
    </BirthDetails><PassportDetails><Passport><PassportNumber>D 000001 (Afghanistan)</PassportNumber></Passport>\
    </PassportDetails><Genders><Gender>Male</Gender></Genders></Individual></IndividualDetails></Designation><Designation>\
    <UniqueID>DPR0075</UniqueID><Names><Name><Name6>Petrel 8</Name6><NameType>Primary name</NameType></Name></Names>\
    <IndividualEntityShip>Ship</IndividualEntityShip><ShipDetails><Ship><IMONumbers><IMONumber>IMO9562233</IMONumber>\
    </IMONumbers><CurrentBelievedFlagOfShips><CurrentBelievedFlagOfShip>Comoros</CurrentBelievedFlagOfShip>\
    </CurrentBelievedFlagOfShips><TypeOfShipDetails><TypeOfShip>Bulk Carrier</TypeOfShip></TypeOfShipDetails></Ship>\
    </ShipDetails></Designation></Designations>";

/// Written by hand: all columns, where the export that is at hand has eight.
const CSV: &str = "Report Date: 20-Aug-2026,,,,,,,,,,,,,,,\nLast Updated,Unique ID,OFSI Group ID,Name 6,Name 1,Name type,Alias \
    strength,Title,Name non-latin script,Regime Name,Designation Type,D.O.B,Nationality(/ies),Passport number,IMO \
    number,Address Country\n18/12/2021,AFG0001,6909,EXAMPLE,Abdul,Primary Name,,Maulavi,عبد,Afghanistan,Individual,dd/mm/1963,\
    Afghanistan,D 000001,,Afghanistan\n18/12/2021,AFG0001,6909,AB,,Alias,Low quality a.k.a,,,Afghanistan,Individual,,,,,\n";

/// CIP-23
#[test]
fn xml_is_read_with_every_field() {
    let lists = read(&[("uk.xml", XML.as_bytes())]);

    let [list] = lists.lists.as_slice() else { panic!("{lists:?}") };
    assert_eq!((list.id.as_str(), list.version.as_str()), ("gb-uksl", "2026-08-20"));
    let told: Vec<String> = list.entries.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    AFG0001 Person
      names: Abdul EXAMPLE | a:Abdul EXAMPEL | w:AB | a:عبد
      titles: Maulavi
      born: 1963 | 1964-02-01
      at: Baghlan, Afghanistan
      genders: Male
      countries: AF
      nationalities: AF
      numbers: Passport D 000001 AF
      addresses: 1 Road, Kabul, Afghanistan
      programs: Afghanistan
      details: DateDesignated=03/10/2017 | OFSIGroupID=6909 | DesignationSource=UN | SanctionsImposed=Asset freeze | Position=Governor
      remarks: On record.
    DPR0075 Vessel
      names: Petrel 8
      countries: KM
      numbers: IMO 9562233
      details: TypeOfShip=Bulk Carrier
    "#);
}

/// CIP-23
#[test]
fn rows_of_the_full_csv_are_gathered_by_designation() {
    let lists = read(&[("uk.csv", CSV.as_bytes())]);

    insta::assert_snapshot!(told(&lists.lists[0].entries[0]), @r#"
    AFG0001 Person
      names: Abdul EXAMPLE | a:عبد | w:AB
      titles: Maulavi
      born: 1963
      countries: AF
      nationalities: AF
      numbers: Passport D 000001
      addresses: Afghanistan
      programs: Afghanistan
      details: ofsi group id=6909
    "#);
}

#[test]
fn of_xml_and_a_poorer_csv_of_one_day_the_xml_is_used() {
    let lists = read(&[("z.csv", CSV.as_bytes()), ("a.xml", XML.as_bytes())]);

    assert_eq!(lists.lists[0].entries.len(), 2);
    assert!(lists.left_out[0].path == "z.csv" && !lists.left_out[0].why.is_fault(), "{lists:?}");
}
