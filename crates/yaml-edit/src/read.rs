//! YAML events to a tree.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StrInput, StructureStyle};

use crate::YamlError;
use crate::node::{Entry, Kind, Node, Style};

/// The largest text that is read, in bytes: 1 MiB.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// The deepest nesting of mappings and lists, for each of YAML's two notations.
pub const DEPTH_MAX: usize = 64;
/// The most documents of one text.
pub const DOCUMENTS_MAX: usize = 1000;

/// A YAML text, read.
#[derive(Debug, Clone)]
pub struct Yaml<'t> {
    pub(crate) text: &'t str,
    pub(crate) documents: Vec<Node>,
}

impl<'t> Yaml<'t> {
    /// Reads a text with all its documents.
    ///
    /// # Errors
    /// A text over the limits, or that is no YAML.
    pub fn read(text: &'t str) -> Result<Self, YamlError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(YamlError::TooLarge);
        }
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: DEPTH_MAX,
            block_nesting_limit: DEPTH_MAX,
        };
        let mut reader = Reader {
            text,
            events: Parser::new_from_str_with_options(text, options),
            count: 0,
        };
        let documents = reader.documents()?;
        Ok(Self { text, documents })
    }

    /// Its documents, in order.
    pub fn documents(&self) -> &[Node] {
        &self.documents
    }
}

struct Reader<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    count: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), YamlError> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let line = error.marker().line();
                Err(match error.kind() {
                    ErrorKind::RecursionLimitExceeded => YamlError::TooDeep { line },
                    kind => YamlError::Form {
                        line,
                        message: kind.to_string(),
                    },
                })
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn documents(&mut self) -> Result<Vec<Node>, YamlError> {
        let mut documents = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(documents),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event if documents.len() < DOCUMENTS_MAX => {
                    documents.push(self.node(event, span, false)?);
                }
                _ => return Err(YamlError::TooManyDocuments),
            }
        }
    }

    /// The node that begins with `event`. Nesting is bounded by [`DEPTH_MAX`].
    fn node(&mut self, event: Event<'t>, span: Span, within: bool) -> Result<Node, YamlError> {
        let id = self.count;
        self.count += 1;
        let line = span.start.line();
        let Some(at) = span
            .byte_range()
            .filter(|at| self.text.get(at.clone()).is_some())
        else {
            let message = "its place is not known".to_owned();
            return Err(YamlError::Form { line, message });
        };
        let (shared, kind) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let (text, style) = (text.into_owned(), style.into());
                (anchor != 0, Kind::Scalar { text, style })
            }
            Event::SequenceStart(_, anchor, _) => {
                let shared = within || anchor != 0;
                (shared, Kind::List(self.list(shared)?))
            }
            Event::MappingStart(style, anchor, _) => {
                let shared = within || anchor != 0;
                let flow = style == StructureStyle::Flow;
                let entries = self.map(shared)?;
                (shared, Kind::Map { entries, flow })
            }
            _ => (true, Kind::Alias),
        };
        let shared = shared || within;
        Ok(Node {
            id,
            at,
            line,
            shared,
            kind,
        })
    }

    fn list(&mut self, shared: bool) -> Result<Vec<Node>, YamlError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(items);
            }
            items.push(self.node(event, span, shared)?);
        }
    }

    fn map(&mut self, shared: bool) -> Result<Vec<Entry>, YamlError> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let key = self.node(event, span, shared)?;
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, shared)?;
            if value.at.is_empty() {
                // One that is not written belongs right after the colon.
                let colon = self.text[key.at.end..].find(':');
                let place = colon.map_or(value.at.end, |colon| key.at.end + colon + 1);
                value.at = place..place;
            }
            entries.push(Entry { key, value });
        }
    }
}

impl From<ScalarStyle> for Style {
    fn from(style: ScalarStyle) -> Self {
        match style {
            ScalarStyle::Plain => Self::Plain,
            ScalarStyle::SingleQuoted => Self::Single,
            ScalarStyle::DoubleQuoted => Self::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Self::Block,
        }
    }
}
