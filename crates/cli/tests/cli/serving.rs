//! What `liftlock registry serve` refuses before it listens.

use crate::scenario::Scenario;

#[test]
fn a_registry_that_cannot_be_served_says_why() {
    let mut s = Scenario::new();
    let serve = ["registry", "serve", "registry"];
    let everywhere = ["--listen", "0.0.0.0:0"];
    for (code, words) in [
        (2, &everywhere[..]),
        (2, &["--listen", "0.0.0.0:0", "--htpasswd", "users"]),
        (2, &["--anonymous-pull"]),
        (2, &["--tls-cert", "cert.pem"]),
        (2, &["--fault", "nonsense"]),
        (2, &["--fault", "too-many=soon"]),
        (2, &["--fault", "close,on=layers"]),
        (1, &["--htpasswd", "users"]),
        (1, &["--tls-cert", "cert.pem", "--tls-key", "key.pem"]),
    ] {
        s.ends(code, &[&serve[..], words].concat());
    }
    std::fs::write(s.world.folder().join("users"), "ann:$apr1$x$y\n").expect("a file");
    s.ends(1, &[&serve[..], &["--htpasswd", "users"]].concat());
    assert!(!s.world.folder().join("registry").exists());
    s.end("serving");
}
