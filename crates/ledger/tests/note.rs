//! Signed notes, keys and signed checkpoints: against the examples of Go's `note` package, and
//! changed by someone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use liftlock_ledger::note::KeyError;
use liftlock_ledger::{
    Checkpoint, NoteError, SavedCheckpoint, SignedCheckpoint, SignedCheckpointError, SignedNote,
    SigningKey, VerifierKey, leaf_hash,
};

/// Key, text and signature from the documentation of golang.org/x/mod/sumdb/note.
const PRIVATE: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
then you don't know what your problem is.\n";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
then you don't know what your problem is.\n\n\
\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn key(seed: u8) -> SigningKey {
    SigningKey::unnamed(&[seed; 32]).unwrap()
}

#[test]
fn keys_and_notes_are_those_of_the_other_implementation() {
    let private = SigningKey::from_private_text(PRIVATE).unwrap();
    assert_eq!(private.verifier().to_string(), PUBLIC);
    assert_eq!(*private.to_private_text(), PRIVATE);
    assert_eq!(SignedNote::sign(TEXT, &private).unwrap().to_string(), NOTE);
    let note: SignedNote = NOTE.parse().unwrap();
    let public: VerifierKey = PUBLIC.parse().unwrap();
    assert_eq!(note.verify(&public), Ok(TEXT));
    assert_eq!(note.to_string(), NOTE);
}

#[test]
fn a_private_key_shows_nothing_of_itself() {
    let key = key(7);
    let shown = format!("{key:?}");
    let secret = key.to_private_text();
    let seed = secret.rsplit('+').next().unwrap();
    assert!(!shown.contains(seed), "{shown}");
    assert!(shown.contains(key.verifier().name()));
}

#[test]
fn a_key_that_was_changed_is_refused() {
    for (bad, expected) in [
        ("", KeyError::Form),
        ("PeterNeumann", KeyError::Form),
        (&PUBLIC.replace("c74f20a3", "c74f20a4"), KeyError::Id),
        (&PUBLIC.replace("PeterNeumann", "Peter"), KeyError::Id),
        (&PUBLIC.replace("+ARpc", "+ARpd"), KeyError::Id),
        (&PUBLIC.replace("+ARpc", "+BRpc"), KeyError::Algorithm),
        (
            &PUBLIC.replace("PeterNeumann", "Peter Neumann"),
            KeyError::Name,
        ),
        (&PUBLIC.replace("PeterNeumann", ""), KeyError::Name),
        (
            &PUBLIC.replace("PeterNeumann", &"n".repeat(256)),
            KeyError::Name,
        ),
        (&format!("{PUBLIC}A"), KeyError::Form),
    ] {
        assert_eq!(bad.parse::<VerifierKey>(), Err(expected), "{bad}");
    }
    assert!(SigningKey::from_private_text(PUBLIC).is_err());
    assert!(SigningKey::from_private_text(&PRIVATE.replace("+AYEK", "+AYEL")).is_err());
}

#[test]
fn a_note_in_another_form_is_none() {
    for bad in [
        String::new(),
        TEXT.to_owned(),
        NOTE.trim_end().to_owned(),
        NOTE.replace('\u{2014}', "-"),
        NOTE.replace("\u{2014} Peter", "\u{2014}Peter"),
        NOTE.replace("PeterNeumann ", "Peter+Neumann "),
        NOTE.replace("x08go", "x08g"),
        NOTE.replace("If you", "If\tyou"),
        NOTE.replace('\n', "\r\n"),
        format!("{TEXT}\n\u{2014} PeterNeumann x08gow==\n"),
        format!("{NOTE}{}", NOTE.lines().last().unwrap()),
        format!("\n\n{}\n", NOTE.lines().last().unwrap()),
        NOTE.replace("If you", &"If you ".repeat(3000)),
    ] {
        assert!(bad.parse::<SignedNote>().is_err(), "{bad:.200}");
    }
    let line = NOTE.lines().last().unwrap();
    let many = format!("{TEXT}\n{}", format!("{line}\n").repeat(65));
    assert_eq!(many.parse::<SignedNote>(), Err(NoteError::Count));
}

