use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// The variations of a name, by what was done, each once.
fn variations(name: &str, person: bool) -> HashMap<Variation, Vec<String>> {
    let mut random = Random::new(11);
    let mut all: HashMap<Variation, Vec<String>> = HashMap::new();
    for variation in Variation::ALL {
        for _ in 0..300 {
            let varied = vary_by(name, person, variation, &mut random);
            let of = all.entry(variation).or_default();
            of.extend(varied.filter(|varied| !of.contains(varied)));
        }
    }
    all
}

#[test]
fn a_name_is_varied_in_every_usual_way() {
    for (name, person, variation, expected) in [
        ("Vladimir Putin", true, Variation::Misspelt, "Vladmir Putin"),
        ("Vladimir Putin", true, Variation::Misspelt, "Vladimir Puttin"),
        ("Vladimir Putin", true, Variation::Misspelt, "Valdimir Putin"),
        ("Vladimir Putin", true, Variation::Respelt, "Volodymyr Putin"),
        ("AL-ZAWAHIRI, Ayman", true, Variation::Reordered, "Ayman AL-ZAWAHIRI"),
        ("AL-ZAWAHIRI, Ayman", true, Variation::Split, "AL ZAWAHIRI, Ayman"),
        ("Abdulrahman Yasin", true, Variation::Split, "Abdul rahman Yasin"),
        ("Mohammed Ali Hasan", true, Variation::Shortened, "Mohammed Hasan"),
        ("PETROV, Ivan Ivanovich", true, Variation::Shortened, "PETROV, Ivan"),
        ("Ivan Petrov", true, Variation::Initial, "I. Petrov"),
        ("Xi Jin Ping", true, Variation::Joined, "Xi Jinping"),
        ("BLUE SEA SHIPPING LLC", false, Variation::LegalForm, "BLUE SEA SHIPPING"),
        ("BLUE SEA SHIPPING LLC", false, Variation::LegalForm, "BLUE SEA SHIPPING LTD"),
        ("National Bank of Cuba", false, Variation::Translated, "Nacional Bank of Cuba"),
        ("Xu Bing", true, Variation::Respelt, "Hsu Bing"),
    ] {
        let all = variations(name, person);
        assert!(all[&variation].iter().any(|varied| varied == expected), "{name}: {:?}", all[&variation]);
    }
}

#[test]
fn what_has_no_letters_to_change_is_left_alone() {
    let mut random = Random::new(1);
    for name in ["", " ", "12", "李", "A", "B."] {
        assert_eq!(misspell(name, &mut random), None, "{name}");
        assert_eq!(vary(name, true, &mut random), None, "{name}");
    }
}

proptest! {
    /// Any text can be varied, the same seed always gives the same, and what is given is never the name itself.
    #[test]
    fn any_text_varies_without_panic(name in any::<String>(), person: bool, seed: u64) {
        let varied = |seed| vary(&name, person, &mut Random::new(seed));

        prop_assert_eq!(varied(seed), varied(seed));
        prop_assert!(varied(seed).is_none_or(|(_, text)| text != name));
    }
}
