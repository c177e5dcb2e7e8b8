use std::time::{SystemTime, UNIX_EPOCH};

/// A name for a job of this process: `OPERATION-TIME-PROCESS`, the time in base 36, so that names
/// sort as the jobs began. `number` tells apart several jobs of one process.
pub(crate) fn job_name(operation: &str, number: usize) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = format!("{operation}-{}-{}", base36(time.as_millis()), std::process::id());
    if number == 0 { name } else { format!("{name}-{number}") }
}

fn base36(mut value: u128) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(value % 36) as usize]));
        value /= 36;
        if value == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use rbee_hive_worker_catalog::JobId;

    use super::*;

    #[test]
    fn a_name_is_a_job_id_and_tells_jobs_apart() {
        let names = [job_name("install", 0), job_name("install", 1), job_name("upgrade", 0)];
        for name in &names {
            assert!(name.parse::<JobId>().is_ok(), "{name}");
        }
        assert_ne!(names[0], names[1]);
        assert!(names[0].starts_with("install-"));
    }

    #[test]
    fn base_36_has_the_digits_of_the_alphabet() {
        assert_eq!([0, 35, 36, 1296].map(base36), ["0", "z", "10", "100"]);
    }
}
