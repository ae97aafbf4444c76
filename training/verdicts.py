"""Fits the reader of verdicts (indexer/register/verdict_reader.py) to labels made by reading, on the processor.

    python -m training.verdicts --index INDEX --out indexer/register/verdict_reader.npz

It begins from the encoder's vectors of word pieces, which stay as they are. `--without-throughout` leaves out the documents of
eval/verdicts/throughout.toml and says how often its verdicts of those are right, alone and beside the linear model's
fitted to the same. The index must be of the documents that the labels are of. `pip install onnx` is needed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from eval.verdicts.fit import fit_verdicts
from eval.verdicts.labels import LabelledStatements, labelled_statements, read_throughout
from eval.verdicts.verdicts import REGULARISATION
from indexer.encode.encoder import DEFAULT_ENCODER, SHIPPED
from indexer.encode.onnx_encoder import WEIGHTS
from indexer.encode.word_pieces import load_word_pieces
from indexer.register.subjects import load_subjects
from indexer.register.verdict_model import OUTPUTS, Seen, see
from indexer.register.verdict_reader import DILATIONS, READER_FILE, VECTOR_SCALE, VerdictReader, together
from indexer.register.windows import Window, windows_of
from indexer.store.location import add_index_option
from indexer.store.opening import open_index

SEED = 1
EPOCHS, BATCH, RATE, DECAY = 10, 20, 2e-3, 0.03
WIDTH, KEYS, VECTOR, OWN, HIDDEN = 160, 48, 48, 32, 160
DROPOUT, PIECE_DROPOUT, PIECES_LOST, VECTORS_LOST = 0.25, 0.1, 0.06, 0.15
WARM_UP, LEAST = 0.1, 0.02
SHARES, SMOOTHING = (1.0, 0.4, 0.2), (0.06, 0.03, 0.0)
"""What the loss of verdict, change and holder weighs, and how far their labels are smoothed."""
_FAR, _MIX, _UNKNOWN = -1e4, 8, 100

Pair = tuple[int, int, int, int, int]
"""A sentence by number, then its label: subject, verdict, change, holder."""


class ReaderNet(nn.Module):
    """The reader as it is trained; `pieces` are vectors of word pieces, (pieces, dimension), already normalised."""

    def __init__(self, pieces: Tensor, subjects: int) -> None:
        super().__init__()
        dimension = pieces.shape[1]
        self.pieces = nn.Embedding(*pieces.shape)
        self.pieces.weight = nn.Parameter(pieces, requires_grad=False)
        self.first = nn.Linear(dimension, WIDTH)
        self.layers = nn.ModuleList(
            nn.Conv1d(WIDTH, WIDTH, 3, padding=apart, dilation=apart) for apart in DILATIONS
        )
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(len(DILATIONS) + 1))
        self.key, self.vector = nn.Linear(WIDTH, KEYS), nn.Linear(dimension, VECTOR)
        self.query = nn.Parameter(torch.randn(subjects, KEYS) * 0.5)
        self.own = nn.Parameter(torch.randn(subjects, OWN) * 0.1)
        self.hidden, self.out = nn.Linear(3 * WIDTH + VECTOR + OWN, HIDDEN), nn.Linear(HIDDEN, sum(OUTPUTS))
        self.dropout, self.piece_dropout = nn.Dropout(DROPOUT), nn.Dropout(PIECE_DROPOUT)

    def states(self, ids: Tensor, held: Tensor) -> Tensor:
        """Pieces (texts, pieces) to states (texts, pieces, width); `held` is true where there is a piece."""
        x = self.pieces(ids)
        if self.training:
            x = x * (torch.rand((*ids.shape, 1)) > PIECES_LOST)
        mask = held[..., None]
        x = self.norms[0](functional.gelu(self.first(self.piece_dropout(x)))) * mask
        for layer, norm in zip(self.layers, self.norms[1:], strict=True):
            around = layer(self.dropout(x).transpose(1, 2)).transpose(1, 2)
            x = norm(x + functional.gelu(around)) * mask
        found: Tensor = x
        return found

    def forward(self, states: Tensor, held: Tensor, vectors: Tensor, subject: Tensor) -> Tensor:
        """The odds of pairs, from their sentences' states (pairs, pieces, width): (pairs, outputs)."""
        if self.training:
            vectors = vectors * (torch.rand(len(vectors), 1) > VECTORS_LOST)
        odds = (self.key(states) * self.query[subject][:, None]).sum(-1) / KEYS**0.5
        weights = odds.masked_fill(~held, _FAR).softmax(1)[..., None]
        mask = held[..., None]
        looked = [
            (weights * states).sum(1), (states * mask).sum(1) / mask.sum(1), states.masked_fill(~mask, _FAR).max(1)[0],
            functional.gelu(self.vector(vectors * VECTOR_SCALE)), self.own[subject],
        ]  # fmt: skip
        joined = self.dropout(functional.gelu(self.hidden(self.dropout(torch.cat(looked, 1)))))
        found: Tensor = self.out(joined)
        return found


