//! The bounds of a WebSocket, the same at both ends.

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// The usual buffers are made for bulk, and cost a hundred kilobytes for each idle client.
const BUFFER_BYTES: usize = 8 * 1024;

/// `message_max` bounds frames and messages alike.
pub fn bounds(message_max: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * message_max)
        .max_message_size(Some(message_max))
        .max_frame_size(Some(message_max))
}
