//! Every fault of the embedded registry, at the source and at the destination, at each request it
//! can touch: a copy succeeds, or stops with an error that says why; the tag of a destination that
//! did not take it is untouched; and the same again, without the fault, converges.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use liftlock_oci::{Digest, RawManifest, media_types};
use liftlock_registry::{Client, CopyRequest, Name, Options, Place};
use liftlock_registry_server::faults::{
    Action, BodyFault, ConnectionFault, Fault, Faults, HeadFault, ImmutableTags, Kind,
    LocationFault, ManifestFault, MountRefusal, ReferrersFault, RetryAfter, StaleFault,
    StatusFault, UploadFault,
};
use liftlock_registry_server::{Server, ServerOptions};
use tempfile::TempDir;

use crate::built::{Source, expect_whole, request, run};
use crate::support::options;

/// What is expected of a copy under a fault that does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Always {
    /// It succeeds all the same.
    Succeeds,
    /// It stops.
    Stops,
}
use Always::{Stops, Succeeds};

/// A fault, whether one that touches a single request is overcome, and what becomes of one that
/// does not end: at the source, and at the destination.
struct Case {
    action: Action,
    kinds: &'static [Kind],
    once: Always,
    source: Always,
    destination: Always,
}

fn case(action: impl Into<Action>, once: Always, source: Always, destination: Always) -> Case {
    Case {
        action: action.into(),
        kinds: &[],
        once,
        source,
        destination,
    }
}

fn status(status: u16) -> StatusFault {
    StatusFault::Status {
        status,
        retry_after: None,
    }
}

fn too_many(retry_after: Option<RetryAfter>) -> StatusFault {
    StatusFault::TooMany { retry_after }
}

fn cases() -> Vec<Case> {
    let unauthorized = |after_bytes| StatusFault::Unauthorized {
        after_bytes,
        challenge: None,
    };
    let mut cases = vec![
        case(too_many(None), Succeeds, Stops, Stops),
        case(
            too_many(Some(RetryAfter::Seconds(0))),
            Succeeds,
            Stops,
            Stops,
        ),
        case(too_many(Some(RetryAfter::Date(0))), Succeeds, Stops, Stops),
        case(status(502), Succeeds, Stops, Stops),
        case(status(503), Succeeds, Stops, Stops),
        case(status(504), Succeeds, Stops, Stops),
        case(status(507), Stops, Stops, Stops),
        case(ConnectionFault::Close, Succeeds, Stops, Stops),
        case(ConnectionFault::LoseAnswer, Succeeds, Stops, Stops),
        case(BodyFault::Truncate { after: None }, Succeeds, Stops, Stops),
        case(
            BodyFault::Drip {
                bytes_per_second: 4_000_000,
            },
            Succeeds,
            Succeeds,
            Succeeds,
        ),
        case(LocationFault::Missing, Stops, Succeeds, Stops),
        case(LocationFault::Relative, Succeeds, Succeeds, Succeeds),
        case(LocationFault::Absolute, Succeeds, Succeeds, Succeeds),
        case(
            LocationFault::Query("state=a%2Fb&x=1".into()),
            Succeeds,
            Succeeds,
            Succeeds,
        ),
        case(HeadFault::Length(7), Succeeds, Succeeds, Succeeds),
        case(HeadFault::NoDigest, Succeeds, Succeeds, Succeeds),
        case(ManifestFault::NeedsAccept, Succeeds, Succeeds, Succeeds),
        case(
            ReferrersFault::NoApi { subject: false },
            Succeeds,
            Succeeds,
            Succeeds,
        ),
        case(
            ReferrersFault::NoApi { subject: true },
            Succeeds,
            Succeeds,
            Succeeds,
        ),
        case(
            ReferrersFault::Stale { reads: 2 },
            Succeeds,
            Succeeds,
            Succeeds,
        ),
        case(StaleFault::Old { reads: 2 }, Succeeds, Succeeds, Succeeds),
        case(
            StaleFault::Missing { reads: 2 },
            Succeeds,
            Succeeds,
            Succeeds,
        ),
        case(UploadFault::NoSinglePost, Succeeds, Succeeds, Succeeds),
        case(ImmutableTags::Ecr, Stops, Succeeds, Stops),
        case(ImmutableTags::Zot, Stops, Succeeds, Stops),
        case(ImmutableTags::Acr, Stops, Succeeds, Stops),
        case(ImmutableTags::Harbor, Stops, Succeeds, Stops),
    ];
    for after in [0, 100_000] {
        cases.push(Case {
            kinds: &[Kind::Upload],
            ..case(unauthorized(after), Succeeds, Succeeds, Stops)
        });
    }
    let mounts = [400, 401, 403, 404, 405].map(MountRefusal::Status);
    for refusal in [MountRefusal::Upload].into_iter().chain(mounts) {
        cases.push(case(
            UploadFault::NoMount(refusal),
            Succeeds,
            Succeeds,
            Succeeds,
        ));
    }
    cases
}