class ReaderTrainee:
    """Windows, the pairs in each sentence, and the net that learns from them."""

    def __init__(self, data: LabelledStatements, learned: NDArray[np.bool_]) -> None:
        self.vectors = torch.from_numpy(data.statements.vectors)
        labels = data.labels
        rows = zip(
            labels.statement.tolist(), labels.subject.tolist(), labels.verdict.tolist(), labels.change.tolist(),
            labels.about.tolist(), strict=True,
        )  # fmt: skip
        self.pairs: dict[int, list[Pair]] = defaultdict(list)
        for row in rows:
            if learned[row[0]]:
                self.pairs[row[0]].append(row)
        offsets = np.searchsorted(data.statements.passage, np.arange(len(data.statements.passages) + 1))
        self.windows = windows_of(
            data.statements.passages,
            offsets,
            data.statements.spans,
            load_word_pieces(),
            frozenset(self.pairs),
        )
        self.net = ReaderNet(_piece_vectors(SHIPPED / DEFAULT_ENCODER / WEIGHTS), len(load_subjects()))

    def odds(self, windows: Sequence[Window]) -> tuple[Tensor, Tensor]:
        """The odds of every pair in some windows, and the pairs, (pairs, 5)."""
        ids = nn.utils.rnn.pad_sequence([torch.tensor(one.ids) for one in windows], batch_first=True)
        states = self.net.states(ids, ids != 0)
        rows = [
            (states[row, first:after], pair)
            for row, window in enumerate(windows)
            for sentence, first, after in window.sentences
            for pair in self.pairs.get(sentence, ())
            if first < after
        ]
        pairs = torch.tensor([pair for _, pair in rows])
        lengths = torch.tensor([len(part) for part, _ in rows])
        parts = nn.utils.rnn.pad_sequence([part for part, _ in rows], batch_first=True)
        held = torch.arange(parts.shape[1])[None] < lengths[:, None]
        return self.net(parts, held, self.vectors[pairs[:, 0]], pairs[:, 1]), pairs

    def fit(self, epochs: int) -> None:
        """Train; the rate rises over the first tenth of the steps and then falls to nearly nothing."""
        chance = np.random.default_rng(SEED)
        weights = [weight for weight in self.net.parameters() if weight.requires_grad]
        optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=DECAY)
        steps = epochs * math.ceil(len(self.windows) / BATCH)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser,
            lambda step: min((step + 1) / (WARM_UP * steps), max(LEAST, (1 - step / steps) / (1 - WARM_UP))),
        )
        self.net.train()
        for epoch in range(epochs):
            losses = []
            for windows in self._batches(chance):
                odds, pairs = self.odds(windows)
                parts = zip(
                    torch.split(odds, list(OUTPUTS), dim=1), pairs.T[2:], SHARES, SMOOTHING, strict=True
                )
                loss = torch.stack(
                    [
                        share * functional.cross_entropy(part, truth, label_smoothing=smoothing)
                        for part, truth, share, smoothing in parts
                    ]
                ).sum()
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(weights, 1.0)
                optimiser.step()
                schedule.step()
                losses.append(loss.item())
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}", flush=True)
        self.net.eval()

    def _batches(self, chance: np.random.Generator) -> Iterator[list[Window]]:
        order = [
            self.windows[place]
            for place in chance.permutation(len(self.windows)).tolist()
            if any(self.pairs.get(sentence) for sentence, *_ in self.windows[place].sentences)
        ]
        found = []
        for start in range(0, len(order), BATCH * _MIX):
            some = sorted(order[start : start + BATCH * _MIX], key=lambda window: len(window.ids))
            found += [some[first : first + BATCH] for first in range(0, len(some), BATCH)]
        yield from (found[place] for place in chance.permutation(len(found)).tolist())


