use super::held::{Held, Phase};
use super::*;
use crate::fault::Fault;
use crate::ids::{ClientId, LeaseId};
use crate::media::params::{self, SoundProfile};
use crate::media::plan::piece::SentPiece;
use crate::media::plan::work::{PictureWork, SoundWork, SourceRef, Work};
use crate::media::words::container::Container;
use crate::media::words::device::{Device, Method};
use crate::protocol::release::Release;
use crate::protocol::to_client::{Offer, RefusalCode, ToClient, Welcome};
use crate::protocol::to_server::{Hello, Spent, ToServer};
use crate::time::Millis;

struct Me {
    mind: Client,
    now: Millis,
}

const fn lease(seq: u64) -> LeaseId {
    LeaseId { boot: 1, seq }
}

fn hello() -> Hello {
    Hello {
        protocol: 1,
        client_id: "c".parse::<ClientId>().unwrap(),
        client_key: Default::default(),
        name: "box".into(),
        version: String::new(),
        ffmpeg_version: String::new(),
        platform: String::new(),
        cores: 2,
        memory_bytes: 0,
        free_disk: 0,
        encoders: vec!["libx264".into()],
        devices: Vec::new(),
        decodes: Vec::new(),
        benchmark_secs: 10,
        holding: Vec::new(),
    }
}

/// Sound, because it needs the fewest words; the phases are the same for pictures.
fn offer(seq: u64) -> ToClient {
    let work = SoundWork {
        streams: vec![1],
        profile: SoundProfile::Encode { encoder: None, options: Vec::new(), filters: None },
        container: Container::Mp4,
        duration_us: None,
        conform: false,
        together: false,
        untold: Vec::new(),
        layout: None,
        span: Default::default(),
    };
    let source = SourceRef {
        path: "/api/v1/sources/j".into(),
        bytes: 1,
        etag: "e".into(),
        format: "mov".into(),
        codecs: Vec::new(),
    };
    let job = "j".parse().unwrap();
    ToClient::Offer(Box::new(Offer {
        lease: lease(seq),
        job,
        source,
        work: Work::Sound(work),
        measure: false,
        device: None,
        beside: None,
    }))
}

/// As the server makes it, for one of our cards.
fn picture_on(seq: u64, device: &str) -> ToClient {
    let work = crate::media::command::test_picture::work(Method::Nvenc, "h264").unwrap();
    let ToClient::Offer(offer) = offer(seq) else { panic!("no offer") };
    let (work, device) = (Work::Picture(Box::new(work)), Some(device.to_owned()));
    ToClient::Offer(Box::new(Offer { work, device, ..*offer }))
}

/// Two slots on one card, one on the other.
#[test]
fn each_card_has_slots_of_its_own() {
    let mut me = Me::connected();
    let mut cards = [Device::new(Method::Nvenc, Some("0"), 2), Device::new(Method::Nvenc, Some("1"), 1)];
    cards.iter_mut().for_each(|card| card.encoders.push("h264_nvenc".into()));
    me.feel(Event::Abilities { encoders: Vec::new(), devices: cards.to_vec() });
    let mut started = Vec::new();
    for (seq, device) in [(1, "nvenc:0"), (2, "nvenc:0"), (3, "nvenc:0"), (4, "nvenc:1"), (5, "nvenc:1")] {
        let out = me.hear(picture_on(seq, device));
        started.extend(out.iter().filter_map(|effect| match effect {
            Effect::Start(offer) => Some(offer.lease.seq),
            _ => None,
        }));
    }
    assert_eq!(started, [1, 2, 4]);
    let out = me.feel(Event::Made { lease: lease(2), piece: made() });
    assert!(out.iter().any(|effect| matches!(effect, Effect::Start(offer) if offer.lease == lease(3))));
    let out = me.hear(picture_on(6, "nvenc:7"));
    assert!(out.iter().any(|effect| matches!(effect, Effect::Say(ToServer::Failed { .. }))), "{out:?}");
}

/// As the server makes it for our processors.
fn picture_beside(seq: u64, beside: Option<u32>) -> ToClient {
    let work = crate::media::command::test_picture::work(Method::Nvenc, "h264").unwrap();
    let words = ["-c:v", "libx264"].map(str::to_owned);
    let profile = params::parse(&words, Container::Matroska).unwrap().video;
    let ToClient::Offer(offer) = offer(seq) else { panic!("no offer") };
    let work = Work::Picture(Box::new(PictureWork { profile, ..work }));
    ToClient::Offer(Box::new(Offer { work, beside, ..*offer }))
}

