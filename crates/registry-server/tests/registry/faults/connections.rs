use liftlock_oci::Digest;

use crate::support::{Running, raw};

#[tokio::test]
async fn a_closed_connection_has_no_answer_and_no_effect() {
    let registry = Running::new().await;
    let digest = Digest::of(b"blob");
    let put = format!(
        "POST /v2/a/blobs/uploads/?digest={digest} HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nblob"
    );
    let path = format!("/v2/a/blobs/{digest}");
    registry.fault("close");
    assert_eq!(raw(&registry, &put).await, b"");
    registry.faults.clear();
    assert_eq!(registry.send("HEAD", &path, "").await.status, 404);

    registry.fault("lose-answer");
    assert_eq!(raw(&registry, &put).await, b"");
    registry.faults.clear();
    assert_eq!(registry.send("HEAD", &path, "").await.status, 200);
}
