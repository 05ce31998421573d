/**
 * Networks since 2018, as published.
 */
import { buildConvNeXtTiny, buildEfficientNetB0, buildMobileNetV2, buildRegNetY400MF } from "../families/since-2018";
import { imageNet, type PublishedNetwork, publishedNetwork } from "./published-network";

/** MobileNetV2, EfficientNet-B0, RegNetY-400MF and ConvNeXt-T, each as torchvision has it. */
export const publishedSince2018: readonly PublishedNetwork[] = [
  publishedNetwork(
    {
      name: "mobilenet-v2",
      description: "MobileNetV2 of width 1: inverted residuals with ReLU6",
      paper: "Sandler, Howard, Zhu, Zhmoginov & Chen 2018, arXiv:1801.04381, table 2",
      year: 2018,
      ...imageNet,
      smallestSide: 1,
      references: ["torchvision_mobilenet_v2", "keras_MobileNetV2"],
    },
    buildMobileNetV2,
  ),
  publishedNetwork(
    {
      name: "efficientnet-b0",
      description: "EfficientNet-B0: inverted residuals with squeeze and excitation, SiLU and stochastic depth",
      paper: "Tan & Le 2019, arXiv:1905.11946, table 1",
      year: 2019,
      ...imageNet,
      smallestSide: 1,
      references: ["torchvision_efficientnet_b0"],
    },
    buildEfficientNetB0,
  ),
  publishedNetwork(
    {
      name: "regnet-y-400mf",
      description: "RegNetY-400MF: residual blocks in groups of 8 channels with squeeze and excitation",
      paper: "Radosavovic, Kosaraju, Girshick, He & Dollár 2020, arXiv:2003.13678, fig. 19",
      year: 2020,
      ...imageNet,
      smallestSide: 1,
      references: ["torchvision_regnet_y_400mf"],
    },
    buildRegNetY400MF,
  ),
  publishedNetwork(
    {
      name: "convnext-t",
      description: "ConvNeXt-T: depthwise 7x7 convolutions, layer normalisation, GELU, layer scale",
      paper: "Liu, Mao, Wu, Feichtenhofer, Darrell & Xie 2022, arXiv:2201.03545, table 9",
      year: 2022,
      ...imageNet,
      smallestSide: 32,
      references: ["torchvision_convnext_tiny"],
    },
    buildConvNeXtTiny,
  ),
];
