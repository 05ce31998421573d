"""Keras's side of the benchmark: a functional model, its step compiled into a TensorFlow graph."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf
from keras import layers

from protocol import read_tensors, seconds_of, serve, task

TASK = task()
tf.config.threading.set_intra_op_parallelism_threads(TASK["threads"])
tf.config.threading.set_inter_op_parallelism_threads(TASK["threads"])
if TASK["precision"] == "bfloat16":
    keras.config.set_dtype_policy("mixed_bfloat16")


def convolution(name, filters, stride=1):
    # Keras's "same" pads a stride of 2 on two sides only; these networks pad a pixel on each.
    if stride == 1:
        return layers.Conv2D(filters, 3, padding="same", use_bias=False, name=name)
    inner = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=name)
    return lambda x: inner(layers.ZeroPadding2D(1)(x))


def normalisation(name):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)


class Shortcut(layers.Layer):
    """Option A of He et al. 2015, arXiv:1512.03385: every other pixel, zeros in the channels that are missing."""

    def call(self, x):
        return tf.pad(x[:, ::2, ::2, :], [[0, 0], [0, 0], [0, 0], [0, x.shape[3]]])

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] // 2, shape[2] // 2, 2 * shape[3])


def build(depth, side, channels, width):
    """The network of He et al. 2015, arXiv:1512.03385, sec. 4.2; layers are named as the parameters of src/models."""
    images = keras.Input((side, side, channels))
    x = layers.ReLU()(normalisation("stem.normalisation")(convolution("stem.convolution", width)(images)))
    for stage in range(3):
        filters = width * 2**stage
        for i in range((depth - 2) // 6):
            name = f"stage{stage + 1}.block{i + 1}"
            stride = 2 if stage > 0 and i == 0 else 1
            y = convolution(f"{name}.convolution1", filters, stride)(x)
            y = layers.ReLU()(normalisation(f"{name}.normalisation1")(y))
            y = normalisation(f"{name}.normalisation2")(convolution(f"{name}.convolution2", filters)(y))
            x = layers.ReLU()(layers.Add()([y, x if stride == 1 else Shortcut()(x)]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(10, name="head.classifier", dtype="float32")(x))


def load(model, tensors):
    """Takes the weights of a file of this project."""
    for layer in model.layers:
        address = layer.name.replace(".", "/")
        if isinstance(layer, layers.Conv2D):
            layer.set_weights([tensors[f"{address}/kernel"]])
        elif isinstance(layer, layers.Dense):
            layer.set_weights([tensors[f"{address}/kernel"], tensors[f"{address}/bias"]])
        elif isinstance(layer, layers.BatchNormalization):
            layer.set_weights([tensors[f"{address}/{kind}"] for kind in ("scale", "offset", "mean", "variance")])


def facts(model, check):
    count = sum(int(tf.size(variable)) for variable in model.trainable_variables)
    return {"version": f"{keras.__version__} on TensorFlow {tf.__version__}", "parameters": count, "check": check}


def model_and_images():
    tensors = read_tensors(TASK["inputs"])
    depth = int(TASK["network"].removeprefix("resnet"))
    model = build(depth, TASK["side"], TASK["channels"], TASK["width"])
    load(model, tensors)
    return model, tf.constant(tensors["images"]), tf.constant(tensors["labels"], tf.int32)


def training_step():
    model, images, labels = model_and_images()
    # Keras's own weight_decay shrinks the weights beside the momentum; the other peers add it to the gradient.
    optimiser = keras.optimizers.SGD(TASK["learningRate"], momentum=0.9)
    optimiser.build(model.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images, training=True))
            loss = tf.reduce_mean(losses)
        variables = model.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimiser.apply([g + 1e-4 * v for g, v in zip(gradients, variables)], variables)
        return loss

    check = [float(step()) for _ in range(3)]
    serve(facts(model, check), lambda: seconds_of(lambda: step().numpy(), TASK["repeats"]))


def inference():
    model, images, labels = model_and_images()

    @tf.function
    def logits():
        return model(images, training=False)

    check = [float(tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits())))]

    def run():
        return seconds_of(lambda: logits().numpy(), TASK["repeats"])

    run()
    serve(facts(model, check), run)


WORKS = {"training step": training_step, "inference": inference}

if __name__ == "__main__":
    WORKS[TASK["work"]]()
