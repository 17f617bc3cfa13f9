//! Keys for tests, whole as texts, each beginning like its node's name. Nobody has their seeds.

use statsgrid_wire::PublicKey;

pub(crate) const ALPHA: &str = "UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K";
pub(crate) const BETA: &str = "UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ";
pub(crate) const GAMMA: &str = "UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF";
pub(crate) const GATHERER: &str = "UAGATHERERXFOGO6MVN6A6WFHYM6L3VFZ5ZFKKIBJ5J6WJIBAGI3MNLS";

pub(crate) fn key(text: &str) -> PublicKey {
    text.parse().unwrap()
}
