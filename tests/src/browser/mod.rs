//! Debian's Chromium without a screen, led over WebDriver (<https://www.w3.org/TR/webdriver2/>): what is on a page is asserted
//! as a person sees it.

mod driver;

use std::path::Path;

use serde_json::{Value, json};

use crate::patience::{PATIENCE, await_until};
use crate::skip::skip;
use driver::Driver;

/// What Debian's packages chromium and chromium-driver bring.
const INSTALLED: [&str; 2] = ["/usr/bin/chromium", "/usr/bin/chromedriver"];

/// A browser with one window.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
}

impl Browser {
    /// One that shows nothing yet. Where none is installed, it is said that `what` did not run.
    pub fn start(what: &str) -> Option<Self> {
        if let Some(missing) = INSTALLED.iter().find(|program| !Path::new(program).exists()) {
            skip(&format!(
                "{what}: there is no {missing}; get it with `sudo apt-get install chromium chromium-driver`"
            ));
            return None;
        }
        let browser = Self { driver: Driver::start(INSTALLED) };
        browser.is_sized(1280, 800);
        Some(browser)
    }

    /// Goes to a page and waits until it has loaded.
    pub fn goes_to(&self, url: &str) {
        self.driver.post("/url", &json!({ "url": url }));
    }

    /// Goes back, as its button does.
    pub fn goes_back(&self) {
        self.driver.post("/back", &json!({}));
    }

    /// What a script returns that runs in the page.
    pub fn runs(&self, script: &str) -> Value {
        self.driver.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression is true on the page.
    #[track_caller]
    pub fn awaits(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        await_until(expression, PATIENCE, || self.runs(&script).as_bool().filter(|is_so| *is_so));
    }

    /// The text of the first element of a selector, as it is shown.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({})?.innerText ?? null", json!(selector));
        let text = self.runs(&script);
        text.as_str().unwrap_or_else(|| panic!("there is no {selector}")).to_owned()
    }

    /// How many elements a selector finds that are shown.
    pub fn count(&self, selector: &str) -> usize {
        let shown = "filter((element) => element.getClientRects().length > 0)";
        let script = format!("return [...document.querySelectorAll({})].{shown}.length", json!(selector));
        usize::try_from(self.runs(&script).as_u64().expect("a length is a number")).expect("it is small")
    }

    /// Clicks an element, as a mouse does: one that is covered or hidden cannot be clicked.
    pub fn clicks(&self, selector: &str) {
        let found = self.driver.post("/element", &json!({ "using": "css selector", "value": selector }));
        let element = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        let element = element.unwrap_or_else(|| panic!("there is no {selector}"));
        self.driver.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Presses keys one after the other, wherever the focus is. Special ones are WebDriver's code points.
    pub fn presses(&self, keys: &str) {
        let strokes =
            keys.chars().flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })));
        let strokes: Vec<Value> = strokes.collect();
        self.driver.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] }));
    }

    /// Gives the page another size, in CSS pixels.
    pub fn is_sized(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.commands("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Has its person prefer `dark` or `light`.
    pub fn prefers(&self, scheme: &str) {
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.commands("Emulation.setEmulatedMedia", &feature);
    }

    /// What is on the screen, as a PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.driver.get("/screenshot");
        let picture = picture.as_str().expect("a screenshot is a text");
        data_encoding::BASE64.decode(picture.as_bytes()).expect("it is in base64")
    }

    /// What the page's scripts and the browser found wrong since this was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.driver.post("/se/log", &json!({ "type": "browser" }));
        let entries = log.as_array().expect("a log is a list").iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn commands(&self, command: &str, parameters: &Value) {
        self.driver.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }
}

/// Keys that have no character, by WebDriver's code points.
pub mod keys {
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Arrow down.
    pub const DOWN: &str = "\u{e015}";
    /// Tab.
    pub const TAB: &str = "\u{e004}";
}