fn starts(out: &[Effect]) -> usize {
    out.iter().filter(|effect| matches!(effect, Effect::Start(_))).count()
}

#[test]
fn the_processors_encode_as_many_side_by_side_as_the_server_says() {
    for (beside, started) in [(None, [1, 0, 0]), (Some(1), [1, 0, 0]), (Some(2), [1, 1, 0])] {
        let mut me = Me::connected();
        let begun = [1, 2, 3].map(|seq| starts(&me.hear(picture_beside(seq, beside))));
        assert_eq!(begun, started, "{beside:?}");
    }
}

/// It closes the connection at a word that it does not know.
#[test]
fn an_older_server_is_not_told_what_an_encode_used() {
    let spent = Some(Spent { cpu_ms: 1, ran_ms: 2, memory_bytes: 3 });
    for (beside, told) in [(None, None), (Some(1), spent)] {
        let mut me = Me::connected();
        me.hear(picture_beside(1, beside));
        let out = me.feel(Event::Made { lease: lease(1), piece: MadePiece { spent, ..made() } });
        let said = out.iter().find_map(|effect| match effect {
            Effect::Say(ToServer::Encoded { spent, .. }) => Some(*spent),
            _ => None,
        });
        assert_eq!(said, Some(told));
    }
}

fn piece() -> SentPiece {
    SentPiece { bytes: 30, sha256: "ab".into(), ..SentPiece::default() }
}

fn made() -> MadePiece {
    MadePiece { frames: 10, encode_ms: 20, spent: None, sent: piece() }
}

impl Me {
    fn new(persistent: bool) -> Self {
        let settings = Settings { reconnect_delay: Millis::secs(3), persistent, ..Settings::default() };
        Self { mind: Client::new(settings, hello(), Millis(0)), now: Millis(0) }
    }
    fn feel(&mut self, event: Event) -> Vec<Effect> {
        let mut out = Vec::new();
        self.mind.step(self.now, event, 0, &mut out);
        out
    }
    fn hear(&mut self, said: ToClient) -> Vec<Effect> {
        self.feel(Event::Heard(said))
    }
    fn welcome(&mut self, holding: &[LeaseId]) -> Vec<Effect> {
        self.feel(Event::Tick);
        self.feel(Event::LinkUp);
        let client_id = "c".parse().unwrap();
        let holding = holding.to_vec();
        let wanted = vec!["libx264".into(), "ffv1".into()];
        self.hear(ToClient::Welcome(Welcome {
            client_id,
            boot: 1,
            version: String::new(),
            chunk_bytes: 9,
            wanted,
            holding,
        }))
    }
    fn connected() -> Self {
        let mut me = Self::new(true);
        me.welcome(&[]);
        me
    }
}

#[test]
fn it_connects_greets_and_tries_what_the_server_wants() {
    let mut me = Me::new(true);
    assert_eq!(me.feel(Event::Tick), [Effect::Connect]);
    assert_eq!(me.feel(Event::LinkUp), [Effect::Say(ToServer::Hello(hello()))]);
    let effects = me.welcome(&[]);
    assert!(effects.contains(&Effect::Prove(vec!["ffv1".into()])), "{effects:?}");
}

#[test]
fn a_piece_is_kept_until_the_server_keeps_it() {
    let mut me = Me::connected();
    assert!(matches!(me.hear(offer(1)).as_slice(), [Effect::Start(_), Effect::Notice(_)]));
    let effects = me.feel(Event::Made { lease: lease(1), piece: made() });
    assert!(effects.contains(&Effect::SendPiece(lease(1))));
    let sent = ToServer::PieceSent { lease: lease(1), piece: piece() };
    assert_eq!(me.feel(Event::Sent { lease: lease(1) }), [Effect::Say(sent)]);
    let effects = me.hear(ToClient::Kept { lease: lease(1) });
    assert!(effects.contains(&Effect::Forget(lease(1))));
}

#[test]
fn after_a_break_it_offers_again_what_it_holds_and_forgets_what_nobody_waits_for() {
    let mut me = Me::connected();
    me.hear(offer(1));
    me.hear(offer(2));
    me.feel(Event::Made { lease: lease(1), piece: made() });
    me.feel(Event::LinkDown { reason: "cut".into() });
    assert!(me.feel(Event::Sent { lease: lease(1) }).is_empty(), "there is nobody to tell");
    me.now = Millis::secs(5);
    assert_eq!(me.feel(Event::Tick), [Effect::Connect]);
    let greeting = me.feel(Event::LinkUp);
    let holding =
        |e: &Effect| matches!(e, Effect::Say(ToServer::Hello(h)) if h.holding == [lease(1), lease(2)]);
    assert!(greeting.iter().any(holding), "{greeting:?}");
    let effects = me.welcome(&[lease(1)]);
    let said = |e: &Effect| matches!(e, Effect::Say(ToServer::PieceSent { lease: l, .. }) if *l == lease(1));
    assert!(effects.iter().any(said), "{effects:?}");
    assert!(effects.contains(&Effect::Forget(lease(2))));
}

