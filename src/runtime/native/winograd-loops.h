// The loops of Winograd's algorithm for one kind of processor: winograd.cc includes this once for each, within a namespace that
// has its Vector, kLanes, the operations on vectors (of floats; read from and written to floats and bfloat16), and how many rows
// of a product its registers hold. No include guard, for that reason.
//
// A tile is 4x4 pixels of the output and the 6x6 of the input that they depend on. Pixels and filters are transformed as
// polynomials are evaluated: at 0, +-a, +-b and infinity, a = sqrt(1/2) and b = sqrt(2), whose products are small numbers and
// lose half the digits that the usual +-1 and +-2 do.

INLINE Vector Plus(Vector x, Vector y) { return x + y; }
INLINE Vector Minus(Vector x, Vector y) { return x - y; }
INLINE Vector Times(Vector x, Vector y) { return x * y; }

constexpr float kA = 0.70710678f, kB = 1.41421356f;

// Six values of the input, evaluated at the six points.
INLINE void EvaluateInput(const Vector* d, Vector* out) {
  const Vector half = Broadcast(-0.5f), two = Broadcast(-2.0f), both = Broadcast(-2.5f);
  const Vector a = Broadcast(kA), b = Broadcast(kB);
  const Vector evenA = MultiplyAdd(two, d[2], d[4]), oddA = MultiplyAdd(two, d[1], d[3]);
  const Vector evenB = MultiplyAdd(half, d[2], d[4]), oddB = MultiplyAdd(half, d[1], d[3]);
  out[0] = MultiplyAdd(both, d[2], Plus(d[0], d[4]));
  out[1] = MultiplyAdd(a, oddA, evenA);
  out[2] = MultiplyAdd(Broadcast(-kA), oddA, evenA);
  out[3] = MultiplyAdd(b, oddB, evenB);
  out[4] = MultiplyAdd(Broadcast(-kB), oddB, evenB);
  out[5] = MultiplyAdd(both, d[3], Plus(d[1], d[5]));
}

// Three weights at the six points, over what the interpolation divides by there.
INLINE void EvaluateWeights(const Vector* g, Vector* out) {
  const Vector overA = Broadcast(-2.0f / 3.0f), overB = Broadcast(1.0f / 6.0f);
  const Vector evenA = MultiplyAdd(Broadcast(0.5f), g[2], g[0]), oddA = Times(Broadcast(kA), g[1]);
  const Vector evenB = MultiplyAdd(Broadcast(2.0f), g[2], g[0]), oddB = Times(Broadcast(kB), g[1]);
  out[0] = g[0];
  out[1] = Times(overA, Plus(evenA, oddA));
  out[2] = Times(overA, Minus(evenA, oddA));
  out[3] = Times(overB, Plus(evenB, oddB));
  out[4] = Times(overB, Minus(evenB, oddB));
  out[5] = g[2];
}

// The transpose of the same: from the six points to three weights.
INLINE void GatherWeights(const Vector* u, Vector* out) {
  const Vector overA = Broadcast(-2.0f / 3.0f), overB = Broadcast(1.0f / 6.0f);
  const Vector evenA = Times(overA, Plus(u[1], u[2])), oddA = Times(overA, Minus(u[1], u[2]));
  const Vector evenB = Times(overB, Plus(u[3], u[4])), oddB = Times(overB, Minus(u[3], u[4]));
  out[0] = Plus(u[0], Plus(evenA, evenB));
  out[1] = MultiplyAdd(Broadcast(kA), oddA, Times(Broadcast(kB), oddB));
  out[2] = MultiplyAdd(Broadcast(0.5f), evenA, MultiplyAdd(Broadcast(2.0f), evenB, u[5]));
}

// From the six points to four values of the output.
INLINE void Interpolate(const Vector* m, Vector* out) {
  const Vector evenA = Plus(m[1], m[2]), oddA = Minus(m[1], m[2]);
  const Vector evenB = Plus(m[3], m[4]), oddB = Minus(m[3], m[4]);
  out[0] = Plus(m[0], Plus(evenA, evenB));
  out[1] = MultiplyAdd(Broadcast(kA), oddA, Times(Broadcast(kB), oddB));
  out[2] = MultiplyAdd(Broadcast(0.5f), evenA, Times(Broadcast(2.0f), evenB));
  out[3] = MultiplyAdd(Broadcast(0.5f * kA), oddA, MultiplyAdd(Broadcast(2.0f * kB), oddB, m[5]));
}

