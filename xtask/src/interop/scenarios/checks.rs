//! Checks beside each other against a deployed release: http, programs, the real k6 and the real
//! Prometheus.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::go;
use crate::peers::packages;
use crate::peers::ports;
use crate::peers::program::Outcome;
use crate::peers::trouble::Trouble;
use crate::peers::versions;

/// Longer than a daemon takes to listen.
const SOON: Duration = Duration::from_secs(60);

/// A load test: the second release asks for what is not there.
const LOAD: &str = "import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 2, iterations: 20, thresholds: { http_req_failed: ['rate<0.1'], checks: ['rate>0.9'] } };
export default function () {
  const path = __ENV.LIFTLOCK_RELEASE === '1.1.0' ? '/nothing' : '/health';
  const answer = http.get(`${__ENV.BASE_URL}${path}`);
  check(answer, { 'it answers': (a) => a.status === 200 });
}
";

/// One of two programs that each wait for the other: alone, neither ends well.
const MEETS: &str = "#!/bin/sh
touch \"here-$1-$LIFTLOCK_PROMOTION\"
for i in $(seq 300); do [ -e \"here-$2-$LIFTLOCK_PROMOTION\" ] && echo met && exit 0; sleep 0.1; done
exit 1
";

/// A program that would go on for a long time with the second release.
const LONG: &str = "#!/bin/sh
[ \"$LIFTLOCK_RELEASE\" = 1.1.0 ] || exit 0
echo $$ > long.pid
exec sleep 1000
";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let checks = Checks::new(world, report)?;
    for (tag, image) in [("1.0.0", &world.v1_0), ("1.1.0", &world.v1_1)] {
        image.push(&checks.shop.at(tag))?;
    }
    let outcome = checks.promotes("1.0.0", "staging")?;
    let said = [
        "all 2 thresholds held; requests 20; requests-failed 0",
        "value 1, == 1 for 2s",
        "check here: ok",
        "check there: ok",
        "e1 for load-test",
        "1.0.0 is in staging",
    ];
    report.ended(
        "a release passes all of its checks, side by side",
        &outcome,
        0,
        &said,
    );
    let outcome = checks.shop.types("ci", "evidence list 1.0.0")?;
    let said = ["load-test", "requests 20", "passed"];
    report.ended("the summary of k6 is evidence", &outcome, 0, &said);
    let outcome = checks.promotes("1.0.0", "production")?;
    report.ended(
        "and opens the gate downstream",
        &outcome,
        0,
        &["1.0.0 is in production"],
    );

    let outcome = checks.promotes("1.1.0", "staging")?;
    let said = [
        "check load",
        "2 of 2 thresholds crossed",
        "rolled back",
        "1.0.0 is there again",
        "stopped beside it",
    ];
    report.ended("crossed thresholds roll back", &outcome, 1, &said);
    checks.long_is_gone(report)?;
    let outcome = checks.promotes("1.1.0", "production")?;
    report.ended(
        "the gate downstream has the failure",
        &outcome,
        3,
        &["load-test", "failed"],
    );

    let outcome = checks.promotes("1.0.0", "empty")?;
    report.ended(
        "a query without data fails",
        &outcome,
        1,
        &["no data, expected > 0 for 0s"],
    );
    let outcome = checks.promotes("1.0.0", "wrong")?;
    report.ended(
        "a query that is none fails at once",
        &outcome,
        1,
        &["refused the query: bad_data"],
    );
    let outcome = checks.shop.types("ci", "log verify")?;
    report.ended(
        "the ledger is replayed to the same decisions",
        &outcome,
        0,
        &[],
    );
    checks.stop(report)
}

struct Checks<'a> {
    shop: Pipeline<'a>,
    prometheus: Background,
    path: String,
}

