//! Keys, signed notes and checkpoints: the examples of the specifications, and
//! every way in which a note may be malformed.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails here

use proptest::prelude::*;
use stele_ledger::merkle::empty_root;
use stele_ledger::{Checkpoint, Error, Note, SigningKey, VerifierKey};

const FOO: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const FOO_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn keys(texts: &[&str]) -> Vec<VerifierKey> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, &[seed; 32]).unwrap()
}

#[test]
fn the_example_of_the_specification_verifies() {
    let note = Note::parse(FOO_NOTE.as_bytes()).unwrap();
    let trusted = keys(&[FOO]);
    assert_eq!(note.verify(&trusted).unwrap(), [&trusted[0]]);
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.to_string(), FOO_NOTE);
}

/// The example of Go's golang.org/x/mod/sumdb/note, which is public.
#[test]
fn the_private_key_form_is_that_of_go() {
    let private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let key = SigningKey::from_text(private).unwrap();
    assert_eq!(key.verifier().to_string(), public);
    assert_eq!(*key.to_text(), private);
    let text = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    let mut note = Note::new(text).unwrap();
    note.sign(&key);
    assert_eq!(
        note.to_string(),
        format!(
            "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        )
    );
    assert_eq!(
        format!("{key:?}"),
        "SigningKey { name: \"PeterNeumann\", .. }"
    );
    for wrong in [
        "",
        "PRIVATE+KEY+",
        "PRIVATE+KEY+PeterNeumann+c74f20a3",
        "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PRIVATE+KEY+PeterNeumann+C74F20A3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKD==",
        "PRIVATE+KEY+PeterNeumann+c74f20a3+!",
    ] {
        let error = SigningKey::from_text(wrong).expect_err(wrong).to_string();
        assert!(!error.contains("EKFALVFGy"), "key material in {error}");
    }
}

#[test]
fn malformed_verifier_keys_are_refused() {
    for wrong in [
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fo o+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+Aeky",
    ] {
        assert!(
            matches!(wrong.parse::<VerifierKey>(), Err(Error::BadKey { .. })),
            "{wrong}"
        );
    }
    // The neutral point: every signature would verify under it.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(VerifierKey::from_public_key("weak", &neutral).is_err());
}

#[test]
fn unknown_signatures_are_ignored_and_false_ones_are_not() {
    let (ours, witness, stranger) = (key("log", 1), key("witness", 2), key("log", 3));
    let mut note = Note::new("hello\n\nworld\n").unwrap();
    [&stranger, &ours, &witness, &ours]
        .into_iter()
        .for_each(|key| note.sign(key));
    assert_eq!(note.signatures().len(), 3, "a key signs once");
    let note = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.text(), "hello\n\nworld\n");
    let trusted = [witness.verifier().clone(), ours.verifier().clone()];
    assert_eq!(note.verify(&trusted).unwrap().len(), 2);
    assert_eq!(note.verify(&trusted[..1]).unwrap()[0].name(), "witness");
    let error = note.verify(&keys(&[FOO])).unwrap_err().to_string();
    let wanted = "signed note has no signature by \"example.com/foo\"; it is signed by \"log\", \"witness\", \"log\"";
    assert_eq!(error, wanted);
    assert!(note.verify(&[]).is_err());
    // One known signature that is false spoils the note, even beside a true one.
    let forged = note.to_string().replace("hello", "hallo");
    let forged = Note::parse(forged.as_bytes()).unwrap();
    let error = forged.verify(&trusted[1..]).unwrap_err().to_string();
    assert_eq!(error, "signature by \"log\" does not verify");
}

