/** Test errors (%) of the source by p_N, ResNet-110 on CIFAR-10, read off its figure to 0.03 points. */
export const published = {
  // biome-ignore format: two columns
  linear: [
    [0.1, 6.96], [0.2, 6.3], [0.3, 5.97], [0.4, 5.4], [0.5, 5.23],
    [0.6, 5.34], [0.7, 5.27], [0.8, 5.15], [0.9, 5.84], [1, 6.41],
  ],
  // biome-ignore format: two columns; below 0.3 they are off the figure's scale
  uniform: [[0.3, 6.93], [0.4, 6.56], [0.5, 6.14], [0.6, 5.92], [0.7, 5.48], [0.8, 5.27], [0.9, 5.95], [1, 6.41]],
} as const;
