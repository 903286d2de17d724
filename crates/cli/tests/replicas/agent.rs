//! An agent beside a host carries out what its server decides, once, whichever of the two is killed
//! meanwhile; and can do nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::ops::Deref;

use liftlock_testkit::Process;
use serde_json::{Value, json};

use crate::fleet::until;
use crate::machines;
use crate::shops::Shops;

const PROGRAM: &str = env!("CARGO_BIN_EXE_liftlock");
const STATE: &str = ".liftlock/state.db";

/// A server, and the folder of a machine with an agent.
struct Team {
    shops: Shops,
    address: String,
    server: Ended,
    /// The secret of the administrator's token.
    root: String,
}

impl Team {
    fn new() -> Self {
        let mut shops = Shops::labelled(STATE, "prod-host");
        machines::prepare(&shops.world);
        shops.build();
        machines::make(&shops.world, "edge");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let listen = free.local_addr().expect("an address").to_string();
        drop(free);
        let server = serve(&shops, &listen);
        let said = server.stderr();
        let setup = said.split("LIFTLOCK_SETUP_TOKEN=").nth(1);
        let setup = setup.and_then(|rest| rest.split_whitespace().next());
        let setup = setup.expect("a setup token").to_owned();
        let address = format!("http://{listen}");
        let words = ["setup", &address, "--token", "root"];
        let made = shops
            .world
            .run_with(PROGRAM, &words, ("LIFTLOCK_SETUP_TOKEN", &setup));
        let root = made.stdout.trim().to_owned();
        Self {
            shops,
            address,
            server,
            root,
        }
    }

    /// Makes a token, and gives its secret.
    fn token(&self, words: &[&str]) -> String {
        let create = ["token", "create"];
        let state = ["--state", &self.address];
        let words = [&create[..], words, &state].concat();
        let root = ("LIFTLOCK_TOKEN", self.root.as_str());
        let made = self.shops.world.run_with(PROGRAM, &words, root);
        assert_eq!(made.code, 0, "{made:?}");
        made.stdout.trim().to_owned()
    }

    fn restart(&mut self) {
        self.server.kill();
        let listen = self.address.trim_start_matches("http://");
        self.server = serve(&self.shops, listen);
    }

    fn agent(&self) -> Ended {
        let words = [
            "LIFTLOCK_TOKEN_FILE=edge/token",
            PROGRAM,
            "--file",
            "edge/shop-0.yaml",
            "serve",
            "--worker",
            &self.address,
            "--worker-label",
            "prod-host",
            "--allow-program",
            "./deploy.sh,./check.sh",
        ];
        Ended(self.shops.world.spawn("env", &words))
    }

    fn promotions(&self, environment: &str) -> Vec<Value> {
        let history = self.shops.run(0, &["history", "--json"]).json();
        let all = history["result"]["promotions"].as_array().cloned();
        let mut all = all.unwrap_or_default();
        all.retain(|of| of["request"]["environment"] == environment);
        all
    }

    fn has_succeeded(&self, count: usize) -> bool {
        let all = self.promotions("production-0");
        let done = |of: &&Value| of["outcome"]["result"] == "succeeded";
        all.iter().filter(done).count() == count
    }

    fn deployed(&self) -> usize {
        let all = self.shops.world.deployments();
        let there = all.iter().filter(|of| of.environment == "production-0");
        there.count()
    }

    /// In whose folder a deployment to production is held.
    fn held_in(&self) -> Option<String> {
        let path = self.shops.world.folder().join("running/production-0.held");
        Some(fs::read_to_string(path).ok()?.trim().to_owned())
    }

    /// The programs that deploy in the agent's folder: those of an agent that was killed too.
    fn deploying(&self) -> BTreeSet<u32> {
        let folder = self.shops.world.folder().join("edge");
        let folder = folder.canonicalize().expect("a folder");
        let all = fs::read_dir("/proc").expect("/proc");
        let all = all.filter_map(|item| item.ok()?.file_name().to_str()?.parse().ok());
        let is_it = |pid: &u32| {
            let of = |what: &str| format!("/proc/{pid}/{what}");
            let program = fs::read_to_string(of("cmdline")).unwrap_or_default();
            fs::read_link(of("cwd")).is_ok_and(|cwd| cwd == folder) && program.contains("deploy.sh")
        };
        all.filter(is_it).collect()
    }
}

