// Convolutions by 3x3 weights at stride 1, and their gradients, by Winograd's algorithm F(4x4, 3x3) (Lavin & Gray 2015,
// arXiv:1509.09308): 36 products a tile of 16 pixels where the sum over the window takes 144.
//
// The order of every sum depends on the shape alone (of the gradient by the weights, on the number of threads as well), and a
// product and its sum are rounded once: the same bits on every processor that has these kernels, those with AVX2 and FMA. What an
// image comes to does not depend on the others of its batch. Rounding is about three times that of the sum over the window.
//
// What is before and after a convolution is done in the same pass: batch normalisation and a ReLU as a pixel is read, which so are
// nowhere held; bias, addition and ReLU as one is written.
//
// Activations are float or bfloat16; weights, and all that lies between reading a pixel and writing one, are float.
//
// They run on as many threads as they are told, each with a share of the images; the gradient by the weights is the sum of theirs.
#include "tensorflow-kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <immintrin.h>
#include <new>

namespace {

#define INLINED __attribute__((always_inline))  // of a lambda

constexpr int64_t kMostChannels = 256;
constexpr int64_t kTilesInARow = 8;  // that are transformed together
template <typename T>
const T kZeros[(4 * kTilesInARow + 2) * kMostChannels] = {};  // pixels outside the image
constexpr int kPoints = 36;

struct Buffer {
  float* data;
  explicit Buffer(int64_t size) : data(static_cast<float*>(std::aligned_alloc(64, (size * sizeof(float) + 63) / 64 * 64))) {
    if (data == nullptr) throw std::bad_alloc();
  }
  ~Buffer() { std::free(data); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
};

// Batch normalisation that a convolution does to its input as it reads it, (x - mean) factor + offset, and perhaps a ReLU.
struct Normalisation {
  const float* mean;
  const float* offset;
  std::vector<float> factor;
  bool relu;
};

// Images of one shape; normalised as they are read, where there is a pointer to it.
template <typename T>
struct Images {
  const T* pixels;
  int64_t height, width, channels;
  const Normalisation* normalisation = nullptr;
  int64_t Size() const { return height * width * channels; }
};

struct Convolution {
  int64_t images, height, width, channels, filters, padding;
  const Normalisation* normalisation = nullptr;  // of the input
  int64_t OutputHeight() const { return height + 2 * padding - 2; }
  int64_t OutputWidth() const { return width + 2 * padding - 2; }
  int64_t OutputSize() const { return OutputHeight() * OutputWidth() * filters; }
  int64_t InputSize() const { return height * width * channels; }
  int64_t TilesOfAnImage() const { return (OutputHeight() + 3) / 4 * ((OutputWidth() + 3) / 4); }
  int64_t Tiles() const { return images * TilesOfAnImage(); }
  Convolution OfImages(int64_t count) const {
    Convolution part = *this;
    part.images = count;
    return part;
  }
  template <typename T>
  Images<T> Input(const T* x) const {
    return {x, height, width, channels, normalisation};
  }
  template <typename T>
  Images<T> Output(const T* y) const {
    return {y, OutputHeight(), OutputWidth(), filters};
  }
};

// What follows a convolution: nothing where there is no pointer.
template <typename T>
struct Ending {
  const float* bias;
  const T* addend;
  bool relu;
};

// A tile of the output, by its first pixel.
struct Tile {
  int64_t image = 0, top = 0, left = 0;
  // It and those after it in its row.
  int64_t SideBySide(const Convolution& of, int64_t most) const {
    return std::min({most, (of.OutputWidth() - left + 3) / 4, kTilesInARow});
  }
  void Advance(const Convolution& of, int64_t tiles) {  // not beyond the row
    left += 4 * tiles;
    if (left < of.OutputWidth()) return;
    left = 0;
    top += 4;
    if (top < of.OutputHeight()) return;
    top = 0;
    image++;
  }
};

// Transforms of some tiles: [points][tiles][columns].
struct Transforms {
  const int64_t columns, apart;  // floats between the points, which do not all lie in the same lines of the cache
  Buffer buffer;
  Transforms(int64_t tiles, int64_t columns) : columns(columns), apart(tiles * columns + 16), buffer(kPoints * apart) {}
  float* Of(int64_t tile, int point) const { return buffer.data + point * apart + tile * columns; }
};

// Few enough that their transforms stay in the caches near the core; where the weights' do not, enough to be worth reading these.
// The order of sums over tiles depends on it.
int64_t TilesAtATime(const Convolution& of) {
  const int64_t most = std::max(of.channels, of.filters);
  return most > 128 ? 48 : std::max<int64_t>(12, 384 / most / 12 * 12);
}

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
using Vector = __m256;
constexpr int kLanes = 8;
constexpr int kRows = 6;      // tiles
constexpr int kChannels = 4;  // a divisor of 16
INLINE Vector LoadVector(const float* at) { return _mm256_loadu_ps(at); }
INLINE void StoreVector(Vector value, float* at) { _mm256_storeu_ps(at, value); }
INLINE Vector Broadcast(float value) { return _mm256_set1_ps(value); }
INLINE Vector MultiplyAdd(Vector x, Vector y, Vector z) { return _mm256_fmadd_ps(x, y, z); }
// max(value, least), and what is not a number itself.
INLINE Vector AtLeast(Vector least, Vector value) { return _mm256_max_ps(least, value); }
INLINE Vector LoadVector(const Bfloat16* at) {
  const __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
  return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
}
// To the nearest, halves to even; what is not a number stays so.
INLINE void StoreVector(Vector value, Bfloat16* at) {
  const __m256i bits = _mm256_castps_si256(value);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i isNumber = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_ORD_Q));
  const __m256i upper = _mm256_srli_epi32(_mm256_blendv_epi8(quiet, rounded, isNumber), 16);
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(upper, upper), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm256_castsi256_si128(packed));
}
#include "winograd-loops.h"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {
using Vector = __m512;
constexpr int kLanes = 16;
constexpr int kRows = 12;
constexpr int kChannels = 16;
INLINE Vector LoadVector(const float* at) { return _mm512_loadu_ps(at); }
INLINE void StoreVector(Vector value, float* at) { _mm512_storeu_ps(at, value); }
INLINE Vector Broadcast(float value) { return _mm512_set1_ps(value); }
INLINE Vector MultiplyAdd(Vector x, Vector y, Vector z) { return _mm512_fmadd_ps(x, y, z); }
INLINE Vector AtLeast(Vector least, Vector value) { return _mm512_max_ps(least, value); }
INLINE Vector LoadVector(const Bfloat16* at) {
  const __m512i bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
  return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
}
INLINE void StoreVector(Vector value, Bfloat16* at) {
  const __m512i bits = _mm512_castps_si512(value);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  const __mmask16 isNumber = _mm512_cmp_ps_mask(value, value, _CMP_ORD_Q);
  const __m512i upper = _mm512_srli_epi32(_mm512_mask_blend_epi32(isNumber, quiet, rounded), 16);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), _mm512_cvtepi32_epi16(upper));
}
#include "winograd-loops.h"
}  // namespace avx512
#pragma GCC pop_options

