//! A bounded memory: the least recently used entry goes first.

/// The limits of a memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CacheLimits {
    pub(crate) entries: usize,
    /// The total of all entries.
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Entry<V> {
    pub(crate) key: String,
    pub(crate) value: V,
    /// The size of what the value keeps: its files, or itself in memory.
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Recent<V> {
    most: CacheLimits,
    /// The most recently used entry comes last.
    entries: Vec<Entry<V>>,
}

impl<V: Clone> Recent<V> {
    pub(crate) const fn new(most: CacheLimits) -> Self {
        Self { most, entries: Vec::new() }
    }

    pub(crate) fn get(&mut self, key: &str) -> Option<V> {
        let entry = self.take(key)?;
        let value = entry.value.clone();
        self.entries.push(entry);
        Some(value)
    }

    /// Ignores an entry that is too large by itself.
    pub(crate) fn put(&mut self, entry: Entry<V>) {
        self.take(&entry.key);
        if entry.bytes > self.most.bytes {
            return;
        }
        self.entries.push(entry);
        while self.entries.len() > self.most.entries || self.bytes() > self.most.bytes {
            self.entries.remove(0);
        }
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Entry<V>> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }

    fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent() -> Recent<u64> {
        Recent::new(CacheLimits { entries: 3, bytes: 100 })
    }

    fn put(recent: &mut Recent<u64>, key: &str, bytes: u64) {
        recent.put(Entry { key: key.to_owned(), value: bytes, bytes });
    }

    fn held(recent: &Recent<u64>) -> Vec<&str> {
        recent.entries.iter().map(|entry| entry.key.as_str()).collect()
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut recent = recent();
        ["a", "b", "c"].into_iter().for_each(|key| put(&mut recent, key, 1));
        assert_eq!(recent.get("a"), Some(1));
        put(&mut recent, "d", 1);
        assert_eq!(held(&recent), ["c", "a", "d"]);
        assert_eq!(recent.get("b"), None);
    }

    #[test]
    fn all_together_stay_below_the_bound_of_bytes() {
        let mut recent = recent();
        put(&mut recent, "a", 40);
        put(&mut recent, "b", 50);
        put(&mut recent, "too large", 101);
        assert_eq!(held(&recent), ["a", "b"]);
        put(&mut recent, "c", 60);
        assert_eq!(held(&recent), ["c"], "a and b went for it");
    }

    #[test]
    fn what_is_put_again_replaces_what_was_held() {
        let mut recent = recent();
        put(&mut recent, "a", 90);
        put(&mut recent, "a", 95);
        assert_eq!(held(&recent), ["a"]);
        assert_eq!(recent.get("a"), Some(95));
        put(&mut recent, "a", 101);
        assert_eq!(recent.get("a"), None, "the older value is no longer true");
    }
}
