//! XML from outside: tamed, then parsed strictly.
//!
//! The parser compares each attribute of an element with all others, copies the namespaces in
//! scope, and reserves memory for each `<` and `=` it sees. So all of these are counted first, in
//! one pass, and refused over a limit.

use roxmltree::{Document, Error, ParsingOptions};

use crate::ReportError;
use crate::text::{bounded, position};

/// Most levels of nested elements in an XML report.
pub const XML_DEPTH_MAX: usize = 64;
/// Most nodes (elements, texts, comments) of an XML report.
pub const XML_NODES_MAX: usize = 1_000_000;
/// Most attributes of an XML report.
pub const XML_ATTRIBUTES_MAX: usize = 2_000_000;
/// Most attributes of one element of an XML report.
pub const XML_ELEMENT_ATTRIBUTES_MAX: usize = 64;
/// Most namespaces in scope at an element of an XML report.
pub const XML_NAMESPACES_MAX: usize = 32;

/// Checks the limits and blanks what no report reader looks at: each `=` and `<` outside of markup.
/// Every byte keeps its place, so positions hold. Broken markup is left for the parser to locate.
pub(crate) fn tame(text: &str) -> Result<String, ReportError> {
    let mut bytes = text.as_bytes().to_vec();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        blank(&mut bytes[at..start]);
        let rest = &text[start..];
        at = if rest.starts_with("<!--") {
            blanked_to(text, &mut bytes, start + 4, "-->")
        } else if rest.starts_with("<![CDATA[") {
            blanked_to(text, &mut bytes, start + 9, "]]>")
        } else if rest.starts_with("<?") {
            rest.find("?>").map_or(text.len(), |end| start + end + 2)
        } else if rest.starts_with("<!DOCTYPE") {
            let message = "a document type declaration (<!DOCTYPE) is not read; remove it";
            return Err(xml_error(position(text.as_bytes(), start), message));
        } else {
            let tag = Tag::scan(&mut bytes, start)?;
            tag.nest(&mut open)?;
            tag.end
        };
    }
    blank(&mut bytes[at..]);
    let count = |wanted: u8| bytes.iter().filter(|byte| **byte == wanted).count();
    // An element has one or two tags.
    limit(count(b'<') / 2, "XML nodes", XML_NODES_MAX)?;
    limit(count(b'='), "XML attributes", XML_ATTRIBUTES_MAX)?;
    // Only ASCII took the place of ASCII.
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        xml_error(position(text.as_bytes(), offset), "not UTF-8")
    })
}

/// Parses tamed text. Document type declarations, and so entities, are refused.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, ReportError> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(XML_NODES_MAX).unwrap_or(u32::MAX),
        entity_resolver: None,
    };
    Document::parse_with_options(text, options).map_err(|error| match error {
        Error::NodesLimitReached => ReportError::Limit {
            what: "XML nodes",
            max: XML_NODES_MAX,
        },
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream | Error::NoRootNode => {
            let end = position(text.as_bytes(), text.len());
            xml_error(end, "the XML ends before its root element is closed")
        }
        error => {
            let at = error.pos();
            let message = error.to_string();
            let place = format!(" at {at}");
            xml_error(
                (at.row, at.col),
                message.strip_suffix(&place).unwrap_or(&message),
            )
        }
    })
}

/// An [`ReportError::Xml`] with a bounded message.
pub(crate) fn xml_error((line, column): (u32, u32), message: &str) -> ReportError {
    ReportError::Xml {
        line,
        column,
        message: bounded(message),
    }
}

fn limit(count: usize, what: &'static str, max: usize) -> Result<(), ReportError> {
    if count > max {
        return Err(ReportError::Limit { what, max });
    }
    Ok(())
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if matches!(byte, b'=' | b'<') {
            *byte = b' ';
        }
    }
}

/// Blanks from `from` to the terminator, or the end, and says where that is.
fn blanked_to(text: &str, bytes: &mut [u8], from: usize, terminator: &str) -> usize {
    let end = text[from..]
        .find(terminator)
        .map_or(text.len(), |at| from + at);
    blank(&mut bytes[from..end]);
    (end + terminator.len()).min(text.len())
}

/// A start, end or empty tag.
struct Tag {
    end: usize,
    closes: bool,
    empty: bool,
    namespaces: usize,
}

impl Tag {
    /// Scans the tag that starts at `start`, and blanks `=` in its attributes' values. A `<` in a
    /// value stays: the parser refuses it.
    fn scan(bytes: &mut [u8], start: usize) -> Result<Self, ReportError> {
        let mut tag = Self {
            end: bytes.len(),
            closes: bytes.get(start + 1) == Some(&b'/'),
            empty: false,
            namespaces: 0,
        };
        let mut attributes = 0;
        let mut at = start + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'>' => {
                    tag.empty = bytes[at - 1] == b'/';
                    tag.end = at + 1;
                    break;
                }
                // Broken markup: what follows is a tag of its own.
                b'<' => {
                    tag.end = at;
                    break;
                }
                quote @ (b'"' | b'\'') => {
                    attributes += 1;
                    limit(
                        attributes,
                        "attributes in one XML element",
                        XML_ELEMENT_ATTRIBUTES_MAX,
                    )?;
                    let value = &mut bytes[at + 1..];
                    let length = value
                        .iter()
                        .position(|byte| *byte == quote)
                        .unwrap_or(value.len());
                    for byte in value[..length].iter_mut().filter(|byte| **byte == b'=') {
                        *byte = b' ';
                    }
                    at += length + 1;
                }
                b'x' if bytes[at - 1].is_ascii_whitespace()
                    && bytes[at..].starts_with(b"xmlns") =>
                {
                    tag.namespaces += 1;
                }
                _ => {}
            }
            at += 1;
        }
        Ok(tag)
    }

    /// Applies the tag to the open elements, each kept with its number of namespaces.
    fn nest(&self, open: &mut Vec<usize>) -> Result<(), ReportError> {
        if self.closes {
            open.pop();
            return Ok(());
        }
        let in_scope = open.iter().sum::<usize>() + self.namespaces;
        limit(in_scope, "XML namespaces in scope", XML_NAMESPACES_MAX)?;
        if !self.empty {
            open.push(self.namespaces);
            limit(open.len(), "levels of XML elements", XML_DEPTH_MAX)?;
        }
        Ok(())
    }
}
