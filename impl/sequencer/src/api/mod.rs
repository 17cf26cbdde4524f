//! What the sequencer serves to its users: the parts of the `eth`, `net` and `web3` namespaces that
//! a wallet needs.
//!
//! | module | what it serves |
//! |---|---|
//! | `node` | what chain this is, and what software |
//! | `accounts` | balances, nonces, code and storage |
//! | `blocks` | blocks, with their transactions or the hashes of these |
//! | `transactions` | transactions, sent, waiting and included |
//! | `receipts` | what came of them |
//! | `logs` | what contracts logged |
//! | `fees` | what gas costs, has cost and may cost |
//! | `calls` | what would come of a call |
//!
//! `params` and `text` read the parameters, `find` finds the blocks that they mean, and `error` has
//! the errors. A state is served as long as its block is kept.

mod accounts;
mod blocks;
mod calls;
mod error;
mod fees;
mod find;
mod logs;
mod node;
mod params;
mod receipts;
mod text;
mod transactions;

use std::sync::Arc;

use gauntlet_node::Lane;
use gauntlet_rpc::{ErrorObjectOwned, Params, RegisterMethodError, RpcModule};
use serde::Serialize;
use serde_json::Value;

use self::params::Reader;
use crate::node::Sequencer;
use crate::state::State;

/// What a method answers, as JSON.
type Answer = Result<Value, ErrorObjectOwned>;

/// What finds an answer, with all that it needs.
type Work = Box<dyn FnOnce() -> Answer + Send>;

/// The methods while they are registered.
struct Registry {
    module: RpcModule<Arc<State>>,
    failed: Option<RegisterMethodError>,
}

impl Sequencer {
    /// What the sequencer serves to its users.
    #[must_use]
    pub fn api(&self) -> RpcModule<()> {
        let mut registry = Registry {
            module: RpcModule::new(self.state.clone()),
            failed: None,
        };
        node::register(&mut registry);
        accounts::register(&mut registry);
        blocks::register(&mut registry);
        transactions::register(&mut registry);
        receipts::register(&mut registry);
        logs::register(&mut registry);
        fees::register(&mut registry);
        calls::register(&mut registry);
        assert!(registry.failed.is_none(), "no method name stands twice");
        registry.module.remove_context()
    }
}

impl Registry {
    /// Adds a method that is answered at once.
    fn method(&mut self, name: &'static str, answer: fn(&State, Reader<'_>) -> Answer) {
        let registered = self.module.register_method(name, move |params, state, _| {
            answer(state, Reader::of(name, params.as_str())?)
        });
        let error = registered.err();
        self.note(error);
    }

    /// Adds a method whose answer may take a while to find: that is done beside the runtime's
    /// workers, and holds up nobody but others of its kind.
    fn work(
        &mut self,
        name: &'static str,
        prepare: fn(&State, Reader<'_>) -> Result<Work, ErrorObjectOwned>,
    ) {
        let answer = move |params: Params<'static>, state: Arc<Arc<State>>, _| async move {
            let work = prepare(&state, Reader::of(name, params.as_str())?)?;
            state.chain.workers().run(Lane::Serve, work).await
        };
        let error = self.module.register_async_method(name, answer).err();
        self.note(error);
    }

    fn note(&mut self, error: Option<RegisterMethodError>) {
        self.failed = self.failed.take().or(error);
    }
}

/// Writes what a method answers.
fn json(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).expect("what is answered can be written as JSON")
}
