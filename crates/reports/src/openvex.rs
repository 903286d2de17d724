//! OpenVEX documents (openvex.dev: OPENVEX-SPEC v0.2.0, and v0.0.1 before it), as vexctl and Trivy
//! know them.
//!
//! Read are the statements on images that are named by digest: a product `pkg:oci/NAME@sha256:...`
//! (package-url, type `oci`), `REPOSITORY@sha256:...`, or its `sha-256` hash. A product without one
//! could be any image, so what is said of it counts for none.

use liftlock_oci::Digest;
use serde::Deserialize;

use crate::findings::finding_id;
use crate::lists::Limited;
use crate::subjects::{SUBJECTS_MAX, parse_digest, pinned};
use crate::text::{bounded, time};
use crate::{Facts, Format, ReportError, Statement, Status};

/// Most statements of a document.
pub const STATEMENTS_MAX: usize = 10_000;
/// Most products of a statement.
pub const PRODUCTS_MAX: usize = 1_000;
/// Most other names of a vulnerability.
pub const ALIASES_MAX: usize = 16;

const CONTEXTS: [&str; 2] = ["https://openvex.dev/ns/v0.2.0", "https://openvex.dev/ns"];

/// The fields of a document that are read.
#[derive(Deserialize)]
pub(crate) struct Document {
    #[serde(rename = "@context")]
    context: String,
    author: String,
    timestamp: String,
    last_updated: Option<String>,
    statements: Limited<Said, STATEMENTS_MAX>,
}