// The weights of the convolution that gives the gradient by the input: turned by half a turn, channels and filters exchanged.
void TurnWeights(const float* weights, int64_t channels, int64_t filters, float* out) {
  for (int tap = 0; tap < 9; tap++) {
    const float* from = weights + (8 - tap) * channels * filters;
    float* to = out + tap * channels * filters;
    for (int64_t channel = 0; channel < channels; channel++) {
      for (int64_t filter = 0; filter < filters; filter++) to[filter * channels + channel] = from[channel * filters + filter];
    }
  }
}

bool HasAvx512() { return __builtin_cpu_supports("avx512f"); }

template <typename T>
void Run(const Convolution& of, const T* x, const float* weights, const Ending<T>& ending, int64_t shares, T* y) {
  const auto transform = HasAvx512() ? avx512::TransformWeights : avx2::TransformWeights;
  const auto convolve = HasAvx512() ? avx512::Convolve<T> : avx2::Convolve<T>;
  Buffer transformed(kPoints * of.channels * of.filters);
  transform(weights, of.channels, of.filters, transformed.data);
  InShares(shares, of.images, [&](int64_t, int64_t first, int64_t count) {
    Ending<T> own = ending;
    if (own.addend != nullptr) own.addend += first * of.OutputSize();
    convolve(of.OfImages(count), x + first * of.InputSize(), transformed.data, own, y + first * of.OutputSize());
  });
}

