//! Each request's id, and where it comes from.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::address::client;
use crate::connections::Peer;
use crate::shared::Shared;

/// The header of a request's id, on the way in from trusted proxies and on the way out.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over.
const ID_MAX: usize = 64;

/// A request's id: an extension of each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

pub(super) async fn layer(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let peer = peer.unwrap_or(Peer {
        address: std::net::Ipv4Addr::UNSPECIFIED.into(),
        tls: false,
    });
    let (address, via) = client(peer.address, peer.tls, request.headers(), &shared.trusted);
    let given = request.headers().get(HEADER);
    let given = given.filter(|id| via.trusted_proxy && is_id(id.as_bytes()));
    let id: Arc<str> = match given.and_then(|id| id.to_str().ok()) {
        Some(id) => id.into(),
        None => shared.request_id().into(),
    };
    request.extensions_mut().insert(address);
    request.extensions_mut().insert(via);
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}

fn is_id(text: &[u8]) -> bool {
    let known = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=ID_MAX).contains(&text.len()) && text.iter().all(known)
}
