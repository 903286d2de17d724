//! The figures of several runs.

use serde::Serialize;

/// Least and middle of several values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) min: f64,
    pub(super) median: f64,
    pub(super) max: f64,
}

impl Spread {
    /// Of these values; nothing where there are none.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let upper = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[upper - 1], values[upper]),
            _ => values[upper],
        };
        Some(Self { min, median, max })
    }
}

/// A value as a multiple of the smallest of others; nothing where there are none.
pub(super) fn ratio(value: f64, others: impl IntoIterator<Item = f64>) -> Option<f64> {
    let best = others.into_iter().min_by(f64::total_cmp)?;
    (best > 0.0).then(|| value / best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], min: f64, median: f64, max: f64) {
        let expected = Spread { min, median, max };
        assert_eq!(Spread::of(values.iter().copied()), Some(expected));
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        check(&[3.0], 3.0, 3.0, 3.0);
        check(&[9.0, 1.0, 2.0], 1.0, 2.0, 9.0);
        check(&[4.0, 1.0, 2.0, 9.0], 1.0, 3.0, 9.0);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_ratio_is_to_the_best() {
        assert_eq!(ratio(3.0, [2.0, 6.0]), Some(1.5));
        assert_eq!(ratio(3.0, []), None);
        assert_eq!(ratio(3.0, [0.0]), None);
    }
}