#[test]
fn revoked_work_is_stopped_and_a_late_piece_thrown_away() {
    let mut me = Me::connected();
    me.hear(offer(1));
    let effects = me.hear(ToClient::Revoke { lease: lease(1), reason: "cancelled".into() });
    assert!(effects.contains(&Effect::Forget(lease(1))));
    assert_eq!(me.feel(Event::Made { lease: lease(1), piece: made() }), [Effect::Forget(lease(1))]);
}

#[test]
fn broken_bytes_are_sent_again_from_the_start() {
    let mut me = Me::connected();
    me.hear(offer(1));
    me.feel(Event::Made { lease: lease(1), piece: made() });
    me.feel(Event::Sent { lease: lease(1) });
    let effects = me.hear(ToClient::SendAgain { lease: lease(1), reason: "flipped".into() });
    assert_eq!(effects, [Effect::SendPiece(lease(1))]);
}

#[test]
fn it_pings_and_takes_silence_for_a_broken_line() {
    let mut me = Me::connected();
    me.now = Millis::secs(6);
    assert!(matches!(me.feel(Event::Tick).as_slice(), [Effect::Say(ToServer::Ping { .. })]));
    me.now = Millis::secs(20);
    assert!(me.feel(Event::Tick).contains(&Effect::HangUp));
}

#[test]
fn delays_grow_to_a_bound_and_a_welcome_ends_them() {
    let mut me = Me::new(true);
    let mut delays = Vec::new();
    for _ in 0..12 {
        me.feel(Event::Tick);
        for effect in me.feel(Event::LinkDown { reason: "refused".into() }) {
            if let Effect::Notice(Notice::Away { again_in, .. }) = effect {
                delays.push(again_in.0);
            }
        }
        me.now = me.mind.deadline();
    }
    assert_eq!(delays[..4], [750, 1_500, 3_000, 6_000]);
    assert_eq!(delays[11], 60_000);
}

#[test]
fn it_leaves_when_it_need_not_persist_or_is_sent_away_or_stopped() {
    let ends = |effects: &[Effect]| {
        effects.iter().find_map(|e| if let Effect::Exit(how) = e { Some(how.clone()) } else { None })
    };
    let mut me = Me::new(false);
    me.feel(Event::Tick);
    assert_eq!(ends(&me.feel(Event::LinkDown { reason: "x".into() })), Some(Ending::ServerGone));
    let mut me = Me::connected();
    let refused = ToClient::Refused { code: RefusalCode::Disconnected, message: "away".into() };
    assert_eq!(ends(&me.hear(refused)), Some(Ending::Refused("away".into())));
    // Before there is a session: the server itself did not let it in.
    let mut me = Me::new(true);
    me.feel(Event::Tick);
    let refused = ToClient::Refused { code: RefusalCode::Unauthorized, message: "no token".into() };
    assert_eq!(ends(&me.hear(refused)), Some(Ending::Refused("no token".into())));
    let mut me = Me::connected();
    me.hear(offer(1));
    let effects = me.feel(Event::Stop { reason: "asked".into() });
    assert!(effects.contains(&Effect::Say(ToServer::Leaving { reason: "asked".into() })));
    assert!(effects.contains(&Effect::Forget(lease(1))));
    assert_eq!(ends(&effects), Some(Ending::Stopped));
}

#[test]
fn a_failure_between_hello_and_welcome_is_told_after_the_welcome() {
    let mut me = Me::connected();
    me.hear(offer(1));
    me.feel(Event::LinkDown { reason: "restart".into() });
    let fault = Fault::new(crate::fault::FaultCode::EncoderFailed, "its last words");
    me.now = Millis::secs(60);
    me.feel(Event::Tick);
    me.feel(Event::LinkUp);
    me.feel(Event::Failed { lease: lease(1), fault: fault.clone() });
    let welcome = Welcome {
        client_id: "c".parse().unwrap(),
        boot: 2,
        version: String::new(),
        chunk_bytes: 1,
        wanted: Vec::new(),
        holding: vec![lease(1)],
    };
    let said = me.hear(ToClient::Welcome(welcome));
    assert!(said.contains(&Effect::Say(ToServer::Failed { lease: lease(1), fault })), "{said:?}");
}

