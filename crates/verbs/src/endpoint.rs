//! Where requests are in the HTTP API, and what they take: read from the options of the command
//! line, so that the two cannot differ.

use clap::{Arg, ArgAction, Args, Command};

/// A method of HTTP (RFC 9110).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads. What it takes is in the path and the query.
    Get,
    /// Changes something, or takes too much for a query. What it takes is in the path and the body.
    Post,
    /// Puts something in its place.
    Put,
}

/// Where one kind of request is.
#[derive(Debug)]
pub struct Endpoint {
    /// The verb, as on the command line.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path below the pipeline; `{field}` stands for a field.
    pub path: &'static str,
    /// What it takes that the command line has as an option.
    pub(crate) options: fn() -> Vec<Field>,
}

/// A field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
    /// What it means.
    pub about: String,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    List,
    /// A report: its file's `name`, and its `bytes` in base64.
    Report,
    /// Where a release was brought from: the `pipeline` there, the `archive`'s digest, and the
    /// `origin`, `size` and `root` of the ledger.
    Origin,
    /// A pipeline file: its `name`, its `text` in base64, and the `files` that it names, each in
    /// base64.
    File,
}

/// What knows its fields.
pub trait Fields {
    /// The fields.
    fn fields() -> Vec<Field>;
}

impl<T: Args> Fields for T {
    fn fields() -> Vec<Field> {
        let command = T::augment_args(Command::new("request"));
        command.get_arguments().map(field).collect()
    }
}

fn field(argument: &Arg) -> Field {
    let many = argument.get_num_args().is_some_and(|n| n.max_values() > 1);
    let kind = match argument.get_action() {
        ArgAction::SetTrue => Kind::Flag,
        ArgAction::Append => Kind::List,
        _ if many => Kind::List,
        _ => Kind::Text,
    };
    Field {
        name: argument.get_id().to_string(),
        kind,
        required: argument.is_required_set(),
        about: argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

impl Field {
    /// A field that is no option of the command line.
    pub(crate) fn new(name: &str, kind: Kind, required: bool, about: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            required,
            about: about.to_owned(),
        }
    }
}

impl Endpoint {
    /// What it takes.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = (self.options)();
        fields.extend(self.sent_otherwise());
        fields
    }

    /// Fields that the command line fills from something else than an option of this name.
    fn sent_otherwise(&self) -> Option<Field> {
        let (name, kind, about) = match self.name {
            "evidence add" => ("report", Kind::Report, "A report that a tool has written"),
            "approve" => (
                "seen",
                Kind::Text,
                "The digest of the release's images as it was looked at; another is not approved",
            ),
            "release create" => (
                "imported",
                Kind::Origin,
                "Where it came from, where it was brought in an archive that was checked",
            ),
            "incident resolve" => (
                "group",
                Kind::Text,
                "Only where the open incident's reason begins so",
            ),
            _ => return None,
        };
        Some(Field::new(name, kind, false, about))
    }

    /// The fields that are in its path.
    pub fn in_path(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
