//! `window:` gates.

use liftlock_core::calendar::{Days, ZoneName, zone_names};
use liftlock_core::policy::WindowRule;

use crate::block::Block;
use crate::finding::{Finding, quoted};
use crate::nearest::nearest;
use crate::node::Node;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{scalar, sequence};

pub(crate) const WINDOW_GATE: Shape = Shape {
    name: "window-gate",
    what: "a window gate",
    keys: &["window"],
    later: &[],
};

pub(crate) const WINDOW: Shape = Shape {
    name: "window",
    what: "`window`",
    keys: &["days", "hours", "timezone", "except"],
    later: &[],
};

pub(super) fn read(gate: &Block<'_>, reader: &mut Reader<'_>) -> Option<WindowRule> {
    let before = reader.findings.len();
    let entry = gate.entry("window")?;
    let block = Block::open(entry.at, &entry.value, &WINDOW, reader)?;
    let days = block
        .need("days", "such as `days: mon-thu`", reader)
        .and_then(|node| days(node, reader));
    let hours = block
        .need("hours", "such as `hours: \"09:00-16:00\"`", reader)
        .and_then(|node| {
            sequence::filled(node, "`hours` lists nothing, so it never opens", reader)?;
            sequence::parsed(node, "a range of hours such as \"09:00-16:00\"", reader)
        });
    let timezone = block
        .need("timezone", "such as `timezone: Europe/Berlin`", reader)
        .and_then(|node| zone(node, reader));
    let except = block.get("except").and_then(|node| {
        sequence::filled(node, "`except` lists nothing; leave it out", reader)?;
        sequence::parsed(node, "a date such as 2026-12-24", reader)
    });
    if reader.findings.len() > before {
        return None;
    }
    Some(WindowRule {
        days: days?,
        hours: hours?,
        timezone: timezone?,
        except: except.unwrap_or_default(),
    })
}

fn days(node: &Node, reader: &mut Reader<'_>) -> Option<Days> {
    sequence::filled(node, "`days` lists nothing, so it never opens", reader)?;
    let ranges: Vec<Days> = sequence::parsed(node, "a day of the week such as mon", reader)?;
    Some(ranges.into_iter().fold(Days::default(), Days::and))
}

fn zone(node: &Node, reader: &mut Reader<'_>) -> Option<ZoneName> {
    let name: ZoneName = scalar::parsed(node, "the name of a time zone", reader)?;
    if name.is_known() {
        return Some(name);
    }
    let message = format!("{} is not a time zone of IANA's", quoted(name.as_str()));
    let finding = Finding::new(node.at, message);
    reader.report(match meant(name.as_str()) {
        Some(zone) => finding.hint(format!("did you mean `{zone}`?")),
        None => finding.hint("they are named after places, such as `Europe/Berlin`, and `UTC`"),
    });
    None
}

/// The known time zone that was probably meant: by its whole name, or by its place alone.
fn meant(text: &str) -> Option<String> {
    let names = zone_names();
    let place = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let whole = nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
    whole.or_else(|| {
        let places: Vec<String> = names.iter().map(|name| place(name)).collect();
        let near = nearest(&place(text), places.iter().map(String::as_str))?;
        let at = places.iter().position(|place| place == near)?;
        names.get(at).cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_name_or_place() {
        for (text, expected) in [
            ("europe/berlin", Some("Europe/Berlin")),
            ("Europe/Berln", Some("Europe/Berlin")),
            ("Berlin", Some("Europe/Berlin")),
            ("Germany/Berlin", Some("Europe/Berlin")),
            ("utc", Some("UTC")),
            ("America/Saopaulo", Some("America/Sao_Paulo")),
            ("Middle-earth", None),
        ] {
            assert_eq!(meant(text).as_deref(), expected, "{text}");
        }
    }
}
