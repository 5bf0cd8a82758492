use super::super::tests::{read, told};

/// Written by hand after the columns of version 1.1.
const CSV: &str = "fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_UnitedNationId;Entity_DesignationDate;\
    Entity_Remark;Entity_SubjectType;Entity_SubjectType_ClassificationCode;Entity_Regulation_Programme;NameAlias_LastName;\
    NameAlias_FirstName;NameAlias_MiddleName;NameAlias_WholeName;NameAlias_Gender;NameAlias_Title;NameAlias_Function;\
    Address_City;Address_Street;Address_CountryIso2Code;Address_CountryDescription;BirthDate_BirthDate;BirthDate_Day;\
    BirthDate_Month;BirthDate_Year;BirthDate_YearRangeFrom;BirthDate_YearRangeTo;BirthDate_Circa;BirthDate_City;\
    BirthDate_CountryDescription;Identification_Number;Identification_TypeDescription;Identification_CountryIso2Code;\
    Citizenship_CountryIso2Code\n\
    01/09/2026;13;EU.27.28;QDi.1;2001-05-28;(On record);person;P;TERR;Example;Ahmed;;Ahmed Example;M;Dr;Adviser;;;;;;;;;;;;;;;;;\n\
    01/09/2026;13;EU.27.28;QDi.1;2001-05-28;(On record);person;P;TERR;;;;;;;;Qom;1 Road;IR;IRAN;;;;;;;;;;;;;\n\
    01/09/2026;13;EU.27.28;QDi.1;2001-05-28;(On record);person;P;TERR;;;;;;;;;;;;;;5;1961;;;true;-;UNKNOWN;;;;\n\
    01/09/2026;13;EU.27.28;QDi.1;2001-05-28;(On record);person;P;TERR;;;;;;;;;;;;;;;;1963;1965;false;Qom;IRAN;;;;\n\
    01/09/2026;13;EU.27.28;QDi.1;2001-05-28;(On record);person;P;TERR;;;;;;;;;;;;;;;;;;;;;AB 123456 (lost);National passport;IR;\n\
    01/09/2026;13;EU.27.28;QDi.1;2001-05-28;(On record);person;P;TERR;;;;;;;;;;;;;;;;;;;;;;;;IR\n\
    01/09/2026;42;EU.11.3;;2011-05-09;;enterprise;E;SYR;;;;Example Bank;;;;;;;;;;;;;;;;;;;;\n";

const XML: &str = "<export xmlns=\"http://eu.europa.ec/fpi/fsd/export\" generationDate=\"2026-09-01T15:29:22\"><sanctionEntity \
    designationDate=\"2001-05-28\" unitedNationId=\"QDi.1\" euReferenceNumber=\"EU.27.28\" logicalId=\"13\"><remark>(On record)</remark>\
    <regulation programme=\"TERR\" numberTitle=\"2001/1\"/><subjectType code=\"person\" classificationCode=\"P\"/>\
    <nameAlias wholeName=\"Ahmed Example\" strong=\"true\" title=\"Dr\" gender=\"M\" function=\"Adviser\"/>\
    <nameAlias wholeName=\"Abu X\" strong=\"false\"/><birthdate circa=\"true\" year=\"1961\" monthOfYear=\"5\" city=\"-\" \
    countryDescription=\"UNKNOWN\"/><birthdate circa=\"false\" yearRangeFrom=\"1963\" yearRangeTo=\"1965\" city=\"Qom\"/>\
    <identification number=\"AB 123456\" identificationTypeDescription=\"National passport\" countryIso2Code=\"IR\" \
    knownFalse=\"true\"/><citizenship countryIso2Code=\"IR\"/><address city=\"Qom\" street=\"1 Road\" countryIso2Code=\"IR\" \
    countryDescription=\"IRAN\"/></sanctionEntity></export>";

/// CIP-23
#[test]
fn rows_of_version_1_1_are_gathered_by_entity() {
    let lists = read(&[("eu.csv", CSV.as_bytes())]);

    let [list] = lists.lists.as_slice() else { panic!("{lists:?}") };
    assert_eq!((list.id.as_str(), list.version.as_str()), ("eu-fsf", "2026-09-01"));
    let told: Vec<String> = list.entries.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    EU.27.28 Person
      names: Ahmed Example
      titles: Dr
      born: 1961-05 | 1963 | 1965
      spans: 1961-05~1961-05 | 1963..1965
      at: Qom, IRAN
      genders: Male
      countries: IR
      nationalities: IR
      numbers: National passport AB 123456 IR
      addresses: 1 Road, Qom, IRAN
      programs: TERR
      details: function=Adviser | UN id=QDi.1 | designated on=2001-05-28
      remarks: (On record)
    EU.11.3 Organization
      names: Example Bank
      programs: SYR
      details: designated on=2011-05-09
    "#);
}

/// CIP-23
#[test]
fn xml_keeps_weak_names_ranges_and_flaws_of_documents() {
    let lists = read(&[("eu.xml", XML.as_bytes())]);

    insta::assert_snapshot!(told(&lists.lists[0].entries[0]), @r#"
    EU.27.28 Person
      names: Ahmed Example | w:Abu X
      titles: Dr
      born: 1961-05 | 1963 | 1965
      spans: 1961-05~1961-05 | 1963..1965
      at: Qom
      genders: Male
      countries: IR
      nationalities: IR
      numbers: National passport AB 123456 IR
      addresses: 1 Road, Qom, IRAN
      programs: TERR
      details: function=Adviser | knownFalse=AB 123456 | regulation=2001/1 | UN id=QDi.1 | designated on=2001-05-28
      remarks: (On record)
    "#);
}

#[test]
fn of_csv_and_xml_of_one_day_the_fuller_is_used_whichever_comes_first() {
    for files in [[("a", CSV), ("b", XML)], [("a", XML), ("b", CSV)]] {
        let lists = read(&files.map(|(path, text)| (path, text.as_bytes())));

        assert_eq!(lists.lists[0].entries.len(), 2, "{lists:?}");
        assert!(!lists.left_out[0].why.is_fault(), "{lists:?}");
    }
}
