//! The figures, for people.

use super::figures::ratio;
use super::row::{Played, Row, Run, Standing, cpu_s, requests, rss_kib, wall_s};

/// The table's head.
const HEAD: [&str; 10] = [
    "", "requests", "wall min", "median", "x best", "CPU", "x best", "peak RSS", "x best", "runs",
];

/// A case's table: medians where nothing else is said; `x best` is the multiple of the best peer.
pub(super) fn text(played: &Played) -> String {
    let mut lines = vec![HEAD.map(str::to_owned).to_vec()];
    lines.extend(played.rows.iter().map(|row| line(row, &played.rows)));
    let columns = HEAD.len();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<_> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut shown = vec![String::new(), format!("== {}", played.title)];
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let cells: Vec<_> = cells.collect();
        shown.push(cells.join("  ").trim_end().to_owned());
    }
    let troubles = played.rows.iter();
    let troubles = troubles.filter_map(|row| Some((&row.name, row.trouble.as_ref()?)));
    shown.extend(troubles.map(|(name, trouble)| format!("FAILED {name}: {trouble}")));
    shown.join("\n")
}

fn line(row: &Row, all: &[Row]) -> Vec<String> {
    let times = |figure: fn(&Run) -> f64| {
        let peers = all.iter().filter(|row| row.standing == Standing::Peer);
        let best = peers.filter_map(|row| row.spread(figure).map(|spread| spread.median));
        let own = row.spread(figure)?.median;
        Some(format!("{:.2}", ratio(own, best)?))
    };
    let median = |figure: fn(&Run) -> f64, shown: fn(f64) -> String| {
        row.spread(figure).map(|spread| shown(spread.median))
    };
    let cells = [
        Some(row.name.clone()),
        median(requests, |count| format!("{count:.0}")),
        row.spread(wall_s).map(|spread| seconds(spread.min)),
        median(wall_s, seconds),
        times(wall_s),
        median(cpu_s, seconds),
        times(cpu_s),
        median(rss_kib, memory),
        times(rss_kib),
        Some(row.runs.len().to_string()),
    ];
    cells
        .into_iter()
        .map(|cell| cell.unwrap_or_else(|| "-".to_owned()))
        .collect()
}

fn seconds(value: f64) -> String {
    if value < 1.0 {
        format!("{:.1} ms", value * 1000.0)
    } else {
        format!("{value:.2} s")
    }
}

fn memory(kib: f64) -> String {
    format!("{:.1} MiB", kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::super::measure::Usage;
    use super::*;

    fn row(name: &str, standing: Standing, wall_s: f64) -> Row {
        let mut row = Row::new(name, standing);
        let usage = Usage {
            wall_s,
            user_s: 0.5,
            system_s: 0.5,
            rss_kib: 2048,
        };
        row.runs.push(Run { usage, requests: 4 });
        row
    }

    #[test]
    fn ratios_are_to_the_best_peer_and_no_floor() {
        let mut broken = Row::new("none", Standing::Peer);
        broken.trouble = Some("no such command".to_owned());
        let played = Played {
            title: "retag".to_owned(),
            rows: vec![
                row("liftlock", Standing::Ours, 0.01),
                row("crane", Standing::Peer, 0.02),
                row("regctl", Standing::Peer, 2.0),
                row("curl", Standing::Floor, 0.001),
                broken,
            ],
        };
        let shown = text(&played);
        let expected = "
== retag
          requests  wall min   median  x best     CPU  x best  peak RSS  x best  runs
liftlock         4   10.0 ms  10.0 ms    0.50  1.00 s    1.00   2.0 MiB    1.00     1
crane            4   20.0 ms  20.0 ms    1.00  1.00 s    1.00   2.0 MiB    1.00     1
regctl           4    2.00 s   2.00 s  100.00  1.00 s    1.00   2.0 MiB    1.00     1
curl             4    1.0 ms   1.0 ms    0.05  1.00 s    1.00   2.0 MiB    1.00     1
none             -         -        -       -       -       -         -       -     0
FAILED none: no such command";
        assert_eq!(shown, expected);
    }
}
