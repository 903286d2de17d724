//! YAML events to a tree. What makes a YAML file mean something else than it seems to is refused:
//! anchors, aliases, tags, directives, duplicate keys, further documents.

use std::collections::BTreeSet;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StrInput};

use crate::finding::{Finding, Position, quoted};
use crate::node::{Entry, Kind, Node};

/// The deepest nesting of mappings and lists, for each of YAML's two notations.
pub const DEPTH_MAX: usize = 16;

/// The most entries of one mapping or list.
pub const ENTRIES_MAX: usize = 1000;

/// What was read.
pub(crate) struct Tree {
    /// The first document; nothing where its form is broken, or where there is none.
    pub(crate) root: Option<Node>,
    /// What is wrong with the form.
    pub(crate) findings: Vec<Finding>,
}

/// Reads the one document of `text`.
pub(crate) fn read(text: &str) -> Tree {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_anchor_events: true,
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut builder = Builder {
        text,
        events: Parser::new_from_str_with_options(text, options),
        findings: Vec::new(),
    };
    let root = match builder.document() {
        Ok(root) => root,
        Err(finding) => {
            builder.findings.push(finding);
            None
        }
    };
    Tree {
        root,
        findings: builder.findings,
    }
}

struct Builder<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    findings: Vec<Finding>,
}

impl<'t> Builder<'t> {
    /// The next event that is not an anchor's name.
    fn next(&mut self) -> Result<(Event<'t>, Position), Finding> {
        match self.events.next_event() {
            Some(Ok((Event::Anchor(_, name), span))) => Err(Finding::new(
                place(span),
                format!("anchors such as `&{name}` are not accepted; write the value out"),
            )),
            Some(Ok((event, span))) => Ok((event, place(span))),
            Some(Err(error)) => {
                let at: Position = (*error.marker()).into();
                Err(match error.kind() {
                    ErrorKind::RecursionLimitExceeded => {
                        Finding::new(at, format!("nested deeper than {DEPTH_MAX} levels"))
                    }
                    kind if self.is_at_a_brace(at) => Finding::new(at, kind.to_string())
                        .hint("write a value with { or } in it in quotes here"),
                    kind => Finding::new(at, kind.to_string()),
                })
            }
            None => Ok((Event::StreamEnd, Position::START)),
        }
    }

    /// Within brackets, a value without quotes ends at a brace.
    fn is_at_a_brace(&self, at: Position) -> bool {
        let line = self.text.lines().nth(at.line - 1).unwrap_or_default();
        matches!(line.chars().nth(at.column - 1), Some('{' | '}'))
    }

    fn document(&mut self) -> Result<Option<Node>, Finding> {
        let mut root = None;
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) if root.is_some() => {
                    self.findings.push(
                        Finding::new(at, "a second document starts here")
                            .hint("one file holds one pipeline"),
                    );
                    return Ok(root);
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, at)?),
            }
        }
    }

    /// The node that starts with `event`. Nesting is bounded by [`DEPTH_MAX`].
    fn node(&mut self, event: Event<'t>, at: Position) -> Result<Node, Finding> {
        if let Some(tag) = event.tag() {
            return Err(Finding::new(
                at,
                format!(
                    "YAML tags such as {} are not accepted",
                    quoted(&tag.original())
                ),
            ));
        }
        let kind = match event {
            Event::Scalar(text, style, ..) => Kind::Scalar {
                text: text.into_owned(),
                quoted: style != ScalarStyle::Plain,
            },
            Event::SequenceStart(..) => Kind::List(self.list(at)?),
            Event::MappingStart(..) => Kind::Map(self.map(at)?),
            _ => {
                return Err(Finding::new(
                    at,
                    "aliases such as `*name` are not accepted; write the value out",
                ));
            }
        };
        Ok(Node { at, kind })
    }

    fn list(&mut self, start: Position) -> Result<Vec<Node>, Finding> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items);
            }
            items.push(self.node(event, at)?);
            limit(items.len(), start)?;
        }
    }

    fn map(&mut self, start: Position) -> Result<Vec<Entry>, Finding> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let key = self.node(event, at)?;
            let Kind::Scalar { text: key, .. } = key.kind else {
                return Err(Finding::new(at, "a key must be a single value"));
            };
            let (event, value_at) = self.next()?;
            let value = self.node(event, value_at)?;
            if seen.insert(key.clone()) {
                entries.push(Entry { key, at, value });
            } else {
                let message = format!("the key {} is written twice", quoted(&key));
                self.findings.push(Finding::new(at, message));
            }
            limit(entries.len(), start)?;
        }
    }
}

fn limit(count: usize, at: Position) -> Result<(), Finding> {
    if count > ENTRIES_MAX {
        let message = format!("more than {ENTRIES_MAX} entries in one mapping or list");
        return Err(Finding::new(at, message));
    }
    Ok(())
}

fn place(span: Span) -> Position {
    span.start.into()
}
