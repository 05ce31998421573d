// Kernels of this project's own, registered with TensorFlow when the binding is loaded: what lies between the convolutions of
// a training step, with as few passes over memory as it can be done in. TensorFlow's kernels for it are compiled for an old
// processor and do one operation a pass.
//
// Activations are float or bfloat16, channels last. All sums are taken in float over a fixed number of lanes, and in double
// from there on: the order depends on the shape and the number of threads alone, so results are the same bits on every processor.
// Nothing is contracted into fused multiply-adds (-ffp-contract=off).
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tensorflow-kernel.h"

// Compiled for two kinds of processors, of which the loader takes the better one; the arithmetic is the same in both.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef FOR_EACH_PROCESSOR
#define FOR_EACH_PROCESSOR
#endif

namespace {

template <typename To, typename From>
INLINE To BitsAs(From value) {
  static_assert(sizeof(To) == sizeof(From), "as many bits");
  To other;
  std::memcpy(&other, &value, sizeof other);
  return other;
}
// All bits where a condition holds, else none: choices by masks are vectorised, those by branches may not be.
INLINE uint32_t MaskOf(bool condition) { return 0u - static_cast<uint32_t>(condition); }

INLINE float Load(float value) { return value; }
INLINE float Load(Bfloat16 value) { return BitsAs<float>(static_cast<uint32_t>(value.bits) << 16); }

INLINE void Store(float value, float* place) { *place = value; }
// To the nearest, halves to even; what is not a number stays so.
INLINE void Store(float value, Bfloat16* place) {
  const uint32_t bits = BitsAs<uint32_t>(value);
  const uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  const uint32_t isNotANumber = MaskOf((bits & 0x7fffffffu) > 0x7f800000u);
  place->bits = static_cast<uint16_t>((rounded ^ ((rounded ^ (bits | 0x400000u)) & isNotANumber)) >> 16);
}

// max(value, 0), and what is not a number itself.
INLINE float Rectified(float value) { return BitsAs<float>(BitsAs<uint32_t>(value) & ~MaskOf(value < 0.0f)); }
INLINE Bfloat16 Rectified(Bfloat16 value) {
  const bool isNegative = static_cast<uint16_t>(value.bits - 0x8000u) <= 0x7f80u;
  return {static_cast<uint16_t>(value.bits & ~MaskOf(isNegative))};
}

// What a ReLU lets through of a gradient, by its input or output.
INLINE float Passed(float gradient, float value) {
  return BitsAs<float>(BitsAs<uint32_t>(gradient) & MaskOf(value > 0.0f));
}
INLINE Bfloat16 Passed(Bfloat16 gradient, Bfloat16 value) {
  const bool isPositive = static_cast<uint16_t>(value.bits - 1u) < 0x7f80u;
  return {static_cast<uint16_t>(gradient.bits & MaskOf(isPositive))};
}

// ---- Sums of one or two terms -------------------------------------------------------------------------------------------

template <typename T>
INLINE void SumOf(const T* __restrict x, const T* __restrict y, bool relu, int64_t size, T* __restrict out) {
  if (y == nullptr) {
    for (int64_t i = 0; i < size; i++) out[i] = relu ? Rectified(x[i]) : x[i];
  } else if (relu) {
    for (int64_t i = 0; i < size; i++) Store(Rectified(Load(x[i]) + Load(y[i])), out + i);
  } else {
    for (int64_t i = 0; i < size; i++) Store(Load(x[i]) + Load(y[i]), out + i);
  }
}

template <typename T>
INLINE void ReluGradientOf(const T* __restrict dy, const T* __restrict y, int64_t size, T* __restrict out) {
  for (int64_t i = 0; i < size; i++) out[i] = Passed(dy[i], y[i]);
}

// ---- Batch normalisation ------------------------------------------------------------------------------------------------

// Rows of channels are taken some at a time, so that the lanes that sums are taken in are many.
struct Lanes {
  const int64_t channels;
  const int64_t width;  // elements of a group of rows
  explicit Lanes(int64_t channels) : channels(channels), width(channels * Rows(channels)) {}
  int64_t Groups(int64_t size) const { return (size + width - 1) / width; }
  int64_t Shares(int64_t threads, int64_t size) const { return ::Shares(threads, Groups(size)); }
  static int64_t Rows(int64_t channels) { return channels >= 256 ? 1 : (256 + channels - 1) / channels; }