#[test]
fn a_failure_while_the_line_is_down_is_told_in_its_own_words() {
    let mut me = Me::connected();
    me.hear(offer(1));
    me.feel(Event::LinkDown { reason: "cut".into() });
    let fault = Fault::new(crate::fault::FaultCode::EncoderFailed, "its last words");
    me.feel(Event::Failed { lease: lease(1), fault: fault.clone() });
    me.now = Millis::secs(60);
    me.feel(Event::Tick);
    let hello = me.feel(Event::LinkUp);
    let holds =
        |effect: &Effect| matches!(effect, Effect::Say(ToServer::Hello(h)) if h.holding == [lease(1)]);
    assert!(hello.iter().any(holds), "{hello:?}");
}

#[test]
fn a_client_that_is_to_finish_gives_back_what_waits_and_leaves_with_its_last_piece() {
    let mut me = Me::connected();
    me.hear(offer(1));
    let ToClient::Offer(waits) = offer(2) else { unreachable!() };
    me.mind.leases.insert(lease(2), Held { offer: waits, phase: Phase::Queued });
    let said = me.feel(Event::Finish);
    let returned = vec![lease(2)];
    assert_eq!(said, [Effect::Forget(lease(2)), Effect::Say(ToServer::Finishing { returned })]);
    // What was offered in that moment goes back, too.
    assert_eq!(me.hear(offer(3)), [Effect::Say(ToServer::Finishing { returned: vec![lease(3)] })]);
    me.feel(Event::Made { lease: lease(1), piece: made() });
    me.feel(Event::Sent { lease: lease(1) });
    // The server restarts in between: it is told again.
    me.feel(Event::LinkDown { reason: "restart".into() });
    me.now = Millis::secs(60);
    let said = me.welcome(&[lease(1)]);
    assert!(said.contains(&Effect::Say(ToServer::Finishing { returned: vec![] })), "{said:?}");
    let last = me.hear(ToClient::Kept { lease: lease(1) });
    assert!(last.contains(&Effect::Exit(Ending::Stopped)), "{last:?}");
}

#[test]
fn a_client_that_has_nothing_to_finish_leaves_at_once() {
    assert!(Me::connected().feel(Event::Finish).contains(&Effect::Exit(Ending::Stopped)));
    assert!(Me::new(true).feel(Event::Finish).contains(&Effect::Exit(Ending::Stopped)));
}

#[test]
fn an_offer_that_wants_more_than_an_encode_is_answered_and_not_begun() {
    let mut me = Me::connected();
    let ToClient::Offer(mut bad) = offer(1) else { unreachable!() };
    bad.source.path = "/etc/passwd".into();
    let effects = me.hear(ToClient::Offer(bad));
    let [Effect::Notice(Notice::Failed { fault, .. }), Effect::Say(answer)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(fault.code, crate::fault::FaultCode::OfferRefused);
    assert_eq!(*answer, ToServer::Failed { lease: lease(1), fault: fault.clone() });
    assert!(
        matches!(me.hear(offer(1)).as_slice(), [Effect::Start(_), Effect::Notice(_)]),
        "nothing of it is held"
    );
}

#[test]
fn a_server_that_gives_leases_without_end_is_refused() {
    let mut me = Me::connected();
    let taken = |effects: Vec<Effect>| {
        effects.iter().any(|effect| matches!(effect, Effect::Notice(Notice::Taken { .. })))
    };
    let all = (1..200).filter(|seq| taken(me.hear(offer(*seq)))).count();
    assert_eq!(all, 32);
}

#[test]
fn a_client_of_another_protocol_ends_with_the_program_that_fits() {
    let release = Release {
        platform: "linux-x86_64".into(),
        version: "0.2.0".into(),
        bytes: 9,
        sha256: "ab".repeat(32),
    };
    let refused = |code| ToClient::Refused { code, message: "old".into() };
    let ends = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|e| if let Effect::Exit(how) = e { Some(how) } else { None })
    };
    let mut me = Me::new(true);
    me.feel(Event::Tick);
    me.hear(ToClient::Release(release.clone()));
    let ending = ends(me.hear(refused(RefusalCode::ProtocolVersion)));
    assert_eq!(ending, Some(Ending::Outdated { why: "old".into(), release: release.clone() }));
    // Whatever else is wrong, another program does not mend it.
    let mut me = Me::new(true);
    me.feel(Event::Tick);
    me.hear(ToClient::Release(release));
    assert_eq!(ends(me.hear(refused(RefusalCode::Unauthorized))), Some(Ending::Refused("old".into())));
}
