use super::{Style, plain_line};

/// Columns under a heading. Cells are cleaned of what a terminal obeys.
#[derive(Debug)]
pub(crate) struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    cells: Vec<String>,
    below: Vec<String>,
}

impl Table {
    pub(crate) fn new(heading: &[&'static str]) -> Self {
        Self { heading: heading.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|c| plain_line(&c)).collect();
        self.rows.push(Row { cells, below: Vec::new() });
    }

    /// Adds a line under the last row.
    pub(crate) fn below(&mut self, line: &str) {
        if let Some(row) = self.rows.last_mut() {
            row.below.push(plain_line(line));
        }
    }

    /// The text, each line with its newline.
    pub(crate) fn render(&self, style: Style) -> String {
        let widths: Vec<usize> = (0..self.heading.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|r| r.cells.get(column));
                cells.map(|c| c.chars().count()).chain([self.heading[column].len()]).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        let align = |cells: &mut dyn Iterator<Item = &str>| {
            let padded = cells.zip(&widths).map(|(c, w)| format!("{c:<w$}")).collect::<Vec<_>>();
            padded.join("  ").trim_end().to_owned()
        };
        let mut out = style.bold(&align(&mut self.heading.iter().copied()));
        out.push('\n');
        for row in &self.rows {
            out.push_str(&align(&mut row.cells.iter().map(String::as_str)));
            out.push('\n');
            for line in &row.below {
                out.push_str(&style.dim(&format!("  {line}")));
                out.push('\n');
            }
        }
        out
    }
}

/// Named values, one a line. Values are cleaned of what a terminal obeys.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    fields: Vec<(&'static str, String)>,
}

impl Fields {
    /// Adds a field, unless it has no value. Further lines of a value are aligned under its first.
    pub(crate) fn field(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        let value = value.into();
        if !value.is_empty() {
            self.fields.push((name, value));
        }
        self
    }

    /// Adds a field of several values, a line each, unless there are none.
    pub(crate) fn lines(
        &mut self,
        name: &'static str,
        values: impl IntoIterator<Item = String>,
    ) -> &mut Self {
        self.field(name, values.into_iter().map(|v| plain_line(&v)).collect::<Vec<_>>().join("\n"))
    }

    /// The text, each line with its newline.
    pub(crate) fn render(&self, style: Style) -> String {
        let width = self.fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let mut out = String::new();
        for (name, value) in &self.fields {
            for (number, line) in value.lines().enumerate() {
                let name = if number == 0 { *name } else { "" };
                out.push_str(&style.bold(&format!("{name:<width$}")));
                out.push_str("  ");
                out.push_str(&plain_line(line));
                out.push('\n');
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_trailing_spaces() {
        let mut table = Table::new(&["NAME", "SIZE"]);
        table.row(["llama-server".into(), "1 B".into()]);
        table.row(["ä\x1b[31m".into(), String::new()]);
        table.below("a note");
        insta::assert_snapshot!(table.render(Style::new(false)), @r"
        NAME          SIZE
        llama-server  1 B
        ä
          a note
        ");
    }

    #[test]
    fn fields_leave_out_what_is_empty_and_align_what_is_long() {
        let mut fields = Fields::default();
        fields.field("id", "x:cpu@1-1").field("url", "").lines("needs", ["a".into(), "b".into()]);
        insta::assert_snapshot!(fields.render(Style::new(false)), @r"
        id     x:cpu@1-1
        needs  a
               b
        ");
    }
}
