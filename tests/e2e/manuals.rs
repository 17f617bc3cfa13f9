//! What the programs say of themselves for shells and for man: each command and each flag is in it, viewers of man pages
//! find no fault with it, bash completes by it, and `make install` puts it where they look.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use statsgrid_tests::{command, programs, skip, workspace};

/// The programs whose command lines have commands.
fn daemons() -> [(&'static str, PathBuf); 2] {
    [("stats-provider", programs().provider()), ("stats-gatherer", programs().gatherer())]
}

/// What a command prints that succeeds.
fn printed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The commands that a program's help lists, but for that of help itself.
fn commands(program: &Path) -> Vec<String> {
    let help = printed(command(program).arg("-h"));
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    assert!(names.len() > 5, "{help}");
    names
}

/// The flags that the help of a command lists.
fn flags(program: &Path, name: &str) -> BTreeSet<String> {
    let help = printed(command(program).args([name, "-h"]));
    let flag = |line: &str| {
        let flag = line.split_whitespace().find(|word| word.starts_with("--"))?;
        line.trim_start().starts_with('-').then(|| flag.to_owned())
    };
    let flags: BTreeSet<String> = help.lines().filter_map(flag).collect();
    assert!(flags.contains("--help") && flags.contains("--log"), "{help}");
    flags
}

/// All pages of all programs, in a folder that is not there yet.
fn man_pages() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (_, program) in daemons() {
        printed(command(program).args(["man-pages", "--date", "2026-11-23"]).arg(folder.path().join("man1")));
    }
    folder
}

#[test]
fn each_command_has_a_man_page_with_each_of_its_flags() {
    let folder = man_pages();
    let page = |name: &str| {
        let path = folder.path().join("man1").join(format!("{name}.1"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.replace("\\-", "-")
    };
    for (name, program) in daemons() {
        let own = page(name);
        for command in commands(&program) {
            assert!(own.contains(&format!("\n{name}-{command}(1)\n")), "{own}");
            let text = page(&format!("{name}-{command}"));
            for section in ["EXAMPLES", "ENVIRONMENT", "\"EXIT STATUS\"", "\"SEE ALSO\""] {
                assert!(text.contains(&format!("\n.SH {section}\n")), "{name} {command} has no {section}:\n{text}");
            }
            for flag in flags(&program, &command) {
                assert!(text.contains(&format!("\\fB{flag}\\fR")), "{name} {command} {flag}:\n{text}");
            }
        }
    }
    let plugin = page("statsgrid_");
    let help = printed(command(programs().munin_plugin()).arg("--help"));
    let told = help.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let told: Vec<&str> = told.filter(|word| *word != "(none)").collect();
    assert!(told.contains(&"config") && told.contains(&"statsfile"), "{help}");
    assert!(told.iter().all(|word| plugin.contains(word)), "{plugin}");
}

#[test]
fn viewers_find_no_fault_with_the_man_pages() {
    let folder = man_pages();
    let pages: Vec<PathBuf> =
        fs::read_dir(folder.path().join("man1")).unwrap().map(|page| page.unwrap().path()).collect();
    if Command::new("man").arg("--version").output().is_ok() {
        for page in &pages {
            let mut man = Command::new("man");
            let shown = man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(page).output().unwrap();
            assert!(shown.status.success() && shown.stderr.is_empty(), "{page:?}: {shown:?}");
        }
    } else {
        skip("man pages as man shows them: there is no man here, which Debian's man-db has");
    }
    match Command::new("mandoc").args(["-Tlint", "-W", "warning"]).args(&pages).output() {
        Ok(lint) => assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout)),
        Err(_) => skip("man pages as mandoc shows them: there is no mandoc here, which Debian has"),
    }
}

#[test]
fn shells_complete_each_command_and_flag() {
    for (name, program) in daemons() {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let text = printed(command(&program).args(["completions", shell]));
            for command in commands(&program) {
                assert!(text.contains(&command), "{shell}: {name} {command}");
                for flag in flags(&program, &command) {
                    // fish has them without their dashes: `-l node`.
                    let written = if shell == "fish" { format!(" -l {}", &flag[2..]) } else { flag.clone() };
                    assert!(text.contains(&written), "{shell}: {name} {command} {flag}");
                }
            }
        }
    }
}