#[test]
fn malformed_notes_are_refused_with_the_line() {
    let line = FOO_NOTE.lines().last().unwrap();
    let many = format!("{line}\n").repeat(65);
    let cases: &[(String, &str)] = &[
        (String::new(), "no empty line"),
        ("text\n".into(), "no empty line"),
        (format!("text\n{line}\n"), "no empty line"),
        ("text\n\n".into(), "line 3: a signature line does not end"),
        (
            format!("text\n\n{line}"),
            "line 3: a signature line does not end",
        ),
        (format!("te\txt\n\n{line}\n"), "line 1: control character"),
        (
            format!("a\nte\rxt\n\n{line}\n"),
            "line 2: control character",
        ),
        (format!("text\n\n{line}\r\n"), "line 3: control character"),
        (
            format!("text\n\n{line}\nrubbish\n"),
            "line 4: a signature line begins with an em dash",
        ),
        (
            "text\n\n— name\n".into(),
            "line 3: a signature line has a name and a signature",
        ),
        ("text\n\n—  AAAAAAA=\n".into(), "line 3: the key name"),
        ("text\n\n— a+b AAAAAAA=\n".into(), "line 3: the key name"),
        (
            "text\n\n— a\u{a0}b AAAAAAA=\n".into(),
            "line 3: the key name",
        ),
        (
            "text\n\n— name AAAAAAA\n".into(),
            "line 3: the signature is not base64",
        ),
        (
            "text\n\n— name AAAAAAA= \n".into(),
            "line 3: the signature is not base64",
        ),
        (
            "text\n\n— name AAAAAAB=\n".into(),
            "line 3: the signature is not base64",
        ),
        (
            "text\n\n— name AAAA\n".into(),
            "line 3: the signature is too short",
        ),
        (format!("text\n\n{many}"), "line 67: more signatures"),
        (" ".repeat(1 << 21), "longer than a note may be"),
    ];
    for (note, wanted) in cases {
        let error = Note::parse(note.as_bytes()).expect_err(note).to_string();
        assert!(error.contains(wanted), "{note:.80}: {error}");
    }
    assert!(Note::parse(b"\xff\n\n").is_err());
    assert!(Note::new("no line break").is_err());
}

#[test]
fn malformed_checkpoints_are_refused_with_the_line() {
    let root = empty_root().to_base64();
    let good = format!("origin\n10\n{root}\nextension\n");
    let checkpoint = Checkpoint::parse(&good).unwrap();
    assert_eq!((checkpoint.size, checkpoint.extensions.len()), (10, 1));
    assert_eq!(checkpoint.to_string(), good);
    let cases = [
        (String::new(), "line 1: no line break"),
        (format!("\n10\n{root}\n"), "line 1: the line is empty"),
        ("origin\n".into(), "line 2: no tree size"),
        (format!("origin\n010\n{root}\n"), "line 2: the tree size"),
        (format!("origin\n+1\n{root}\n"), "line 2: the tree size"),
        (format!("origin\n\n{root}\n"), "line 2: the tree size"),
        (
            format!("origin\n18446744073709551616\n{root}\n"),
            "line 2: the tree size",
        ),
        ("origin\n10\n".into(), "line 3: no root"),
        ("origin\n10\nAAAA\n".into(), "line 3: the root"),
        (
            format!("origin\n10\n{root}\n\n"),
            "line 4: the line is empty",
        ),
        (
            format!("origin\n10\n{root}\nx\n\ny\n"),
            "line 5: the line is empty",
        ),
        (format!("origin\n10\n{root}"), "line 3: no line break"),
    ];
    for (text, wanted) in cases {
        let error = Checkpoint::parse(&text).expect_err(&text).to_string();
        assert!(error.contains(wanted), "{text:?}: {error}");
    }
    let two_lines = Checkpoint::new("two\nlines", 0, empty_root());
    assert!(two_lines.sign(&[&key("log", 1)]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What is accepted is written again byte for byte: one note, one text.
    #[test]
    fn damaged_notes_are_refused_or_read_as_they_stand(
        at in any::<prop::sample::Index>(), byte: u8, cut in any::<bool>(),
    ) {
        let mut bytes = FOO_NOTE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes.clone());
            let verifies = note.verify(&keys(&[FOO])).is_ok();
            prop_assert_eq!(verifies, bytes == FOO_NOTE.as_bytes());
        }
    }

    #[test]
    fn checkpoints_are_read_as_they_are_written(text in "[a-z]{0,3}\n[0-9]{0,21}\n[A-Za-z0-9+/=\n]{0,60}") {
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }

    #[test]
    fn no_text_makes_the_key_parsers_panic(text in "(PRIVATE\\+KEY\\+)?[a-f0-9+=/A-Z é]{0,80}") {
        let _ = text.parse::<VerifierKey>();
        let _ = SigningKey::from_text(&text);
    }
}
