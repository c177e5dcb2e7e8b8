#!/usr/bin/env python3
"""Write a tiny llama model with random weights, for a server to load and answer with.

The vocabulary is the 256 bytes, so any prompt can be tokenised; what the model
says means nothing. The same arguments give the same weights.
"""

import argparse
from pathlib import Path

import gguf
import numpy as np

CONTEXT = 512
LAYERS = 2
HEADS = 4
WIDTH = 64
FEED_FORWARD = 128

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ message['role'] }}: {{ message['content'] }}\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def vocabulary() -> list[tuple[str, gguf.TokenType]]:
    """260 tokens: three special ones, the bytes, and SentencePiece's space."""
    special = [
        ("<unk>", gguf.TokenType.UNKNOWN),
        ("<s>", gguf.TokenType.CONTROL),
        ("</s>", gguf.TokenType.CONTROL),
    ]
    bytes_ = [(f"<0x{byte:02X}>", gguf.TokenType.BYTE) for byte in range(256)]
    return [*special, *bytes_, ("\u2581", gguf.TokenType.NORMAL)]


def add_metadata(writer: gguf.GGUFWriter, tokens: list[tuple[str, gguf.TokenType]]) -> None:
    writer.add_name("random bytes")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)

    writer.add_tokenizer_model("llama")
    writer.add_vocab_size(len(tokens))
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(CHAT_TEMPLATE)


def add_weights(writer: gguf.GGUFWriter, tokens: int, seed: int) -> None:
    random = np.random.default_rng(seed)

    def matrix(name: str, rows: int, columns: int) -> None:
        weights = random.normal(0.0, columns**-0.5, (rows, columns))
        writer.add_tensor(name, weights.astype(np.float32))

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, dtype=np.float32))

    matrix("token_embd.weight", tokens, WIDTH)
    for layer in range(LAYERS):
        norm(f"blk.{layer}.attn_norm.weight")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        norm(f"blk.{layer}.ffn_norm.weight")
        matrix(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        matrix(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        matrix(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD)
    norm("output_norm.weight")
    matrix("output.weight", tokens, WIDTH)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("output", type=Path, help="the .gguf file to write")
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()

    tokens = vocabulary()
    writer = gguf.GGUFWriter(given.output, "llama")
    add_metadata(writer, tokens)
    add_weights(writer, len(tokens), given.seed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
