//! The section `[bus]` of both daemons' files: how to log in and how to speak TLS, where that takes more than the nkey
//! and the system's certificates.
//!
//! Everything is a file, and each is looked at before the bus is touched: what a server says of a bad one, if it says
//! anything, names neither the file nor the remedy. Left out on purpose: passwords and tokens, which would be one more
//! secret to keep where a key pair does.

use std::path::{Path, PathBuf};

use async_nats::ConnectOptions;
use async_nats::rustls::pki_types::pem::PemObject;
use async_nats::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use async_nats::rustls::{self, ClientConfig, RootCertStore};
use serde::Deserialize;

use super::files::{FileError, read_file, read_secret};
use super::limits::{CERTIFICATE_FILE_BYTES, CREDS_FILE_BYTES};

/// The keys of the section, which are also flags of the gatherer.
#[derive(clap::Args, Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct BusSettings {
    /// Log in at the NATS server with this .creds file, in place of the identity
    #[arg(long, value_name = "FILE", env = "STATSGRID_CREDS")]
    pub creds: Option<PathBuf>,

    /// Take only servers whose certificate comes from this CA, and require TLS
    #[arg(long, value_name = "FILE", env = "STATSGRID_TLS_CA")]
    pub tls_ca: Option<PathBuf>,

    /// Show the server this certificate
    #[arg(long, value_name = "FILE", env = "STATSGRID_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// The key of that certificate
    #[arg(long, value_name = "FILE", env = "STATSGRID_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
}

/// Why the section is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BusSettingsError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// One of the two is missing.
    #[error("[bus] tls_cert and tls_key belong together: set both or neither")]
    Pair,
    /// It is no .creds file.
    #[error("[bus] creds {path}: holds no user's JWT and seed; have it made anew, as by `nsc generate creds`")]
    Creds {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        source: std::io::Error,
    },
    /// It holds no certificate, or a broken one.
    #[error(
        "{what} {path}: holds no certificate in PEM form; name the file that begins with -----BEGIN CERTIFICATE-----"
    )]
    Certificate {
        /// The key of the section.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        source: pem::Error,
    },
    /// It holds no private key.
    #[error("[bus] tls_key {path}: holds no private key in PEM form")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        source: pem::Error,
    },
    /// What the files hold cannot be used.
    #[error("{what} {path}: cannot be used")]
    Unusable {
        /// The key of the section.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
}

impl BusSettings {
    /// The same with each path taken from `folder`.
    pub fn from_folder(self, folder: &Path) -> Self {
        let join = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Self {
            creds: join(self.creds),
            tls_ca: join(self.tls_ca),
            tls_cert: join(self.tls_cert),
            tls_key: join(self.tls_key),
        }
    }

    /// What these settings say over those of `other`.
    pub fn over(self, other: Self) -> Self {
        Self {
            creds: self.creds.or(other.creds),
            tls_ca: self.tls_ca.or(other.tls_ca),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
        }
    }

    /// Fails unless each file is there, holds what its key says, and is closed to others if it is a secret.
    pub fn check(&self) -> Result<(), BusSettingsError> {
        if let Some((path, text)) = self.read_creds()? {
            let taken = ConnectOptions::with_credentials(&text);
            taken.map_err(|source| BusSettingsError::Creds { path: path.to_owned(), source })?;
        }
        let mut roots = RootCertStore::empty();
        if let Some(path) = &self.tls_ca {
            for certificate in certificates(TLS_CA, path)? {
                roots.add(certificate).map_err(unusable(TLS_CA, path))?;
            }
        }
        match (&self.tls_cert, &self.tls_key) {
            (None, None) => Ok(()),
            (Some(certificate), Some(key)) => check_pair(roots, certificate, key),
            _ => Err(BusSettingsError::Pair),
        }
    }

    /// The files that nobody but the daemon may read.
    pub fn secrets(&self) -> impl Iterator<Item = &Path> {
        [&self.creds, &self.tls_key].into_iter().flatten().map(PathBuf::as_path)
    }

    /// The .creds file and its text, read anew for each login: who renews it need not restart the daemon.
    pub(super) fn read_creds(&self) -> Result<Option<(&Path, String)>, FileError> {
        let read = |path: &'_ PathBuf| read_secret("[bus] creds", path, CREDS_FILE_BYTES);
        self.creds.as_ref().map(|path| Ok((path.as_path(), read(path)?))).transpose()
    }
}

const TLS_CA: &str = "[bus] tls_ca";
const TLS_CERT: &str = "[bus] tls_cert";
const TLS_KEY: &str = "[bus] tls_key";

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, BusSettingsError> {
    let text = read_file(what, path, CERTIFICATE_FILE_BYTES)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let found = found.and_then(|found| if found.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(found) });
    found.map_err(|source| BusSettingsError::Certificate { what, path: path.to_owned(), source })
}

/// The two files make what TLS needs of a client.
fn check_pair(roots: RootCertStore, certificate: &Path, key: &Path) -> Result<(), BusSettingsError> {
    let chain = certificates(TLS_CERT, certificate)?;
    let text = read_secret(TLS_KEY, key, CERTIFICATE_FILE_BYTES)?;
    let parsed = PrivateKeyDer::from_pem_slice(text.as_bytes());
    let parsed = parsed.map_err(|source| BusSettingsError::Key { path: key.to_owned(), source })?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(chain, parsed);
    config.map(|_| ()).map_err(unusable(TLS_KEY, key))
}

fn unusable(what: &'static str, path: &Path) -> impl Fn(rustls::Error) -> BusSettingsError {
    move |source| BusSettingsError::Unusable { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The settings `[bus]` with these keys, in a folder that holds `file` with this text and mode.
    fn check(keys: &str, (text, mode): (&str, u32), expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let settings: BusSettings = toml::from_str(keys).unwrap();
        let error = settings.from_folder(folder.path()).check().unwrap_err().to_string();
        assert!(error.contains(expected), "{keys}: {error}");
        assert!(error.contains("[bus] "), "{error}");
    }

    #[test]
    fn faults_name_the_key_and_the_file() {
        check("creds = \"nowhere\"", ("", 0o600), "creds");
        check("creds = \"nowhere\"", ("", 0o600), "/nowhere: cannot be opened");
        check("creds = \"file\"", ("", 0o644), "has mode 644, and others may read it: run `chmod 600 ");
        check("creds = \"file\"", ("a password", 0o600), "holds no user's JWT and seed");
        check("tls_ca = \".\"", ("", 0o600), "not a regular file");
        check("tls_ca = \"file\"", ("hello", 0o644), "tls_ca ");
        check("tls_ca = \"file\"", ("hello", 0o644), "holds no certificate in PEM form");
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check("tls_ca = \"file\"", (empty, 0o644), "cannot be used");
        check("tls_cert = \"file\"", ("", 0o644), "set both or neither");
        check("tls_key = \"file\"", ("", 0o600), "set both or neither");
        check("tls_cert = \"file\"\ntls_key = \"file\"", (empty, 0o644), "tls_key");
        check("tls_cert = \"file\"\ntls_key = \"file\"", (empty, 0o644), "has mode 644");
        check("tls_cert = \"file\"\ntls_key = \"file\"", (empty, 0o600), "holds no private key in PEM form");
    }

    #[test]
    fn nothing_is_wrong_with_nothing() {
        BusSettings::default().check().unwrap();
        assert_eq!(BusSettings::default().secrets().count(), 0);
    }
}
