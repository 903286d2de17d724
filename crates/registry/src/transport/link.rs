//! The `Link` header: the next page of a list (RFC 8288; distribution specification).

use liftlock_engine::ports::RegistryError;
use reqwest::Url;
use reqwest::header::LINK;

use super::response::Response;
use crate::client::Client;
use crate::failure::content;

impl Client {
    /// The target of `Link: <...>; rel="next"`. One that leads away from the registry is an
    /// error: the list would end too early.
    pub(crate) fn next_page(
        &self,
        what: &str,
        response: &Response,
        from: &Url,
    ) -> Result<Option<Url>, RegistryError> {
        let values = response.headers().get_all(LINK).iter();
        let mut targets = values.filter_map(|value| next_target(value.to_str().ok()?));
        let Some(target) = targets.next() else {
            return Ok(None);
        };
        let endpoint = &self.transport.endpoint;
        let url = endpoint
            .resolve(from, target)
            .filter(|url| endpoint.is_home(url));
        match url {
            Some(url) => Ok(Some(url)),
            None => Err(content(what, "its next page is not at the registry")),
        }
    }
}

/// The target of the first link with the relation `next` in a header value (RFC 8288, section 3).
pub fn next_target(links: &str) -> Option<&str> {
    let mut rest = links;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let (parameters, after) = split_unquoted(after, ',');
        if is_next(parameters) {
            return Some(target);
        }
        rest = after;
    }
}

/// Whether the first `rel` among a link's parameters says `next`, be it beside other relations.
fn is_next(mut parameters: &str) -> bool {
    while !parameters.is_empty() {
        let (parameter, after) = split_unquoted(parameters, ';');
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            return relations.any(|relation| relation.eq_ignore_ascii_case("next"));
        }
        parameters = after;
    }
    false
}

/// What is before and after the first `separator` that is in no quoted text.
fn split_unquoted(text: &str, separator: char) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    let at = text.find(|c| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        escaped = quoted && c == '\\';
        quoted ^= c == '"';
        c == separator && !quoted
    });
    match at {
        Some(at) => (&text[..at], &text[at + separator.len_utf8()..]),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found() {
        assert_eq!(
            next_target(r#"</v2/a/tags/list?n=2&last=b>; rel="next""#),
            Some("/v2/a/tags/list?n=2&last=b")
        );
        assert_eq!(
            next_target(r#"</p>; rel="prev", </n>; rel=next"#),
            Some("/n")
        );
        assert_eq!(next_target(r#"</p>; rel="prev""#), None);
        assert_eq!(next_target(r#"</n>; Rel = "last next"; x=y"#), Some("/n"));
        assert_eq!(next_target("<"), None);
        assert_eq!(
            next_target(r#"</a>; title="x; rel=next"; rel="prev""#),
            None
        );
        assert_eq!(
            next_target(r#"</p>; title="</a>; rel=next, \"<"; rel=prev, </n>; rel=next"#),
            Some("/n")
        );
        assert_eq!(next_target(r#"</n> ; REL = "last Next""#), Some("/n"));
    }
}
