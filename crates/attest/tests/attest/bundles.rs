use liftlock_attest::Bundle;
use proptest::prelude::*;

use crate::samples::{bundle, key};

#[test]
fn it_is_written_with_exactly_the_fields_of_the_specification() {
    let text = String::from_utf8(bundle(&key(1))).unwrap();
    let shape = text
        .split('"')
        .map(|part| if part.len() > 80 { "..." } else { part })
        .collect::<Vec<_>>()
        .join("\"");
    let hint = key(1).public().hint();
    assert_eq!(
        shape,
        format!(
            "{{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\
             \"verificationMaterial\":{{\"publicKey\":{{\"hint\":\"{hint}\"}}}},\"dsseEnvelope\":\
             {{\"payload\":\"...\",\"payloadType\":\"application/vnd.in-toto+json\",\
             \"signatures\":[{{\"sig\":\"...\"}}]}}}}"
        )
    );
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Bundle::read(&bytes);
    }

    #[test]
    fn a_bundle_with_one_byte_changed_reads_as_itself_or_not_at_all(
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
    ) {
        let mut bytes = bundle(&key(1));
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(read) = Bundle::read(&bytes) {
            prop_assert_eq!(Bundle::read(&read.to_bytes()), Ok(read));
        }
    }
}
