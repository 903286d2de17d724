//! wrk, a plain load generator: what a registry answers when nobody thinks between requests.

use std::path::Path;
use std::time::Duration;

use crate::peers::access_log::Request;
use crate::peers::folder::write;
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// What one replayed request has.
const SCRIPT: &str = r#"
local place = "PLACE"
local requests, at = {}, 0
function init(args)
  local file = assert(io.open(place .. "/body", "rb"))
  local body = file:read("*a")
  file:close()
  for line in io.lines(place .. "/requests") do
    local method, path = line:match("^(%S+) (%S+)$")
    local headers = { ["Accept"] = "TYPE", ["Content-Type"] = "TYPE" }
    local content = nil
    if method == "PUT" then content = body end
    requests[#requests + 1] = wrk.format(method, path, headers, content)
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency, all)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("\nRESULT %d %d %d\n", summary.requests, summary.duration, errors))
end
"#;

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answered {
    pub(super) requests: u32,
    pub(super) within_s: f64,
    /// Of the requests, those that were not answered with success.
    pub(super) errors: u32,
}

/// How hard requests are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// On so many connections at once.
    pub(super) connections: u32,
    /// For this long, in whole seconds.
    pub(super) duration: Duration,
}

/// Sends the same requests, GET for HEAD, again and again; `body` is the content of every PUT.
pub(super) fn replay(
    host: &str,
    place: &Path,
    requests: &[Request],
    (media_type, body): (&str, &str),
    load: Load,
) -> Result<Answered, Trouble> {
    let lines = requests.iter().map(|request| {
        // wrk waits for the content that an answer to HEAD only describes.
        let method = request.method.replace("HEAD", "GET");
        format!("{method} {}\n", request.path)
    });
    write(&place.join("requests"), lines.collect::<String>())?;
    write(&place.join("body"), body)?;
    let folder = place.display().to_string();
    let script = SCRIPT.replace("PLACE", &folder).replace("TYPE", media_type);
    let file = place.join("replay.lua");
    write(&file, script)?;
    let file = file.display().to_string();
    let connections = format!("-c{}", load.connections);
    let duration = format!("-d{}s", load.duration.as_secs());
    let address = format!("http://{host}");
    let words = ["-t1", &connections, &duration, "-s", &file, &address];
    let said = Program::new("wrk", words).must()?;
    parse(&said).ok_or_else(|| Trouble::answer("wrk", said))
}

/// `RESULT requests microseconds errors`
fn parse(said: &str) -> Option<Answered> {
    let line = said.lines().find_map(|line| line.strip_prefix("RESULT "))?;
    let mut numbers = line.split(' ');
    let requests = numbers.next()?.parse().ok()?;
    let within_s = numbers.next()?.parse::<f64>().ok()? / 1e6;
    let errors = numbers.next()?.parse().ok()?;
    Some(Answered {
        requests,
        within_s,
        errors,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_read_from_what_wrk_prints() {
        let said =
            "Running 1s test @ http://127.0.0.1:1\nRequests/sec:  9.00\n\nRESULT 5000 2500000 3\n";
        let expected = Answered {
            requests: 5000,
            within_s: 2.5,
            errors: 3,
        };
        assert_eq!(parse(said), Some(expected));
        assert_eq!(parse("unable to connect\n"), None);
    }
}