impl<'a> Checks<'a> {
    fn new(world: &'a World, report: &mut Report<'_>) -> Result<Self, Trouble> {
        let k6 = go::get(versions::K6, &mut |text| report.note(text))?;
        let folder = k6.parent().unwrap_or(Path::new("/")).display();
        let path = format!("{folder}:{}", packages::path());
        let repository = format!("{}/checks", world.registry.host);
        let shop = Pipeline::ungated(world, "checks", &repository, true)?;
        let [port] = ports::free()?;
        let checks = Self {
            prometheus: prometheus(&shop, port)?,
            shop,
            path,
        };
        checks.write(port)?;
        Ok(checks)
    }

    fn write(&self, port: u16) -> Result<(), Trouble> {
        let folder = &self.shop.folder;
        write(&folder.join("load.js"), LOAD)?;
        for (name, text) in [("meets.sh", MEETS), ("long.sh", LONG)] {
            let file = folder.join(name);
            write(&file, text)?;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&file, mode).map_err(Trouble::file(&file))?;
        }
        let file = folder.join("liftlock.yaml");
        let text = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
        let start = text.find("    checks:").unwrap_or(text.len());
        let base = format!("http://127.0.0.1:{}", self.shop.staging.port);
        let asks = |query: &str, expect: &str, more: &str| {
            format!(
                "{{ prometheus: 'http://127.0.0.1:{port}', query: '{query}', expect: '{expect}'{more} }}"
            )
        };
        let text = format!(
            "{}    checks:
      health: {{ http: '{base}/health', times: 2, within: 20s }}
      load: {{ k6: load.js, env: {{ BASE_URL: '{base}' }}, evidence: load-test, after: health }}
      here: {{ command: [./meets.sh, here, there] }}
      there: {{ command: [./meets.sh, there, here] }}
      long: {{ command: [./long.sh], within: 15m, after: health }}
      up: {}
    rollback: {{ on: [check] }}
  production:
    after: staging
    tags: [production]
    gates:
      load-test: {{ evidence: load }}
  empty:
    tags: [empty]
    gates: none
    checks: {{ a: {} }}
  wrong:
    tags: [wrong]
    gates: none
    checks: {{ a: {} }}
",
            &text[..start],
            asks("up{job=\"self\"}", "== 1", ", for: 2s, within: 60s"),
            asks("no_such_thing", "> 0", ", within: 3s"),
            asks("sum(", "> 0", ", within: 10m"),
        );
        write(&file, text)
    }

    fn promotes(&self, tag: &str, to: &str) -> Result<Outcome, Trouble> {
        let words = format!("promote {} --to {to}", self.shop.at(tag));
        self.shop
            .program("ci", &words)?
            .env("PATH", &self.path)
            .run()
    }

    /// The program that ran beside the check that failed.
    fn long_is_gone(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let file = self.shop.folder.join("long.pid");
        let pid = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
        let process = Path::new("/proc").join(pid.trim());
        let what = "the check that ran beside it was ended";
        report.that(what, !process.exists(), "no process", process.display());
        Ok(())
    }

    fn stop(mut self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let code = self.prometheus.terminate()?;
        report.equal("prometheus ends when asked", Some(0), code);
        Ok(())
    }
}

/// Prometheus, which looks at itself each second.
fn prometheus(shop: &Pipeline<'_>, port: u16) -> Result<Background, Trouble> {
    let folder = shop.folder.join("prometheus");
    fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
    let address = format!("127.0.0.1:{port}");
    let config = folder.join("prometheus.yml");
    write(
        &config,
        format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n- job_name: self\n  static_configs: [{{ targets: ['{address}'] }}]\n"
        ),
    )?;
    let words = [
        "prometheus".to_owned(),
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", folder.join("data").display()),
        format!("--web.listen-address={address}"),
    ];
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let variables = variables(&shop.world.folder)?;
    let mut daemon = Background::start(&words, &folder, &variables, &folder.join("log"))?;
    daemon.until(SOON, |log| {
        log.contains("ready to receive web requests").then_some(())
    })?;
    Ok(daemon)
}