template <typename T>
void SumWeightsGradient(const Convolution& of, const T* x, const T* dy, int64_t shares, float* dw) {
  const auto sum = HasAvx512() ? avx512::SumWeightsGradient<T> : avx2::SumWeightsGradient<T>;
  const int64_t size = 9 * of.channels * of.filters;
  Buffer others((shares - 1) * size);
  InShares(shares, of.images, [&](int64_t share, int64_t first, int64_t count) {
    float* out = share == 0 ? dw : others.data + (share - 1) * size;
    sum(of.OfImages(count), x + first * of.InputSize(), dy + first * of.OutputSize(), out);
  });
  for (int64_t share = 1; share < shares; share++) {
    for (int64_t i = 0; i < size; i++) dw[i] += others.data[(share - 1) * size + i];
  }
}

// ---- TensorFlow's side --------------------------------------------------------------------------------------------------

struct Attributes {
  int64_t padding = 0;
  int64_t threads = 1;
  int64_t statistics = 0;  // inputs that normalise the images: none, or four
  bool rectified = false;  // whether a ReLU follows that
  bool relu = false;
  int64_t Shares(const Convolution& of) const { return ::Shares(threads, of.images); }
};

void ReadInputGradient(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  attributes->padding = WholeNumber(construction, "padding", status);
  attributes->threads = WholeNumber(construction, "threads", status);
}
void ReadWeightsGradient(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  ReadInputGradient(construction, status, attributes);
  attributes->statistics = WholeNumber(construction, "statistics", status);
  attributes->rectified = Flag(construction, "rectified", status);
}
void ReadConvolution(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  ReadWeightsGradient(construction, status, attributes);
  attributes->relu = Flag(construction, "relu", status);
}

// From the shapes of the input and of the weights.
Convolution ConvolutionOf(const std::vector<int64_t>& x, const std::vector<int64_t>& weights, int64_t padding, Call& call) {
  call.Require(x.size() == 4 && weights.size() == 4 && weights[0] == 3 && weights[1] == 3 && weights[2] == x[3],
               "need images, and weights of 3x3 pixels for as many channels");
  if (!call.Ok()) return {};
  const Convolution of = {x[0], x[1], x[2], x[3], weights[3], padding};
  for (int64_t count : {of.channels, of.filters}) {
    call.Require(count > 0 && count % 16 == 0 && count <= kMostChannels, "need a multiple of 16 channels, at most 256");
  }
  call.Require(padding >= 0 && padding <= 2 && of.OutputHeight() > 0 && of.OutputWidth() > 0,
               "need a padding of at most 2, and images that the window fits in");
  return of;
}

// What normalises the images: their mean, 1 / standard deviation, scale and offset, by channels, from the input at `first` on.
// Without such inputs it is none.
Normalisation NormalisationOf(const Attributes& attributes, int first, int64_t channels, Call& call) {
  Normalisation normalisation = {nullptr, nullptr, {}, attributes.rectified};
  if (attributes.statistics == 0) return normalisation;
  const float* inputs[4];
  for (int i = 0; i < 4; i++) {
    TF_Tensor* input = call.Input(first + i);
    if (!call.Ok()) return normalisation;
    call.Require(Size(input) == channels, "need four statistics of each channel");
    inputs[i] = Data<float>(input);
  }
  if (!call.Ok()) return normalisation;
  normalisation.mean = inputs[0];
  normalisation.offset = inputs[3];
  for (int64_t c = 0; c < channels; c++) normalisation.factor.push_back(inputs[1][c] * inputs[2][c]);
  return normalisation;
}

// x, weights, perhaps what normalises x, perhaps a bias, perhaps what is added -> the convolution, perhaps rectified
template <typename T>
void ComputeConvolution(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* weights = call.Input(1);
  TF_Tensor* bias = nullptr;
  TF_Tensor* addend = nullptr;
  for (int i = 2 + static_cast<int>(attributes.statistics); i < call.Inputs(); i++) {
    TF_Tensor* tensor = call.Input(i);
    if (!call.Ok()) return;
    (TF_NumDims(tensor) == 1 ? bias : addend) = tensor;
  }
  if (!call.Ok()) return;
  Convolution of = ConvolutionOf(Shape(x), Shape(weights), attributes.padding, call);
  const Normalisation normalisation = NormalisationOf(attributes, 2, of.channels, call);
  if (normalisation.mean != nullptr) of.normalisation = &normalisation;
  call.Require(bias == nullptr || Size(bias) == of.filters, "need a bias for each filter");
  call.Require(addend == nullptr || Size(addend) == of.images * of.OutputSize(), "need an addend of the output's shape");
  if (!call.Ok()) return;
  TF_Tensor* y = call.Output(0, TF_TensorType(x), {of.images, of.OutputHeight(), of.OutputWidth(), of.filters});
  if (!call.Ok()) return;
  const Ending<T> ending = {Data<float>(bias), Data<T>(addend), attributes.relu};
  Run(of, Data<T>(x), Data<float>(weights), ending, attributes.Shares(of), Data<T>(y));
}

