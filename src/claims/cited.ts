/**
 * G3 and G4: history. It is cited and not measured, so that there is no rule and no verdict, and reports show it as
 * figures of publications. Where a claim of the registry measures a step, its identifier stands beside it.
 */
import type { Claim } from "./claim";

export interface HistoricStep {
  readonly year: number;
  /** "perceptron". */
  readonly what: string;
  /** Authors, title or journal. */
  readonly source: string;
  /** The claim that measures what the step is known for. */
  readonly measured?: Claim["id"];
}

/** G4: from the neuron to deep residual networks; the lecture's steps, and those that its claims rest on. */
export const historicSteps: readonly HistoricStep[] = [
  {
    year: 1943,
    what: "artificial neuron",
    source:
      "McCulloch & Pitts, A logical calculus of the ideas immanent in nervous activity, Bull. Math. Biophys. 5:115",
  },
  {
    year: 1957,
    what: "perceptron",
    source: "Rosenblatt, The perceptron: a perceiving and recognizing automaton, Cornell Aeronautical Laboratory",
  },
  { year: 1969, what: "XOR is out of its reach", source: "Minsky & Papert, Perceptrons, MIT Press", measured: "B4" },
  {
    year: 1986,
    what: "backpropagation",
    source: "Rumelhart, Hinton & Williams, Learning representations by back-propagating errors, Nature 323:533",
    measured: "B4",
  },
  {
    year: 1989,
    what: "universal approximation",
    source: "Cybenko, Math. Control Signals Syst. 2:303; Hornik, Stinchcombe & White, Neural Networks 2:359",
    measured: "B5",
  },
  {
    year: 1995,
    what: "support vector machine",
    source: "Cortes & Vapnik, Support-vector networks, Mach. Learn. 20:273",
  },
  {
    year: 1998,
    what: "LeNet-5",
    source:
      "LeCun, Bottou, Bengio & Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86:2278",
  },
  {
    year: 2012,
    what: "AlexNet",
    source: "Krizhevsky, Sutskever & Hinton, ImageNet classification with deep convolutional neural networks, NIPS",
  },
  {
    year: 2015,
    what: "residual network",
    source: "He, Zhang, Ren & Sun, Deep residual learning for image recognition, arXiv:1512.03385",
    measured: "C5",
  },
];

export interface PublishedError {
  readonly year: number;
  readonly network: string;
  /** Top-5 error on the challenge's test images (%). */
  readonly topFivePercent: number;
  /** Protocol and source. */
  readonly source: string;
}

/** G3: what entries to ILSVRC published, before AlexNet and after. */
export const publishedTopFiveErrors: readonly PublishedError[] = [
  {
    year: 2010,
    network: "NEC-UIUC",
    topFivePercent: 28.2,
    source: "winner without a deep network; Russakovsky et al. 2015, arXiv:1409.0575, table 5",
  },
  {
    year: 2011,
    network: "XRCE",
    topFivePercent: 25.8,
    source: "winner without a deep network; Russakovsky et al. 2015, arXiv:1409.0575, table 5",
  },
  {
    year: 2012,
    network: "ISI",
    topFivePercent: 26.2,
    source: "second place, without a deep network; Krizhevsky et al. 2012, table 2; Russakovsky et al. 2015",
  },
  {
    year: 2012,
    network: "AlexNet",
    topFivePercent: 15.3,
    source: "ensemble of 7, two of them trained on more images first; Krizhevsky et al. 2012, table 2",
  },
  {
    year: 2013,
    network: "Clarifai",
    topFivePercent: 11.7,
    source:
      "winner, ensemble of networks after Zeiler & Fergus, 11.2 % with other images, too; Russakovsky et al. 2015, " +
      "arXiv:1409.0575, table 5",
  },
  {
    year: 2014,
    network: "VGG",
    topFivePercent: 7.3,
    source: "ensemble of 7, as submitted; Simonyan & Zisserman 2014, arXiv:1409.1556, sec. 4.4 and table 6",
  },
  {
    year: 2014,
    network: "GoogLeNet",
    topFivePercent: 6.67,
    source: "7 networks, 144 crops; Szegedy et al. 2014, arXiv:1409.4842, table 2",
  },
  {
    year: 2015,
    network: "BN-Inception",
    topFivePercent: 4.8,
    source: "ensemble of 6; Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 4.2.3",
  },
  {
    year: 2015,
    network: "ResNet",
    topFivePercent: 3.57,
    source: "ensemble of 6; He et al. 2015, arXiv:1512.03385, table 5",
  },
  {
    year: 2016,
    network: "Inception-v4 and Inception-ResNet",
    topFivePercent: 3.08,
    source: "ensemble of 4; Szegedy et al. 2016, arXiv:1602.07261, sec. 5",
  },
];
