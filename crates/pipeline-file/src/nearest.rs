//! Which known word an unknown one was meant to be.

/// The most changed characters between a word and what it was meant to be.
const DISTANCE_MAX: usize = 2;

/// The longest word that is compared.
const WORD_MAX: usize = 64;

/// The known word nearest to `word`: equal but for case, a few characters away, or one the start
/// of the other.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .filter_map(|candidate| rank(&lower, &candidate.to_lowercase()).map(|r| (r, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

fn rank(word: &str, candidate: &str) -> Option<usize> {
    let distance = distance(word, candidate);
    // Two changes in three characters are another word.
    let shorter = word.chars().count().min(candidate.chars().count());
    if distance <= DISTANCE_MAX.min(shorter / 2) {
        return Some(distance);
    }
    let prefix = shorter >= 3 && (candidate.starts_with(word) || word.starts_with(candidate));
    prefix.then_some(DISTANCE_MAX + distance)
}

/// Levenshtein distance, with a swap of neighbours as one change (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = usize::from(a[i - 1] != b[j - 1]);
                let mut least = (rows[i - 1][j] + 1)
                    .min(rows[i][j - 1] + 1)
                    .min(rows[i - 1][j - 1] + change);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["gates", "tags", "after", "environments", "on"];
        for (word, expected) in [
            ("gate", Some("gates")),
            ("Gates", Some("gates")),
            ("gaets", Some("gates")),
            ("env", Some("environments")),
            ("environments-x", Some("environments")),
            ("afer", Some("after")),
            ("xy", None),
            ("deployment", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(nearest(&"g".repeat(10_000), known), None);
    }
}
