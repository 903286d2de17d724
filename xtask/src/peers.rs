//! The programs that the product is shown beside: how they are got, started and ended.

pub(crate) mod access_log;
pub(crate) mod background;
pub(crate) mod build;
pub(crate) mod busybox;
pub(crate) mod clock;
pub(crate) mod compose;
pub(crate) mod crane;
pub(crate) mod environment;
pub(crate) mod folder;
pub(crate) mod git_server;
pub(crate) mod go;
pub(crate) mod http;
pub(crate) mod in_toto;
pub(crate) mod junit;
pub(crate) mod layout;
pub(crate) mod noise;
pub(crate) mod oidc_provider;
pub(crate) mod packages;
pub(crate) mod ports;
pub(crate) mod postgres;
pub(crate) mod previous;
pub(crate) mod program;
pub(crate) mod python;
pub(crate) mod receiver;
pub(crate) mod registry;
pub(crate) mod sigstore_js;
pub(crate) mod skopeo;
pub(crate) mod software;
pub(crate) mod tlog;
pub(crate) mod tokens;
pub(crate) mod trouble;
pub(crate) mod versions;

use std::io::Write;

use self::trouble::Trouble;

/// What is told to whoever waits.
pub(crate) type Note<'a> = dyn FnMut(&str) + 'a;

/// What compose 2 is called among them.
const COMPOSE: &str = "compose";

/// Gets the programs in Go that are called one of `only`, or all of them, and says where they are.
pub(crate) fn run(out: &mut impl Write, only: &[&str]) -> Result<bool, Trouble> {
    let known: Vec<_> = versions::ALL.iter().map(|peer| peer.name).collect();
    let known = [&known[..], &[COMPOSE]].concat();
    if only.iter().any(|name| !known.contains(name)) {
        return Err(Trouble::NoPeer(known.join(", ")));
    }
    // Where standard output is closed, the exit code still speaks.
    let mut note = |text: &str| drop(writeln!(out, "{text}"));
    for peer in versions::ALL {
        if only.is_empty() || only.contains(&peer.name) {
            let program = go::get(peer, &mut note)?;
            note(&format!("{}: {}", peer.name, program.display()));
        }
    }
    if only.is_empty() || only.contains(&COMPOSE) {
        let program = compose::get(&mut note)?;
        note(&format!("{COMPOSE}: {}", program.display()));
    }
    Ok(true)
}
