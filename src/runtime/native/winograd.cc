// Convolutions by 3x3 weights at stride 1, and their gradients, by Winograd's algorithm F(4x4, 3x3) (Lavin & Gray 2015,
// arXiv:1509.09308): 36 products a tile of 16 pixels where the sum over the window takes 144.
//
// The order of every sum depends on the shape alone, and a product and its sum are rounded once: the same bits on every processor that
// has these kernels, those with AVX2 and FMA. What an image comes to does not depend on the others of its batch. Rounding is about
// three times that of the sum over the window.
//
// They run on the calling thread, as those of fused-kernels.cc.
#include "tensorflow-kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include <algorithm>
#include <cstdlib>
#include <immintrin.h>
#include <new>

namespace {

#define INLINED __attribute__((always_inline))  // of a lambda

constexpr int64_t kMostChannels = 256;
constexpr float kZeros[kMostChannels] = {};  // a pixel outside the image
constexpr int kPoints = 36;
// Floats between the points' matrices, so that they do not all lie in the same lines of the cache.
constexpr int64_t kApart = 16;

struct Buffer {
  float* data;
  explicit Buffer(int64_t size) : data(static_cast<float*>(std::aligned_alloc(64, (size * sizeof(float) + 63) / 64 * 64))) {
    if (data == nullptr) throw std::bad_alloc();
  }
  ~Buffer() { std::free(data); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
};

// One image, or nothing of its shape.
struct Image {
  const float* pixels;
  int64_t height, width, channels;
  bool Has(int64_t row, int64_t column) const { return row >= 0 && column >= 0 && row < height && column < width; }
};

struct Convolution {
  int64_t images, height, width, channels, filters, padding;
  int64_t OutputHeight() const { return height + 2 * padding - 2; }
  int64_t OutputWidth() const { return width + 2 * padding - 2; }
  int64_t OutputSize() const { return OutputHeight() * OutputWidth() * filters; }
  Image Input(const float* x, int64_t image) const {
    return {x + image * height * width * channels, height, width, channels};
  }
  Image Output(const float* y, int64_t image) const {
    return {y == nullptr ? nullptr : y + image * OutputSize(), OutputHeight(), OutputWidth(), filters};
  }
};

// What follows a convolution: nothing where there is no pointer.
struct Ending {
  const float* bias;
  const float* addend;
  bool relu;
};

// A tile of the output, by its first pixel.
struct Tile {
  int64_t image = 0, top = 0, left = 0;
  void Advance(const Convolution& of) {
    left += 4;
    if (left < of.OutputWidth()) return;
    left = 0;
    top += 4;
    if (top < of.OutputHeight()) return;
    top = 0;
    image++;
  }
};

// Few enough that their transforms stay in the caches near the core; where the weights' do not, enough that these are worth reading.
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
INLINE Vector Plus(Vector x, Vector y) { return _mm256_add_ps(x, y); }
INLINE Vector Minus(Vector x, Vector y) { return _mm256_sub_ps(x, y); }
INLINE Vector Times(Vector x, Vector y) { return _mm256_mul_ps(x, y); }
INLINE Vector MultiplyAdd(Vector x, Vector y, Vector z) { return _mm256_fmadd_ps(x, y, z); }
// max(value, 0), and what is not a number itself.
INLINE Vector Rectified(Vector value) { return _mm256_max_ps(_mm256_setzero_ps(), value); }
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
INLINE Vector Plus(Vector x, Vector y) { return _mm512_add_ps(x, y); }
INLINE Vector Minus(Vector x, Vector y) { return _mm512_sub_ps(x, y); }
INLINE Vector Times(Vector x, Vector y) { return _mm512_mul_ps(x, y); }
INLINE Vector MultiplyAdd(Vector x, Vector y, Vector z) { return _mm512_fmadd_ps(x, y, z); }
INLINE Vector Rectified(Vector value) { return _mm512_max_ps(_mm512_setzero_ps(), value); }
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

void Run(const Convolution& of, const float* x, const float* weights, const Ending& ending, float* y) {
  Buffer transformed(kPoints * of.channels * of.filters);
  if (HasAvx512()) {
    avx512::TransformWeights(weights, of.channels, of.filters, transformed.data);
    avx512::Convolve(of, x, transformed.data, ending, y);
  } else {
    avx2::TransformWeights(weights, of.channels, of.filters, transformed.data);
    avx2::Convolve(of, x, transformed.data, ending, y);
  }
}

// ---- TensorFlow's side --------------------------------------------------------------------------------------------------

struct Attributes {
  int64_t padding = 0;
  bool biased = false;
  bool relu = false;
};

void ReadPadding(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  attributes->padding = WholeNumber(construction, "padding", status);
}
void ReadConvolution(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  ReadPadding(construction, status, attributes);
  attributes->biased = Flag(construction, "biased", status);
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

// x, weights, perhaps a bias, perhaps what is added -> the convolution, perhaps rectified
void ComputeConvolution(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* weights = call.Input(1);
  const int more = call.Inputs() - 2, adds = more - (attributes.biased ? 1 : 0);
  TF_Tensor* bias = attributes.biased && more > 0 ? call.Input(2) : nullptr;
  TF_Tensor* addend = adds == 1 ? call.Input(call.Inputs() - 1) : nullptr;
  if (!call.Ok()) return;
  const Convolution of = ConvolutionOf(Shape(x), Shape(weights), attributes.padding, call);
  call.Require(adds == 0 || adds == 1, "need a bias where there is one, and at most one tensor that is added");
  call.Require(bias == nullptr || Size(bias) == of.filters, "need a bias for each filter");
  call.Require(addend == nullptr || Size(addend) == of.images * of.OutputSize(), "need an addend of the output's shape");
  if (!call.Ok()) return;
  TF_Tensor* y = call.Output(0, TF_FLOAT, {of.images, of.OutputHeight(), of.OutputWidth(), of.filters});
  if (!call.Ok()) return;
  const Ending ending = {Data<float>(bias), Data<float>(addend), attributes.relu};
  Run(of, Data<float>(x), Data<float>(weights), ending, Data<float>(y));
}

// the gradient by the output, weights -> the gradient by the input
void ComputeInputGradient(void* given, TF_OpKernelContext* context) {
  const int64_t padding = static_cast<Attributes*>(given)->padding;
  Call call(context);
  TF_Tensor* dy = call.Input(0);
  TF_Tensor* weights = call.Input(1);
  if (!call.Ok()) return;
  const std::vector<int64_t> output = Shape(dy), sides = Shape(weights);
  call.Require(output.size() == 4 && sides.size() == 4, "need images and weights");
  if (!call.Ok()) return;
  const Convolution back = ConvolutionOf(output, {sides[0], sides[1], sides[3], sides[2]}, 2 - padding, call);
  if (!call.Ok()) return;
  TF_Tensor* dx = call.Output(0, TF_FLOAT, {back.images, back.OutputHeight(), back.OutputWidth(), back.filters});
  if (!call.Ok()) return;
  Buffer turned(9 * back.channels * back.filters);
  TurnWeights(Data<float>(weights), back.filters, back.channels, turned.data);
  Run(back, Data<float>(dy), turned.data, {nullptr, nullptr, false}, Data<float>(dx));
}

// x, the gradient by the output -> the gradient by the weights
void ComputeWeightsGradient(void* given, TF_OpKernelContext* context) {
  const int64_t padding = static_cast<Attributes*>(given)->padding;
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* dy = call.Input(1);
  if (!call.Ok()) return;
  const std::vector<int64_t> input = Shape(x), output = Shape(dy);
  call.Require(input.size() == 4 && output.size() == 4, "need images");
  if (!call.Ok()) return;
  const Convolution of = ConvolutionOf(input, {3, 3, input[3], output[3]}, padding, call);
  call.Require(Size(dy) == of.images * of.OutputSize(), "need a gradient of the output's shape");
  if (!call.Ok()) return;
  TF_Tensor* dw = call.Output(0, TF_FLOAT, {3, 3, of.channels, of.filters});
  if (!call.Ok()) return;
  const auto sum = HasAvx512() ? avx512::SumWeightsGradient : avx2::SumWeightsGradient;
  sum(of, Data<float>(x), Data<float>(dy), Data<float>(dw));
}

// ---- Registration -------------------------------------------------------------------------------------------------------

bool RegisterAll() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return false;
  Define("CnnFindingsWinogradConvolution", {"T: {float}", "N: int >= 0", "padding: int", "biased: bool", "relu: bool"},
         {"x: T", "weights: T", "more: N * T"}, {"y: T"});
  Define("CnnFindingsWinogradInputGradient", {"T: {float}", "padding: int"}, {"dy: T", "weights: T"}, {"dx: T"});
  Define("CnnFindingsWinogradWeightsGradient", {"T: {float}", "padding: int"}, {"x: T", "dy: T"}, {"by_weights: T"});
  Register("CnnFindingsWinogradConvolution", TF_FLOAT, Create<Attributes, ReadConvolution>, ComputeConvolution,
           Delete<Attributes>);
  Register("CnnFindingsWinogradInputGradient", TF_FLOAT, Create<Attributes, ReadPadding>, ComputeInputGradient,
           Delete<Attributes>);
  Register("CnnFindingsWinogradWeightsGradient", TF_FLOAT, Create<Attributes, ReadPadding>, ComputeWeightsGradient,
           Delete<Attributes>);
  return true;
}

const bool registered = RegisterAll();

}  // namespace

#endif
