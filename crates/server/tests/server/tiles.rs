//! `/log/...` as C2SP tlog-tiles: the same bytes that an export has.

use liftlock_engine::ports::Store as _;
use liftlock_ledger::tiles::paths;
use liftlock_ledger::{Seal, SignedCheckpoint};
use liftlock_store::read_log_key;

use crate::running::{Running, problem, start};

async fn check(server: &Running) {
    let key = read_log_key(server.store.path()).unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let exported = server.store.export(folder.path(), Seal::Signed(&key));
    let exported = exported.await.unwrap();

    let text = server.get("/log/checkpoint").await.text().await.unwrap();
    let served: SignedCheckpoint = text.parse().unwrap();
    assert_eq!(served.verify(key.verifier()).unwrap(), &exported);
    let log_key = server.get("/log/key").await.text().await.unwrap();
    assert_eq!(log_key, format!("{}\n", key.verifier()));
    for path in paths(exported.size()) {
        let response = server.get(&format!("/log/{path}")).await;
        assert_eq!(response.status(), 200, "{path}");
        assert!(
            response.headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        let served = response.bytes().await.unwrap();
        let file = std::fs::read(folder.path().join(path.to_string())).unwrap();
        assert!(served == file, "{path} differs from the export");
    }
}

#[tokio::test]
async fn tiles_are_those_of_an_export_as_the_ledger_grows() {
    let server = start(|_, _| {}).await;
    check(&server).await;
    let mut size = 0;
    for more in [1, 254, 1, 1, 255, 300] {
        server.append("shop", size, more).await;
        size += more;
        check(&server).await;
    }
    // A client that saw a smaller checkpoint still gets its partial tiles.
    assert_eq!(
        server
            .get("/log/tile/0/000.p/17")
            .await
            .bytes()
            .await
            .unwrap()
            .len(),
        17 * 32
    );
}

#[tokio::test]
async fn what_is_no_tile_or_not_there_yet_is_not_found() {
    let server = start(|_, _| {}).await;
    server.append("shop", 0, 300).await;
    for path in [
        "tile/0/001",
        "tile/0/001.p/45",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/63/000.p/1",
        "tile/entries/002.p/1",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/0",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000/",
        "tile/00/000",
        "tile/0/..%2f..%2fcheckpoint",
    ] {
        let response = server.get(&format!("/log/{path}")).await;
        assert_eq!(
            problem(response).await,
            (404, "not-found".to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_payload_is_there_by_its_digest_alone() {
    let server = start(|_, _| {}).await;
    let digest = server.store.put_blob(b"a report").await.unwrap();
    let path = format!("/log/blobs/sha256/{}", digest.hex());
    let served = server.get(&path).await.bytes().await.unwrap();
    assert_eq!(&served[..], b"a report");
    let other = liftlock_oci::Digest::of(b"another");
    for hex in [other.hex().to_string(), "00".into(), "..%2fkey".into()] {
        let response = server.get(&format!("/log/blobs/sha256/{hex}")).await;
        assert_eq!(problem(response).await, (404, "not-found".to_owned()));
    }
}
