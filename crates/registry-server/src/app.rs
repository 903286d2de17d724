//! What all requests share.

use crate::auth::Auth;
use crate::faults::Faults;
use crate::limits::Limits;
use crate::lock::FolderLock;
use crate::observer::Observer;
use crate::options::ServerOptions;
use crate::serve_error::ServeError;
use crate::storage::Storage;
use crate::uploads::Uploads;

/// The registry behind the requests.
pub(crate) struct App {
    pub(crate) storage: Storage,
    pub(crate) uploads: Uploads,
    pub(crate) observer: Option<Observer>,
    pub(crate) limits: Limits,
    pub(crate) automatic_mount: bool,
    pub(crate) faults: Faults,
    pub(crate) auth: Option<Auth>,
    scheme: &'static str,
    _lock: FolderLock,
}

impl App {
    pub(crate) fn open(options: ServerOptions) -> Result<Self, ServeError> {
        let scheme = if options.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let auth = options.auth.as_ref().map(|auth| Auth::open(auth, scheme));
        let auth = auth.transpose()?;
        let root = options.root;
        std::fs::create_dir_all(&root).map_err(|source| ServeError::Folder {
            path: root.clone(),
            source,
        })?;
        let lock = FolderLock::take(&root)?;
        Ok(Self {
            uploads: Uploads::open(&root, &options.limits)?,
            storage: Storage::new(root),
            observer: options.observer,
            limits: options.limits,
            automatic_mount: options.automatic_mount,
            faults: options.faults,
            auth,
            scheme,
            _lock: lock,
        })
    }

    /// The scheme that clients use.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }
}
