//! Verdicts: the same words everywhere.

use liftlock_core::Time;
use liftlock_core::verdict::{Answer, Verdict};

use super::paint;

/// One line: mark, gate, reason, and the instant at which time alone can change it.
pub fn line(verdict: &Verdict, now: Option<Time>) -> String {
    styled(verdict, now, false)
}

/// The line, in colour where that is wanted.
pub fn styled(verdict: &Verdict, now: Option<Time>, color: bool) -> String {
    let mark = match verdict.answer {
        Answer::Passed => paint::good("passed ", color),
        Answer::Waiting => paint::waits("waiting", color),
        Answer::Blocked => paint::bad("BLOCKED", color),
    };
    let mut line = format!("  {mark}  {:<20} {}", verdict.gate, verdict.reason);
    if let (Some(until), Some(now)) = (verdict.until, now)
        && until > now
        && verdict.answer == Answer::Waiting
    {
        let at = super::time::instant(until);
        // A reason may say it already.
        if !verdict.reason.contains(&at) {
            line.push_str(&format!(" (at {at})"));
        }
    }
    line
}

/// The commands that would help, each once.
pub fn help(verdicts: &[Verdict]) -> Vec<String> {
    let mut commands = Vec::new();
    for verdict in verdicts.iter().filter(|v| v.answer != Answer::Passed) {
        if let Some(help) = &verdict.help
            && !commands.contains(help)
        {
            commands.push(help.clone());
        }
    }
    commands
}