def reader_of(net: ReaderNet, used: Sequence[int]) -> VerdictReader:
    """What the program ships: pieces that are `used` as a table of a byte a number, and the other layers' weights."""
    with torch.no_grad():
        kept = torch.tensor(sorted({*used, _UNKNOWN}))
        table = net.norms[0](functional.gelu(net.first(net.pieces(kept)))).numpy()
    row = np.full(net.pieces.num_embeddings, int((kept == _UNKNOWN).nonzero()), dtype=np.int32)
    row[kept.numpy()] = np.arange(len(kept))
    scales = (np.abs(table).max(axis=1) / 127).astype(np.float32)

    def array(value: Tensor) -> NDArray[np.float32]:
        return np.asarray(value.detach().numpy(), dtype=np.float32)

    convolutions = [layer for layer in net.layers if isinstance(layer, nn.Conv1d)]
    norms = [norm for norm in net.norms[1:] if isinstance(norm, nn.LayerNorm)]
    linear = {name: getattr(net, name) for name in ("key", "vector", "hidden", "out")}
    return VerdictReader(
        encoder=DEFAULT_ENCODER, row=row, table=np.rint(table / scales[:, None]).astype(np.int8), scales=scales,
        layers=np.stack([array(one.weight).transpose(2, 1, 0).reshape(-1, WIDTH) for one in convolutions]),
        biases=np.stack([array(one.bias) for one in convolutions if one.bias is not None]),
        gains=np.stack([array(one.weight) for one in norms]), shifts=np.stack([array(one.bias) for one in norms]),
        query=array(net.query), own=array(net.own),
        **{name: array(layer.weight.T) for name, layer in linear.items()},
        **{f"{name}_bias": array(layer.bias) for name, layer in linear.items()},
    )  # fmt: skip


def _piece_vectors(path: Path) -> Tensor:
    """The encoder's vectors of word pieces as its first layer sees them on the whole: at no place, normalised."""
    held = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}

    def brought_back(name: str) -> NDArray[np.float32]:
        codes = held[f"{name}_quantized"].astype(np.float32) - held[f"{name}_zero_point"].astype(np.float32)
        return np.asarray(codes * held[f"{name}_scale"], dtype=np.float32)

    vectors = brought_back("words.weight") + brought_back("places.weight").mean(axis=0) + held["kind"]
    weight, bias = (torch.from_numpy(np.array(held[f"norm.{name}"])) for name in ("weight", "bias"))
    return functional.layer_norm(torch.from_numpy(vectors), weight.shape, weight, bias, eps=1e-12)


def check(data: LabelledStatements, learned: NDArray[np.bool_], reader: VerdictReader) -> None:
    """Print how often verdicts of what wasn't learned are right: the linear model's, the reader's, both together's."""
    labels = data.labels
    seen = see(data.statements, labels.statement, labels.subject, len(load_subjects()))
    train = learned[labels.statement]

    def part(which: NDArray[np.bool_]) -> Seen:
        return Seen([runs for runs, one in zip(seen.runs, which, strict=True) if one], seen.numbers[which])

    truth = (labels.verdict, labels.change, labels.about)
    linear = fit_verdicts(part(train), [one[train] for one in truth], REGULARISATION).odds(part(~train))
    offsets = np.searchsorted(data.statements.passage, np.arange(len(data.statements.passages) + 1))
    windows = windows_of(data.statements.passages, offsets, data.statements.spans, load_word_pieces())
    read = reader.odds(windows, labels.statement[~train], labels.subject[~train], data.statements.vectors)
    for name, odds in (("linear", linear), ("reader", read), ("both", together(linear, read))):
        right = [
            float((one.argmax(axis=1) == wanted[~train]).mean())
            for one, wanted in zip(np.split(odds, np.cumsum(OUTPUTS)[:-1], axis=1), truth, strict=True)
        ]
        print(f"{name}: verdict {right[0]:.4f}, change {right[1]:.4f}, holder {right[2]:.4f}")


def main() -> int:
    """Fit and write as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="training.verdicts")
    add_index_option(parser, "an index of the documents that the labels are of")
    parser.add_argument("--out", type=Path, default=READER_FILE)
    parser.add_argument("--without-throughout", action="store_true")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(given.threads)
    with open_index(given.index) as index:
        data = labelled_statements(index)
        spoken = [" ".join((*one.section, one.text)) for one in index.passages(range(len(index)))]
    left_out, _ = read_throughout()
    learned = data.judged.copy()
    if given.without_throughout:
        learned &= ~np.isin(data.document, sorted(left_out))
    trainee = ReaderTrainee(data, learned)
    trainee.fit(given.epochs)
    pieces = load_word_pieces()
    used = {piece for some in pieces.of(spoken) for piece in some} | {pieces.start, pieces.end}
    reader = reader_of(trainee.net, sorted(used))
    reader.save(given.out)
    if given.without_throughout:
        check(data, learned, VerdictReader.read(given.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
