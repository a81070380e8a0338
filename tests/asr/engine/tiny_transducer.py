"""A streaming transducer in the shape that sherpa-onnx publishes, built by a test.

Nothing in it was trained: a low tone is the first token, a high one the second, and no token is
written twice in a row. So what the engine must write is known, and all of the real library runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BLANK, LOW, HIGH = 0, 1, 2
CHUNK, SHIFT, BANDS, TOKENS = 9, 4, 80, 4
_FEWEST = -5.5  # log energy of a band below which nothing is heard
_F = TensorProto.FLOAT


def build(folder: Path, low: str = "火", high: str = "水") -> Path:
    """Write tokens.txt and the three graphs."""
    folder.mkdir(parents=True)
    tokens = "\n".join(
        f"{token} {index}" for index, token in enumerate(("<blk>", low, high, "<unk>"))
    )
    (folder / "tokens.txt").write_text(tokens + "\n", encoding="utf-8")
    _save(_encoder(), folder / "encoder-epoch-1-avg-1.onnx", {
        "model_type": "lstm", "num_encoder_layers": 1, "T": CHUNK, "decode_chunk_len": SHIFT,
        "rnn_hidden_size": 1, "d_model": 1,
    })  # fmt: skip
    _save(
        _decoder(), folder / "decoder-epoch-1-avg-1.onnx", {"context_size": 2, "vocab_size": TOKENS}
    )
    _save(_joiner(), folder / "joiner-epoch-1-avg-1.onnx", {"joiner_dim": TOKENS})
    return folder


def _encoder() -> onnx.GraphProto:
    """The mean energy of the low and of the high bands of a chunk, less what silence has."""
    weights = np.zeros((BANDS, TOKENS), np.float32)
    weights[12:22, LOW] = 1 / 10
    weights[44:54, HIGH] = 1 / 10
    bias = np.array([0, -_FEWEST, -_FEWEST, -50], np.float32)
    return helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("MatMul", ["mean", "weights"], ["bands"]),
            helper.make_node("Add", ["bands", "bias"], ["encoder_out"]),
            helper.make_node("Identity", ["h"], ["next_h"]),
            helper.make_node("Identity", ["c"], ["next_c"]),
        ],
        "encoder",
        [
            helper.make_tensor_value_info("x", _F, ["N", CHUNK, BANDS]),
            helper.make_tensor_value_info("h", _F, [1, "N", 1]),
            helper.make_tensor_value_info("c", _F, [1, "N", 1]),
        ],
        [
            helper.make_tensor_value_info("encoder_out", _F, ["N", 1, TOKENS]),
            helper.make_tensor_value_info("next_h", _F, [1, "N", 1]),
            helper.make_tensor_value_info("next_c", _F, [1, "N", 1]),
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )


def _decoder() -> onnx.GraphProto:
    """The token written last, as what must not be written again."""
    table = -100 * np.eye(TOKENS, dtype=np.float32)
    table[BLANK] = 0
    return helper.make_graph(
        [
            helper.make_node("Gather", ["y", "last"], ["token"], axis=1),
            helper.make_node("Gather", ["table", "token"], ["decoder_out"], axis=0),
        ],
        "decoder",
        [helper.make_tensor_value_info("y", TensorProto.INT64, ["N", 2])],
        [helper.make_tensor_value_info("decoder_out", _F, ["N", TOKENS])],
        [
            numpy_helper.from_array(np.array(1, np.int64), "last"),
            numpy_helper.from_array(table, "table"),
        ],
    )


def _joiner() -> onnx.GraphProto:
    return helper.make_graph(
        [helper.make_node("Add", ["encoder_out", "decoder_out"], ["logit"])],
        "joiner",
        [
            helper.make_tensor_value_info("encoder_out", _F, ["N", TOKENS]),
            helper.make_tensor_value_info("decoder_out", _F, ["N", TOKENS]),
        ],
        [helper.make_tensor_value_info("logit", _F, ["N", TOKENS])],
    )


def _save(graph: onnx.GraphProto, path: Path, metadata: Mapping[str, object]) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=str(value))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
