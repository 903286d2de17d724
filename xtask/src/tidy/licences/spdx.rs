//! SPDX license expressions (SPDX 2.3, annex D), as far as packages use them: identifiers, `WITH`,
//! `AND`, `OR`, parentheses; and the `/` of old Cargo packages, which meant `OR`.

/// Most parentheses around one another.
const DEPTH_MAX: usize = 16;

/// Why an expression has no meaning.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SpdxError {
    #[error("licence expression {0:?} cannot be read")]
    Malformed(String),
    #[error("licence expression {0:?} has more than {DEPTH_MAX} nested parentheses")]
    TooDeep(String),
}

/// Whether an expression can be met with the allowed licences alone. A licence with an exception
/// is one of its own: it is listed as `Apache-2.0 WITH LLVM-exception`.
pub(super) fn permitted(expression: &str, allowed: &[&str]) -> Result<bool, SpdxError> {
    let spaced = ["(", ")", "/"].iter().fold(expression.to_owned(), |s, c| {
        s.replace(c, &format!(" {c} "))
    });
    let mut reader = Reader {
        expression,
        words: spaced.split_whitespace().collect(),
        at: 0,
        depth: 0,
        allowed,
    };
    let permitted = reader.any()?;
    if reader.at < reader.words.len() {
        return Err(reader.malformed());
    }
    Ok(permitted)
}

struct Reader<'a> {
    expression: &'a str,
    words: Vec<&'a str>,
    at: usize,
    depth: usize,
    allowed: &'a [&'a str],
}

impl Reader<'_> {
    fn any(&mut self) -> Result<bool, SpdxError> {
        let mut permitted = self.all()?;
        while self.take("OR") || self.take("/") {
            permitted |= self.all()?;
        }
        Ok(permitted)
    }

    fn all(&mut self) -> Result<bool, SpdxError> {
        let mut permitted = self.one()?;
        while self.take("AND") {
            permitted &= self.one()?;
        }
        Ok(permitted)
    }

    fn one(&mut self) -> Result<bool, SpdxError> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err(SpdxError::TooDeep(self.expression.to_owned()));
            }
            let permitted = self.any()?;
            self.depth -= 1;
            return if self.take(")") {
                Ok(permitted)
            } else {
                Err(self.malformed())
            };
        }
        let mut name = self.identifier()?.to_owned();
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.identifier()?);
        }
        Ok(self.allowed.contains(&name.as_str()))
    }

    fn identifier(&mut self) -> Result<&str, SpdxError> {
        const OPERATORS: [&str; 6] = ["AND", "OR", "WITH", "(", ")", "/"];
        let next = self.words.get(self.at).copied();
        let Some(word) = next.filter(|word| !OPERATORS.contains(word)) else {
            return Err(self.malformed());
        };
        self.at += 1;
        Ok(word)
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(there);
        there
    }

    fn malformed(&self) -> SpdxError {
        SpdxError::Malformed(self.expression.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &[&str] = &["MIT", "Apache-2.0", "ISC"];

    #[test]
    fn one_side_of_or_and_both_of_and() {
        let check = |expression: &str, expected: bool| {
            let permitted = permitted(expression, ALLOWED);
            assert_eq!(permitted, Ok(expected), "{expression}");
        };
        check("MIT", true);
        check("GPL-3.0-only", false);
        check("GPL-3.0-only OR MIT", true);
        check("MIT/Unlicense", true);
        check("MIT AND Unicode-3.0", false);
        check("Apache-2.0 AND ISC", true);
        check("(MIT OR X) AND (Y OR ISC)", true);
        check("MIT OR X AND Y", true);
        check("(MIT OR X) AND Y", false);
        check("Apache-2.0 WITH LLVM-exception", false);
        check("Apache-2.0 WITH LLVM-exception OR MIT", true);
    }

    #[test]
    fn an_exception_is_listed_with_its_licence() {
        let allowed = ["Apache-2.0 WITH LLVM-exception"];
        assert_eq!(
            permitted("Apache-2.0 WITH LLVM-exception", &allowed),
            Ok(true)
        );
        assert_eq!(permitted("Apache-2.0", &allowed), Ok(false));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "AND MIT"] {
            let malformed = SpdxError::Malformed(expression.to_owned());
            assert_eq!(permitted(expression, ALLOWED), Err(malformed));
        }
        let deep = "(".repeat(DEPTH_MAX + 1) + "MIT";
        assert_eq!(
            permitted(&deep, ALLOWED),
            Err(SpdxError::TooDeep(deep.clone()))
        );
    }
}
