//! Who logs in at a NATS server, and by what.

use async_nats::ConnectOptions;

use super::bus_settings::{BusSettings, BusSettingsError};
use crate::{Identity, KeyError};

/// A login.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// What the server is shown.
    pub proof: Proof<'a>,
    /// Under which name the server lists the connection.
    pub name: &'a str,
    /// Certificates, and the .creds file where there is one.
    pub settings: &'a BusSettings,
}

/// What a server is shown.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// A daemon's own: the .creds file of the settings, else the nkey, which is used where the server asks for one.
    Own(&'a Identity),
    /// A password that others have too: the enrolment login of an address.
    Password {
        /// Whose.
        user: &'a str,
        /// The secret.
        password: &'a str,
    },
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The key cannot log in.
    #[error("the identity cannot be used for the login")]
    Key(#[from] KeyError),
    /// The .creds file has gone since the start.
    #[error(transparent)]
    Settings(#[from] BusSettingsError),
}

impl Login<'_> {
    /// What the client is told of it, for connections to one of `servers`.
    pub(super) fn options(&self, servers: &[String]) -> Result<ConnectOptions, LoginError> {
        let BusSettings { tls_ca, tls_cert, tls_key, .. } = self.settings;
        // The client reads these files at each connection.
        let mut options = self.proof()?.name(self.name);
        if let Some(path) = tls_ca {
            options = options.add_root_certificates(path.clone());
        }
        if let (Some(certificate), Some(key)) = (tls_cert, tls_key) {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        // Of all: the client learns of more servers from the first, and would reach those without.
        let secured = |server: &String| server.starts_with("tls://");
        Ok(options.require_tls(tls_ca.is_some() || servers.iter().any(secured)))
    }

    fn proof(&self) -> Result<ConnectOptions, LoginError> {
        match self.proof {
            Proof::Password { user, password } => {
                Ok(ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned()))
            }
            Proof::Own(identity) => match self.settings.read_creds().map_err(BusSettingsError::from)? {
                None => Ok(ConnectOptions::with_nkey(identity.seed()?)),
                Some((path, text)) => ConnectOptions::with_credentials(&text)
                    .map_err(|source| BusSettingsError::Creds { path: path.to_owned(), source }.into()),
            },
        }
    }

    /// What a server that refuses it refuses, and what helps.
    pub(super) fn refused(&self) -> String {
        match (self.proof, &self.settings.creds) {
            (Proof::Password { user, .. }, _) => {
                format!("it refuses the enrolment login {user:?} of the address: get the gatherer's address anew")
            }
            (Proof::Own(_), Some(path)) => {
                format!("it refuses the credentials in {}: have them renewed", path.display())
            }
            (Proof::Own(identity), None) => {
                format!("it refuses the key {}: add it to its users", identity.public_key())
            }
        }
    }
}
