use super::super::super::{Collector, Lists, tests::told};

/// Written by hand: invented parties in the publisher's form.
const FILE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<sanctionsData xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML">
  <publicationInfo>
    <dataAsOf>2026-03-04T00:00:00</dataAsOf>
    <filters><sanctionsLists><sanctionsList refId="1550">SDN List</sanctionsList></sanctionsLists></filters>
  </publicationInfo>
  <referenceValues>
    <referenceValue refId="91526"><type>Gender</type><value>Male</value></referenceValue>
  </referenceValues>
  <entities>
    <entity id="101">
      <generalInfo><identityId>7</identityId><entityType refId="600">Individual</entityType><title>Minister</title>
        <remarks>On record.</remarks></generalInfo>
      <sanctionsLists><sanctionsList refId="1550" id="1" datePublished="2014-10-10">SDN List</sanctionsList></sanctionsLists>
      <sanctionsPrograms><sanctionsProgram refId="1" id="1">SDGT</sanctionsProgram></sanctionsPrograms>
      <sanctionsTypes><sanctionsType refId="1" id="1">Block</sanctionsType></sanctionsTypes>
      <legalAuthorities><legalAuthority refId="1" id="1">Executive Order 1</legalAuthority></legalAuthorities>
      <names>
        <name id="1"><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality><translations>
          <translation id="1"><isPrimary>true</isPrimary><script refId="1">Latin</script>
            <formattedFirstName>Anna</formattedFirstName><formattedLastName>EXAMPLE</formattedLastName>
            <formattedFullName>EXAMPLE, Anna</formattedFullName></translation>
          <translation id="2"><isPrimary>false</isPrimary><script refId="2">Cyrillic</script>
            <nameParts><namePart id="1"><type>Last Name</type><value>ПРИМЕР</value></namePart>
              <namePart id="2"><type>First Name</type><value>Анна</value></namePart></nameParts></translation>
        </translations></name>
        <name id="2"><isPrimary>false</isPrimary><aliasType refId="1">F.K.A.</aliasType><isLowQuality>false</isLowQuality>
          <translations><translation id="3"><isPrimary>true</isPrimary><formattedFullName>SAMPLE, Anna</formattedFullName>
          </translation></translations></name>
        <name id="3"><isPrimary>false</isPrimary><aliasType refId="2">A.K.A.</aliasType><isLowQuality>true</isLowQuality>
          <translations><translation id="4"><isPrimary>true</isPrimary><formattedFullName>ANJA</formattedFullName>
          </translation></translations></name>
      </names>
      <addresses><address id="1"><country refId="1">Iran</country><translations><translation id="1">
        <isPrimary>true</isPrimary><addressParts><addressPart id="1"><type>ADDRESS1</type><value>1 Road</value></addressPart>
        <addressPart id="2"><type>CITY</type><value>Tehran</value></addressPart></addressParts></translation></translations>
      </address></addresses>
      <features>
        <feature id="1"><type featureTypeId="8">Birthdate</type><value>15 May 1949</value><isPrimary>true</isPrimary></feature>
        <feature id="2"><type featureTypeId="8">Birthdate</type><value>1951</value><valueDate id="1">
          <fromDateBegin>1951-01-01</fromDateBegin><toDateEnd>1951-12-31</toDateEnd><isApproximate>true</isApproximate>
          </valueDate></feature>
        <feature id="3"><type featureTypeId="9">Place of Birth</type><value>Giza, Egypt</value></feature>
        <feature id="4"><type featureTypeId="224">Gender</type><valueRefId>91526</valueRefId></feature>
        <feature id="5"><type featureTypeId="10">Nationality Country</type><value>Egypt</value></feature>
        <feature id="6"><type featureTypeId="344">Digital Currency Address - XBT</type><value>1abcDEF</value></feature>
      </features>
      <identityDocuments><identityDocument id="1"><type refId="1">Passport</type><documentNumber>1084010</documentNumber>
        <isValid>false</isValid><issuingCountry refId="1">Egypt</issuingCountry><expirationDate>2008-05-20</expirationDate>
      </identityDocument></identityDocuments>
      <relationships><relationship id="1"><type refId="1">Acting for or on behalf of</type>
        <relatedEntity entityId="102">SAMPLE LINES</relatedEntity></relationship></relationships>
    </entity>
    <entity id="102">
      <generalInfo><entityType refId="602">Vessel</entityType></generalInfo>
      <names><name id="4"><isPrimary>true</isPrimary><translations><translation id="5"><isPrimary>true</isPrimary>
        <formattedFullName>MAR EXAMPLE</formattedFullName></translation></translations></name></names>
      <features><feature id="7"><type>Vessel Call Sign</type><value>CL2192</value></feature>
        <feature id="8"><type>Vessel Flag</type><value>Panama</value></feature></features>
      <identityDocuments><identityDocument id="2"><type>Vessel Registration Identification</type>
        <documentNumber>IMO 7406784</documentNumber><isValid>true</isValid></identityDocument></identityDocuments>
    </entity>
    <entity id="103">
      <generalInfo><entityType>Aircraft</entityType></generalInfo>
      <names><name id="5"><isPrimary>true</isPrimary><translations><translation id="6"><isPrimary>true</isPrimary>
        <formattedFullName>EP-EXA</formattedFullName></translation></translations></name></names>
      <features><feature id="9"><type>Aircraft Manufacturer's Serial Number (MSN)</type><value>1013409297</value></feature>
        <feature id="10"><type>Aircraft Tail Number</type><value>EP-EXA</value></feature></features>
    </entity>
  </entities>
