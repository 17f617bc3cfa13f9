//! A report for machines: one object, whose keys stay what they are from release to release.

use serde_json::{Map, Value, json};
use statsgrid_provider::Call;

use super::report::{End, Loaded, Report, Tried, granted};

/// The object, on several lines.
pub fn of(report: &Report) -> String {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("file", json!(report.file.display().to_string()));
    if let Some(looked) = &report.looked {
        put("kind", json!(looked.kind.label()));
        put("bytes", json!(looked.bytes));
        put("sha256", json!(looked.digest));
    }
    put("section", json!(report.section.name));
    let granted = granted(&report.section.producer);
    put("granted", granted.iter().map(|(kind, what)| json!({ "kind": kind, "what": what })).collect());
    match &report.end {
        End::NotLoaded(_) => {}
        End::NotGranted(loaded, _) => object.extend(of_loaded(loaded)),
        End::Tried(loaded, tried) => {
            object.extend(of_loaded(loaded));
            object.extend(of_tried(tried));
            object.insert("not_described".to_owned(), json!(tried.undescribed(&report.section.name)));
        }
    }
    object.insert("runs".to_owned(), json!(report.failure().is_none()));
    object.insert("error".to_owned(), json!(report.failure()));
    format!("{:#}", Value::Object(object))
}

fn of_loaded(loaded: &Loaded) -> Vec<(String, Value)> {
    let wants: Vec<String> = loaded.wants.iter().map(ToString::to_string).collect();
    vec![
        ("compile_seconds".to_owned(), json!(loaded.compiled_in.as_secs_f64())),
        ("imports".to_owned(), json!(loaded.imports)),
        ("may_ask_for".to_owned(), json!(wants)),
    ]
}

fn of_tried(tried: &Tried) -> Vec<(String, Value)> {
    let denied: Vec<String> = tried.denied.iter().map(ToString::to_string).collect();
    let described = tried.trial.described.as_ref().map(|described| &described.description);
    vec![
        ("not_granted".to_owned(), json!(denied)),
        ("description".to_owned(), json!(described)),
        ("calls".to_owned(), tried.trial.calls.iter().map(of_call).collect()),
        ("counters".to_owned(), json!(tried.counters)),
        ("memory_bytes".to_owned(), json!(tried.trial.memory_bytes)),
        ("reply_bytes".to_owned(), json!(tried.reply_bytes())),
        ("hint".to_owned(), json!(tried.hint)),
    ]
}

fn of_call(call: &Call) -> Value {
    let stats: Map<String, Value> = call.stats.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "call": call.name,
        "seconds": call.took.as_secs_f64(),
        "outcome": call.outcome.label(),
        "message": call.message,
        "stats": stats,
    })
}