/// A process that ends with its test.
struct Ended(Process);

impl Deref for Ended {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.0
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill();
    }
}

fn serve(shops: &Shops, listen: &str) -> Ended {
    let words = [
        "--state",
        STATE,
        "--file",
        "shop-0.yaml",
        "serve",
        "--listen",
        listen,
        "--allow-program",
        "./deploy.sh,./check.sh",
    ];
    let server = shops.world.spawn(PROGRAM, &words);
    until("it serves", || {
        assert!(server.is_running(), "{:?}", server.wait());
        server.stdout().contains("serving at")
    });
    Ended(server)
}

#[test]
fn an_agent_carries_out_what_its_server_decides_once() {
    let mut team = Team::new();
    let secret = team.token(&["edge-1", "--worker", "--label", "prod-host"]);
    team.shops.world.write("edge/token", &secret);
    until("production waits", || {
        let waits = team.promotions("production-0");
        waits.first().is_some_and(|of| of["status"] == "waiting")
    });
    assert_eq!(team.deployed(), 0);

    team.shops.world.toggle("deploy-held");
    let agent = team.agent();
    until("the agent deploys, where it is", || {
        assert!(agent.is_running(), "{:?}", agent.wait());
        team.held_in().as_deref() == Some("edge")
    });
    let left = team.deploying();
    assert!(!left.is_empty());
    agent.kill();
    let agent = team.agent();
    until("the next one ends it, and begins the step again", || {
        assert!(agent.is_running(), "{:?}", agent.wait());
        let now = team.deploying();
        !now.is_empty() && now.is_disjoint(&left)
    });
    team.shops.world.release("deploy-held");
    until("r1 is there", || team.has_succeeded(1));
    assert_eq!(team.deployed(), 1);

    team.shops.build();
    until("r2 is there", || team.has_succeeded(2));
    assert_eq!(team.deployed(), 2);
    agent.signal("TERM");
    assert_eq!(agent.wait().code, 0);

    team.shops.build();
    until("r3 is asked for in production", || {
        team.promotions("production-0").len() == 3
    });
    team.shops.world.toggle("deploy-held");
    let agent = team.agent();
    until("the agent deploys r3", || !team.deploying().is_empty());
    let before = team.deploying();
    team.restart();
    assert!(!team.deploying().is_disjoint(&before), "what runs goes on");
    team.shops.world.release("deploy-held");
    until("r3 is there, though the server was killed", || {
        assert!(agent.is_running(), "{:?}", agent.wait());
        team.has_succeeded(3)
    });
    assert_eq!(team.deployed(), 3);
    let repeated = machines::judge(&team.shops.world);
    assert_eq!(repeated, 0, "nothing was deployed twice");
    agent.signal("TERM");
    let ended = agent.wait();
    assert_eq!(ended.code, 0, "{ended:?}");
    // What a server that is away means for each pipeline is not said besides.
    let log = format!("{}{}", ended.stdout, ended.stderr);
    let mut unlooked = log
        .lines()
        .filter(|line| line.contains("could not be looked"));
    assert!(
        !unlooked.any(|line| line.contains("cannot be reached")),
        "{log}"
    );
    team.server.kill();
}

/// Every route of agents, with something that makes sense there.
fn routes() -> Vec<(&'static str, String, Value)> {
    let within = "pipelines/shop-0/environments/production-0";
    let begins = json!({ "what": "step-begins", "promotion": "p2", "step": 0 });
    vec![
        ("GET", "pipelines".to_owned(), Value::Null),
        ("GET", "changes?from=0".to_owned(), Value::Null),
        (
            "GET",
            "pipelines/shop-0/entries?after=0".to_owned(),
            Value::Null,
        ),
        ("GET", format!("{within}/observations"), Value::Null),
        ("POST", format!("{within}/lease"), json!({})),
        (
            "DELETE",
            format!("{within}/lease?watch=false&epoch=1"),
            Value::Null,
        ),
        ("POST", format!("{within}/take"), json!({ "epoch": 1 })),
        (
            "POST",
            format!("{within}/results"),
            json!({ "handed": begins }),
        ),
        (
            "POST",
            format!("{within}/observations"),
            json!({ "epoch": 1, "after": 0, "observations": [] }),
        ),
        ("POST", format!("{within}/blobs?epoch=1"), json!({})),
    ]
}

