//! What execution clients that follow the chain say of its blocks.

use std::collections::{BTreeMap, BTreeSet};

use super::View;
use crate::trace::{FollowerNews, What};

/// What an execution client came to that follows the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following<'a> {
    /// Which client: its URL.
    pub client: &'a str,
    /// How many of the published blocks it finds valid.
    pub valid: u64,
    /// Which blocks it finds invalid, in order.
    pub disputes: Vec<Dispute<'a>>,
    /// Of how many published blocks it never said anything.
    pub unjudged: u64,
    /// What was heard last instead of an answer, if anything was.
    pub lack: Option<Lack<'a>>,
}

/// A block that an execution client finds invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute<'a> {
    /// When it said so, in microseconds since the run began.
    pub at_us: u64,
    /// The block's number.
    pub number: u64,
    /// Why, in its own words.
    pub reason: &'a str,
}

/// Why an execution client says nothing of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack<'a> {
    /// It does not answer, or not as the Engine API says.
    Answer(&'a str),
    /// It lacks blocks that are not kept any more, or that are of another chain.
    Blocks,
}

impl View<'_> {
    /// What each execution client came to that follows the chain, by their URLs.
    #[must_use]
    pub fn following(&self) -> Vec<Following<'_>> {
        let mut clients = BTreeMap::new();
        for entry in &self.trace.entries {
            let What::Followed(followed) = &entry.what else {
                continue;
            };
            let client: &str = &followed.client;
            let (valid, disputes, lack) = clients
                .entry(client)
                .or_insert_with(|| (BTreeSet::new(), Vec::new(), None));
            match &followed.news {
                FollowerNews::Valid { hash, .. } => {
                    valid.insert(*hash);
                }
                FollowerNews::Invalid { number, reason, .. } => disputes.push(Dispute {
                    at_us: entry.at_us,
                    number: *number,
                    reason,
                }),
                FollowerNews::Away { cause } => *lack = Some(Lack::Answer(cause)),
                FollowerNews::Lacks { .. } => *lack = Some(Lack::Blocks),
            }
        }
        let published: BTreeSet<_> = self
            .published
            .iter()
            .map(|published| published.block.payload.block_hash)
            .collect();
        let of_client = |(client, (valid, disputes, lack)): (_, (BTreeSet<_>, Vec<_>, _))| {
            let valid = published.intersection(&valid).count() as u64;
            let judged = valid + disputes.len() as u64;
            Following {
                client,
                valid,
                unjudged: (published.len() as u64).saturating_sub(judged),
                disputes,
                lack,
            }
        };
        clients.into_iter().map(of_client).collect()
    }
}
