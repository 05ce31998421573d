/**
 * The publications that the claims rest on. Sources are written as text, "Veit, Wilber & Belongie 2016, arXiv:1605.06431,
 * sec. 4.1"; which publication that is follows from its number, its names and year, or its title.
 */

/** A publication, with what a bibliography needs to list it. */
export interface Publication {
  /** Under which a paper cites it: "veit2016residual". */
  readonly key: string;
  readonly kind: "article" | "proceedings" | "book" | "thesis" | "report" | "preprint";
  /** "Family, Given", in the order of the publication. */
  readonly authors: readonly string[];
  /** Capitals only where they stay capitals within a sentence. */
  readonly title: string;
  /** Year of the publication itself. */
  readonly year: number;
  /** The year that sources give, where it is that of the preprint. */
  readonly citedYear?: number;
  /** Journal, proceedings, publisher or school; a preprint has none. */
  readonly where?: string;
  readonly volume?: string;
  /** Of a report. */
  readonly number?: string;
  readonly edition?: string;
  readonly pages?: string;
  readonly arxiv?: string;
  readonly doi?: string;
}

/** Every publication, in the order of its key. */
export const bibliography: readonly Publication[] = [
  {
    key: "balduzzi2017shattered",
    kind: "proceedings",
    authors: [
      "Balduzzi, David",
      "Frean, Marcus",
      "Leary, Lennox",
      "Lewis, J. P.",
      "Ma, Kurt Wan-Duo",
      "McWilliams, Brian",
    ],
    title: "The shattered gradients problem: if resnets are the answer, then what is the question?",
    year: 2017,
    where: "Proceedings of the 34th International Conference on Machine Learning",
    volume: "70",
    pages: "342-350",
    arxiv: "1702.08591",
  },
  {
    key: "bengio1994learning",
    kind: "article",
    authors: ["Bengio, Yoshua", "Simard, Patrice", "Frasconi, Paolo"],
    title: "Learning long-term dependencies with gradient descent is difficult",
    year: 1994,
    where: "IEEE Transactions on Neural Networks",
    volume: "5",
    pages: "157-166",
    doi: "10.1109/72.279181",
  },
  {
    key: "canziani2016analysis",
    kind: "preprint",
    authors: ["Canziani, Alfredo", "Paszke, Adam", "Culurciello, Eugenio"],
    title: "An analysis of deep neural network models for practical applications",
    year: 2016,
    arxiv: "1605.07678",
  },
  {
    key: "chang2018multilevel",
    kind: "proceedings",
    authors: ["Chang, Bo", "Meng, Lili", "Haber, Eldad", "Tung, Frederick", "Begert, David"],
    title: "Multi-level residual networks from dynamical systems view",
    year: 2018,
    where: "International Conference on Learning Representations",
    arxiv: "1710.10348",
  },
  {
    key: "chang2018reversible",
    kind: "proceedings",
    authors: ["Chang, Bo", "Meng, Lili", "Haber, Eldad", "Ruthotto, Lars", "Begert, David", "Holtham, Elliot"],
    title: "Reversible architectures for arbitrarily deep residual neural networks",
    year: 2018,
    where: "Proceedings of the 32nd AAAI Conference on Artificial Intelligence",
    arxiv: "1709.03698",
  },
  {
    key: "cortes1995support",
    kind: "article",
    authors: ["Cortes, Corinna", "Vapnik, Vladimir"],
    title: "Support-vector networks",
    year: 1995,
    where: "Machine Learning",
    volume: "20",
    pages: "273-297",
    doi: "10.1007/BF00994018",
  },
  {
    key: "cybenko1989approximation",
    kind: "article",
    authors: ["Cybenko, George"],
    title: "Approximation by superpositions of a sigmoidal function",
    year: 1989,
    where: "Mathematics of Control, Signals, and Systems",
    volume: "2",
    pages: "303-314",
    doi: "10.1007/BF02551274",
  },
  {
    key: "de2020batch",
    kind: "proceedings",
    authors: ["De, Soham", "Smith, Samuel L."],
    title: "Batch normalization biases residual blocks towards the identity function in deep networks",
    year: 2020,
    where: "Advances in Neural Information Processing Systems",
    volume: "33",
    arxiv: "2002.10444",
  },
  {
    key: "dumoulin2016guide",
    kind: "preprint",
    authors: ["Dumoulin, Vincent", "Visin, Francesco"],
    title: "A guide to convolution arithmetic for deep learning",
    year: 2016,
    arxiv: "1603.07285",
  },
  {
    key: "glorot2010understanding",
    kind: "proceedings",
    authors: ["Glorot, Xavier", "Bengio, Yoshua"],
    title: "Understanding the difficulty of training deep feedforward neural networks",
    year: 2010,
    where: "Proceedings of the 13th International Conference on Artificial Intelligence and Statistics",
    volume: "9",
    pages: "249-256",
  },
  {
    key: "haber2017learning",
    kind: "proceedings",
    authors: ["Haber, Eldad", "Ruthotto, Lars", "Holtham, Elliot", "Jun, Seong-Hwan"],
    title: "Learning across scales: multiscale methods for convolution neural networks",
    year: 2018,
    citedYear: 2017,
    where: "Proceedings of the 32nd AAAI Conference on Artificial Intelligence",
    arxiv: "1703.02009",
  },
  {
    key: "haber2017stable",
    kind: "article",
    authors: ["Haber, Eldad", "Ruthotto, Lars"],
    title: "Stable architectures for deep neural networks",
    year: 2017,
    where: "Inverse Problems",
    volume: "34",
    pages: "014004",
    arxiv: "1705.03341",
    doi: "10.1088/1361-6420/aa9a90",
  },
  {
    key: "hairer1996solving",
    kind: "book",
    authors: ["Hairer, Ernst", "Wanner, Gerhard"],
    title: "Solving ordinary differential equations II: stiff and differential-algebraic problems",
    year: 1996,
    where: "Springer",
    edition: "second",
    doi: "10.1007/978-3-642-05221-7",
  },
  {
    key: "hairer2006geometric",
    kind: "book",
    authors: ["Hairer, Ernst", "Lubich, Christian", "Wanner, Gerhard"],
    title: "Geometric numerical integration: structure-preserving algorithms for ordinary differential equations",
    year: 2006,
    where: "Springer",
    edition: "second",
    doi: "10.1007/3-540-30666-8",
  },
  {
    key: "he2015deep",
    kind: "proceedings",
    authors: ["He, Kaiming", "Zhang, Xiangyu", "Ren, Shaoqing", "Sun, Jian"],
    title: "Deep residual learning for image recognition",
    year: 2016,
    citedYear: 2015,
    where: "Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition",
    pages: "770-778",
    arxiv: "1512.03385",
    doi: "10.1109/CVPR.2016.90",
  },
  {
    key: "he2015delving",
    kind: "proceedings",
    authors: ["He, Kaiming", "Zhang, Xiangyu", "Ren, Shaoqing", "Sun, Jian"],
    title: "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
    year: 2015,
    where: "Proceedings of the IEEE International Conference on Computer Vision",
    pages: "1026-1034",
    arxiv: "1502.01852",
    doi: "10.1109/ICCV.2015.123",
  },
  {
    key: "he2016identity",
    kind: "proceedings",
    authors: ["He, Kaiming", "Zhang, Xiangyu", "Ren, Shaoqing", "Sun, Jian"],
    title: "Identity mappings in deep residual networks",
    year: 2016,
    where: "Computer Vision -- ECCV 2016",
    pages: "630-645",
    arxiv: "1603.05027",
    doi: "10.1007/978-3-319-46493-0_38",
  },
  {
    key: "hochreiter1991untersuchungen",
    kind: "thesis",
    authors: ["Hochreiter, Sepp"],
    title: "Untersuchungen zu dynamischen neuronalen Netzen",
    year: 1991,
    where: "Technische Universität München",
  },
  {
    key: "hornik1989multilayer",
    kind: "article",
    authors: ["Hornik, Kurt", "Stinchcombe, Maxwell", "White, Halbert"],
    title: "Multilayer feedforward networks are universal approximators",
    year: 1989,
    where: "Neural Networks",
    volume: "2",
    pages: "359-366",
    doi: "10.1016/0893-6080(89)90020-8",
  },
  {
    key: "huang2016deep",
    kind: "proceedings",
    authors: ["Huang, Gao", "Sun, Yu", "Liu, Zhuang", "Sedra, Daniel", "Weinberger, Kilian Q."],
    title: "Deep networks with stochastic depth",
    year: 2016,
    where: "Computer Vision -- ECCV 2016",
    pages: "646-661",
    arxiv: "1603.09382",
    doi: "10.1007/978-3-319-46493-0_39",
  },
  {
    key: "huang2016densely",
    kind: "proceedings",
    authors: ["Huang, Gao", "Liu, Zhuang", "van der Maaten, Laurens", "Weinberger, Kilian Q."],
    title: "Densely connected convolutional networks",
    year: 2017,
    citedYear: 2016,
    where: "Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition",
    arxiv: "1608.06993",
    doi: "10.1109/CVPR.2017.243",
  },
  {
    key: "ioffe2015batch",
    kind: "proceedings",
    authors: ["Ioffe, Sergey", "Szegedy, Christian"],
    title: "Batch normalization: accelerating deep network training by reducing internal covariate shift",
    year: 2015,
    where: "Proceedings of the 32nd International Conference on Machine Learning",
    volume: "37",
    pages: "448-456",
    arxiv: "1502.03167",
  },
  {
    key: "krizhevsky2012imagenet",
    kind: "proceedings",
    authors: ["Krizhevsky, Alex", "Sutskever, Ilya", "Hinton, Geoffrey E."],
    title: "ImageNet classification with deep convolutional neural networks",
    year: 2012,
    where: "Advances in Neural Information Processing Systems",
    volume: "25",
    pages: "1097-1105",
  },
  {
    key: "lecun1998gradient",
    kind: "article",
    authors: ["LeCun, Yann", "Bottou, Léon", "Bengio, Yoshua", "Haffner, Patrick"],
    title: "Gradient-based learning applied to document recognition",
    year: 1998,
    where: "Proceedings of the IEEE",
    volume: "86",
    pages: "2278-2324",
    doi: "10.1109/5.726791",
  },
  {
    key: "lin2013network",
    kind: "proceedings",
    authors: ["Lin, Min", "Chen, Qiang", "Yan, Shuicheng"],
    title: "Network in network",
    year: 2014,
    citedYear: 2013,
    where: "International Conference on Learning Representations",
    arxiv: "1312.4400",
  },
  {
    key: "marion2022scaling",
    kind: "article",
    authors: ["Marion, Pierre", "Fermanian, Adeline", "Biau, Gérard", "Vert, Jean-Philippe"],
    title: "Scaling ResNets in the large-depth regime",
    year: 2025,
    citedYear: 2022,
    where: "Journal of Machine Learning Research",
    volume: "26",
    number: "56",
    pages: "1-48",
    arxiv: "2206.06929",
  },
  {
    key: "mcculloch1943logical",
    kind: "article",
    authors: ["McCulloch, Warren S.", "Pitts, Walter"],
    title: "A logical calculus of the ideas immanent in nervous activity",
    year: 1943,
    where: "Bulletin of Mathematical Biophysics",
    volume: "5",
    pages: "115-133",
    doi: "10.1007/BF02478259",
  },
  {
    key: "minsky1969perceptrons",
    kind: "book",
    authors: ["Minsky, Marvin", "Papert, Seymour"],
    title: "Perceptrons: an introduction to computational geometry",
    year: 1969,
    where: "MIT Press",
  },
  {
    key: "ott2021resnet",
    kind: "proceedings",
    authors: ["Ott, Katharina", "Katiyar, Prateek", "Hennig, Philipp", "Tiemann, Michael"],
    title: "ResNet after all: neural ODEs and their numerical solution",
    year: 2021,
    where: "International Conference on Learning Representations",
    arxiv: "2007.15386",
  },
  {
    key: "rosenblatt1957perceptron",
    kind: "report",
    authors: ["Rosenblatt, Frank"],
    title: "The perceptron: a perceiving and recognizing automaton",
    year: 1957,
    where: "Cornell Aeronautical Laboratory",
    number: "85-460-1",
  },
  {
    key: "rumelhart1986learning",
    kind: "article",
    authors: ["Rumelhart, David E.", "Hinton, Geoffrey E.", "Williams, Ronald J."],
    title: "Learning representations by back-propagating errors",
    year: 1986,
    where: "Nature",
    volume: "323",
    pages: "533-536",
    doi: "10.1038/323533a0",
  },
  {
    key: "russakovsky2015imagenet",
    kind: "article",
    authors: [
      "Russakovsky, Olga",
      "Deng, Jia",
      "Su, Hao",
      "Krause, Jonathan",
      "Satheesh, Sanjeev",
      "Ma, Sean",
      "Huang, Zhiheng",
      "Karpathy, Andrej",
      "Khosla, Aditya",
      "Bernstein, Michael",
      "Berg, Alexander C.",
      "Fei-Fei, Li",
    ],
    title: "ImageNet large scale visual recognition challenge",
    year: 2015,
    where: "International Journal of Computer Vision",
    volume: "115",
    pages: "211-252",
    arxiv: "1409.0575",
    doi: "10.1007/s11263-015-0816-y",
  },
  {
    key: "sander2022residual",
    kind: "proceedings",
    authors: ["Sander, Michael E.", "Ablin, Pierre", "Peyré, Gabriel"],
    title: "Do residual neural networks discretize neural ordinary differential equations?",
    year: 2022,
    where: "Advances in Neural Information Processing Systems",
    volume: "35",
    arxiv: "2205.14612",
  },
  {
    key: "simonyan2014very",
    kind: "proceedings",
    authors: ["Simonyan, Karen", "Zisserman, Andrew"],
    title: "Very deep convolutional networks for large-scale image recognition",
    year: 2015,
    citedYear: 2014,
    where: "International Conference on Learning Representations",
    arxiv: "1409.1556",
  },
  {
    key: "srivastava2014dropout",
    kind: "article",
    authors: ["Srivastava, Nitish", "Hinton, Geoffrey", "Krizhevsky, Alex", "Sutskever, Ilya", "Salakhutdinov, Ruslan"],
    title: "Dropout: a simple way to prevent neural networks from overfitting",
    year: 2014,
    where: "Journal of Machine Learning Research",
    volume: "15",
    pages: "1929-1958",
  },
  {
    key: "szegedy2014going",
    kind: "proceedings",
    authors: [
      "Szegedy, Christian",
      "Liu, Wei",
      "Jia, Yangqing",
      "Sermanet, Pierre",
      "Reed, Scott",
      "Anguelov, Dragomir",
      "Erhan, Dumitru",
      "Vanhoucke, Vincent",
      "Rabinovich, Andrew",
    ],
    title: "Going deeper with convolutions",
    year: 2015,
    citedYear: 2014,
    where: "Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition",
    pages: "1-9",
    arxiv: "1409.4842",
    doi: "10.1109/CVPR.2015.7298594",
  },
  {
    key: "szegedy2015rethinking",
    kind: "proceedings",
    authors: ["Szegedy, Christian", "Vanhoucke, Vincent", "Ioffe, Sergey", "Shlens, Jonathon", "Wojna, Zbigniew"],
    title: "Rethinking the inception architecture for computer vision",
    year: 2016,
    citedYear: 2015,
    where: "Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition",
    pages: "2818-2826",
    arxiv: "1512.00567",
    doi: "10.1109/CVPR.2016.308",
  },
  {
    key: "szegedy2016inception",
    kind: "proceedings",
    authors: ["Szegedy, Christian", "Ioffe, Sergey", "Vanhoucke, Vincent", "Alemi, Alexander A."],
    title: "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
    year: 2017,
    citedYear: 2016,
    where: "Proceedings of the 31st AAAI Conference on Artificial Intelligence",
    arxiv: "1602.07261",
  },
  {
    key: "teerapittayanon2016branchynet",
    kind: "proceedings",
    authors: ["Teerapittayanon, Surat", "McDanel, Bradley", "Kung, H. T."],
    title: "BranchyNet: fast inference via early exiting from deep neural networks",
    year: 2016,
    where: "Proceedings of the 23rd International Conference on Pattern Recognition",
    pages: "2464-2469",
    arxiv: "1709.01686",
    doi: "10.1109/ICPR.2016.7900006",
  },
  {
    key: "veit2016residual",
    kind: "proceedings",
    authors: ["Veit, Andreas", "Wilber, Michael", "Belongie, Serge"],
    title: "Residual networks behave like ensembles of relatively shallow networks",
    year: 2016,
    where: "Advances in Neural Information Processing Systems",
    volume: "29",
    pages: "550-558",
    arxiv: "1605.06431",
  },
  {
    key: "yang2019mean",
    kind: "proceedings",
    authors: ["Yang, Greg", "Pennington, Jeffrey", "Rao, Vinay", "Sohl-Dickstein, Jascha", "Schoenholz, Samuel S."],
    title: "A mean field theory of batch normalization",
    year: 2019,
    where: "International Conference on Learning Representations",
    arxiv: "1902.08129",
  },
  {
    key: "zhang2019fixup",
    kind: "proceedings",
    authors: ["Zhang, Hongyi", "Dauphin, Yann N.", "Ma, Tengyu"],
    title: "Fixup initialization: residual learning without normalization",
    year: 2019,
    where: "International Conference on Learning Representations",
    arxiv: "1901.09321",
  },
];

