//! Nicknames and help texts that would break out of a page, of a line of metrics, or of a cell.

use statsgrid_tests::{Browser, PATIENCE, Pages, Process, Site, await_until};

use super::LISTEN;

/// It would run a script, end a label, begin a line, turn the writing, and be a formula.
const HOSTILE: &str = "=<script>document.title='pwned'</script>\"\\ \u{202e}&amp;";

#[test]
fn others_texts_are_texts() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).load_monitor();
    let key = alpha.key();
    let mut provider = alpha.command("run");
    provider.args(["--nickname", HOSTILE]);
    let _provider = Process::start("alpha", site.path(), provider);
    let gathering = gatherer.start(&LISTEN);
    gatherer.await_record(key, "its record", |record| record.nickname == HOSTILE);
    let pages = Pages::of(&gathering);
    await_until("the page of the same round", PATIENCE, || {
        pages.get("/metrics").text.contains("load_monitor_avg_load_seconds{").then_some(())
    });

    let metrics = pages.get("/metrics").text;
    let label = r#"nickname="=<script>document.title='pwned'</script>\"\\ �&amp;""#;
    assert!(metrics.contains(label), "{metrics}");
    let page = pages.get(&format!("/statistics/{key}"));
    assert_eq!((page.status, page.content_type.as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains("=&lt;script&gt;") && !page.text.contains("<script"), "{}", page.text);
    let provider = pages.json(&format!("/api/v1/providers/{key}"));
    assert_eq!(provider["nickname"], HOSTILE);

    let Some(browser) = Browser::start("a hostile nickname in a browser") else { return };
    browser.goes_to(&pages.url("/"));
    let row = format!("#providers tr[data-key=\"{key}\"] [data-field=label]");
    browser.awaits(&format!("document.querySelector({row:?})"));
    assert!(browser.text(&row).contains("<script>document.title='pwned'</script>"), "{}", browser.text(&row));
    browser.goes_to(&pages.url(&format!("/#/provider/{key}")));
    browser.awaits("document.querySelector('#provider [data-field=label]')?.innerText.includes('<script>')");
    browser.goes_to(&pages.url(&format!("/statistics/{key}")));
    let title = browser.runs("return document.title");
    assert!(title.as_str().unwrap().starts_with("Statistics of =<script>"), "{title}");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