// The transpose of the same: four values of the output's gradient at the six points.
INLINE void EvaluateGradient(const Vector* d, Vector* out) {
  const Vector evenA = MultiplyAdd(Broadcast(0.5f), d[2], d[0]);
  const Vector oddA = MultiplyAdd(Broadcast(0.5f * kA), d[3], Times(Broadcast(kA), d[1]));
  const Vector evenB = MultiplyAdd(Broadcast(2.0f), d[2], d[0]);
  const Vector oddB = MultiplyAdd(Broadcast(2.0f * kB), d[3], Times(Broadcast(kB), d[1]));
  out[0] = d[0];
  out[1] = Plus(evenA, oddA);
  out[2] = Minus(evenA, oddA);
  out[3] = Plus(evenB, oddB);
  out[4] = Minus(evenB, oddB);
  out[5] = d[3];
}

// One of the above along the columns of a square of vectors, then along its rows.
//
// @param load gives the vector at a row and a column
// @param store takes that of the result
template <int from, int to, void (*transform)(const Vector*, Vector*), typename Load, typename Store>
INLINE void AlongBoth(const Load& load, const Store& store) {
  Vector between[to][from];
  for (int column = 0; column < from; column++) {
    Vector values[from], transformed[to];
    for (int row = 0; row < from; row++) values[row] = load(row, column);
    transform(values, transformed);
    for (int row = 0; row < to; row++) between[row][column] = transformed[row];
  }
  for (int row = 0; row < to; row++) {
    Vector transformed[to];
    transform(between[row], transformed);
    for (int column = 0; column < to; column++) store(row, column, transformed[column]);
  }
}

// Squares of pixels, each 4 columns after the one before; what lies outside the image is zero. Transformed along the columns, once
// for all squares that share them, then along the rows of each.
//
// @param top, left where the first square begins
// @param first which of the transforms is the first square's
template <int side, void (*transform)(const Vector*, Vector*), bool normalises, typename T>
INLINE void TransformSquares(const Images<T>& images, int64_t image, int64_t top, int64_t left, int64_t squares,
                             const Transforms& out, int64_t first) {
  const int64_t columns = 4 * squares + side - 4;
  const int64_t begin = std::max<int64_t>(0, -left), end = std::min(columns, images.width - left);
  const T* rows[side];
  bool isInside[side];
  for (int row = 0; row < side; row++) {
    isInside[row] = top + row >= 0 && top + row < images.height;
    const int64_t place = ((image * images.height + top + row) * images.width + left) * images.channels;
    rows[row] = isInside[row] ? images.pixels + place : kZeros<T>;
  }
  for (int64_t channel = 0; channel < images.channels; channel += kLanes) {
    Vector between[4 * kTilesInARow + 2][6];
    Vector mean = {}, factor = {}, offset = {}, least = {};
    if (normalises) {
      const Normalisation& by = *images.normalisation;
      mean = LoadVector(by.mean + channel);
      factor = LoadVector(by.factor.data() + channel);
      offset = LoadVector(by.offset + channel);
      least = Broadcast(by.relu ? 0.0f : -INFINITY);
    }
    for (int64_t column = 0; column < columns; column++) {
      if (column < begin || column >= end) {
        for (int row = 0; row < 6; row++) between[column][row] = Broadcast(0.0f);
        continue;
      }
      Vector values[side];
      for (int row = 0; row < side; row++) {
        values[row] = LoadVector(rows[row] + column * images.channels + channel);
        if (normalises && isInside[row]) values[row] = AtLeast(least, Plus(Times(Minus(values[row], mean), factor), offset));
      }
      transform(values, between[column]);
    }
    for (int64_t square = 0; square < squares; square++) {
      float* to = out.Of(first + square, 0) + channel;
      for (int row = 0; row < 6; row++, to += 6 * out.apart) {
        Vector values[side], transformed[6];
        for (int column = 0; column < side; column++) values[column] = between[4 * square + column][row];
        transform(values, transformed);
        for (int column = 0; column < 6; column++) StoreVector(transformed[column], to + column * out.apart);
      }
    }
  }
}

