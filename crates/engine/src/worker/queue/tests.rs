use super::*;

fn name(n: usize) -> PipelineName {
    format!("shop-{n}").parse().unwrap()
}

fn at(secs: i64) -> Time {
    Time::from_us(1_700_000_000_000_000) + Span::from_secs(secs)
}

fn queue(at_once: usize) -> Queue {
    Queue::new(Pace {
        at_once,
        ..Pace::default()
    })
}

const IDLE: Ended = Ended::Done {
    seen: 7,
    next: None,
    look: None,
    again: false,
};

fn until(next: Option<Time>, look: Option<Time>) -> Ended {
    Ended::Done {
        seen: 7,
        next,
        look,
        again: false,
    }
}

/// Takes all whose turn it is.
fn taken(queue: &mut Queue, now: Time) -> Vec<(Turn, PipelineName)> {
    std::iter::from_fn(|| queue.take(now)).collect()
}

#[test]
fn at_most_so_many_are_looked_at_at_once_and_each_only_once() {
    let mut queue = queue(3);
    (0..10).for_each(|n| queue.add(&name(n), at(0)));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let turns = taken(&mut queue, at(0));
        assert!(turns.len() <= 3);
        for (turn, pipeline) in turns {
            assert_eq!(queue.ended(turn, &pipeline, IDLE, at(0)), None);
            seen.push(pipeline);
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10);
    assert_eq!(queue.next(at(0)), None);
    assert!(queue.take(at(1_000_000)).is_none());
}

#[test]
fn what_was_seen_wakes_nobody_and_what_is_new_does_once() {
    let mut queue = queue(3);
    queue.add(&name(1), at(0));
    let (turn, pipeline) = queue.take(at(0)).unwrap();
    queue.ended(turn, &pipeline, IDLE, at(0));
    queue.changed(&name(1), 7, at(1));
    assert!(queue.take(at(1)).is_none());
    queue.changed(&name(1), 8, at(2));
    queue.changed(&name(1), 9, at(2));
    assert_eq!(queue.next(at(2)), Some(at(2)));
    assert_eq!(taken(&mut queue, at(2)).len(), 1);
}

#[test]
fn what_is_recorded_while_it_is_looked_at_is_looked_at_afterwards() {
    let mut queue = queue(3);
    queue.add(&name(1), at(0));
    let (turn, pipeline) = queue.take(at(0)).unwrap();
    queue.changed(&name(1), 8, at(1));
    assert!(queue.take(at(1)).is_none(), "one at a time");
    queue.ended(turn, &pipeline, IDLE, at(2));
    assert_eq!(taken(&mut queue, at(2)).len(), 1);
}

#[test]
fn whoever_was_woken_takes_turns_with_those_that_are_due() {
    let mut queue = queue(1);
    (0..20).for_each(|n| queue.add(&name(n), at(0)));
    (10..20).for_each(|n| queue.wake(&name(n)));
    let mut order = Vec::new();
    for _ in 0..20 {
        let (turn, pipeline) = queue.take(at(1)).unwrap();
        queue.ended(turn, &pipeline, IDLE, at(1));
        order.push(pipeline);
    }
    let woken = |n: &PipelineName| (10..20).any(|m| *n == name(m));
    assert_eq!(order.iter().take(4).filter(|n| woken(n)).count() % 4, 2);
    order.sort();
    order.dedup();
    assert_eq!(order.len(), 20, "none is left out, none has two turns");
}

#[test]
fn failures_wait_longer_each_time_and_not_all_equally_long() {
    let mut queue = queue(3);
    queue.add(&name(1), at(0));
    queue.add(&name(2), at(0));
    let mut now = at(0);
    let mut waits = Vec::new();
    for _ in 0..12 {
        let mut due = Vec::new();
        for (turn, pipeline) in taken(&mut queue, now) {
            due.push(queue.ended(turn, &pipeline, Ended::Failed, now).unwrap());
        }
        assert_eq!(due.len(), 2);
        assert_ne!(due[0], due[1]);
        // What a failed look recorded itself calls for nothing at once.
        queue.changed(&name(1), 100, now);
        assert!(queue.take(now).is_none());
        waits.push(due[0].max(due[1]).since(now).us());
        now = due[0].max(due[1]);
    }
    assert!(waits[1] > waits[0] && waits[5] > 2 * waits[3], "{waits:?}");
    assert!(waits.iter().all(|us| *us <= 375_000_000), "{waits:?}");
}

#[test]
fn two_workers_whose_records_call_each_other_slow_down() {
    let mut queue = queue(3);
    queue.add(&name(1), at(0));
    let mut now = at(0);
    let mut looks = 0;
    let mut version = 7;
    while now < at(100) {
        if let Some((turn, pipeline)) = queue.take(now) {
            looks += 1;
            version += 1;
            let ended = Ended::Done {
                seen: version,
                next: None,
                look: None,
                again: true,
            };
            queue.ended(turn, &pipeline, ended, now);
            version += 1;
        }
        queue.changed(&name(1), version, now);
        now = now + Span::from_us(100_000);
    }
    assert!((5..20).contains(&looks), "{looks}");
}

#[test]
fn what_carries_out_something_for_long_takes_nobodys_place_and_stops_nobody() {
    let mut queue = queue(1);
    queue.add(&name(1), at(0));
    let (long, _) = queue.take(at(0)).unwrap();
    queue.add(&name(2), at(1));
    assert!(queue.take(at(1)).is_none(), "there is no room");
    assert_eq!(queue.next(at(1)), Some(at(10)), "but there will be");
    let mut turns = Vec::new();
    let mut now = at(1);
    while now < at(600) {
        if let Some((turn, pipeline)) = queue.take(now) {
            queue.ended(turn, &pipeline, until(None, Some(now)), now);
            turns.push((pipeline, now));
        }
        now = now + Span::from_secs(1);
    }
    let beside = turns.iter().filter(|(pipeline, _)| *pipeline == name(1));
    let beside = beside.count();
    assert!((3..10).contains(&beside), "{beside}");
    assert!(
        turns
            .iter()
            .any(|(pipeline, at_)| *pipeline == name(2) && *at_ == at(10))
    );
    // What a record calls for is not put off like that.
    queue.changed(&name(1), 8, at(600));
    assert!(
        taken(&mut queue, at(600))
            .iter()
            .any(|(_, p)| *p == name(1))
    );
    queue.ended(long, &name(1), IDLE, at(601));
}

#[test]
fn time_that_has_come_already_does_not_keep_the_worker_busy() {
    let mut queue = queue(1);
    queue.add(&name(1), at(0));
    let (turn, pipeline) = queue.take(at(5)).unwrap();
    let due = queue.ended(turn, &pipeline, until(Some(at(1)), None), at(5));
    assert_eq!(due, Some(at(6)));
    assert!(queue.take(at(5)).is_none());
    assert!(queue.take(at(6)).is_some());
}
