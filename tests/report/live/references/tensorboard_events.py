"""Writes tensorboard-events.json: what TensorFlow writes for the events of the test of event files.

    python3 -m venv venv && venv/bin/pip install tensorflow-cpu==2.18.1 && venv/bin/python tensorboard_events.py

Each event becomes a protocol buffer of TensorFlow's own definition, and a record by TensorFlow's own writer; the file's
bytes are kept in base64. The checksums are those of crc32c in TensorFlow's records: the masked one of a content of a few
bytes, read back from the record that frames it.
"""

import base64
import json
import pathlib
import struct
import tempfile

import tensorflow as tf
from tensorflow.core.framework import summary_pb2
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.framework import types_pb2
from tensorflow.core.util import event_pb2

HEAD = 1763990000.25
EVENTS = [
    {
        "wallTime": 1763990000.25,
        "step": 0,
        "values": [{"tag": "training/plan", "text": "| a | b |\n| --- | --- |\n| größte | ½ |"}],
    },
    {
        "wallTime": 1763990001.5,
        "step": 20,
        "values": [
            {"tag": "training/loss", "scalar": 2.302585092994046, "description": "Cross-entropy (nats)"},
            {"tag": "training/accuracy", "scalar": 0.0},
        ],
    },
    {"wallTime": 1763990002.0, "step": 127, "values": [{"tag": "a", "scalar": -1e-30}]},
    {"wallTime": 1763990002.0, "step": 128, "values": [{"tag": "a", "scalar": 1234567.5}]},
    {"wallTime": 1763990003.125, "step": 64000, "values": [{"tag": "x" * 200, "scalar": 0.1}]},
    {"wallTime": 1763990004.0, "step": 2**40 + 3, "values": []},
]
CONTENTS = ["", "a", "123456789", "\x00" * 32, "cnn-findings"]


def value(given):
    if "text" in given:
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[given["text"].encode()])
        plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="text")
        metadata = summary_pb2.SummaryMetadata(plugin_data=plugin)
        return summary_pb2.Summary.Value(tag=given["tag"], tensor=tensor, metadata=metadata)
    made = summary_pb2.Summary.Value(tag=given["tag"], simple_value=given["scalar"])
    if "description" in given:
        made.metadata.plugin_data.plugin_name = "scalars"
        made.metadata.summary_description = given["description"]
    return made


def event(given):
    summary = summary_pb2.Summary(value=[value(one) for one in given["values"]])
    return event_pb2.Event(wall_time=given["wallTime"], step=given["step"], summary=summary)


def written(contents):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "events"
        with tf.io.TFRecordWriter(str(file)) as writer:
            for content in contents:
                writer.write(content)
        return file.read_bytes()


head = event_pb2.Event(wall_time=HEAD, file_version="brain.Event:2")
records = [one.SerializeToString(deterministic=True) for one in [head, *map(event, EVENTS)]]
masked = {content: struct.unpack("<I", written([content.encode()])[-4:])[0] for content in CONTENTS}
reference = {
    "tensorflow": tf.__version__,
    "head": HEAD,
    "events": EVENTS,
    "file": base64.b64encode(written(records)).decode(),
    "masked checksums": masked,
}
target = pathlib.Path(__file__).with_name("tensorboard-events.json")
target.write_text(json.dumps(reference, indent=2, ensure_ascii=False) + "\n")
