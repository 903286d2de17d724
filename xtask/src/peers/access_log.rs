//! What a registry says about the requests it answered.

/// A request, from an access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    /// The client, as it calls itself; nothing where the log does not say.
    pub(crate) agent: String,
}

/// The requests in a log, the oldest first.
pub(crate) fn requests(log: &str) -> impl Iterator<Item = Request> {
    log.lines()
        .filter_map(|line| combined(line).or_else(|| plain(line)))
}

/// Apache's combined log format, which Distribution writes.
fn combined(line: &str) -> Option<Request> {
    let mut quoted = line.split('"');
    let (_, request) = (quoted.next()?, quoted.next()?);
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    if !words.next()?.starts_with("HTTP/") {
        return None;
    }
    let status = quoted.next()?.trim().split(' ').next()?.parse().ok()?;
    let agent = quoted.nth(2)?.to_owned();
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        status,
        agent,
    })
}

/// `STATUS METHOD PATH`, which the embedded registry writes.
fn plain(line: &str) -> Option<Request> {
    let mut words = line.split(' ');
    let status = words.next()?.parse().ok()?;
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    path.starts_with("/v2/").then_some(Request {
        method,
        path,
        status,
        agent: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &str, agent: &str) {
        let found: Vec<_> = requests(log).collect();
        let expected = Request {
            method: "HEAD".to_owned(),
            path: "/v2/shop/manifests/a".to_owned(),
            status: 404,
            agent: agent.to_owned(),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn requests_are_read_from_the_log() {
        check(
            "time=\"2026-01-02T03:04:05Z\" level=info msg=\"listening on 127.0.0.1:1\"\n\
             127.0.0.1 - ci [02/Jan/2026:03:04:05 +0000] \"HEAD /v2/shop/manifests/a HTTP/1.1\" 404 157 \"\" \"liftlock/0.1.0\"\n",
            "liftlock/0.1.0",
        );
        check(
            "serving images at 127.0.0.1:1; Ctrl-C ends it\n404 HEAD /v2/shop/manifests/a\n",
            "",
        );
    }
}
