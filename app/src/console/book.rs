//! A small map that is a list. A desk has dozens of entries in most of its maps; the code of a hash map, once
//! for each type in it, weighs more in the download than looking through a list takes time.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book<K, V>(Vec<(K, V)>);

impl<K, V> Default for Book<K, V> {
    fn default() -> Self {
        Book(Vec::new())
    }
}

impl<K: PartialEq, V> Book<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    pub fn contains(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn insert(&mut self, key: K, value: V) {
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some((_, there)) => *there = value,
            None => self.0.push((key, value)),
        }
    }

    pub fn remove(&mut self, key: &K) {
        self.0.retain(|(k, _)| k != key);
    }

    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        self.0.retain(|(k, v)| keep(k, v));
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, v)| v)
    }
}

impl<K: PartialEq, V> FromIterator<(K, V)> for Book<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Book(pairs.into_iter().collect())
    }
}
