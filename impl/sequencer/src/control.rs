//! Changing a running sequencer.

use gauntlet_protocol::BuilderTuple;
use tokio::sync::{mpsc, oneshot};

use crate::config::ConfigError;

/// How many commands may wait to be obeyed.
const MAX_COMMANDS: usize = 64;

/// Changes a running sequencer, in the order of the calls.
#[derive(Clone, Debug)]
pub struct Control {
    commands: mpsc::Sender<Command>,
}

/// A change of a running sequencer.
#[derive(Debug)]
pub(crate) enum Command {
    /// Register another builder, or none.
    SetBuilder(
        Option<BuilderTuple>,
        oneshot::Sender<Result<(), ConfigError>>,
    ),
    /// Replace the head by its sibling derived from L1.
    ReplaceHead,
}

/// The commands that wait to be obeyed, in order.
#[derive(Debug)]
pub(crate) struct Commands(mpsc::Receiver<Command>);

/// Makes a control and the queue of what it commands.
pub(crate) fn control() -> (Control, Commands) {
    let (commands, waiting) = mpsc::channel(MAX_COMMANDS);
    (Control { commands }, Commands(waiting))
}

impl Control {
    /// Registers another builder, or none; it is told of the head at once, and asked from the next
    /// slot on. "The Sequencer is responsible for managing this tuple" (line 60).
    ///
    /// # Errors
    ///
    /// The URL cannot be used; the registered builder stays.
    pub async fn set_builder(&self, builder: Option<BuilderTuple>) -> Result<(), ConfigError> {
        let (reply, done) = oneshot::channel();
        if self
            .commands
            .send(Command::SetBuilder(builder, reply))
            .await
            .is_err()
        {
            return Ok(());
        }
        done.await.unwrap_or(Ok(()))
    }

    /// Replaces the head by its sibling derived from L1; genesis stays.
    pub async fn replace_head(&self) {
        // A sequencer that has ended has no head to replace.
        let _ended = self.commands.send(Command::ReplaceHead).await;
    }
}

impl Commands {
    /// The next command; nothing if there is no control any more.
    pub(crate) async fn next(&mut self) -> Option<Command> {
        let command = self.0.recv().await;
        assert!(
            self.0.len() <= MAX_COMMANDS,
            "no more than {MAX_COMMANDS} commands wait"
        );
        command
    }
}
