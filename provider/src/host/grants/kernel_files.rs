//! The kernel's own file systems: what in them tells numbers, and what gives the machine away.
//!
//! They hold every process's memory and environment, keys, and registers of devices beside what stats are made of. So
//! none is granted as a whole, and of single files those that are listed here.

use std::path::Path;

/// Kinds of file systems by their number in statfs(2).
const KINDS: [(u64, &str); 16] = [
    (0x9fa0, "procfs"),
    (0x6265_6572, "sysfs"),
    (0x1cd1, "devpts"),
    (0x6462_6720, "debugfs"),
    (0x7472_6163, "tracefs"),
    (0x7363_6673, "securityfs"),
    (0x6265_6570, "configfs"),
    (0xcafe_4a11, "bpf"),
    (0xde5e_81e4, "efivarfs"),
    (0x6165_676c, "pstore"),
    (0x1980_0202, "mqueue"),
    (0x4249_4e4d, "binfmt_misc"),
    (0xf97c_ff8c, "selinuxfs"),
    (0x6573_5543, "fusectl"),
    (0x6e73_6673, "nsfs"),
    (0x6759_6969, "rpc_pipefs"),
];

/// The name of this kind, if it is one of the kernel's own.
pub(super) fn kind(file_system: u64) -> Option<&'static str> {
    KINDS.iter().find(|(kind, _)| *kind == file_system).map(|(_, name)| *name)
}

/// Their names in /proc/self/mountinfo; what lies in /dev is a file system of memory like others.
pub(super) fn is_kernels(kind: &str) -> bool {
    let kinds = [
        "proc",
        "sysfs",
        "devtmpfs",
        "devpts",
        "debugfs",
        "tracefs",
        "securityfs",
        "configfs",
        "bpf",
        "efivarfs",
        "pstore",
        "mqueue",
        "binfmt_misc",
        "selinuxfs",
        "fusectl",
        "nsfs",
        "rpc_pipefs",
    ];
    kinds.contains(&kind)
}

/// Files of /proc that hold statistics.
const PROC_FILES: [&str; 21] = [
    "buddyinfo",
    "cgroups",
    "cpuinfo",
    "crypto",
    "devices",
    "diskstats",
    "filesystems",
    "interrupts",
    "loadavg",
    "locks",
    "mdstat",
    "meminfo",
    "partitions",
    "schedstat",
    "softirqs",
    "stat",
    "swaps",
    "uptime",
    "version",
    "vmstat",
    "zoneinfo",
];

/// Folders of /proc in which every file does, but for those that [`names_a_secret`].
const PROC_FOLDERS: [&str; 8] = ["fs", "irq", "pressure", "spl/kstat", "sys/fs", "sys/kernel", "sys/net", "sys/vm"];

/// The same of /sys; links from `class`, `block` and `bus` lead to `devices`.
const SYS_FOLDERS: [&str; 3] = ["devices", "fs", "kernel/mm"];

/// Whether the file at this path tells what every user may know. Where it is a file of theirs, it has its links resolved.
pub(super) fn is_public(path: &Path) -> bool {
    let within = |folders: &[&str], rest: &Path| folders.iter().any(|folder| rest.starts_with(folder));
    if names_a_secret(path) {
        false
    } else if let Ok(rest) = path.strip_prefix("/proc") {
        let listed = PROC_FILES.iter().any(|file| rest == Path::new(file));
        listed || within(&PROC_FOLDERS, rest) || is_of_a_namespace(rest)
    } else {
        path.strip_prefix("/sys").is_ok_and(|rest| within(&SYS_FOLDERS, rest))
    }
}

/// /proc/mounts and /proc/net lead into the folder of whoever reads them, and tell of its namespace, not of itself.
fn is_of_a_namespace(rest: &Path) -> bool {
    let mut parts = rest.iter();
    let first = parts.next().map(|part| part.to_string_lossy()).unwrap_or_default();
    let of_a_process = first == "self" || first.parse::<u32>().is_ok();
    let told = if of_a_process { parts.as_path() } else { rest };
    told == Path::new("mounts") || told.starts_with("net")
}

/// Registers and memory of devices, whose reading can do something, and what identifies a machine or opens it.
fn names_a_secret(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let starts = ["resource", "config", "rom", "vpd", "mem", "core"];
    let is_device_memory = path.starts_with("/sys") && starts.iter().any(|start| name.starts_with(start));
    is_device_memory || ["key", "secret", "serial", "uuid"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_public_and_processes_memory_keys_and_registers_are_not() {
        for path in [
            "/proc/loadavg",
            "/proc/pressure/cpu",
            "/proc/net/dev",
            "/proc/self/net/dev",
            "/proc/17/net/snmp",
            "/proc/17/mounts",
            "/proc/mounts",
            "/proc/sys/fs/file-nr",
            "/proc/sys/kernel/random/entropy_avail",
            "/proc/sys/net/netfilter/nf_conntrack_count",
            "/proc/spl/kstat/zfs/arcstats",
            "/sys/devices/platform/coretemp.0/hwmon/hwmon1/temp1_input",
            "/sys/devices/virtual/net/eth0/statistics/rx_bytes",
        ] {
            assert!(is_public(Path::new(path)), "{path}");
        }
        for path in [
            "/proc",
            "/proc/self/mem",
            "/proc/self/environ",
            "/proc/17/environ",
            "/proc/17/task/17/mem",
            "/proc/17/root/etc/shadow",
            "/proc/thread-self/mem",
            "/proc/kcore",
            "/proc/kallsyms",
            "/proc/keys",
            "/proc/kmsg",
            "/proc/kpagecount",
            "/proc/sys/net/ipv4/tcp_fastopen_key",
            "/proc/sys/net/ipv6/conf/all/stable_secret",
            "/sys/devices/pci0000:00/0000:00:02.0/resource0",
            "/sys/devices/pci0000:00/0000:00:02.0/config",
            "/sys/devices/virtual/dmi/id/product_serial",
            "/sys/kernel/debug/sched/features",
            "/sys/firmware/efi/efivars/a",
        ] {
            assert!(!is_public(Path::new(path)), "{path}");
        }
    }
}
