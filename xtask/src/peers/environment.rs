//! What programs find around them.

use super::folder::Folder;
use super::packages;
use super::trouble::Trouble;

/// What every program is given, and nothing of the caller's: above all no registry login and no
/// other docker.
pub(crate) fn variables(folder: &Folder) -> Result<Vec<(String, String)>, Trouble> {
    let home = folder.sub("home")?;
    let socket = folder.path().join("docker").join("docker.sock");
    let all = [
        ("PATH", packages::path()),
        ("HOME", home.display().to_string()),
        ("DOCKER_HOST", format!("unix://{}", socket.display())),
        ("LANG", "C.UTF-8".to_owned()),
        // Progress and waiting are the same as in a pipeline.
        ("CI", "1".to_owned()),
        // Distribution 3 would look for a collector of traces.
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
    ];
    let all = all.map(|(name, value)| (name.to_owned(), value));
    Ok(all.to_vec())
}
