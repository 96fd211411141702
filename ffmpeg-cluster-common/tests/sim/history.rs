//! One seed, one history: played quietly, and once more with its log when it goes wrong.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::mishap::Tally;
use crate::trace;
use crate::world::World;

thread_local! {
    /// The sentence of the last panic, with its place.
    static TROUBLE: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET: RefCell<bool> = const { RefCell::new(false) };
}

/// Panics within a history are its outcome; they are not printed as they happen.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.with(|quiet| *quiet.borrow()) {
                let said = info.payload().downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| info.payload().downcast_ref::<&str>().copied());
                let said = said.unwrap_or("something that is no text");
                let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
                let text = format!("{said}{}", place.unwrap_or_default());
                TROUBLE.with(|trouble| *trouble.borrow_mut() = Some(text));
            } else {
                usual(info);
            }
        }));
    });
}

/// What it went through, or the sentence of whoever found fault with it.
pub(crate) fn play(world: impl FnOnce() -> World) -> Result<Tally, String> {
    listen();
    QUIET.with(|quiet| *quiet.borrow_mut() = true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| world().run()));
    QUIET.with(|quiet| *quiet.borrow_mut() = false);
    outcome.map_err(|_| TROUBLE.with(|trouble| trouble.borrow_mut().take()).unwrap_or_default())
}

/// Panics with the log of the history, when it goes wrong.
pub(crate) fn must_end_well(name: &str, world: impl Fn() -> World) -> Tally {
    play(&world).unwrap_or_else(|first| {
        trace::begin();
        let again = play(&world).err();
        let log = trace::end().join("\n");
        let same = if again.as_deref() == Some(&*first) { "" } else { " BUT NOT THE SECOND TIME" };
        panic!("{log}\n\n{name}: {first}{same}");
    })
}
