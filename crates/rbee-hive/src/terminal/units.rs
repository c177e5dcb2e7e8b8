use std::{fmt::Display, time::Duration};

/// Bytes, as a person reads them.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would print as 1024.0.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A span of time, as a person reads it.
pub(crate) fn duration(span: Duration) -> String {
    let (seconds, millis) = (span.as_secs(), span.as_millis());
    if millis < 1000 {
        format!("{millis} ms")
    } else if seconds < 10 {
        format!("{seconds}.{} s", span.subsec_millis() / 100)
    } else if seconds < 60 {
        format!("{seconds} s")
    } else if seconds < 3600 {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60)
    }
}

/// A moment in UTC, to the minute, from its RFC 3339 form.
pub(crate) fn moment(at: &impl Display) -> String {
    at.to_string().chars().take("2026-01-31T12:00".len()).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_and_a_binary_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (5_600_000, "5.3 MiB"),
            (3 << 30, "3.0 GiB"),
            (u64::MAX, "16384.0 PiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn durations_are_as_exact_as_they_are_short() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (3_210, "3.2 s"),
            (9_999, "9.9 s"),
            (10_000, "10 s"),
            (59_999, "59 s"),
            (72_000, "1m 12s"),
            (3_600_000, "1h 00m"),
            (11_520_000, "3h 12m"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn moments_are_shown_to_the_minute() {
        assert_eq!(moment(&"2026-11-23T09:05:59.123456Z"), "2026-11-23 09:05");
    }
}