struct World {
    _folder: TempDir,
    source: Source,
    index: RawManifest,
    old: Digest,
    origin: Served,
    target: Served,
    drills: AtomicUsize,
}

/// A registry with its faults.
struct Served {
    host: String,
    faults: Faults,
    /// With a user and password, for faults that ask for them.
    docker_config: PathBuf,
}

impl Served {
    async fn start(folder: &TempDir, name: &str) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = ServerOptions::new(folder.path().join(name), address);
        let faults = options.faults.clone();
        let server = Server::bind(options).await.unwrap();
        let host = server.address().to_string();
        tokio::spawn(server.run(std::future::pending()));
        let docker_config = folder.path().join(format!("{name}.json"));
        let entry = format!(r#"{{"auths":{{"{host}":{{"auth":"dXNlcjpwYXNzd29yZA=="}}}}}}"#);
        std::fs::write(&docker_config, entry).unwrap();
        Self {
            host,
            faults,
            docker_config,
        }
    }

    /// A repository, seen by a client that knows nothing yet and gives up on silence soon.
    fn place(&self, path: &str) -> Place {
        let options = Options {
            read_timeout: Duration::from_secs(2),
            docker_config: Some(self.docker_config.clone()),
            ..options()
        };
        Place::Repository {
            client: Arc::new(Client::new(&self.host, &options).unwrap()),
            repository: format!("{}/{path}", self.host).parse().unwrap(),
        }
    }
}

/// How a drill went.
struct Drill {
    target: Place,
    result: Result<(), String>,
    touched: bool,
}

impl World {
    /// An index with a referrer at the source.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Source::new();
        let platforms = ["linux/amd64", "linux/arm64"];
        let index = source.index("app", &platforms, media_types::OCI_INDEX);
        source.tag(&index, "1");
        source.referrer(&index, "sbom");
        let old = source.image("old", &[10]);
        source.tag(&old, "old");
        let origin = Served::start(&folder, "origin").await;
        let target = Served::start(&folder, "target").await;
        let to = origin.place("app");
        run(&request(source.place(), "1", &[(&to, "1")]))
            .await
            .unwrap();
        Self {
            _folder: folder,
            old: old.digest(),
            source,
            index,
            origin,
            target,
            drills: AtomicUsize::new(0),
        }
    }

    fn request(&self, target: &Place) -> CopyRequest {
        request(self.origin.place("app"), "1", &[(target, "live")])
    }

    async fn live(&self, target: &Place) -> Option<Digest> {
        let tag = "live".parse().unwrap();
        target.manifest_digest(Name::Tag(&tag)).await.unwrap()
    }

    /// Copies under a fault into a repository whose tag holds another image, then again without
    /// the fault.
    async fn drill(&self, at_source: bool, fault: Fault) -> Drill {
        let number = self.drills.fetch_add(1, Ordering::Relaxed);
        let path = format!("app-{number}");
        let from = self.source.place();
        let filled = self.target.place(&path);
        run(&request(from, "old", &[(&filled, "live")]))
            .await
            .unwrap();
        let target = self.target.place(&path);
        let served = if at_source {
            &self.origin
        } else {
            &self.target
        };
        served.faults.set([fault]);
        let result = run(&self.request(&target)).await;
        let touched = served.faults.touched().iter().sum::<u64>() > 0;
        served.faults.clear();
        let target = self.target.place(&path);
        let now = self.live(&target).await;
        match &result {
            Ok(_) => assert_eq!(now, Some(self.index.digest())),
            // A write whose answer was lost may have arrived: then it is the right one.
            Err(_) => assert!(
                now == Some(self.old) || now == Some(self.index.digest()),
                "{now:?}"
            ),
        }
        let copied = run(&self.request(&target)).await.unwrap();
        expect_whole(&target, "live", self.index.digest(), copied.blobs).await;
        let listed = target.referrers(self.index.digest()).await.unwrap();
        assert_eq!(listed.len(), 1);
        Drill {
            target,
            result: result.map(|_| ()).map_err(|error| error.to_string()),
            touched,
        }
    }
}

