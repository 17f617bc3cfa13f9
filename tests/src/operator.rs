//! An operator with an account, who lets users in by signed JWTs instead of a list at the server: NATS' decentralised
//! authentication, spelled out after its reference, so that no tool is needed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

use crate::now_ms;

/// An operator and its one account.
pub struct Operator {
    operator: KeyPair,
    account: KeyPair,
}

impl Operator {
    /// A new one.
    #[allow(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        Self { operator: KeyPair::new_operator(), account: KeyPair::new_account() }
    }

    /// What a server needs to know.
    pub fn server_config(&self) -> String {
        let operator = jwt(&self.operator, &self.operator.public_key(), json!({ "type": "operator" }));
        let key = self.account.public_key();
        let unlimited = ["subs", "data", "payload", "imports", "exports", "conn", "leaf"]
            .map(|limit| (limit.to_owned(), json!(-1)));
        let limits: serde_json::Map<String, Value> =
            unlimited.into_iter().chain([("wildcards".to_owned(), json!(true))]).collect();
        let account = jwt(&self.operator, &key, json!({ "type": "account", "limits": limits }));
        format!("operator: {operator}\nresolver: MEMORY\nresolver_preload: {{ {key}: {account} }}\n")
    }

    /// Writes a .creds file for a new user of the account, who may publish and subscribe to these subjects alone.
    pub fn user(&self, path: &Path, publish: &[String], subscribe: &[String]) -> PathBuf {
        let pair = KeyPair::new_user();
        let claims = json!({
            "type": "user", "subs": -1, "data": -1, "payload": -1,
            "pub": { "allow": publish }, "sub": { "allow": subscribe },
        });
        let jwt = jwt(&self.account, &pair.public_key(), claims);
        let seed = pair.seed().expect("a new pair has a seed");
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        fs::write(path, text).expect("the test's folder takes files");
        fs::set_permissions(path, Permissions::from_mode(0o600)).expect("the test's files are its own");
        path.to_owned()
    }
}

/// What `issuer` says of `subject`.
fn jwt(issuer: &KeyPair, subject: &str, mut claims: Value) -> String {
    claims["version"] = json!(2);
    let body = json!({
        "jti": subject, "iat": now_ms() / 1000, "iss": issuer.public_key(), "sub": subject, "name": "test",
        "nats": claims,
    });
    let encode = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(json!({ "typ": "JWT", "alg": "ed25519-nkey" })), encode(body));
    let signature = issuer.sign(signed.as_bytes()).expect("a new pair can sign");
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}
