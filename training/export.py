"""Turns a trained encoder into what the program ships: an int8 ONNX graph, its tokenizer and a config.

    python -m training.export var/model --out models/findings-minilm-v1

The graph takes one text's ids, unpadded, and gives its unit vector; weights are int8 per channel, of seven
bits so that processors without VNNI don't overflow, and activations are quantised as they come. `--share`
mixes the trained weights with the ones that they came from (WiSE-FT, Wortsman et al. 2022): less gained on
what was trained, less lost on everything else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from torch import Tensor, nn

from indexer.encode.encoder import locate_encoder
from indexer.encode.onnx_encoder import EMBEDDING, TOKENS, WEIGHTS

MAX_TOKENS = 256
OPSET = 17

# Our names of a layer's parts, and theirs in the checkpoint.
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "out": "attention.output.dense",
    "after_attention": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "after_feed": "output.LayerNorm",
}


class Layer(nn.Module):
    """One BERT layer without a mask: a text goes through alone, so that there is nothing to mask."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out, self.after_attention = nn.Linear(width, width), nn.LayerNorm(width, eps=1e-12)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.after_feed = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: Tensor) -> Tensor:
        """Hidden states (1, tokens, width) to the next layer's."""
        batch, tokens, width = x.shape
        size = width // self.heads

        def split(y: Tensor) -> Tensor:
            return y.view(batch, tokens, self.heads, size).transpose(1, 2)

        query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
        attention = torch.softmax(query @ key.transpose(-1, -2) / size**0.5, dim=-1)
        x = self.after_attention(
            self.out((attention @ value).transpose(1, 2).reshape(batch, tokens, width)) + x
        )
        y: Tensor = self.after_feed(self.down(nn.functional.gelu(self.up(x))) + x)
        return y


class SentenceEncoder(nn.Module):
    """The whole encoder: embeddings, layers, mean over the tokens, length 1; gives the tokens too, so that a
    sentence can be pooled out of its passage.
    """

    def __init__(self, weights: dict[str, Tensor], heads: int = 12) -> None:
        super().__init__()
        words = weights["embeddings.word_embeddings.weight"]
        places = weights["embeddings.position_embeddings.weight"]
        inner, width = weights["encoder.layer.0.intermediate.dense.weight"].shape
        layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self.words, self.places = nn.Embedding(*words.shape), nn.Embedding(*places.shape)
        self.kind = nn.Parameter(torch.zeros(width))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, inner, heads) for _ in range(layers))
        self.load_state_dict(_renamed(weights, layers))

    def forward(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Ids (1, tokens) to the unit vector (1, width) and the states (1, tokens, width)."""
        places = torch.arange(input_ids.shape[1], device=input_ids.device).unsqueeze(0)
        x = self.norm(self.words(input_ids) + self.kind + self.places(places))
        for layer in self.layers:
            x = layer(x)
        return nn.functional.normalize(x.mean(1), dim=1), x


def _renamed(weights: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    embeddings = "embeddings."
    state = {
        "words.weight": weights[embeddings + "word_embeddings.weight"],
        "places.weight": weights[embeddings + "position_embeddings.weight"],
        "kind": weights[embeddings + "token_type_embeddings.weight"][0],
        "norm.weight": weights[embeddings + "LayerNorm.weight"],
        "norm.bias": weights[embeddings + "LayerNorm.bias"],
    }
    for layer in range(layers):
        for ours, theirs in _PARTS.items():
            for kind in ("weight", "bias"):
                state[f"layers.{layer}.{ours}.{kind}"] = weights[f"encoder.layer.{layer}.{theirs}.{kind}"]
    return state


def mixed(trained: dict[str, Tensor], base: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """`share` of the trained weights and the rest of the base's."""
    return {
        name: value
        if share == 1 or not value.is_floating_point()
        else share * value + (1 - share) * base[name]
        for name, value in trained.items()
    }


def export(weights: dict[str, Tensor], tokenizer: Path, out: Path, made: str, quantised: bool = True) -> None:
    """Write model.onnx (int8, or float32 if not `quantised`), tokenizer.json and config.json into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model = SentenceEncoder(weights).eval()
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "float32.onnx"
        torch.onnx.export(
            model,
            (torch.randint(1000, 3000, (1, 16)),),
            plain,
            input_names=["input_ids"],
            output_names=[EMBEDDING, TOKENS],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                EMBEDDING: {0: "batch"},
                TOKENS: {0: "batch", 1: "tokens"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
        if quantised:
            quantize_dynamic(
                plain, out / WEIGHTS, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
            )
        else:
            shutil.copyfile(plain, out / WEIGHTS)
    shutil.copyfile(tokenizer / "tokenizer.json", out / "tokenizer.json")
    config = {"dimension": model.norm.weight.shape[0], "max_tokens": MAX_TOKENS, "made": made}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def main() -> int:
    """Export as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.export")
    parser.add_argument("model", help="folder that training.train wrote, or the name of an encoder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", default="all-MiniLM-L6-v2")
    parser.add_argument("--share", type=float, default=1.0, help="of the trained weights, from 0 to 1")
    parser.add_argument("--float32", action="store_true", help="leave the weights as they are")
    given = parser.parse_args()
    base = locate_encoder(given.base).folder
    folder = locate_encoder(given.model).folder
    weights = mixed(
        load_file(folder / "model.safetensors"), load_file(base / "model.safetensors"), given.share
    )
    made = given.base
    if folder != base:
        made += f", fine-tuned by training.train, {given.share:.0%} of the change kept"
    export(weights, base, given.out, made, quantised=not given.float32)
    return 0


if __name__ == "__main__":
    sys.exit(main())
