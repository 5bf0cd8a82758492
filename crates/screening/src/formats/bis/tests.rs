use super::super::tests::{read, told};

/// Written by hand after the columns of supplements 4, 6 and 7 to part 744.
const FILES: [(&str, &str); 3] = [
    (
        "us-bis-el",
        "Country,Entity,License Requirement,License Review Policy,Federal Register Citation\n\
         ARMENIA,\"Example Trading, Ltd., a.k.a., the following two aliases: —Exampel Co., Ltd.; and —ET. 1 Road, Yerevan, Armenia.\",For all items,Presumption of denial,\"87 FR 1, 1/2/22\"\n\
         ,\"Sample LLC, 2 Street, Yerevan, Armenia\",For all items,Case by case,\"88 FR 1, 1/2/23\"\n",
    ),
    (
        "us-bis-uvl",
        "Country,Listed person and address,Federal Register citation and date of publication\n\
         CHINA,\"Example Optics Co., Ltd., a.k.a., EOC, 3 Road, Xian, China\",\"87 FR 1, 1/2/22\"\n",
    ),
    (
        "us-bis-meu",
        "Country,Entity,Federal Register Citation\nCHINA,Academy of Examples,\"85 FR 83799, 12/23/20\"\n",
    ),
];

/// CIP-23
#[test]
fn supplements_are_told_apart_by_their_columns_and_read_out_of_their_prose() {
    let mut told_of = Vec::new();
    for (id, text) in FILES {
        let lists = read(&[("list.csv", text.as_bytes())]);

        assert_eq!(lists.lists[0].id, id);
        told_of
            .extend(lists.lists[0].entries.iter().map(|entry| told(entry).replacen(&entry.entry_id, id, 1)));
    }
    insta::assert_snapshot!(told_of.join("\n"), @r#"
    us-bis-el LegalEntity
      names: Example Trading, Ltd. | a:Exampel Co., Ltd | a:ET
      countries: AM
      addresses: 1 Road, Yerevan, Armenia
      programs: BIS Entity List
      details: license requirement=For all items | license review policy=Presumption of denial | federal register citation=87 FR 1, 1/2/22
    us-bis-el LegalEntity
      names: Sample LLC
      countries: AM
      addresses: 2 Street, Yerevan, Armenia
      programs: BIS Entity List
      details: license requirement=For all items | license review policy=Case by case | federal register citation=88 FR 1, 1/2/23
    us-bis-uvl LegalEntity
      names: Example Optics Co., Ltd. | a:EOC
      countries: CN
      addresses: 3 Road, Xian, China
      programs: BIS Unverified List
      details: federal register citation and date of publication=87 FR 1, 1/2/22
    us-bis-meu LegalEntity
      names: Academy of Examples
      countries: CN
      programs: BIS Military End User List
      details: federal register citation=85 FR 83799, 12/23/20
    "#);
}
