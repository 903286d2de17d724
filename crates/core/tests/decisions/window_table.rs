//! Windows where clocks and calendars are odd: each line is a window, an instant, and what the
//! window does then.

use liftlock_core::calendar::{Opening, open_at};

use crate::build::{at, window};

/// `SPEC` is days, hours, time zone, then exclusions; `EVENTS` are the instants at which it changes,
/// beginning with what it is at the first.
fn check(spec: &str, events: &[&str]) {
    let rule = window(spec);
    let mut lines = events.iter();
    let mut now = at(lines.next().unwrap());
    for line in lines {
        let (is, next) = match open_at(&rule, now).unwrap() {
            Opening::Open { closes } => ("open", closes),
            Opening::Closed { opens } => ("closed", opens),
        };
        let until = next.map_or("for ever".to_owned(), |next| format!("until {next}"));
        assert_eq!(format!("{is} {until}"), *line, "{spec} at {now}");
        match next {
            Some(next) => now = next,
            None => return,
        }
    }
}

#[test]
fn clocks_put_forward_leave_a_gap() {
    // Berlin, 2026-03-29: 02:00 is 03:00, at 01:00Z.
    let sunday = "2026-03-29T00:00:00Z";
    check(
        "sun 02:00-02:30 Europe/Berlin",
        &[sunday, "closed until 2026-04-05T00:00:00Z"],
    );
    check(
        "sun 02:30-03:30 Europe/Berlin",
        &[
            sunday,
            "closed until 2026-03-29T01:00:00Z",
            "open until 2026-03-29T01:30:00Z",
            "closed until 2026-04-05T00:30:00Z",
        ],
    );
    check(
        "sun 01:30-02:30 Europe/Berlin",
        &[
            sunday,
            "closed until 2026-03-29T00:30:00Z",
            "open until 2026-03-29T01:00:00Z",
        ],
    );
    check(
        "sun 01:30-03:30 Europe/Berlin",
        &[
            sunday,
            "closed until 2026-03-29T00:30:00Z",
            "open until 2026-03-29T01:30:00Z",
        ],
    );
    check(
        "mon-fri 09:00-16:00 Europe/Berlin",
        &[
            "2026-03-27T14:59:59Z",
            "open until 2026-03-27T15:00:00Z",
            "closed until 2026-03-30T07:00:00Z",
            "open until 2026-03-30T14:00:00Z",
        ],
    );
    // New York, 2026-03-08: 02:00 is 03:00, at 07:00Z.
    check(
        "sun 02:30-04:00 America/New_York",
        &[
            "2026-03-08T06:59:59Z",
            "closed until 2026-03-08T07:00:00Z",
            "open until 2026-03-08T08:00:00Z",
        ],
    );
    // Lord Howe, 2026-10-04: 02:00 is 02:30, at 15:30Z.
    check(
        "sun 02:00-02:30 Australia/Lord_Howe",
        &["2026-10-03T12:00:00Z", "closed until 2026-10-10T15:00:00Z"],
    );
    check(
        "sun 02:15-03:00 Australia/Lord_Howe",
        &[
            "2026-10-03T12:00:00Z",
            "closed until 2026-10-03T15:30:00Z",
            "open until 2026-10-03T16:00:00Z",
        ],
    );
    // São Paulo, 2018-11-04: there is no midnight, at 03:00Z.
    check(
        "sun 00:00-00:30 America/Sao_Paulo",
        &["2018-11-04T02:00:00Z", "closed until 2018-11-11T02:00:00Z"],
    );
    check(
        "sat 23:00-01:30 America/Sao_Paulo",
        &[
            "2018-11-04T00:00:00Z",
            "closed until 2018-11-04T02:00:00Z",
            "open until 2018-11-04T03:30:00Z",
        ],
    );
    // By a rule, beyond every year that the database lists.
    check(
        "sun 02:30-03:30 Europe/Berlin",
        &[
            "2060-03-28T00:00:00Z",
            "closed until 2060-03-28T01:00:00Z",
            "open until 2060-03-28T01:30:00Z",
        ],
    );
}