// The same of the squares that belong to some tiles, and begin so many pixels before them; gives the tile after these.
template <int side, void (*transform)(const Vector*, Vector*), typename T>
INLINE Tile TransformTiles(const Convolution& of, Tile tile, int64_t count, const Images<T>& images, int64_t before,
                           const Transforms& out) {
  for (int64_t i = 0; i < count;) {
    const int64_t tiles = tile.SideBySide(of, count - i);
    if (images.normalisation == nullptr) {
      TransformSquares<side, transform, false>(images, tile.image, tile.top - before, tile.left - before, tiles, out, i);
    } else {
      TransformSquares<side, transform, true>(images, tile.image, tile.top - before, tile.left - before, tiles, out, i);
    }
    i += tiles;
    tile.Advance(of, tiles);
  }
  return tile;
}

// Weights [3][3][channels][filters] -> [points][filters / 16][channels][16].
inline void TransformWeights(const float* weights, int64_t channels, int64_t filters, float* out) {
  const int64_t size = channels * filters;
  for (int64_t channel = 0; channel < channels; channel++) {
    for (int64_t filter = 0; filter < filters; filter += kLanes) {
      const float* from = weights + channel * filters + filter;
      float* to = out + filter / 16 * 16 * channels + channel * 16 + filter % 16;
      AlongBoth<3, 6, EvaluateWeights>(
          [&](int row, int column) INLINED { return LoadVector(from + (row * 3 + column) * size); },
          [&](int row, int column, Vector value) INLINED { StoreVector(value, to + (row * 6 + column) * size); });
    }
  }
}

// [points][channels][filters] -> the gradient by the weights [3][3][channels][filters].
inline void GatherWeightsGradient(const float* sums, int64_t channels, int64_t filters, float* out) {
  const int64_t size = channels * filters;
  for (int64_t i = 0; i < size; i += kLanes) {
    AlongBoth<6, 3, GatherWeights>(
        [&](int row, int column) INLINED { return LoadVector(sums + (row * 6 + column) * size + i); },
        [&](int row, int column, Vector value) INLINED { StoreVector(value, out + (row * 3 + column) * size + i); });
  }
}

// Rows of a product, 16 columns of it: out[row][column] = sum over the inner index of left[row, inner] right[inner][column],
// from the first to the last, plus what is there already where `adds`.
template <int rows, bool adds>
INLINE void MultiplyRows(const float* left, int64_t rowStride, int64_t innerStride, const float* right,
                         int64_t rightStride, int64_t inner, float* out, int64_t outStride) {
  constexpr int kVectors = 16 / kLanes;
  Vector sums[rows][kVectors];
  for (int row = 0; row < rows; row++) {
    for (int v = 0; v < kVectors; v++) sums[row][v] = Broadcast(0.0f);
  }
  for (int64_t i = 0; i < inner; i++) {
    Vector columns[kVectors];
    for (int v = 0; v < kVectors; v++) columns[v] = LoadVector(right + i * rightStride + v * kLanes);
#pragma GCC unroll 16
    for (int row = 0; row < rows; row++) {
      const Vector value = Broadcast(left[row * rowStride + i * innerStride]);
      for (int v = 0; v < kVectors; v++) sums[row][v] = MultiplyAdd(value, columns[v], sums[row][v]);
    }
  }
  for (int row = 0; row < rows; row++) {
    for (int v = 0; v < kVectors; v++) {
      float* at = out + row * outStride + v * kLanes;
      StoreVector(adds ? Plus(LoadVector(at), sums[row][v]) : sums[row][v], at);
    }
  }
}

// The products of a tile -> its pixels, with what follows the convolution.
template <typename T>
INLINE void WriteTile(const Transforms& products, int64_t i, const Tile& tile, const Ending<T>& ending, const Images<T>& images,
                      T* out) {
  const int64_t rows = std::min<int64_t>(4, images.height - tile.top), columns = std::min<int64_t>(4, images.width - tile.left);
  const int64_t first = ((tile.image * images.height + tile.top) * images.width + tile.left) * images.channels;
  const int64_t below = images.width * images.channels, apart = products.apart;
  for (int64_t channel = 0; channel < images.channels; channel += kLanes) {
    const float* from = products.Of(i, 0) + channel;
    AlongBoth<6, 4, Interpolate>(
        [&](int row, int column) INLINED { return LoadVector(from + column * apart + row * (6 * apart)); },
        [&](int row, int column, Vector value) INLINED {
          if (row >= rows || column >= columns) return;
          const int64_t place = first + row * below + column * images.channels + channel;
          if (ending.bias != nullptr) value = Plus(value, LoadVector(ending.bias + channel));
          if (ending.addend != nullptr) value = Plus(value, LoadVector(ending.addend + place));
          StoreVector(ending.relu ? AtLeast(Broadcast(0.0f), value) : value, out + place);
        });
  }
}

