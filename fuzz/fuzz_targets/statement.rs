//! In-toto statements and their predicates.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_attest::predicates::{
    Approval, Deployment, Provenance, TestResult, VerificationSummary, Vulns,
};
use liftlock_attest::{Predicate, Statement};
use liftlock_fuzz::attestations::message_fits;
use liftlock_oci::Digest;

fuzz_target!(|bytes: &[u8]| {
    let statement = match Statement::read(bytes) {
        Ok(statement) => statement,
        Err(error) => return message_fits(&error),
    };
    assert!(!statement.subjects.is_empty());
    let again = Statement::read(&statement.to_bytes()).expect("it is read again");
    assert_eq!(again, statement);
    let named = statement
        .subjects
        .iter()
        .any(|s| s.digest.sha256() == Some(Digest::of(b"")));
    assert_eq!(statement.is_about(&Digest::of(b"")), named);
    reads_again::<Approval>(&statement);
    reads_again::<Deployment>(&statement);
    reads_again::<Provenance>(&statement);
    reads_again::<TestResult>(&statement);
    reads_again::<VerificationSummary>(&statement);
    reads_again::<Vulns>(&statement);
});

fn reads_again<P: Predicate + PartialEq + std::fmt::Debug>(statement: &Statement) {
    let Ok(predicate) = statement.predicate::<P>() else {
        return;
    };
    let subject = statement.subjects[0].clone();
    let written = Statement::new(subject, &predicate).expect("it is written");
    assert_eq!(
        written.predicate::<P>().expect("it is read again"),
        predicate
    );
}
