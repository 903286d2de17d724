use std::sync::{Arc, Mutex};

use liftlock_registry_server::ServerOptions;
use liftlock_registry_server::faults::{ConnectionFault, Fault, Kind, StatusFault};

use crate::support::{LOOPBACK, Running};

#[tokio::test]
async fn a_fault_touches_only_the_requests_it_is_for() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "{}").await;
    registry.push_blob("b/c", "{}").await;
    let status = async |method: &str, path: &str| registry.send(method, path, "").await.status;
    registry.fault("status=500,on=blob,method=GET,repository=b/c,skip=1,times=2");
    let (here, there) = (
        format!("/v2/a/blobs/{digest}"),
        format!("/v2/b/c/blobs/{digest}"),
    );
    assert_eq!(status("GET", &here).await, 200);
    assert_eq!(status("HEAD", &there).await, 200);
    assert_eq!(status("GET", "/v2/b/c/tags/list").await, 200);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(status("GET", &there).await);
    }
    assert_eq!(seen, [200, 500, 500, 200]);
    assert_eq!(registry.faults.touched(), [2]);
}

#[tokio::test]
async fn faults_are_counted_each_for_itself_and_told_to_the_observer() {
    let folder = tempfile::tempdir().unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    let seen = Arc::clone(&lines);
    options.observer = Some(Arc::new(move |line| {
        seen.lock()
            .unwrap()
            .push((line.status, line.faults.clone()));
    }));
    let registry = Running::start(options).await;
    let refused = StatusFault::Status {
        status: 502,
        retry_after: None,
    };
    registry
        .faults
        .add(Fault::new(refused).on(Kind::Base).times(1));
    registry
        .faults
        .add(Fault::new(ConnectionFault::Close).on(Kind::Tags));
    assert_eq!(registry.send("GET", "/v2/", "").await.status, 502);
    assert_eq!(registry.send("GET", "/v2/", "").await.status, 200);
    let closed = registry.request("GET", "/v2/a/tags/list").send().await;
    assert!(closed.is_err());
    assert_eq!(registry.faults.touched()[0], 1);
    let lines = lines.lock().unwrap();
    assert_eq!(lines[0], (502, vec!["status"]));
    assert_eq!(lines[1], (200, vec![]));
    assert_eq!(lines[2], (0, vec!["close"]));
}
