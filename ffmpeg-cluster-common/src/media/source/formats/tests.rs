use super::*;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn all_excluded() -> impl Iterator<Item = &'static str> {
    EXCLUDED.iter().flat_map(|excluded| excluded.names.split_ascii_whitespace())
}

#[test]
fn no_format_stands_in_two_places() {
    let mut seen = BTreeSet::new();
    for name in listed().chain(all_excluded()) {
        assert!(is_name(name), "{name}");
        assert!(seen.insert(name), "{name} stands twice");
    }
}

/// Files of games and of old cameras were told that nothing can read them.
#[test]
fn films_of_one_file_are_opened() {
    let formats = Formats::default();
    for film in ["pva", "4xm", "dxa", "mv", "pmp", "xmv", "dfa", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"] {
        assert!(formats.opens(film), "{film}");
    }
    for other in ["hls", "concat", "mov,lavfi", "image2", "mlv", "", "no_such", "mov,", "a b"] {
        assert!(!formats.opens(other), "{other}");
    }
}

#[test]
fn a_refusal_names_the_format_and_the_way_out() {
    let last_words = [
        "[NULL @ 0x1] something else",
        "[hls @ 0x5581a5e7e680] Format not on whitelist 'mov,mp4,matroska'",
        "file:/films/film.mp4: Invalid argument",
    ]
    .map(str::to_owned);
    let format = refused(&last_words).unwrap();
    let told = refusal(format, "this server");
    assert!(
        told.starts_with("the film's format is hls, which this server does not open (a playlist"),
        "{told}"
    );
    assert!(told.contains("--allow-format hls, at a price: such a file names others"), "{told}");
    let new = refusal("brand_new", "this client");
    assert!(new.contains("--allow-format brand_new, at a price: nobody has reviewed"), "{new}");
    let bare = refusal("rawvideo", "this server");
    assert!(bare.contains("how large its pictures are") && !bare.contains("--allow-format"), "{bare}");
    assert!(!refusal("a\nb", "this server").contains('\n'));
}

#[test]
fn other_words_are_no_refusal() {
    let refused = |line: &str| refused(&[line.to_owned()]).map(str::to_owned);
    assert_eq!(refused("[mov,mp4 @ 0x1] Format not on whitelist 'avi'"), Some("mov,mp4".to_owned()));
    assert_eq!(refused("[h264 @ 0x1] Codec (h264) not on whitelist 'vp9'"), None);
    assert_eq!(refused("a film called Format not on whitelist: Invalid data"), None);
    assert_eq!(refused("[a;b @ 0x1] Format not on whitelist 'avi'"), None);
}

#[test]
fn an_operator_allows_by_name() {
    let formats = Formats::allowing(&words("hls brand_new")).unwrap();
    assert!(formats.opens("hls") && formats.opens("brand_new") && !formats.opens("concat"));
    assert!(formats.whitelist().ends_with(",hls,brand_new") && formats.whitelist().starts_with("3dostr,"));
    let warnings = formats.warnings();
    assert!(warnings[0].starts_with("--allow-format hls: such a file names others"), "{warnings:?}");
    assert!(warnings[1].starts_with("--allow-format brand_new: nobody has reviewed"), "{warnings:?}");
    let missing = formats.missing(&BTreeSet::from(["hls".to_owned()]));
    assert_eq!(missing, ["--allow-format brand_new: this ffmpeg knows no format of that name"]);
}

#[test]
fn names_that_can_not_be_allowed_are_told_all_at_once() {
    let wrong = Formats::allowing(&words("hls mov rawvideo x11grab HLS a/b")).unwrap_err();
    for (told, word) in wrong.iter().zip(["already", "how large", "device", "-demuxers", "-demuxers"]) {
        assert!(told.contains(word), "{wrong:#?}");
    }
    assert_eq!(wrong.len(), 5, "{wrong:#?}");
}

#[test]
fn the_page_on_the_sandbox_says_why() {
    let page = include_str!("../../../../../docs/sandbox.md");
    for Excluded { names, why, .. } in EXCLUDED {
        let first = names.split_ascii_whitespace().next().unwrap();
        let row = page.lines().find(|line| line.contains(&format!("| {why} |")));
        assert!(row.is_some_and(|row| row.contains(&format!("`{first}`"))), "{first}: {why}");
    }
}