/// Each fault, at the first requests that it can touch and then in strides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_one_request_is_overcome_or_said() {
    let world = World::new().await;
    for case in cases() {
        let mut drills = 0;
        for at_source in [true, false] {
            for skip in [0, 1, 2, 3, 5, 8, 13, 21, 34] {
                let mut fault = Fault::new(case.action.clone()).skip(skip).times(1);
                if !case.kinds.is_empty() {
                    fault.filter.kinds = case.kinds.to_vec();
                }
                let Drill {
                    result, touched, ..
                } = world.drill(at_source, fault).await;
                if !touched {
                    assert_eq!(result, Ok(()), "{:?}", case.action);
                    break;
                }
                drills += 1;
                let what = format!(
                    "{:?} source {at_source} skip {skip}: {result:?}",
                    case.action
                );
                match case.once {
                    Succeeds => assert!(result.is_ok(), "{what}"),
                    Stops => expect_said(&case.action, &result, &what),
                }
            }
        }
        assert!(drills > 0, "{:?} touched nothing", case.action);
    }
}

/// A fault that must be told may also touch a request that the copy can do without.
fn expect_said(action: &Action, result: &Result<(), String>, what: &str) {
    if let Err(error) = result {
        assert!(
            error.contains("did not take") || error.contains("cannot be read"),
            "{what}"
        );
        if let Action::Immutable(_) = action {
            assert!(error.contains("tag live"), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_does_not_end_stops_a_copy_or_is_lived_with() {
    let world = World::new().await;
    for case in cases() {
        for (at_source, expected) in [(true, case.source), (false, case.destination)] {
            let mut fault = Fault::new(case.action.clone());
            if !case.kinds.is_empty() {
                fault.filter.kinds = case.kinds.to_vec();
            }
            let Drill { result, .. } = world.drill(at_source, fault).await;
            let what = format!("{:?} source {at_source}: {result:?}", case.action);
            assert_eq!(result.is_ok(), expected == Succeeds, "{what}");
        }
    }
}

#[tokio::test]
async fn bytes_that_are_wrong_in_passing_are_read_anew_and_for_good_are_refused() {
    let world = World::new().await;
    let corrupt = |kind| {
        let fault = Fault::new(BodyFault::Corrupt { at: None });
        fault.on(kind).method("GET")
    };
    let once = world.drill(true, corrupt(Kind::Blob).times(1)).await;
    assert!(once.touched && once.result.is_ok(), "{:?}", once.result);
    let always = world.drill(true, corrupt(Kind::Blob)).await;
    let error = always.result.unwrap_err();
    assert!(
        error.contains("is damaged: its bytes have sha256:"),
        "{error}"
    );
    let manifests = world.drill(true, corrupt(Kind::Manifest)).await;
    assert!(manifests.result.unwrap_err().contains("cannot be read"));
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up_and_continued() {
    let world = World::new().await;
    let stall = Fault::new(BodyFault::Stall {
        after: Some(50_000),
    });
    let stall = stall.on(Kind::Blob).method("GET").times(1);
    let drill = world.drill(true, stall).await;
    assert!(drill.touched && drill.result.is_ok(), "{:?}", drill.result);
}

#[tokio::test]
async fn a_registry_that_says_subject_and_lists_nothing_is_not_believed() {
    let world = World::new().await;
    let target = world.target.place("never-listed");
    let lies = Fault::new(ReferrersFault::FalseSubject);
    world.target.faults.set([lies]);
    run(&world.request(&target)).await.unwrap();
    let hex = world.index.digest().hex();
    let tag = format!("sha256-{hex}").parse().unwrap();
    let found = target.manifest_digest(Name::Tag(&tag)).await.unwrap();
    assert!(found.is_some(), "neither listed nor under the fallback tag");
    // And what is only under the fallback tag comes along from there.
    let onward = world.source.other("onward");
    let cold = world.target.place("never-listed");
    run(&request(cold, "live", &[(&onward, "live")]))
        .await
        .unwrap();
    let listed = onward.referrers(world.index.digest()).await.unwrap();
    assert_eq!(listed.len(), 1);
}

/// An upload takes as long as it takes, if only its bytes go on.
#[tokio::test]
async fn an_upload_longer_than_the_wait_for_an_answer_is_not_broken_off() {
    let world = World::new().await;
    // Each layer takes over three seconds to read, and silence is given two.
    let drip = Fault::new(BodyFault::Drip {
        bytes_per_second: 60_000,
    });
    let drill = world.drill(true, drip.on(Kind::Blob).method("GET")).await;
    assert!(drill.touched && drill.result.is_ok(), "{:?}", drill.result);
    assert_eq!(world.live(&drill.target).await, Some(world.index.digest()));
}
