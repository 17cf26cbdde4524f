//! A builder that runs already, somewhere else.

use std::future::pending;
use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Berth, Role, Subject};
use crate::plan::Plan;

/// A builder behind a URL: there is nothing to start.
#[derive(Clone, Copy, Debug, Default)]
pub struct RemoteBuilder;

impl Subject for RemoteBuilder {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn declines(&self, plan: &Plan) -> Option<String> {
        let ms = plan.builder.build_ms;
        (ms > 0).then(|| format!("it runs already, and cannot be told to take {ms} ms to build"))
    }

    fn start(&self, _berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        pending().boxed()
    }
}
