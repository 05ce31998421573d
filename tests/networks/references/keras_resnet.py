"""A small residual network of Keras, as TensorFlow.js's files hold it, and what it predicts.

    pip install tensorflow-cpu==2.18.1 tf_keras==2.18.0 tensorflowjs==4.22.0
    python keras_resnet.py

writes keras-resnet/model.json with its weights, and keras-resnet/predictions.json.
"""

import json
import os
import pathlib

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflowjs
from tensorflow import keras
from tensorflow.keras import layers

random = np.random.RandomState(7)


def unit(x, filters, size, name, stride=1):
    x = layers.Conv2D(filters, size, strides=stride, padding="same", name=f"{name}_conv")(x)
    return layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)


def block(x, filters, name, stride=1, projects=False):
    """A bottleneck as in keras.applications.resnet."""
    shortcut = unit(x, 4 * filters, 1, f"{name}_0", stride) if projects else x
    x = layers.Activation("relu", name=f"{name}_1_relu")(unit(x, filters, 1, f"{name}_1", stride))
    x = layers.Activation("relu", name=f"{name}_2_relu")(unit(x, filters, 3, f"{name}_2"))
    x = layers.Add(name=f"{name}_add")([shortcut, unit(x, 4 * filters, 1, f"{name}_3")])
    return layers.Activation("relu", name=f"{name}_out")(x)


def build():
    pictures = layers.Input((17, 17, 3), name="pictures")
    x = layers.ZeroPadding2D(3, name="conv1_pad")(pictures)
    x = layers.Conv2D(4, 7, strides=2, name="conv1_conv")(x)
    x = layers.Activation("relu", name="conv1_relu")(layers.BatchNormalization(name="conv1_bn")(x))
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    x = block(x, 2, "conv2_block1", projects=True)
    x = block(x, 2, "conv2_block2")
    x = block(x, 3, "conv3_block1", stride=2, projects=True)
    wide = layers.Conv2D(3, (1, 3), padding="same", activation="tanh", name="mixed_wide")(x)
    average = layers.AveragePooling2D(2, strides=1, padding="same", name="mixed_average")(x)
    x = layers.Concatenate(name="mixed")([wide, average, x])
    x = layers.Dropout(0.3, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    return keras.Model(pictures, layers.Dense(5, activation="softmax", name="predictions")(x), name="keras-resnet")


model = build()
model.set_weights(
    [
        random.uniform(0.5, 1.5, value.shape) if "variance" in weight.name else random.normal(0, 0.5, value.shape)
        for weight, value in zip(model.weights, model.get_weights())
    ]
)
pictures = random.normal(size=(2, 17, 17, 3)).astype("float32")
folder = pathlib.Path(__file__).parent / "keras-resnet"
tensorflowjs.converters.save_keras_model(model, str(folder))
found = {
    "pictures": np.round(pictures.astype("float64"), 6).ravel().tolist(),
    "probabilities": model.predict(np.round(pictures, 6), verbose=0).astype("float64").tolist(),
}
(folder / "predictions.json").write_text(json.dumps(found) + "\n")
