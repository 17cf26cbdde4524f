//! A persistent Merkle-Patricia trie.
//!
//! Nodes are shared between versions and copied along the path of a change. Each node remembers
//! its own reference (its hash, or its encoding if that is shorter), so that a root costs what has
//! changed since the last one and not what there is. Keys are the 64 nibbles of a hash: no key is
//! a prefix of another, so branches carry no value, and no path is deeper than 64 nodes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use alloy_primitives::{B256, keccak256};
use alloy_trie::nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieMask};

/// A map from 32-byte hashes to bytes that knows its Merkle root. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Trie {
    root: Option<Arc<Node>>,
}

#[derive(Clone)]
struct Node {
    kind: Kind,
    reference: OnceLock<RlpNode>,
}

#[derive(Clone)]
enum Kind {
    Leaf { path: Nibbles, value: Box<[u8]> },
    Extension { path: Nibbles, child: Arc<Node> },
    Branch(Box<[Option<Arc<Node>>; 16]>),
}

impl Trie {
    /// The trie without a key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &B256) -> Option<&[u8]> {
        let mut path = Nibbles::unpack(key);
        let mut node = self.root.as_ref()?;
        loop {
            match &node.kind {
                Kind::Leaf { path: own, value } => return (*own == path).then_some(value),
                Kind::Extension { path: own, child } => {
                    if !path.starts_with(own) {
                        return None;
                    }
                    path = path.slice(own.len()..);
                    node = child;
                }
                Kind::Branch(children) => {
                    node = children[nibble(&path, 0)].as_ref()?;
                    path = path.slice(1..);
                }
            }
        }
    }

    /// Sets the value of a key.
    ///
    /// # Panics
    ///
    /// The value is empty: that an absent key is, which [`Trie::remove`] makes.
    pub fn insert(&mut self, key: &B256, value: Box<[u8]>) {
        assert!(!value.is_empty(), "a trie holds no empty values");
        let path = Nibbles::unpack(key);
        match &mut self.root {
            Some(root) => insert(root, path, value),
            None => self.root = Some(Node::new(Kind::Leaf { path, value })),
        }
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &B256) {
        if self.get(key).is_none() {
            return;
        }
        if let Some(root) = &mut self.root
            && remove(root, Nibbles::unpack(key)).is_none()
        {
            self.root = None;
        }
    }

    /// The Merkle root.
    #[must_use]
    pub fn root(&self) -> B256 {
        let Some(root) = &self.root else {
            return EMPTY_ROOT_HASH;
        };
        let reference = root.reference();
        reference
            .as_hash()
            .unwrap_or_else(|| keccak256(reference.as_slice()))
    }
}

impl fmt::Debug for Trie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trie({})", self.root())
    }
}

impl Node {
    fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            reference: OnceLock::new(),
        })
    }

    /// A node to put above a child: the child itself if there is no path between them.
    fn extend(path: Nibbles, child: Arc<Self>) -> Arc<Self> {
        if path.is_empty() {
            return child;
        }
        match &child.kind {
            Kind::Leaf { path: own, value } => Self::new(Kind::Leaf {
                path: path.join(own),
                value: value.clone(),
            }),
            Kind::Extension { path: own, child } => Self::new(Kind::Extension {
                path: path.join(own),
                child: Arc::clone(child),
            }),
            Kind::Branch(_) => Self::new(Kind::Extension { path, child }),
        }
    }

    fn reference(&self) -> &RlpNode {
        self.reference.get_or_init(|| {
            let mut rlp = Vec::new();
            match &self.kind {
                Kind::Leaf { path, value } => LeafNodeRef::new(path, value).rlp(&mut rlp),
                Kind::Extension { path, child } => {
                    ExtensionNodeRef::new(path, child.reference().as_slice()).rlp(&mut rlp)
                }
                Kind::Branch(children) => {
                    let mut mask = TrieMask::default();
                    let mut stack = Vec::with_capacity(16);
                    for (index, child) in (0u8..).zip(children.iter()) {
                        if let Some(child) = child {
                            mask.set_bit(index);
                            stack.push(child.reference().clone());
                        }
                    }
                    BranchNodeRef::new(&stack, mask).rlp(&mut rlp)
                }
            }
        })
    }
}

/// Makes a node changeable: copies it if another version shares it, and forgets its reference.
fn edit(node: &mut Arc<Node>) -> &mut Kind {
    let node = Arc::make_mut(node);
    node.reference = OnceLock::new();
    &mut node.kind
}

fn nibble(path: &Nibbles, at: usize) -> usize {
    usize::from(path.get_unchecked(at))
}

