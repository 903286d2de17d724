//! What is asked of the benchmark.

use super::cases::CASES;
use super::client;
use crate::peers::trouble::Trouble;

/// How it is used.
pub(super) const USAGE: &str = "cargo xtask bench [--quick] [--json] [--runs N] [--profile NAME] \
    [--registry docker-registry|distribution|embedded] [--without CLIENT] [CASE...]";

/// Runs of each client where nothing is said.
const RUNS: u32 = 5;
/// More tell nothing more.
const RUNS_MAX: u32 = 1000;

/// The registries to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    DockerRegistry,
    Distribution,
    Embedded,
}

/// The choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Tiny sizes and one run: whether it works, not how fast.
    pub(super) quick: bool,
    pub(super) json: bool,
    pub(super) runs: u32,
    /// Cargo's profile of the product.
    pub(super) profile: String,
    pub(super) registry: Kind,
    /// Clients that are left out.
    pub(super) without: Vec<String>,
    cases: Vec<String>,
}

impl Options {
    /// Reads the words after `bench`.
    pub(super) fn parse(words: &[&str]) -> Result<Self, Trouble> {
        let mut options = Self {
            quick: false,
            json: false,
            runs: RUNS,
            profile: "release".to_owned(),
            registry: Kind::DockerRegistry,
            without: Vec::new(),
            cases: Vec::new(),
        };
        let mut words = words.iter().copied();
        let mut runs = None;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| misused(word));
            match word {
                "--quick" => options.quick = true,
                "--json" => options.json = true,
                "--runs" => runs = Some(value()?),
                "--profile" => options.profile = value()?.to_owned(),
                "--registry" => options.registry = kind(value()?)?,
                "--without" => options.without.push(client(value()?)?),
                case if CASES.iter().any(|known| known.name == case) => {
                    options.cases.push(case.to_owned());
                }
                other => return Err(misused(other)),
            }
        }
        options.runs = match runs {
            None if options.quick => 1,
            None => RUNS,
            Some(text) => {
                let runs = text
                    .parse()
                    .ok()
                    .filter(|runs| (1..=RUNS_MAX).contains(runs));
                runs.ok_or_else(|| misused(text))?
            }
        };
        Ok(options)
    }

    /// Whether a case is to be played.
    pub(super) fn chose(&self, case: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|chosen| chosen == case)
    }

    /// One of two sizes.
    pub(super) fn size<T>(&self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }
}

fn kind(word: &str) -> Result<Kind, Trouble> {
    match word {
        "docker-registry" => Ok(Kind::DockerRegistry),
        "distribution" => Ok(Kind::Distribution),
        "embedded" => Ok(Kind::Embedded),
        other => Err(misused(other)),
    }
}

fn client(word: &str) -> Result<String, Trouble> {
    let known = client::Kind::ALL.iter().find(|kind| kind.name() == word);
    known
        .map(|kind| kind.name().to_owned())
        .ok_or_else(|| misused(word))
}

fn misused(word: &str) -> Trouble {
    let cases: Vec<_> = CASES.iter().map(|case| case.name).collect();
    Trouble::Misused {
        word: word.to_owned(),
        usage: format!("{USAGE}; cases are {}", cases.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_cases_come_in_any_order() {
        let options = Options::parse(&["retag", "--runs", "7", "--json", "bulk"]).unwrap();
        assert_eq!(
            (options.runs, options.json, options.quick),
            (7, true, false)
        );
        assert!(options.chose("bulk") && options.chose("retag") && !options.chose("mirrors"));
        let options = Options::parse(&["--quick", "--registry", "embedded"]).unwrap();
        assert_eq!((options.runs, options.registry), (1, Kind::Embedded));
        assert!(options.chose("mirrors"));
        assert_eq!(Options::parse(&["--quick", "--runs", "2"]).unwrap().runs, 2);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for words in [
            &["no-case"][..],
            &["--runs"],
            &["--runs", "0"],
            &["--runs", "x"],
            &["--registry", "ecr"],
            &["--without", "docker"],
        ] {
            let refused = Options::parse(words).unwrap_err().to_string();
            assert!(refused.contains("mirrors"), "{refused}");
        }
    }
}
