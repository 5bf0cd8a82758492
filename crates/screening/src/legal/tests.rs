use proptest::prelude::*;

use super::*;
use crate::company::plain;
use crate::name::parse;
use crate::token::{Kind, Token};

fn read_as(name: &str) -> String {
    let parsed = parse(name, false);
    let word = |token: &Token| match token.kind {
        Kind::Form => format!("[{}]", token.text),
        _ => token.text.to_string(),
    };
    parsed.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_form_is_one_phrase_in_any_of_its_shapes() {
    use Concept::{Branch, Company, Cooperative, Limited, Partnership, Public, Sole, State};
    for (name, concept, rest) in [
        ("Gloria S.A.C.", Public, "gloria"),
        ("Bamidele Technologies Nig. Ltd", Limited, "bamidele technologies"),
        ("Grupo Corona S.A. de C.V.", Public, "grupo corona"),
        ("Corona S. de R.L. de C.V.", Limited, "corona"),
        ("Corona, S de RL de CV", Limited, "corona"),
        ("Polski Dom Sp. z o.o.", Limited, "polski dom"),
        ("POLSKI DOM SP ZOO", Limited, "polski dom"),
        ("Muster Gesellschaft mit beschränkter Haftung", Limited, "muster"),
        ("Muster GmbH & Co. KG", Partnership, "muster"),
        ("Общество с ограниченной ответственностью Контур", Limited, "kontur"),
        ("OBSHCHESTVO S OGRANICHENNOI OTVETSTVENNOSTYU KONTUR", Limited, "kontur"),
        ("ООО «Контур»", Limited, "kontur"),
        ("Kontur, OOO", Limited, "kontur"),
        ("Публичное акционерное общество Контур", Public, "kontur"),
        ("ФГУП Контур", State, "kontur"),
        ("Federal State Unitary Enterprise Kontur", State, "kontur"),
        ("ТОВ Контур", Limited, "kontur"),
        ("株式会社東芝", Public, "dong zhi"),
        ("東芝株式会社", Public, "dong zhi"),
        ("㈱東芝", Public, "dong zhi"),
        ("(株)東芝", Public, "dong zhi"),
        ("華信船務(香港)有限公司", Limited, "hua xin chuan wu xiang gang"),
        ("华为技术有限公司", Limited, "hua wei ji shu"),
        ("주식회사 카카오", Public, "kakao"),
        ("(주)카카오", Public, "kakao"),
        ("شركة النفط ذ.م.م", Limited, "al nft"),
        ("NATIONAL OIL CO., LTD.", Limited, "national oil"),
        ("National Oil Pvt Ltd", Limited, "national oil"),
        ("National Oil (Private) Limited", Limited, "national oil"),
        ("National Oil Sdn Bhd", Limited, "national oil"),
        ("PT National Oil Tbk", Limited, "national oil"),
        ("Hansa A/S", Public, "hansa"),
        ("A.Ş. Megasan Sanayi ve Ticaret Anonim Şirketi", Public, "megasan"),
        ("Hansa Ges.m.b.H.", Limited, "hansa"),
        ("Marina FZCO", Limited, "marina"),
        ("Marina DMCC", Limited, "marina"),
        ("Marina W.L.L.", Limited, "marina"),
        ("Marina S.à r.l.", Limited, "marina"),
        ("Marina Ltda.", Limited, "marina"),
        ("Marina d.o.o.", Limited, "marina"),
        ("FOP Marina", Sole, "marina"),
        ("Marina Corporation", Company, "marina"),
        ("Marina Trading Company (Moscow Branch)", Branch, "marina trading moscow"),
        ("บริษัท มารีนา จำกัด (มหาชน)", Limited, "marina"),
        ("Marina Cooperative Society Ltd", Cooperative, "marina"),
    ] {
        let rest_of = |name: &str| {
            let kept = parse(name, false).into_iter().filter(|token| token.kind != Kind::Form);
            kept.map(|token| token.text.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(rest_of(name), rest, "{name}: {}", read_as(name));
        let concepts: Vec<_> =
            parse(name, false).into_iter().filter_map(|token| concept_of_token(&token)).collect();
        assert!(concepts.contains(&concept), "{name}: {concepts:?}");
    }
}

fn concept_of_token(token: &Token) -> Option<Concept> {
    let number = (token.kind == Kind::Form).then_some(token.group)?? - FORMS_START;
    Concept::ALL.iter().map(|(concept, _)| *concept).find(|concept| *concept as u16 == number)
}

#[test]
fn short_forms_are_forms_only_where_forms_stand() {
    for (name, expected) in [
        ("Hansa AG", "hansa [ag]"),
        ("Jo Ag Holding", "jo ag holding"),
        ("AS Hansa", "[as] hansa"),
        ("Kim As Hansa", "kim as hansa"),
        ("Limited Liability Company", "limited liability company"),
        ("Joint Stock Company", "joint stock company"),
        ("The Company", "the company"),
        ("AG", "ag"),
        ("Open Society Public Works", "open society public works"),
        ("Port of Iran Company of Abadan", "port of iran [company] of abadan"),
    ] {
        assert_eq!(read_as(name), expected, "{name}");
    }
    assert!(parse("Ann Ltd", true).iter().all(|token| token.kind != Kind::Form));
}

proptest! {
    /// Forms never overlap, and what is no form is kept.
    #[test]
    fn reading_forms_loses_no_word(name in "([A-Za-zéş]{1,9}|Ltd|Co\\.|S\\.A\\.|OOO|有限公司|de C\\.V\\.|[ .,&]){0,12}") {
        let tokens = parse(&name, false);
        let letters = |text: &str| text.chars().filter(|letter| *letter != ' ').collect::<String>();
        let kept: String = tokens.iter().map(|token| letters(&token.text)).collect();
        let all: String = plain(words(&name)).iter().map(|word| word.text.as_str()).collect();
        prop_assert_eq!(kept, all);
    }
}