  // Calls work(share, its first element, how many) for shares of whole groups.
  template <typename Work>
  void InShares(int64_t shares, int64_t size, const Work& work) const {
    ::InShares(shares, Groups(size), [&](int64_t share, int64_t first, int64_t count) {
      work(share, first * width, std::min(count * width, size - first * width));
    });
  }
  // One value a channel, for each lane.
  std::vector<float> Spread(const float* values) const {
    std::vector<float> spread(width);
    for (int64_t i = 0; i < width; i++) spread[i] = values[i % channels];
    return spread;
  }
  std::vector<double> Folded(const std::vector<double>& lanes) const {
    std::vector<double> sums(channels);
    for (int64_t i = 0; i < width; i++) sums[i % channels] += lanes[i];
    return sums;
  }
};

// A sum for each lane: in float over some groups, in double over all.
struct Sum {
  std::vector<float> some;
  std::vector<double> all;
  explicit Sum(int64_t width) : some(width), all(width) {}
  INLINE void Flush() {
    for (size_t i = 0; i < all.size(); i++) {
      all[i] += some[i];
      some[i] = 0.0f;
    }
  }
};
constexpr int64_t kGroupsInFloat = 64;

// What shares summed up, by channels.
std::vector<double> Together(const Lanes& lanes, const std::vector<Sum>& shares) {
  std::vector<double> all = shares[0].all;
  for (size_t share = 1; share < shares.size(); share++) {
    for (size_t i = 0; i < all.size(); i++) all[i] += shares[share].all[i];
  }
  return lanes.Folded(all);
}

// What normalises each lane: (x - mean) factor + offset.
struct Affine {
  const float* mean;
  const float* factor;
  const float* offset;
};

// Sums of x - pivot and of its square.
template <typename T>
INLINE void MomentsOf(const T* x, int64_t size, int64_t width, const float* __restrict pivot, Sum& first, Sum& second) {
  float* __restrict one = first.some.data();
  float* __restrict two = second.some.data();
  for (int64_t start = 0, groups = 1; start < size; start += width, groups++) {
    const int64_t count = size - start < width ? size - start : width;
    const T* __restrict at = x + start;
    for (int64_t i = 0; i < count; i++) {
      const float difference = Load(at[i]) - pivot[i];
      one[i] += difference;
      two[i] += difference * difference;
    }
    if (groups % kGroupsInFloat == 0 || start + width >= size) {
      first.Flush();
      second.Flush();
    }
  }
}

// Perhaps with something added, and a ReLU after that.
template <typename T>
INLINE void NormalisedOf(const T* x, int64_t size, int64_t width, const Affine& by, const T* addend, bool relu, T* y) {
  const float* __restrict mean = by.mean;
  const float* __restrict factor = by.factor;
  const float* __restrict offset = by.offset;
  for (int64_t start = 0; start < size; start += width) {
    const int64_t count = size - start < width ? size - start : width;
    const T* __restrict at = x + start;
    const T* __restrict other = addend == nullptr ? nullptr : addend + start;
    T* __restrict to = y + start;
    for (int64_t i = 0; i < count; i++) {
      float value = (Load(at[i]) - mean[i]) * factor[i] + offset[i];
      if (other != nullptr) value += Load(other[i]);
      Store(relu ? Rectified(value) : value, to + i);
    }
  }
}

// Sums of the gradient and of the gradient times x - mean; where there was a ReLU, of what it lets through.
template <typename T>
INLINE void GradientSumsOf(const T* dy, const T* x, int64_t size, int64_t width, const Affine& by, bool relu,
                           Sum& first, Sum& second) {
  const float* __restrict mean = by.mean;
  const float* __restrict factor = by.factor;
  const float* __restrict offset = by.offset;
  std::vector<float> wide(width);  // in one loop with the sums it would not be vectorised
  float* __restrict gradient = wide.data();
  float* __restrict one = first.some.data();
  float* __restrict two = second.some.data();
  for (int64_t start = 0, groups = 1; start < size; start += width, groups++) {
    const int64_t count = size - start < width ? size - start : width;
    const T* __restrict at = x + start;
    const T* __restrict back = dy + start;
    for (int64_t i = 0; i < count; i++) {
      gradient[i] = relu ? Passed(Load(back[i]), (Load(at[i]) - mean[i]) * factor[i] + offset[i]) : Load(back[i]);
    }
    for (int64_t i = 0; i < count; i++) {
      one[i] += gradient[i];
      two[i] += gradient[i] * (Load(at[i]) - mean[i]);
    }
    if (groups % kGroupsInFloat == 0 || start + width >= size) {
      first.Flush();
      second.Flush();
    }
  }
}

// factor (gradient - constant - (x - mean) slope), perhaps with something added.
template <typename T>
INLINE void InputGradientOf(const T* dy, const T* x, int64_t size, int64_t width, const Affine& by,
                            const float* __restrict constant, const float* __restrict slope, bool relu, const T* addend,
                            T* dx) {
  const float* __restrict mean = by.mean;
  const float* __restrict factor = by.factor;
  const float* __restrict offset = by.offset;
  for (int64_t start = 0; start < size; start += width) {
    const int64_t count = size - start < width ? size - start : width;
    const T* __restrict at = x + start;
    const T* __restrict back = dy + start;
    const T* __restrict other = addend == nullptr ? nullptr : addend + start;
    T* __restrict to = dx + start;
    for (int64_t i = 0; i < count; i++) {
      const float centred = Load(at[i]) - mean[i], own = Load(back[i]);
      const float gradient = relu ? Passed(own, centred * factor[i] + offset[i]) : own;
      float value = factor[i] * (gradient - constant[i] - centred * slope[i]);
      if (other != nullptr) value += Load(other[i]);
      Store(value, to + i);
    }
  }
}

// ---- Momentum -----------------------------------------------------------------------------------------------------------

struct MomentumRule {
  float momentum;
  float decay;
  bool nesterov;
  float rate;
};

FOR_EACH_PROCESSOR void Move(const float* __restrict weights, const float* __restrict velocity,
                             const float* __restrict gradient, int64_t size, const MomentumRule& rule,
                             float* __restrict newWeights, float* __restrict newVelocity) {
  const float momentum = rule.momentum, decay = rule.decay, rate = rule.rate;
  const bool nesterov = rule.nesterov;
  for (int64_t i = 0; i < size; i++) {
    const float own = gradient == nullptr ? 0.0f : gradient[i];
    const float decayed = decay == 0.0f ? own : own + weights[i] * decay;
    const float moved = velocity[i] * momentum + decayed;
    const float direction = nesterov ? decayed + moved * momentum : moved;
    newWeights[i] = weights[i] - direction * rate;
    newVelocity[i] = moved;
  }
}

// Instances for both types.
#define FOR_BOTH_TYPES(DEFINE) \
  DEFINE(float)                \
  DEFINE(Bfloat16)
#define DEFINE_LOOPS(T)                                                                                              \
  FOR_EACH_PROCESSOR void Add(const T* x, const T* y, bool relu, int64_t size, T* out) {                             \
    SumOf<T>(x, y, relu, size, out);                                                                                 \
  }                                                                                                                  \
  FOR_EACH_PROCESSOR void ReluGradient(const T* dy, const T* y, int64_t size, T* out) {                              \
    ReluGradientOf<T>(dy, y, size, out);                                                                             \
  }                                                                                                                  \
  FOR_EACH_PROCESSOR void Moments(const T* x, int64_t size, int64_t width, const float* pivot, Sum& first,           \
                                  Sum& second) {                                                                     \
    MomentsOf<T>(x, size, width, pivot, first, second);                                                              \
  }                                                                                                                  \
  FOR_EACH_PROCESSOR void Normalised(const T* x, int64_t size, int64_t width, const Affine& by, const T* addend,     \
                                     bool relu, T* y) {                                                              \
    if (addend == nullptr) {                                                                                         \
      relu ? NormalisedOf<T>(x, size, width, by, nullptr, true, y)                                                   \
           : NormalisedOf<T>(x, size, width, by, nullptr, false, y);                                                 \
    } else {                                                                                                         \
      relu ? NormalisedOf<T>(x, size, width, by, addend, true, y)                                                    \
           : NormalisedOf<T>(x, size, width, by, addend, false, y);                                                  \
    }                                                                                                                \
  }                                                                                                                  \
  FOR_EACH_PROCESSOR void GradientSums(const T* dy, const T* x, int64_t size, int64_t width, const Affine& by,       \
                                       bool relu, Sum& first, Sum& second) {                                         \
    relu ? GradientSumsOf<T>(dy, x, size, width, by, true, first, second)                                            \
         : GradientSumsOf<T>(dy, x, size, width, by, false, first, second);                                          \
  }                                                                                                                  \
  FOR_EACH_PROCESSOR void InputGradient(const T* dy, const T* x, int64_t size, int64_t width, const Affine& by,      \
                                        const float* constant, const float* slope, bool relu, const T* addend,       \
                                        T* dx) {                                                                     \
    if (addend == nullptr) {                                                                                         \
      relu ? InputGradientOf<T>(dy, x, size, width, by, constant, slope, true, nullptr, dx)                          \
           : InputGradientOf<T>(dy, x, size, width, by, constant, slope, false, nullptr, dx);                        \
    } else {                                                                                                         \
      relu ? InputGradientOf<T>(dy, x, size, width, by, constant, slope, true, addend, dx)                           \
           : InputGradientOf<T>(dy, x, size, width, by, constant, slope, false, addend, dx);                         \
    }                                                                                                                \
  }
FOR_BOTH_TYPES(DEFINE_LOOPS)

// ---- TensorFlow's side --------------------------------------------------------------------------------------------------

struct Attributes {
  int64_t threads = 1;
  bool relu = false;
  float epsilon = 0;
  float share = 0;
  MomentumRule rule = {0, 0, false, 0};
};

void ReadThreads(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  attributes->threads = WholeNumber(construction, "threads", status);
}
void ReadRelu(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  ReadThreads(construction, status, attributes);
  attributes->relu = Flag(construction, "relu", status);
}
void ReadStatistics(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  ReadThreads(construction, status, attributes);
  attributes->epsilon = Number(construction, "epsilon", status);
  attributes->share = Number(construction, "share", status);
}
void ReadNormalisation(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  ReadStatistics(construction, status, attributes);
  attributes->relu = Flag(construction, "relu", status);
}
void ReadMomentum(TF_OpKernelConstruction* construction, TF_Status* status, Attributes* attributes) {
  attributes->rule.momentum = Number(construction, "momentum", status);
  attributes->rule.decay = Number(construction, "decay", status);
  attributes->rule.nesterov = Flag(construction, "nesterov", status);
}

// terms..., all of one shape -> their sum, perhaps rectified
template <typename T>
void ComputeSum(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* y = call.Inputs() == 2 ? call.Input(1) : nullptr;
  if (!call.Ok()) return;
  call.Require(call.Inputs() <= 2 && (y == nullptr || Size(x) == Size(y)), "need one term or two of one shape");
  TF_Tensor* out = call.Ok() ? call.OutputLike(0, x) : nullptr;
  if (!call.Ok()) return;
  const int64_t size = Size(x);
  InShares(Shares(attributes.threads, size), size, [&](int64_t, int64_t first, int64_t count) {
    const T* other = y == nullptr ? nullptr : Data<T>(y) + first;
    Add(Data<T>(x) + first, other, attributes.relu, count, Data<T>(out) + first);
  });
}

// the gradient by a ReLU's output, and that output -> the gradient by its input
template <typename T>
void ComputeReluGradient(void* given, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* dy = call.Input(0);
  TF_Tensor* y = call.Input(1);
  if (!call.Ok()) return;
  call.Require(Size(dy) == Size(y), "need a gradient of the output's shape");
  TF_Tensor* out = call.Ok() ? call.OutputLike(0, y) : nullptr;
  if (!call.Ok()) return;
  const int64_t size = Size(y);
  InShares(Shares(static_cast<Attributes*>(given)->threads, size), size, [&](int64_t, int64_t first, int64_t count) {
    ReluGradient(Data<T>(dy) + first, Data<T>(y) + first, count, Data<T>(out) + first);
  });
}

// What a batch is normalised by, and what the running statistics become.
struct Statistics {
  int64_t channels;
  float* mean;
  float* inverse;  // 1 / sqrt(variance + epsilon)
  float* runningMean;
  float* runningVariance;
};

// Those of a batch, from it and from the running mean and variance so far, the inputs from `first` on; written to outputs from
// `to` on.
template <typename T>
Statistics BatchStatistics(const Attributes& attributes, Call& call, const TF_Tensor* x, int first, int to) {
  const TF_Tensor* running[2] = {call.Input(first), call.Input(first + 1)};
  if (!call.Ok()) return {};
  const int64_t size = Size(x), channels = Size(running[0]);
  call.Require(size > 0 && channels > 0 && size % channels == 0, "need rows of channels, and statistics of each channel");
  call.Require(Size(running[1]) == channels, "need one value a channel");
  float* outputs[4] = {};
  for (int i = 0; i < 4 && call.Ok(); i++) outputs[i] = Data<float>(call.OutputLike(to + i, running[0]));
  if (!call.Ok()) return {};
  const Statistics found = {channels, outputs[0], outputs[1], outputs[2], outputs[3]};

  const Lanes lanes(channels);
  const T* values = Data<T>(x);
  // Squares are taken about a value near the mean, the first rows' mean: they cancel little where it is far from zero.
  std::vector<float> pivot(channels);
  const int64_t begun = size < lanes.width ? size : lanes.width;
  for (int64_t i = 0; i < begun; i++) pivot[i % channels] += Load(values[i]);
  for (float& value : pivot) value /= static_cast<float>(begun / channels);
  const std::vector<float> pivots = lanes.Spread(pivot.data());
  const int64_t shares = lanes.Shares(attributes.threads, size);
  std::vector<Sum> firsts(shares, Sum(lanes.width)), seconds = firsts;
  lanes.InShares(shares, size, [&](int64_t share, int64_t start, int64_t length) {
    Moments(values + start, length, lanes.width, pivots.data(), firsts[share], seconds[share]);
  });
  const std::vector<double> one = Together(lanes, firsts), two = Together(lanes, seconds);

  const double count = static_cast<double>(size / channels), share = attributes.share;
  const double unbiased = count > 1 ? count / (count - 1) : 1;
  for (int64_t c = 0; c < channels; c++) {
    const double shift = one[c] / count;
    const double mean = pivot[c] + shift;
    double variance = two[c] / count - shift * shift;
    if (variance < 0) variance = 0;
    found.mean[c] = static_cast<float>(mean);
    found.inverse[c] = static_cast<float>(1 / std::sqrt(variance + attributes.epsilon));
    found.runningMean[c] = static_cast<float>((1 - share) * Data<float>(running[0])[c] + share * mean);
    found.runningVariance[c] = static_cast<float>((1 - share) * Data<float>(running[1])[c] + share * variance * unbiased);
  }
  return found;
}

// x, running mean, running variance -> mean, 1 / sqrt(variance + epsilon), running mean, running variance
template <typename T>
void ComputeStatistics(void* given, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor* x = call.Input(0);
  if (call.Ok()) BatchStatistics<T>(*static_cast<Attributes*>(given), call, x, 1, 0);
}

// x, running mean, running variance, scale, offset, perhaps what is added -> y, and the same
template <typename T>
void ComputeNormalisation(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  const TF_Tensor* x = call.Input(0);
  const TF_Tensor* scale = call.Input(3);
  const TF_Tensor* offset = call.Input(4);
  const TF_Tensor* addend = call.Inputs() > 5 ? call.Input(5) : nullptr;
  if (!call.Ok()) return;
  const Statistics found = BatchStatistics<T>(attributes, call, x, 1, 1);
  if (!call.Ok()) return;
  const int64_t size = Size(x), channels = found.channels;
  call.Require(Size(scale) == channels && Size(offset) == channels, "need one value a channel");
  call.Require(addend == nullptr || Size(addend) == size, "need an addend of the images' shape");
  if (!call.Ok()) return;
  TF_Tensor* y = call.OutputLike(0, x);
  if (!call.Ok()) return;

  const Lanes lanes(channels);
  std::vector<float> factors(channels);
  for (int64_t c = 0; c < channels; c++) factors[c] = found.inverse[c] * Data<float>(scale)[c];
  const std::vector<float> mean = lanes.Spread(found.mean), factor = lanes.Spread(factors.data()),
                           offsets = lanes.Spread(Data<float>(offset));
  const Affine by = {mean.data(), factor.data(), offsets.data()};
  lanes.InShares(lanes.Shares(attributes.threads, size), size, [&](int64_t, int64_t start, int64_t length) {
    const T* other = addend == nullptr ? nullptr : Data<T>(addend) + start;
    Normalised(Data<T>(x) + start, length, lanes.width, by, other, attributes.relu, Data<T>(y) + start);
  });
}

// gradient, x, scale, offset, mean, inverse, perhaps what is added to the first result -> gradients by x, scale and offset
template <typename T>
void ComputeNormalisationGradient(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  Call call(context);
  TF_Tensor* dy = call.Input(0);
  TF_Tensor* x = call.Input(1);
  TF_Tensor* inputs[4];
  for (int i = 0; i < 4; i++) inputs[i] = call.Input(i + 2);
  TF_Tensor* addend = call.Inputs() > 6 ? call.Input(6) : nullptr;
  if (!call.Ok()) return;
  const int64_t size = Size(x), channels = Size(inputs[0]);
  call.Require(size > 0 && channels > 0 && size % channels == 0 && Size(dy) == size,
               "need rows of channels, and a gradient of the same shape");
  for (TF_Tensor* input : inputs) call.Require(Size(input) == channels, "need one value a channel");
  call.Require(addend == nullptr || Size(addend) == size, "need an addend of the images' shape");
  if (!call.Ok()) return;
  TF_Tensor* dx = call.OutputLike(0, x);
  TF_Tensor* byScale = call.OutputLike(1, inputs[0]);
  TF_Tensor* byOffset = call.OutputLike(2, inputs[0]);
  if (!call.Ok()) return;

  const Lanes lanes(channels);
  const float* scale = Data<float>(inputs[0]);
  const float* inverse = Data<float>(inputs[3]);
  std::vector<float> factors(channels), constants(channels), slopes(channels);
  for (int64_t c = 0; c < channels; c++) factors[c] = inverse[c] * scale[c];
  const std::vector<float> mean = lanes.Spread(Data<float>(inputs[2])), factor = lanes.Spread(factors.data()),
                           offset = lanes.Spread(Data<float>(inputs[1]));
  const Affine by = {mean.data(), factor.data(), offset.data()};
  const int64_t shares = lanes.Shares(attributes.threads, size);
  std::vector<Sum> firsts(shares, Sum(lanes.width)), seconds = firsts;
  lanes.InShares(shares, size, [&](int64_t share, int64_t start, int64_t length) {
    GradientSums(Data<T>(dy) + start, Data<T>(x) + start, length, lanes.width, by, attributes.relu, firsts[share],
                 seconds[share]);
  });
  const std::vector<double> one = Together(lanes, firsts), two = Together(lanes, seconds);
  const double count = static_cast<double>(size / channels);
  for (int64_t c = 0; c < channels; c++) {
    Data<float>(byOffset)[c] = static_cast<float>(one[c]);
    Data<float>(byScale)[c] = static_cast<float>(two[c] * inverse[c]);
    constants[c] = static_cast<float>(one[c] / count);
    slopes[c] = static_cast<float>(two[c] * inverse[c] * inverse[c] / count);
  }
  const std::vector<float> constant = lanes.Spread(constants.data()), slope = lanes.Spread(slopes.data());
  lanes.InShares(shares, size, [&](int64_t, int64_t start, int64_t length) {
    const T* other = addend == nullptr ? nullptr : Data<T>(addend) + start;
    InputGradient(Data<T>(dy) + start, Data<T>(x) + start, length, lanes.width, by, constant.data(), slope.data(),
                  attributes.relu, other, Data<T>(dx) + start);
  });
}

// rate, weights..., velocities..., gradients... (without an element where a parameter has none) -> weights..., velocities...
void ComputeMomentum(void* given, TF_OpKernelContext* context) {
  MomentumRule rule = static_cast<Attributes*>(given)->rule;
  Call call(context);
  const int count = (call.Inputs() - 1) / 3;
  TF_Tensor* rate = call.Input(0);
  if (!call.Ok()) return;
  call.Require(Size(rate) == 1, "need one rate");
  if (!call.Ok()) return;
  rule.rate = *Data<float>(rate);
  for (int i = 0; i < count; i++) {
    TF_Tensor* weights = call.Input(1 + i);
    TF_Tensor* velocity = call.Input(1 + count + i);
    TF_Tensor* gradient = call.Input(1 + 2 * count + i);
    if (!call.Ok()) return;
    call.Require(Size(velocity) == Size(weights) && (Size(gradient) == 0 || Size(gradient) == Size(weights)),
                 "need a velocity of the weights' size, and a gradient of it or none");
    TF_Tensor* newWeights = call.Ok() ? call.OutputLike(i, weights) : nullptr;
    TF_Tensor* newVelocity = call.Ok() ? call.OutputLike(count + i, weights) : nullptr;
    if (!call.Ok()) return;
    Move(Data<float>(weights), Data<float>(velocity), Size(gradient) == 0 ? nullptr : Data<float>(gradient),
         Size(weights), rule, Data<float>(newWeights), Data<float>(newVelocity));
  }
}

// ---- Registration -------------------------------------------------------------------------------------------------------

template <void (*read)(TF_OpKernelConstruction*, TF_Status*, Attributes*)>
void RegisterHere(const char* name, TF_DataType type, ComputeFunction compute) {
  Register(name, type, Create<Attributes, read>, compute, Delete<Attributes>);
}

template <typename T>
void RegisterFor(TF_DataType type) {
  RegisterHere<ReadRelu>("CnnFindingsSum", type, ComputeSum<T>);
  RegisterHere<ReadThreads>("CnnFindingsReluGradient", type, ComputeReluGradient<T>);
  RegisterHere<ReadStatistics>("CnnFindingsBatchStatistics", type, ComputeStatistics<T>);
  RegisterHere<ReadNormalisation>("CnnFindingsNormalise", type, ComputeNormalisation<T>);
  RegisterHere<ReadRelu>("CnnFindingsNormaliseGradient", type, ComputeNormalisationGradient<T>);
}

bool RegisterAll() {
  const char* type = "T: {float, bfloat16}";
  const char* threads = "threads: int = 1";
  const char* addends = "addends: int >= 0";
  const char* addend = "addend: addends * T";
  Define("CnnFindingsSum", {type, "N: int >= 1", threads, "relu: bool"}, {"terms: N * T"}, {"sum: T"});
  Define("CnnFindingsReluGradient", {type, threads}, {"dy: T", "y: T"}, {"dx: T"});
  Define("CnnFindingsBatchStatistics", {type, threads, "epsilon: float", "share: float"},
         {"x: T", "running_mean: float", "running_variance: float"},
         {"mean: float", "inverse: float", "new_mean: float", "new_variance: float"});
  Define("CnnFindingsNormalise", {type, threads, addends, "relu: bool", "epsilon: float", "share: float"},
         {"x: T", "running_mean: float", "running_variance: float", "scale: float", "offset: float", addend},
         {"y: T", "mean: float", "inverse: float", "new_mean: float", "new_variance: float"});
  Define("CnnFindingsNormaliseGradient", {type, threads, addends, "relu: bool"},
         {"dy: T", "x: T", "scale: float", "offset: float", "mean: float", "inverse: float", addend},
         {"dx: T", "by_scale: float", "by_offset: float"});
  Define("CnnFindingsMomentum",
         {"T: {float}", "N: int >= 1", "momentum: float", "decay: float", "nesterov: bool"},
         {"rate: T", "weights: N * T", "velocities: N * T", "gradients: N * T"},
         {"new_weights: N * T", "new_velocities: N * T"});
  RegisterFor<float>(TF_FLOAT);
  RegisterFor<Bfloat16>(TF_BFLOAT16);
  RegisterHere<ReadMomentum>("CnnFindingsMomentum", TF_FLOAT, ComputeMomentum);
  return true;
}

const bool registered = RegisterAll();

}  // namespace
