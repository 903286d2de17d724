//! What is signed.

/// Pre-authentication encoding (DSSE `protocol.md`, "Signature Definition"): the payload and its
/// type, each with its length before it, so that neither can be taken for a part of the other.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let (type_bytes, payload_bytes) = (payload_type.len(), payload.len());
    let head = format!("DSSEv1 {type_bytes} {payload_type} {payload_bytes} ");
    let mut encoded = Vec::with_capacity(head.len() + payload_bytes);
    encoded.extend_from_slice(head.as_bytes());
    encoded.extend_from_slice(payload);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_specification_shows() {
        let encoded = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            encoded,
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert!(pae(crate::PAYLOAD_TYPE, b"{}").starts_with(b"DSSEv1 28 "));
    }
}
