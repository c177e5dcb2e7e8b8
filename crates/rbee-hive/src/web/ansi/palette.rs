use std::fmt::Write as _;

type Rgb = [u8; 3];

/// What a log stands on, in either theme: `.log` of the stylesheet has it too.
const GROUND: Rgb = [0x17, 0x15, 0x11];
/// What text needs at least (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;

/// The first sixteen, which terminals choose for themselves.
const NAMED: [Rgb; 16] = [
    [0x3b, 0x37, 0x31],
    [0xff, 0x7b, 0x6e],
    [0x7f, 0xcf, 0x8f],
    [0xf0, 0xc0, 0x60],
    [0x7f, 0xb2, 0xff],
    [0xd9, 0x9b, 0xff],
    [0x6f, 0xd3, 0xd3],
    [0xd9, 0xd4, 0xc8],
    [0x8b, 0x85, 0x7a],
    [0xff, 0x9e, 0x93],
    [0xa3, 0xe6, 0xb0],
    [0xff, 0xd9, 0x8a],
    [0xa9, 0xcc, 0xff],
    [0xe9, 0xc2, 0xff],
    [0x9e, 0xea, 0xea],
    [0xff, 0xff, 0xff],
];
/// The steps of each of the three colours of xterm's cube.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour of a number.
fn color(number: u8) -> Rgb {
    match number {
        0..16 => NAMED[usize::from(number)],
        16..232 => {
            let n = usize::from(number - 16);
            [LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6]]
        }
        232.. => [8 + (number - 232) * 10; 3],
    }
}

/// The number of the colour that is most like this one: of the cube and the greys, which are the
/// same everywhere.
pub(super) fn nearest(wanted: Rgb) -> u8 {
    let distance = |number: &u8| -> u32 {
        let apart = |(a, b): (u8, u8)| u32::from(a.abs_diff(b)).pow(2);
        color(*number).into_iter().zip(wanted).map(apart).sum()
    };
    (16..=255).min_by_key(distance).unwrap_or(15)
}

/// The classes of every colour: `iN` writes in it, `gN` writes on it. What could not be read on a
/// log's ground is made lighter.
pub(in crate::web) fn stylesheet() -> String {
    let mut css = String::new();
    for number in 0..=u8::MAX {
        let [r, g, b] = legible(color(number));
        let _ = write!(css, ".i{number}{{color:#{r:02x}{g:02x}{b:02x}}}");
        let ground = color(number);
        let [r, g, b] = ground;
        let ink = if contrast(ground, [0; 3]) >= CONTRAST { "000" } else { "fff" };
        let _ = writeln!(css, ".g{number}{{color:#{ink};background:#{r:02x}{g:02x}{b:02x}}}");
    }
    css
}

fn legible(mut color: Rgb) -> Rgb {
    while contrast(color, GROUND) < CONTRAST {
        color = color.map(|part| part.saturating_add(4));
    }
    color
}

/// How far two colours are apart, from 1 to 21 (WCAG 2.2).
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Rgb) -> f64 {
    let [r, g, b] = color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_can_be_read() {
        for number in 0..=255 {
            assert!(contrast(legible(color(number)), GROUND) >= CONTRAST, "i{number}");
            let ground = color(number);
            let best = contrast(ground, [0; 3]).max(contrast(ground, [255; 3]));
            assert!(best >= CONTRAST, "g{number}");
        }
        assert_eq!(stylesheet().matches(".i").count(), 256);
    }

    #[test]
    fn a_true_colour_becomes_the_one_most_like_it() {
        for number in 16..=255 {
            assert_eq!(color(nearest(color(number))), color(number));
        }
        assert_eq!(nearest([254, 1, 0]), 196);
    }
}
