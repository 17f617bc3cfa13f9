//! A certificate authority of the test's own, and what it issues, as the files that people deploy.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};

/// An authority, whose certificate and issues lie in one folder.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
    name: String,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// What everybody may read.
    pub certificate: PathBuf,
    /// What nobody else may.
    pub key: PathBuf,
}

impl Authority {
    /// A new one.
    pub fn new(folder: &Path, name: &str) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("these parameters make a certificate");
        let authority = Self { issuer, folder: folder.to_owned(), name: name.to_owned() };
        write(&authority.path(), "CERTIFICATE", authority.issuer.der(), 0o644);
        authority
    }

    /// Its own certificate, which others are told to trust.
    pub fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.pem", self.name))
    }

    /// A certificate for a server on 127.0.0.1.
    pub fn server(&self) -> Certificate {
        self.issue("server", &["127.0.0.1"], ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for the client `name`.
    pub fn client(&self, name: &str) -> Certificate {
        self.issue(name, &[name], ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose) -> Certificate {
        let (mut params, key) = (params(name, hosts), new_key());
        params.extended_key_usages = vec![usage];
        let issued = params.signed_by(&key, &self.issuer).expect("these parameters make a certificate");
        let path = |end: &str| self.folder.join(format!("{name}.{end}"));
        let paths = Certificate { certificate: path("pem"), key: path("key") };
        write(&paths.certificate, "CERTIFICATE", issued.der(), 0o644);
        write(&paths.key, "PRIVATE KEY", &key.serialize_der(), 0o600);
        paths
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system gives randomness")
}

fn params(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("these are hosts");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// In PEM form (RFC 7468).
fn write(path: &Path, label: &str, der: &[u8], mode: u32) {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    fs::write(path, pem).expect("the test's folder takes files");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the test's files are its own");
}
