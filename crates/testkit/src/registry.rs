//! An embedded registry in this process, on a loopback port.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use liftlock_oci::{Digest, Image, Repository, Tag};
use liftlock_registry::{Client, Name, Options};
use liftlock_registry_server::faults::{Fault, Faults};
use liftlock_registry_server::{RequestLine, Server, ServerOptions};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::image;
use crate::watch::{Answer, Arrival, Watch};

/// A registry that answers until it is dropped.
pub struct Registry {
    runtime: Runtime,
    address: SocketAddr,
    client: Client,
    requests: Arc<Mutex<Vec<RequestLine>>>,
    watch: Watch,
    faults: Faults,
    // Dropped with the registry, which ends the server.
    _shutdown: oneshot::Sender<()>,
}

impl Registry {
    /// Serves the repositories in `root` on a free port of 127.0.0.1.
    pub fn serve(root: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let mut options = ServerOptions::new(root, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let faults = Faults::default();
        options.faults = faults.clone();
        let seen = Arc::clone(&requests);
        options.observer = Some(Arc::new(move |line| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(line.clone());
        }));
        let server = runtime
            .block_on(Server::bind(options))
            .expect("an embedded registry");
        let address = server.address();
        let (shutdown, ended) = oneshot::channel::<()>();
        let watch = Watch::default();
        let layer = watch.clone();
        runtime.spawn(server.run_with(
            async move {
                let _ = ended.await;
            },
            move |router| layer.around(router),
        ));
        let client = Client::new(&address.to_string(), &Options::default());
        Self {
            runtime,
            address,
            client: client.expect("a client"),
            requests,
            watch,
            faults,
            _shutdown: shutdown,
        }
    }

    /// `127.0.0.1:PORT`, as references write it.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Pushes an index of linux/amd64 and linux/arm64, with `content` in a file of its layers.
    /// The same content has the same digests.
    pub fn push(&self, repository: &str, tag: &str, content: &str) -> Image {
        let push = image::push_index(
            &self.client,
            self.repository(repository),
            parse_tag(tag),
            content,
        );
        self.runtime.block_on(push).expect("a pushed index")
    }

    /// Pushes a single manifest of linux/amd64.
    pub fn push_single(&self, repository: &str, tag: &str, content: &str) -> Image {
        let push = image::push_single(
            &self.client,
            self.repository(repository),
            parse_tag(tag),
            content,
        );
        self.runtime.block_on(push).expect("a pushed manifest")
    }

    /// Pushes something that refers to an image, and something under cosign's tag for it. Gives
    /// the digest of the first.
    pub fn sign(&self, repository: &str, image: &Image, content: &str) -> Digest {
        let repository = self.repository(repository);
        let push = image::push_signature(&self.client, &repository, image, content);
        self.runtime.block_on(push).expect("a pushed signature")
    }

    /// What refers to an image, by digest.
    pub fn referrers(&self, repository: &str, image: &Image) -> Vec<Digest> {
        let repository = self.repository(repository);
        let list = self.client.referrers(&repository, image.digest);
        let list = self.runtime.block_on(list).expect("a list of referrers");
        list.descriptors.iter().map(|entry| entry.digest).collect()
    }

    /// Where a tag points.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        let (repository, tag) = (self.repository(repository), parse_tag(tag));
        let look = self.client.manifest_digest(&repository, Name::Tag(&tag));
        self.runtime.block_on(look).expect("an answer about a tag")
    }

    /// All tags of a repository, and where they point.
    pub fn tags(&self, repository: &str) -> BTreeMap<String, Digest> {
        let listed = self
            .runtime
            .block_on(self.client.tags(&self.repository(repository)))
            .expect("a list of tags");
        let pointed = listed
            .iter()
            .filter_map(|tag| Some((tag.to_string(), self.tag(repository, tag.as_str())?)));
        pointed.collect()
    }

    /// Moves a tag by hand to a digest that is in the repository.
    pub fn move_tag(&self, repository: &str, tag: &str, to: Digest) {
        let (repository, tag) = (self.repository(repository), parse_tag(tag));
        let moved = async {
            let manifest = self.client.manifest(&repository, Name::Digest(to)).await?;
            self.client
                .put_manifest(&repository, Name::Tag(&tag), &manifest)
                .await
        };
        self.runtime.block_on(moved).expect("a moved tag");
    }

    /// Deletes an image with its platforms, and with that every tag of it.
    pub fn remove(&self, repository: &str, image: &Image) {
        let repository = self.repository(repository);
        let platforms = image.platforms.iter().map(|(_, digest)| *digest);
        for digest in [image.digest].into_iter().chain(platforms) {
            let removed = self
                .client
                .delete_manifest(&repository, Name::Digest(digest));
            self.runtime.block_on(removed).expect("a removed manifest");
        }
    }

    /// The requests that were answered since this was last asked, those of this process too.
    pub fn take_requests(&self) -> Vec<RequestLine> {
        std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks `watcher` about every request, twice, from now on; it may block.
    pub fn watch(&self, watcher: impl Fn(&Arrival) -> Answer + Send + Sync + 'static) {
        self.watch.set(Some(Arc::new(watcher)));
    }

    /// Makes it go wrong from now on, as `registry serve --fault` writes it, and in no other way.
    pub fn go_wrong(&self, faults: &[&str]) {
        let fault = |text: &&str| -> Fault {
            text.parse()
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        self.faults.set(faults.iter().map(fault));
    }

    /// Lets all requests go their way again.
    pub fn unwatch(&self) {
        self.watch.set(None);
    }

    fn repository(&self, path: &str) -> Repository {
        let name = format!("{}/{path}", self.address);
        name.parse().expect("a repository's name")
    }
}

fn parse_tag(tag: &str) -> Tag {
    tag.parse().expect("a tag")
}
