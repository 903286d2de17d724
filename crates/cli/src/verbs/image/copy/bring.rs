//! Bringing an image to all places.

use std::path::PathBuf;

use liftlock_registry::{Copied, CopyError, CopyRequest, Delivered, Destination, PlaceError, copy};
use liftlock_verbs::Failure;

use super::Options;
use super::opened::Opened;
use crate::output::{Doing, Ui, transfer};
use crate::verbs::image::failure::copy_failure;
use crate::verbs::image::place::Source;

/// What came of it, in the order in which the places were named.
#[derive(Debug)]
pub(super) struct Brought {
    /// The image; missing where a place failed.
    pub(super) copied: Option<Copied>,
    pub(super) done: Vec<Delivered>,
    pub(super) failed: Vec<(String, PlaceError)>,
    /// Folders in which tar files are gathered that are not packed yet.
    pub(super) gathered: Vec<PathBuf>,
}

/// Copies, and packs what goes into tar files. An error of the source ends it; those of places
/// are collected.
pub(super) async fn bring(
    source: &Source,
    opened: Vec<Opened>,
    options: Options,
    ui: Ui,
) -> Result<Brought, Failure> {
    let to = opened.iter().filter_map(Opened::destination).cloned();
    let request = CopyRequest {
        from: source.place.clone(),
        image: source.image.clone(),
        to: to.collect(),
        choice: options.choice,
        again: options.again,
    };
    let mut brought = Brought {
        copied: None,
        done: Vec::new(),
        failed: Vec::new(),
        gathered: Vec::new(),
    };
    let mut done = Vec::new();
    if !request.to.is_empty() {
        let report = transfer(ui, Doing::Copy);
        match copy(&request, &report).await {
            Ok(mut copied) => {
                done = std::mem::take(&mut copied.destinations);
                brought.copied = Some(copied);
            }
            Err(CopyError::Destinations { failed, done: some }) => {
                brought.failed = failed;
                done = some;
            }
            Err(error) => return Err(copy_failure(error)),
        }
    }
    for place in opened {
        brought.take(place, &mut done, ui).await;
    }
    Ok(brought)
}

impl Brought {
    async fn take(&mut self, opened: Opened, done: &mut Vec<Delivered>, ui: Ui) {
        let mut find = |to: &Destination| {
            let place = to.place.to_string();
            let at = done.iter().position(|done| done.place == place)?;
            Some(done.remove(at))
        };
        match opened {
            Opened::Unchanged(mut copied) => {
                self.done.append(&mut copied.destinations);
                self.copied.get_or_insert(copied);
            }
            Opened::Repository(to) => self.done.extend(find(&to)),
            Opened::Folder(to, folder) => {
                self.done.extend(find(&to));
                // Only now: it goes again where it got nothing.
                drop(folder);
            }
            Opened::File(to, file) => {
                let gathered = file.gathered_in.clone();
                let Some(delivered) = find(&to) else {
                    self.gathered.push(gathered);
                    return;
                };
                ui.note(&format!("packing {}", to.place));
                match file.pack().await {
                    Ok(()) => self.done.push(delivered),
                    Err(error) => {
                        self.failed.push((to.place.to_string(), error.into()));
                        self.gathered.push(gathered);
                    }
                }
            }
        }
    }
}
