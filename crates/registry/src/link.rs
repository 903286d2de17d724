//! The `Link` header: the next page of a list (RFC 8288; distribution specification).

use liftlock_engine::ports::RegistryError;
use reqwest::Url;
use reqwest::header::LINK;

use crate::client::Client;
use crate::failure::content;
use crate::transport::response::Response;

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

/// The target of the first link with the relation `next` in a `Link` header (RFC 8288).
pub fn next_target(link: &str) -> Option<&str> {
    let mut rest = link;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        if parameters.split([';', ',']).any(is_next) {
            return Some(target);
        }
        rest = after;
    }
}

/// Whether a parameter is `rel` and has `next` among its relations.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|r| r.eq_ignore_ascii_case("next"))
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
    }
}
