#!/usr/bin/env python3
"""Write a tree of 896 MiB like that of a prebuilt engine: some large libraries, many small
files; half of the bytes do not compress, the other half does, to about a fifth. As tar.zst
it is a little over 512 MiB.
"""

import random
import sys
from pathlib import Path

MIB = 1 << 20
WORDS = [f"ggml_{word}_{number}(" for number in range(64) for word in ("add", "mul", "rope", "norm")]


def compressible(source, size):
    text = bytearray()
    while len(text) < size:
        text += (" ".join(source.choices(WORDS, k=4096)) + "\n").encode()
    return bytes(text[:size])


def main():
    root = Path(sys.argv[1])
    source = random.Random(0)
    text = compressible(source, 8 * MIB)
    for number in range(12):
        path = root / "lib" / f"libengine-{number}.so"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for _ in range(32):
                file.write(source.randbytes(MIB))
                offset = source.randrange(7 * MIB)
                file.write(text[offset : offset + MIB])
    for number in range(4096):
        path = root / "share" / f"{number // 256:02}" / f"kernel-{number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        offset = source.randrange(7 * MIB)
        path.write_bytes(source.randbytes(16 << 10) + text[offset : offset + (16 << 10)])


main()