/// One of `statements`.
#[derive(Deserialize)]
struct Said {
    vulnerability: Vulnerability,
    timestamp: Option<String>,
    products: Option<Limited<Product, PRODUCTS_MAX>>,
    /// v0.0.1.
    subcomponents: Option<Limited<serde::de::IgnoredAny, 1>>,
    status: Status,
    justification: Option<String>,
    impact_statement: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    Named {
        name: String,
        aliases: Option<Limited<String, ALIASES_MAX>>,
    },
    /// v0.0.1.
    Name(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Product {
    Component(Box<Component>),
    /// v0.0.1.
    Id(String),
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "@id")]
    id: Option<String>,
    identifiers: Option<Identifiers>,
    hashes: Option<Hashes>,
    subcomponents: Option<Limited<serde::de::IgnoredAny, 1>>,
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Hashes {
    #[serde(rename = "sha-256")]
    sha256: Option<String>,
}

/// Reads a document.
pub(crate) fn read(document: Document) -> Result<Facts, ReportError> {
    if !CONTEXTS.contains(&document.context.as_str()) {
        let found = &document.context;
        return Err(ReportError::unsupported("@context", found, CONTEXTS[0]));
    }
    let issued = time("timestamp", &document.timestamp)?;
    let updated = document.last_updated.as_deref();
    let updated = updated.map(|text| time("last_updated", text)).transpose()?;
    let mut dated: Vec<(i64, Statement)> = Vec::new();
    for said in document.statements.within("statements")? {
        let own = said.timestamp.as_deref();
        let own = own.map(|text| time("statements.timestamp", text));
        let at = own.transpose()?.unwrap_or(issued);
        dated.extend(statements(said)?.into_iter().map(|one| (at, one)));
    }
    if dated.is_empty() {
        return Err(ReportError::Empty {
            what: "no statement on an image that it names by digest",
            hint: "name the product as pkg:oci/NAME@sha256:...",
        });
    }
    // Of two statements on the same the later one counts (OPENVEX-SPEC, "Statement Time").
    dated.sort_by_key(|(at, _)| *at);
    let statements: Vec<Statement> = dated.into_iter().map(|(_, one)| one).collect();
    let named = statements.iter().flat_map(|one| one.subjects.iter());
    let mut subjects: Vec<Digest> = named.copied().collect();
    subjects.sort_unstable();
    subjects.dedup();
    Ok(Facts {
        format: Format::Openvex,
        outcome: None,
        figures: std::collections::BTreeMap::new(),
        findings: Vec::new(),
        time_us: Some(updated.unwrap_or(issued)),
        subjects,
        platform: None,
        statements,
        tools: vec![bounded(&document.author)],
    })
}

/// What is said of whole images, and what of parts of them; nothing of products without a digest.
fn statements(said: Said) -> Result<Vec<Statement>, ReportError> {
    let Said {
        vulnerability,
        products,
        status,
        ..
    } = said;
    let (name, aliases) = match vulnerability {
        Vulnerability::Named { name, aliases } => {
            let aliases = aliases.map_or(Ok(Vec::new()), |list| list.within("aliases"))?;
            (name, aliases)
        }
        Vulnerability::Name(name) => (name, Vec::new()),
    };
    let aliases: Result<Vec<_>, _> = aliases
        .iter()
        .map(|alias| finding_id("vulnerability.aliases", alias))
        .collect();
    let (id, aliases) = (finding_id("vulnerability.name", &name)?, aliases?);
    let why = [said.justification, said.impact_statement];
    let why = why.into_iter().flatten().find(|why| !why.trim().is_empty());
    if status == Status::NotAffected && why.is_none() {
        let expected = "why, where the status is not_affected";
        let field = "statements.justification or impact_statement";
        return Err(ReportError::unsupported(field, "", expected));
    }
    let justification = why
        .filter(|_| status == Status::NotAffected)
        .map(|why| bounded(why.trim()));
    let partial = has_any(said.subcomponents);
    let (mut whole, mut parts) = (Vec::new(), Vec::new());
    let products = products.map_or(Ok(Vec::new()), |list| list.within("products"))?;
    for product in products {
        let (digests, of_parts) = digests(product)?;
        let list = if partial || of_parts {
            &mut parts
        } else {
            &mut whole
        };
        list.extend(digests);
    }
    let mut found = Vec::new();
    for (mut subjects, partial) in [(whole, false), (parts, true)] {
        subjects.sort_unstable();
        subjects.dedup();
        if subjects.len() > SUBJECTS_MAX {
            return Err(ReportError::Limit {
                what: "images in one statement",
                max: SUBJECTS_MAX,
            });
        }
        if !subjects.is_empty() {
            found.push(Statement {
                id: id.clone(),
                aliases: aliases.clone(),
                status,
                justification: justification.clone(),
                subjects,
                partial,
            });
        }
    }
    Ok(found)
}

fn has_any(list: Option<Limited<serde::de::IgnoredAny, 1>>) -> bool {
    list.and_then(Limited::first).is_some()
}

/// The digests that a product is named by, and whether only parts of it are meant.
fn digests(product: Product) -> Result<(Vec<Digest>, bool), ReportError> {
    let component = match product {
        Product::Id(id) => return Ok((digest_in(&id)?.into_iter().collect(), false)),
        Product::Component(component) => *component,
    };
    let purl = component.identifiers.and_then(|names| names.purl);
    let mut digests = Vec::new();
    for name in [component.id, purl].into_iter().flatten() {
        digests.extend(digest_in(&name)?);
    }
    if let Some(hash) = component.hashes.and_then(|hashes| hashes.sha256) {
        let digest = format!("sha256:{hash}");
        digests.push(parse_digest("products.hashes.sha-256", &digest)?);
    }
    Ok((digests, has_any(component.subcomponents)))
}

/// The digest in a product's name. A package that is not an image has none.
fn digest_in(name: &str) -> Result<Option<Digest>, ReportError> {
    let field = "products.@id";
    let Some(purl) = name.strip_prefix("pkg:") else {
        let digest = pinned(name).map(|(_, digest)| parse_digest(field, digest));
        return digest.transpose();
    };
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let version = purl[..end].rsplit_once('@').map(|(_, version)| version);
    let version = version.filter(|_| purl.starts_with("oci/"));
    let Some(version) = version else {
        return Ok(None);
    };
    let plain = version.replace("%3A", ":").replace("%3a", ":");
    if !plain.starts_with("sha256:") {
        return Ok(None);
    }
    parse_digest(field, &plain).map(Some)
}