// the gradient by the output, weights, perhaps what is added -> the gradient by the input
template <typename T>
void ComputeInputGradient(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  TF_Tensor* dy = call.Input(0);
  TF_Tensor* weights = call.Input(1);
  TF_Tensor* addend = call.Inputs() > 2 ? call.Input(2) : nullptr;
  if (!call.Ok()) return;
  const std::vector<int64_t> output = Shape(dy), sides = Shape(weights);
  call.Require(output.size() == 4 && sides.size() == 4, "need images and weights");
  if (!call.Ok()) return;
  const Convolution back = ConvolutionOf(output, {sides[0], sides[1], sides[3], sides[2]}, 2 - attributes.padding, call);
  call.Require(addend == nullptr || Size(addend) == back.images * back.OutputSize(), "need an addend of the input's shape");
  if (!call.Ok()) return;
  TF_Tensor* dx = call.Output(0, TF_TensorType(dy), {back.images, back.OutputHeight(), back.OutputWidth(), back.filters});
  if (!call.Ok()) return;
  Buffer turned(9 * back.channels * back.filters);
  TurnWeights(Data<float>(weights), back.filters, back.channels, turned.data);
  Run<T>(back, Data<T>(dy), turned.data, {nullptr, Data<T>(addend), false}, attributes.Shares(back), Data<T>(dx));
}

// x, the gradient by the output, perhaps what normalises x -> the gradient by the weights
template <typename T>
void ComputeWeightsGradient(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* dy = call.Input(1);
  if (!call.Ok()) return;
  const std::vector<int64_t> input = Shape(x), output = Shape(dy);
  call.Require(input.size() == 4 && output.size() == 4, "need images");
  if (!call.Ok()) return;
  Convolution of = ConvolutionOf(input, {3, 3, input[3], output[3]}, attributes.padding, call);
  const Normalisation normalisation = NormalisationOf(attributes, 2, of.channels, call);
  if (normalisation.mean != nullptr) of.normalisation = &normalisation;
  call.Require(Size(dy) == of.images * of.OutputSize(), "need a gradient of the output's shape");
  if (!call.Ok()) return;
  TF_Tensor* dw = call.Output(0, TF_FLOAT, {3, 3, of.channels, of.filters});
  if (!call.Ok()) return;
  SumWeightsGradient(of, Data<T>(x), Data<T>(dy), attributes.Shares(of), Data<float>(dw));
}

// ---- Registration -------------------------------------------------------------------------------------------------------

template <typename T>
void RegisterFor(TF_DataType type) {
  Register("CnnFindingsWinogradConvolution", type, Create<Attributes, ReadConvolution>, ComputeConvolution<T>,
           Delete<Attributes>);
  Register("CnnFindingsWinogradInputGradient", type, Create<Attributes, ReadInputGradient>, ComputeInputGradient<T>,
           Delete<Attributes>);
  Register("CnnFindingsWinogradWeightsGradient", type, Create<Attributes, ReadWeightsGradient>, ComputeWeightsGradient<T>,
           Delete<Attributes>);
}

bool RegisterAll() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return false;
  const char* type = "T: {float, bfloat16}";
  const char* threads = "threads: int = 1";
  const char* statistics = "statistics: int >= 0";
  const char* normalisation = "normalisation: statistics * float";
  Define("CnnFindingsWinogradConvolution",
         {type, statistics, "rectified: bool", "biases: int >= 0", "addends: int >= 0", "padding: int", threads, "relu: bool"},
         {"x: T", "weights: float", normalisation, "bias: biases * float", "addend: addends * T"}, {"y: T"});
  Define("CnnFindingsWinogradInputGradient", {type, "addends: int >= 0", "padding: int", threads},
         {"dy: T", "weights: float", "addend: addends * T"}, {"dx: T"});
  Define("CnnFindingsWinogradWeightsGradient", {type, statistics, "rectified: bool", "padding: int", threads},
         {"x: T", "dy: T", normalisation}, {"by_weights: float"});
  RegisterFor<float>(TF_FLOAT);
  RegisterFor<Bfloat16>(TF_BFLOAT16);
  return true;
}

const bool registered = RegisterAll();

}  // namespace

#endif
