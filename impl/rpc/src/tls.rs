//! TLS over TCP: to whom a client speaks, and that nobody else listens.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use crate::io::Io;

/// Whose certificates are good.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read, or is no PEM.
    #[error("cannot read certificates from {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// There is no certificate in it.
    #[error("no certificate in {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A certificate in it is none of an authority.
    #[error("a certificate in {} is not one of an authority", path.display())]
    NotAnAuthority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

impl Trust {
    /// Those that a public certification authority vouches for.
    pub fn public() -> Self {
        Self::of(public_roots())
    }

    /// Those as well that an authority vouches for whose certificate is in a file of PEM.
    ///
    /// # Errors
    ///
    /// [`TrustError`], with the file's name.
    pub fn public_and(path: &Path) -> Result<Self, TrustError> {
        let unread = |source| TrustError::Read {
            path: path.to_owned(),
            source,
        };
        let mut roots = public_roots();
        let before = roots.len();
        for certificate in CertificateDer::pem_file_iter(path).map_err(unread)? {
            let added = roots.add(certificate.map_err(unread)?);
            added.map_err(|source| TrustError::NotAnAuthority {
                path: path.to_owned(),
                source,
            })?;
        }
        if roots.len() == before {
            return Err(TrustError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self::of(roots))
    }

    fn of(roots: RootCertStore) -> Self {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has what its default versions need")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(Arc::new(config))
    }

    /// Speaks TLS over a stream to a host, which must show a good certificate of its name.
    pub(crate) async fn secure(&self, stream: TcpStream, host: &str) -> io::Result<Box<dyn Io>> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let connector = TlsConnector::from(self.0.clone());
        Ok(Box::new(connector.connect(name, stream).await?))
    }
}

fn public_roots() -> RootCertStore {
    RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}