/// As bash calls it: the words so far, and which of them is at the cursor.
const COMPLETE: &str = r#"
source "$1"; shift
registered=$(complete -p "$1") || exit 1
[[ $registered =~ -F\ ([^ ]+) ]] || exit 1
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
"${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

#[test]
fn bash_completes() {
    let folder = tempfile::tempdir().unwrap();
    let [_, (_, gatherer)] = daemons();
    let script = folder.path().join("stats-gatherer");
    fs::write(&script, printed(command(gatherer).args(["completions", "bash"]))).unwrap();
    let check = |words: &[&str], expected: &[&str]| {
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", COMPLETE, "bash"]).arg(&script).args(words);
        assert_eq!(printed(&mut bash).lines().collect::<Vec<_>>(), expected, "{words:?}");
    };
    check(&["stats-gatherer", "sh"], &["show"]);
    check(&["stats-gatherer", "show", "--no"], &["--node"]);
    check(&["stats-gatherer", "bus-config", "--acc"], &["--account"]);
    check(&["stats-gatherer", "run", "--enrol", ""], &["approve", "open"]);
    check(&["stats-gatherer", "completions", "f"], &["fish"]);
}

/// All files below `folder`, by their paths from it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => {
                    found.insert(entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned());
                }
            }
        }
    }
    found
}

/// With the programs of the tests in the place of optimised ones, which take twenty minutes.
#[test]
fn make_install_puts_all_in_its_place_and_uninstall_takes_it_away() {
    let target = tempfile::tempdir().unwrap();
    for folder in ["release", "wasm32-wasip2/producer"] {
        fs::create_dir_all(target.path().join(folder)).unwrap();
    }
    let plugin = ("statsgrid_", programs().munin_plugin());
    for (name, program) in daemons().into_iter().chain([plugin]) {
        symlink(program, target.path().join("release").join(name)).unwrap();
    }
    for name in ["host", "latencies", "load_monitor", "storage_server"] {
        let component = programs().producer(name);
        symlink(&component, target.path().join("wasm32-wasip2/producer").join(component.file_name().unwrap())).unwrap();
    }
    let root = target.path().join("root");
    let make = |goals: &[&str]| {
        let mut make = command("make");
        let variables = [("DESTDIR", root.as_os_str()), ("CARGO_TARGET_DIR", target.path().as_os_str())];
        make.args(["--old-file", "release"]).args(goals).current_dir(workspace()).env("PREFIX", "/usr").envs(variables);
        printed(make.env_remove("MAKEFLAGS"));
    };
    make(&["install"]);
    let installed = files(&root);
    let expected = [
        "usr/bin/stats-gatherer",
        "usr/bin/stats-provider",
        "usr/bin/statsgrid_",
        "usr/lib/systemd/system/stats-gatherer.service",
        "usr/lib/systemd/system/stats-provider.service",
        "usr/share/bash-completion/completions/stats-gatherer",
        "usr/share/bash-completion/completions/stats-provider",
        "usr/share/fish/vendor_completions.d/stats-gatherer.fish",
        "usr/share/fish/vendor_completions.d/stats-provider.fish",
        "usr/share/man/man1/stats-gatherer-show.1",
        "usr/share/man/man1/stats-gatherer.1",
        "usr/share/man/man1/stats-provider-check.1",
        "usr/share/man/man1/stats-provider.1",
        "usr/share/man/man1/statsgrid_.1",
        "usr/share/statsgrid/gatherer.toml",
        "usr/share/statsgrid/munin/statsgrid",
        "usr/share/statsgrid/producers/host.wasm",
        "usr/share/zsh/site-functions/_stats-gatherer",
        "usr/share/zsh/site-functions/_stats-provider",
    ];
    for path in expected {
        assert!(installed.contains(path), "{path} is not in {installed:#?}");
    }
    make(&["uninstall"]);
    assert_eq!(files(&root), BTreeSet::new());
}
