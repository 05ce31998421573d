"""Writes what the tests of labelled images compare with: Pillow's resizing and grey (references.json), NumPy's arrays (arrays.npz).

    python write.py    # Pillow 13.0.0, NumPy 2.4.6
"""

import json
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent


def image(height, width):
    """The same levels as `image` of the test."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return ((x * 31 + y * 17 + c * 71 + x * y * 13 + (x * x) % 97) % 256).astype(np.uint8)


def fitted(height, width, rows, columns, shorter=None):
    given = Image.fromarray(image(height, width))
    scale = max(rows / height, columns / width) if shorter is None else shorter / min(height, width)
    size = max(rows, int(height * scale + 1e-9)), max(columns, int(width * scale + 1e-9))
    resized = np.asarray(given.resize((size[1], size[0]), Image.BILINEAR))
    top, left = int(round((size[0] - rows) / 2.0)), int(round((size[1] - columns) / 2.0))
    return resized[top : top + rows, left : left + columns]


cases = [(37, 53, 12, 12, None), (7, 5, 10, 14, None), (61, 40, 8, 6, 11), (9, 31, 9, 9, None)]
resized = [
    {"given": [h, w], "asked": [r, c], "shorter": s, "levels": fitted(h, w, r, c, s).flatten().tolist()}
    for h, w, r, c, s in cases
]
grey = np.asarray(Image.fromarray(image(11, 7)).convert("L")).flatten().tolist()
(here / "references.json").write_text(json.dumps({"resized": resized, "grey": grey}) + "\n")

images = np.stack([image(4, 5), image(4, 5)[::-1], image(4, 5)[:, ::-1]])
np.savez_compressed(
    here / "arrays.npz",
    x_test=images.transpose(0, 3, 1, 2),
    y_test=np.array([[2], [0], [2]], dtype=np.int64),
    x_train=(images[:2].transpose(0, 3, 1, 2) / 255).astype(np.float32),
    y_train=np.array([1, 0], dtype=">i2"),
)
