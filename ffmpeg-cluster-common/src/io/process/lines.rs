//! Splits a stream of bytes into lines.

/// Splits bytes into lines of bounded length, and cuts off the rest of a longer line.
pub(super) struct Lines {
    partial: Vec<u8>,
    most: usize,
}

impl Lines {
    pub(super) fn new(most: usize) -> Self {
        Self { partial: Vec::new(), most }
    }
    pub(super) fn take(&mut self, bytes: &[u8], on_line: &mut impl FnMut(&str)) {
        for part in bytes.split_inclusive(|&b| b == b'\n' || b == b'\r') {
            let ends = part.ends_with(b"\n") || part.ends_with(b"\r");
            let text = if ends { &part[..part.len() - 1] } else { part };
            let free = self.most.saturating_sub(self.partial.len());
            self.partial.extend_from_slice(&text[..text.len().min(free)]);
            if ends {
                self.rest(on_line);
            }
        }
    }
    pub(super) fn rest(&mut self, on_line: &mut impl FnMut(&str)) {
        if !self.partial.is_empty() {
            on_line(&String::from_utf8_lossy(&self.partial));
            self.partial.clear();
        }
    }
}
