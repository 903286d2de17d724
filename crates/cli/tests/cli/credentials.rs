//! Credential helpers: real programs on the PATH.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;

use liftlock_testkit::{Output, World};

use crate::scenario::LIFTLOCK;

/// `user:password`
const KNOWN: &str = "authorization: Basic dXNlcjpwYXNzd29yZA==";

/// A registry with one tag for whoever shows the password, until the test ends.
fn registry() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            answer(stream);
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..length]);
    let (status, body) = match request.contains(KNOWN) {
        true => ("200 OK", r#"{"tags":["build-1"]}"#),
        false => ("401 Unauthorized", "{}"),
    };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    let _ = stream.write_all(answer.as_bytes());
}

/// Lists the registry's tags with `helper`, a shell script, as `docker-credential-test`.
fn list(world: &World, address: &str, config: &str, helper: &str) -> Output {
    let config = config.replace("ADDRESS", address);
    world.write("docker/config.json", &config);
    world.write("bin/docker-credential-test", helper);
    let script = world.folder().join("bin/docker-credential-test");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(script, executable).expect("an executable");
    let path = format!(
        "PATH={}:/usr/bin:/bin",
        world.folder().join("bin").display()
    );
    let repository = format!("{address}/app");
    world.run(
        "env",
        &[
            &path,
            "DOCKER_CONFIG=docker",
            LIFTLOCK,
            "image",
            "list",
            "--names",
            &repository,
        ],
    )
}

/// Gives the password for what it is asked about, and keeps a note of what that was.
const HELPER: &str = "#!/bin/sh
test \"$1\" = get && cat >> asked && echo >> asked
echo '{\"ServerURL\":\"x\",\"Username\":\"user\",\"Secret\":\"password\"}'
";

#[test]
fn a_helper_is_asked_for_its_registry_once() {
    for config in [
        r#"{"credHelpers":{"ADDRESS":"test"}}"#,
        r#"{"credsStore":"test"}"#,
        r#"{"credsStore":"other","credHelpers":{"ADDRESS":"test"}}"#,
    ] {
        let (world, address) = (World::new(), registry());
        let output = list(&world, &address, config, HELPER);
        assert_eq!(output.code, 0, "{config} {output:?}");
        assert_eq!(output.stdout, "build-1\n");
        let asked = std::fs::read_to_string(world.folder().join("asked"));
        assert_eq!(asked.expect("a note"), format!("{address}\n"));
    }
}

#[test]
fn a_helper_that_knows_nothing_or_fails_shows_no_secret() {
    let by_helper = r#"{"credHelpers":{"ADDRESS":"test"}}"#;
    let unknown = "#!/bin/sh\ncat > asked\necho credentials not found in native keychain; exit 1\n";
    let broken = "#!/bin/sh\ncat > asked\necho hunter2; echo hunter2 >&2; exit 1\n";
    let no_json = "#!/bin/sh\ncat > asked\necho hunter2\n";
    let missing = r#"{"credHelpers":{"ADDRESS":"nowhere"}}"#;
    for (config, helper, said) in [
        (by_helper, unknown, "docker login"),
        (by_helper, broken, "docker-credential-test failed"),
        (by_helper, no_json, "helper"),
        (missing, HELPER, "is it on the PATH"),
    ] {
        let (world, address) = (World::new(), registry());
        let output = list(&world, &address, config, helper);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains(said), "{said}: {output:?}");
        assert!(output.stderr.contains(&address), "{output:?}");
        assert!(!format!("{output:?}").contains("hunter2"), "{output:?}");
    }
}
