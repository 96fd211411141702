//! One WebSocket for each client on `/ws`: hello, then one reader and one writer, with a bounded queue between them
//! and the driver. The gate has opened the socket and checked the caller.

pub(crate) mod session;
#[cfg(test)]
mod tests;
mod words;
