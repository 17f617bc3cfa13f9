//! Rows of cells, aligned.
//!
//! Widths are those of a terminal as far as a few ranges of characters tell: ideographs and emoji take two columns,
//! combining marks none. A rarer script may stand askew.

/// Between two columns.
pub(super) const GAP: &str = "  ";

/// Rows of cells.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    numbers: bool,
}

impl Table {
    /// All cells start at the left of their columns.
    pub(crate) fn left() -> Self {
        Self { rows: Vec::new(), numbers: false }
    }

    /// Names at the left, then numbers that end at the right of their columns.
    pub(super) fn numbers() -> Self {
        Self { rows: Vec::new(), numbers: true }
    }

    pub(crate) fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// A row before all others.
    pub(super) fn heading<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.insert(0, cells.into_iter().map(Into::into).collect());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Columns that its widest row takes.
    pub(super) fn width(&self) -> usize {
        let widths = self.widths();
        widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
    }

    /// One line a row, cut to `width`.
    pub(crate) fn render(&self, width: Option<usize>) -> String {
        let widths = self.widths();
        let lines = self.rows.iter().map(|row| self.line(row, &widths));
        lines.map(|line| width.map_or_else(|| line.clone(), |width| cut(&line, width)) + "\n").collect()
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = terminal_width(cell).max(*width);
            }
        }
        widths
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            let padding = " ".repeat(width - terminal_width(cell));
            if self.numbers && column > 0 { padding + cell } else { cell.clone() + &padding }
        });
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    }
}

/// Columns that a text takes in a terminal.
pub(super) fn terminal_width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

fn cut(line: &str, width: usize) -> String {
    if terminal_width(line) <= width {
        return line.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += columns(*c);
        taken <= width
    };
    line.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_the_script() {
        let mut table = Table::numbers();
        table.row(["木🦀", "1"]);
        table.row(["abcde", "1000"]);
        table.row(["e\u{301}"]);
        assert_eq!(table.render(None), "木🦀      1\nabcde  1000\ne\u{301}\n");
    }

    #[test]
    fn lines_are_cut_to_the_width() {
        let mut table = Table::left();
        table.row(["abc", "defghi"]);
        table.row(["木木木", ""]);
        assert_eq!(table.render(Some(10)), "abc     d…\n木木木\n");
        assert_eq!(table.render(Some(4)), "abc…\n木…\n");
    }
}
