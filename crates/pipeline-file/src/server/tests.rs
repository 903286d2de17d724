use super::*;

fn check(text: &str) -> Result<ServerFile, Vec<String>> {
    let source = Source {
        name: "server.yaml",
        text: text.as_bytes(),
    };
    parse_server(&source).map_err(|found| {
        let lines = found.iter().map(|found| {
            let hint = found.hint.as_deref().unwrap_or_default();
            format!("{}:{} {}; {hint}", found.line, found.column, found.message)
        });
        lines.collect()
    })
}

#[test]
fn a_whole_file_is_read() {
    let file = check(
        "version: 1\nstate: /var/lib/liftlock/state.db\nlisten: '[::]:8443'\n\
         tls: { cert: cert.pem, key: key.pem }\ntrusted-proxies: [10.0.0.0/8, '::1']\n\
         behind-proxy: false\nmetrics: { listen: '127.0.0.1:9464', token-file: token }\n\
         log: { format: json, level: debug }\ntraces: { otlp: 'http://127.0.0.1:4318' }\n\
         shutdown: { delay: 5s, within: 1m }\nlimits: { connections: 10, burst: 7 }\n",
    )
    .unwrap();
    assert_eq!(file.state.as_deref(), Some("/var/lib/liftlock/state.db"));
    assert_eq!(file.listen.map(|listen| listen.port), Some(8443));
    assert_eq!(
        file.tls,
        Some(("cert.pem".to_owned(), "key.pem".to_owned()))
    );
    let networks: Vec<String> = file
        .trusted_proxies
        .iter()
        .map(Network::to_string)
        .collect();
    assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
    assert_eq!((file.log_json, file.log_level), (Some(true), Some("debug")));
    assert_eq!(file.limits.connections, Some(10));
    assert_eq!(file.limits.burst, Some(7));
    assert_eq!(file.shutdown_within, Some(Span::from_us(60_000_000)));
    assert_eq!(check("version: 1\n"), Ok(ServerFile::default()));
}

#[test]
fn every_problem_is_said_at_once_with_its_place_and_the_nearest_key() {
    let found = check(
        "version: 1\nlisten: localhost\ntsl: {}\ntls: { cert: c }\n\
         metrics: { tokenfile: t }\nlog: { format: yaml }\nlimits: { connections: 0 }\n\
         trusted-proxies: 10.0.0.0/33\n",
    );
    assert_eq!(
        found.unwrap_err(),
        [
            "2:9 expected an address and a port, such as 127.0.0.1:8080 or [::]:8443; ",
            "3:1 unknown key `tsl`; did you mean `tls`?",
            "4:1 a certificate needs `key`; name the file of its private key",
            "5:12 unknown key `tokenfile`; did you mean `token-file`?",
            "6:16 `yaml` is not one of these; known are `text`, `json`",
            "7:24 a limit is 1 to 1000000000; ",
            "8:18 expected an address, or a network such as 10.0.0.0/8; ",
        ]
    );
}

#[test]
fn a_file_of_another_version_or_none_is_refused() {
    for (text, expected) in [
        ("", "1:1 the file is empty"),
        ("version: 2\n", "1:10 this version"),
        (
            "listen: 127.0.0.1:1\n",
            "1:1 a server's file needs `version`",
        ),
        (
            "- a\n",
            "1:1 expected a server's file (a mapping), found a list",
        ),
    ] {
        let found = check(text).unwrap_err();
        assert!(found[0].starts_with(expected), "{found:?}");
    }
}

#[test]
fn a_password_in_an_address_is_refused_and_not_shown() {
    let source = Source {
        name: "server.yaml",
        text: b"version: 1\ntraces: { otlp: 'http://user:hunter2@collector' }\n",
    };
    let found = parse_server(&source).unwrap_err();
    assert!(!format!("{found:?}").contains("hunter2"));
    assert!(
        found[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("OTEL_EXPORTER_OTLP_HEADERS")
    );
}
