//! The trust file, which people write.

use statsgrid_gatherer::trust::TrustFile;

/// A file is written as what was read, word for word but for white space; and what is read again is the same.
pub fn trust(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (file, bad) = TrustFile::parse(&text);
    let (lines, entries) = (text.lines().count(), file.entries().count());
    assert!(bad.len() + entries <= lines, "no line is two");
    let written = file.to_string();
    assert_eq!(written.lines().count(), lines, "no line is lost");
    let (again, still_bad) = TrustFile::parse(&written);
    assert_eq!((&again, still_bad), (&file, bad));
    assert_eq!(again.to_string(), written);
}
