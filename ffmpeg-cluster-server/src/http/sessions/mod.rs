//! One WebSocket for each client on `/ws`: hello, then one reader and one writer with a bounded queue between them
//! and the driver. The gate has made the socket, and knows who may.

pub(crate) mod session;
#[cfg(test)]
mod tests;
mod words;
