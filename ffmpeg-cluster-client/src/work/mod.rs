//! What a lease is made of: [`supervise`] one ffmpeg run, watched · [`encode`] frames → a piece that was looked
//! at · [`sound`] all sound → a piece · [`piece`] a piece → the server.

pub mod encode;
pub mod piece;
pub mod sound;
pub mod supervise;