#[test]
fn clocks_put_back_say_a_time_twice() {
    // Berlin, 2026-10-25: 03:00 is 02:00, at 01:00Z.
    let midnight = "2026-10-24T22:00:00Z";
    check(
        "sun 02:15-02:45 Europe/Berlin",
        &[
            midnight,
            "closed until 2026-10-25T00:15:00Z",
            "open until 2026-10-25T00:45:00Z",
            "closed until 2026-10-25T01:15:00Z",
            "open until 2026-10-25T01:45:00Z",
            "closed until 2026-11-01T01:15:00Z",
        ],
    );
    check(
        "sun 02:00-03:00 Europe/Berlin",
        &[
            midnight,
            "closed until 2026-10-25T00:00:00Z",
            "open until 2026-10-25T02:00:00Z",
        ],
    );
    check(
        "sat 22:00-02:30 Europe/Berlin",
        &[
            midnight,
            "open until 2026-10-25T00:30:00Z",
            "closed until 2026-10-25T01:00:00Z",
            "open until 2026-10-25T01:30:00Z",
            "closed until 2026-10-31T21:00:00Z",
        ],
    );
    // New York, 2026-11-01: 02:00 is 01:00, at 06:00Z.
    check(
        "sun 01:00-02:00 America/New_York",
        &[
            "2026-11-01T00:00:00Z",
            "closed until 2026-11-01T05:00:00Z",
            "open until 2026-11-01T07:00:00Z",
        ],
    );
    // Lord Howe, 2026-04-05: 02:00 is 01:30, at 15:00Z.
    check(
        "sun 01:30-02:00 Australia/Lord_Howe",
        &[
            "2026-04-04T12:00:00Z",
            "closed until 2026-04-04T14:30:00Z",
            "open until 2026-04-04T15:30:00Z",
        ],
    );
    // São Paulo, 2018-02-18: midnight is 23:00 of the day before, at 02:00Z.
    check(
        "sat 23:00-24:00 America/Sao_Paulo",
        &[
            "2018-02-18T00:00:00Z",
            "closed until 2018-02-18T01:00:00Z",
            "open until 2018-02-18T03:00:00Z",
        ],
    );
    check(
        "sat 23:30-00:30 America/Sao_Paulo",
        &[
            "2018-02-18T00:00:00Z",
            "closed until 2018-02-18T01:30:00Z",
            "open until 2018-02-18T02:00:00Z",
            "closed until 2018-02-18T02:30:00Z",
            "open until 2018-02-18T03:30:00Z",
        ],
    );
}

#[test]
fn a_day_that_was_skipped_has_no_window() {
    // Apia: 2011-12-29 was followed by the 31st, at 10:00Z of the 30th.
    let thursday = "2011-12-29T20:00:00Z";
    check(
        "fri 09:00-17:00 Pacific/Apia",
        &[thursday, "closed until 2012-01-05T19:00:00Z"],
    );
    check(
        "thu-sat 00:00-24:00 Pacific/Apia",
        &[thursday, "open until 2011-12-31T10:00:00Z"],
    );
    check(
        "thu-sat 00:00-24:00 Pacific/Apia 2011-12-30",
        &[thursday, "open until 2011-12-31T10:00:00Z"],
    );
    check(
        "thu 22:00-02:00 Pacific/Apia",
        &[
            thursday,
            "closed until 2011-12-30T08:00:00Z",
            "open until 2011-12-30T10:00:00Z",
            "closed until 2012-01-05T08:00:00Z",
        ],
    );
    check(
        "fri 22:00-02:00 Pacific/Apia",
        &[
            thursday,
            "closed until 2011-12-30T10:00:00Z",
            "open until 2011-12-30T12:00:00Z",
        ],
    );
}

#[test]
fn offsets_need_not_be_hours() {
    check(
        "mon 09:00-10:00 Asia/Kathmandu",
        &[
            "2026-11-22T00:00:00Z",
            "closed until 2026-11-23T03:15:00Z",
            "open until 2026-11-23T04:15:00Z",
        ],
    );
    // Troll puts its clocks forward by two hours, 2026-03-29 at 01:00Z.
    check(
        "sun 02:00-04:00 Antarctica/Troll",
        &[
            "2026-03-29T00:00:00Z",
            "closed until 2026-03-29T01:00:00Z",
            "open until 2026-03-29T02:00:00Z",
        ],
    );
    // On Kiritimati it is tomorrow already.
    check(
        "mon 00:00-24:00 Pacific/Kiritimati",
        &[
            "2026-11-22T09:59:59Z",
            "closed until 2026-11-22T10:00:00Z",
            "open until 2026-11-23T10:00:00Z",
        ],
    );
}

#[test]
fn leap_days_are_days() {
    // 2028-02-29 is a Tuesday.
    check(
        "tue 00:00-24:00 UTC",
        &[
            "2028-02-28T12:00:00Z",
            "closed until 2028-02-29T00:00:00Z",
            "open until 2028-03-01T00:00:00Z",
        ],
    );
    check(
        "tue 22:00-02:00 UTC",
        &["2028-02-29T23:00:00Z", "open until 2028-03-01T02:00:00Z"],
    );
    check(
        "tue 00:00-24:00 UTC 2028-02-29",
        &["2028-02-28T12:00:00Z", "closed until 2028-03-07T00:00:00Z"],
    );
    // 2100 is no leap year.
    check(
        "mon 09:00-10:00 UTC",
        &["2100-02-28T12:00:00Z", "closed until 2100-03-01T09:00:00Z"],
    );
}

