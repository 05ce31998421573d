/**
 * The inception networks, as published.
 */
import { buildBnInception, buildGoogLeNet } from "../families/inception";
import { buildInceptionResNetV1, buildInceptionResNetV2 } from "../families/inception-resnet";
import { buildInceptionV3 } from "../families/inception-v3";
import { buildInceptionV4 } from "../families/inception-v4";
import { canziani, imageNet, type PublishedNetwork, publishedNetwork } from "./published-network";

const szegedy2014 = "Szegedy et al. 2014, arXiv:1409.4842, table 1";
const ioffe = "Ioffe & Szegedy 2015, arXiv:1502.03167, fig. 5";
const szegedy2015 = "Szegedy, Vanhoucke, Ioffe, Shlens & Wojna 2015, arXiv:1512.00567, table 1";
const szegedy2016 = "Szegedy, Ioffe, Vanhoucke & Alemi 2016, arXiv:1602.07261";
const image299 = { inputShape: [299, 299, 3], classes: 1000 } as const;

/** The inception networks, v1 to v4, and the two with residual modules. */
export const publishedInceptions: readonly PublishedNetwork[] = [
  publishedNetwork(
    {
      name: "googlenet",
      description: "GoogLeNet (Inception v1) as in the paper, with two auxiliary heads",
      paper: szegedy2014,
      year: 2014,
      ...imageNet,
      smallestSide: 65,
      references: ["googlenet-paper_5x5_no_aux"],
      difference: {
        trainable: 6_379_728,
        total: 6_379_728,
        why: "the reference has no auxiliary heads, which have 3,188,840 and 3,190,888 parameters",
      },
      accuracy: { topOnePercent: 68.7, source: canziani },
    },
    buildGoogLeNet,
  ),
  publishedNetwork(
    {
      name: "googlenet-without-heads",
      description: "GoogLeNet (Inception v1) as in the paper, without auxiliary heads, as it is at test time",
      paper: szegedy2014,
      year: 2014,
      ...imageNet,
      smallestSide: 1,
      references: ["googlenet-paper_5x5_no_aux"],
      accuracy: { topOnePercent: 68.7, source: canziani },
    },
    (size) => buildGoogLeNet({ ...size, auxiliaryHeads: false }),
  ),
  publishedNetwork(
    {
      name: "googlenet-torchvision",
      description:
        "GoogLeNet, torchvision's variant (batch normalisation, 3x3 in place of 5x5), with two auxiliary heads",
      paper: szegedy2014,
      year: 2014,
      ...imageNet,
      smallestSide: 65,
      references: ["torchvision_googlenet_with_aux_heads"],
    },
    (size) => buildGoogLeNet({ ...size, variant: "torchvision" }),
  ),
  publishedNetwork(
    {
      name: "googlenet-torchvision-without-heads",
      description: "GoogLeNet, torchvision's variant, without auxiliary heads",
      paper: szegedy2014,
      year: 2014,
      ...imageNet,
      smallestSide: 1,
      references: ["torchvision_googlenet"],
    },
    (size) => buildGoogLeNet({ ...size, variant: "torchvision", auxiliaryHeads: false }),
  ),
  publishedNetwork(
    {
      name: "bn-inception",
      description: "BN-Inception (Inception v2) as in the paper, its first convolution an ordinary one",
      paper: ioffe,
      year: 2015,
      ...imageNet,
      smallestSide: 1,
      references: [],
    },
    buildBnInception,
  ),
  publishedNetwork(
    {
      name: "bn-inception-port",
      description: "BN-Inception, the Caffe and PyTorch port (biases, wider pooling branches in 4c and 4d)",
      paper: ioffe,
      year: 2015,
      ...imageNet,
      smallestSide: 1,
      references: ["pretrainedmodels_bninception"],
    },
    (size) => buildBnInception({ ...size, variant: "port" }),
  ),
  publishedNetwork(
    {
      name: "inception-v3",
      description: "Inception v3 with its auxiliary head",
      paper: szegedy2015,
      year: 2015,
      ...image299,
      smallestSide: 299,
      references: ["torchvision_inception_v3_with_aux_heads"],
      accuracy: { topOnePercent: 78.5, source: canziani },
    },
    buildInceptionV3,
  ),
  publishedNetwork(
    {
      name: "inception-v3-without-head",
      description: "Inception v3 without its auxiliary head, as it is at test time",
      paper: szegedy2015,
      year: 2015,
      ...image299,
      smallestSide: 75,
      references: ["torchvision_inception_v3"],
      accuracy: { topOnePercent: 78.5, source: canziani },
    },
    (size) => buildInceptionV3({ ...size, auxiliaryHead: false }),
  ),
  publishedNetwork(
    {
      name: "keras-inception-v3",
      description: "Inception v3, Keras's variant: the same layers, no auxiliary head",
      paper: szegedy2015,
      year: 2015,
      ...image299,
      smallestSide: 75,
      references: ["keras_InceptionV3"],
      difference: { trainable: 17_216, total: 17_216, why: "the reference's batch normalisation has no scale" },
    },
    (size) => buildInceptionV3({ ...size, auxiliaryHead: false }),
  ),
  publishedNetwork(
    {
      name: "inception-v4",
      description: "Inception v4",
      paper: `${szegedy2016}, fig. 9`,
      year: 2016,
      ...image299,
      smallestSide: 75,
      references: ["timm-inception_v4"],
      accuracy: { topOnePercent: 80.1, source: canziani },
    },
    buildInceptionV4,
  ),
  publishedNetwork(
    {
      name: "inception-resnet-v1",
      description: "Inception-ResNet v1: residual modules at the cost of Inception v3's",
      paper: `${szegedy2016}, figs. 10 to 15`,
      year: 2016,
      ...image299,
      smallestSide: 75,
      references: [],
    },
    buildInceptionResNetV1,
  ),
  publishedNetwork(
    {
      name: "inception-resnet-v2",
      description: "Inception-ResNet v2 as in the authors' released code",
      paper: `${szegedy2016}, figs. 15 to 19`,
      year: 2016,
      ...image299,
      smallestSide: 75,
      references: ["timm-inception_resnet_v2"],
    },
    buildInceptionResNetV2,
  ),
  publishedNetwork(
    {
      name: "keras-inception-resnet-v2",
      description: "Inception-ResNet v2, Keras's variant: the same layers",
      paper: `${szegedy2016}, figs. 15 to 19`,
      year: 2016,
      ...image299,
      smallestSide: 75,
      references: ["keras_InceptionResNetV2"],
      difference: {
        trainable: 30_272,
        total: 30_272,
        why: "the reference's batch normalisation has no scale",
      },
    },
    buildInceptionResNetV2,
  ),
  publishedNetwork(
    {
      name: "inception-resnet-v2-paper",
      description: "Inception-ResNet v2 as in the paper: Inception v4's stem and half as many residual modules",
      paper: `${szegedy2016}, figs. 3 and 15 to 19`,
      year: 2016,
      ...image299,
      smallestSide: 75,
      references: [],
    },
    (size) => buildInceptionResNetV2({ ...size, variant: "paper" }),
  ),
];
