//! Everything inside a network: hosts with their queues and listeners, and connections.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::task::{Poll, Waker};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::connection::{Connection, ConnectionId, End, Message, Sent};
use super::links::{Direction, Hop, Links};

/// How many connections a listener holds that nobody has accepted yet; further ones are refused.
const MAX_BACKLOG: usize = 1024;

#[derive(Debug)]
pub(super) struct State {
    links: Links,
    tick_ms: u64,
    hosts: BTreeMap<Arc<str>, Host>,
    connections: BTreeMap<ConnectionId, Connection>,
    next_serial: u64,
}

#[derive(Debug, Default)]
struct Host {
    /// What is on its way to this host, in the order of delivery.
    queue: BTreeMap<Slot, Sent>,
    /// Wakes the pump when the queue has a new message.
    wake: Arc<Notify>,
    pump: Option<AbortHandle>,
    listeners: BTreeMap<u16, Listener>,
    /// How many connections were opened here.
    opened: u64,
}

/// The place of a message in the order of delivery. Nothing here depends on scheduling.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    at_ms: u64,
    connection: ConnectionId,
    direction: Direction,
    gives_room: bool,
    message: u64,
}

#[derive(Debug)]
struct Listener {
    serial: u64,
    backlog: VecDeque<ConnectionId>,
    acceptor: Option<Waker>,
}

impl State {
    pub(super) fn new(links: Links, tick_ms: u64) -> Self {
        let (hosts, connections) = (BTreeMap::new(), BTreeMap::new());
        Self {
            links,
            tick_ms,
            hosts,
            connections,
            next_serial: 0,
        }
    }

    /// Returns what wakes the pump of a host, if the pump is not running.
    pub(super) fn needs_pump(&mut self, host: &Arc<str>, now_ms: u64) -> Option<Arc<Notify>> {
        let host = self.hosts.entry(host.clone()).or_default();
        if host.pump.as_ref().is_some_and(|pump| !pump.is_finished()) {
            return None;
        }
        // What arrived while nobody was there is lost.
        host.queue.retain(|slot, _| slot.at_ms >= now_ms);
        Some(host.wake.clone())
    }

    pub(super) fn pumped_by(&mut self, host: &Arc<str>, pump: AbortHandle) {
        self.hosts.entry(host.clone()).or_default().pump = Some(pump);
    }

    /// Listens on a port.
    pub(super) fn bind(&mut self, host: &Arc<str>, port: u16) -> io::Result<u64> {
        let serial = self.next_serial;
        self.next_serial += 1;
        let listeners = &mut self.hosts.entry(host.clone()).or_default().listeners;
        if listeners.contains_key(&port) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        listeners.insert(
            port,
            Listener {
                serial,
                backlog: VecDeque::new(),
                acceptor: None,
            },
        );
        Ok(serial)
    }

    /// Whether this very listener is still there.
    pub(super) fn is_bound(&self, host: &str, port: u16, serial: u64) -> bool {
        let listener = self
            .hosts
            .get(host)
            .and_then(|host| host.listeners.get(&port));
        listener.is_some_and(|listener| listener.serial == serial)
    }

    /// Stops listening; what nobody has accepted is closed.
    pub(super) fn unbind(&mut self, host: &str, port: u16, now_ms: Option<u64>) {
        let Some(host) = self.hosts.get_mut(host) else {
            return;
        };
        let listener = host.listeners.remove(&port);
        for id in listener.into_iter().flat_map(|listener| listener.backlog) {
            self.close(&id, Direction::ToClient, now_ms);
        }
    }

    /// Waits for a connection on a port.
    pub(super) fn accept(&mut self, host: &str, port: u16, waker: &Waker) -> Poll<ConnectionId> {
        let host = self.hosts.get_mut(host);
        let Some(listener) = host.and_then(|host| host.listeners.get_mut(&port)) else {
            return Poll::Pending;
        };
        match listener.backlog.pop_front() {
            Some(id) => Poll::Ready(id),
            None => {
                listener.acceptor = Some(waker.clone());
                Poll::Pending
            }
        }
    }

