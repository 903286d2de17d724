//! Webhooks of a server are looked at, and dead letters settled, as those of a state at hand.

use liftlock_hooks::outbox::{DeadLetter, Lane, Outbox as _, Settled};
use liftlock_store::{DatabaseStore, OpenMode};

use crate::asked::Serving;
use crate::sample::shop_in_staging;
use crate::scenario::{LIFTLOCK, Scenario};

/// Messages to `chat` that were given up, as the sender leaves them.
fn give_up(s: &Scenario, letters: &[u64]) {
    let path = s.world.folder().join(".liftlock/state.db");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = DatabaseStore::open(&path, OpenMode::Create)
            .await
            .expect("a state");
        let mut place = store.begin("chat", 0).await.expect("begun");
        for &seq in letters {
            let lane = Lane {
                pipeline: "shop".to_owned(),
                seq,
                n: seq + 1,
                tries: 7,
                since_us: None,
                due_us: 1,
                reason: None,
            };
            let dead = DeadLetter {
                endpoint: "chat".to_owned(),
                pipeline: lane.pipeline.clone(),
                seq,
                n: seq + 1,
                tries: 8,
                at_us: 1_700_000_000_000_000,
                reason: "it answered 500".to_owned(),
                again: false,
            };
            let lanes = std::slice::from_ref(&lane);
            let routed = store.route("chat", place, seq + 1, lanes).await;
            assert!(routed.expect("routed"));
            place = seq + 1;
            let settled = Settled::Empty { place };
            let settled = store.settle("chat", &lane, &settled, Some(&dead)).await;
            assert!(settled.expect("settled"));
        }
        store.close().await;
    });
}

#[test]
fn dead_letters_of_a_server_are_listed_sent_again_and_dropped() {
    let s = shop_in_staging();
    give_up(&s, &[1, 3, 4]);
    let serving = Serving::begin(&s.world);
    let state = ("LIFTLOCK_STATE", serving.address.as_str());
    let far = |words: &[&str]| {
        s.world
            .run_with(LIFTLOCK, &[&["webhook"], words].concat(), state)
    };
    let near = |words: &[&str]| s.world.run(LIFTLOCK, &[&["webhook"], words].concat());
    let looks: [&[&str]; 8] = [
        &["list"],
        &["list", "--json"],
        &["dead", "chat"],
        &["dead", "chat", "--after", "1", "--json"],
        &["dead", "nobody"],
        &["resend", "chat", "3", "-n"],
        &["resend", "chat", "2", "-n"],
        &["drop", "chat", "--all", "-n", "--json"],
    ];
    for words in looks {
        assert_eq!(far(words), near(words), "{words:?}");
    }
    assert!(near(&["dead", "chat"]).stdout.contains("it answered 500"));
    assert_eq!(far(&["resend", "chat", "3"]).code, 0);
    assert!(near(&["dead", "chat"]).stdout.contains("is sent again"));
    assert_eq!(far(&["resend", "chat", "2"]).code, 2);
    assert_eq!(far(&["drop", "chat", "3"]).code, 0);
    assert!(near(&["list"]).stdout.contains("2 dead letters"));
    assert_eq!(far(&["drop", "chat", "--all"]).code, 0);
    assert!(near(&["list"]).stdout.contains("0 dead letters"));
}