/// What a request is answered: its status and code.
fn ask(team: &Team, secret: Option<&str>, route: &(&str, String, Value)) -> (u16, Value) {
    let (method, path, document) = route;
    let url = format!("{}/api/v1/{path}", team.address);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let method = method.parse().expect("a method");
        let mut request = reqwest::Client::new().request(method, &url);
        if let Some(secret) = secret {
            request = request.bearer_auth(secret);
        }
        if !document.is_null() {
            request = request.json(document);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or_default())
    })
}

#[test]
fn an_agent_reaches_its_own_work_and_nobody_else_does() {
    let team = Team::new();
    let work = |route: (&'static str, String, Value)| {
        let (method, path, document) = route;
        (method, format!("work/{path}"), document)
    };
    let own = team.token(&["edge-1", "--worker", "--label", "prod-host"]);
    let other = team.token(&["edge-2", "--worker", "--label", "other"]);
    let elsewhere = [
        "edge-3",
        "--worker",
        "--label",
        "prod-host",
        "--pipeline",
        "app",
    ];
    let elsewhere = team.token(&elsewhere);
    let ci = team.token(&["ci"]);
    for route in routes().into_iter().map(work) {
        let over_all = !route.1.contains("shop-0");
        for (who, secret, expected) in [
            ("nobody", None, &[401][..]),
            ("the administrator", Some(&team.root), &[403]),
            ("a job", Some(&ci), &[403]),
            (
                "another label",
                Some(&other),
                if over_all { &[200] } else { &[404] },
            ),
            (
                "another pipeline",
                Some(&elsewhere),
                if over_all { &[200] } else { &[403] },
            ),
            ("the agent", Some(&own), &[200, 204, 409]),
        ] {
            let (status, answer) = ask(&team, secret.map(String::as_str), &route);
            assert!(
                expected.contains(&status),
                "{who} {route:?}: {status} {answer}"
            );
            if over_all && who.starts_with("another") {
                assert!(!answer.to_string().contains("shop-0"), "{who}: {answer}");
            }
        }
    }
    // What is not an agent's to say cannot even be said.
    let results = "work/pipelines/shop-0/environments/production-0/results";
    for what in [
        "adopt",
        "create-release",
        "import-release",
        "add-evidence",
        "record-attested",
        "revoke-evidence",
        "request",
        "commit",
        "give-up",
        "approve",
        "reject",
        "withdraw",
        "cancel",
        "rollback",
        "freeze",
        "unfreeze",
        "automatic",
        "request-override",
        "confirm-override",
        "review-override",
        "hold",
        "resume",
        "open-incident",
        "resolve-incident",
        "repair",
        "return",
        "note-watched",
        "expire",
    ] {
        let handed = json!({ "what": what, "environment": "production-0", "promotion": "p1",
            "release": "r1", "reason": "because" });
        let route = ("POST", results.to_owned(), json!({ "handed": handed }));
        let (status, answer) = ask(&team, Some(&own), &route);
        assert!([400, 422].contains(&status), "{what}: {status} {answer}");
    }
    // Staging has no label, and is not the agent's.
    let within = "work/pipelines/shop-0/environments/staging-0/lease".to_owned();
    let (status, _) = ask(&team, Some(&own), &("POST", within, json!({})));
    assert_eq!(status, 403);
    for path in [
        "pipelines",
        "pipelines/shop-0/promotions",
        "tokens",
        "pipelines/shop-0/status",
    ] {
        let (status, answer) = ask(&team, Some(&own), &("GET", path.to_owned(), Value::Null));
        assert_eq!(status, 403, "{path}: {answer}");
    }
    let approve = json!({ "release": "r1", "to": "production-0", "yes": true });
    let route = ("POST", "pipelines/shop-0/approvals".to_owned(), approve);
    assert_eq!(ask(&team, Some(&own), &route).0, 403);
    team.server.kill();
}
