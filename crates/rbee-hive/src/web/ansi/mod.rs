//! The colours of programs' output, as HTML.

mod line;
mod palette;
mod style;

pub(super) use line::render;
pub(super) use palette::stylesheet;
