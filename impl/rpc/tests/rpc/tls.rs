//! `https` over the operating system's TCP, with certificates that are made for the test.

use std::fs;
use std::io;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig as TlsConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{methods, ms, params};
use gauntlet_rpc::{
    Accept, Client, ClientConfig, FailureKind, Io, ServerConfig, TcpAcceptor, Trust, TrustError,
    serve, tcp_dial, tcp_dial_trusting,
};

/// An authority of the test's own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Takes connections and speaks TLS over them, with a certificate of one name.
struct Secured {
    acceptor: TcpAcceptor,
    tls: TlsAcceptor,
}

impl Secured {
    async fn bind(authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        let config = TlsConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        Self {
            acceptor: TcpAcceptor::bind("127.0.0.1:0").await.unwrap(),
            tls: TlsAcceptor::from(Arc::new(config)),
        }
    }
}

impl Accept for Secured {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async {
            loop {
                let stream = self.acceptor.accept().await?;
                // A client that finds the certificate bad goes away.
                if let Ok(stream) = self.tls.accept(stream).await {
                    return Ok(Box::new(stream) as Box<dyn Io>);
                }
            }
        }
        .boxed()
    }
}

/// Calls a server whose certificate is for one name by another, and returns the result or why there
/// is none.
async fn call(for_name: &str, by_name: &str, is_trusted: bool) -> Result<String, String> {
    let authority = authority();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    fs::write(&file, authority.pem()).unwrap();
    let secured = Secured::bind(&authority, for_name).await;
    let port = secured.acceptor.local_addr().unwrap().port();
    let server = tokio::spawn(serve(secured, methods(), ServerConfig::default()));
    let dial = if is_trusted {
        tcp_dial_trusting(&Trust::public_and(&file).unwrap())
    } else {
        tcp_dial()
    };
    let endpoint = format!("https://{by_name}:{port}/").parse().unwrap();
    let client = Client::new(ClientConfig::new("peer", endpoint, dial));
    let outcome = client.call("echo", params(), ms(10_000)).await;
    server.abort();
    outcome
        .map(|result| result.get().to_owned())
        .map_err(|error| {
            assert_eq!(error.kind(), FailureKind::Connect);
            error.to_failure().message.to_string()
        })
}

#[tokio::test]
async fn a_peer_with_a_good_certificate_is_spoken_to() {
    for name in ["localhost", "127.0.0.1"] {
        assert_eq!(call(name, name, true).await.unwrap(), "[1]");
    }
}

#[tokio::test]
async fn an_authority_that_nobody_knows_vouches_for_nobody() {
    let error = call("localhost", "localhost", false).await.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
}

#[tokio::test]
async fn a_certificate_is_good_for_its_own_name() {
    let error = call("elsewhere", "localhost", true).await.unwrap_err();
    assert!(error.contains("not valid for name"), "{error}");
}

#[tokio::test]
async fn a_peer_that_speaks_in_the_clear_is_no_peer() {
    let acceptor = TcpAcceptor::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", acceptor.local_addr().unwrap());
    let server = tokio::spawn(serve(acceptor, methods(), ServerConfig::default()));
    let client = Client::new(ClientConfig::new("peer", url.parse().unwrap(), tcp_dial()));
    let error = client.call("echo", params(), ms(10_000)).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Connect);
    server.abort();
}

#[test]
fn a_file_without_an_authority_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let missing = Trust::public_and(&file).unwrap_err();
    assert!(matches!(missing, TrustError::Read { .. }), "{missing}");
    fs::write(&file, "no certificate").unwrap();
    let empty = Trust::public_and(&file).unwrap_err().to_string();
    assert!(empty.starts_with("no certificate in "), "{empty}");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&file, broken).unwrap();
    let broken = Trust::public_and(&file).unwrap_err();
    assert!(
        matches!(broken, TrustError::NotAnAuthority { .. }),
        "{broken}"
    );
}