/**
 * The publications that a text cites, in the order of their keys.
 *
 * A text cites by arXiv number ("arXiv:1605.06431"), by names and year ("Veit, Wilber & Belongie 2016"), or by title, in any
 * case. "Veit et al. 2016" counts only where it stands for one publication.
 */
export function publicationsCitedIn(text: string): Publication[] {
  const lower = text.toLowerCase();
  return bibliography.filter((publication) => {
    const { arxiv, title } = publication;
    if (arxiv !== undefined && new RegExp(`\\b${arxiv.replace(".", "\\.")}(?!\\d)`).test(text)) return true;
    if (lower.includes(title.toLowerCase())) return true;
    return namesIn(publication).some((names) => stands(names, text) && bibliographyNames.get(names) === 1);
  });
}

/** "Veit, Wilber & Belongie 2016" and, from three authors on, "Veit et al. 2016". */
function namesIn({ authors, year, citedYear = year }: Publication): string[] {
  const families = authors.map((author) => author.split(",")[0]!);
  const last = families[families.length - 1]!;
  const all = families.length === 1 ? last : `${families.slice(0, -1).join(", ")} & ${last}`;
  return [`${all} ${citedYear}`, ...(families.length > 2 ? [`${families[0]} et al. ${citedYear}`] : [])];
}

/** Whether names stand in a text, and not as the end of a longer list of names. */
function stands(names: string, text: string): boolean {
  for (let at = text.indexOf(names); at >= 0; at = text.indexOf(names, at + 1)) {
    if (!/[\p{L}\d-]$|\p{Lu}[\p{L}-]*(?:, | & )$/u.test(text.slice(0, at))) return true;
  }
  return false;
}

/** For how many publications the same names and year stand. */
const bibliographyNames = bibliography
  .flatMap(namesIn)
  .reduce((counts, names) => counts.set(names, (counts.get(names) ?? 0) + 1), new Map<string, number>());
