"""The least that a stage could take on this machine: its own work alone, with nothing of ours around it.

Reading: pypdfium2's text of every page, in as many processes as a build has. Encoding: the encoder's own graph on
random ids of the passages' lengths. Indexing: an index's bytes written once. A vector scan: one pass over the
vectors' memory. This module must not know how a build or a search goes about them.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2

from eval.bench.speed.timings import timed
from eval.search.collection import Collection
from indexer.encode.encoder import Encoder, load_encoder
from indexer.encode.onnx_encoder import EMBEDDING, OnnxEncoder
from indexer.store.location import IndexLocation
from indexer.store.opening import open_index

_SAMPLED = 1000
"""Texts that the encoder's floor is taken from; the rest cost as much each."""

_PASSES = 20


def reading_floor(files: Sequence[Path]) -> dict[str, Any]:
    """Seconds that pypdfium2 alone takes for the text of the PDFs among the files; other kinds aren't read."""
    pdfs = [path for path in files if path.suffix.lower() == ".pdf"]
    processes = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    used = children_seconds()
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        # A process is started by its first task: that isn't reading.
        list(pool.map(time.sleep, [0.2] * processes))
        started = time.perf_counter()
        pages = sum(pool.map(read_pages, pdfs))
        seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(children_seconds() - used, 3),
        "files": len(pdfs),
        "pages": pages,
        "processes": processes,
    }


def children_seconds() -> float:
    """Seconds of processor that ended children of this process have used, with theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_pages(path: Path) -> int:
    """Read the text of each page and drop it: the number of pages, 0 for what is no PDF inside."""
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            for page in pdf:
                text = page.get_textpage()
                text.get_text_range()
                text.close()
                page.close()
            return len(pdf)
    except pypdfium2.PdfiumError:
        return 0


def encoding_floor(collection: Collection) -> dict[str, Any] | None:
    """Seconds that the index's encoder would take for its distinct texts, were their tokens random and ready.

    None for an encoder that isn't run by ONNX Runtime here.
    """
    encoder = load_encoder(collection.encoder)
    if not isinstance(encoder, OnnxEncoder):
        return None
    distinct = list(dict.fromkeys(collection.texts))
    drawn = np.random.default_rng(1)
    sample = [distinct[at] for at in drawn.permutation(len(distinct))[:_SAMPLED]]
    tokenizer, session = encoder._tokenizer, encoder._session
    inputs = [
        {"input_ids": drawn.integers(1000, tokenizer.get_vocab_size(), (1, len(encoding.ids)))}
        for encoding in tokenizer.encode_batch(sample)
    ]
    threads = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda given: session.run([EMBEDDING], given), inputs[: 4 * threads]))
        started = time.perf_counter()
        list(pool.map(lambda given: session.run([EMBEDDING], given), inputs))
        seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds / len(inputs) * len(distinct), 3),
        "texts": len(distinct),
        "texts_per_second": round(len(inputs) / seconds, 1),
        "tokens_per_text": round(sum(given["input_ids"].size for given in inputs) / len(inputs), 1),
        "threads": threads,
    }


def writing_floor(folder: Path, scratch: Path) -> dict[str, Any]:
    """Seconds for writing the files of a folder once, to the disk."""
    started = time.perf_counter()
    written = 0
    scratch.mkdir()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as source, (scratch / "bytes").open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
            written += target.tell()
    return {"seconds": round(time.perf_counter() - started, 3), "megabytes": round(written / 1e6, 1)}


def scan_figures(location: IndexLocation, encoder: Encoder | None = None) -> dict[str, Any]:
    """The scan of every vector for one question, beside one pass over the same bytes by one thread."""
    with open_index(location) as index:
        found = encoder or load_encoder(index.manifest.encoder)
        question = found.encode_query("What needs to improve?")
        vectors = np.ascontiguousarray(index.vectors(np.arange(len(index))), dtype=np.float32)
        scan = timed(lambda _: index.dense_scores(question), range(_PASSES))
        once = timed(lambda _: vectors.max(), range(_PASSES))
    return {
        "megabytes": round(vectors.nbytes / 1e6, 1),
        "scan_ms": round(scan.median * 1000, 2),
        "one_pass_ms": round(once.median * 1000, 2),
        "times_the_floor": round(scan.median / once.median, 2),
    }
