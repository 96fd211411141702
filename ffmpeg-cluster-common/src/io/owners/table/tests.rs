use super::*;

const US: u32 = 1000;
const STRANGER: u32 = 1001;
const SERVER: &str = "0100007F:1389";
const CALLER: &str = "0100007F:D431";
const NOBODY: &str = "00000000:0000";
/// `[::ffff:127.0.0.1]`, `[::1]` and `[::]`.
const MAPPED: &str = "0000000000000000FFFF00000100007F";
const SIX: &str = "00000000000000000000000001000000";
const ALL_SIX: &str = "00000000000000000000000000000000";

fn line(here: &str, there: &str, state: &str, user: u32, inode: u32) -> String {
    format!(
        "   9: {here} {there} {state} 00000000:00000000 00:00000000 00000000  {user}        0 {inode} 1 0 20 4\n"
    )
}

fn listens(here: &str, user: u32) -> String {
    line(here, NOBODY, "0A", user, 7)
}

fn table(lines: &[String]) -> Table {
    let mut table = Table { us: US, ..Table::default() };
    table.add(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
    );
    table.add(&lines.concat());
    table
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address with a port")
}

fn caller(lines: &[String]) -> Whose {
    table(lines).of_caller(address("127.0.0.1:54321"), address("127.0.0.1:5001"))
}

fn server(lines: &[String]) -> Whose {
    table(lines).of_server(address("127.0.0.1:5001"), address("127.0.0.1:54321"))
}

#[test]
fn who_comes_is_who_holds_that_end() {
    for (user, whose) in [(US, Whose::Ours), (0, Whose::Root), (STRANGER, Whose::Strangers)] {
        assert_eq!(caller(&[line(CALLER, SERVER, "01", user, 82111)]), whose);
        let mapped = line(&format!("{MAPPED}:D431"), &format!("{MAPPED}:1389"), "01", user, 82111);
        assert_eq!(caller(&[mapped]), whose, "behind a socket that speaks both");
    }
    assert_eq!(caller(&[line(CALLER, SERVER, "04", 0, 0)]), Whose::Nobodys, "closed: nobody's, not root's");
    assert_eq!(caller(&[line(SERVER, CALLER, "01", US, 5)]), Whose::Nobodys, "our own end says nothing");
    assert_eq!(caller(&[]), Whose::Nobodys);
    let six = table(&[line(&format!("{SIX}:D431"), &format!("{SIX}:1389"), "01", US, 5)]);
    assert_eq!(six.of_caller(address("[::1]:54321"), address("[::1]:5001")), Whose::Ours);
}

#[test]
fn a_server_is_who_accepted_or_who_listens() {
    for (user, whose) in [(US, Whose::Ours), (0, Whose::Root), (STRANGER, Whose::Strangers)] {
        assert_eq!(server(&[line(SERVER, CALLER, "01", user, 5)]), whose);
        let waiting = line(SERVER, CALLER, "01", 0, 0);
        assert_eq!(server(&[listens(SERVER, user), waiting]), whose, "not yet accepted");
    }
    let accepted = line(SERVER, CALLER, "01", STRANGER, 5);
    assert_eq!(server(&[listens(SERVER, US), accepted]), Whose::Strangers, "ours began to listen later");
    assert_eq!(server(&[line(SERVER, CALLER, "01", 0, 0)]), Whose::Nobodys, "nobody listens any more");
    assert_eq!(server(&[listens(SERVER, US)]), Whose::Nobodys, "no connection of ours");
}

#[test]
fn the_very_address_comes_before_all_addresses() {
    let all_six = format!("{ALL_SIX}:1389");
    let listener = |lines: &[String], at: &str| table(lines).of_listener(address(at));
    let (four, six) = ("127.0.0.1:5001", "[::1]:5001");
    let both = [listens(SERVER, US), listens(&all_six, STRANGER)];
    assert_eq!(listener(&both, four), Some(Whose::Ours));
    assert_eq!(listener(&both, six), Some(Whose::Strangers), "the attack: a stranger at the other localhost");
    assert_eq!(listener(&[listens(&all_six, US)], four), Some(Whose::Ours), "a socket that speaks both");
    assert_eq!(listener(&[listens("00000000:1389", US)], six), None);
    let shared = [listens(SERVER, US), listens(SERVER, STRANGER)];
    assert_eq!(listener(&shared, four), Some(Whose::Strangers), "a port that is shared is not ours");
    assert_eq!(listener(&[], four), None);
}

#[test]
fn broken_lines_tell_of_nobody() {
    let many = line(CALLER, SERVER, "01", US, 5).replace("1000", "many");
    for broken in ["", "1: zz:1 2", &many, "1: 0100007F:D431 0100007F:1389 01"] {
        assert_eq!(table(&[broken.to_owned()]), table(&[]), "{broken}");
    }
}

/// A machine that hides its lists must not make friends of strangers.
#[test]
fn where_no_list_can_be_read_nobody_is_trusted() {
    let hidden = ["/proc/net/no-tcp", "/proc/net/no-tcp6"];
    let told = read_from(hidden).of_caller(address("127.0.0.1:54321"), address("127.0.0.1:5001"));
    assert!(!told.is_trusted() && !told.is_ours(), "{told:?}");
}
