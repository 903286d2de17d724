//! Signed notes, checkpoints, keys and proof files, as someone hands them over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_ledger::{ProofFile, SavedCheckpoint, SignedNote, SigningKey, VerifierKey};

/// The public half of a key whose private one no fuzzer has.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// The only text that it was ever seen to sign.
const SIGNED: &str = "If you think cryptography is the answer to your problem,\n\
then you don't know what your problem is.\n";

fuzz_target!(|text: &str| {
    let key: VerifierKey = KEY.parse().expect("a key");
    if let Ok(note) = text.parse::<SignedNote>() {
        // What is written again is read as the same, and its text is where the note begins.
        let written = note.to_string();
        assert_eq!(written.parse().as_ref(), Ok(&note));
        assert!(text.starts_with(note.text()) && note.text().ends_with('\n'));
        assert!(note.signers().count() > 0);
        if let Ok(signed) = note.verify(&key) {
            assert_eq!(signed, SIGNED);
        }
    }
    if let Ok(saved) = text.parse::<SavedCheckpoint>() {
        let checkpoint = saved.checkpoint().to_string();
        assert!(text.starts_with(&checkpoint), "{checkpoint}");
        if let SavedCheckpoint::Signed(signed) = &saved {
            assert!(signed.verify(&key).is_err());
        }
    }
    if let Ok(file) = text.parse::<ProofFile>() {
        assert_eq!(file.to_string().parse().as_ref(), Ok(&file));
        assert!(file.verify(&key).is_err());
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = SigningKey::from_private_text(text) {
        assert_eq!(*key.to_private_text(), text);
        assert!(!format!("{key:?}").contains(text));
    }
});
