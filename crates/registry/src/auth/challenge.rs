//! `WWW-Authenticate` challenges (RFC 9110, section 11.6.1).

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// User name and password with every request.
    Basic,
    /// A token from a token service (distribution's token authentication).
    Bearer {
        /// The token service's address.
        realm: String,
        /// The name of the registry at that service.
        service: Option<String>,
    },
}

impl Challenge {
    /// The challenge to answer among the header's values: Bearer before Basic.
    pub(crate) fn choose<'a>(values: impl Iterator<Item = &'a str>) -> Option<Self> {
        let all: Vec<Self> = values.flat_map(parse).collect();
        let bearer = all.iter().find(|c| matches!(c, Self::Bearer { .. }));
        bearer.or(all.first()).cloned()
    }
}

/// The known challenges in one header value; several may stand in one, separated by commas.
fn parse(value: &str) -> Vec<Challenge> {
    let mut found = Vec::new();
    let mut rest = value.trim_start();
    while !rest.is_empty() {
        let (scheme, after) = split_token(rest);
        if scheme.is_empty() {
            break;
        }
        let (parameters, after) = parse_parameters(after);
        let get = |name: &str| {
            let same = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
            parameters.iter().find(same).map(|(_, value)| value.clone())
        };
        if scheme.eq_ignore_ascii_case("basic") {
            found.push(Challenge::Basic);
        } else if scheme.eq_ignore_ascii_case("bearer")
            && let Some(realm) = get("realm")
        {
            found.push(Challenge::Bearer {
                realm,
                service: get("service"),
            });
        }
        rest = after;
    }
    found
}

/// Reads `name=value` pairs up to the next scheme or the end.
fn parse_parameters(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut parameters = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (name, after) = split_token(rest);
        let Some(after) = after
            .trim_start()
            .strip_prefix('=')
            .filter(|_| !name.is_empty())
        else {
            return (parameters, rest);
        };
        let (value, after) = parse_value(after.trim_start());
        parameters.push((name.to_owned(), value));
        rest = after;
    }
}

fn parse_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (token, after) = text.split_at(text.find([',', ' ', '\t']).unwrap_or(text.len()));
        return (token.to_owned(), after);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

fn split_token(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)));
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(value: &str) -> Option<Challenge> {
        Challenge::choose([value].into_iter())
    }

    #[test]
    fn challenges_of_real_registries_are_read() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer {
                realm: realm.to_owned(),
                service: service.map(str::to_owned),
            })
        };
        assert_eq!(
            choose(
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#
            ),
            bearer("https://auth.docker.io/token", Some("registry.docker.io"))
        );
        assert_eq!(
            choose(r#"bearer realm=https://x/token"#),
            bearer("https://x/token", None)
        );
        assert_eq!(
            choose(r#"Basic realm="a, \"b\"", Bearer realm="https://x/t""#),
            bearer("https://x/t", None)
        );
        assert_eq!(choose(r#"Basic realm="registry""#), Some(Challenge::Basic));
        assert_eq!(choose("BASIC"), Some(Challenge::Basic));
    }

    #[test]
    fn nonsense_is_no_challenge() {
        for bad in [
            "",
            "Negotiate",
            "Bearer",
            "Bearer service=\"x\"",
            "Bearer realm",
            "\"",
            "=,=",
            "é",
        ] {
            assert_eq!(choose(bad), None, "{bad}");
        }
        assert_eq!(
            choose("Bearer realm=\"unterminated"),
            Some(Challenge::Bearer {
                realm: "unterminated".into(),
                service: None
            })
        );
    }
}
