//! The client and the server over the operating system's TCP.

use crate::support::{ms, params};
use gauntlet_rpc::{
    Client, ClientConfig, FailureKind, RpcModule, ServerConfig, TcpAcceptor, serve, tcp_dial,
};

#[tokio::test]
async fn a_call_crosses_real_tcp() {
    let acceptor = TcpAcceptor::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", acceptor.local_addr().unwrap());
    let mut module = RpcModule::new(());
    module
        .register_method("echo", |params, (), _| params.parse::<Vec<u64>>())
        .unwrap();
    let server = tokio::spawn(serve(acceptor, module, ServerConfig::default()));
    let client = Client::new(ClientConfig::new("peer", url.parse().unwrap(), tcp_dial()));
    for _ in 0..3 {
        let result = client.call("echo", params(), ms(10_000)).await.unwrap();
        assert_eq!(result.get(), "[1]");
    }
    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    // Aborting the server closed the acceptor and the idle connection.
    let error = client.call("echo", params(), ms(10_000)).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Connect);
    assert!(
        error.to_failure().message.starts_with("cannot connect: "),
        "{error:?}"
    );
}
