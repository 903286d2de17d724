//! Debian's PostgreSQL over TLS: a state moves there and back, and goes on whatever becomes of its
//! connections.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::super::report::Report;
use super::super::shop::Shop;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::postgres::{PASSWORD, Postgres};
use crate::peers::trouble::Trouble;

/// How long servers may take until they listen again.
const LISTEN_AGAIN: Duration = Duration::from_secs(40);

const FILE: &str = ".liftlock/state.db";
const DATABASE: &str = "shop";

/// Sessions of the product.
const OURS: &str = "FROM pg_stat_activity WHERE datname = 'shop' AND client_addr IS NOT NULL";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let mut database = Postgres::start()?;
    database.database(DATABASE)?;
    let state = database.address(DATABASE, "localhost", &database.authority);
    let passwords = database.passwords.display().to_string();
    let mut shop = Shop::new(world, "postgres", &[("PGPASSFILE", &passwords)])?;
    moves_in(world, report, &mut shop, &state)?;
    strangers(world, report, &shop, &database)?;
    let mut servers = Vec::new();
    for name in ["one", "two"] {
        servers.push(shop.serve(&world.liftlock, &state, name)?);
    }
    keeps_secrets(report, &shop, &servers)?;
    goes_on(world, report, &mut shop, (&mut database, &state))?;
    shop.is_whole(report, &world.liftlock, &state)?;
    for server in &mut servers {
        report.equal("a server ends when asked", Some(0), server.terminate()?);
    }
    let root = shop.is_whole(report, &world.liftlock, &state)?;
    let back = shop.types(&world.liftlock, &state, &["state", "export", "back.db"])?;
    report.ended("the state moves back into a file", &back, 0, &[]);
    let found = shop.is_whole(report, &world.liftlock, "back.db")?;
    report.equal("with the same root", root, found);
    Ok(())
}

/// From a file, with its root.
fn moves_in(
    world: &World,
    report: &mut Report<'_>,
    shop: &mut Shop<'_>,
    state: &str,
) -> Result<(), Trouble> {
    let product = &*world.liftlock;
    let release = shop.ask(product, FILE)?;
    let mut server = shop.serve(product, FILE, "file")?;
    shop.gets_there(report, "a server on a file promotes", &release)?;
    let root = shop.is_whole(report, product, FILE)?;
    server.terminate()?;
    report.that(
        "log verify names the root",
        !root.is_empty(),
        "a root",
        "none",
    );
    let moved = shop.types(product, state, &["state", "import", FILE])?;
    report.ended("the state moves into PostgreSQL", &moved, 0, &[]);
    let found = shop.is_whole(report, product, state)?;
    report.equal("with the same root", root, found);
    Ok(())
}

/// Who cannot show that it is the server gets nothing, above all no password.
fn strangers(
    world: &World,
    report: &mut Report<'_>,
    shop: &Shop<'_>,
    database: &Postgres,
) -> Result<(), Trouble> {
    let cases = [
        (
            "another authority's certificate",
            "localhost",
            &database.stranger,
        ),
        (
            "a certificate for another host",
            "127.0.0.1",
            &database.authority,
        ),
    ];
    for (what, host, authority) in cases {
        let state = database.address(DATABASE, host, authority);
        let refused = shop.types(&world.liftlock, &state, &["status"])?;
        let texts = ["cannot be reached", "certificate"];
        report.ended(&format!("{what} is refused"), &refused, 1, &texts);
    }
    let plain = database.address(DATABASE, "localhost", &database.authority);
    let plain = plain.replace("verify-full", "disable");
    let refused = shop.types(&world.liftlock, &plain, &["status"])?;
    report.ended(
        "PostgreSQL lets nobody in without TLS",
        &refused,
        1,
        &["cannot be reached"],
    );
    Ok(())
}

/// The password is in no argument, no log, and nothing that is answered.
fn keeps_secrets(
    report: &mut Report<'_>,
    shop: &Shop<'_>,
    servers: &[Background],
) -> Result<(), Trouble> {
    for server in servers {
        let place = format!("/proc/{}/cmdline", server.id());
        let words = fs::read(&place).map_err(Trouble::file(place.as_ref()))?;
        let words = String::from_utf8_lossy(&words).into_owned();
        let shown = words.contains(PASSWORD) || server.log()?.contains(PASSWORD);
        report.that(
            "no argument and no log has the password",
            !shown,
            "none",
            "it",
        );
    }
    let file = shop.folder.join("file.log");
    let log = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
    report.that(
        "nor has the first server's",
        !log.contains(PASSWORD),
        "none",
        "it",
    );
    Ok(())
}

/// Connections end, notifications are missed, the database is restarted.
fn goes_on(
    world: &World,
    report: &mut Report<'_>,
    shop: &mut Shop<'_>,
    (database, state): (&mut Postgres, &str),
) -> Result<(), Trouble> {
    let product = &*world.liftlock;
    let release = shop.ask(product, state)?;
    shop.gets_there(report, "two servers on PostgreSQL promote", &release)?;
    let encrypted = database.psql(
        DATABASE,
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE datname = 'shop' AND client_addr IS NOT NULL",
    )?;
    report.equal("every connection is encrypted", "t", &*encrypted);

    shop.hold()?;
    let release = shop.ask(product, state)?;
    shop.is_held(report);
    let ended = database.psql(
        DATABASE,
        &format!("SELECT count(pg_terminate_backend(pid)) {OURS}"),
    )?;
    let several = ended.parse::<u32>().is_ok_and(|count| count > 1);
    report.that(
        "all connections are ended meanwhile",
        several,
        "several",
        ended,
    );
    shop.release();
    shop.gets_there(report, "and the promotion goes on", &release)?;

    let listeners = format!(
        "SELECT count(pg_terminate_backend(pid)) {OURS} AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')"
    );
    // They come back a while after their connections were ended.
    let began = Instant::now();
    let ended = loop {
        let ended = database.psql(DATABASE, &listeners)?;
        if ended != "0" || began.elapsed() > LISTEN_AGAIN {
            break ended;
        }
        sleep(Duration::from_millis(500));
    };
    report.that(
        "nobody is notified of anything",
        ended != "0",
        "listeners",
        &ended,
    );
    let release = shop.ask(product, state)?;
    shop.gets_there(report, "and a promotion is found all the same", &release)?;

    shop.hold()?;
    let release = shop.ask(product, state)?;
    shop.is_held(report);
    database.restart()?;
    report.note("PostgreSQL was restarted");
    shop.release();
    shop.gets_there(report, "and the promotion goes on", &release)
}
