//! What stands in for a cluster in `try`: answers HTTP by running what was deployed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use liftlock_verbs::Failure;
use tokio::task::JoinHandle;

/// Serves `/ENVIRONMENT` from the programs under `folder`, on a free loopback port.
pub(super) async fn serve(folder: PathBuf) -> Result<(SocketAddr, JoinHandle<()>), Failure> {
    let failed = |error: std::io::Error| Failure::failed("serve", error.to_string());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = Router::new()
        .route("/{environment}", get(answer))
        .with_state(Arc::new(folder));
    let running = tokio::spawn(async move {
        // It ends with the program; an error before that shows as a failed check.
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, running))
}

async fn answer(
    State(folder): State<Arc<PathBuf>>,
    Path(environment): Path<String>,
) -> (StatusCode, String) {
    let known = matches!(environment.as_str(), "staging" | "production");
    if !known {
        return (StatusCode::NOT_FOUND, "no such environment\n".to_owned());
    }
    let rootfs = folder.join(environment);
    if cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )) {
        return run(&rootfs).await;
    }
    // Elsewhere a linux program cannot run: the release file of the image answers.
    match tokio::fs::read_to_string(rootfs.join("etc/hello-release")).await {
        Ok(text) => (StatusCode::OK, text.replace("VERSION=", "version ")),
        Err(error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("nothing is deployed: {error}\n"),
        ),
    }
}

async fn run(rootfs: &std::path::Path) -> (StatusCode, String) {
    let program = rootfs.join("bin/hello");
    match tokio::process::Command::new(&program)
        .env_clear()
        .output()
        .await
    {
        Ok(output) if output.status.success() => (
            StatusCode::OK,
            String::from_utf8_lossy(&output.stdout).into_owned(),
        ),
        Ok(output) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("it ended with {}\n", output.status),
        ),
        Err(error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("nothing is deployed: {error}\n"),
        ),
    }
}
