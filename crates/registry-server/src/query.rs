//! Percent-decoding and queries (RFC 3986).

/// The longest query that is read, in bytes.
const QUERY_MAX: usize = 4 * 1024;

/// A request's query.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query; `None` where it is too long or not valid.
    pub(crate) fn parse(query: Option<&str>) -> Option<Self> {
        let query = query.unwrap_or_default();
        if query.len() > QUERY_MAX {
            return None;
        }
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((
                    decode(&name.replace('+', " "))?,
                    decode(&value.replace('+', " "))?,
                ))
            });
        pairs.collect::<Option<Vec<_>>>().map(Self)
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes all values of this name out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }
}

/// Decodes `%41` to `A`; `None` for what is not valid, or not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let (pair, after) = after.split_at_checked(2)?;
        let hex = |digit: u8| char::from(digit).to_digit(16);
        bytes.push(u8::try_from(hex(pair[0])? * 16 + hex(pair[1])?).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Encodes a value of a query: all but letters, digits and `-._~`.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse(Some("digest=sha256%3Aab&from=a/b&n=&x=a+b")).unwrap();
        assert_eq!(query.get("digest"), Some("sha256:ab"));
        assert_eq!(query.get("from"), Some("a/b"));
        assert_eq!(query.get("n"), Some(""));
        assert_eq!(query.get("x"), Some("a b"));
        assert_eq!(query.get("y"), None);
        assert_eq!(decode(&encode("a b/ä?&")).as_deref(), Some("a b/ä?&"));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%+1"] {
            assert!(Query::parse(Some(bad)).is_none(), "{bad}");
        }
        assert!(Query::parse(Some(&"a".repeat(QUERY_MAX + 1))).is_none());
    }
}
