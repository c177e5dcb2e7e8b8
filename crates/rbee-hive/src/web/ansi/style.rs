use super::palette;

/// How a program wants what it writes next to look: "select graphic rendition", as ECMA-48 8.3.117
/// and xterm have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is switched on and off by itself")]
pub(super) struct Style {
    /// One of 256 colours.
    ink: Option<u8>,
    ground: Option<u8>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    struck: bool,
    reversed: bool,
}

impl Style {
    /// Takes what stands between `ESC [` and `m`.
    pub(super) fn take(&mut self, parameters: &str) {
        let mut groups = parameters.split(';');
        while let Some(group) = groups.next() {
            let mut parts = group.split(':');
            let code = number(parts.next());
            let parts: Vec<_> = parts.collect();
            match code {
                38 | 48 | 58 => {
                    let color =
                        if parts.is_empty() { color(&mut groups) } else { colon_color(&parts) };
                    match code {
                        38 => self.ink = color.or(self.ink),
                        48 => self.ground = color.or(self.ground),
                        _ => {}
                    }
                }
                4 => self.underlined = parts.first() != Some(&"0"),
                code => self.switch(code),
            }
        }
    }

    fn switch(&mut self, code: u8) {
        match code {
            0 => *self = Self::default(),
            1 => self.bold = true,
            2 => self.dim = true,
            3 => self.italic = true,
            7 => self.reversed = true,
            9 => self.struck = true,
            21 => self.underlined = true,
            22 => (self.bold, self.dim) = (false, false),
            23 => self.italic = false,
            24 => self.underlined = false,
            27 => self.reversed = false,
            29 => self.struck = false,
            30..=37 => self.ink = Some(code - 30),
            39 => self.ink = None,
            40..=47 => self.ground = Some(code - 40),
            49 => self.ground = None,
            90..=97 => self.ink = Some(code - 90 + 8),
            100..=107 => self.ground = Some(code - 100 + 8),
            _ => {}
        }
    }

    /// The classes of the page's stylesheet; none for plain text.
    pub(super) fn classes(self) -> String {
        let mut classes = Vec::new();
        let (ink, ground) = if self.reversed {
            (self.ground, self.ink.or(Some(7)))
        } else {
            (self.ink, self.ground)
        };
        // A ground has an ink of its own that can be read on it.
        match (ink, ground) {
            (_, Some(ground)) => classes.push(format!("g{ground}")),
            (Some(ink), None) => classes.push(format!("i{ink}")),
            (None, None) => {}
        }
        let switched = [
            (self.bold, "bold"),
            (self.dim, "dim"),
            (self.italic, "italic"),
            (self.underlined, "underlined"),
            (self.struck, "struck"),
        ];
        classes.extend(switched.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_owned()));
        classes.join(" ")
    }
}

/// A parameter; one that is left out is 0, one that is none is something that switches nothing.
fn number(text: Option<&str>) -> u8 {
    match text.unwrap_or_default() {
        "" => 0,
        text => text.parse().unwrap_or(u8::MAX),
    }
}

/// `5;N` or `2;R;G;B`
fn color<'a>(groups: &mut impl Iterator<Item = &'a str>) -> Option<u8> {
    match groups.next()? {
        "5" => groups.next()?.parse().ok(),
        "2" => {
            let mut next = || groups.next()?.parse().ok();
            Some(palette::nearest([next()?, next()?, next()?]))
        }
        _ => None,
    }
}

/// `5:N`, `2:R:G:B` or `2:SPACE:R:G:B`
fn colon_color(parts: &[&str]) -> Option<u8> {
    match parts {
        ["5", n, ..] => n.parse().ok(),
        ["2", r, g, b] | ["2", _, r, g, b, ..] => {
            Some(palette::nearest([r.parse().ok()?, g.parse().ok()?, b.parse().ok()?]))
        }
        _ => None,
    }
}
