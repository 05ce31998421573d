// The loops of Winograd's algorithm for one kind of processor: winograd.cc includes this once for each, within a namespace that
// has its Vector, kLanes, the operations on vectors (of floats; read from and written to floats and bfloat16), and how many rows of a
// product its registers hold. No include guard, for that reason.
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

// Squares of pixels, those of tiles side by side and so 4 columns apart; what lies outside the image is zero. Transformed, point by
// point: along the columns once for all squares that share them, then along the rows of each.
//
// @param top, left where the first square begins
// @param out [points][tiles][channels], the points' matrices `apart` floats from each other
template <int side, void (*transform)(const Vector*, Vector*), typename T>
INLINE void TransformPixels(const Image<T>& image, int64_t top, int64_t left, int64_t tiles, float* out, int64_t apart) {
  const int64_t columns = 4 * tiles + side - 4;
  const int64_t begin = std::max<int64_t>(0, -left), end = std::min(columns, image.width - left);
  const T* rows[side];
  for (int row = 0; row < side; row++) {
    const bool isInside = top + row >= 0 && top + row < image.height;
    rows[row] = isInside ? image.pixels + ((top + row) * image.width + left) * image.channels : kZeros<T>;
  }
  for (int64_t channel = 0; channel < image.channels; channel += kLanes) {
    Vector between[4 * kTilesInARow + 2][6];
    for (int64_t column = 0; column < columns; column++) {
      if (column < begin || column >= end) {
        for (int row = 0; row < 6; row++) between[column][row] = Broadcast(0.0f);
        continue;
      }
      Vector values[side];
      for (int row = 0; row < side; row++) values[row] = LoadVector(rows[row] + column * image.channels + channel);
      transform(values, between[column]);
    }
    for (int64_t tile = 0; tile < tiles; tile++) {
      float* to = out + tile * image.channels + channel;
      for (int row = 0; row < 6; row++, to += 6 * apart) {
        Vector values[side], transformed[6];
        for (int column = 0; column < side; column++) values[column] = between[4 * tile + column][row];
        transform(values, transformed);
        for (int column = 0; column < 6; column++) StoreVector(transformed[column], to + column * apart);
      }
    }
  }
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

// Rows of a product, 16 columns of it: out[row][column] = sum over the inner index of left[row, inner] right[inner][column], from
// the first to the last, plus what is there already where `adds`.
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

// A tile's products at the points -> its pixels, with what follows the convolution.
//
// @param products [points][filters], the points' `apart` floats from each other
// @param image what is added to the output, perhaps nothing
template <typename T>
INLINE void WriteTile(const float* products, int64_t apart, const Ending<T>& ending, const Image<T>& image, int64_t top, int64_t left, T* out) {
  const int64_t rows = std::min<int64_t>(4, image.height - top), columns = std::min<int64_t>(4, image.width - left);
  const int64_t first = (top * image.width + left) * image.channels, below = image.width * image.channels;
  for (int64_t channel = 0; channel < image.channels; channel += kLanes) {
    AlongBoth<6, 4, Interpolate>(
        [&](int row, int column) INLINED { return LoadVector(products + column * apart + channel + row * (6 * apart)); },
        [&](int row, int column, Vector value) INLINED {
          if (row >= rows || column >= columns) return;
          const int64_t place = first + row * below + column * image.channels + channel;
          if (ending.bias != nullptr) value = Plus(value, LoadVector(ending.bias + channel));
          if (image.pixels != nullptr) value = Plus(value, LoadVector(image.pixels + place));
          StoreVector(ending.relu ? Rectified(value) : value, out + place);
        });
  }
}

// Has the caches fetch the pixels of some tiles, which are read or written soon: a share of them at each point, beside its products.
template <typename T>
INLINE void PrefetchTiles(const T* images, int64_t size, int64_t tilesOfAnImage, int64_t first, int64_t count, int point) {
  const char* bytes = reinterpret_cast<const char*>(images);
  const auto place = [&](int64_t tiles) { return size * static_cast<int64_t>(sizeof(T)) * tiles / tilesOfAnImage / 64 * 64; };
  const int64_t begin = place(first), length = place(first + count) - begin;
  const int64_t end = begin + length * (point + 1) / kPoints;
  for (int64_t at = begin + length * point / kPoints / 64 * 64; at < end; at += 64) __builtin_prefetch(bytes + at, 0, 2);
}

// Tiles from `first` on that lie side by side in one image, at most `count`.
INLINE int64_t SideBySide(const Convolution& of, const Tile& first, int64_t count) {
  return std::min({count, (of.OutputWidth() - first.left + 3) / 4, kTilesInARow});
}

// y = x * weights, with what follows: x [images][height][width][channels], weights as `TransformWeights` leaves them.
template <typename T>
inline void Convolve(const Convolution& of, const T* x, const float* weights, const Ending<T>& ending, T* y) {
  const int64_t atATime = TilesAtATime(of), inApart = atATime * of.channels + kApart, outApart = atATime * of.filters + kApart;
  const int64_t total = of.images * of.Tiles();
  Buffer points(kPoints * inApart), products(kPoints * outApart);
  Tile tile, written;
  for (int64_t done = 0; done < total; done += atATime) {
    const int64_t count = std::min(atATime, total - done);
    for (int64_t i = 0; i < count;) {
      const int64_t tiles = SideBySide(of, tile, count - i);
      TransformPixels<6, EvaluateInput>(of.Input(x, tile.image), tile.top - of.padding, tile.left - of.padding, tiles,
                                        points.data + i * of.channels, inApart);
      i += tiles;
      tile.Advance(of, tiles);
    }
    for (int point = 0; point < kPoints; point++) {
      PrefetchTiles(x, of.InputSize(), of.Tiles(), done + count, count, point);
      PrefetchTiles(y, of.OutputSize(), of.Tiles(), done, count, point);
      const float* left = points.data + point * inApart;
      for (int64_t filter = 0; filter < of.filters; filter += 16) {
        const float* right = weights + (point * of.filters + filter) * of.channels;
        float* out = products.data + point * outApart + filter;
        int64_t i = 0;
        for (; i + kRows <= count; i += kRows) {
          MultiplyRows<kRows, false>(left + i * of.channels, of.channels, 1, right, 16, of.channels, out + i * of.filters, of.filters);
        }
        for (; i < count; i++) {
          MultiplyRows<1, false>(left + i * of.channels, of.channels, 1, right, 16, of.channels, out + i * of.filters, of.filters);
        }
      }
    }
    for (int64_t i = 0; i < count; i++, written.Advance(of, 1)) {
      WriteTile(products.data + i * of.filters, outApart, ending, of.Output(ending.addend, written.image), written.top, written.left,
            y + written.image * of.OutputSize());
    }
  }
}

// The gradient by the weights, [3][3][channels][filters].
template <typename T>
inline void SumWeightsGradient(const Convolution& of, const T* x, const T* dy, float* out) {
  const int64_t atATime = TilesAtATime(of), inApart = atATime * of.channels + kApart, outApart = atATime * of.filters + kApart;
  const int64_t size = of.channels * of.filters, total = of.images * of.Tiles();
  Buffer points(kPoints * inApart), gradients(kPoints * outApart), sums(kPoints * size);
  std::fill(sums.data, sums.data + kPoints * size, 0.0f);
  Tile tile;
  for (int64_t done = 0; done < total; done += atATime) {
    const int64_t count = std::min(atATime, total - done);
    for (int64_t i = 0; i < count;) {
      const int64_t tiles = SideBySide(of, tile, count - i);
      TransformPixels<6, EvaluateInput>(of.Input(x, tile.image), tile.top - of.padding, tile.left - of.padding, tiles,
                                        points.data + i * of.channels, inApart);
      TransformPixels<4, EvaluateGradient>(of.Output(dy, tile.image), tile.top, tile.left, tiles, gradients.data + i * of.filters,
                                           outApart);
      i += tiles;
      tile.Advance(of, tiles);
    }
    for (int point = 0; point < kPoints; point++) {
      PrefetchTiles(x, of.InputSize(), of.Tiles(), done + count, count, point);
      PrefetchTiles(dy, of.OutputSize(), of.Tiles(), done + count, count, point);
      for (int64_t filter = 0; filter < of.filters; filter += 16) {
        for (int64_t channel = 0; channel < of.channels; channel += kChannels) {
          MultiplyRows<kChannels, true>(points.data + point * inApart + channel, 1, of.channels,
                                        gradients.data + point * outApart + filter, of.filters, count,
                                        sums.data + point * size + channel * of.filters + filter, of.filters);
        }
      }
    }
  }
  GatherWeightsGradient(sums.data, of.channels, of.filters, out);
}
