//! Where the nodes of a devnet are reached, and live.

use std::net::Ipv4Addr;

use futures::FutureExt;
use gauntlet_rpc::{Dial, TcpAcceptor, tcp_dial, tcp_dial_trusting};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::home::Home;
use super::{DevnetError, Settings, Unstamped};
use crate::world::proxy::{InnerAcceptor, inner};
use crate::world::{EnginePlaces, Places, World};

/// Where everybody is reached, and lives.
pub(super) struct Doors {
    pub(super) places: Places,
    sequencer: (Home, TcpAcceptor),
    /// Our own builder's, if it is one.
    builder: Option<(Home, TcpAcceptor)>,
    /// How the sequencer reaches the proxies, and where they await it: in memory, since nobody else
    /// is to reach them. What crosses them is recorded.
    to_proxies: Dial,
    proxy: InnerAcceptor,
    engine_proxy: InnerAcceptor,
    /// How the proxies reach the builder.
    to_builder: Dial,
}

/// The names of the proxies, which the sequencer alone can reach.
const PROXY: &str = "proxy";
const ENGINE_PROXY: &str = "engine-proxy";

impl Doors {
    pub(super) async fn open(settings: &Settings) -> Result<Self, DevnetError> {
        let sequencer = open_door("sequencer", settings.port).await?;
        let port = settings.port.map(|port| port.saturating_add(1));
        let builder = match settings.builder {
            Some(_) => None,
            None => Some(open_door("builder", port).await?),
        };
        let url = match (&builder, &settings.builder) {
            (Some((_, door)), _) => format!("http://{}", door.local_addr()?).parse()?,
            (None, Some(remote)) => remote.url.clone(),
            (None, None) => unreachable!("a builder is ours or not"),
        };
        let engine = settings.builder.as_ref().and_then(|it| it.engine.as_ref());
        let named = |host: &str, path: &str| format!("http://{host}{path}");
        let ((to_proxy, proxy), (to_engine_proxy, engine_proxy)) = (inner(), inner());
        let to_proxies = Dial::new(move |endpoint| {
            let dial = match endpoint.host.as_str() {
                ENGINE_PROXY => to_engine_proxy.clone(),
                _ => to_proxy.clone(),
            };
            async move { dial.dial(&endpoint).await }.boxed()
        });
        Ok(Self {
            places: Places {
                sequencer: format!("http://{}", sequencer.1.local_addr()?),
                proxy: named(PROXY, &url.path),
                builder: url.to_string(),
                engine: engine.map(|engine| EnginePlaces {
                    proxy: named(ENGINE_PROXY, &engine.path),
                    builder: engine.to_string(),
                }),
            },
            sequencer,
            builder,
            to_proxies,
            proxy,
            engine_proxy,
            to_builder: match &settings.builder {
                Some(remote) => tcp_dial_trusting(&remote.trust),
                None => tcp_dial(),
            },
        })
    }

    /// Starts the nodes, each at home, and the proxies between them.
    pub(super) fn start(
        self,
        world: &World,
        began: Instant,
        tasks: &mut JoinSet<Result<(), DevnetError>>,
    ) -> Result<(), DevnetError> {
        if let Some((home, door)) = self.builder {
            let world = world.clone();
            let builder = async move { world.builder(Box::new(door), tcp_dial()).await };
            tasks.spawn(async move { Ok(home.run(builder).await??) });
        }
        let proxies = [
            Some(world.proxy(Unstamped(self.proxy), self.to_builder.clone())?),
            world.engine_proxy(Unstamped(self.engine_proxy), self.to_builder)?,
        ];
        for proxy in proxies.into_iter().flatten() {
            tasks.spawn(async move { Err(proxy.await.into()) });
        }
        let (home, door) = self.sequencer;
        let (world, dial) = (world.clone(), self.to_proxies);
        let sequencer = async move {
            let elapsed = began.elapsed();
            world.sequencer(Box::new(door), dial, elapsed).await
        };
        tasks.spawn(async move { Ok(home.run(sequencer).await??) });
        Ok(())
    }
}

/// Opens a node's door at a port of the loopback address, or at any that is free, where it is at
/// home.
async fn open_door(name: &str, port: Option<u16>) -> Result<(Home, TcpAcceptor), DevnetError> {
    let home = Home::new(name)?;
    let address = (Ipv4Addr::LOCALHOST, port.unwrap_or(0));
    let door = home.run(TcpAcceptor::bind(address)).await?;
    let door = door.map_err(|source| DevnetError::Door {
        port: port.unwrap_or(0),
        source,
    })?;
    Ok((home, door))
}
