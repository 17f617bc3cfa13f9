//! TLS to the NATS server: an authority of one's own, certificates on both sides, and what is said where they do not fit.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use statsgrid_tests::{Authority, Certificate, Process, Site};
use tempfile::TempDir;

/// A site whose server shows a certificate of `authority` and takes only clients that show one too.
struct Guarded {
    site: Site,
    authority: Authority,
    _folder: TempDir,
}

impl Guarded {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("statsgrid-").tempdir().unwrap();
        let authority = Authority::new(folder.path(), "ca");
        let (Certificate { certificate, key }, ca) = (authority.server(), authority.path());
        let files = format!("cert_file: {certificate:?}, key_file: {key:?}, ca_file: {ca:?}");
        Self { site: Site::with_server(&format!("tls {{ {files}, verify: true }}")), authority, _folder: folder }
    }

    /// The section `[bus]` for the client `name`.
    fn keys(&self, name: &str) -> String {
        let (Certificate { certificate, key }, ca) = (self.authority.client(name), self.authority.path());
        format!("tls_ca = {ca:?}\ntls_cert = {certificate:?}\ntls_key = {key:?}")
    }

    /// The same as flags.
    fn flags(&self, name: &str) -> [String; 6] {
        let (Certificate { certificate, key }, ca) = (self.authority.client(name), self.authority.path());
        let [ca, certificate, key] = [ca, certificate, key].map(|path| path.to_string_lossy().into_owned());
        ["--tls-ca".into(), ca, "--tls-cert".into(), certificate, "--tls-key".into(), key]
    }
}

#[test]
fn both_daemons_show_a_certificate_and_check_the_servers() {
    let guarded = Guarded::new();
    let gatherer = guarded.site.gatherer();
    let node = guarded.site.node("alpha").answers(gatherer.address()).bus(&guarded.keys("alpha"));
    let _provider = node.start();
    let _gathering = gatherer.start(&guarded.flags("gatherer").each_ref().map(String::as_str));
    gatherer.await_record(node.key(), "a sample over TLS", |record| record.sequence > 0);
}

#[test]
fn a_server_of_another_authority_is_refused_and_the_remedy_named() {
    let guarded = Guarded::new();
    let gatherer = guarded.site.gatherer();
    let other = Authority::new(guarded.site.path(), "other").path();
    let node = guarded.site.node("alpha").answers(gatherer.address()).bus(&format!("tls_ca = {other:?}"));
    let told = format!("come from a CA in {}, which [bus] tls_ca names; trying again until it works", other.display());
    is_told(&[node.start(), gatherer.start(&["--tls-ca", &other.to_string_lossy()])], &told);
}

#[test]
fn a_server_that_wants_a_certificate_is_named() {
    let guarded = Guarded::new();
    let gatherer = guarded.site.gatherer();
    let ca = guarded.authority.path();
    let node = guarded.site.node("alpha").answers(gatherer.address()).bus(&format!("tls_ca = {ca:?}"));
    let told = "it asks for a certificate: set [bus] tls_cert and tls_key";
    is_told(&[node.start(), gatherer.start(&["--tls-ca", &ca.to_string_lossy()])], told);
}

/// Who is told of a CA speaks no other way, whatever the server offers.
#[test]
fn a_server_without_tls_is_refused_where_a_ca_is_named() {
    let site = Site::with_server("trace: true");
    let gatherer = site.gatherer();
    let ca = Authority::new(site.path(), "ca").path();
    let node = site.node("alpha").answers(gatherer.address()).bus(&format!("tls_ca = {ca:?}"));
    is_told(
        &[node.start(), gatherer.start(&["--tls-ca", &ca.to_string_lossy()])],
        "it speaks no TLS, which is required here",
    );
    assert!(!site.server.log().contains("[CONNECT "), "{}", site.server.log());
}

/// Bad files are found before the bus is touched, also by `--check-config`.
#[test]
fn a_key_that_others_may_read_is_refused() {
    let guarded = Guarded::new();
    let gatherer = guarded.site.gatherer();
    let node = guarded.site.node("alpha").answers(gatherer.address()).bus(&guarded.keys("alpha"));
    let flags = guarded.flags("alpha");
    fs::set_permissions(&flags[5], Permissions::from_mode(0o644)).unwrap();
    let told = format!("[bus] tls_key {} has mode 644, and others may read it: run `chmod 600 ", flags[5]);

    let mut check = node.command("run");
    check.arg("--check-config");
    let mut checks = vec![node.start(), Process::start("check", node.folder(), check)];
    let flags = flags.each_ref().map(String::as_str);
    checks.push(gatherer.start(&flags));
    checks.push(gatherer.start(&[&flags[..], &["--check-config"]].concat()));
    for check in checks {
        let ended = check.ended();
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert!(ended.stderr.contains(&told), "{told} is not in {}", ended.stderr);
    }
}

fn is_told(daemons: &[Process], what: &str) {
    for daemon in daemons {
        daemon.await_log(what);
    }
}
