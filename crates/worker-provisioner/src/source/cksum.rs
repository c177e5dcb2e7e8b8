/// The checksum of the POSIX `cksum` program: CRC-32 over the bytes and then over their count.
///
/// From IEEE Std 1003.1, "cksum".
#[derive(Debug)]
pub(super) struct Cksum {
    crc: u32,
    length: u64,
}

const POLYNOMIAL: u32 = 0x04c1_1db7;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let mut crc = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ POLYNOMIAL };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

impl Cksum {
    pub(super) fn new() -> Self {
        Self { crc: 0, length: 0 }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.crc = bytes.iter().fold(self.crc, |crc, byte| step(crc, *byte));
    }

    pub(super) fn finish(self) -> u32 {
        let mut crc = self.crc;
        let mut rest = self.length;
        while rest > 0 {
            crc = step(crc, (rest & 0xff) as u8);
            rest >>= 8;
        }
        !crc
    }
}

fn step(crc: u32, byte: u8) -> u32 {
    (crc << 8) ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_program() {
        let crc = |bytes: &[u8]| {
            let mut cksum = Cksum::new();
            cksum.update(bytes);
            cksum.finish()
        };
        assert_eq!(crc(b""), 4_294_967_295);
        assert_eq!(crc(b"123456789"), 930_766_865);
    }
}
