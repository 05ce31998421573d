/**
 * Eigenvalues of linear maps of which only products with a vector are known.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { RandomStream } from "../random";
import { norm, plus, type Vector } from "./integrators";
import type { Complex } from "./stability";

/** A linear map of vectors of one length. */
type LinearMap = (v: Vector) => Vector;

/** All eigenvalues of a map, from its matrix, by ml-matrix (the QR algorithm): O(size^3). */
export function eigenvalues(map: LinearMap, size: number): Complex[] {
  return eigenvaluesOf(matrixOf(map, size));
}

/** The matrix of a map, row by row. */
export function matrixOf(map: LinearMap, size: number): number[][] {
  const columns = Array.from({ length: size }, (_, i) => map(unitVector(size, i)));
  return Array.from({ length: size }, (_, row) => columns.map((column) => column[row]!));
}

/**
 * Approximate eigenvalues of a large map: those at the rim of the spectrum come first.
 *
 * Source: Arnoldi 1951; Saad 2011, Numerical Methods for Large Eigenvalue Problems, algorithm 6.2, with each vector made
 * orthogonal to the former ones twice.
 *
 * @param dimension of the Krylov space: products with the map, at most; fewer where the space is exhausted
 * @param stream samples the first vector
 */
export function arnoldiEigenvalues(map: LinearMap, size: number, dimension: number, stream: RandomStream): Complex[] {
  const basis = [normalised(Float64Array.from({ length: size }, () => stream.normal()))];
  const columns: number[][] = [];
  for (let step = 0; step < Math.min(dimension, size); step++) {
    let image = map(basis[step]!);
    const before = norm(image);
    const column = new Array<number>(step + 1).fill(0);
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((vector, i) => {
        const share = inner(vector, image);
        column[i]! += share;
        image = plus(image, -share, vector);
      });
    }
    const left = norm(image);
    columns.push([...column, left]);
    if (left <= 1e-12 * before) break; // the space is invariant: its eigenvalues are the map's own
    basis.push(image.map((value) => value / left));
  }
  const order = columns.length;
  return eigenvaluesOf(
    Array.from({ length: order }, (_, row) => columns.map((column) => (row < column.length ? column[row]! : 0))),
  );
}

/**
 * Largest singular value of a map, by power iteration on its transpose times itself: the growth of the worst direction.
 *
 * It approaches from below: a stop before convergence never exaggerates it.
 *
 * @param iterations at most; it stops when one changes the value by less than 1e-8 of it
 */
export function largestSingularValue(
  map: LinearMap,
  transposed: LinearMap,
  size: number,
  iterations: number,
  stream: RandomStream,
): number {
  let direction = normalised(Float64Array.from({ length: size }, () => stream.normal()));
  let value = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const image = map(direction);
    const found = norm(image);
    if (found === 0 || Math.abs(found - value) < 1e-8 * found) return found;
    value = found;
    direction = normalised(transposed(image.map((entry) => entry / found)));
  }
  return value;
}

/**
 * Eigenvalues of a matrix, found for its mirror image plus its norm on the diagonal.
 *
 * ml-matrix sets an entry beside the diagonal to zero once it is small against those on it, and its shifts are tried in
 * vain for ever on matrices such as [[0, 1, 0], [-1, 0, 1], [0, -1, 0]]. With the norm on the diagonal, and turned by a
 * reflection at no special plane, antisymmetric matrices are like others to it.
 */
function eigenvaluesOf(rows: readonly (readonly number[])[]): Complex[] {
  const shift = Math.sqrt(rows.flat().reduce((squares, value) => squares + value * value, 0));
  if (shift === 0) return rows.map(() => ({ re: 0, im: 0 }));
  if (!Number.isFinite(shift)) throw new RangeError("eigenvalues need a matrix of finite numbers");
  const normal = normalised(Float64Array.from(rows, (_, i) => Math.cos(1 + i * i)));
  const reflected = (v: Vector) => plus(v, -2 * inner(normal, v), normal);
  const map = (v: Vector) => Float64Array.from(rows, (row) => row.reduce((sum, value, i) => sum + value * v[i]!, 0));
  const mirrored = matrixOf((v) => plus(reflected(map(reflected(v))), shift, v), rows.length);
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(new Matrix(mirrored), {
    assumeSymmetric: false,
  });
  return realEigenvalues.map((re, i) => ({ re: re - shift, im: imaginaryEigenvalues[i]! }));
}

function unitVector(size: number, place: number): Vector {
  const vector = new Float64Array(size);
  vector[place] = 1;
  return vector;
}

function normalised(vector: Vector): Vector {
  const length = norm(vector);
  return vector.map((value) => value / length);
}

function inner(one: Vector, other: Vector): number {
  return one.reduce((sum, value, i) => sum + value * other[i]!, 0);
}
