//! Servers on one state.

use std::time::Duration;

use liftlock_testkit::{Process, World};

const PROGRAM: &str = env!("CARGO_BIN_EXE_liftlock");

/// How one server of a state is started.
#[derive(Clone)]
pub(crate) struct Replica {
    /// The state's address, as this one reaches it.
    pub(crate) state: String,
    /// A pipeline's file in the folder that it works in.
    pub(crate) file: String,
}

/// The servers of one state, each in a place of its own.
pub(crate) struct Fleet {
    replicas: Vec<Replica>,
    servers: Vec<Process>,
}

impl Fleet {
    /// Starts so many, all on one machine.
    pub(crate) fn start(world: &World, state: &str, count: usize) -> Self {
        let replica = Replica {
            state: state.to_owned(),
            file: "shop-0.yaml".to_owned(),
        };
        Self::of_replicas(world, vec![replica; count])
    }

    /// Starts these.
    pub(crate) fn of_replicas(world: &World, replicas: Vec<Replica>) -> Self {
        let mut fleet = Self {
            replicas,
            servers: Vec::new(),
        };
        for place in 0..fleet.replicas.len() {
            fleet.servers.push(fleet.server(world, place));
        }
        fleet
    }

    fn server(&self, world: &World, place: usize) -> Process {
        let name = format!("replica-{place}");
        let Replica { state, file } = &self.replicas[place];
        let server = world.spawn(
            PROGRAM,
            &[
                "--state",
                state,
                "--file",
                file,
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--worker-name",
                &name,
                "--allow-program",
                "./deploy.sh,./check.sh",
            ],
        );
        until(&format!("{name} serves"), || {
            assert!(server.is_running(), "{:?}", server.wait());
            server.stdout().contains("serving at")
        });
        server
    }

    pub(crate) fn of(&self, place: usize) -> &Process {
        &self.servers[place]
    }

    pub(crate) fn count(&self) -> usize {
        self.servers.len()
    }

    /// Whether one still takes connections.
    pub(crate) fn answers(&self, place: usize) -> bool {
        let said = self.servers[place].stdout();
        let address = said
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split(';').next());
        std::net::TcpStream::connect(address.expect("an address")).is_ok()
    }

    /// Kills one, and starts another in its place.
    pub(crate) fn replace(&mut self, world: &World, place: usize) {
        self.servers[place].kill();
        self.servers[place] = self.server(world, place);
    }

    /// Asks all to stop, and waits until they have.
    pub(crate) fn stop(self) {
        for server in &self.servers {
            server.signal("CONT");
            server.signal("TERM");
        }
        self.end();
    }

    /// Waits until all have stopped that were asked to.
    pub(crate) fn end(self) {
        for server in &self.servers {
            let output = server.wait();
            assert_eq!(output.code, 0, "{output:?}");
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.servers.iter().for_each(Process::kill);
    }
}

/// Waits for something that has to happen: longer than anything takes here.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(40));
    }
    panic!("it never comes to this: {what}");
}