</sanctionsData>
"#;

fn read(text: &str) -> Lists {
    let mut collector = Collector::new();
    collector.add("SDN_ENHANCED.XML", text.as_bytes());
    collector.finish()
}

/// CIP-23
#[test]
fn parties_are_read_with_all_that_is_said_of_them() {
    let lists = read(FILE);

    assert_eq!(lists.left_out, []);
    let [list] = lists.lists.as_slice() else { panic!("{lists:?}") };
    assert_eq!((list.id.as_str(), list.version.as_str()), ("us-ofac-sdn", "2026-03-04"));
    let told: Vec<String> = list.entries.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    101 Person
      names: Anna EXAMPLE | a:ПРИМЕР Анна | f:SAMPLE, Anna | w:ANJA
      born: 1949-05-15 | 1951
      spans: 1951~1951
      at: Giza, Egypt
      genders: Male
      countries: IR | EG
      nationalities: EG
      numbers: Passport 1084010 EG
      addresses: 1 Road, Tehran, Iran
      wallets: XBT 1abcDEF
      programs: SDGT
      details: Passport=1084010 Expiration Date 2008-05-20 | Passport=1084010 not valid | sanctions type=Block | legal authority=Executive Order 1 | listed=SDN List 2014-10-10 | Acting for or on behalf of=SAMPLE LINES | title=Minister
      remarks: On record.
    102 Vessel
      names: MAR EXAMPLE
      countries: PA
      numbers: IMO 7406784 | Call sign CL2192
      details: Vessel Flag=Panama
    103 Airplane
      names: EP-EXA
      numbers: Aircraft Manufacturer's Serial Number (MSN) 1013409297 | Aircraft Tail Number EP-EXA
    ");
}

#[test]
fn a_file_of_one_list_makes_no_other_and_one_of_both_makes_both() {
    let ids = |text: &str| -> Vec<(String, usize)> {
        read(text).lists.into_iter().map(|list| (list.id, list.entries.len())).collect()
    };
    let filter = "<sanctionsList refId=\"1550\">SDN List</sanctionsList></sanctionsLists></filters>";
    let consolidated =
        FILE.replace(filter, "<sanctionsList>Consolidated List</sanctionsList></sanctionsLists></filters>");
    let of_both = FILE.replace(filter, "</sanctionsLists></filters>");

    assert_eq!(ids(FILE), [("us-ofac-sdn".to_owned(), 3)]);
    assert_eq!(ids(&consolidated), [("us-ofac-cons".to_owned(), 3)]);
    assert_eq!(ids(&of_both), [("us-ofac-cons".to_owned(), 2), ("us-ofac-sdn".to_owned(), 1)]);
}

#[test]
fn a_file_cut_anywhere_is_no_shorter_list_and_reference_values_may_come_last() {
    let references = &FILE[FILE.find("<referenceValues>").unwrap()..FILE.find("<entities>").unwrap()];
    let moved =
        FILE.replace(references, "").replace("</sanctionsData>", &format!("{references}</sanctionsData>"));

    assert_eq!(told(&read(&moved).lists[0].entries[0]), told(&read(FILE).lists[0].entries[0]));
    for cut in (600..FILE.trim_end().len()).step_by(13) {
        assert_eq!(read(&FILE[..FILE.floor_char_boundary(cut)]).lists, [], "cut at {cut}");
    }
}
