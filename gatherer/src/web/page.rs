//! The status page's files, as they lie in `page/`: they need nothing from elsewhere, and are part of the program.

use statsgrid_wire::daemon::web::Answer;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Each with its path and kind.
const FILES: [(&str, &str, &str); 15] = [
    ("/curve.js", JS, include_str!("page/curve.js")),
    ("/element.js", JS, include_str!("page/element.js")),
    ("/fleet.js", JS, include_str!("page/fleet.js")),
    ("/gatherer.js", JS, include_str!("page/gatherer.js")),
    ("/", HTML, include_str!("page/index.html")),
    ("/list.js", JS, include_str!("page/list.js")),
    ("/page.css", CSS, include_str!("page/page.css")),
    ("/page.js", JS, include_str!("page/page.js")),
    ("/provider.js", JS, include_str!("page/provider.js")),
    ("/route.js", JS, include_str!("page/route.js")),
    ("/rows.js", JS, include_str!("page/rows.js")),
    ("/standing.js", JS, include_str!("page/standing.js")),
    ("/states.js", JS, include_str!("page/states.js")),
    ("/values.js", JS, include_str!("page/values.js")),
    ("/words.js", JS, include_str!("page/words.js")),
];

/// The file of this path.
pub(super) fn file(path: &str) -> Option<Answer> {
    let (_, kind, content) = FILES.iter().find(|(held, ..)| *held == path)?;
    Some(Answer::of(kind, *content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn all_files_of_the_folder_are_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page");
        let lie = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let served =
            FILES.iter().map(|(path, ..)| if *path == "/" { "index.html" } else { path.trim_start_matches('/') });
        assert_eq!(lie.collect::<BTreeSet<_>>(), served.map(str::to_owned).collect());
    }

    #[test]
    fn what_comes_from_nodes_is_never_markup() {
        for (path, _, content) in FILES.iter().filter(|(_, kind, _)| *kind == JS) {
            for markup in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                assert!(!content.contains(markup), "{path} has {markup}");
            }
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        // Names of formats are no places.
        for (path, _, content) in FILES {
            let content = content.replace("http://www.w3.org/", "");
            assert!(!content.contains("http:") && !content.contains("https:"), "{path} names another place");
        }
    }
}
