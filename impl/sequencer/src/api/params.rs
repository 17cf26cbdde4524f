//! The parameters of a call, one after the other.

use std::vec::IntoIter;

use gauntlet_rpc::ErrorObjectOwned;
use serde_json::value::RawValue;

use super::error::invalid;
use super::text::Param;

/// The parameters of a call that were not read yet.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    method: &'static str,
    rest: IntoIter<&'a RawValue>,
}

impl<'a> Reader<'a> {
    /// The parameters of a call of this method. Nothing stands for none.
    pub(super) fn of(
        method: &'static str,
        params: Option<&'a str>,
    ) -> Result<Self, ErrorObjectOwned> {
        let params: Vec<&RawValue> = serde_json::from_str(params.unwrap_or("[]"))
            .map_err(|_| invalid("the parameters must be a list"))?;
        Ok(Self {
            method,
            rest: params.into_iter(),
        })
    }

    /// Reads a parameter that must be there.
    pub(super) fn required<T: Param>(&mut self, name: &str) -> Result<T, ErrorObjectOwned> {
        let json = self.rest.next();
        let json = json.ok_or_else(|| invalid(format_args!("the {name} is missing")))?;
        read(json, name)
    }

    /// Reads a parameter that may be absent, or null.
    pub(super) fn optional<T: Param>(&mut self, name: &str) -> Result<Option<T>, ErrorObjectOwned> {
        let json = self.rest.next().filter(|json| json.get() != "null");
        json.map(|json| read(json, name)).transpose()
    }

    /// Refuses what is left.
    pub(super) fn end(mut self) -> Result<(), ErrorObjectOwned> {
        match self.rest.next() {
            None => Ok(()),
            Some(_) => Err(invalid(format_args!(
                "the parameters are more than {} takes",
                self.method
            ))),
        }
    }
}

fn read<T: Param>(json: &RawValue, name: &str) -> Result<T, ErrorObjectOwned> {
    T::read(json.get()).map_err(|why| invalid(format_args!("the {name}: {why}")))
}
