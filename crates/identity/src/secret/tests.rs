use proptest::prelude::*;

use super::*;

fn kinds() -> impl Strategy<Value = SecretKind> {
    proptest::sample::select(SecretKind::ALL.to_vec())
}

proptest! {
    #[test]
    fn what_was_handed_out_is_read_again(kind in kinds()) {
        let made = Secret::generate(kind).unwrap();
        let read = Secret::parse(made.expose()).unwrap();
        prop_assert_eq!(read.kind(), kind);
        prop_assert_eq!(read.hash(), made.hash());
        prop_assert_ne!(Secret::generate(kind).unwrap().hash(), made.hash());
    }

    #[test]
    fn one_other_letter_is_noticed(kind in kinds(), at in 0..LENGTH, letter in "[0-9a-zA-Z_-]") {
        let made = Secret::generate(kind).unwrap();
        let mut text = made.expose().to_owned();
        text.replace_range(at..=at, &letter);
        let read = Secret::parse(&text);
        prop_assert_eq!(read.is_ok(), text == made.expose());
    }

    #[test]
    fn one_cut_off_is_noticed(kind in kinds(), length in 0..LENGTH) {
        let made = Secret::generate(kind).unwrap();
        prop_assert!(Secret::parse(&made.expose()[..length]).is_err());
    }

    #[test]
    fn no_text_makes_it_fail_otherwise(text in ".{0,100}") {
        prop_assert!(Secret::parse(&text).is_err());
    }
}

#[test]
fn nothing_shows_it() {
    let made = Secret::generate(SecretKind::Token).unwrap();
    assert_eq!(format!("{made:?}"), "Secret(llk_t_...)");
    assert!(!made.hash().contains(&made.expose()[6..]));
}
