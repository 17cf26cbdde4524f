//! A relay of TCP connections that can be cut: the link between two processes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What the link does with what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// It carries it.
    Whole,
    /// Every connection is closed, and new ones are at once.
    Closed,
    /// Connections stay, and nothing arrives any more.
    Silent,
}

/// A relay, cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Relay {
    /// Where it listens.
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    link: Link,
    streams: Vec<TcpStream>,
}

impl Relay {
    /// Begins to relay to an address, from any free port.
    ///
    /// # Errors
    ///
    /// It cannot listen.
    pub(crate) fn to(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let state = Arc::new(Mutex::new(State {
            link: Link::Whole,
            streams: Vec::new(),
        }));
        let relay = Self {
            address: listener.local_addr()?.to_string(),
            state,
        };
        let (accepting, to) = (relay.clone(), address.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // One that cannot be carried on is closed.
                let _refused = accepting.carry(stream, &to);
            }
        });
        Ok(relay)
    }

    /// Makes the link this from now on. What was silent stays so: it is closed when the link is
    /// whole again.
    pub(crate) fn set(&self, link: Link) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.link = link;
        if link != Link::Silent {
            for stream in state.streams.drain(..) {
                // It may be closed already.
                let _closed = stream.shutdown(Shutdown::Both);
            }
        }
    }

    fn link(&self) -> Link {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .link
    }

    fn carry(&self, near: TcpStream, to: &str) -> io::Result<()> {
        if self.link() == Link::Closed {
            return near.shutdown(Shutdown::Both);
        }
        let far = TcpStream::connect(to)?;
        for (from, into) in [(&near, &far), (&far, &near)] {
            from.set_nodelay(true)?;
            let (relay, mut from, mut into) = (self.clone(), from.try_clone()?, into.try_clone()?);
            thread::spawn(move || relay.copy(&mut from, &mut into));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.streams.extend([near, far]);
        Ok(())
    }

    /// Copies until either end closes, and then closes both.
    fn copy(&self, from: &mut TcpStream, into: &mut TcpStream) {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if self.link() == Link::Whole && into.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _closed = from.shutdown(Shutdown::Both);
        let _closed = into.shutdown(Shutdown::Both);
    }
}
