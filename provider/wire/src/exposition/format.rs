//! The two formats, and which of them a scraper asks for.

/// A format of an exposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus' own, version 0.0.4.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The one that is named with the greater weight in the header `Accept` (RFC 9110, section 12.5.1). Whoever names
    /// neither gets the text, which all can read.
    pub fn asked_for(accept: Option<&str>) -> Self {
        let ranges = || accept.unwrap_or_default().split(',').map(Range::of);
        let weight = |kind: &str, version: &str| {
            let named = ranges().filter(|range| range.names(kind) && ["", version].contains(&range.version));
            named.map(|range| range.weight).reduce(f64::max)
        };
        // Only who names OpenMetrics knows it: a wildcard is the text's. What is named more closely counts.
        let open_metrics = weight("application/openmetrics-text", "1.0.0").unwrap_or(0.0);
        let text = weight("text/plain", "0.0.4").or_else(|| weight("text/*", "")).or_else(|| weight("*/*", ""));
        let text = text.unwrap_or(0.0);
        if open_metrics > 0.0 && open_metrics >= text { Self::OpenMetrics } else { Self::Text }
    }

    /// The header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// One of the kinds of content that are accepted.
struct Range<'a> {
    kind: &'a str,
    version: &'a str,
    weight: f64,
}

impl<'a> Range<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Self { kind: parts.next().unwrap_or_default(), version: "", weight: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim() {
                "q" => {
                    range.weight =
                        value.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0)
                }
                "version" => range.version = value.trim().trim_matches('"'),
                _ => {}
            }
        }
        range
    }

    fn names(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scraper_decides() {
        let check = |accept: &str, expected| assert_eq!(Format::asked_for(Some(accept)), expected, "{accept}");
        assert_eq!(Format::asked_for(None), Format::Text);
        check("*/*", Format::Text);
        check("text/plain", Format::Text);
        check("application/openmetrics-text", Format::OpenMetrics);
        // Prometheus 2.42 and 3.0.
        check(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Format::OpenMetrics,
        );
        check(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            Format::OpenMetrics,
        );
        // With native histograms it asks for protobuf first.
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
             application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.7",
            Format::OpenMetrics,
        );
        check("text/plain;version=0.0.4;q=0.8, application/openmetrics-text; version=1.0.0; q=0.3", Format::Text);
        check("application/openmetrics-text;version=0.0.1", Format::Text);
        check("application/openmetrics-text;q=0", Format::Text);
        check("application/openmetrics-text;q=0.5,*/*;q=0.8", Format::Text);
        check("application/openmetrics-text;q=0.5,text/*;q=0.8,*/*;q=0.1", Format::Text);
        check("application/openmetrics-text;q=0.5,text/plain;q=0.1,*/*;q=0.8", Format::OpenMetrics);
        check("application/openmetrics-text;q=nonsense", Format::Text);
        check("text/html,application/xhtml+xml,*/*;q=0.8", Format::Text);
    }
}
