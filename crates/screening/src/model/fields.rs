//! The weights one by one, for whoever fits them.

use std::{fmt::Write as _, slice::from_mut};

use super::Weights;

impl Weights {
    /// Every field with its name, as it is written down.
    fn fields(&mut self) -> Vec<(&'static str, &mut [f32])> {
        vec![
            ("base", from_mut(&mut self.base)),
            ("told", &mut self.told),
            ("aligned", &mut self.aligned),
            ("asked_rarer", from_mut(&mut self.asked_rarer)),
            ("listed_rarer", from_mut(&mut self.listed_rarer)),
            ("variant_told", from_mut(&mut self.variant_told)),
            ("variant", from_mut(&mut self.variant)),
            ("initial", from_mut(&mut self.initial)),
            ("joined", from_mut(&mut self.joined)),
            ("acronym_told", from_mut(&mut self.acronym_told)),
            ("acronym", from_mut(&mut self.acronym)),
            ("minor", from_mut(&mut self.minor)),
            ("form", from_mut(&mut self.form)),
            ("form_alike", from_mut(&mut self.form_alike)),
            ("form_against", from_mut(&mut self.form_against)),
            ("crossed_near_told", &mut self.crossed_near_told),
            ("crossed_near", &mut self.crossed_near),
            ("crossed_told", &mut self.crossed_told),
            ("crossed", &mut self.crossed),
            ("against_told", from_mut(&mut self.against_told)),
            ("against", from_mut(&mut self.against)),
            ("asked_told", from_mut(&mut self.asked_told)),
            ("asked", from_mut(&mut self.asked)),
            ("listed_told", from_mut(&mut self.listed_told)),
            ("listed", from_mut(&mut self.listed)),
            ("incomplete", from_mut(&mut self.incomplete)),
            ("single", from_mut(&mut self.single)),
            ("single_told", from_mut(&mut self.single_told)),
            ("numbers_against", from_mut(&mut self.numbers_against)),
            ("same_word", from_mut(&mut self.same_word)),
            ("first_told", from_mut(&mut self.first_told)),
            ("all_told", from_mut(&mut self.all_told)),
        ]
    }

    /// All values in the order of the fields.
    pub fn values(&self) -> Vec<f32> {
        self.clone().fields().into_iter().flat_map(|(_, values)| values.to_vec()).collect()
    }

    /// The name of each value; of several in one field each has the field's.
    pub fn names() -> Vec<&'static str> {
        let mut any = super::PERSON;
        any.fields().into_iter().flat_map(|(name, values)| std::iter::repeat_n(name, values.len())).collect()
    }

    /// Weights of these values; what is missing is 0.
    pub fn of_values(values: &[f32]) -> Self {
        let mut weights = super::PERSON;
        let mut values = values.iter();
        for (_, field) in weights.fields() {
            field.fill_with(|| values.next().copied().unwrap_or(0.0));
        }
        weights
    }

    /// One of nothing but a 1: as sums of their products the weights are, what it comes to is the feature that the
    /// value weighs.
    pub fn unit(at: usize) -> Self {
        let values: Vec<f32> = (0..=at).map(|value| f32::from(u8::from(value == at))).collect();
        Self::of_values(&values)
    }

    /// As it stands in `model.rs`.
    pub fn written(&self) -> String {
        let mut text = String::new();
        for (name, values) in self.clone().fields() {
            let values: Vec<String> = values.iter().map(|value| format!("{:.3}", value + 0.0)).collect();
            let value = match &values[..] {
                [one] => one.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            writeln!(text, "    {name}: {value},").expect("a string takes whatever is written");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OTHER, PERSON};

    #[test]
    fn no_field_is_left_out() {
        assert_eq!(size_of::<Weights>(), Weights::names().len() * size_of::<f32>());
        for weights in [PERSON, OTHER] {
            assert_eq!(Weights::of_values(&weights.values()), weights);
        }
        assert!(PERSON.written().starts_with(&format!("    base: {:.3},\n    told: [", PERSON.base)));
    }
}
