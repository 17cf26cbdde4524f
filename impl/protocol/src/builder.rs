//! Who a builder is.

use alloy_primitives::Address;

/// A builder: the tuple (`builderPubkey`, `builderUrl`) of line 60.
///
/// A call is made only if both are set (lines 106 and 132), so there is no tuple with one of them:
/// a configuration without either has no builder. DECISION: call-or-must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuilderTuple {
    /// The address that must stand in the builder's responses.
    pub pubkey: Address,
    /// Where the builder serves `builder_*`, and `engine_*` unless told otherwise.
    pub url: String,
}

impl BuilderTuple {
    /// The tuple of two settings, if both are set. The zero address is not a key: it counts as not
    /// set.
    #[must_use]
    pub fn of(pubkey: Option<Address>, url: Option<String>) -> Option<Self> {
        match (pubkey, url) {
            (Some(pubkey), Some(url)) if !pubkey.is_zero() && !url.is_empty() => {
                Some(Self { pubkey, url })
            }
            (Some(_) | None, Some(_) | None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_needs_both() {
        let pubkey = Some(Address::repeat_byte(1));
        let url = Some("http://builder".to_owned());
        assert!(BuilderTuple::of(pubkey, url.clone()).is_some());
        assert_eq!(BuilderTuple::of(pubkey, None), None);
        assert_eq!(BuilderTuple::of(None, url.clone()), None);
        assert_eq!(BuilderTuple::of(None, None), None);
        assert_eq!(BuilderTuple::of(Some(Address::ZERO), url), None);
    }
}