// Has the caches fetch the pixels of some tiles, which are read or written soon: a share of them at each point, while its
// products are computed.
template <typename T>
INLINE void PrefetchTiles(const Convolution& of, const Images<T>& images, int64_t first, int64_t count, int point) {
  const char* bytes = reinterpret_cast<const char*>(images.pixels);
  const int64_t size = images.Size() * static_cast<int64_t>(sizeof(T)), all = of.TilesOfAnImage() * kPoints;
  const int64_t begin = size * (first * kPoints + count * point) / all, end = size * (first * kPoints + count * (point + 1)) / all;
  for (int64_t at = begin / 64 * 64; at < end; at += 64) __builtin_prefetch(bytes + at, 0, 2);
}

// y = x * weights, with what follows: x [images][height][width][channels], weights as `TransformWeights` leaves them.
template <typename T>
inline void Convolve(const Convolution& of, const T* x, const float* weights, const Ending<T>& ending, T* y) {
  const int64_t atATime = TilesAtATime(of), tiles = of.Tiles();
  const Images<T> input = of.Input(x), output = of.Output<T>(y), addend = of.Output<T>(ending.addend);
  const Transforms points(atATime, of.channels), products(atATime, of.filters);
  Tile tile;
  for (int64_t done = 0; done < tiles; done += atATime) {
    const int64_t count = std::min(atATime, tiles - done);
    TransformTiles<6, EvaluateInput>(of, tile, count, input, of.padding, points);
    for (int point = 0; point < kPoints; point++) {
      PrefetchTiles(of, input, done + count, count, point);
      PrefetchTiles(of, output, done, count, point);
      if (ending.addend != nullptr) PrefetchTiles(of, addend, done, count, point);
      for (int64_t filter = 0; filter < of.filters; filter += 16) {
        const float* right = weights + (point * of.filters + filter) * of.channels;
        int64_t i = 0;
        for (; i + kRows <= count; i += kRows) {
          MultiplyRows<kRows, false>(points.Of(i, point), of.channels, 1, right, 16, of.channels, products.Of(i, point) + filter,
                                     of.filters);
        }
        for (; i < count; i++) {
          MultiplyRows<1, false>(points.Of(i, point), of.channels, 1, right, 16, of.channels, products.Of(i, point) + filter,
                                 of.filters);
        }
      }
    }
    for (int64_t i = 0; i < count; i++, tile.Advance(of, 1)) WriteTile(products, i, tile, ending, output, y);
  }
}

// The gradient by the weights, [3][3][channels][filters].
template <typename T>
inline void SumWeightsGradient(const Convolution& of, const T* x, const T* dy, float* out) {
  const int64_t atATime = TilesAtATime(of), tiles = of.Tiles(), size = of.channels * of.filters;
  const Images<T> input = of.Input(x), output = of.Output(dy);
  const Transforms points(atATime, of.channels), gradients(atATime, of.filters);
  Buffer sums(kPoints * size);
  std::fill(sums.data, sums.data + kPoints * size, 0.0f);
  Tile tile;
  for (int64_t done = 0; done < tiles; done += atATime) {
    const int64_t count = std::min(atATime, tiles - done);
    TransformTiles<6, EvaluateInput>(of, tile, count, input, of.padding, points);
    tile = TransformTiles<4, EvaluateGradient>(of, tile, count, output, 0, gradients);
    for (int point = 0; point < kPoints; point++) {
      PrefetchTiles(of, input, done + count, count, point);
      PrefetchTiles(of, output, done + count, count, point);
      for (int64_t filter = 0; filter < of.filters; filter += 16) {
        for (int64_t channel = 0; channel < of.channels; channel += kChannels) {
          MultiplyRows<kChannels, true>(points.Of(0, point) + channel, 1, of.channels, gradients.Of(0, point) + filter,
                                        of.filters, count, sums.data + point * size + channel * of.filters + filter, of.filters);
        }
      }
    }
  }
  GatherWeightsGradient(sums.data, of.channels, of.filters, out);
}
