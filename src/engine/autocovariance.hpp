// Autocovariances of many sequences of one length, by the fast Fourier transform.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kgon {

// Holds the roots of unity and the working memory for one length, so that several sets of sequences
// of that length share them. Memory: five doubles for each of the at most 4 n points of a
// transform. Not thread-safe.
class Autocovariance {
 public:
  // For sequences of `length` values, length >= 1.
  explicit Autocovariance(std::size_t length);

  // The mean over the rows j of
  //   c_j(t) = 1/n sum_{i < n - t} (x_ji - mean_j) (x_j,i+t - mean_j),    t = 0..n-1,
  // which is ArviZ's autocov averaged over its rows. The errors are rounding errors relative to the
  // largest c_j(0). O(rows n log n).
  //
  // rows: [means.size()][n], at least one row; `row_means` are not computed here because the caller
  // knows them. Throws std::invalid_argument for other sizes. The result lives until the next call.
  std::span<const double> mean_over_rows(std::span<const double> rows,
                                         std::span<const double> row_means);

 private:
  void load_pair(std::span<const double> rows, std::span<const double> row_means,
                 std::size_t first);
  void to_frequencies();
  void to_lags();

  std::size_t length_;
  std::size_t points_;                    // power of two, >= 2 n: no lag wraps around
  std::vector<double> cosines_, sines_;   // [points]; [h + j] is of the angle -pi j / h, j < h
  std::vector<double> real_, imaginary_;  // [points]
  std::vector<double> power_;             // [points] of all rows, in bit-reversed order
};

}  // namespace kgon