    /// Opens a connection: the question travels to the port, the answer back.
    ///
    /// The answer's arrival is known at once, its content only when it arrives: by then the other
    /// host is past the instant at which the question reached it, or was not running then.
    pub(super) fn open(
        &mut self,
        from: &Arc<str>,
        to: &str,
        port: u16,
        now_ms: u64,
    ) -> ConnectionId {
        let host = self.hosts.entry(from.clone()).or_default();
        let id = ConnectionId {
            client: from.clone(),
            number: host.opened,
        };
        host.opened += 1;
        self.connections
            .insert(id.clone(), Connection::new(from.clone(), to.into(), now_ms));
        let asked = self.send(&id, Direction::ToServer, Message::Connect { port }, now_ms);
        if let Some(asked_ms) = asked {
            let answered_ms = self.send(&id, Direction::ToClient, Message::Answer, asked_ms);
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.answered_ms = answered_ms;
            }
        }
        id
    }

    /// When a connection was asked for, and when the answer arrives.
    pub(super) fn opening(&self, id: &ConnectionId) -> (Option<u64>, Option<u64>) {
        let connection = self.connections.get(id);
        (
            connection.map(|connection| connection.opened_ms),
            connection.and_then(|connection| connection.answered_ms),
        )
    }

    /// The end of a connection that sends in a direction; nobody asks for one that is gone.
    pub(super) fn end(&mut self, id: &ConnectionId, direction: Direction) -> &mut End {
        let connection = self.connections.get_mut(id);
        connection
            .expect("a connection lives as long as its ends")
            .sender(direction)
    }

    /// Sends a message and returns when it arrives, if ever.
    pub(super) fn send(
        &mut self,
        id: &ConnectionId,
        direction: Direction,
        message: Message,
        sent_ms: u64,
    ) -> Option<u64> {
        let connection = self.connections.get_mut(id)?;
        let to = connection.sender(direction.reverse()).host.clone();
        let from = connection.sender(direction);
        let gives_room = matches!(message, Message::Room(_));
        let counter = if gives_room {
            &mut from.rooms_sent
        } else {
            &mut from.sent
        };
        let number = *counter;
        *counter += 1;
        let hop = Hop {
            from: &from.host,
            to: &to,
            connection: id.number,
            direction,
            message: number,
            cargo: message.cargo(),
            sent_ms,
            previous_arrival_ms: from.last_arrival_ms,
        };
        let arrival = self.links.arrival_ms(&hop);
        if !gives_room {
            // Nothing comes after what was lost.
            from.is_cut |= arrival.is_none();
        }
        let mut at_ms = arrival.filter(|_| gives_room || !from.is_cut)?;
        assert!(
            at_ms >= sent_ms + self.tick_ms,
            "the link is shorter than a tick: {hop:?}"
        );
        if !gives_room {
            at_ms = at_ms.max(from.last_arrival_ms.unwrap_or(0));
            from.last_arrival_ms = Some(at_ms);
        }
        let host = self.hosts.entry(to.clone()).or_default();
        let slot = Slot {
            at_ms,
            connection: id.clone(),
            direction,
            gives_room,
            message: number,
        };
        host.queue.insert(slot, Sent { message, sent_ms });
        host.wake.notify_one();
        Some(at_ms)
    }

    /// Leaves an end of a connection; its peer learns of it. Without a time nobody is left to.
    pub(super) fn close(&mut self, id: &ConnectionId, direction: Direction, now_ms: Option<u64>) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let end = connection.sender(direction);
        if end.is_gone {
            return;
        }
        end.leave();
        if let Some(now_ms) = now_ms {
            self.send(id, direction, Message::Loss, now_ms);
        }
        self.forget(id);
    }

    /// Whether nobody is at an end of a connection any more.
    pub(super) fn is_left(&mut self, id: &ConnectionId, direction: Direction) -> bool {
        let connection = self.connections.get_mut(id);
        connection.is_none_or(|connection| connection.sender(direction).is_gone)
    }

    /// Ends everything on a host.
    pub(super) fn down(&mut self, name: &str, now_ms: u64) {
        let Some(host) = self.hosts.get_mut(name) else {
            return;
        };
        host.pump = None;
        host.listeners.clear();
        let ids: Vec<_> = self.connections.keys().cloned().collect();
        for id in ids {
            for direction in [Direction::ToServer, Direction::ToClient] {
                let Some(connection) = self.connections.get_mut(&id) else {
                    continue;
                };
                // A question that is still on its way finds whoever listens when it arrives.
                let is_here = direction == Direction::ToServer || connection.is_accepted;
                if is_here && *connection.sender(direction).host == *name {
                    self.close(&id, direction, Some(now_ms));
                }
            }
        }
    }

    /// Returns when the next message for a host arrives.
    pub(super) fn next_arrival_ms(&self, host: &str) -> Option<u64> {
        let (slot, _) = self.hosts.get(host)?.queue.first_key_value()?;
        Some(slot.at_ms)
    }

    /// Delivers the next message for a host and returns whom it wakes.
    pub(super) fn deliver(&mut self, host: &str) -> [Option<Waker>; 2] {
        let Some(host) = self.hosts.get_mut(host) else {
            return [None, None];
        };
        let Some((slot, sent)) = host.queue.pop_first() else {
            return [None, None];
        };
        let id = slot.connection;
        let Some(connection) = self.connections.get_mut(&id) else {
            return [None, None];
        };
        let woken = if let Message::Connect { port } = sent.message {
            let listener = host.listeners.get_mut(&port);
            match listener.filter(|listener| listener.backlog.len() < MAX_BACKLOG) {
                Some(listener) => {
                    connection.is_accepted = true;
                    listener.backlog.push_back(id.clone());
                    [listener.acceptor.take(), None]
                }
                None => [None, None],
            }
        } else {
            connection.deliver(slot.direction, sent)
        };
        self.forget(&id);
        woken
    }

    fn forget(&mut self, id: &ConnectionId) {
        if self.connections.get(id).is_some_and(Connection::is_over) {
            self.connections.remove(id);
        }
    }
}
