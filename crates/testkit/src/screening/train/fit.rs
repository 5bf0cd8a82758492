//! Logistic regression with a ridge penalty and signs that are known: one weight after the other, by Newton's method.

/// What a weight may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    Free,
    NotBelowZero,
    NotAbove(f64),
}

/// What is known of the weights beforehand.
pub struct Known<'a> {
    pub bounds: &'a [Bound],
    /// Of each pair the first is never above the second.
    pub orders: &'a [(usize, usize)],
}

impl Known<'_> {
    /// The nearest that the weight at this place may be, as the others are.
    fn allowed(&self, at: usize, wanted: f64, weights: &[f64]) -> f64 {
        let wanted = match self.bounds[at] {
            Bound::Free => wanted,
            Bound::NotBelowZero => wanted.max(0.0),
            Bound::NotAbove(most) => wanted.min(most),
        };
        self.orders.iter().fold(wanted, |wanted, (lower, upper)| match at {
            _ if at == *lower => wanted.min(weights[*upper]),
            _ if at == *upper => wanted.max(weights[*lower]),
            _ => wanted,
        })
    }
}

pub struct Sample<'a> {
    /// The first is 1 in every sample: its weight is the intercept, and has no penalty.
    pub features: &'a [f32],
    pub right: bool,
    pub weight: f64,
}

const SWEEPS_MAX: usize = 400;
const STEP_MAX: f64 = 2.0;
const STEP_MIN: f64 = 0.000_1;

/// The weights of the features under which the samples are most probable. Features are brought to one scale for the
/// penalty; the weights are of the features as given.
pub fn fit(samples: &[Sample<'_>], known: &Known<'_>, ridge: f64) -> Vec<f64> {
    let count = known.bounds.len();
    let columns: Vec<Vec<(u32, f64)>> = (0..count).map(|at| column(samples, at)).collect();
    let scales: Vec<f64> =
        columns.iter().enumerate().map(|(at, column)| scale(column, at, samples.len())).collect();
    let mut weights = vec![0.0; count];
    let mut sums = vec![0.0; samples.len()];
    for _ in 0..SWEEPS_MAX {
        let mut largest: f64 = 0.0;
        for (at, column) in columns.iter().enumerate() {
            let penalty = if at == 0 { 0.0 } else { ridge * scales[at] * scales[at] };
            let (mut slope, mut curve) = (penalty * weights[at], penalty + 1e-9);
            for &(row, value) in column {
                let sample = &samples[row as usize];
                let probability = 1.0 / (1.0 + f64::exp(-sums[row as usize]));
                slope += sample.weight * value * (probability - f64::from(u8::from(sample.right)));
                curve += sample.weight * value * value * probability * (1.0 - probability);
            }
            let most = STEP_MAX / scales[at];
            let wanted = weights[at] - (slope / curve).clamp(-most, most);
            let allowed = known.allowed(at, wanted, &weights);
            let step = allowed - weights[at];
            weights[at] = allowed;
            largest = largest.max((step * scales[at]).abs());
            for &(row, value) in column {
                sums[row as usize] += step * value;
            }
        }
        if largest < STEP_MIN {
            break;
        }
    }
    weights
}

/// What is not 0 of a feature, with its sample.
fn column(samples: &[Sample<'_>], at: usize) -> Vec<(u32, f64)> {
    let values = samples.iter().map(|sample| f64::from(sample.features.get(at).copied().unwrap_or(0.0)));
    (0..).zip(values).filter(|(_, value)| *value != 0.0).collect()
}

/// The standard deviation; 1 for the intercept and for what never varies.
fn scale(column: &[(u32, f64)], at: usize, count: usize) -> f64 {
    const LEAST: f64 = 0.001;
    let count = count.max(1) as f64;
    let mean = column.iter().map(|(_, value)| value).sum::<f64>() / count;
    let square = column.iter().map(|(_, value)| value * value).sum::<f64>() / count;
    let deviation = (square - mean * mean).max(0.0).sqrt();
    if at == 0 || deviation < LEAST { 1.0 } else { deviation }
}

#[cfg(test)]
mod tests {
    use screening::trial::Random;

    use super::*;

    #[test]
    fn known_weights_are_found_again_and_signs_are_kept() {
        let truth = [-1.0, 2.0, -0.5, 0.0];
        let mut random = Random::new(4);
        let mut uniform = || random.number() as f64 / u64::MAX as f64;
        let rows: Vec<([f32; 4], bool)> = (0..20_000)
            .map(|_| {
                let features = [1.0, uniform() as f32 * 4.0, uniform() as f32 * 4.0, uniform() as f32];
                let odds: f64 =
                    features.iter().zip(truth).map(|(value, weight)| f64::from(*value) * weight).sum();
                (features, uniform() < 1.0 / (1.0 + (-odds).exp()))
            })
            .collect();
        let samples: Vec<Sample<'_>> =
            rows.iter().map(|(features, right)| Sample { features, right: *right, weight: 1.0 }).collect();

        let fit = |bounds: &[Bound], orders: &[(usize, usize)]| fit(&samples, &Known { bounds, orders }, 1.0);
        let free = fit(&[Bound::Free; 4], &[]);
        let bound = fit(&[Bound::Free, Bound::NotBelowZero, Bound::NotBelowZero, Bound::NotAbove(0.0)], &[]);
        let in_order = fit(&[Bound::Free; 4], &[(1, 3)]);

        assert!(free.iter().zip(truth).all(|(found, truth)| (found - truth).abs() < 0.15), "{free:?}");
        assert!(bound[2] == 0.0 && bound[3] <= 0.0 && bound[1] > 0.0, "{bound:?}");
        assert!(in_order[1] <= in_order[3], "{in_order:?}");
    }
}