#[test]
fn weeks_go_on_over_the_end_of_a_year() {
    // 2026 has 53 weeks: 2026-12-31 is a Thursday, and 2027-01-04 the Monday of the first.
    check(
        "thu 22:00-02:00 UTC",
        &[
            "2026-12-31T12:00:00Z",
            "closed until 2026-12-31T22:00:00Z",
            "open until 2027-01-01T02:00:00Z",
            "closed until 2027-01-07T22:00:00Z",
        ],
    );
    check(
        "mon-fri 09:00-17:00 UTC",
        &["2027-01-01T17:00:00Z", "closed until 2027-01-04T09:00:00Z"],
    );
    // 2024-12-30 belongs to the first week of 2025.
    check(
        "mon 09:00-10:00 UTC",
        &["2024-12-29T12:00:00Z", "closed until 2024-12-30T09:00:00Z"],
    );
    check(
        "fri-mon 00:00-24:00 UTC",
        &[
            "2026-12-30T00:00:00Z",
            "closed until 2027-01-01T00:00:00Z",
            "open until 2027-01-05T00:00:00Z",
        ],
    );
}

#[test]
fn what_is_excluded_is_closed() {
    // 2026-12-24 is a Thursday.
    check(
        "mon-fri 09:00-16:00 Europe/Berlin 2026-12-24..2027-01-02 2026-12-23",
        &["2026-12-22T15:00:00Z", "closed until 2027-01-04T08:00:00Z"],
    );
    // Neither begins on an excluded day, nor goes on into one.
    let nights = "mon-fri 22:00-02:00 UTC 2026-12-24";
    check(
        nights,
        &[
            "2026-12-23T20:00:00Z",
            "closed until 2026-12-23T22:00:00Z",
            "open until 2026-12-24T00:00:00Z",
            "closed until 2026-12-25T22:00:00Z",
            "open until 2026-12-26T02:00:00Z",
            "closed until 2026-12-28T22:00:00Z",
        ],
    );
    check(
        "mon-sun 00:00-24:00 UTC 2026-12-24 2026-12-24 2026-12-20..2026-12-23",
        &[
            "2026-12-19T00:00:00Z",
            "open until 2026-12-20T00:00:00Z",
            "closed until 2026-12-25T00:00:00Z",
            "open for ever",
        ],
    );
}

#[test]
fn several_ranges_are_one_window() {
    check(
        "mon 09:00-12:00,13:00-16:00,12:00-12:30,11:00-12:10 UTC",
        &[
            "2026-11-23T00:00:00Z",
            "closed until 2026-11-23T09:00:00Z",
            "open until 2026-11-23T12:30:00Z",
            "closed until 2026-11-23T13:00:00Z",
            "open until 2026-11-23T16:00:00Z",
        ],
    );
    check(
        "mon-sun 12:00-24:00,00:00-06:00,06:00-12:00 UTC",
        &["2026-11-23T00:00:00Z", "open for ever"],
    );
    check(
        "mon-sun 12:00-11:00,10:00-12:00 UTC",
        &["2026-11-23T00:00:00Z", "open for ever"],
    );
    // What goes over midnight runs into the next day's own.
    check(
        "mon-tue 22:00-06:00,06:00-07:00 UTC",
        &[
            "2026-11-23T21:00:00Z",
            "closed until 2026-11-23T22:00:00Z",
            "open until 2026-11-24T07:00:00Z",
            "closed until 2026-11-24T22:00:00Z",
            "open until 2026-11-25T06:00:00Z",
        ],
    );
}

#[test]
fn a_change_is_looked_for_in_the_next_year_only() {
    check(
        "mon-sun 00:00-24:00 Europe/Berlin",
        &["2026-11-23T00:00:00Z", "open for ever"],
    );
    let never = "mon-fri 09:00-16:00 UTC 2026-01-01..9999-12-31";
    check(never, &["2026-11-23T00:00:00Z", "closed for ever"]);
    // A year and a day from the last day of an exclusion, and a year and two.
    let long = "mon-sun 00:00-24:00 UTC 2026-01-01..2027-01-01";
    check(
        long,
        &["2026-01-01T00:00:01Z", "closed until 2027-01-02T00:00:00Z"],
    );
    check(long, &["2026-01-01T00:00:00Z", "closed for ever"]);
}

#[test]
fn instants_that_no_calendar_has_are_no_panic() {
    let rule = window("mon-fri 09:00-16:00 Europe/Berlin 9999-12-01..9999-12-31");
    for us in [i64::MIN, i64::MIN / 2, -1, 0, i64::MAX / 2, i64::MAX] {
        let time = liftlock_core::Time::from_us(us);
        assert!(open_at(&rule, time).is_ok(), "{us}");
    }
}
