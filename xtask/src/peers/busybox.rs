//! Debian's static busybox for two platforms: a web server in one file.

use std::fs;
use std::path::{Path, PathBuf};

use super::Note;
use super::program::Program;
use super::trouble::Trouble;

/// The architectures of the sample image, which Debian and OCI call the same.
pub(crate) const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// The program for each of [`ARCHITECTURES`], kept in `kept` for the next run.
pub(crate) fn get(kept: &Path, note: &mut Note<'_>) -> Result<[PathBuf; 2], Trouble> {
    let programs = ARCHITECTURES.map(|architecture| kept.join(format!("busybox-{architecture}")));
    if programs.iter().all(|program| program.is_file()) {
        return Ok(programs);
    }
    note("downloading busybox-static for two architectures");
    let apt = Apt::new(&kept.join("apt"))?;
    for (architecture, program) in ARCHITECTURES.iter().zip(&programs) {
        apt.extract(architecture, program)?;
    }
    fs::remove_dir_all(&apt.folder).map_err(Trouble::file(&apt.folder))?;
    Ok(programs)
}

/// Package lists of our own: the machine's know its own architecture only, and stay as they are.
struct Apt {
    folder: PathBuf,
    options: Vec<String>,
}

impl Apt {
    fn new(folder: &Path) -> Result<Self, Trouble> {
        for sub in ["lists/partial", "cache/archives/partial"] {
            let sub = folder.join(sub);
            fs::create_dir_all(&sub).map_err(Trouble::file(&sub))?;
        }
        let mut options = vec![
            format!("Dir::State::lists={}/lists", folder.display()),
            format!("Dir::Cache={}/cache", folder.display()),
            "APT::Sandbox::User=root".to_owned(),
        ];
        options.extend(ARCHITECTURES.map(|a| format!("APT::Architectures::={a}")));
        let options = options
            .into_iter()
            .flat_map(|o| ["-o".to_owned(), o])
            .collect();
        let folder = folder.to_owned();
        let apt = Self { folder, options };
        apt.run(&["update", "-qq"])?;
        Ok(apt)
    }

    fn run(&self, words: &[&str]) -> Result<String, Trouble> {
        let words = words.iter().map(|word| (*word).to_owned());
        let arguments = self.options.iter().cloned().chain(words);
        Program::new("apt-get", arguments).dir(&self.folder).must()
    }

    fn extract(&self, architecture: &str, program: &Path) -> Result<(), Trouble> {
        let package = format!("busybox-static:{architecture}");
        self.run(&["download", "-qq", &package])?;
        let ending = format!("_{architecture}.deb");
        let found = fs::read_dir(&self.folder)
            .map_err(Trouble::file(&self.folder))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.to_string_lossy().ends_with(&ending))
            .ok_or_else(|| Trouble::answer("apt-get download", package))?;
        let tree = self.folder.join(architecture);
        Program::new("dpkg-deb", [Path::new("-x"), &found, &tree]).must()?;
        // Where /bin is a link to /usr/bin, the package has it there.
        let places = ["bin/busybox", "usr/bin/busybox"].map(|place| tree.join(place));
        let from = places.iter().find(|place| place.is_file());
        let from = from.ok_or_else(|| Trouble::answer("dpkg-deb", "no busybox"))?;
        fs::copy(from, program).map_err(Trouble::file(program))?;
        Ok(())
    }
}