fn insert(node: &mut Arc<Node>, path: Nibbles, value: Box<[u8]>) {
    let (common, index, rest) = match edit(node) {
        Kind::Branch(children) => {
            let (slot, below) = (&mut children[nibble(&path, 0)], path.slice(1..));
            match slot {
                Some(child) => insert(child, below, value),
                None => *slot = Some(Node::new(Kind::Leaf { path: below, value })),
            }
            return;
        }
        Kind::Leaf {
            path: own,
            value: old,
        } => {
            if *own == path {
                *old = value;
                return;
            }
            let common = own.common_prefix_length(&path);
            let rest = Node::new(Kind::Leaf {
                path: own.slice(common + 1..),
                value: std::mem::take(old),
            });
            (common, nibble(own, common), rest)
        }
        Kind::Extension { path: own, child } => {
            let common = own.common_prefix_length(&path);
            if common == own.len() {
                insert(child, path.slice(common..), value);
                return;
            }
            let rest = Node::extend(own.slice(common + 1..), Arc::clone(child));
            (common, nibble(own, common), rest)
        }
    };
    let mut children: Box<[Option<Arc<Node>>; 16]> = Box::default();
    children[index] = Some(rest);
    children[nibble(&path, common)] = Some(Node::new(Kind::Leaf {
        path: path.slice(common + 1..),
        value,
    }));
    *node = Node::extend(path.slice(..common), Node::new(Kind::Branch(children)));
}

/// Removes a key that is there. What is left of the node takes its place; nothing may be left.
fn remove(node: &mut Arc<Node>, path: Nibbles) -> Option<()> {
    let merged = match edit(node) {
        Kind::Leaf { .. } => return None,
        Kind::Extension { path: own, child } => {
            remove(child, path.slice(own.len()..))
                .expect("below an extension is a branch, which holds at least two keys");
            Node::extend(*own, Arc::clone(child))
        }
        Kind::Branch(children) => {
            let slot = &mut children[nibble(&path, 0)];
            let left = slot
                .as_mut()
                .and_then(|child| remove(child, path.slice(1..)));
            if left.is_some() {
                return Some(());
            }
            *slot = None;
            let mut rest = (0u8..)
                .zip(children.iter_mut())
                .filter(|(_, child)| child.is_some());
            match (rest.next(), rest.next()) {
                (Some((index, Some(child))), None) => {
                    Node::extend(Nibbles::from_nibbles([index]), Arc::clone(child))
                }
                _ => return Some(()),
            }
        }
    };
    *node = merged;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;
    use alloy_trie::root::storage_root;
    use std::collections::BTreeMap;

    /// Pseudo-random and the same in every run: the hash of a counter.
    fn word(seed: u64) -> B256 {
        keccak256(seed.to_be_bytes())
    }

    fn value(seed: u64) -> U256 {
        U256::from(seed % 3 * 0x1234_5678 + 1) << (seed % 200)
    }

    fn expected(model: &BTreeMap<B256, U256>) -> B256 {
        storage_root(model.iter().map(|(key, value)| (*key, *value)))
    }

    fn set(trie: &mut Trie, key: &B256, value: U256) {
        trie.insert(key, alloy_rlp::encode(value).into_boxed_slice());
    }

    /// Keys that share long prefixes, so that there are extensions to split and to join.
    fn crowded(seed: u64) -> B256 {
        let mut key = B256::ZERO;
        key[0] = u8::try_from(seed % 2).unwrap();
        key[20] = u8::try_from(seed / 2 % 5).unwrap();
        key[31] = u8::try_from(seed / 10 % 256).unwrap();
        key
    }

    fn agrees(steps: u64, key_of: fn(u64) -> B256, keys: u64) {
        let mut trie = Trie::new();
        let mut model = BTreeMap::new();
        let mut versions = Vec::new();
        for step in 0..steps {
            let draw = word(step);
            let key = key_of(u64::from(draw[0]) * 256 + u64::from(draw[1]) % keys);
            if draw[2].is_multiple_of(3) {
                trie.remove(&key);
                model.remove(&key);
            } else {
                set(&mut trie, &key, value(step));
                model.insert(key, value(step));
            }
            assert_eq!(
                trie.get(&key),
                model.get(&key).map(alloy_rlp::encode).as_deref()
            );
            if step % 97 == 0 {
                assert_eq!(trie.root(), expected(&model), "after step {step}");
                versions.push((trie.clone(), model.clone()));
            }
        }
        assert_eq!(trie.root(), expected(&model));
        for (trie, model) in versions {
            assert_eq!(trie.root(), expected(&model), "an old version changed");
        }
        while let Some((key, _)) = model.pop_last() {
            trie.remove(&key);
            if model.len() % 61 == 0 {
                assert_eq!(trie.root(), expected(&model));
            }
        }
        assert!(trie.is_empty());
        assert_eq!(trie.root(), EMPTY_ROOT_HASH);
    }

    #[test]
    fn agrees_with_alloy_on_random_keys() {
        agrees(6_000, word, u64::MAX);
    }

    #[test]
    fn agrees_with_alloy_on_crowded_keys() {
        agrees(6_000, crowded, u64::MAX);
    }

    #[test]
    fn order_does_not_matter() {
        let mut forwards = Trie::new();
        let mut backwards = Trie::new();
        for seed in 0..500 {
            set(&mut forwards, &word(seed), value(seed));
        }
        for seed in (0..700).rev() {
            set(&mut backwards, &word(seed), value(seed));
        }
        for seed in (500..700).rev() {
            backwards.remove(&word(seed));
        }
        assert_eq!(forwards.root(), backwards.root());
    }

    #[test]
    fn removing_an_absent_key_changes_nothing() {
        let mut trie = Trie::new();
        trie.remove(&word(0));
        set(&mut trie, &word(1), U256::from(1));
        let root = trie.root();
        trie.remove(&word(2));
        assert_eq!(trie.root(), root);
    }
}
