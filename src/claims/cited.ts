/**
 * G3 and G4: history. It is cited and not measured, so that there is no rule and no verdict, and reports show it as
 * figures of publications. Where a claim of the registry measures a step, its identifier stands beside it.
 */
import { bibliography, referenceText } from "./bibliography";
import type { Claim } from "./claim";

export interface HistoricStep {
  readonly year: number;
  /** "perceptron". */
  readonly what: string;
  /** The publications in words. */
  readonly source: string;
  /** The claim that measures what the step is known for. */
  readonly measured?: Claim["id"];
}

/** G4: from the neuron to deep residual networks; the lecture's steps, and those that its claims rest on. */
export function historicSteps(): HistoricStep[] {
  return steps.map(([what, keys, measured]) => {
    const sources = keys.map((key) => bibliography().find((publication) => publication.key === key)!);
    const source = sources.map(referenceText).join("; ");
    return { year: sources[0]!.citedYear, what, source, ...(measured && { measured }) };
  });
}

/** Each with its publications, by their keys in bibliography.bib. */
const steps: readonly (readonly [what: string, keys: readonly string[], measured?: Claim["id"]])[] = [
  ["artificial neuron", ["mcculloch1943logical"]],
  ["perceptron", ["rosenblatt1957perceptron"]],
  ["XOR is out of its reach", ["minsky1969perceptrons"], "B4"],
  ["backpropagation", ["rumelhart1986learning"], "B4"],
  ["universal approximation", ["cybenko1989approximation", "hornik1989multilayer"], "B5"],
  ["support vector machine", ["cortes1995support"]],
  ["LeNet-5", ["lecun1998gradient"]],
  ["AlexNet", ["krizhevsky2012imagenet"]],
  ["residual network", ["he2015deep"], "C5"],
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
