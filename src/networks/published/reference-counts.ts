/**
 * What others count in the published networks: the frameworks' own model collections, and independent rebuilds.
 *
 * Keras 3.15.1 (TensorFlow 2.18.1), torchvision 0.20.1 (PyTorch 2.5.1), timm 0.5.4 and pretrainedmodels 0.7.4 were asked
 * for the parameters of their models, torchvision 0.29.2 (PyTorch 2.15) for those since 2019; multiply-accumulates are those of convolutions and dense layers, one image, counted
 * on the built model. What is in no collection was rebuilt in PyTorch from the paper's table, by other hands than the
 * builders here.
 */

/** Counts of one network; biases and pooling are no multiply-accumulates. */
interface ReferenceCounts {
  readonly trainable: number;
  /** Running means and variances included. */
  readonly total: number;
  readonly multiplyAccumulates: number;
  /** Who counts. */
  readonly source: string;
}

const keras = "Keras 3.15.1";
const torchvision = "torchvision 0.20.1";
const laterTorchvision = "torchvision 0.29.2";
const timm = "timm 0.5.4";
const pretrainedmodels = "pretrainedmodels 0.7.4";
const rebuilt = "rebuilt in PyTorch 2.5.1";
const byHand = "the paper's own figures, layer by layer";

/** The counts by the name of the model there. */
export const referenceCounts: Readonly<Record<string, ReferenceCounts>> = {
  keras_VGG16: counted(138_357_544, 138_357_544, 15_470_264_320, keras),
  keras_VGG19: counted(143_667_240, 143_667_240, 19_632_062_464, keras),
  keras_ResNet50: counted(25_583_592, 25_636_712, 3_857_973_248, keras),
  keras_ResNet101: counted(44_601_832, 44_707_176, 7_570_194_432, keras),
  keras_ResNet152: counted(60_268_520, 60_419_944, 11_282_415_616, keras),
  keras_ResNet50V2: counted(25_568_360, 25_613_800, 3_482_255_360, keras),
  keras_ResNet101V2: counted(44_577_896, 44_675_560, 7_194_476_544, keras),
  keras_ResNet152V2: counted(60_236_904, 60_380_648, 10_906_697_728, keras),
  keras_InceptionV3: counted(23_817_352, 23_851_784, 5_713_216_096, keras),
  keras_InceptionResNetV2: counted(55_813_192, 55_873_736, 13_155_794_016, keras),
  keras_DenseNet121: counted(7_978_856, 8_062_504, 2_834_161_664, keras),
  keras_DenseNet169: counted(14_149_480, 14_307_880, 3_359_843_328, keras),
  keras_DenseNet201: counted(20_013_928, 20_242_984, 4_291_365_888, keras),
  torchvision_alexnet: counted(61_100_840, 61_100_840, 714_188_480, torchvision),
  torchvision_vgg11: counted(132_863_336, 132_863_336, 7_609_090_048, torchvision),
  torchvision_vgg13: counted(133_047_848, 133_047_848, 11_308_466_176, torchvision),
  torchvision_vgg16: counted(138_357_544, 138_357_544, 15_470_264_320, torchvision),
  torchvision_vgg19: counted(143_667_240, 143_667_240, 19_632_062_464, torchvision),
  torchvision_vgg16_bn: counted(138_365_992, 138_374_440, 15_470_264_320, torchvision),
  torchvision_vgg19_bn: counted(143_678_248, 143_689_256, 19_632_062_464, torchvision),
  torchvision_googlenet: counted(6_624_904, 6_639_464, 1_498_376_192, torchvision),
  torchvision_googlenet_with_aux_heads: counted(13_004_888, 13_019_960, 1_498_376_192, torchvision),
  torchvision_inception_v3: counted(23_834_568, 23_869_000, 5_713_216_096, torchvision),
  torchvision_inception_v3_with_aux_heads: counted(27_161_264, 27_197_488, 5_713_216_096, torchvision),
  torchvision_resnet18: counted(11_689_512, 11_699_112, 1_814_073_344, torchvision),
  torchvision_resnet34: counted(21_797_672, 21_814_696, 3_663_761_408, torchvision),
  torchvision_resnet50: counted(25_557_032, 25_610_152, 4_089_184_256, torchvision),
  torchvision_resnet101: counted(44_549_160, 44_654_504, 7_801_405_440, torchvision),
  torchvision_resnet152: counted(60_192_808, 60_344_232, 11_513_626_624, torchvision),
  torchvision_densenet121: counted(7_978_856, 8_062_504, 2_834_161_664, torchvision),
  torchvision_densenet161: counted(28_681_000, 28_900_936, 7_727_907_072, torchvision),
  torchvision_densenet169: counted(14_149_480, 14_307_880, 3_359_843_328, torchvision),
  torchvision_densenet201: counted(20_013_928, 20_242_984, 4_291_365_888, torchvision),
  torchvision_mobilenet_v2: counted(3_504_872, 3_538_984, 300_774_272, torchvision),
  keras_MobileNetV2: counted(3_504_872, 3_538_984, 300_774_272, keras),
  torchvision_efficientnet_b0: counted(5_288_548, 5_330_564, 385_814_752, laterTorchvision),
  torchvision_regnet_y_400mf: counted(4_344_144, 4_371_296, 401_842_848, laterTorchvision),
  torchvision_convnext_tiny: counted(28_589_128, 28_589_128, 4_455_531_264, laterTorchvision),
  "resnet20-cifar10-optA": counted(269_722, 271_098, 40_551_040, rebuilt),
  "resnet20-cifar10-optB": counted(272_474, 274_042, 40_813_184, rebuilt),
  "plain20-cifar10": counted(269_722, 271_098, 40_551_040, rebuilt),
  "resnet32-cifar10-optA": counted(464_154, 466_426, 68_862_592, rebuilt),
  "resnet32-cifar10-optB": counted(466_906, 469_370, 69_124_736, rebuilt),
  "plain32-cifar10": counted(464_154, 466_426, 68_862_592, rebuilt),
  "resnet44-cifar10-optA": counted(658_586, 661_754, 97_174_144, rebuilt),
  "resnet44-cifar10-optB": counted(661_338, 664_698, 97_436_288, rebuilt),
  "plain44-cifar10": counted(658_586, 661_754, 97_174_144, rebuilt),
  "resnet56-cifar10-optA": counted(853_018, 857_082, 125_485_696, rebuilt),
  "resnet56-cifar10-optB": counted(855_770, 860_026, 125_747_840, rebuilt),
  "plain56-cifar10": counted(853_018, 857_082, 125_485_696, rebuilt),
  "resnet110-cifar10-optA": counted(1_727_962, 1_736_058, 252_887_680, rebuilt),
  "resnet110-cifar10-optB": counted(1_730_714, 1_739_002, 253_149_824, rebuilt),
  "plain110-cifar10": counted(1_727_962, 1_736_058, 252_887_680, rebuilt),
  "resnet1202-cifar10-optA": counted(19_421_274, 19_510_906, 2_829_238_912, rebuilt),
  "resnet1202-cifar10-optB": counted(19_424_026, 19_513_850, 2_829_501_056, rebuilt),
  "resnet110-cifar100-optA": counted(1_733_812, 1_741_908, 252_893_440, rebuilt),
  "preact-resnet164-cifar10": counted(1_703_258, 1_727_482, 247_646_720, rebuilt),
  "preact-resnet1001-cifar10": counted(10_327_706, 10_476_922, 1_490_995_712, rebuilt),
  "preact-resnet110-cifar10-basic-optA": counted(1_727_962, 1_736_058, 252_887_680, rebuilt),
  "densenet-L40-k12-cifar10": counted(1_019_722, 1_037_818, 264_812_928, rebuilt),
  "densenet-L100-k12-cifar10": counted(6_979_642, 7_096_858, 1_769_516_448, rebuilt),
  "densenet-L100-k24-cifar10": counted(27_249_082, 27_480_346, 6_889_347_744, rebuilt),
  "densenet-bc-L100-k12-cifar10": counted(769_162, 793_150, 287_929_692, rebuilt),
  "densenet-bc-L250-k24-cifar10": counted(15_324_406, 15_582_382, 5_418_785_724, rebuilt),
  "densenet-bc-L190-k40-cifar10": counted(25_624_430, 25_881_390, 9_301_945_740, rebuilt),
  "lenet5-modern_d2l": counted(61_706, 61_706, 416_520, rebuilt),
  "nin-cifar10": counted(966_986, 966_986, 222_486_528, rebuilt),
  "nin-cifar100": counted(984_356, 984_356, 223_592_448, rebuilt),
  "nin-imagenet_caffe_zoo": counted(7_595_176, 7_595_176, 1_100_188_800, rebuilt),
  "alexnet-original_2_groups": counted(60_965_224, 60_965_224, 724_406_816, rebuilt),
  "googlenet-paper_5x5_no_aux": counted(6_998_552, 6_998_552, 1_582_671_872, rebuilt),
  "seed-inception-module-net": counted(2_106_250, 2_106_250, 145_162_240, rebuilt),
  pretrainedmodels_bninception: counted(11_295_240, 11_315_272, 2_032_600_064, pretrainedmodels),
  "timm-inception_v4": counted(42_679_816, 42_742_984, 12_253_974_624, timm),
  "timm-inception_resnet_v2": counted(55_843_464, 55_904_008, 13_155_794_016, timm),
  "seed-vgg19-cell": counted(143_667_240, 143_667_240, 19_632_062_464, keras),
  "lenet5-1998": counted(60_000, 60_000, 326_520, byHand),
};

function counted(trainable: number, total: number, multiplyAccumulates: number, source: string): ReferenceCounts {
  return { trainable, total, multiplyAccumulates, source };
}
