//! What a trial comes to: how many are found and how many innocent ones alarm, at any threshold.

use serde::Serialize;

/// Scores of those who are listed, and of those who are not: each the best score that somebody got, 0 for none.
#[derive(Default, Clone)]
pub struct Scores {
    /// Highest first, both.
    listed: Vec<f64>,
    ordinary: Vec<f64>,
}

impl Scores {
    pub fn new(mut listed: Vec<f64>, mut ordinary: Vec<f64>) -> Self {
        listed.sort_by(|a, b| b.total_cmp(a));
        ordinary.sort_by(|a, b| b.total_cmp(a));
        Self { listed, ordinary }
    }

    /// Share of the listed that score so much or more; 0 of nobody.
    pub fn recall(&self, threshold: f64) -> f64 {
        share(&self.listed, threshold)
    }

    /// Share of the ordinary that score so much or more; 0 of nobody.
    pub fn false_alarms(&self, threshold: f64) -> f64 {
        share(&self.ordinary, threshold)
    }

    /// The lowest threshold at which no more than this share of the ordinary alarms: just above the first one that
    /// would be too many.
    pub fn threshold_at(&self, false_alarms: f64) -> f64 {
        const JUST_ABOVE: f64 = 0.000_001;
        let allowed = (self.ordinary.len() as f64 * false_alarms) as usize;
        self.ordinary.get(allowed).map_or(0.0, |score| score + JUST_ABOVE)
    }

    /// Thresholds worth a point on a curve with the false alarms and the recall there, strictest first.
    pub fn curve(&self) -> Vec<Point> {
        let mut thresholds = self.ordinary.clone();
        thresholds.dedup();
        let points = thresholds.into_iter().filter(|threshold| *threshold > 0.0).map(|threshold| Point {
            threshold,
            false_alarms: self.false_alarms(threshold),
            recall: self.recall(threshold),
        });
        points.collect()
    }

    /// How far scores from `from` on are from the truth where so large a share of all who are asked is listed: over
    /// ten bins, each weighed by who is in it, the mean distance between score and share of listed (expected
    /// calibration error). 0 where nobody scores so much.
    pub fn calibration_error(&self, listed_share: f64, from: f64) -> f64 {
        const BINS: usize = 10;
        let mut bins = [(0.0, 0.0, 0.0); BINS];
        let mut add = |scores: &[f64], share: f64, listed: f64| {
            for score in scores.iter().take_while(|score| **score >= from) {
                let bin = &mut bins[((score * BINS as f64) as usize).min(BINS - 1)];
                let weight = share / scores.len() as f64;
                bin.0 += weight;
                bin.1 += weight * score;
                bin.2 += weight * listed;
            }
        };
        add(&self.listed, listed_share, 1.0);
        add(&self.ordinary, 1.0 - listed_share, 0.0);
        let all: f64 = bins.iter().map(|bin| bin.0).sum();
        let apart: f64 = bins.iter().map(|(_, said, true_)| (said - true_).abs()).sum();
        if all > 0.0 { apart / all } else { 0.0 }
    }
}

/// A place on the curve of recall over false alarms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    pub threshold: f64,
    pub false_alarms: f64,
    pub recall: f64,
}

fn share(scores: &[f64], threshold: f64) -> f64 {
    match scores.len() {
        0 => 0.0,
        len => scores.partition_point(|score| *score >= threshold) as f64 / len as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> Scores {
        let ordinary =
            (0..1000).map(|number| if number < 12 { 0.05 + f64::from(number) / 100.0 } else { 0.0 });
        Scores::new(vec![0.9, 0.02, 0.7, 0.06], ordinary.collect())
    }

    #[test]
    fn the_threshold_lets_no_more_alarm_than_was_said() {
        let scores = scores();
        for (rate, false_alarms, recall) in
            [(0.01, 0.01, 0.5), (0.001, 0.001, 0.5), (0.012, 0.012, 1.0), (0.0, 0.0, 0.5)]
        {
            let threshold = scores.threshold_at(rate);

            assert_eq!(
                (scores.false_alarms(threshold), scores.recall(threshold)),
                (false_alarms, recall),
                "{rate}"
            );
        }
        let none = Scores::default();
        assert_eq!((none.recall(0.5), none.false_alarms(0.5), none.threshold_at(0.01)), (0.0, 0.0, 0.0));
        assert!(none.curve().is_empty() && none.calibration_error(0.001, 0.0) == 0.0);
    }

    #[test]
    fn a_curve_rises() {
        let curve = scores().curve();

        assert_eq!(curve.len(), 12);
        assert!(curve.windows(2).all(|pair| pair[0].false_alarms < pair[1].false_alarms));
        assert!(curve.windows(2).all(|pair| pair[0].recall <= pair[1].recall));
    }

    #[test]
    fn scores_that_are_probabilities_have_no_calibration_error() {
        // One in ten is listed; of all who score 0.5 half are, nobody else scores.
        let half = Scores::new([vec![0.5; 9], vec![0.0; 1]].concat(), [vec![0.5; 9], vec![0.0; 81]].concat());

        assert!(half.calibration_error(0.1, 0.1) < 1e-9);
        assert!((Scores::new(vec![1.0], vec![1.0]).calibration_error(0.001, 0.0) - 0.999).abs() < 1e-9);
    }
}