#[test]
fn only_the_trusted_keys_signature_counts() {
    let public: VerifierKey = PUBLIC.parse().unwrap();
    let unsigned = |note: &str| {
        note.parse::<SignedNote>()
            .unwrap()
            .verify(&public)
            .map(|_| ())
    };
    // Another's signature, under another name or under the same one.
    let other = SignedNote::sign(TEXT, &key(1)).unwrap();
    assert!(matches!(
        unsigned(&other.to_string()),
        Err(NoteError::Unsigned { .. })
    ));
    let same_name = SigningKey::from_seed("PeterNeumann", &[1; 32]).unwrap();
    let same_name = SignedNote::sign(TEXT, &same_name).unwrap().to_string();
    assert!(matches!(
        unsigned(&same_name),
        Err(NoteError::Unsigned { .. })
    ));
    // Beside it, it does no harm.
    let beside = format!("{NOTE}{}\n", same_name.lines().last().unwrap());
    assert_eq!(unsigned(&beside), Ok(()));
    // The key's own, over another text.
    let moved = NOTE.replace("answer", "answers");
    assert_eq!(
        unsigned(&moved),
        Err(NoteError::Signature("PeterNeumann".into()))
    );
    let mixed = format!("{moved}{}\n", same_name.lines().last().unwrap());
    assert!(unsigned(&mixed).is_err());
}

#[test]
fn every_bit_of_a_signed_checkpoint_matters() {
    let key = key(3);
    let checkpoint = Checkpoint::new(key.verifier().name(), 7, leaf_hash(b"x")).unwrap();
    let signed = SignedCheckpoint::sign(checkpoint.clone(), &key)
        .unwrap()
        .to_string();
    let read = |bytes: Vec<u8>| -> Option<Checkpoint> {
        let parsed: SignedCheckpoint = String::from_utf8(bytes).ok()?.parse().ok()?;
        parsed.verify(key.verifier()).ok().cloned()
    };
    assert_eq!(read(signed.clone().into_bytes()), Some(checkpoint));
    for place in 0..signed.len() * 8 {
        let mut bytes = signed.clone().into_bytes();
        bytes[place / 8] ^= 1 << (place % 8);
        assert_eq!(read(bytes), None, "bit {place}");
    }
}

#[test]
fn a_checkpoint_is_signed_by_the_key_it_is_named_after() {
    let (one, two) = (key(1), key(2));
    let checkpoint = Checkpoint::new(one.verifier().name(), 7, leaf_hash(b"x")).unwrap();
    assert!(matches!(
        SignedCheckpoint::sign(checkpoint, &two),
        Err(SignedCheckpointError::Origin { .. })
    ));
    // A trusted key's signature over another log's checkpoint says nothing either.
    let foreign = SignedNote::sign(
        "other/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        &one,
    );
    let foreign: SignedCheckpoint = foreign.unwrap().to_string().parse().unwrap();
    assert!(matches!(
        foreign.verify(one.verifier()),
        Err(SignedCheckpointError::Origin { .. })
    ));
}

#[test]
fn checkpoints_saved_without_a_signature_are_told_apart() {
    let text = "liftlock/state\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let saved: SavedCheckpoint = text.parse().unwrap();
    assert!(matches!(&saved, SavedCheckpoint::Unsigned(c) if c.size() == 7));
    let key = key(1);
    let named = Checkpoint::new(key.verifier().name(), 7, saved.checkpoint().root()).unwrap();
    let signed = SignedCheckpoint::sign(named, &key).unwrap().to_string();
    let saved: SavedCheckpoint = signed.parse().unwrap();
    assert_eq!(saved.to_string(), signed);
    assert!(matches!(saved, SavedCheckpoint::Signed(_)));
}
